-- homey set, toggle: changes of devices.

local at_home = require "homey.cli.at_home"
local homey = require "homey"
local lazy = require "homey.util.lazy"
local new_error = require "homey.error"
local output = require "homey.cli.output"
local raise = require "homey.util.raise"
local try = require "homey.task.try"
local words = require "homey.cli.words"

local invalid = lazy "homey.util.invalid"
local revert = lazy "homey.write.revert"

local longest = 64 -- words after the device
local look = 0.1 -- seconds between two checks whether the values were set back

local commands = {
  set = {
    name = "set", takes = "DEVICE CAPABILITY VALUE [CAPABILITY VALUE...]", least = 2,
    most = longest, text = "Change values of a device: homey set Kitchen/Lamp onoff on dim 50%",
    more =
      "With --zone or --class there is no DEVICE: all such devices that have the capabilities.\n"
      .. "For a number with a range, 50% is half of the range; +10%, -10%, +0.1 and -0.1 are "
        .. "relative\n"
      .. "to the current value. Words after -- are not read as options.",
    options = {
      { name = "zone", value = "NAME", type = "text",
        doc = "the devices in this zone, or in one inside it" },
      { name = "class", value = "NAME", type = "text",
        doc = "the devices of this class: light, sensor, socket" },
      { name = "duration", value = "TIME", type = "duration",
        doc = "how long the change takes, for lamps: 2s" },
      { name = "revert-after", value = "TIME", type = "duration",
        doc = "set the old values again after this time, and wait for that: 5m" },
    },
  },
  toggle = {
    name = "toggle", takes = "DEVICE [CAPABILITY]", least = 1, most = 2,
    text = "Switch over: homey toggle Kitchen/Lamp. Prints the new value.",
  },
}

-- Returns the pairs of capability and typed value.
local function wanted_of(rest, first)
  if (#rest - first) % 2 == 0 or not rest[first] then
    invalid("%s. `homey help set` shows how.", rest[#rest] and first <= #rest
      and ("a capability needs a value: '%s' has none"):format(rest[#rest])
      or "it takes a capability and a value")
  end
  local list, seen = {}, {}
  for i = first, #rest, 2 do
    if seen[rest[i]] then invalid("'%s' is given twice.", rest[i]) end
    seen[rest[i]] = true
    list[#list + 1] = { id = rest[i], word = rest[i + 1] }
  end
  return list
end

local function values_for(device, wanted)
  local values = {}
  for _, each in ipairs(wanted) do
    local known = device.capabilities[each.id]
    values[each.id] = words.value(known and known.type, each.word)
  end
  return values
end

local function selected(options, wanted)
  local ids = {}
  for i, each in ipairs(wanted) do ids[i] = each.id end
  local devices = homey.devices { zone = options.zone, class = options.class, capability = ids }
  if #devices > 0 then return devices end
  raise(new_error("not_found", ("there is no device%s%s with %s."):format(
    options.class and (" of class '%s'"):format(options.class) or "",
    options.zone and (" in zone '%s'"):format(options.zone) or "", table.concat(ids, " and "))))
end

-- Prints each failure on a line, and raises an error with their number.
local function report(name, err)
  local list = err.errors
  if not list or #list < 2 then raise(err) end
  for _, each in ipairs(list) do output.note(("homey %s: %s"):format(name, each.message)) end
  raise(new_error(err.kind, ("%d changes failed."):format(#list)))
end

local function is_many(options)
  return options.zone or options.class
end

-- To set a value back, it must be known.
local function device_of(home, ref, reverts)
  return reverts and home:device(ref) or at_home.device(home, ref)
end

-- Most changes are one value without an option, for which less is loaded.
local function set(target, values, options)
  local id, value = next(values)
  if not (options.duration or options["revert-after"] or is_many(options) or next(values, id)) then
    return target:set(id, value)
  end
  target:set(values, {
    duration = options.duration, revert_after = options["revert-after"], strict = true,
  })
end

local function change(target, home, values, options)
  local done, err = try(at_home.change, home, "set", function()
    set(target, values, options)
    return true
  end)
  if not done then report("set", err) end
end

local function is_waiting(devices, wanted)
  for _, device in ipairs(devices) do
    for _, each in ipairs(wanted) do
      if revert.waits(device, each.id) then return true end
    end
  end
  return false
end

-- Waits until the values are set back, or somebody has changed them.
local function wait_for_reverts(devices, wanted)
  output.begin()
  while is_waiting(devices, wanted) do homey.sleep(look) end
end

local run = {}

function run.set(options, rest, home)
  local is_selection = is_many(options)
  local wanted = wanted_of(rest, is_selection and 1 or 2)
  local target = is_selection and selected(options, wanted)
    or device_of(home, rest[1], options["revert-after"])
  change(target, home, values_for(is_selection and target[1] or target, wanted), options)
  if options["revert-after"] then
    wait_for_reverts(is_selection and target or { target }, wanted)
  end
end

function run.toggle(_, rest, home)
  local device = at_home.device(home, rest[1])
  local value = at_home.change(home, "toggle", device.toggle, device, rest[2])
  output(tostring(value) .. "\n")
end

return { main = at_home.main(commands, run), commands = commands }
