--- Builders of devices and zones in the form of the hub (version 3).
local core = require "homey.core"
local facts = require "homey.sim.home.capabilities"

local null = core.null
local build = {}

--- A list that JSON encodes as an array, even when it is empty.
---@param list? table
---@return table list
function build.array(list) return setmetatable(list or {}, core.array) end

local array = build.array

--- A capability, as a member of `capabilitiesObj`.
---@param id string         with or without a suffix, such as onoff.2
---@param value any         nil where it has none
---@param changed string    time of the value, ISO 8601
---@param overrides? table  members to override
---@return table
function build.capability(id, value, changed, overrides)
  local fact = assert(facts[id:match("^[^.]+")], id)
  local cap = {
    id = id,
    type = fact.type,
    title = fact.title,
    desc = null,
    units = fact.units or null,
    decimals = fact.decimals,
    min = fact.min,
    max = fact.max,
    step = fact.step,
    values = fact.values,
    chartType = fact.type == "number" and "stepLine" or nil,
    getable = fact.getable ~= false,
    setable = fact.setable,
    options = {},
    value = value == nil and null or value,
    lastUpdated = value ~= nil and changed or null,
  }
  for k, v in pairs(overrides or {}) do cap[k] = v end
  return cap
end

local controls = {
  onoff = "toggle", locked = "toggle", dim = "slider", volume_set = "slider",
  windowcoverings_set = "slider",
  target_temperature = "thermostat", light_hue = "color", light_temperature = "color",
  button = "button",
}

local function components(ids)
  local out, sensors = array(), array()
  for _, id in ipairs(ids) do
    local control = controls[id:match("^[^.]+")]
    if control then
      out[#out + 1] = { id = control, capabilities = array { id } }
    else
      sensors[#sensors + 1] = id
    end
  end
  if sensors[1] then out[#out + 1] = { id = "sensor", capabilities = sensors } end
  return out
end

local function quick_action(ids)
  for _, id in ipairs(ids) do
    if id:find("^onoff") or id == "locked" or id == "button" then return id end
  end
  return null
end

local function fill_capabilities(device, list, changed)
  for _, row in ipairs(list) do
    local id = row[1]
    device.capabilities[#device.capabilities + 1] = id
    device.capabilitiesObj[id] = build.capability(id, row[2], changed, row.with)
  end
  device.ui = {
    quickAction = quick_action(device.capabilities), components = components(device.capabilities),
  }
end

--- A device. `capabilities` lists {id, value, with = {...overrides}}.
---@param d {id: string, name: string, zone: string, class: string, driver: string, icon: string,
---       changed: string,
---          capabilities: table[]}
---@param more? table  members to add or override
---@return table
function build.device(d, more)
  local device = {
    id = d.id,
    driverId = "homey:app:" .. d.driver,
    ownerUri = "homey:app:" .. d.driver:match("^[^:]+"),
    name = d.name,
    note = null,
    zone = d.zone,
    data = { id = d.id:sub(-12) },
    icon = null,
    iconOverride = null,
    iconObj = { id = d.icon, url = "/icon/" .. d.icon .. "/icon.svg" },
    class = d.class,
    virtualClass = null,
    capabilities = array(),
    capabilitiesObj = {},
    settings = {},
    settingsObj = true,
    flags = array(),
    energy = null,
    energyObj = { W = null, batteries = null, cumulative = null, generator = null },
    uiIndicator = null,
    available = true,
    unavailableMessage = null,
    warningMessage = null,
    ready = true,
    repair = false,
    unpair = false,
    images = array(),
    color = "#2F6B4F",
    lastSeenAt = d.changed,
  }
  fill_capabilities(device, d.capabilities, d.changed)
  for k, v in pairs(more or {}) do device[k] = v end
  return device
end

--- A zone.
---@param id string
---@param name string
---@param parent string?  id of its parent; nil for the whole home
---@param icon string
---@return table
function build.zone(id, name, parent, icon)
  return {
    id = id, name = name, parent = parent or null, icon = icon,
    active = false, activeOrigins = array(), activeLastUpdated = null,
  }
end

--- A list of items as an object keyed by their ids.
---@param list table[]
---@return table<string, table>
function build.by_id(list)
  local out = {}
  for _, item in ipairs(list) do out[item.id] = item end
  return out
end

return build
