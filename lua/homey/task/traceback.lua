-- The stack of a coroutine as a program's author wants to see it: without the frames of this module, where the mistake is
-- not in it.

local ours = require "homey.util.library_folder"

local function is_ours(info)
  return info.what == "C" or info.what == "tail" or ours ~= nil and info.source:sub(1, #ours) == ours
end

local function name_of(info)
  if info.what == "main" then return "in main chunk" end
  if info.name then return ("in function '%s'"):format(info.name) end
  return ("in function <%s:%d>"):format(info.short_src, info.linedefined)
end

--- The lines of a program's own functions on a stack; "" where there are none.
---@param co thread
---@return string
return function(co)
  local lines, level = {}, 0
  local info = debug.getinfo(co, level, "Sln")
  while info do
    if not is_ours(info) then lines[#lines + 1] = ("\t%s:%d: %s"):format(info.short_src, info.currentline, name_of(info)) end
    level = level + 1
    info = debug.getinfo(co, level, "Sln")
  end
  if #lines == 0 then return "" end
  return "stack traceback:\n" .. table.concat(lines, "\n")
end
