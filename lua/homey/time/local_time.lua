-- Local times as text: "2026-06-12", "2026-06-12 10:00", "2026-06-12 10:00:30".

local calendar = require "homey.time.calendar"

local function second_of(text)
  if text == "" then return 0 end
  local hour, minute, rest = text:match "^[ T](%d%d?):(%d%d)(.*)$"
  local second = rest == "" and "0" or rest and rest:match "^:(%d%d)$"
  hour, minute, second = tonumber(hour), tonumber(minute), tonumber(second)
  if not second or hour > 24 or minute > 59 or second > 59 then return nil end
  return hour * 3600 + minute * 60 + second
end

--- Read a local time.
---@param text string
---@return number? wall  seconds since 1970-01-01 00:00 local time; nil: it is none
return function(text)
  local year, month, day, rest = text:match "^(%d%d%d%d)%-(%d%d?)%-(%d%d?)(.*)$"
  local second = rest and second_of(rest)
  if not second then return nil end
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  if month < 1 or month > 12 or day < 1 or day > calendar.month_length(month, year) then
    return nil
  end
  return calendar.days(year, month, day) * 86400 + second
end
