-- Tells the people of the home something: by a flow of theirs, which sends the variable "Message"
-- to their telephones. Make both once in the Homey app: a text variable "Message", and a flow "Tell
-- me" that pushes it.

local homey = require "homey"

--- Tell them.
---@param text string
return function(text)
  homey.log("info", text)
  homey.variable("Message"):set(text)
  homey.flow("Tell me"):start()
end
