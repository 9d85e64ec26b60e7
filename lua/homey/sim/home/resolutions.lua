--- Resolutions of insights: the span of time of each, and the seconds between two values.
local calendar = require "homey.time.calendar"

local hour, day = 3600, 86400

-- Until now: the length of the span, and the step.
local rolling = {
  lastHour = { hour, 60 }, lastHourLowRes = { hour, 300 },
  last6Hours = { 6 * hour, 300 }, last6HoursLowRes = { 6 * hour, 1800 },
  last24Hours = { day, 900 }, last3Days = { 3 * day, 1800 }, last7Days = { 7 * day, hour },
  last14Days = { 14 * day, 2 * hour }, last31Days = { 31 * day, 6 * hour },
  last3Months = { 92 * day, day }, last6Months = { 183 * day, 2 * day },
  last2Years = { 731 * day, 7 * day },
}

-- The local day on which a span begins, counted from today's, and that of the next span.
local function days_of(unit, today, back)
  local year, month = calendar.date(today)
  if unit == "Day" then return today - back, today - back + 1 end
  if unit == "Week" then
    local monday = today - calendar.weekday(today) + 1 - 7 * back
    return monday, monday + 7
  end
  if unit == "Year" then
    return calendar.days(year - back, 1, 1), calendar.days(year - back + 1, 1, 1)
  end
  month = month - back
  if month < 1 then year, month = year - 1, month + 12 end
  local first = calendar.days(year, month, 1)
  return first, first + calendar.month_length(month, year)
end

-- By the clocks at home: the unit, how many of them ago, the step.
local by_calendar = {
  today = { "Day", 0, 900 }, yesterday = { "Day", 1, 900 },
  thisWeek = { "Week", 0, hour }, lastWeek = { "Week", 1, hour },
  thisMonth = { "Month", 0, 6 * hour }, lastMonth = { "Month", 1, 6 * hour },
  thisYear = { "Year", 0, 7 * day }, lastYear = { "Year", 1, 7 * day },
}

local resolutions = {}

--- The span of a resolution; nil where there is no such resolution.
---@param name string
---@param now number
---@param location homey.time.Location
---@return number? from
---@return number? to  not included
---@return number? step
function resolutions.span(name, now, location)
  local row = rolling[name]
  if row then
    local to = math.floor(now / row[2]) * row[2] + row[2]
    return to - row[1], to, row[2]
  end
  row = by_calendar[name]
  if not row then return nil end
  local today = math.floor(location:wall(now) / day)
  local first, next_one = days_of(row[1], today, row[2])
  return location:at(first * day), location:at(next_one * day), row[3]
end

return resolutions
