-- Heats the boiler in the cheapest hours of the day, by the day-ahead prices of electricity that
-- the hub or the cloud tells. Without prices it heats at night.

local homey = require "homey"

homey.login()

local boiler = homey.device("Bathroom/Boiler")
local time = "4 h"   -- a day
local reserve = 40   -- degrees; below this it heats at any price
local night = "between 02:00 and 06:00"

local prices, missing -- of today; the last day for which there were none

-- The prices of today; nil where there are none, which is logged once a day.
local function prices_of_today()
  local today = homey.date("%Y-%m-%d")
  if prices and prices.date == today then return prices end
  local err
  prices, err = homey.try(homey.electricity_prices)
  if err and missing ~= today then
    missing = today
    homey.log("warning", "heating by night, as there are no prices: " .. tostring(err))
  end
  return prices
end

local function is_cheap()
  local of_today = prices_of_today()
  if not of_today then return homey.is(night) end
  local now = homey.now()
  for _, span in ipairs(of_today:cheapest(time)) do
    if now >= span.from and now < span.to then return true end
  end
  return false
end

local function decide()
  local is_cold = boiler:get("measure_temperature") < reserve
  boiler:set("onoff", is_cold or is_cheap(), { only_if_changed = true })
end

homey.at("*/15 * * * *", { missed = "run" }, decide) -- prices are of an hour or of a quarter of it
boiler:on("measure_temperature", { below = reserve, hysteresis = 2 }, decide)
decide()

homey.run()
