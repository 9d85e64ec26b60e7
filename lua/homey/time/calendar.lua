-- Gregorian calendar: dates as numbers of days since 1970-01-01, and back.

local calendar = {}

local lengths = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

--- Days since 1970-01-01 of a date.
---@param year integer
---@param month integer
---@param day integer
---@return integer
function calendar.days(year, month, day)
  if month <= 2 then year, month = year - 1, month + 12 end
  local era = math.floor(year / 400)
  local of_era = year - era * 400
  local of_year = math.floor((153 * (month - 3) + 2) / 5) + day - 1
  return era * 146097 + of_era * 365 + math.floor(
    of_era / 4) - math.floor(of_era / 100) + of_year - 719468
end

--- The date of a number of days.
---@param days integer  since 1970-01-01
---@return integer year
---@return integer month
---@return integer day
function calendar.date(days)
  days = days + 719468
  local era = math.floor(days / 146097)
  local of_era = days - era * 146097
  local leap_days =
    math.floor(of_era / 1460) - math.floor(of_era / 36524) + math.floor(of_era / 146096)
  local year = math.floor((of_era - leap_days) / 365)
  local of_year = of_era - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local month = math.floor((5 * of_year + 2) / 153)
  local day = of_year - math.floor((153 * month + 2) / 5) + 1
  year = year + era * 400
  if month < 10 then return year, month + 3, day end
  return year + 1, month - 9, day
end

--- The day of the week, from 1, Monday, to 7, Sunday.
---@param days integer
---@return integer
function calendar.weekday(days)
  return (days + 3) % 7 + 1
end

--- Length of a month in days; without a year that of a leap year.
---@param month integer
---@param year? integer
---@return integer
function calendar.month_length(month, year)
  if month ~= 2 then return lengths[month] end
  local leap = not year or year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
  return leap and 29 or 28
end

return calendar
