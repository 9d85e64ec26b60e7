-- Heats the boiler with the surplus of the solar panels:
--   homey run solar_surplus.lua meter="Hall/Meter"
-- The meter's power is negative while the house feeds in. Its mean over five minutes decides, so
-- that a cloud or a kettle does not switch the boiler. Water that is cold is heated all the same.

local homey = require "homey"

homey.login()

local args = homey.args {
  meter = "device",
  boiler = { "device", default = "Bathroom/Boiler" },
  needs = { "number", default = 2000, min = 1, doc = "watts of the boiler" },
  least = { "number", default = 40, doc = "degrees below which it is always heated" },
}
local boiler = args.boiler
local power = args.meter:rolling("measure_power", "5 min")

local function decide()
  local mean = power:get()
  if boiler:get("measure_temperature") < args.least then
    boiler:set("onoff", true, { only_if_changed = true })
  elseif not mean then
    boiler:set("onoff", false, { only_if_changed = true }) -- the meter is out of reach
  elseif mean < -args.needs then
    boiler:set("onoff", true, { only_if_changed = true })
  elseif mean > 100 then
    boiler:set("onoff", false, { only_if_changed = true })
  end
end

power:on({ debounce = "10 s", mode = "single" }, decide)
boiler:on("measure_temperature", { below = args.least, hysteresis = 2 }, decide)
homey.every("1 min", { mode = "single" }, decide)
decide()

homey.run()
