--- A home and what can be done to it: devices, flows, variables. Knows no sockets, no HTTP and no clock of its own,
--- so that a server and a home in virtual time can both be built on it.
local core = require "homey.core"
local text = require "homey.sim.http.encoding"

local null = core.null

---@class homey.sim.Model
---@field data table                   the home, keyed as a hub's list calls answer
---@field now fun(): number            seconds since 1970
---@field revision table<string, integer>  changes counted, per id of a device
local Model = { __name = "homey.sim.Model" }
Model.__index = Model

--- A failure as the operations answer it: nil, status, message.
local function refuse(status, message) return nil, status, message end

--- A model of this home.
---@param data table
---@param now fun(): number
---@return homey.sim.Model
function Model.new(data, now)
  local m = setmetatable({ data = data, now = now, revision = {}, listeners = {} }, Model)
  for _, kind in ipairs { "zones", "devices", "flows", "advancedflows", "flowfolders", "variables", "users" } do
    data[kind] = data[kind] or {}
  end
  return m
end

--- Call f(event, ...) whenever something changes: "capability", device, id, value, transaction; or kind .. ".create", ".update",
--- ".delete" and the item; or "flow", flow when one is started.
---@param f function
function Model:listen(f) self.listeners[#self.listeners + 1] = f end

local function tell(self, ...)
  for _, f in ipairs(self.listeners) do f(...) end
end

local function touch(self, id) self.revision[id] = (self.revision[id] or 0) + 1 end

--- A device by id, by name, or by "Zone/Name" (the first that fits).
---@param ref string
---@return table? device
function Model:device(ref)
  local found = self.data.devices[ref]
  if found then return found end
  local zone, name = ref:match("^(.-)/(.*)$")
  for _, device in pairs(self.data.devices) do
    if device.name == ref then return device end
    local home = self.data.zones[device.zone]
    if device.name == name and home and home.name == zone then return device end
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
  return ("'%s' is none of its values"):format(value)
end

local function out_of_range(cap, value)
  if cap.type ~= "number" then return end
  if type(cap.min) == "number" and value < cap.min then return ("%s is less than %s"):format(value, cap.min) end
  if type(cap.max) == "number" and value > cap.max then return ("%s is more than %s"):format(value, cap.max) end
end

--- What a hub finds wrong with a value for this capability, if anything.
---@param cap table
---@param value any
---@return string? problem
local function value_problem(cap, value)
  return wrong_type(cap, value) or not_listed(cap, value) or out_of_range(cap, value)
end

Model.value_problem = value_problem

local function store(self, device, cap, value, transaction)
  cap.value, cap.lastUpdated = value, text.iso(self.now())
  device.lastSeenAt = cap.lastUpdated
  touch(self, device.id)
  tell(self, "capability", device, cap.id, value, transaction)
end

local function find(self, device_id, capability_id)
  local device = self.data.devices[device_id]
  if not device then return refuse(404, "Not Found: Device with ID " .. device_id) end
  local cap = device.capabilitiesObj[capability_id]
  if not cap then return refuse(404, "Invalid Capability: " .. capability_id) end
  return device, cap
end

--- Set a capability as a user does: through the hub, which checks everything.
---@param device_id string
---@param capability_id string
---@param value any
---@param transaction? string  by which the caller knows the change
---@return table? device  nil, status, message where the hub refuses
---@return table|integer capability
---@return string? message
function Model:set(device_id, capability_id, value, transaction)
  local device, cap, message = find(self, device_id, capability_id)
  if not device then return nil, cap, message end
  if not cap.setable then return refuse(400, "Capability Not Setable: " .. capability_id) end
  local problem = value_problem(cap, value)
  if problem then return refuse(400, ("Invalid Value for %s: %s"):format(capability_id, problem)) end
  if not device.available then
    local why = device.unavailableMessage
    return refuse(500, "Device Unavailable" .. (type(why) == "string" and ": " .. why or ""))
  end
  if cap.getable == false then
    touch(self, device.id)
    tell(self, "capability", device, cap.id, value, transaction)
  else
    store(self, device, cap, value, transaction)
  end
  return device, cap
end

--- Let the device itself report a value, as a sensor or a hand on its switch does.
---@param ref string
---@param capability_id string
---@param value any
---@return table? device  nil, status, message where that cannot be
---@return table|integer capability
---@return string? message
function Model:operate(ref, capability_id, value)
  local known = self:device(ref)
  local device, cap, message = find(self, known and known.id or ref, capability_id)
  if not device then return nil, cap, message end
  local problem = value ~= null and value_problem(cap, value)
  if problem then return refuse(400, ("Invalid Value for %s: %s"):format(capability_id, problem)) end
  store(self, device, cap, value)
  return device, cap
end

--- Change members of an item; those that are not given stay.
---@param kind string  a member of the home, such as "devices"
---@param id string
---@param changes table
---@return table? item
function Model:update(kind, id, changes)
  local item = self.data[kind][id]
  if not item then return nil end
  for name, value in pairs(changes) do
    if name ~= "id" then item[name] = value end
  end
  touch(self, id)
  tell(self, kind .. ".update", item)
  return item
end

--- Add an item.
---@param kind string
---@param item table  with its id
---@return table item
function Model:create(kind, item)
  self.data[kind][item.id] = item
  touch(self, item.id)
  tell(self, kind .. ".create", item)
  return item
end

--- Take an item away.
---@param kind string
---@param id string
---@return table? item
function Model:delete(kind, id)
  local item = self.data[kind][id]
  if not item then return nil end
  self.data[kind][id] = nil
  touch(self, id)
  tell(self, kind .. ".delete", item)
  return item
end

--- Set a variable; its type stays what it is.
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

--- Start a flow by hand.
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
  tell(self, "flow", flow)
  return flow
end

return Model
