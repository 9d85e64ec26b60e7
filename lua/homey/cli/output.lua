-- Standard output of a command: written at once, and an error where that fails, as on a full disk.

local new_error = require "homey.error"
local raise = require "homey.util.raise"

--- Print text on the standard output.
---@param text string
return function(text)
  local ok, why = io.stdout:write(text)
  if ok then ok, why = io.stdout:flush() end
  if ok then return end
  local err = new_error("unavailable", ("cannot write the output: %s."):format(why))
  err.exit_code = 1
  raise(err)
end
