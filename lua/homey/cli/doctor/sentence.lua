-- Sentence: what an error says, with what to do where it does not say that itself.

local error_text = require "homey.util.error_text"

local advice = {
  protocol = "Check whether something else answers at this address.",
}

--- The sentence of an error.
---@param err homey.Error
---@return string
return function(err)
  local text = error_text(err)
  if text:find "[.?]$" then return text end
  return ("%s. %s"):format(text, advice[err.kind] or "Try again.")
end
