-- Durations as people write them: "30 s", "5 min", "1 h 30 min", or a number of seconds.

local lazy = require "homey.util.lazy"
local lower = require("homey.util.text").lower
local number_text = require "homey.util.number_text"

local format = lazy "homey.util.format"
local invalid = lazy "homey.util.invalid"

local duration = {}

local units = {} -- name -> seconds
for names, length in pairs {
  ["ms msec millisecond milliseconds"] = 0.001,
  ["s sec secs second seconds"] = 1,
  ["min mins minute minutes"] = 60,
  ["h hour hours"] = 3600,
  ["d day days"] = 86400,
  ["week weeks"] = 604800,
} do
  for name in names:gmatch("%a+") do units[name] = length end
end

local function parse(text)
  local sum, rest = 0, text:match("^%s*(.-)%s*$")
  if rest == "" then return nil end
  while rest ~= "" do
    local number, unit, behind = rest:match("^(%d*%.?%d+)%s*(%a+)%s*(.*)$")
    local length = unit and units[lower(unit)]
    if not length then return nil end
    sum, rest = sum + number_text.read(number) * length, behind
  end
  return sum
end

--- Seconds of a duration; nil where the value is none.
---@param value any
---@return number?
function duration.read(value)
  local found = type(value) == "string" and parse(value) or type(value) == "number" and value
  return found and found >= 0 and found < math.huge and found or nil
end

--- Seconds of a duration. Raises an error of kind "invalid" where the value is none.
---@param value any
---@param name? string  what takes it, for the error
---@return number
function duration.seconds(value, name)
  return duration.read(value) or invalid(
    "%s takes a time such as \"30 s\", \"5 min\", \"2 h\" or a number of seconds, not %s.",
    name or "this", format(value))
end

-- { least seconds, seconds of the unit, its name }
local steps = { { 172800, 86400, "days" }, { 7200, 3600, "h" }, { 120, 60, "min" }, { 0, 1, "s" } }

--- A duration in words, rounded: "90 s", "6 h", "3 days".
---@param seconds number
---@return string
function duration.text(seconds)
  for _, step in ipairs(steps) do
    if seconds >= step[1] then
      return ("%d %s"):format(math.floor(seconds / step[2] + 0.5), step[3])
    end
  end
  return "0 s"
end

return duration
