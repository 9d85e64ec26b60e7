-- Lengths of time as people write them.

local invalid = require "homey.util.invalid"
local number_text = require "homey.util.number_text"
local show = require "homey.util.format"
local lower = require("homey.util.text").lower

local seconds = {}
for names, length in pairs {
  ["ms msec millisecond milliseconds"] = 0.001,
  ["s sec secs second seconds"] = 1,
  ["min mins minute minutes"] = 60,
  ["h hour hours"] = 3600,
  ["d day days"] = 86400,
  ["week weeks"] = 604800,
} do
  for name in names:gmatch("%a+") do seconds[name] = length end
end

-- Seconds of "1 h 30 min", or nil.
local function read(text)
  local sum, rest = 0, text:match("^%s*(.-)%s*$")
  if rest == "" then return nil end
  while rest ~= "" do
    local number, unit, behind = rest:match("^(%d*%.?%d+)%s*(%a+)%s*(.*)$")
    local length = unit and seconds[lower(unit)]
    if not length then return nil end
    sum, rest = sum + number_text.read(number) * length, behind
  end
  return sum
end

--- Seconds of a duration: a number of them, or text such as "30 s", "5 min", "1 h 30 min", "500 ms", "1 day".
---@param value number|string
---@param name? string  what it is for, in the error's sentence
---@return number seconds
return function(value, name)
  local found = type(value) == "string" and read(value) or type(value) == "number" and value
  if found and found >= 0 and found < math.huge then return found end
  return invalid("%s takes a time such as \"30 s\", \"5 min\", \"2 h\" or a number of seconds, not %s.",
    name or "this", show(value))
end
