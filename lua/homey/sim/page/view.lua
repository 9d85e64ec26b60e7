--- View of the simulated home for the page: zones, devices and their capabilities.
local core = require "homey.core"
local timestamp = require "homey.time.timestamp"

local null = core.null
local view = {}

local function array() return setmetatable({}, core.array) end

-- A text, also where a hub has one for each language.
local function text_of(value, default)
  if type(value) == "table" and value ~= null then
    value = value.en or select(2, next(value))
  end
  return type(value) == "string" and value or default
end

local function number_of(value) return type(value) == "number" and value or nil end

local function choices(capability)
  if type(capability.values) ~= "table" or capability.values == null then return nil end
  local list = array()
  for i, each in ipairs(capability.values) do
    list[i] = { id = each.id, title = text_of(each.title, each.id) }
  end
  return list
end

local function seconds_of(time)
  local ms = time and time ~= null and timestamp.ms(time)
  return ms and ms / 1000 or nil
end

local function capability_view(id, capability)
  local value = capability.value
  if value == nil then value = null end
  return {
    id = id, title = text_of(capability.title, id), type = capability.type, value = value,
    units = text_of(capability.units), min = number_of(capability.min),
    max = number_of(capability.max), step = number_of(capability.step),
    decimals = number_of(capability.decimals), values = choices(capability),
    settable = capability.setable ~= false, readable = capability.getable ~= false,
    since = seconds_of(capability.lastUpdated),
  }
end

--- A device.
---@param device table  as the hub has it
---@return table
function view.device(device)
  local list = array()
  for _, id in ipairs(device.capabilities) do
    local capability = device.capabilitiesObj[id]
    if capability then list[#list + 1] = capability_view(id, capability) end
  end
  return {
    id = device.id, name = device.name, class = text_of(device.class, "other"),
    zone = device.zone ~= null and device.zone or nil, available = device.available ~= false,
    problem = text_of(device.unavailableMessage), capabilities = list,
  }
end

local function zones(data)
  local list = array()
  for id, zone in pairs(data.zones) do
    list[#list + 1] = { id = id, name = zone.name, parent = text_of(zone.parent) }
  end
  table.sort(list, function(a, b) return a.id < b.id end)
  return list
end

local function devices(data)
  local list = array()
  for _, device in pairs(data.devices) do list[#list + 1] = view.device(device) end
  table.sort(list, function(a, b)
    if a.name ~= b.name then return a.name < b.name end
    return a.id < b.id
  end)
  return list
end

--- The home.
---@param context homey.sim.Context
---@param mode "sim"|"virtual"
---@return table
function view.home(context, mode)
  local data = context.model.data
  return {
    name = data.homey.name, mode = mode, writable = true, why = true,
    timezone = context:location().timezone, time = context.model.now(), zones = zones(data),
    devices = devices(data),
  }
end

return view
