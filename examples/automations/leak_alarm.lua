-- Water where there should be none: the valve closes, the siren sounds for a minute, every lamp
-- goes on, and people are told again every ten minutes until it is dry. Sensors that are added
-- later belong to it by themselves. Water that is there when this starts counts as well.

local homey = require "homey"
local tell = require "_tell"

homey.login()

local valve, siren = homey.device("Bathroom/Water valve"), homey.device("Hall/Siren")

local sensors = homey.devices { capability = "alarm_water" }

local function alarm(_, sensor)
  -- whatever fails here must not keep the rest from happening
  homey.try(function() valve:set("onoff", false) end)
  homey.try(function() siren:set("onoff", true, { revert_after = "1 min" }) end)
  homey.try(function() homey.devices { class = "light" }:set("onoff", true) end)
  repeat
    local open = homey.try(valve.get, valve, "onoff")
    tell(("Water at %s! The valve is %s.")
      :format(tostring(sensor), open == false and "closed" or "NOT CLOSED"))
  until homey.wait(sensor, "alarm_water", false, "10 min")
  tell(sensor .. " is dry again. The valve stays as it is until you open it.")
end

sensors:on("alarm_water", { to = true, mode = "parallel" }, alarm)
for _, sensor in ipairs(sensors) do
  if homey.try(sensor.get, sensor, "alarm_water") then homey.spawn(alarm, true, sensor) end
end

homey.run()
