-- Location: time zone, latitude and longitude. Converts UTC to local time and back, and knows
-- sunrise and sunset.
--
-- A wall time is local time as seconds since 1970-01-01 00:00 local time. A wall time that occurs
-- twice, when summer time ends, is the first of the two; one that is skipped, when it begins, is
-- the first moment after the gap. So of two wall times the later one is never the earlier
-- moment.

local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local number_text = require "homey.util.number_text"
local sun = require "homey.time.sun"
local timezone = require "homey.time.timezone"

local farthest = 93600 -- seconds: no clock on earth differs from UTC by more

---@class homey.time.Location
---@field timezone? string   nil: that of the machine
---@field latitude? number   degrees north
---@field longitude? number  degrees east
---@field seed? string       what random times depend on: the id of the home
---@field unknown? string    name of the machine's time zone, if only the name is known
local Location = { __name = "homey.time.Location" }
Location.__index = Location

local function check(name, value, most)
  if value == nil then return end
  if type(value) ~= "number" or not (value >= -most and value <= most) then
    invalid("`%s` takes a number of degrees from -%d to %d, not %s.", name, most, most,
      format(value))
  end
end

--- A location. Without a time zone it has that of the machine; without latitude and longitude it
--- has no sunrise.
---@param options {timezone: string?, latitude: number?, longitude: number?, seed: string?}
---@return homey.time.Location
function Location.new(options)
  check("latitude", options.latitude, 90)
  check("longitude", options.longitude, 180)
  if (options.latitude == nil) ~= (options.longitude == nil) then
    invalid("`latitude` and `longitude` go together. Give both of them.")
  end
  local zone, unknown
  if options.timezone ~= nil then
    zone = timezone.named(options.timezone)
  else
    zone, unknown = timezone.of_machine()
  end
  return setmetatable({
    timezone = options.timezone, latitude = options.latitude, longitude = options.longitude,
    zone = zone, unknown = unknown, seed = options.seed,
  }, Location)
end

--- Take over the values of another location: holders of this object see the change.
---@param other homey.time.Location
function Location:become(other)
  for name in pairs(self) do self[name] = nil end
  for name, value in pairs(other) do self[name] = value end
end

function Location:__tostring()
  local function degrees(number) return number_text.format("%.2f", number) end
  local where = self.latitude
    and (" %s, %s"):format(degrees(self.latitude), degrees(self.longitude)) or ""
  return ("homey.time.Location: %s%s"):format(self.timezone or "the machine's time zone", where)
end

--- The span around a moment in which the offset from UTC is constant.
---@param at number
---@return number from
---@return number to      not included
---@return integer offset  seconds
function Location:span(at)
  return self.zone:span(at)
end

--- Local time of a moment.
---@param at number
---@return number wall
function Location:wall(at)
  local _, _, offset = self.zone:span(at)
  return at + offset
end

--- The moment of a local time.
---@param wall number
---@return number at
function Location:at(wall)
  local from, to, offset = self.zone:span(wall - farthest)
  while wall - offset >= to do from, to, offset = self.zone:span(to) end
  return math.max(wall - offset, from)
end

--- Time of sunrise or sunset on a day; nil if there is none.
---@param event homey.time.SunEvent
---@param day integer  days since 1970-01-01
---@return integer? at
function Location:sun(event, day)
  return sun.time(event, self:at(day * 86400 + 43200), self.latitude, self.longitude)
end

--- True when the sun is above the height of sunrise, or of dawn.
---@param event "sunrise"|"dawn"
---@param at number
---@return boolean
function Location:is_sun_above(event, at)
  return sun.is_above(event, at, self.latitude, self.longitude)
end

--- Where the sun is.
---@param at number
---@return number elevation  degrees
---@return number azimuth    degrees, clockwise from north
function Location:sun_place(at)
  return sun.height(at, self.latitude, self.longitude),
    sun.azimuth(at, self.latitude, self.longitude)
end

return Location
