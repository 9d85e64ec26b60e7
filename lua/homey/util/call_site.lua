-- Call site: the line of the user's program that called the library.

local call_site = require("homey.core").call_site

local folder = require "homey.util.library_folder"

--- The current line, "evening.lua:12", of the innermost function outside the library; nil if there
--- is none.
---@param own? integer  how many functions from the caller on are sure to be of the library
---@return string?
return function(own)
  return (call_site(folder, own and own + 1 or 1))
end
