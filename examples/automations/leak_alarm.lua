-- Water alarm: closes the valve, sounds the siren for a minute, switches every lamp on, and sends a
-- message every ten minutes until the sensor is dry. Sensors that are added later are included.
-- Water that is there when the program starts counts as well.

local homey = require "homey"
local tell = require "_tell"

homey.login()

local valve, siren = homey.device("Bathroom/Water valve"), homey.device("Hall/Siren")

local sensors = homey.devices { capability = "alarm_water" }

local function alarm(_, sensor)
  -- a step that fails must not prevent the others
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
