-- The home as the page shows it: its zones and devices, with each capability.

local core = require "homey.core"
local hub_clock = require "homey.time.hub_clock"
local known_facts = require "homey.model.known"
local suggest = require "homey.util.suggest"

local home_facts = {}

local copied = {
  "id", "type", "units", "min", "max", "step", "decimals", "values", "settable",
}

--- A value as JSON can hold it.
---@param value any
---@return any
function home_facts.value(value)
  if value == nil then return core.null end
  return value
end

local function capability(home, known)
  local fact = { value = core.null, readable = known.getable }
  if known.getable then fact.value = home_facts.value(known.value) end
  for _, name in ipairs(copied) do fact[name] = known[name] end
  fact.title = known.title or known.id
  local ms = known_facts.ms(known)
  fact.since = ms and hub_clock.ours(home, ms)
  return fact
end

local function array(list)
  return setmetatable(list, core.array)
end

--- A device.
---@param device homey.Device
---@return table
function home_facts.device(device)
  local record, list = device.record, {}
  for i, id in ipairs(suggest.keys(record.capabilities)) do
    list[i] = capability(device.home, record.capabilities[id])
  end
  return {
    id = device.id, name = record.name, zone = record.zone, class = record.class,
    available = record.available ~= false, problem = record.unavailable_message,
    capabilities = array(list),
  }
end

--- All zones and devices that are known, sorted by place and name.
---@param home homey.Home
---@return table[] zones
---@return table[] devices
function home_facts.lists(home)
  local zones, devices = {}, {}
  for i, zone in ipairs(home.directory:list "zone") do
    local record = zone.record
    zones[i] = { id = zone.id, name = record.name, parent = record.parent }
  end
  for i, device in ipairs(home.directory:list "device") do
    devices[i] = home_facts.device(device)
  end
  return array(zones), array(devices)
end

return home_facts
