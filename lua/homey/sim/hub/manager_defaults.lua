--- Options and states of managers that the home's data do not have, by manager.
local core = require "homey.core"
local encoding = require "homey.sim.http.encoding"

local null = core.null

local function options(call)
  local homey = call.data.homey
  return {
    audio = { volume = 0.5 },
    backup = { automaticBackupsEnabled = true, lastSuccessfulBackup = null },
    energy = {
      currency = "EUR", kWhCost = 0.3, electricityPriceFixed = 0.3, gasPriceFixed = 1.2,
      waterPriceFixed = 1.1, electricityPriceDynamicPreferredInterval = "PT60M",
    },
    energydongle = { phaseLoadNotificationSettings = {} },
    geolocation = { mode = "auto", address = null },
    ["google-assistant"] = { enabled = false, pinCode = null },
    i18n = { language = homey.language or "en", units = "metric" },
    ledring = { brightness = 1, screensaver = "off" },
    matter = { paaSettings = {} },
    ["speech-output"] = { speed = "normal", voice = "en-US" },
    system = { forwardedPort = null },
    updates = {
      autoupdate = true, channel = "stable", forceChannel = null,
      updateNotifications = setmetatable({}, core.array),
    },
    zwave = { regionOverride = null },
  }
end

local function states(call)
  local now = encoding.iso(call.context.state.now())
  local clock = call.data.clock
  return {
    backup = { status = "idle" }, ble = { enabled = true },
    clock = { timezone = clock and clock.timezone or "Europe/Amsterdam", time = now },
    cloud = { connected = true }, coprocessor = { connected = true },
    ledring = { animation = null, brightness = 1 }, thread = { enabled = false },
    updates = { status = "idle", progress = 0 }, users = { ready = true },
    zigbee = { enabled = true, nodes = {} }, zwave = { enabled = true, nodes = {} },
  }
end

--- The defaults for a call.
---@param call homey.sim.Call
---@return {options: table<string, table>, states: table<string, table>}
return function(call)
  return { options = options(call), states = states(call) }
end
