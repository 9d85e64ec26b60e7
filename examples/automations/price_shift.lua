-- Heats the boiler in the cheapest hours of the day. An app or a flow of the hub writes the prices
-- of the day into the variable "Energy prices": 24 numbers, one for each hour, from midnight on.
-- Without prices it heats at night.

local homey = require "homey"

homey.login()

local prices, boiler = homey.variable("Energy prices"), homey.device("Bathroom/Boiler")
local hours = 4      -- a day
local reserve = 40   -- degrees; below this it heats at any price
local by_night = { [2] = true, [3] = true, [4] = true, [5] = true }

-- The cheapest hours of a day as a set. Of two with the same price, the earlier one comes first.
local function cheapest(text)
  local list = {}
  for number in text:gmatch "%-?[%d%.]+" do
    list[#list + 1] = { hour = #list, price = tonumber(number) }
  end
  if #list ~= 24 then
    homey.log("warning",
      ("'Energy prices' holds %d prices, not 24: heating by night."):format(#list))
    return by_night
  end
  table.sort(list, function(a, b)
    if a.price ~= b.price then return a.price < b.price end
    return a.hour < b.hour
  end)
  local chosen = {}
  for i = 1, hours do chosen[list[i].hour] = true end
  return chosen
end

local function is_cheap(chosen)
  for hour in pairs(chosen) do
    if homey.is(("between %02d:00 and %02d:00"):format(hour, (hour + 1) % 24)) then return true end
  end
  return false
end

local function decide()
  local cold = boiler:get("measure_temperature") < reserve
  boiler:set("onoff", cold or is_cheap(cheapest(prices:get())), { only_if_changed = true })
end

homey.at("0 * * * *", { missed = "run" }, decide) -- each full hour
boiler:on("measure_temperature", { below = reserve, hysteresis = 2 }, decide)
prices:on(decide)
decide()

homey.run()
