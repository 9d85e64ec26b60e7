-- Sentence: the message of an error, with advice when the message has none.

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
