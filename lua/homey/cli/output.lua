-- What a command prints for whoever asked: written at once, and where that fails, as on a full disk, the command has failed.

local new_error = require "homey.error"
local raise = require "homey.util.raise"

--- Print text on the standard output.
---@param text string
return function(text)
  local ok, why = io.stdout:write(text)
  if ok then ok, why = io.stdout:flush() end
  if not ok then raise(new_error("unavailable", ("the output cannot be written: %s."):format(why))) end
end
