-- The boiler heats between two temperatures, no more than four hours a day, and once a week hot enough for hygiene. What
-- it has heated today is remembered over restarts.

local homey = require "homey"
local tell = require "_tell"

homey.login()

local boiler = homey.device("Bathroom/Boiler")
local low, high, hygienic = 45, 55, 62 -- degrees
local longest = 4 * 3600               -- seconds a day

local state = homey.state("boiler")
state.heated = state.heated or 0

local function heat(on)
  boiler:set("onoff", on, { only_if_changed = true })
end

local function target()
  return state.hygiene and hygienic or high
end

boiler:on("measure_temperature", function(value)
  if value >= target() then
    state.hygiene = nil
    heat(false)
  elseif value < low and state.heated < longest then
    heat(true)
  end
end)

homey.every("1 min", function()
  if not boiler:get("onoff") then return end
  state.heated = state.heated + 60
  if state.heated < longest or state.hygiene then return end
  heat(false)
  if not state.told then tell("The boiler has heated for four hours today, and rests until midnight.") end
  state.told = true
end)

homey.at("00:00", { missed = "run" }, function()
  state.heated, state.told = 0, nil
  if boiler:get("measure_temperature") < low then heat(true) end
end)

homey.at("02:00 sun", { missed = "run" }, function()
  state.hygiene = true
  heat(true)
end)

homey.run()
