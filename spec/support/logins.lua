--- Support for login specs: state folders, a simulator that is reset, its log, and processes.
local core = require "homey.core"
local homey = require "homey"

local logins = {
  slow = tonumber(os.getenv("HOMEY_TEST_SLOW") or "") or 1,
    -- factor by which this run is slower than usual
}

local folders, homes, processes = {}, {}, {}

local function quoted(s) return "'" .. s:gsub("'", "'\\''") .. "'" end
logins.quoted = quoted

--- Run a shell command. Raises where it fails.
---@param command string
function logins.shell(command)
  local ok, _, code = os.execute(command)
  if not (ok == true or ok == 0) then
    error(("%s: exit %s"):format(command, tostring(code or ok)), 2)
  end
end

--- An unused path; `logins.tidy` removes what is made there.
---@return string
function logins.folder()
  local path = os.tmpname()
  os.remove(path)
  folders[#folders + 1] = path
  return path
end

--- Reset the simulator to its start, except its counts.
---@param sim homey.Sim
---@param changes? table
function logins.reset(sim, changes)
  sim:clear()
  sim:set {
    mode = "302", consent = {}, rotation = true, credentials = "both", refresh = "on",
    seed_refresh = "tokens",
    delegation = "json", otp = false, api_version = 3, homeys = {}, hub = true, cloud = true,
    fatal = false,
    hub_at_address = false, plain_tokens = true, double_slash = true, strict = true,
    theft_revokes = false,
    password_grant = true, authorise = { accounts = true, oauth2 = true, api = true },
    expires_in = false,
    lifetimes = { code = 30, access = 3660, bearer = 86400, jwt = 300, refresh = false },
    email = sim.options.email, password = sim.options.password,
  }
  if changes then sim:set(changes) end
  sim:reset_log()
end

--- Options with others added; without a state folder unless one is given.
---@param options table
---@param more? table
---@return table
function logins.options(options, more)
  local all = { state_dir = false }
  for name, value in pairs(options) do all[name] = value end
  for name, value in pairs(more or {}) do all[name] = value end
  return all
end

--- A home without a login; `logins.tidy` closes it.
---@param options table
---@return homey.Home
function logins.home(options)
  local home = homey.new(options)
  homes[#homes + 1] = home
  return home
end

--- Close all homes, end all processes, and remove all folders.
function logins.tidy()
  for i = #processes, 1, -1 do
    os.execute("kill -9 " .. processes[i].pid .. " 2>/dev/null")
    os.remove(processes[i].output)
    os.remove(processes[i].output .. ".over")
    processes[i] = nil
  end
  for i = #homes, 1, -1 do
    homes[i]:close()
    homes[i] = nil
  end
  for i = #folders, 1, -1 do
    os.execute("rm -rf " .. quoted(folders[i]))
    folders[i] = nil
  end
end

logins.failure = require "spec.support.failure"

local shortest, longest = 0.15, 10 -- seconds

--- Run a check with a timeout as short as this machine allows: where it fails, it is run again with
--- twice the time.
---@param check fun(seconds: number)  starts from the beginning each time
function logins.in_time(check)
  local seconds, last = shortest * logins.slow, longest * logins.slow
  while true do
    local ok, err = pcall(check, seconds)
    if ok then return end
    if seconds > last then error(err, 0) end
    seconds = seconds * 2
  end
end

--- Wait until a condition is true. The limit only ends tests that hang.
---@param what fun(): any
---@param pause? fun(seconds: number)  homey.sleep
---@return any  its result
function logins.wait_until(what, pause)
  local give_up = os.time() + 60 * logins.slow
  while true do
    local result = what()
    if result then return result end
    if os.time() > give_up then error("waited in vain", 2) end;
    (pause or homey.sleep)(0.01)
  end
end

--- The names of the routes of all requests except pings.
---@param sim homey.Sim
---@return string[]
function logins.routes(sim)
  local list = {}
  for _, entry in ipairs(sim:log()) do
    if entry.route ~= "ping" then list[#list + 1] = entry.route or entry.path end
  end
  return list
end

--- The requests of a route.
---@param sim homey.Sim
---@param route string
---@return table[]
function logins.requests(sim, route)
  local list = {}
  for _, entry in ipairs(sim:log()) do
    if entry.route == route then list[#list + 1] = entry end
  end
  return list
end

--- The complaints.
---@param sim homey.Sim
---@return string[]
function logins.complaints(sim)
  local list = {}
  for i, complaint in ipairs(sim:complaints()) do list[i] = complaint.text end
  return list
end

--- A function that returns the increase of a count since its last call.
---@param sim homey.Sim
---@return fun(what: string): integer
function logins.counter(sim)
  local before = sim:state().counts
  return function(what) return (sim:state().counts[what] or 0) - (before[what] or 0) end
end

--- The only login in a folder: its path and its text.
---@param folder string
---@return string? path
---@return string? text
function logins.file(folder)
  local pipe = io.popen(("ls %s/login-*.json 2>/dev/null"):format(quoted(folder)))
  local path = pipe:read("*l")
  pipe:close()
  if not path then return nil end
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return path, text
end

--- Edit the stored login.
---@param folder string
---@param change fun(login: table)
function logins.edit(folder, change)
  local path, text = logins.file(folder)
  local login = assert(core.decode(text))
  change(login)
  local file = assert(io.open(path, "wb"))
  assert(file:write(core.encode(login)))
  assert(file:close())
end

-- ---- other processes ----

--- Environment of a command that ends by os.exit: memory that its Lua still holds is no leak, but a
--- sanitizer does not find it in all Luas.
logins.exits = ("ASAN_OPTIONS='%s:detect_leaks=0'"):format(os.getenv "ASAN_OPTIONS" or "")

--- Start a Lua script in a process of its own. `finish` returns its output.
---@param script string
---@param env? table<string, string>
---@param before? string  shell commands to run first, such as "umask 0"
---@return {pid: string, output: string}
function logins.start(script, env, before)
  local output = os.tmpname()
  local words = { "env" }
  for key, value in pairs(env or {}) do words[#words + 1] = quoted(key .. "=" .. value) end
  words[#words + 1] = require("homey.sim.control.process").interpreter() or "lua"
  words[#words + 1] = "-e " .. quoted(script)
  -- Its parent is a shell that waits for it, so that it does not become a zombie.
  local line = "%s\n{ %s >%s 2>&1 </dev/null & echo $!; exec >&-; wait $!; : >%s; } 2>/dev/null &"
  local pipe = io.popen(line:format(before or ":", table.concat(words, " "), quoted(output),
    quoted(output .. ".over")))
  local process = { pid = pipe:read("*l"), output = output }
  pipe:close()
  processes[#processes + 1] = process
  return process
end

local function alive(process)
  local file = io.open(process.output .. ".over", "rb")
  if file then file:close() end
  return not file
end

local function read_all(path)
  local file = io.open(path, "rb")
  local text = file and file:read("*a") or ""
  if file then file:close() end
  return text
end

--- Wait for the end of a process. Returns its output.
---@param process table
---@return string
function logins.finish(process)
  local until_then = os.time() + 90 * logins.slow
  while alive(process) do
    if os.time() > until_then then
      error("a process does not end; it said: " .. read_all(process.output), 2)
    end
    core.pause(0.005)
  end
  return read_all(process.output)
end

--- kill -9.
---@param process table
function logins.kill(process)
  os.execute("kill -9 " .. process.pid .. " 2>/dev/null")
  logins.finish(process)
end

--- A script that logs in from the environment, requests the name of the hub, and prints "ok" or the
--- kind and message of the error. `more` is added to the options.
---@param more? string
---@return string
function logins.script(more)
  return ([[
    local homey = require "homey"
    local ok, err = pcall(function()
      homey.login{%s}
      return homey.get "/api/manager/system/name"
    end)
    print(ok and "ok" or err.kind .. ": " .. err.message)
  ]]):format(more or "")
end

--- Runs that script to its end.
---@param env table
---@param more? string
---@param before? string
---@return string  the line that it prints
function logins.run(env, more, before)
  return (logins.finish(logins.start(logins.script(more), env, before)):gsub("\n$", ""))
end

return logins
