--- Short descriptions of moods, alarms, notifications, apps and flow folders, as items of the hub.
---
--- Each function gets the maker, the checked description, and finds a zone by its name.
local core = require "homey.core"
local Model = require "homey.sim.home.model"
local invalid = require "homey.util.invalid"
local format = require "homey.util.format"
local suggest = require "homey.util.suggest"

local null = core.null
local short_items = {}

-- ---- moods ----

local function label_of(data, device)
  local zone = data.zones[device.zone]
  return zone and zone.name .. "/" .. device.name or device.name
end

-- The device of an id, "Name" or "Zone/Name".
local function device_of(maker, mood, ref)
  local devices, labels = maker.data.devices, {}
  if devices[ref] then return devices[ref] end
  for _, id in ipairs(suggest.keys(devices)) do
    local label = label_of(maker.data, devices[id])
    if ref == label or ref == devices[id].name then return devices[id] end
    labels[#labels + 1] = label
  end
  return invalid("the mood %s: there is no device %s%s", mood, format(ref),
    suggest.hint(tostring(ref), labels))
end

local function check_values(mood, device, values)
  if type(values) ~= "table" then
    invalid("the mood %s: the values of a device are a table such as { dim = 0.4 }, not %s.", mood,
      format(values))
  end
  for id, value in pairs(values) do
    local capability = device.capabilitiesObj[id]
    local problem = not capability and "the device has no such capability"
      or Model.value_problem(capability, value)
    if problem then
      invalid("the mood %s: %s of %s cannot be %s: %s.", mood, tostring(id), device.name,
        format(value), problem)
    end
  end
end

short_items.mood = function(maker, given, zone_id)
  local devices, zone = {}, given.zone and zone_id(maker, given.zone)
  for ref, values in pairs(given.devices or {}) do
    local device = device_of(maker, given.name, ref)
    check_values(given.name, device, values)
    devices[device.id] = { state = values }
    zone = zone or device.zone
  end
  return {
    id = maker.id(), name = given.name, preset = given.preset or null, devices = devices,
    zone = zone or zone_id(maker),
  }
end

-- ---- the others ----

local days = {
  "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
}

local function repetition_of(given)
  local wanted, out = {}, {}
  for _, day in ipairs(given.days or days) do wanted[day] = true end
  for _, day in ipairs(days) do
    out[day] = wanted[day] == true
    wanted[day] = nil
  end
  local other = next(wanted)
  if other ~= nil then
    invalid("the alarm %s: there is no day %s%s", given.name, format(other),
      suggest.hint(tostring(other), days))
  end
  return out
end

short_items.alarm = function(maker, given)
  if given.time and not given.time:find "^[0-2]%d:[0-5]%d$" then
    invalid("the alarm %s: `time` is text such as \"06:45\", not %s.", given.name,
      format(given.time))
  end
  return {
    id = maker.id(), name = given.name, time = given.time or "07:00",
    enabled = given.enabled ~= false, repetition = repetition_of(given), nextOccurance = null,
  }
end

short_items.notification = function(maker, given)
  return {
    id = maker.id(), ownerUri = given.owner or "homey:manager:flow", ownerName = "Flow",
    dateCreated = maker.changed, excerpt = given.text, meta = {},
  }
end

short_items.app = function(_, given)
  return {
    id = given.id or "com.example." .. given.name:lower():gsub("%W", ""), name = given.name,
    version = given.version or "1.0.0", enabled = given.enabled ~= false,
    state = given.enabled == false and "stopped" or "running", settings = true,
  }
end

short_items.folder = function(maker, given)
  return { id = maker.id(), name = given.name, parent = given.parent or null }
end

return short_items
