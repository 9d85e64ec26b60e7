-- Gives lamps the colour of the daylight: warm at sunrise and sunset, cold at noon. Lamps that are
-- off, or that show a colour, are left alone until they are switched on or white again.

local homey = require "homey"

homey.login()

local lamps = homey.devices { class = "light", capability = { "onoff", "light_temperature" } }
local coldest, warmest = 0.2, 0.9 -- 0 is the coldest white of a lamp, 1 its warmest
local high = 40                   -- degrees of the sun above the horizon at which it is coldest

local function colour_now()
  local height = math.max(0, math.min(homey.sun().elevation / high, 1))
  return warmest + (coldest - warmest) * height
end

local function adjust(lamp)
  local now = lamp.capabilities
  local is_white = not now.light_mode or now.light_mode.value ~= "color"
  if not (now.onoff.value and is_white) then return end
  lamp:set("light_temperature", colour_now(), { only_if_changed = true, duration = "10 s" })
end

lamps:on("onoff", { to = true }, function(_, lamp) adjust(lamp) end)
homey.every("5 min", { aligned = true }, function()
  for _, lamp in ipairs(lamps) do
    local _, err = homey.try(adjust, lamp)
    if err then homey.log("warning", err) end
  end
end)

homey.run()
