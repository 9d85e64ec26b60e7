--- Generates homes of any size; the same seed gives the same home.
local build = require "homey.sim.home.build"
local core = require "homey.core"
local encoding = require "homey.sim.http.encoding"
local facts = require "homey.sim.home.capabilities"
local new_random = require "homey.sim.home.random"

local null, array = core.null, build.array

local function hex(random, bytes) return encoding.hex(random.bytes(bytes)) end

local function uuid(random) return encoding.uuid(random.bytes(16)) end

local rooms = {
  "Kitchen", "Living room", "Hall", "Study", "Bedroom", "Guest room", "Bathroom", "Attic",
  "Cellar", "Garage", "Workshop", "Laundry", "Pantry", "Balcony", "Terrace", "Garden", "Shed",
  "Nursery", "Library", "Sauna",
}

-- Models of devices: class, name, driver, capabilities.
local models = {
  { "light", "Lamp", "lights:bulb",
    "onoff dim light_hue light_saturation light_temperature light_mode measure_power meter_power" },
  { "light", "Spot", "lights:spot",
    "onoff dim light_temperature onoff.2 dim.2 measure_power meter_power measure_temperature" },
  { "socket", "Plug", "plugs:meter",
    "onoff measure_power meter_power measure_voltage measure_current"
      .. " measure_temperature alarm_water" },
  { "sensor", "Motion", "sensors:motion",
    "alarm_motion alarm_tamper measure_luminance measure_temperature measure_humidity"
      .. " measure_battery alarm_battery" },
  { "sensor", "Contact", "sensors:contact",
    "alarm_contact alarm_tamper measure_battery measure_temperature alarm_battery" },
  { "sensor", "Air quality", "sensors:air",
    "measure_co2 measure_temperature measure_humidity measure_pressure measure_noise"
      .. " measure_battery alarm_battery" },
  { "thermostat", "Thermostat", "warmth:wall",
    "target_temperature measure_temperature measure_temperature.floor thermostat_mode"
      .. " measure_humidity onoff" },
  { "lock", "Lock", "doors:lock",
    "locked alarm_contact alarm_tamper measure_battery alarm_battery measure_temperature" },
  { "blinds", "Blinds", "shade:blinds",
    "windowcoverings_set windowcoverings_state windowcoverings_tilt_set measure_power"
      .. " meter_power measure_luminance" },
  { "fan", "Fan", "air:fan",
    "onoff fan_speed measure_power measure_humidity measure_temperature measure_co2 meter_power" },
  { "speaker", "Speaker", "sound:speaker",
    "speaker_playing speaker_next speaker_prev volume_set volume_mute speaker_artist"
      .. " speaker_track onoff" },
  { "vacuumcleaner", "Vacuum", "robots:vacuum",
    "onoff vacuumcleaner_state measure_battery alarm_battery measure_power alarm_water" },
}

local function value_of(id, random)
  local fact = facts[id:match("^[^.]+")]
  if fact.getable == false then return nil end
  if fact.type == "boolean" then return random.pick(2) == 1 end
  if fact.type == "enum" then return fact.values[random.pick(#fact.values)].id end
  if fact.type == "string" then return "Track № " .. random.pick(900) end
  if fact.max == 1 then return random.pick(101) / 100 - 0.01 end
  local low, high = fact.min or 10, fact.max or 60
  return low + random.pick((high - low) * 10) / 10
end

local function capabilities(model, random)
  local list = {}
  for id in model[4]:gmatch("%S+") do
    list[#list + 1] = {
      id, value_of(id, random),
      with = {
        desc = "As the device reports it; see its settings", insights = true,
        insightsTitleTrue = null,
      },
    }
  end
  return list
end

local function settings(random)
  local out = {
    power_on_behaviour = "last", transition_time = random.pick(20) / 10,
    invert = random.pick(2) == 1,
    mac = hex(random, 6),
    ip = ("192.168.%d.%d"):format(random.pick(254), random.pick(254)),
    firmware = ("%d.%d.%d"):format(random.pick(3), random.pick(20), random.pick(90)),
  }
  for i = 1, 64 do
    out[("zw_parameter_%03d"):format(i)] = ("value %s, default %d"):format(hex(random, 3),
      random.pick(255))
  end
  return out
end

local function energy(model, random)
  if model[4]:find("measure_battery", 1, true) then
    return { batteries = array { "CR123A", "AA" } }
  end
  return {
    approximation = {
      usageOn = random.pick(60), usageOff = random.pick(10) / 10, usageConstant = null,
    },
    cumulative = false,
  }
end

local function device(number, zones, random)
  local model, zone = models[random.pick(#models)], zones[random.pick(#zones)]
  local day, hour, minute = random.pick(28), random.pick(24) - 1, random.pick(60) - 1
  return build.device({
    id = uuid(random), name = ("%s %s %d"):format(zone.name, model[2], number), zone = zone.id,
    class = model[1], driver = "com.example." .. model[3], icon = hex(random, 16),
    capabilities = capabilities(model, random),
    changed = ("2026-03-%02dT%02d:%02d:12.250Z"):format(day, hour, minute),
  }, {
    note = random.pick(4) == 1 and "Bought in spring; the manual is in the drawer “below”" or null,
    settings = settings(random), energy = energy(model, random), available = random.pick(50) > 1,
    images = array(), flags = array { "simulated" },
    data = {
      id = hex(random, 8), ieee = hex(random, 8), endpoint = random.pick(4),
      token = hex(random, 16),
    },
  })
end

local function zones_of(count, random)
  local home = build.zone(uuid(random), "Home", nil, "home")
  local list = {}
  for i = 1, count do
    local floor = math.floor((i - 1) / #rooms)
    local name = rooms[(i - 1) % #rooms + 1] .. (floor > 0 and " " .. floor + 1 or "")
    list[i] = build.zone(uuid(random), name, home.id, "default")
  end
  return list, home
end

--- A home with a number of devices.
---@param count integer
---@param seed? integer
---@return table home
return function(count, seed)
  local random = new_random(seed or 1)
  local zones, home = zones_of(math.min(200, math.max(3, math.floor(count / 12))), random)
  local devices = {}
  for i = 1, count do
    local made = device(i, zones, random)
    devices[made.id] = made
  end
  zones[#zones + 1] = home
  local data = require("homey.sim.home.sunny_house")()
  data.homey.name, data.zones, data.devices = ("House of %d"):format(count), build.by_id(zones),
    devices
  return data
end
