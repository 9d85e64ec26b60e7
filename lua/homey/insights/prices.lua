-- Day-ahead prices of electricity: reads them from the hub, or from the cloud where the hub has
-- none.

local Prices = require "homey.insights.price_list"
local call = require "homey.manage.call"
local cloud = require "homey.api.cloud"
local date = require "homey.time.date"
local format = require "homey.util.format"
local home_location = require "homey.model.home_location"
local invalid = require "homey.util.invalid"
local number_text = require "homey.util.number_text"
local local_time = require "homey.time.local_time"
local new_error = require "homey.error"
local periods = require "homey.insights.periods"
local raise = require "homey.util.raise"
local timestamp = require "homey.time.timestamp"
local try = require "homey.task.try"

local is_number = number_text.is_finite

-- ---- what hub and cloud answer ------------------------------------------------------------------

-- A moment: UTC, or a local time without a zone.
local function moment_of(value, place)
  local ms = timestamp.ms(value)
  if ms then return ms / 1000 end
  local wall = type(value) == "string" and local_time(value)
  return wall and place:at(wall) or nil
end

-- Seconds of an interval such as PT60M or PT1H.
local function interval_of(text)
  local number, unit = tostring(text):match "^PT(%d+)([MH])$"
  if not number then return 3600 end
  return tonumber(number) * (unit == "H" and 3600 or 60)
end

local function entry_of(raw, place, interval)
  if type(raw) ~= "table" then return nil end
  local from = moment_of(raw.periodStart or raw.time, place)
  local price = raw.value
  if price == nil then price = raw.price end
  if not from or not is_number(price) then return nil end
  return {
    from = from, to = moment_of(raw.periodEnd, place) or from + interval, price = price,
    time = date(place, "%Y-%m-%d %H:%M", from),
  }
end

local function prices_of(reply, facts, place)
  local self = { unit = "kWh" }
  for name, value in pairs(facts) do self[name] = value end
  local told = type(reply) == "table" and reply or {}
  local list = told.pricesPerInterval or told.prices
  local interval = interval_of(told.priceInterval or told.interval)
  for _, raw in ipairs(type(list) == "table" and list or {}) do
    self[#self + 1] = entry_of(raw, place, interval)
  end
  if #self == 0 then
    raise(new_error("not_found", ("no electricity prices of %s are known. Those of a day are "
      .. "published in the afternoon of the day before."):format(self.date)))
  end
  self.currency = type(told.priceUnit) == "string" and told.priceUnit
    or type(told.currency) == "string" and told.currency or nil
  if type(told.measureUnit) == "string" then self.unit = told.measureUnit end
  return Prices.new(self)
end

local function from_cloud(home, day)
  local place = home_location.of(home, true)
  if not place.timezone then
    invalid("homey.electricity_prices: this hub does not tell its time zone, which the cloud asks "
      .. "for: homey.login{ timezone = \"Europe/Amsterdam\" }, or HOMEY_TIMEZONE.")
  end
  local served = cloud(function() return home end)
  local function degrees(value) return number_text.format("%.6f", value) end
  local zone = served.getZone {
    latitude = degrees(place.latitude), longitude = degrees(place.longitude),
  }
  return served.getDayAheadPricesElectricity {
    zoneId = zone.zoneId or zone.id, zoneVersion = zone.zoneVersion or zone.version, date = day,
    timezone = place.timezone,
  }
end

-- What the hub tells; nil where it cannot.
local function from_hub(home, day)
  if home:speaks(2) then return nil end
  local reply, err = try(call.read, home, "energy", "fetchDynamicElectricityPrices", { date = day })
  if err and err.kind ~= "not_found" then raise(err) end
  return reply
end

local prices = {}

--- The prices of a day.
---@param home homey.Home
---@param day? string
---@return homey.Prices
function prices.read(home, day)
  local place = home_location.of(home)
  local found = periods.day(day or "today", place, home.scheduler.core_loop:time())
    or invalid("homey.electricity_prices takes \"today\", \"tomorrow\" or a date such as "
      .. "\"2026-06-12\", not %s.", format(day))
  local reply, source = from_hub(home, found), "hub"
  if not reply then reply, source = from_cloud(home, found), "cloud" end
  return prices_of(reply, { date = found, source = source }, place)
end

return prices
