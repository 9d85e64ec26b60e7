local process = require "homey.sim.control.process"

--- The output of a Lua program in a process of its own. The name of its file is replaced by
--- "program".
---@param program string
---@return string
return function(program)
  local script = os.tmpname()
  local file = assert(io.open(script, "w"))
  file:write(program)
  file:close()
  local pipe = io.popen(("%s %s 2>&1"):format(process.interpreter(), script))
  local said = pipe:read "*a"
  pipe:close()
  os.remove(script)
  return (said:gsub(script:gsub("%p", "%%%0"), "program"))
end
