--- A child process running Lua, that ends when its parent does.
local core = require "homey.core"

local process = {}

--- The Lua that runs us; nil inside a host that is none.
---@return string?
function process.interpreter()
  local arg = rawget(_G, "arg")
  local i = 0
  while arg and arg[i - 1] do i = i - 1 end
  local found = i < 0 and arg[i]
  if found and found:match("[^/]*$"):find("^lua") then return found end
end

--- The interpreter that fits this version of Lua, by its usual name.
local function usual()
  if rawget(_G, "jit") then return "luajit" end
  return "lua" .. _VERSION:match("%d+%.%d+")
end

local function quoted(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

local function command(interpreter, same, output)
  local lines = { "package.path = " .. ("%q"):format(package.path) }
  if same then lines[2] = "package.cpath = " .. ("%q"):format(package.cpath) end
  lines[#lines + 1] = "require('homey.sim.control.child').main()"
  return ("exec %s -e %s > %s 2>&1"):format(quoted(interpreter), quoted(table.concat(lines, "\n")), quoted(output))
end

local function read_file(path)
  local file = io.open(path, "rb")
  if not file then return "" end
  local bytes = file:read("*a")
  file:close()
  return bytes
end

--- The child's first line, or what it said instead.
local function first_line(output, seconds)
  local cqueues = require "cqueues"
  local deadline, pause = cqueues.monotime() + seconds, 0.002
  repeat
    local said = read_file(output)
    local line, rest = said:match("^([^\n]*)\n(.*)")
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
---@param lua? string     the interpreter
---@param seconds number  to wait until it is ready
---@return {input: file*, message: table}? child
---@return string? problem
function process.start(options, lua, seconds)
  local output = os.tmpname()
  local same = lua == nil
  local input = assert(io.popen(command(lua or process.interpreter() or usual(), same, output), "w"))
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
