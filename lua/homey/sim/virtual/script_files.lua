--- Files of scripts in virtual time: where a script is, and the programs that the test plays.
local is_readable = require "homey.util.is_readable"

local script_files = {}

--- The io of scripts: popen of a command returns what home:file has set for it.
---@param home homey.sim.VirtualHome
---@return {popen: function}
function script_files.io(home)
  return {
    popen = function(command, ...)
      local commands = rawget(home, "commands")
      return commands and commands[command] or io.popen(command, ...)
    end,
  }
end

--- The path of a script: a file that is not in the current folder may be in that of the test.
---@param path string
---@param source string  of the test, as debug.getinfo names it
---@return string
function script_files.find(path, source)
  local folder = source:match "^@(.*/)"
  if is_readable(path) or path:sub(1, 1) == "/" or not folder then return path end
  return is_readable(folder .. path) and folder .. path or path
end

return script_files
