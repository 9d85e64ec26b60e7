-- Turns lights and heating down when nobody has been home for a quarter of an hour, and sets the
-- variable "House mode" for the flows of the hub. A telephone that loses its signal for a moment
-- does not count. A restart checks again who is home.

local homey = require "homey"
local until_done = require "_until_done"

homey.login()

local mode, thermostat = homey.variable("House mode"), homey.device("Living room/Thermostat")
local grace = "15 min"
-- remembers the comfort temperature while nobody is home
local state = homey.state("presence")

local leaving

local function somebody_home()
  for _, user in ipairs(homey.users()) do
    if user.present then return true end
  end
  return false
end

-- This and come_home may be repeated after a failure.
local function go_away()
  if somebody_home() or mode:get() == "away" and not state.comfort then return end
  local lights = homey.devices { class = "light" }
  state.comfort = state.comfort or thermostat:get("target_temperature")
  mode:set("away")
  local _, err = homey.try(homey.batch, function()
    thermostat:set("target_temperature", 16, { within = "1 h" })
    lights:set("onoff", false, { only_if_changed = true, within = "10 min" })
  end)
  if err then homey.log("warning", "not everything could be turned down: " .. err) end
end

local function come_home()
  if leaving then leaving:cancel() end
  leaving = nil
  if mode:get() ~= "away" and not state.comfort then return end
  mode:set("home")
  if homey.is("dark") then
    homey.device("Hall/Lamp"):set({ onoff = true, dim = 0.8 }, { within = "1 min" })
  end
  thermostat:set("target_temperature", state.comfort or 20, { within = "1 h" })
  state.comfort = nil
end

local function look()
  if somebody_home() then return come_home() end
  leaving = leaving or homey.after(grace, function()
    leaving = nil
    until_done(go_away)
  end)
end

homey.on("user.update", function() until_done(look) end)
until_done(look)

homey.run()
