-- Periods of energy reports: which operation reads each, and the text that names one.

local date = require "homey.time.date"
local format = require "homey.util.format"

local periods = {}

---@class homey.Period
---@field operation string   of the manager energy
---@field parameter string
---@field pattern string     of its name
---@field format string      of the current one, for os.date
---@field example string

---@type table<string, homey.Period>
local rows = {
  day = {
    operation = "getReportDay", parameter = "date", pattern = "^%d%d%d%d%-%d%d%-%d%d$",
    format = "%Y-%m-%d", example = "2026-06-12",
  },
  week = {
    operation = "getReportWeek", parameter = "isoWeek", pattern = "^%d%d%d%d%-W%d%d$",
    format = "%G-W%V", example = "2026-W24",
  },
  month = {
    operation = "getReportMonth", parameter = "yearMonth", pattern = "^%d%d%d%d%-%d%d$",
    format = "%Y-%m", example = "2026-06",
  },
  year = {
    operation = "getReportYear", parameter = "year", pattern = "^%d%d%d%d$", format = "%Y",
    example = "2026",
  },
}

periods.rows = rows

local days = { yesterday = -1, today = 0, tomorrow = 1 }

--- Check the name of a period: its text, a year as a number, or true for the current one.
---@param value any
---@param row homey.OptionRow
---@return any value
---@return string? problem
function periods.check(value, row)
  local period = rows[row.name]
  if value == true then return true end
  if row.name == "year" and type(value) == "number" then value = ("%d"):format(value) end
  if type(value) == "string" and (value:find(period.pattern)
    or row.name == "day" and days[value]) then
    return value
  end
  local other = row.name == "day" and " or \"yesterday\"" or ""
  return nil, ("takes text such as \"%s\"%s, or true for the current %s, not %s.")
    :format(period.example, other, row.name, format(value))
end

--- The date of a day: "2026-06-12", "yesterday", "today" or "tomorrow"; nil for anything else.
---@param value any
---@param place homey.time.Location
---@param now number
---@return string?
function periods.day(value, place, now)
  if type(value) ~= "string" then return nil end
  if value:find(rows.day.pattern) then return value end
  if not days[value] then return nil end
  local noon = math.floor(place:wall(now) / 86400) * 86400 + 43200
  return date(place, "%Y-%m-%d", place:at(noon + days[value] * 86400))
end

--- The text that names a period.
---@param kind "day"|"week"|"month"|"year"
---@param value string|true  checked
---@param place homey.time.Location
---@param now number
---@return string
function periods.name(kind, value, place, now)
  if value == true then return date(place, rows[kind].format, now) end
  return kind == "day" and periods.day(value, place, now) or value
end

return periods
