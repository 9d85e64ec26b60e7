-- Live power: what the devices of a home use and generate now, by the hub's report, else computed
-- from what their capability measure_power says.

local call = require "homey.manage.call"
local is_number = require("homey.util.number_text").is_finite
local raise = require "homey.util.raise"
local try = require "homey.task.try"

---@class homey.DevicePower
---@field device homey.Device  whose power it is
---@field consumed? number   watts; nil where the device generates
---@field generated? number  watts

---@class homey.ZonePower
---@field zone homey.Zone     whose power it is
---@field consumed number    watts of all devices in the zone and in the zones inside it
---@field generated number   watts that solar panels in there generate

---@class homey.Energy         power now, in watts
---@field consumed number      what all devices use
---@field generated number     what solar panels generate
---@field grid? number         what the hub says of the meter; negative: into the grid
---@field devices homey.DevicePower[]  those whose power is known, the largest consumer first
---@field zones homey.ZonePower[]      those with such devices, the largest consumer first
---@field computed boolean     the hub has no report: all is computed from measure_power

local live_power = {}

-- ---- devices ------------------------------------------------------------------------------------

local generators = { solarpanel = true }

local function is_generator(device)
  return generators[device.virtual_class] or generators[device.class] or false
end

-- The power of a device, as one that consumes or generates.
local function entry_of(device, watts)
  if is_generator(device) then return { device = device, generated = math.abs(watts) } end
  return { device = device, consumed = watts }
end

local function watts_in(values)
  local watts = type(values) == "table" and values.W
  return is_number(watts) and watts or nil
end

-- ---- the hub's report ---------------------------------------------------------------------------

local function by_report(home, report)
  local list = {}
  for _, item in ipairs(type(report.items) == "table" and report.items or {}) do
    local watts = type(item) == "table" and watts_in(item.values)
    if watts and type(item.id) == "string" and (item.type == nil or item.type == "device") then
      local device = home.directory:by_id("device", item.id)
      if device.record and not device.gone then list[#list + 1] = entry_of(device, watts) end
    end
  end
  return list
end

-- ---- computed -----------------------------------------------------------------------------------

local fields = {
  id = true, available = true, energy = { cumulative = true }, energyObj = { cumulative = true },
  capabilitiesObj = { measure_power = { value = true } },
}

-- A meter of the whole home counts what the other devices use once more.
local function is_meter(raw)
  for _, name in ipairs { "energyObj", "energy" } do
    if type(raw[name]) == "table" and raw[name].cumulative == true then return true end
  end
  return false
end

local function watts_of(raw)
  if type(raw) ~= "table" or raw.available == false or is_meter(raw) then return nil end
  local capabilities = type(raw.capabilitiesObj) == "table" and raw.capabilitiesObj
  local power = capabilities and capabilities.measure_power
  return type(power) == "table" and is_number(power.value) and power.value or nil
end

local function is_inside(device, zone)
  return not zone or device.zone ~= nil and device.zone:is_in(zone)
end

local function by_devices(home, zone)
  local list = {}
  local all = call.read(home, "devices", "getDevices", {}, { only = { ["*"] = fields } })
  for _, raw in pairs(type(all) == "table" and all or {}) do
    local watts = watts_of(raw)
    local device = watts and home.directory:by_id("device", raw.id)
    if device and device.record and is_inside(device, zone) then
      list[#list + 1] = entry_of(device, watts)
    end
  end
  return list
end

-- ---- sums ---------------------------------------------------------------------------------------

local function sum(list, name)
  local total = 0
  for _, each in ipairs(list) do total = total + (each[name] or 0) end
  return total
end

local function by_consumption(a, b)
  if (a.consumed or 0) ~= (b.consumed or 0) then return (a.consumed or 0) > (b.consumed or 0) end
  return tostring(a.device or a.zone) < tostring(b.device or b.zone)
end

-- Calls f with each zone around a device, the innermost first.
local function each_zone(device, f)
  local zone, seen = device.zone, {}
  while zone and zone.record and not seen[zone] do
    seen[zone] = true
    f(zone)
    zone = zone.parent
  end
end

local function zones_of(list)
  local zones, found = {}, {}
  for _, each in ipairs(list) do
    each_zone(each.device, function(zone)
      local entry = found[zone]
      if not entry then
        entry = { zone = zone, consumed = 0, generated = 0 }
        found[zone], zones[#zones + 1] = entry, entry
      end
      entry.consumed = entry.consumed + (each.consumed or 0)
      entry.generated = entry.generated + (each.generated or 0)
    end)
  end
  return zones
end

-- ---- all of it ----------------------------------------------------------------------------------

local missing = { not_found = true, forbidden = true }

-- The hub's report; nil where it has none of any device.
local function report_of(home, zone)
  local args = { zone = zone and zone.id }
  local report, err = try(call.read, home, "energy", "getLiveReport", args)
  if err and not missing[err.kind] then raise(err) end
  return type(report) == "table" and report or nil
end

local function total(report, name, list, kind)
  return report and watts_in(report[name]) or sum(list, kind)
end

--- The power of a home now.
---@param home homey.Home
---@param zone? homey.Zone  only what is in it
---@return homey.Energy
function live_power.read(home, zone)
  home.directory:need { "zone", "device" }
  local report = report_of(home, zone)
  local list = report and by_report(home, report) or {}
  local is_computed = #list == 0
  if is_computed then
    report, list = nil, by_devices(home, zone)
  end
  local zones = zones_of(list)
  table.sort(list, by_consumption)
  table.sort(zones, by_consumption)
  return {
    consumed = total(report, "totalConsumed", list, "consumed"),
    generated = total(report, "totalGenerated", list, "generated"),
    grid = report and watts_in(report.totalCumulative), devices = list, zones = zones,
    computed = is_computed,
  }
end

return live_power
