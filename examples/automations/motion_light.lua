-- Switches the lamp in the hall on when there is motion in the dark, dimmed at night. After
-- somebody switches it by hand, it is left alone for two hours, also across a restart.

local homey = require "homey"

homey.login()

local motion, lamp = homey.device("Hall/Motion"), homey.device("Hall/Lamp")
local dark, stays = 60, "5 min" -- lux, and the time after the last motion
local hands_off = 2 * 3600      -- seconds after a switch by hand

local state = homey.state("motion light")

local function is_left_alone()
  return os.time() < (state.left_alone or 0)
end

lamp:on("onoff", { own = false }, function(value, _, event)
  if value ~= event.old then state.left_alone = os.time() + hands_off end
end)

motion:on("alarm_motion", { to = true }, function()
  if is_left_alone() or motion:get("measure_luminance") > dark then return end
  local dim = homey.is("between 23:00 and 06:30") and 0.1 or 0.8
  lamp:set({ onoff = true, dim = dim }, { only_if_changed = true, within = "1 min" })
end)

motion:on("alarm_motion", { to = false, held = stays, missed = "run" }, function()
  if not is_left_alone() then
    lamp:set("onoff", false, { only_if_changed = true, within = "1 h" })
  end
end)

homey.run()
