-- homey get: the values of a device.

local at_home = require "homey.cli.at_home"
local core = require "homey.core"
local facts = require "homey.cli.facts"
local timestamp = require "homey.time.timestamp"

local commands = {
  get = {
    name = "get", takes = "DEVICE [CAPABILITY]", least = 1, most = 2,
    text = "Show the values of a device, or one: homey get Kitchen/Lamp dim",
    options = facts.options,
  },
}

local function choices_of(known)
  if not known.values then return nil end
  local list = setmetatable({}, core.array)
  for i, each in ipairs(known.values) do list[i] = each.id end
  return list
end

local function range_of(known)
  if known.type == "number" then
    if known.min and known.max then
      return facts.text(known.min) .. " to " .. facts.text(known.max)
    end
    if known.min then return "from " .. facts.text(known.min) end
    return known.max and "up to " .. facts.text(known.max) or nil
  end
  local choices = choices_of(known)
  return choices and table.concat(choices, ", ") or nil
end

-- The hub also gives "%" as the unit of a range from 0 to 1, where a value is no percentage.
local function unit_of(known)
  return not (known.units == "%" and known.max == 1) and known.units or nil
end

-- With the offset from UTC: "2026-06-12T07:00:12+02:00".
local function since(home, known)
  local ms = timestamp.ms(known.updated)
  if not ms then return nil end
  return (home:date("%Y-%m-%dT%H:%M:%S%z", ms / 1000):gsub("(%d%d)(%d%d)$", "%1:%2"))
end

local function value_of(known)
  if not known.getable then return nil end
  return known.value == nil and core.null or known.value
end

local function fact_of(home, known)
  return {
    id = known.id, title = known.title, type = known.type, value = value_of(known),
    unit = unit_of(known), min = known.min, max = known.max, step = known.step,
    choices = choices_of(known), range = range_of(known), settable = known.settable,
    since = since(home, known),
  }
end

local function columns(home)
  return {
    { "CAPABILITY", "id" }, { "VALUE", "value" }, { "UNIT", "unit" },
    { "RANGE", "range", rest = true }, { "SETTABLE", "settable" },
    { at_home.title("SINCE", home), "since", whole = true },
  }
end

local function all(device, home)
  local list = {}
  device:refresh()
  for _, known in pairs(device.capabilities) do list[#list + 1] = fact_of(home, known) end
  table.sort(list, function(a, b) return a.id < b.id end)
  return list
end

local function show_one(options, device, id, home)
  local value = device:get(id)
  local bare = value == core.null and "null" or facts.text(value)
  local is_bare = not (options.json or options.jsonl or options.format)
  facts.print_one(is_bare and {} or fact_of(home, device:known(id)), bare, options)
end

local run = {}

function run.get(options, rest, home)
  local device = at_home.device(home, rest[1])
  if rest[2] then return show_one(options, device, rest[2], home) end
  facts.print(all(device, home), columns(home), options)
end

return { main = at_home.main(commands, run), commands = commands }
