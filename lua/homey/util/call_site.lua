-- Call site: the line of the user's program that called the library, and the folder of the library,
-- by which its own stack frames are told from the program's.

local call_site = {}

--- The source folder of this library, as debug.getinfo reports it: "@/usr/share/lua/5.4/homey/";
--- nil if the module was not loaded from a file.
---@type string?
call_site.folder = debug.getinfo(1, "S").source:match "^(.*[/\\])util[/\\]call_site%.lua$"

local folder = call_site.folder
local find -- from the core, loaded when it is needed: to raise an error, the folder is enough

--- The current line, "evening.lua:12", of the innermost function outside the library; nil if there
--- is none.
---@param own? integer  how many functions from the caller on are sure to be of the library
---@return string?
function call_site.line(own)
  find = find or require("homey.core").call_site
  return (find(folder, own and own + 1 or 1))
end

return call_site
