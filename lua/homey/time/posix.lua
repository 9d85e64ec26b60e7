-- POSIX time zones: "CET-1CEST,M3.5.0,M10.5.0/3". Routers have them in place of a time zone
-- database, and each file of that database ends with one, for the future.
--
-- Invariant: spans cover all time without gaps, and the offset is constant in each.

local calendar = require "homey.time.calendar"

local usual = ",M3.2.0,M11.1.0" -- where summer time is named and not said when

---@class homey.time.Posix
---@field standard integer  seconds east of Greenwich
---@field summer? integer
---@field begins? table     start of summer time
---@field ends? table
local Posix = { __name = "homey.time.Posix" }
Posix.__index = Posix

-- Seconds of "hh", "hh:mm" or "hh:mm:ss" with or without a sign, and the rest of the text.
local function read_time(text, most)
  local sign, hours, rest = text:match "^([+-]?)(%d+)(.*)$"
  if not hours or #hours > 3 or tonumber(hours) > most then return nil end
  local seconds, unit = tonumber(hours) * 3600, 60
  while unit >= 1 and rest:find "^:%d%d" do
    seconds, rest, unit = seconds + tonumber(rest:sub(2, 3)) * unit, rest:sub(4), unit / 60
  end
  return math.floor(sign == "-" and -seconds or seconds), rest
end

-- The text behind the name of a zone, which is not used.
local function skip_name(text)
  return text:match "^<[%w+-]+>(.*)$" or text:match "^%a%a%a+(.*)$"
end

local function is_within(value, least, most)
  return value and value >= least and value <= most
end

local function read_day(text)
  local month, week, weekday, rest = text:match "^M(%d%d?)%.(%d)%.(%d)(.*)$"
  if month then
    local day = { month = tonumber(month), week = tonumber(week), weekday = tonumber(weekday) }
    local fine = is_within(day.month, 1, 12) and is_within(day.week, 1, 5) and day.weekday <= 6
    return fine and day or nil, rest
  end
  local julian, number, behind = text:match "^(J?)(%d+)(.*)$"
  if not number or #number > 3 or tonumber(number) > 365
    or julian == "J" and tonumber(number) < 1 then
    return nil
  end
  return { [julian == "J" and "julian" or "of_year"] = tonumber(number) }, behind
end

-- The moment of a change, ",M3.5.0/2", and the rest of the text.
local function read_change(text)
  if text:sub(1, 1) ~= "," then return nil end
  local day, rest = read_day(text:sub(2))
  if not day then return nil end
  day.time = 7200
  if rest:sub(1, 1) == "/" then day.time, rest = read_time(rest:sub(2), 167) end
  if not day.time then return nil end
  return day, rest
end

--- Parse a POSIX time zone; nil if the text is none.
---@param text string
---@return homey.time.Posix?
function Posix.parse(text)
  local west, rest = read_time(skip_name(text) or "", 24)
  if not west then return nil end
  local zone = setmetatable({ standard = -west, years = {} }, Posix)
  if rest == "" then return zone end
  rest = skip_name(rest)
  if not rest then return nil end
  zone.summer = zone.standard + 3600
  if rest:find "^[+%-%d]" then
    west, rest = read_time(rest, 24)
    if not west then return nil end
    zone.summer = -west
  end
  if rest == "" then rest = usual end
  zone.begins, rest = read_change(rest)
  if not zone.begins then return nil end
  zone.ends, rest = read_change(rest)
  return zone.ends and rest == "" and zone or nil
end

-- The day of a change in a year.
local function day_of(change, year)
  local first = calendar.days(year, 1, 1)
  if change.of_year then return first + change.of_year end
  if change.julian then -- which does not count 29 February
    local leap = calendar.month_length(2, year) == 29 and change.julian >= 60
    return first + change.julian - 1 + (leap and 1 or 0)
  end
  local begin = calendar.days(year, change.month, 1)
  local day = begin + (change.weekday - calendar.weekday(begin) % 7) % 7 + 7 * (change.week - 1)
  return day - (day >= begin + calendar.month_length(change.month, year) and 7 or 0)
end

-- The two changes of a year: { at, offset from then on }, in order.
local function changes(zone, year)
  if zone.years[year] then return zone.years[year] end
  local on = {
    at = day_of(zone.begins, year) * 86400 + zone.begins.time - zone.standard, offset = zone.summer,
  }
  local off = {
    at = day_of(zone.ends, year) * 86400 + zone.ends.time - zone.summer, offset = zone.standard,
  }
  local list = on.at <= off.at and { on, off } or { off, on }
  zone.years[year] = list
  return list
end

--- The span around a moment in which the offset is constant: from, to (not included), offset.
---@param at number
---@return number from
---@return number to
---@return integer offset
function Posix:span(at)
  if not self.begins then return -math.huge, math.huge, self.standard end
  local year = calendar.date(math.floor(at / 86400))
  local before
  for each = year - 2, year + 1 do
    for _, change in ipairs(changes(self, each)) do
      if change.at > at then return before.at, change.at, before.offset end
      before = change
    end
  end
  return before.at, changes(self, year + 2)[1].at, before.offset
end

return Posix
