-- List of prices: spans of a day, in their order.

local arguments = require "homey.util.arguments"
local duration = require "homey.util.duration"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"

local is_number = require("homey.util.number_text").is_finite
local unknown_name = lazy "homey.util.unknown_name"

---@class homey.Price
---@field from number    when it begins, seconds since 1970
---@field to number      when it ends
---@field time string    when it begins, by the clocks of the home: "2026-06-12 10:00"
---@field price number   for a unit of energy; may be negative

---@class homey.Prices : homey.Price[]
---@field date string       "2026-06-12"
---@field currency? string  "EUR"
---@field unit string       "kWh"
---@field source "hub"|"cloud"  who told them
local Prices = { __name = "homey.Prices" }

local function earlier(a, b) return a.from < b.from end

function Prices.__index(_, key)
  return rawget(Prices, key)
    or unknown_name("prices", key, "at cheapest date currency unit source")
end

--- Make the list of spans, in any order.
---@package
---@param self table  the spans and the fields; becomes the list
---@return homey.Prices
function Prices.new(self)
  table.sort(self, earlier)
  return setmetatable(self, Prices)
end

function Prices:__tostring()
  return ("%d prices of %s"):format(#self, self.date)
end

--- The price at a moment.
---@param moment number  seconds since 1970, such as homey.now()
---@return number?  nil on other days
function Prices:at(moment)
  if not is_number(moment) then
    invalid("prices:at takes seconds since 1970, such as homey.now(), not %s.", format(moment))
  end
  for _, each in ipairs(self) do
    if moment >= each.from and moment < each.to then return each.price end
  end
end

local function cheaper(a, b)
  if a.price ~= b.price then return a.price < b.price end
  return a.from < b.from
end

--- The cheapest spans of the day that together last so long. Of two with the same price the earlier
--- one comes first.
--- Raises: invalid.
---@param time number|string  "4 h"
---@return homey.Price[]  in the order of the day
function Prices:cheapest(time)
  local seconds, sorted, chosen = duration.seconds(time, "prices:cheapest"), {}, {}
  for i, each in ipairs(self) do sorted[i] = each end
  table.sort(sorted, cheaper)
  for _, each in ipairs(sorted) do
    if seconds <= 0 then break end
    chosen[#chosen + 1] = each
    seconds = seconds - (each.to - each.from)
  end
  table.sort(chosen, earlier)
  return chosen
end

return arguments.check_methods(Prices, Prices, "prices", "at/1 cheapest/1")
