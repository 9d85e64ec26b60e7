-- Dates as os.date writes them, in the time zone of a location.

local calendar = require "homey.time.calendar"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"

local longest = 1000              -- bytes of a format
local farthest = 2 ^ 31 * 86400   -- seconds: years beyond what any calendar here names

-- The conversions of C99, without its modifiers E and O.
local conversions = "aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%"

local function check_format(what)
  if type(what) ~= "string" or #what > longest then
    invalid("homey.date takes \"*t\" or a format such as \"%%H:%%M\", not %s.", format(what))
  end
  for each in what:gmatch "%%(.?)" do
    if each == "" or not conversions:find(each, 1, true) then
      invalid("homey.date: the format %s has '%%%s', which is none of %%Y %%m %%d %%H %%M %%S %%a "
        .. "%%A %%b %%B and the other conversions of os.date.", format(what), each)
    end
  end
end

local function check_time(at)
  if type(at) ~= "number" or at ~= at or math.abs(at) > farthest then
    invalid("homey.date takes seconds since 1970, such as homey.now(), not %s.", format(at))
  end
end

-- The offset from UTC when no summer time applies: the lesser of those of a winter and a summer.
local function standard_offset(place, year)
  local function offset(month)
    local _, _, seconds = place:span(calendar.days(year, month, 1) * 86400)
    return seconds
  end
  return math.min(offset(1), offset(7))
end

local function table_of(wall, offset, place)
  local day, second = math.floor(wall / 86400), wall % 86400
  local year, month, date = calendar.date(day)
  return {
    year = year, month = month, day = date, hour = math.floor(second / 3600),
    min = math.floor(second / 60) % 60, sec = second % 60,
    wday = calendar.weekday(day) % 7 + 1, yday = day - calendar.days(year, 1, 1) + 1,
    isdst = place ~= nil and offset > standard_offset(place, year),
  }
end

-- "+0200"
local function zone_text(offset)
  local minutes = math.floor(math.abs(offset) / 60)
  return ("%s%02d%02d"):format(offset < 0 and "-" or "+", math.floor(minutes / 60), minutes % 60)
end

--- A date, as os.date gives it: as text, or for "*t" as a table. A format that begins with "!" is
--- for UTC. %z and %Z are the offset from UTC.
---@param place homey.time.Location
---@param what string   the format
---@param at number     seconds since 1970
---@return string|table
return function(place, what, at)
  check_format(what)
  check_time(at)
  local is_utc = what:sub(1, 1) == "!"
  if is_utc then what = what:sub(2) end
  local second, offset = math.floor(at), 0
  if not is_utc then
    local _, _, seconds = place:span(second)
    offset = math.floor(seconds)
  end
  local wall = math.floor(second + offset)
  if what:sub(1, 2) == "*t" then return table_of(wall, offset, not is_utc and place or nil) end
  what = what:gsub("%%(.)", function(each)
    return (each == "z" or each == "Z") and zone_text(offset) or nil
  end)
  return os.date("!" .. what, wall)
end
