-- Turns the heating down while a window is open, and back when it is closed:
--   homey run window_heating.lua window="Kitchen/Window" thermostat="Living room/Thermostat"
-- The temperature from before is kept across restarts. Who turns the thermostat meanwhile wins.

local homey = require "homey"

homey.login()

local args = homey.args {
  window = { "device", default = "Kitchen/Window" },
  thermostat = { "device", default = "Living room/Thermostat" },
  after = { "duration", default = "1 min", doc = "how long the window must be open" },
  low = { "number", default = 8, min = 5, max = 30, doc = "degrees while it is open" },
}
local window, thermostat = args.window, args.thermostat
local state = homey.state("window heating " .. thermostat.id)

local function turn_down()
  if state.before then return end
  state.before = thermostat:get("target_temperature")
  thermostat:set("target_temperature", args.low, { within = "1 h" })
end

local function turn_back()
  local before = state.before
  state.before = nil
  if not before or thermostat:get("target_temperature") ~= args.low then return end
  thermostat:set("target_temperature", before, { within = "1 h" })
end

window:on("alarm_contact", { to = true, held = args.after, missed = "run" }, turn_down)
window:on("alarm_contact", { to = false }, turn_back)
if window:get("alarm_contact") == false then turn_back() end -- it was closed while nothing ran

homey.run()
