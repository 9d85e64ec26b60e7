-- A selection of devices: an array, so that #, ipairs and [1] work on every Lua, with what can be done to all at once.

local called = require "homey.util.arguments"
local change = require "homey.write.change"
local core = require "homey.core"
local lazy = require "homey.util.lazy"
local raise_all = require "homey.util.error_summary"

local slip = lazy "homey.util.unknown_name"
local trigger = lazy "homey.automation.trigger"

---@class homey.Selection : homey.Device[]
local Selection = { __name = "homey.Selection" }

function Selection.__index(_, key)
  return rawget(Selection, key) or slip("a selection", key, "get set on refresh")
end

-- Aside, so that pairs meets devices only.
local homes = setmetatable({}, { __mode = "k" })
local filters = setmetatable({}, { __mode = "k" })

--- A selection of some devices of a home.
---@param home homey.Home
---@param devices homey.Device[]
---@param filter homey.Filter  by which they were chosen
---@return homey.Selection
function Selection.new(home, devices, filter)
  local selection = {}
  for i, device in ipairs(devices) do selection[i] = device end
  homes[selection], filters[selection] = home, filter
  return setmetatable(selection, Selection)
end

--- "2 devices: Kitchen/Lamp, Hall/Lamp"
function Selection:__tostring()
  local names = {}
  for i, device in ipairs(self) do names[i] = tostring(device) end
  if #names == 0 then return "no devices" end
  return ("%d device%s: %s"):format(#names, #names == 1 and "" or "s", table.concat(names, ", "))
end

--- Set a capability of every device, or several, in parallel; takes what device:set takes. None is sent unless each
--- device takes the value. Devices that could not be set, as one that is out of reach, are named in a warning and
--- returned; only where no device could be it is an error, whose `errors` holds each. With `strict = true` any is.
---@param id string|table<string, any>
---@param value any
---@param options? homey.SetOptions
---@return {device: homey.Device, error: homey.Error}[] failed  empty where all took it
function Selection:set(id, value, options)
  return change.make(homes[self], change.for_each(change.wanted(id, value, options), self, {}))
end

-- Read every device, in parallel; raises once all have been answered.
local function read(self)
  local scheduler, answers, errors = homes[self].scheduler, {}, {}
  local asked = scheduler.core_loop:now()
  for i, device in ipairs(self) do answers[i] = device:queue_reading() end
  scheduler:settle(answers)
  for i, device in ipairs(self) do errors[#errors + 1] = device:received(answers[i], asked) end
  raise_all(errors, #self, "readings")
end

--- Read every device again, in parallel.
---@return homey.Selection self
function Selection:refresh()
  read(self)
  return self
end

--- The value of a capability of every device as it is now: an array in the order of the selection, with homey.null where
--- the hub knows no value. It is asked of the hub, in parallel, unless the hub keeps us informed of all these devices.
---@param id string
---@return any[]
function Selection:get(id)
  local values, cache = {}, homes[self].cache
  local known = cache ~= false
  for _, device in ipairs(self) do known = known and cache:knows(device) end
  if not known then read(self) end
  for i, device in ipairs(self) do
    local value = device:value(id)
    if value == nil then value = core.null end
    values[i] = value
  end
  return values
end

--- Call f for what happens to a capability of any of the devices. The selection lives: what comes to match its filter
--- later joins, what no longer does leaves.
---@param id string
---@param options? homey.TriggerOptions  may be left out
---@param f fun(value: any, device: homey.Device, event: homey.Event)
---@return homey.Handle
function Selection:on(id, options, f)
  return trigger.on_selection(homes[self], filters[self], id, options, f)
end

return called.by_colon(Selection, Selection, "devices", "get/1 set/3 on/3 refresh/0")
