-- Formats a value for a message.

local number_text = require "homey.util.number_text"
local visible = require("homey.util.text").visible

local longest = 40

local function cut(text)
  if #text <= longest then return text end
  return (text:sub(1, longest):gsub("[\192-\255]?[\128-\191]*$", "")) .. "..."
end

local function number(value)
  if value ~= value then return "NaN (not a number)" end
  if value == math.huge then return "infinity" end
  if value == -math.huge then return "minus infinity" end
  return number_text.format("%.14g", value)
end

--- The text of a value: strings in quotes, long ones cut, a table as "a table".
---@param value any
---@return string
return function(value)
  local kind = type(value)
  if kind == "string" then return "'" .. visible(cut(value)) .. "'" end
  if kind == "number" then return number(value) end
  if kind == "boolean" then return tostring(value) end
  if kind == "nil" then return "nothing" end
  if kind == "userdata" then return "null" end
  return "a " .. kind
end
