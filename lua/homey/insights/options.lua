-- Option tables of what the hub has recorded: insights and energy.

local format = require "homey.util.format"
local is_number = require("homey.util.number_text").is_finite
local local_time = require "homey.time.local_time"
local periods = require "homey.insights.periods"
local filters = require "homey.model.options"

---@alias homey.Resolution  a span of time, as the hub names it
---| "lastHour"
---| "lastHourLowRes"  # with fewer points
---| "last6Hours"
---| "last6HoursLowRes"  # with fewer points
---| "last24Hours"
---| "last3Days"
---| "last7Days"
---| "last14Days"
---| "last31Days"
---| "last3Months"
---| "last6Months"
---| "last2Years"
---| "today"  # since midnight at home
---| "thisWeek"
---| "thisMonth"
---| "thisYear"
---| "yesterday"
---| "lastWeek"
---| "lastMonth"
---| "lastYear"

local rows = {} ---@type table<string, homey.OptionRows>

-- Seconds since 1970, or a function that makes them from a local time.
local function check_time(value)
  if is_number(value) and math.abs(value) < 1e11 then return function() return value end end
  local wall = type(value) == "string" and local_time(value)
  if wall then return function(place) return place:at(wall) end end
  return nil, ("takes seconds since 1970 or a time such as \"2026-06-12 10:00\", not %s.")
    :format(format(value))
end

rows.insights = {
  what = "device:insights", class = "homey.InsightsOptions", example = "{ last = \"24 h\" }",
  doc = "Which of the recorded values device:insights reads.",
  { name = "last", type = "duration", min = 1, default_text = "24 h", doc = "until now" },
  { name = "from", type = "any", check = check_time, annotation = "number|string",
    doc = "the first moment: seconds since 1970, or \"2026-06-12 10:00\" by the home's clocks" },
  { name = "to", type = "any", check = check_time, annotation = "number|string",
    default_text = "now", doc = "the last moment" },
  { name = "resolution", type = "text", annotation = "homey.Resolution",
    doc = "a resolution of the hub, such as \"yesterday\"",
    default_text = "the finest one that reaches back far enough",
    values = {
      "lastHour", "lastHourLowRes", "last6Hours", "last6HoursLowRes", "last24Hours", "last3Days",
      "last7Days", "last14Days", "last31Days", "last3Months", "last6Months", "last2Years",
      "today", "thisWeek", "thisMonth", "thisYear", "yesterday", "lastWeek", "lastMonth",
      "lastYear",
    } },
}

rows.energy = {
  what = "homey.energy", class = "homey.EnergyOptions", example = "{ day = \"2026-06-12\" }",
  doc = "Which energy homey.energy reads: at most one of these.",
  { name = "zone", type = "any", check = filters.check_zone, annotation = "string|homey.Zone",
    default_text = "the whole home", doc = "only what is in this zone" },
  { name = "day", type = "any", check = periods.check, annotation = "string|true",
    doc = "the report of a day: \"2026-06-12\", \"yesterday\", or true for today" },
  { name = "week", type = "any", check = periods.check, annotation = "string|true",
    doc = "that of a week: \"2026-W24\", or true for this one" },
  { name = "month", type = "any", check = periods.check, annotation = "string|true",
    doc = "that of a month: \"2026-06\", or true for this one" },
  { name = "year", type = "any", check = periods.check, annotation = "string|number|true",
    doc = "that of a year: 2026, or true for this one" },
}

return rows
