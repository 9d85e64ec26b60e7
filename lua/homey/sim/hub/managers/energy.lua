--- Energy: the live report, reports of days to years, and prices.
local build = require "homey.sim.home.build"
local core = require "homey.core"
local encoding = require "homey.sim.http.encoding"
local periods = require "homey.sim.home.periods"
local power = require "homey.sim.home.power"

local null, array = core.null, build.array

---@type homey.sim.Handlers
local energy = {}

-- ---- live ----

local function is_within(zones, id, container)
  local count = 0
  while id and id ~= null and count < 100 do
    if id == container then return true end
    id, count = zones[id] and zones[id].parent, count + 1
  end
  return false
end

energy.getLiveReport = function(call)
  local zone, items, used, generated = call.args.zone, array(), 0, 0
  if zone and not call.data.zones[zone] then return call:not_found("Zone", zone) end
  local now = call.context.state.now()
  for _, device in ipairs(power.devices(call.data.devices)) do
    if not zone or is_within(call.data.zones, device.zone, zone) then
      local watts = power.at(device, call.context.history, now) or 0
      if power.is_generator(device) then
        generated = generated + math.abs(watts)
      else
        used = used + watts
      end
      items[#items + 1] = {
        type = "device", id = device.id, name = device.name, zoneId = device.zone,
        values = { W = watts },
      }
    end
  end
  return call:ok {
    zoneId = zone or null, items = items, totalConsumed = { W = used },
    totalGenerated = { W = generated }, totalCumulative = { W = used - generated },
  }
end

-- ---- reports ----

local function round(value) return math.floor(value * 1000 + 0.5) / 1000 end

-- The energy of one day: consumed and generated, and that of each device.
local function report_of_day(call, day)
  local to = math.min(day.to, call.context.state.now())
  local report = { date = day.date, consumed = 0, generated = 0, devices = array() }
  for _, device in ipairs(power.devices(call.data.devices)) do
    local amount = power.energy(device, call.context.history, day.from, to)
    local name = power.is_generator(device) and "generated" or "consumed"
    report[name] = round(report[name] + amount)
    report.devices[#report.devices + 1] = { id = device.id, name = device.name, [name] = amount }
  end
  return report
end

local function price(call)
  local options = call.data.options and call.data.options.energy
  local set = options and (options.electricityPriceFixed or options.kWhCost)
  return set and tonumber(set.value) or 0.3
end

local function report(kind, parameter)
  return function(call)
    local id = call.args[parameter]
    local days = periods.days(kind, id, call.context:location())
    if not days then return call:refuse(400, ("Invalid Parameter: %s"):format(parameter)) end
    local consumed, generated, parts, devices = 0, 0, array(), array()
    for i, day in ipairs(days) do
      local part = report_of_day(call, day)
      consumed, generated = consumed + part.consumed, generated + part.generated
      devices = kind == "day" and part.devices or devices
      parts[i] = { date = part.date, consumed = part.consumed, generated = part.generated }
    end
    return call:ok {
      id = id, [parameter] = id, days = parts, devices = devices,
      electricity = {
        consumed = round(consumed), generated = round(generated), unit = "kWh",
        cost = round(consumed * price(call)), currency = "EUR",
      },
    }
  end
end

energy.getReportDay, energy.getReportWeek = report("day", "date"), report("week", "isoWeek")
energy.getReportMonth = report("month", "yearMonth")
energy.getReportYear = report("year", "year")

energy.getReportsAvailable = function(call)
  local now = encoding.iso(call.context:location():wall(call.context.state.now()))
  return call:ok {
    days = array { now:sub(1, 10) }, months = array { now:sub(1, 7) }, years = array {
      now:sub(1, 4),
    },
  }
end

energy.deleteReports = function(call) return call:ok() end
energy.resetReportDayCategories = energy.deleteReports

-- ---- prices ----

local zone_of_home = {
  zoneId = "10YNL----------L", zoneVersion = "1", zoneName = "Netherlands", zoneCountryKey = "NL",
  priceInterval = "PT60M",
}

local function prices_of(call)
  call.data.energy_prices = call.data.energy_prices or {}
  return call.data.energy_prices
end

-- Cheap at night and at noon, expensive in the evening: euros for a kilowatt-hour.
local function price_at(hour)
  local evening = math.exp(-((hour - 19) / 3) ^ 2)
  local noon = math.exp(-((hour - 13) / 2) ^ 2)
  return round(0.22 + 0.16 * evening - 0.09 * noon - (hour < 6 and 0.05 or 0))
end

-- The home's `electricity_prices` has lists of numbers by date, from midnight on.
energy.fetchDynamicElectricityPrices = function(call)
  local location, date = call.context:location(), call.args.date
  local days = periods.days("day", date, location)
  if not days then return call:refuse(400, "Invalid Parameter: date") end
  local given = (call.data.electricity_prices or {})[date]
  local list = array()
  for at = days[1].from, days[1].to - 1, 3600 do
    local hour = math.floor(location:wall(at) / 3600) % 24
    list[#list + 1] = {
      periodStart = encoding.iso(at), periodEnd = encoding.iso(at + 3600),
      value = given and given[#list + 1] or price_at(hour),
    }
  end
  local zone = prices_of(call).zone or zone_of_home
  return call:ok {
    zoneId = zone.zoneId, zoneVersion = zone.zoneVersion, date = date, priceUnit = "EUR",
    measureUnit = "kWh", priceInterval = "PT60M", pricesPerInterval = list,
  }
end

energy.getDynamicPricesElectricityZone = function(call)
  return call:ok(prices_of(call).zone or zone_of_home)
end

energy.getDynamicPricesElectricityZones = function(call) return call:ok(array { zone_of_home }) end

energy.setDynamicPricesElectricityZone = function(call)
  local zone = {}
  for name, value in pairs(prices_of(call).zone or zone_of_home) do zone[name] = value end
  for name, value in pairs(call.args.options) do zone[name] = value end
  prices_of(call).zone = zone
  return call:ok(zone)
end

energy.getDynamicElectricityPriceUserCosts = function(call)
  return call:ok(prices_of(call).costs or { type = "electricity", mathExpression = "price" })
end

energy.setDynamicElectricityPriceUserCosts = function(call)
  prices_of(call).costs = {
    type = call.args.type or "electricity", mathExpression = call.args.mathExpression,
  }
  return call:ok(prices_of(call).costs)
end

energy.unsetDynamicElectricityPriceUserCosts = function(call)
  prices_of(call).costs = nil
  return call:ok()
end

energy.getElectricityPriceType = function(call)
  return call:ok { type = prices_of(call).type or "dynamic" }
end

energy.setElectricityPriceType = function(call)
  prices_of(call).type = call.args.type
  return call:ok { type = call.args.type }
end

energy.getCurrency = function(call) return call:ok { currency = "EUR" } end

return energy
