--- Capabilities of simulated devices: their properties, as a hub states them.
local array = require("homey.core").array

local function switch(title) return { type = "boolean", title = title, setable = true } end
local function alarm(title) return { type = "boolean", title = title, setable = false } end
local function push(title)
  return { type = "boolean", title = title, setable = true, getable = false }
end
local function fraction(title) -- 0 to 1, shown in percent
  return {
    type = "number", title = title, setable = true, units = "%", min = 0, max = 1, decimals = 2,
  }
end
local function measure(title, units, decimals, min, max)
  return {
    type = "number", title = title, setable = false, units = units, decimals = decimals, min = min,
    max = max,
  }
end
local function choice(title, setable, ...)
  local values = setmetatable({}, array)
  for i = 1, select("#", ...), 2 do
    local id, label = select(i, ...)
    values[#values + 1] = { id = id, title = label }
  end
  return { type = "enum", title = title, setable = setable, values = values }
end

return {
  onoff = switch "Turned on",
  dim = fraction "Dim level",
  light_hue = { type = "number", title = "Hue", setable = true, min = 0, max = 1, decimals = 2 },
  light_saturation = {
    type = "number", title = "Colour saturation", setable = true, min = 0, max = 1, decimals = 2,
  },
  light_temperature = {
    type = "number", title = "Warmth", setable = true, min = 0, max = 1, decimals = 2,
  },
  light_mode = choice("Light mode", true, "color", "Colour", "temperature", "Warmth"),
  alarm_motion = alarm "Motion",
  alarm_contact = alarm "Contact alarm",
  alarm_smoke = alarm "Smoke",
  alarm_water = alarm "Water",
  alarm_battery = alarm "Battery almost empty",
  alarm_tamper = alarm "Tampering",
  measure_temperature = measure("Temperature", "°C", 1),
  measure_humidity = measure("Humidity", "%", 0),
  measure_luminance = measure("Luminance", "lx", 0),
  measure_battery = measure("Battery", "%", 0, 0, 100),
  measure_power = measure("Power", "W", 1),
  measure_voltage = measure("Voltage", "V", 1),
  measure_current = measure("Current", "A", 2),
  measure_co2 = measure("CO2", "ppm", 0),
  measure_pressure = measure("Air pressure", "mbar", 0),
  measure_noise = measure("Noise", "dB", 0),
  meter_power = measure("Energy", "kWh", 3),
  target_temperature = {
    type = "number", title = "Target temperature", setable = true, units = "°C", min = 4, max = 35,
    decimals = 1,
    step = 0.5,
  },
  thermostat_mode = choice("Mode", true, "heat", "Heat", "cool", "Cool", "auto", "Automatic", "off",
  "Off"),
  fan_speed = fraction "Fan speed",
  locked = switch "Locked",
  windowcoverings_set = fraction "Position",
  windowcoverings_state = choice("Blinds", true, "up", "Up", "idle", "Idle", "down", "Down"),
  windowcoverings_tilt_set = fraction "Tilt",
  speaker_playing = switch "Playing",
  speaker_next = push "Next",
  speaker_prev = push "Previous",
  speaker_artist = { type = "string", title = "Artist", setable = false },
  speaker_track = { type = "string", title = "Track", setable = false },
  volume_set = fraction "Volume",
  volume_mute = switch "Muted",
  button = push "Press",
  vacuumcleaner_state = choice("State", true, "cleaning", "Cleaning", "spot_cleaning",
  "Spot cleaning",
    "docked", "Docked", "charging", "Charging", "stopped", "Stopped"),
  homealarm_state = choice("Alarm", true, "armed", "Armed", "disarmed", "Disarmed",
  "partially_armed",
    "Partially armed"),
}
