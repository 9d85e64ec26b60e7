--- Groups of devices, which are devices themselves, and the capabilities of version 2.
local build = require "homey.sim.home.build"
local core = require "homey.core"
local encoding = require "homey.sim.http.encoding"
local facts = require "homey.sim.home.capabilities"

---@type homey.sim.Handlers
local groups = {}

local driver = "virtualdrivergroup:group"

-- The capabilities that all devices of the group have.
local function shared_capabilities(call, ids)
  local rows, first = {}, call.data.devices[ids[1]]
  for _, id in ipairs(first and first.capabilities or {}) do
    local everywhere = facts[id] ~= nil
    for _, other in ipairs(ids) do
      everywhere = everywhere and call.data.devices[other].capabilitiesObj[id] ~= nil
    end
    if everywhere then rows[#rows + 1] = { id, first.capabilitiesObj[id].value } end
  end
  return rows
end

local function missing_device(call, ids)
  for _, id in ipairs(ids) do
    if not call.data.devices[id] then return id end
  end
end

groups.createGroup = function(call)
  local given = call.args.group
  local missing = missing_device(call, given.deviceIds)
  if missing then return call:not_found("Device", missing) end
  if not call.data.zones[given.zoneId] then return call:not_found("Zone", given.zoneId) end
  local id = call.context.state:uuid()
  local device = build.device({
    id = id, name = given.name, zone = given.zoneId, class = given.class, driver = driver,
    capabilities = shared_capabilities(call, given.deviceIds), icon = "group",
    changed = encoding.iso(call.model.now()),
  }, {
    iconOverride = given.iconOverride, settings = { deviceIds = build.array(given.deviceIds) },
  })
  call.model:create("devices", device)
  return call:raw(call.context.view:device(id, call.version))
end

local function group_of(call, id)
  local device = call.data.devices[id]
  return device and device.settings.deviceIds and device
end

groups.updateGroup = function(call)
  local device, given = group_of(call, call.args.id), call.args.group
  if not device then return call:not_found("Group", call.args.id) end
  local missing = missing_device(call, given.deviceIds or {})
  if missing then return call:not_found("Device", missing) end
  local changes = { name = given.name, iconOverride = given.iconOverride }
  if given.deviceIds then changes.settings = { deviceIds = given.deviceIds } end
  call.model:update("devices", device.id, changes)
  return call:raw(call.context.view:device(device.id, call.version))
end

groups.deleteDeviceFromGroup = function(call)
  local device = group_of(call, call.args.groupId)
  if not device then return call:not_found("Group", call.args.groupId) end
  local left = build.array()
  for _, id in ipairs(device.settings.deviceIds) do
    if id ~= call.args.deviceId then left[#left + 1] = id end
  end
  if #left == #device.settings.deviceIds then
    return call:not_found("Device", call.args.deviceId)
  end
  call.model:update("devices", device.id, { settings = { deviceIds = left } })
  return call:ok()
end

-- ---- the capabilities that hubs know ----

local owner = "homey:manager:capabilities"

local optional = { "chartType", "decimals", "min", "max", "step", "units", "values" }

local function definition(id)
  local capability = build.capability(id)
  capability.value, capability.lastUpdated, capability.options = nil, nil, nil
  capability.uri = owner
  for _, name in ipairs(optional) do
    if capability[name] == nil then capability[name] = core.null end
  end
  return capability
end

groups.getCapabilities = function(call)
  local list = build.array()
  for id in pairs(facts) do list[#list + 1] = definition(id) end
  table.sort(list, function(a, b) return a.id < b.id end)
  return call:ok(list)
end

groups.getCapability = function(call)
  if not facts[call.args.id] then return call:not_found("Capability", call.args.id) end
  return call:ok(definition(call.args.id))
end

return groups
