-- Night mode, at eleven or when the variable "House mode" becomes "night": locks the door, switches
-- the lights off except the way to bed, and turns the heating down. Until seven, nothing makes
-- noise and no script unlocks the door. What became due while the program was not running is done
-- when it starts.

local homey = require "homey"
local until_done = require "_until_done"

homey.login()

local mode = homey.variable("House mode")
local door, thermostat = homey.device("Hall/Front door"), homey.device("Living room/Thermostat")
local bedside = homey.device("Bedroom/Bedside lights")

-- For all scripts: speakers can only be switched off at night, and the door is never unlocked.
homey.guard { class = "speaker", quiet = "23:00 - 07:00", allow = false }
homey.guard { device = "Hall/Front door", capability = "locked", never = true, allow = true }

local state = homey.state("night mode")

-- Switches the way to bed off after twenty minutes.
local function put_out_later()
  homey.after(math.max(1, state.lit_until - os.time()), function()
    local now = until_done(function() return mode:get() end)
    if now == "night" then bedside:set("onoff", false, { within = "1 h" }) end
    state.lit_until = nil
  end)
end

local function good_night()
  state.lit_until = os.time() + 20 * 60
  put_out_later()
  local lights = until_done(function()
    return homey.devices { class = "light", zone = "Downstairs" }
  end)
  homey.batch(function()
    door:set("locked", true, { within = "1 h" })
    thermostat:set("target_temperature", 17, { within = "1 h" })
    lights:set("onoff", false, { within = "1 h" })
    bedside:set({ onoff = true, dim = 0.2 }, { within = "10 min" })
  end)
  state.asleep = true
end

local function evening()
  until_done(function()
    if mode:get() == "home" then mode:set("night") end
  end)
end

local function morning()
  local night
  until_done(function()
    night = night or mode:get() == "night"
    if night then mode:set("home") end
  end)
  if night then thermostat:set("target_temperature", 20, { within = "1 h" }) end
end

-- Runs evening() or morning() when the part of the day has changed since the last call.
local function look()
  local part = homey.is "between 23:00 and 07:00" and "night" or "day"
  if state.part and state.part ~= part then
    if part == "day" then morning() elseif homey.is "between 23:00 and 05:00" then evening() end
  end
  state.part = part
end

mode:on({ to = "night" }, good_night)
mode:on({ from = "night" }, function() state.asleep = nil end)

if until_done(function() return mode:get() end) ~= "night" then
  state.asleep = nil
elseif not state.asleep then
  good_night()
elseif state.lit_until then
  put_out_later()
end
homey.at("23:00, 07:00", { missed = "run" }, look)
look()

homey.run()
