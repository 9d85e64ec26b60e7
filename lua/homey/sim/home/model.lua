--- Model of a home: its devices, flows and variables, and the operations that change them.
---
--- It has no sockets, no HTTP and no clock of its own: both the server and the home in virtual time
--- are built on it.
local core = require "homey.core"
local encoding = require "homey.sim.http.encoding"

local null = core.null

---@class homey.sim.Model
---@field data table                   the home: its lists by name, as a hub answers them
---@field now fun(): number            seconds since 1970
local Model = { __name = "homey.sim.Model" }
Model.__index = Model

-- The failure of an operation: nil, status, message.
local function refuse(status, message) return nil, status, message end

local function refuse_value(capability_id, problem)
  return refuse(400, ("Invalid Value for %s: %s"):format(capability_id, problem))
end

--- A model of this home.
---@param data table
---@param now fun(): number
---@return homey.sim.Model
function Model.new(data, now)
  local m = setmetatable({ data = data, now = now, listeners = {} }, Model)
  for _, kind in ipairs {
    "zones", "devices", "flows", "advancedflows", "flowfolders", "variables", "users",
  } do
    data[kind] = data[kind] or {}
  end
  return m
end

--- Call f(event, ...) after each change: "capability", device, id, value, transaction and the value
--- before; or kind and
--- ".create", ".update" or ".delete", and the item; or "flow", flow when one is started; or
--- "publish", uri, name, data for any other event.
---@param f function
function Model:listen(f) self.listeners[#self.listeners + 1] = f end

local function notify(self, ...)
  for _, f in ipairs(self.listeners) do f(...) end
end

--- The name of a device with that of its zone: "Kitchen/Lamp".
---@param device table
---@return string
function Model:label(device)
  local zone = self.data.zones[device.zone]
  return zone and zone.name .. "/" .. device.name or device.name
end

--- A device by id, by name, or by "Zone/Name". The first that fits.
---@param ref string
---@return table? device
function Model:device(ref)
  local found = self.data.devices[ref]
  if found then return found end
  for _, device in pairs(self.data.devices) do
    if device.name == ref or self:label(device) == ref then return device end
  end
end

local function wrong_type(cap, value)
  local wanted = cap.type == "enum" and "string" or cap.type
  if type(value) == wanted then return end
  return ("expected %s, got %s"):format(wanted, value == null and "null" or type(value))
end

local function not_listed(cap, value)
  if cap.type ~= "enum" or not cap.values then return end
  for _, entry in ipairs(cap.values) do
    if entry.id == value then return end
  end
  return ("'%s' is not one of its values"):format(value)
end

local function out_of_range(cap, value)
  if cap.type ~= "number" then return end
  if type(cap.min) == "number" and value < cap.min then
    return ("%s is less than %s"):format(value, cap.min)
  end
  if type(cap.max) == "number" and value > cap.max then
    return ("%s is more than %s"):format(value, cap.max)
  end
end

--- Why a hub refuses a value for this capability; nil where it accepts it.
---@param cap table
---@param value any
---@return string? problem
local function value_problem(cap, value)
  return wrong_type(cap, value) or not_listed(cap, value) or out_of_range(cap, value)
end

Model.value_problem = value_problem

local function store(self, device, cap, value, transaction)
  local old = cap.value
  cap.value, cap.lastUpdated = value, encoding.iso(self.now())
  device.lastSeenAt = cap.lastUpdated
  notify(self, "capability", device, cap.id, value, transaction, old)
end

local function find(self, device_id, capability_id)
  local device = self.data.devices[device_id]
  if not device then return refuse(404, "Not Found: Device with ID " .. device_id) end
  local cap = device.capabilitiesObj[capability_id]
  if not cap then return refuse(404, "Invalid Capability: " .. capability_id) end
  return device, cap
end

--- Set a capability as a user does: the hub checks the value.
---@param device_id string
---@param capability_id string
---@param value any
---@param transaction? string  id of the change, which its event repeats
---@return table? device  nil, status, message where the hub refuses
---@return table|integer capability
---@return string? message
function Model:set(device_id, capability_id, value, transaction)
  local device, cap, message = find(self, device_id, capability_id)
  if not device then return nil, cap, message end
  if not cap.setable then return refuse(400, "Capability Not Setable: " .. capability_id) end
  local problem = value_problem(cap, value)
  if problem then return refuse_value(capability_id, problem) end
  if not device.available then
    local why = device.unavailableMessage
    return refuse(500, "Device Unavailable" .. (type(why) == "string" and ": " .. why or ""))
  end
  if cap.getable == false then
    notify(self, "capability", device, cap.id, value, transaction)
  else
    store(self, device, cap, value, transaction)
  end
  return device, cap
end

--- Let the device report a value, as a sensor does, or a switch that a person presses.
---@param ref string
---@param capability_id string
---@param value any
---@return table? device  nil, status, message where it fails
---@return table|integer capability
---@return string? message
function Model:operate(ref, capability_id, value)
  local known = self:device(ref)
  local device, cap, message = find(self, known and known.id or ref, capability_id)
  if not device then return nil, cap, message end
  local problem = value ~= null and value_problem(cap, value)
  if problem then return refuse_value(capability_id, problem) end
  store(self, device, cap, value)
  return device, cap
end

-- The items of a kind by id.
local function items_of(self, kind)
  local items = self.data[kind]
  if not items then
    items = {}
    self.data[kind] = items
  end
  return items
end

--- Change members of an item; the others stay as they are.
---@param kind string  a member of the home, such as "devices"
---@param id string
---@param changes table
---@return table? item
function Model:update(kind, id, changes)
  local item = items_of(self, kind)[id]
  if not item then return nil end
  for name, value in pairs(changes) do
    if name ~= "id" then item[name] = value end
  end
  notify(self, kind .. ".update", item)
  return item
end

--- Add an item.
---@param kind string
---@param item table  with its id
---@return table item
function Model:create(kind, item)
  items_of(self, kind)[item.id] = item
  notify(self, kind .. ".create", item)
  return item
end

--- Remove an item.
---@param kind string
---@param id string
---@return table? item
function Model:delete(kind, id)
  local items = items_of(self, kind)
  local item = items[id]
  if not item then return nil end
  items[id] = nil
  notify(self, kind .. ".delete", item)
  return item
end

--- Send an event that is no change of an item, such as "weather" of a manager.
---@param uri string  "homey:manager:weather"
---@param event string
---@param data any
function Model:publish(uri, event, data) notify(self, "publish", uri, event, data) end

--- Set a variable. Its type cannot change.
---@param id string
---@param value any
---@return table? variable  nil, status, message where the hub refuses
---@return integer? status
---@return string? message
function Model:set_variable(id, value)
  local variable = self.data.variables[id]
  if not variable then return refuse(404, "Not Found: Variable with ID " .. id) end
  if type(value) ~= variable.type then
    return refuse(400, ("Invalid Value: expected %s"):format(variable.type))
  end
  return self:update("variables", id, { value = value })
end

--- Start a flow.
---@param kind string  "flows" or "advancedflows"
---@param id string
---@return table? flow  nil, status, message where the hub refuses
---@return integer? status
---@return string? message
function Model:start_flow(kind, id)
  local flow = self.data[kind][id]
  if not flow then return refuse(404, "Not Found: Flow with ID " .. id) end
  if not flow.triggerable then return refuse(400, "Flow Not Triggerable") end
  if not flow.enabled then return refuse(400, "Flow Not Enabled") end
  notify(self, "flow", flow)
  return flow
end

return Model
