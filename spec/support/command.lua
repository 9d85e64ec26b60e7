--- Runner of the `homey` command in a process of its own, with a folder for its files.
---
---     local command = require "spec.support.command"
---     local code, out, err = command.run(env, "devices")
---     local process = command.start(env, "run", folder)
---     process:wait_for "logged in"
local core = require "homey.core"
local logins = require "spec.support.logins"
local assert = require "luassert"
local support = require "spec.support.sim"

local command = { slow = logins.slow }

local quoted = logins.quoted
local started, folders = {}, {}

--- The content of a file; "" where there is none.
---@param path string
---@return string
function command.read(path)
  local file = io.open(path, "rb")
  local text = file and file:read "*a" or ""
  if file then file:close() end
  return text
end

--- Write a file, as an editor does that truncates it first.
---@param path string
---@param text string
function command.write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

--- Makes a folder that `tidy` removes.
---@return string
function command.folder()
  local path = os.tmpname()
  os.remove(path)
  logins.shell("mkdir " .. quoted(path))
  folders[#folders + 1] = path
  return path
end

local function words_of(env, ...)
  local words = { "env", logins.exits }
  for key, value in pairs(env) do words[#words + 1] = quoted(key .. "=" .. value) end
  words[#words + 1] = "bin/homey"
  for i = 1, select("#", ...) do words[#words + 1] = quoted((select(i, ...))) end
  return table.concat(words, " ")
end

--- Run it until it ends.
---@param env table<string, string>
---@param ... string
---@return integer code
---@return string out
---@return string err
function command.run(env, ...)
  return command.piped(env, "</dev/null", ...)
end

--- Run it, and expect that it succeeds and says nothing on stderr.
---@param env table<string, string>
---@param ... string
---@return string out
function command.succeed(env, ...)
  local code, out, err = command.run(env, ...)
  assert.same({ 0, "" }, { code, err })
  return out
end

--- An environment with an API key of a simulated hub.
---@param sim homey.Sim
---@param state_dir string
---@return table<string, string>
function command.with_key(sim, state_dir)
  return {
    HOMEY_STATE_DIR = state_dir, HOMEY_ADDRESS = sim.pat_options.address,
    HOMEY_TOKEN = sim.pat_options.token,
  }
end

--- Log in to a simulated account. The environment needs its stored login, and has no password.
---@param sim homey.Sim
---@param state_dir string
---@return table<string, string>
function command.logged_in(sim, state_dir)
  local env = { HOMEY_STATE_DIR = state_dir }
  for name, value in pairs(sim.env) do env[name] = value end
  command.succeed(env, "login")
  env.HOMEY_EMAIL, env.HOMEY_PASSWORD = nil, nil
  return env
end

--- Start a simulator, and make an environment with an API key of its hub and an empty folder.
---@return table<string, string> env
---@return homey.Sim sim
function command.at_sim()
  local sim = support.start()
  return command.with_key(sim, command.folder() .. "/state"), sim
end

--- Stop it, and remove all folders.
function command.leave_sim()
  command.tidy()
  support.stop()
end

--- Run it with a redirection of its input, such as "</dev/null".
---@param env table<string, string>
---@param input string
---@param ... string
function command.piped(env, input, ...)
  local base = os.tmpname()
  local code = os.execute(("%s >%s.out 2>%s.err %s\necho $? >%s"):format(words_of(env, ...), base,
    base, input, base))
  assert(code)
  local out, err = command.read(base .. ".out"), command.read(base .. ".err")
  code = tonumber(command.read(base))
  for _, name in ipairs { "", ".out", ".err" } do os.remove(base .. name) end
  return code, out, err
end

--- Run it in a terminal of its own until it ends.
---@param env table<string, string>
---@param ... string
---@return string out  both outputs
function command.on_terminal(env, ...)
  local pipe = io.popen(("script -qc %s /dev/null </dev/null"):format(quoted(words_of(env, ...))))
  local out = pipe:read("*a"):gsub("\r", "")
  pipe:close()
  return out
end

--- Run it in a terminal of a size until it ends.
---@param env table<string, string>
---@param columns integer
---@param lines integer
---@param ... string
---@return string out  both outputs
function command.on_screen(env, columns, lines, ...)
  local line = ("stty cols %d rows %d; %s"):format(columns, lines, words_of(env, ...))
  local pipe = io.popen(("script -qc %s /dev/null </dev/null"):format(quoted(line)))
  local out = pipe:read("*a"):gsub("\r", "")
  pipe:close()
  return out
end

--- Run it into a pipe that nobody reads.
---@param env table<string, string>
---@param before string  shell commands before it: "trap '' PIPE;"
---@param ... string
---@return integer code
---@return string err
function command.into_closed_pipe(env, before, ...)
  local base = os.tmpname()
  local line = "mkfifo BASE.gate; { read _ <BASE.gate; %s %s 2>BASE.err </dev/null; "
    .. "echo $? >BASE; } | { exec <&-; echo >BASE.gate; }"
  os.execute((line:gsub("BASE", base):format(before, words_of(env, ...))))
  local code, err = tonumber(command.read(base)), command.read(base .. ".err")
  for _, name in ipairs { "", ".err", ".gate" } do os.remove(base .. name) end
  return code, err
end

local Process = {}
Process.__index = Process

--- Start it in the background. Both outputs are in one file.
---@param env table<string, string>
---@param ... string
function command.start(env, ...)
  local base = os.tmpname()
  -- Its parent is a shell that waits for it, so that it does not become a zombie.
  local line = "{ %s >%s 2>&1 </dev/null & echo $!; exec >&-; wait $!; echo $? >%s.code; } "
    .. "2>/dev/null &"
  local pipe = io.popen(line:format(words_of(env, ...), quoted(base), quoted(base)))
  local pid = assert(tonumber(pipe:read "*l"))
  local process = setmetatable({ pid = pid, output = base, behind = 1 }, Process)
  pipe:close()
  started[#started + 1] = process
  return process
end

--- Wait until a condition is true.
---@param what string
---@param f fun(): any
---@return any
function command.until_true(what, f)
  local deadline = os.time() + 60 * command.slow
  while true do
    local value = f()
    if value then return value end
    if os.time() > deadline then error("it does not happen that " .. what, 2) end
    core.pause(0.01)
  end
end

--- Its output so far.
---@return string
function Process:said()
  return command.read(self.output)
end

--- Wait until its output matches, after the last match. Returns the match.
---@param pattern string
---@return string
function Process:wait_for(pattern)
  local first, last
  local ok = pcall(command.until_true, "", function()
    first, last = self:said():find(pattern, self.behind)
    return first or self:code()
  end)
  if ok and not first then first, last = self:said():find(pattern, self.behind) end
  if not first then error(("it does not say %q, but:\n%s"):format(pattern, self:said()), 2) end
  self.behind = last + 1
  return self:said():sub(first, last)
end

--- The exit code after its end; more than 128 for a signal.
---@return integer?
function Process:code()
  return tonumber(command.read(self.output .. ".code"))
end

--- Wait until it ends.
---@return integer code
function Process:ended()
  return command.until_true("it ends", function() return self:code() end)
end

--- Sends a signal.
---@param name string
function Process:signal(name)
  os.execute(("kill -%s %d 2>/dev/null"):format(name, self.pid))
end

--- End all that still runs, and remove the folders.
function command.tidy()
  for i = #started, 1, -1 do
    if not started[i]:code() then
      started[i]:signal "KILL"
      started[i]:ended()
    end
    os.remove(started[i].output)
    os.remove(started[i].output .. ".code")
    started[i] = nil
  end
  for i = #folders, 1, -1 do
    os.execute("rm -rf " .. quoted(folders[i]))
    folders[i] = nil
  end
end

return command
