--- Periods of energy reports: "2026-03-29", "2026-W13", "2026-03" and "2026", by local time.
local calendar = require "homey.time.calendar"

local periods = {}

local day_seconds = 86400

local function local_date(days) return ("%04d-%02d-%02d"):format(calendar.date(days)) end

local function number_of(text, pattern)
  local a, b, c = text:match(pattern)
  return tonumber(a), tonumber(b), tonumber(c)
end

local function days_between(first, last)
  local list = {}
  for day = first, last do list[#list + 1] = day end
  return list
end

-- By kind: the days of a period, from its text. Nil: it is no such period.
local days_of = {
  day = function(text)
    local year, month, day = number_of(text, "^(%d%d%d%d)%-(%d%d)%-(%d%d)$")
    if not year or month < 1 or month > 12 then return nil end
    if day < 1 or day > calendar.month_length(month, year) then return nil end
    return { calendar.days(year, month, day) }
  end,
  week = function(text)
    local year, week = number_of(text, "^(%d%d%d%d)%-W(%d%d?)$")
    if not year or week < 1 or week > 53 then return nil end
    local fourth = calendar.days(year, 1, 4) -- always in the first week
    local monday = fourth - calendar.weekday(fourth) + 1 + 7 * (week - 1)
    return days_between(monday, monday + 6)
  end,
  month = function(text)
    local year, month = number_of(text, "^(%d%d%d%d)%-(%d%d)$")
    if not year or month < 1 or month > 12 then return nil end
    local first = calendar.days(year, month, 1)
    return days_between(first, first + calendar.month_length(month, year) - 1)
  end,
  year = function(text)
    local year = number_of(text, "^(%d%d%d%d)$")
    return year and days_between(calendar.days(year, 1, 1), calendar.days(year + 1, 1, 1) - 1)
  end,
}

--- The days of a period.
---@param kind "day"|"week"|"month"|"year"
---@param text string
---@param location homey.time.Location
---@return {date: string, from: number, to: number}[]?  nil where it is no such period
function periods.days(kind, text, location)
  local days = days_of[kind](text)
  if not days then return nil end
  local list = {}
  for i, day in ipairs(days) do
    list[i] = {
      date = local_date(day), from = location:at(day * day_seconds),
      to = location:at((day + 1) * day_seconds),
    }
  end
  return list
end

return periods
