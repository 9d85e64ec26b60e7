-- Sends a message to the telephones of the people at home. Create two things in the Homey app: a
-- text variable "Message", and a flow "Tell me" that pushes it.

local homey = require "homey"

--- Send a message.
---@param text string
return function(text)
  homey.log("info", text)
  homey.variable("Message"):set(text)
  homey.flow("Tell me"):start()
end
