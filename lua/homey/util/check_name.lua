-- What a program calls a thing by: text in UTF-8. What is none is named before anything is asked of the hub.

local invalid = require "homey.util.invalid"
local show = require "homey.util.format"
local text = require "homey.util.text"

local function fault(value)
  if type(value) == "string" and value:find("^[%w_.]+$") then return nil end -- nearly always
  if type(value) ~= "string" or value == "" then return "." end
  if not text.is_utf8(value) then return ", which is not valid UTF-8." end
  if value:find("%z") then return ", which holds a NUL byte." end
end

--- Refuse what can be no name or id.
---@param value any
---@param sentence string  such as "a device is named by its id, not by %s"
return function(value, sentence)
  local wrong = fault(value)
  if wrong then invalid(sentence .. "%s", show(value), wrong) end
end
