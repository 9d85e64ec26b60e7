-- A place on earth: what its clocks show at a moment, when they show a time, and where its sun stands.
--
-- A wall time is what a clock shows, as seconds since 1970-01-01 00:00 of that clock. One that comes twice, when summer
-- time ends, is the first of the two; one that does not come, when it begins, is the first moment behind the gap. So
-- the later of two wall times never comes before the other.

local invalid = require "homey.util.invalid"
local number_text = require "homey.util.number_text"
local show = require "homey.util.format"
local sun = require "homey.time.sun"
local timezone = require "homey.time.timezone"

local farthest = 93600 -- seconds by which a clock on earth may differ from UTC, and more

---@class homey.time.Place
---@field timezone? string   nil: that of the machine
---@field latitude? number   degrees north
---@field longitude? number  degrees east
---@field unknown? string    the name of the machine's time zone, where nothing but that is known of it
local Place = { __name = "homey.time.Place" }
Place.__index = Place

local function check(name, value, most)
  if value == nil then return end
  if type(value) ~= "number" or not (value >= -most and value <= most) then
    invalid("`%s` takes a number of degrees from -%d to %d, not %s.", name, most, most, show(value))
  end
end

--- A place. Without a time zone it has that of the machine; without latitude and longitude it has no sun.
---@param options {timezone: string?, latitude: number?, longitude: number?}
---@return homey.time.Place
function Place.new(options)
  check("latitude", options.latitude, 90)
  check("longitude", options.longitude, 180)
  if (options.latitude == nil) ~= (options.longitude == nil) then
    invalid("a place takes `latitude` and `longitude`, both of them.")
  end
  local zone, unknown
  if options.timezone ~= nil then zone = timezone.named(options.timezone) else zone, unknown = timezone.of_machine() end
  return setmetatable({
    timezone = options.timezone, latitude = options.latitude, longitude = options.longitude, zone = zone, unknown = unknown,
  }, Place)
end

--- Be another place from now on: whoever holds this one need not be told.
---@param other homey.time.Place
function Place:become(other)
  for name in pairs(self) do self[name] = nil end
  for name, value in pairs(other) do self[name] = value end
end

function Place:__tostring()
  local function degrees(number) return number_text.format("%.2f", number) end
  local where = self.latitude and (" %s, %s"):format(degrees(self.latitude), degrees(self.longitude)) or ""
  return ("homey.time.Place: %s%s"):format(self.timezone or "the machine's time zone", where)
end

--- The span of time around a moment in which the clocks are ahead of UTC by the same.
---@param at number
---@return number from
---@return number to      not included
---@return integer offset  seconds
function Place:span(at)
  return self.zone:span(at)
end

--- What the clocks show at a moment.
---@param at number
---@return number wall
function Place:wall(at)
  local _, _, offset = self.zone:span(at)
  return at + offset
end

--- When the clocks show a wall time.
---@param wall number
---@return number at
function Place:at(wall)
  local from, to, offset = self.zone:span(wall - farthest)
  while wall - offset >= to do from, to, offset = self.zone:span(to) end
  return math.max(wall - offset, from)
end

--- When the sun rises or sets on a day; nil on a day when it does not.
---@param event "sunrise"|"sunset"|"dawn"|"dusk"
---@param day integer  days since 1970-01-01
---@return integer? at
function Place:sun(event, day)
  return sun.time(event, self:at(day * 86400 + 43200), self.latitude, self.longitude)
end

--- Is the sun above the height at which it rises ("sunrise"), or day dawns ("dawn")?
---@param event "sunrise"|"dawn"
---@param at number
---@return boolean
function Place:is_sun_above(event, at)
  return sun.is_above(event, at, self.latitude, self.longitude)
end

return Place
