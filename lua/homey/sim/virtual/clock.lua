--- Local time of a home in virtual time: times as text, "2026-03-29 01:59", and os.time, os.date.
local Location = require "homey.time.location"
local calendar = require "homey.time.calendar"
local date = require "homey.time.date"
local invalid = require "homey.util.invalid"
local format_value = require "homey.util.format"

local clock = {}

-- The location of a home. It is made again when the time zone of the home has changed.
local function location_of(home)
  local name = home.model.data.clock and home.model.data.clock.timezone or "UTC"
  local location = rawget(home, "clock_location")
  if not location or location.timezone ~= name then
    location = Location.new { timezone = name }
    home.clock_location = location
  end
  return location
end

-- The second of the day of "01:59" or "01:59:30".
local function second_of(text)
  local hour, minute, rest = text:match "^(%d%d?):(%d%d)(.*)$"
  local second = rest == "" and 0 or tonumber((rest or ""):match "^:(%d%d)$")
  if not hour or not second then return nil end
  if tonumber(hour) > 23 or tonumber(minute) > 59 or second > 59 then return nil end
  return hour * 3600 + minute * 60 + second
end

-- The day, as a number, and the second of the day; no day where the text has none.
local function parse(text)
  local year, month, day, rest = text:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)[ T]?(.*)$"
  if not year then return nil, second_of(text) end
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  if month < 1 or month > 12 then return nil end
  if day < 1 or day > calendar.month_length(month, year) then return nil end
  return calendar.days(year, month, day), rest == "" and 0 or second_of(rest)
end

local function checked(when)
  local day, second
  if type(when) == "string" then day, second = parse(when) end
  if second then return day, second end
  return invalid("a time is \"2026-03-29 01:59\", \"01:59\" or seconds since 1970, not %s.",
    format_value(when))
end

local function is_number(when)
  return type(when) == "number" and when == when and math.abs(when) < 2 ^ 40
end

local function today(home, location)
  return math.floor(location:wall(home.loop:time()) / 86400)
end

--- The moment of a local time. Without a date it is today; of a time that occurs twice, the first.
---@param home homey.sim.VirtualHome
---@param when string|number
---@return number at  seconds since 1970
function clock.moment(home, when)
  if is_number(when) then return when end
  local day, second = checked(when)
  local location = location_of(home)
  return location:at((day or today(home, location)) * 86400 + second)
end

--- The next moment of a local time; with a date, that moment.
---@param home homey.sim.VirtualHome
---@param when string|number
---@return number at
function clock.next(home, when)
  if is_number(when) then return when end
  local day, second = checked(when)
  local location, now = location_of(home), home.loop:time()
  if day then return location:at(day * 86400 + second) end
  local at = location:at(today(home, location) * 86400 + second)
  return at > now and at or location:at((today(home, location) + 1) * 86400 + second)
end

--- The local time at a moment, as os.date writes it.
---@param home homey.sim.VirtualHome
---@param format string
---@param at number  seconds since 1970
---@return string|table
function clock.date(home, format, at)
  return date(location_of(home), format, at)
end

--- os.time and os.date for scripts: the virtual clock, in the time zone of the home.
---@param home homey.sim.VirtualHome
---@return {time: fun(t?: table): integer, date: fun(format?: string, at?: number): string|table}
function clock.os(home)
  local function time(t) return t and os.time(t) or math.floor(home.loop:time()) end
  return {
    time = time,
    date = function(format, at) return clock.date(home, format or "%c", at or time()) end,
  }
end

return clock
