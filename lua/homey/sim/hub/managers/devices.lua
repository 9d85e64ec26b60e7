--- Devices: lists and single ones, capabilities, settings, groups.
local core = require "homey.core"

---@type homey.sim.Handlers
local devices = {}

devices.getDevices = function(call) return call:raw(call.context.view:devices(call.version)) end

local function show(call, id) return call:raw(call.context.view:device(id, call.version)) end

devices.getDevice = function(call)
  local id = call.args.id
  if not call.data.devices[id] then return call:not_found("Device", id) end
  return show(call, id)
end

devices.updateDevice = function(call)
  local id, given = call.args.id, call.args.device
  local item = type(given) == "table" and call.model:update("devices", id, given)
  if not item then return call:not_found("Device", id) end
  return show(call, id)
end

devices.deleteDevice = function(call)
  if call.model:delete("devices", call.args.id) then return call:ok() end
  return call:not_found("Device", call.args.id)
end

devices.setCapabilityValue = function(call)
  local args, context = call.args, call.context
  local transaction = args.transactionId
  if type(transaction) ~= "string" then transaction = "sim:" .. context.state:uuid() end
  local device, status, message = call.model:set(args.deviceId, args.capabilityId, args.value,
    transaction)
  if not device then return call:refuse(status, message) end
  context.state:count "capability_puts"
  return call:ok {
    value = args.value, transactionId = transaction,
    transactionTime = math.floor(context.state.now() * 1000),
  }
end

devices.getCapabilityValue = function(call)
  local device = call.data.devices[call.args.deviceId]
  local capability = device and device.capabilitiesObj[call.args.capabilityId]
  if not capability then return call:not_found("Capability " .. call.args.capabilityId) end
  local as_object = call.context.settings.value_reply == "object"
  return call:ok(as_object and { value = capability.value } or capability.value)
end

local function merged(old, new)
  local out, changed = {}, setmetatable({}, core.array)
  for name, value in pairs(old) do out[name] = value end
  for name, value in pairs(new) do
    if out[name] ~= value then changed[#changed + 1] = name end
    out[name] = value
  end
  table.sort(changed)
  return out, changed
end

devices.setDeviceSettings = function(call)
  local device, given = call.data.devices[call.args.id], call.args.settings
  if not device or type(given) ~= "table" then return call:not_found("Device", call.args.id) end
  local old = device.settings
  local settings, changed = merged(old, given)
  call.model:update("devices", device.id, { settings = settings })
  if call.version == 3 then return call:ok(settings) end
  return call:ok { oldSettings = old, newSettings = settings, changedKeys = changed }
end

-- A description for each setting that the device has.
devices.getDeviceSettingsObj = function(call)
  local device = call.data.devices[call.args.id]
  if not device then return call:not_found("Device", call.args.id) end
  local kinds = { boolean = "checkbox", number = "number", string = "text" }
  local list = setmetatable({}, core.array)
  for name, value in pairs(device.settings) do
    list[#list + 1] = {
      id = name, type = kinds[type(value)] or "text", label = name, value = value,
    }
  end
  table.sort(list, function(a, b) return a.id < b.id end)
  return call:ok(list)
end

-- A device may be hidden from services such as voice assistants.
local function set_hidden(hidden)
  return function(call)
    local device = call.data.devices[call.args.id]
    if not device then return call:not_found("Device", call.args.id) end
    local services = {}
    for name, value in pairs(device.hiddenFrom or {}) do services[name] = value end
    services[call.args.service] = hidden or nil
    call.model:update("devices", device.id, { hiddenFrom = services })
    return call:ok()
  end
end

devices.hideDeviceFromExternalService = set_hidden(true)
devices.unhideDeviceFromExternalService = set_hidden(false)

return devices
