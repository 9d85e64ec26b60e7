-- Where in the user's own files something was called.

local place = require("homey.core").place

local folder = require "homey.util.library_folder"

--- The line that runs now, "evening.lua:12", of the innermost function that is not homey's own; nil where there is none.
---@return string?
return function()
  return (place(folder))
end
