-- Error of Ctrl-C at a prompt: the command ends at once, silently, with the code of the signal.

local new_error = require "homey.error"

--- A new error of this kind.
---@return homey.Error
return function()
  return new_error("cancelled", "interrupted.", { exit_code = 130, silent = true })
end
