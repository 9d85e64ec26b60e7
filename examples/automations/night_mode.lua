-- At eleven, or when the flow "Good night" is wanted earlier by the variable "House mode": the door is locked, the lights
-- go out but for a way to bed, the heating goes down, and nothing makes noise or opens the door before seven.

local homey = require "homey"
local until_done = require "_until_done"

homey.login()

local mode = homey.variable("House mode")
local door, thermostat = homey.device("Hall/Front door"), homey.device("Living room/Thermostat")
local bedside = homey.device("Bedroom/Bedside lights")

-- Whatever another script thinks: no music at night, unless to end it, and no script of ours ever unlocks the door.
homey.guard { class = "speaker", quiet = "23:00 - 07:00", allow = false }
homey.guard { device = "Hall/Front door", capability = "locked", never = true, allow = true }

local function good_night()
  homey.after("20 min", function()
    local now = until_done(function() return mode:get() end)
    if now == "night" then bedside:set("onoff", false, { within = "1 h" }) end
  end)
  local lights = until_done(function() return homey.devices { class = "light", zone = "Downstairs" } end)
  homey.batch(function()
    door:set("locked", true, { within = "1 h" })
    thermostat:set("target_temperature", 17, { within = "1 h" })
    lights:set("onoff", false, { within = "1 h" })
    bedside:set({ onoff = true, dim = 0.2 }, { within = "10 min" })
  end)
end

homey.at("23:00", function()
  until_done(function()
    if mode:get() == "home" then mode:set("night") end
  end)
end)

homey.at("07:00", { missed = "run" }, function()
  local night
  until_done(function()
    night = night or mode:get() == "night"
    if night then mode:set("home") end
  end)
  if night then thermostat:set("target_temperature", 20, { within = "1 h" }) end
end)

mode:on({ to = "night" }, good_night)

homey.run()
