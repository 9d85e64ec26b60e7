-- Raises errors of kind "invalid", for wrong arguments.

local new_error = require "homey.error"
local raise = require "homey.util.raise"

--- Raise an error of kind "invalid"; never returns.
---@param sentence string  as for string.format
---@param ... any
return function(sentence, ...)
  return raise(new_error("invalid", sentence:format(...)))
end
