-- Selections of devices: arrays, so that #, ipairs and [1] work on every Lua, with methods for all
-- devices at once.

local arguments = require "homey.util.arguments"
local capability = require "homey.model.capability"
local core = require "homey.core"
local filter = require "homey.model.filter"
local lazy = require "homey.util.lazy"
local pipeline = require "homey.write.pipeline"
local raise_all = require "homey.write.error_summary"
local write = require "homey.write.write"

local unknown_name = lazy "homey.util.unknown_name"
local trigger = lazy "homey.automation.trigger"
local aggregate = lazy "homey.automation.aggregate"
local Snapshot = lazy "homey.resource.snapshot"

---@class homey.Selection : homey.Device[]
local Selection = { __name = "homey.Selection" }

function Selection.__index(_, key)
  return rawget(Selection, key) or unknown_name("a selection", key,
      "get set on refresh snapshot average sum min max count any all")
end

-- Stored outside the selections, so that pairs(selection) yields devices only.
local homes = setmetatable({}, { __mode = "k" })
local filters = setmetatable({}, { __mode = "k" })
local prepared = setmetatable({}, { __mode = "k" })

-- Replaces the devices of a selection by those that match now.
local function update(self)
  local found = filter.matching(homes[self].directory, prepared[self])
  for i = 1, math.max(#self, #found) do self[i] = found[i] end
end

--- Replace the devices by those that match now, when the devices or zones of the home have changed.
--- A function `where` that fails leaves them as they are; a method that is called raises its error.
---@package
function Selection:follow()
  pcall(update, self)
end

--- Make a selection of devices of a home.
---@package
---@param home homey.Home
---@param wanted homey.Filter  the filter that chooses them
---@return homey.Selection
function Selection.new(home, wanted)
  local selection, directory = {}, home.directory
  for i, device in ipairs(directory:select(wanted)) do selection[i] = device end
  homes[selection], filters[selection] = home, wanted
  prepared[selection] = filter.prepare(directory, wanted)
  directory.followers[selection] = true
  return setmetatable(selection, Selection)
end

--- The home and the filter of a selection; nil for anything else.
---@package
---@param value any
---@return homey.Home?
---@return homey.Filter?
function Selection.filter_of(value)
  if type(value) ~= "table" then return nil end
  return homes[value], filters[value]
end

--- "2 devices: Kitchen/Lamp, Hall/Lamp"
function Selection:__tostring()
  local names = {}
  for i, device in ipairs(self) do names[i] = tostring(device) end
  if #names == 0 then return "no devices" end
  return ("%d device%s: %s"):format(#names, #names == 1 and "" or "s", table.concat(names, ", "))
end

--- Set one or several capabilities of all devices, in parallel; see device:set. Nothing is sent
--- unless every device accepts the value. A device that could not be set, for example because it is
--- out of reach, is logged and returned. The call raises an error when no device could be set; with
--- `strict = true`, when any could not. The error's `errors` lists the error of each device.
--- Raises: invalid, not_found, forbidden, unavailable, rate_limited, request.
---@param id string|table<string, any>  a capability, or values by capability
---@param value any                     or the options, after a table
---@param options? homey.SetOptions
---@return {device: homey.Device, error: homey.Error}[] failed  empty when all were set
function Selection:set(id, value, options)
  update(self)
  return pipeline.set(homes[self], write.for_each(write.wanted(id, value, options), self, {}))
end

-- Reads every device, in parallel. Raises an error after all have been answered.
local function read(home, devices)
  local scheduler, asked_of, answers, errors = home.scheduler, {}, {}, {}
  local asked = scheduler.core_loop:now()
  for i, device in ipairs(devices) do -- a selection may change while this waits
    asked_of[i], answers[i] = device, device:queue_reading()
  end
  scheduler:settle(answers)
  for i, device in ipairs(asked_of) do errors[#errors + 1] = device:received(answers[i], asked) end
  raise_all(errors, #asked_of, "readings")
end

-- Reads every device, unless events keep all of them up to date.
local function read_unknown(home, devices)
  local cache = home.cache
  local known = cache ~= false
  for _, device in ipairs(devices) do known = known and cache:knows(device) end
  if not known then read(home, devices) end
end

--- Read every device from the hub again, in parallel.
--- Raises: not_found, request.
---@return homey.Selection self
function Selection:refresh()
  update(self)
  read(homes[self], self)
  return self
end

--- The current values of a capability, in the order of the selection. They are read from the hub,
--- in parallel, unless events keep all these devices up to date.
--- Raises: not_found, invalid, request.
---@param id string  a capability
---@return any[]  homey.null where the hub knows no value
function Selection:get(id)
  update(self)
  local values = {}
  read_unknown(homes[self], self)
  for i, device in ipairs(self) do
    local value = device:value(id)
    if value == nil then value = core.null end
    values[i] = value
  end
  return values
end

--- Call f for reports of a capability of any device that matches the filter of the selection. A
--- device that starts to match later is included; one that no longer matches is not. Raises:
--- invalid, not_found, request.
---@param id string  a capability
---@param options? homey.TriggerOptions  may be left out
---@param f fun(value: any, device: homey.Device, event: homey.Event)
---@return homey.Handle
function Selection:on(id, options, f)
  return trigger.on_selection(homes[self], filters[self], id, options, f)
end

-- ---- one value of all of them -------------------------------------------------------------------

local function value_of(self, way, id, match)
  local home = homes[self]
  return aggregate.new(home, filters[self], function(devices) read_unknown(home, devices) end, way,
    id, match)
end

--- The average of a capability, as a value that follows the devices: of all devices that match the
--- filter of the selection, are in reach and have a value.
--- Raises: invalid, not_found.
---@param id string  a capability with numbers
---@return homey.Value  nil while no device has a value
function Selection:average(id)
  return value_of(self, "average", id)
end

--- The sum of a capability, as a value; see devices:average.
--- Raises: invalid, not_found.
---@param id string  a capability with numbers
---@return homey.Value  nil while no device has a value
function Selection:sum(id)
  return value_of(self, "sum", id)
end

--- The least value of a capability, as a value; see devices:average.
--- Raises: invalid, not_found.
---@param id string  a capability with numbers
---@return homey.Value  nil while no device has a value
function Selection:min(id)
  return value_of(self, "min", id)
end

--- The greatest value of a capability, as a value; see devices:average.
--- Raises: invalid, not_found.
---@param id string  a capability with numbers
---@return homey.Value  nil while no device has a value
function Selection:max(id)
  return value_of(self, "max", id)
end

--- How many devices have a value, as a value: lights:count("onoff", true) or
--- rooms:count("measure_temperature", { below = 18 }). Devices out of reach are left out.
--- Raises: invalid, not_found.
---@param id string    a capability
---@param value? homey.MatchOptions|any  true by default, for a capability that is true or false
---@return homey.Value
function Selection:count(id, value)
  return value_of(self, "count", id, value)
end

--- Whether any device has a value, as a value; see devices:count.
--- Raises: invalid, not_found.
---@param id string    a capability
---@param value? homey.MatchOptions|any  true by default, for a capability that is true or false
---@return homey.Value
function Selection:any(id, value)
  return value_of(self, "any", id, value)
end

--- Whether all devices have a value, as a value; see devices:count. It is false while no device
--- that is in reach has a value.
--- Raises: invalid, not_found.
---@param id string    a capability
---@param value? homey.MatchOptions|any  true by default, for a capability that is true or false
---@return homey.Value
function Selection:all(id, value)
  return value_of(self, "all", id, value)
end

-- The capabilities that a snapshot is limited to.
local function wanted_set(ids)
  if ids == nil then return nil end
  local set = {}
  for _, id in ipairs(type(ids) == "table" and ids or { ids }) do
    capability.check_id(id)
    set[id] = true
  end
  return set
end

--- Remember the values of the devices, to restore them later: `local before = lamps:snapshot()`,
--- and then `before:restore()`. The devices are read from the hub.
--- Raises: invalid, not_found, request.
---@param ids? string|string[]  the capabilities; default: all that can be set and read
---@return homey.Snapshot
function Selection:snapshot(ids)
  local wanted = wanted_set(ids)
  update(self)
  read(homes[self], self)
  return Snapshot.new(homes[self], self, wanted, read)
end

return arguments.check_methods(Selection, Selection, "devices",
  "get/1 set/3 on/3 refresh/0 snapshot/1 average/1 sum/1 min/1 max/1 count/2 any/2 all/2")
