-- Nobody home for a quarter of an hour: lights out, heating down, and the variable "House mode" says so to your flows.
-- A telephone that loses its signal for a moment is not somebody who leaves.

local homey = require "homey"

homey.login()

local mode, thermostat = homey.variable("House mode"), homey.device("Living room/Thermostat")
local grace = "15 min"
local state = homey.state("presence") -- the comfort temperature is remembered while we are away

local leaving

local function somebody_home()
  for _, user in ipairs(homey.users()) do
    if user.present then return true end
  end
  return false
end

local function go_away()
  leaving = nil
  if mode:get() == "away" then return end
  state.comfort = thermostat:get("target_temperature")
  mode:set("away")
  thermostat:set("target_temperature", 16)
  local _, err = homey.try(function()
    homey.devices { class = "light" }:set("onoff", false, { only_if_changed = true })
  end)
  if err then homey.log("warning", "not every light could be switched off: " .. err) end
end

local function come_home()
  if leaving then leaving:cancel() end
  leaving = nil
  if mode:get() ~= "away" then return end
  mode:set("home")
  thermostat:set("target_temperature", state.comfort or 20)
  if homey.is("dark") then homey.device("Hall/Lamp"):set { onoff = true, dim = 0.8 } end
end

local function look()
  if somebody_home() then return come_home() end
  leaving = leaving or homey.after(grace, go_away)
end

homey.on("user.update", look)
look()

homey.run()
