--- Insights logs of a home: one for each number and each boolean of its devices, and its own.
local build = require "homey.sim.home.build"
local core = require "homey.core"

local null = core.null
local logs = {}

local function log_of(device, capability)
  local uri = "homey:device:" .. device.id
  local is_number = capability.type == "number"
  return {
    id = uri .. ":" .. capability.id, ownerUri = uri, ownerId = capability.id,
    ownerName = device.name, type = capability.type, title = capability.title or capability.id,
    titleTrue = null, titleFalse = null, units = is_number and capability.units or null,
    decimals = is_number and capability.decimals or null, lastValue = capability.value,
  }
end

local function add_device(by_id, device)
  for _, id in ipairs(device.capabilities) do
    local capability = device.capabilitiesObj[id]
    local is_logged = capability.type == "number" or capability.type == "boolean"
    if is_logged and capability.getable ~= false then
      local log = log_of(device, capability)
      by_id[log.id] = { log = log, device = device, capability = id }
    end
  end
end

-- A log of the home's own replaces that of a device, except for its last value.
local function add_own(by_id, own)
  local known = by_id[own.id]
  if not known then
    by_id[tostring(own.id)] = { log = own }
    return
  end
  for name, value in pairs(own) do
    if name ~= "lastValue" then known.log[name] = value end
  end
end

--- All logs by id, with the device and the capability of each.
---@param data table  the home
---@return table<string, {log: table, device: table?, capability: string?}>
function logs.all(data)
  local by_id = {}
  for _, device in pairs(data.devices) do add_device(by_id, device) end
  for _, own in pairs(data.insights_logs or {}) do add_own(by_id, own) end
  for id, changes in pairs(data.changed_logs or {}) do
    if changes == false then by_id[id] = nil end
    if by_id[id] and changes then add_own(by_id, changes) end
  end
  return by_id
end

--- The logs, sorted by id.
---@param by_id table<string, {log: table}>
---@return table[]
function logs.sorted(by_id)
  local list = build.array()
  for _, each in pairs(by_id) do list[#list + 1] = each.log end
  table.sort(list, function(a, b) return tostring(a.id) < tostring(b.id) end)
  return list
end

return logs
