-- Runs the fan while the average humidity of the house is high: from 65 % on, until it is below
-- 60 %, and not at night. Sensors that are added later count, too.

local homey = require "homey"

homey.login()

local fan = homey.device("Bathroom/Fan")
local sensors = homey.devices {
  zone = { "Downstairs", "Upstairs" }, capability = "measure_humidity",
}
local humidity = sensors:average "measure_humidity"
local high, low = 65, 60
local quiet = "between 23:00 and 06:30"

local function decide()
  local now = humidity:get()
  if not now then return end -- no sensor is in reach
  if now >= high and not homey.is(quiet) then
    fan:set("onoff", true, { only_if_changed = true })
  elseif now < low or homey.is(quiet) then
    fan:set("onoff", false, { only_if_changed = true })
  end
end

humidity:on(decide)
homey.at("06:30, 23:00", { missed = "run" }, decide)
decide()

homey.run()
