--- Process of the simulator: starts it as a child, which ends with its parent.
local core = require "homey.core"

local process = {}

--- The Lua interpreter of this process.
---@return string?  nil in another host program
function process.interpreter()
  local arg = rawget(_G, "arg")
  local i = 0
  while arg and arg[i - 1] do i = i - 1 end
  local found = i < 0 and arg[i]
  if found and found:match("[^/]*$"):find("^lua") then return found end
end

-- The usual name of an interpreter for this version of Lua.
local function default_interpreter()
  if rawget(_G, "jit") then return "luajit" end
  return "lua" .. _VERSION:match("%d+%.%d+")
end

--- A text quoted for the shell.
---@param s string
---@return string
function process.quoted(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

local quoted = process.quoted

local function command(interpreter, same_version, output)
  local lines = { "package.path = " .. ("%q"):format(package.path) }
  if same_version then lines[2] = "package.cpath = " .. ("%q"):format(package.cpath) end
  lines[#lines + 1] = "require('homey.sim.control.child').main()"
  return ("exec %s -e %s > %s 2>&1"):format(quoted(interpreter), quoted(table.concat(lines, "\n")),
    quoted(output))
end

local function read_file(path)
  local file = io.open(path, "rb")
  if not file then return "" end
  local bytes = file:read("*a")
  file:close()
  return bytes
end

-- The decoded first line of the child, or nil and its output.
local function first_line(output, seconds)
  local cqueues = require "cqueues"
  local deadline, pause = cqueues.monotime() + seconds, 0.002
  repeat
    local line, rest = read_file(output):match("^([^\n]*)\n(.*)")
    if line then
      local message = core.decode(line)
      if type(message) == "table" and message.ready then return message end
      return nil, type(message) == "table" and message.failed or line .. "\n" .. rest
    end
    cqueues.sleep(pause)
    pause = math.min(pause * 1.5, 0.05)
  until cqueues.monotime() > deadline
  return nil, "not ready within " .. seconds .. " s"
end

--- Start the simulator's process.
---@param options table   sent to it as JSON
---@param lua? string     another interpreter
---@param seconds number  until it must be ready
---@return {input: file*, message: table}? child
---@return string? problem
function process.start(options, lua, seconds)
  local output = os.tmpname()
  local interpreter = lua or process.interpreter() or default_interpreter()
  local input = assert(io.popen(command(interpreter, lua == nil, output), "w"))
  assert(input:write(assert(core.encode(options)), "\n"))
  input:flush()
  local message, problem = first_line(output, seconds)
  os.remove(output)
  if not message then
    input:close()
    return nil, problem
  end
  return { input = input, message = message }
end

return process
