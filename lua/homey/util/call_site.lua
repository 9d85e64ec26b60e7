-- Where in the user's own files something was called.

local call_site = require("homey.core").call_site

local folder = require "homey.util.library_folder"

--- The line that runs now, "evening.lua:12", of the innermost function that is not homey's own; nil where there is none.
---@return string?
return function()
  return (call_site(folder))
end
