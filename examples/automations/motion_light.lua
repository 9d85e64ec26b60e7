-- The lamp in the hall follows motion in the dark, low at night. Whoever switches it by hand is right: then it is left
-- alone for two hours.

local homey = require "homey"

homey.login()

local motion, lamp = homey.device("Hall/Motion"), homey.device("Hall/Lamp")
local dark, stays, hands_off = 60, "5 min", "2 h" -- lux, after the last motion, after a hand on the switch

local left_alone

lamp:on("onoff", { own = false }, function(value, _, event)
  if value == event.old then return end
  if left_alone then left_alone:cancel() end
  left_alone = homey.after(hands_off, function() left_alone = nil end)
end)

motion:on("alarm_motion", { to = true }, function()
  if left_alone or motion:get("measure_luminance") > dark then return end
  local dim = homey.is("between 23:00 and 06:30") and 0.1 or 0.8
  lamp:set({ onoff = true, dim = dim }, { only_if_changed = true, within = "1 min" })
end)

motion:on("alarm_motion", { to = false, held = stays }, function()
  if not left_alone then lamp:set("onoff", false, { only_if_changed = true, within = "1 h" }) end
end)

homey.run()
