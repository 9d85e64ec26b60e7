-- Motion in the hall switches the lamp there on, and five minutes after the last motion off:
--   homey sim --virtual examples/demo/hall_light.lua

local homey = require "homey"

homey.login()

local motion, lamp = homey.device("Hall/Motion"), homey.device("Hall/Lamp")

motion:on("alarm_motion", { to = true }, function()
  lamp:set({ onoff = true, dim = 0.8 })
end)

motion:on("alarm_motion", { to = false, held = "5 min" }, function()
  lamp:set("onoff", false)
end)

homey.run()
