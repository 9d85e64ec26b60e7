-- Keeps the boiler between two temperatures, for at most four hours a day, and heats it higher once
-- a week for hygiene. The time heated today survives restarts. What became due while the program
-- was not running is done when it starts.

local homey = require "homey"
local tell = require "_tell"

homey.login()

local boiler = homey.device("Bathroom/Boiler")
local low, high, hygienic = 45, 55, 62 -- degrees
local longest = 4 * 3600               -- seconds a day

local state = homey.state("boiler")

local function heat(on)
  boiler:set("onoff", on, { only_if_changed = true })
end

local function today()
  return os.date "%Y-%m-%d"
end

-- Starts a new day with four hours, also when midnight passed while the program was not running.
local function look_at_the_date()
  if state.day ~= today() then state.day, state.heated, state.told = today(), 0, nil end
  if state.hygiene_day ~= today() and homey.is "sun after 02:00" then
    state.hygiene_day, state.hygiene = today(), true
  end
end

local function control()
  look_at_the_date()
  local value = boiler:get("measure_temperature")
  if value >= (state.hygiene and hygienic or high) then
    state.hygiene = nil
    heat(false)
  elseif state.hygiene or value < low and state.heated < longest then
    heat(true)
  end
end

boiler:on("measure_temperature", control)

homey.every("1 min", function()
  look_at_the_date()
  if not boiler:get("onoff") then return end
  state.heated = state.heated + 60
  if state.heated < longest or state.hygiene then return end
  heat(false)
  if not state.told then
    tell("The boiler has heated for four hours today, and rests until midnight.")
  end
  state.told = true
end)

homey.at("00:00; 02:00 sun", { missed = "run" }, control)
control()

homey.run()
