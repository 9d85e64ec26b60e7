-- home:energy and home:electricity_prices.

local call = require "homey.manage.call"
local home_location = require "homey.model.home_location"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local option_tables = require "homey.insights.options"
local options = require "homey.util.options"
local periods = require "homey.insights.periods"

local live_power = lazy "homey.insights.live_power"
local prices = lazy "homey.insights.prices"

---@class homey.Home
local methods = {}

local function period_of(given)
  local found
  for kind in pairs(periods.rows) do
    if given[kind] ~= nil then
      if found or given.zone then
        invalid("homey.energy takes one of `zone`, `day`, `week`, `month` and `year`.")
      end
      found = kind
    end
  end
  return found
end

--- What the home uses and generates. Without options, or for a zone: the power of each device and
--- zone now, by the hub's report; where the hub has none it is computed from measure_power, and
--- `computed` is true. With a period: the hub's report of it, as the hub sends it.
--- Raises: invalid, not_found, ambiguous, forbidden, request.
---@param given? homey.EnergyOptions
---@return homey.Energy|table
function methods:energy(given)
  given = options.read(option_tables.energy, given)
  local kind = period_of(given)
  if not kind then return live_power.read(self, given.zone and self:zone(given.zone) or nil) end
  local period = periods.rows[kind]
  local name = periods.name(kind, given[kind], home_location.of(self),
    self.scheduler.core_loop:time())
  return call.read(self, "energy", period.operation, { [period.parameter] = name })
end

--- The prices of electricity on a day, an hour or a quarter of an hour each, as an array: from the
--- hub, or from the cloud where the hub has none. Those of tomorrow are known from the afternoon
--- on.
--- Raises: invalid, not_found, forbidden, request.
---@param day? "today"|"tomorrow"|"yesterday"|string  or a date, "2026-06-12"; today by default
---@return homey.Prices
function methods:electricity_prices(day)
  return prices.read(self, day)
end

return methods
