local calendar = require "homey.time.calendar"

--- A local time, "2026-03-29 01:59", in seconds since 1970 of the same clock.
---@param text string
---@return integer
return function(text)
  local year, month, day, hour, min = text:match "(%d+)-(%d+)-(%d+) (%d+):(%d+)"
  return calendar.days(tonumber(year), tonumber(month),
    tonumber(day)) * 86400 + hour * 3600 + min * 60
end
