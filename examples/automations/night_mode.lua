-- At eleven, or when the flow "Good night" is wanted earlier by the variable "House mode": the door is locked, the lights
-- go out but for a way to bed, the heating goes down, and nothing makes noise or opens the door before seven.

local homey = require "homey"

homey.login()

local mode = homey.variable("House mode")
local door, thermostat = homey.device("Hall/Front door"), homey.device("Living room/Thermostat")

-- Whatever another script thinks: no music at night, and no script of ours ever unlocks the door.
homey.guard { class = "speaker", quiet = "23:00 - 07:00" }
homey.guard { device = "Hall/Front door", capability = "locked", never = true, allow = true }

local function good_night()
  homey.batch(function()
    door:set("locked", true)
    thermostat:set("target_temperature", 17)
    homey.devices { class = "light", zone = "Downstairs" }:set("onoff", false)
    homey.device("Bedroom/Bedside lights"):set { onoff = true, dim = 0.2 }
  end)
  homey.after("20 min", function()
    if mode:get() == "night" then homey.device("Bedroom/Bedside lights"):set("onoff", false) end
  end)
end

homey.at("23:00", function()
  if mode:get() == "home" then mode:set("night") end
end)

homey.at("07:00", { missed = "run" }, function()
  if mode:get() ~= "night" then return end
  mode:set("home")
  thermostat:set("target_temperature", 20)
end)

mode:on({ to = "night" }, good_night)

homey.run()
