-- The clock and the sun of a home: home:now, home:date and home:sun. Without a home, the clock is
-- that of this machine.

local Rule = require "homey.time.rule"
local date = require "homey.time.date"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local places = require "homey.model.home_location"

local DEFAULT = "%Y-%m-%d %H:%M:%S"

---@class homey.Home
local methods = {}

--- The time. In virtual time it is that of the simulated home.
---@return number  seconds since 1970
function methods:now()
  return self.scheduler.core_loop:time()
end

--- A date and a time by the clocks of the home, as os.date gives it. A format that begins with "!"
--- is for UTC; %z and %Z are the offset from UTC. homey.date works without a login, too, in the
--- time zone of this machine.
--- Raises: invalid, request.
---@param format? string  "%H:%M", or "*t" for a table with year, month, day, hour, min, sec, wday,
---       yday and isdst; "%Y-%m-%d %H:%M:%S" by default
---@param at? number  seconds since 1970; now by default
---@return string|table
function methods:date(format, at) -- luacheck: ignore format
  return date(places.of(self), format or DEFAULT, at or methods.now(self))
end

---@class homey.Sun          where the sun is
---@field elevation number   degrees above the horizon, without refraction; below it negative
---@field azimuth number     its direction in degrees: 0 is north, 90 east, 180 south, 270 west
---@field rise? number       the next sunrise, seconds since 1970; nil where there is none
---@field set? number        the next sunset
---@field dawn? number       the next dawn
---@field dusk? number       the next dusk

local events = { rise = "sunrise", set = "sunset", dawn = "dawn", dusk = "dusk" }

--- Where the sun is at the home, and when it rises and sets next.
--- Raises: invalid, not_found, request.
---@param at? number  seconds since 1970; now by default
---@return homey.Sun
function methods:sun(at)
  if at ~= nil and (type(at) ~= "number" or at ~= at or math.abs(at) > 1e11) then
    invalid("homey.sun takes seconds since 1970, such as homey.now(), not %s.", format(at))
  end
  local place = places.of(self, true)
  at = at or methods.now(self)
  local found = {}
  found.elevation, found.azimuth = place:sun_place(at)
  for name, event in pairs(events) do found[name] = Rule.parse(event):next(at, place) end
  return found
end

-- The same for programs without a home.
methods.without_home = {}

function methods.without_home.now(scheduler)
  return scheduler.core_loop:time()
end

function methods.without_home.date(scheduler, what, at)
  return date(places.of_machine(), what or DEFAULT, at or scheduler.core_loop:time())
end

function methods.without_home.sun()
  return places.of_machine(true)
end

return methods
