--- Weather at the home: that of its data, or a mild day.
local build = require "homey.sim.home.build"
local encoding = require "homey.sim.http.encoding"

---@type homey.sim.Handlers
local weather = {}

local mild = {
  city = "Amsterdam", country = "NL", state = "Clouds", temperature = 11.2, humidity = 0.71,
  pressure = 1013,
}

local function now_of(call)
  local out = {}
  for name, value in pairs(mild) do out[name] = value end
  for name, value in pairs(call.data.weather or {}) do out[name] = value end
  return out
end

weather.getWeather = function(call) return call:ok(now_of(call)) end

-- The hours to come: the home's own, or a day that cools down.
weather.getWeatherHourly = function(call)
  if call.data.weather_hourly then return call:ok(call.data.weather_hourly) end
  local list, now = build.array(), now_of(call)
  local hour = math.floor(call.context.state.now() / 3600) * 3600
  for i = 1, 24 do
    list[i] = {
      time = encoding.iso(hour + i * 3600), state = now.state, humidity = now.humidity,
      temperature = now.temperature - math.floor(i / 4) / 2, precipitation = 0,
    }
  end
  return call:ok(list)
end

return weather
