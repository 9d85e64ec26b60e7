--- Terminal of `homey sim`: prints what to export, requests and changes; reads console commands.
local console = require "homey.sim.control.console"
local process = require "homey.sim.control.process"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local visible = require("homey.util.text").visible

local terminal = {}

-- Names, values and requests come from others: control characters are escaped.
local function say(line) print(visible(line, true)) end

-- A folder for the logins and the journal of scripts, which only this user can read. The page reads
-- the journal there.
local function private_folder()
  local path = os.tmpname()
  os.remove(path)
  local made = os.execute("mkdir -m 700 " .. process.quoted(path))
  if made ~= true and made ~= 0 then invalid("cannot make the folder %s for scripts.", path) end
  return path
end

local function remove(folder) os.execute("rm -rf " .. process.quoted(folder)) end

-- A device for the example: the first by name that can be switched.
local function example(context)
  local found
  for _, device in pairs(context.model.data.devices) do
    local name = console.name(context, device)
    local fits = device.capabilitiesObj.onoff and not name:find("[^%w/]")
    if fits and (not found or name > found) then found = name end
  end
  return found or "NAME"
end

local function welcome(sim, running, page, folder)
  local devices = 0
  for _ in pairs(running.context.model.data.devices) do devices = devices + 1 end
  print(("Open %s to see the home.\n"):format(page:url()))
  local title = "%s, a simulated home with %d devices. Ctrl-C stops it, \"help\" lists commands."
  say(title:format(running.context.model.data.homey.name, devices))
  print("\nPaste this where your script runs; then homey.login() uses the whole token chain:\n")
  for _, name in ipairs { "HOMEY_EMAIL", "HOMEY_PASSWORD", "HOMEY_CAFILE", "HOMEY_CONNECT_TO" } do
    print(("  export %s=%s"):format(name, process.quoted(sim.env[name])))
  end
  local state = ("  export HOMEY_STATE_DIR=%s"):format(process.quoted(folder))
  print(state)
  print("\nOr without the cloud:\n")
  print(("  export HOMEY_ADDRESS=%s HOMEY_TOKEN=%s"):format(sim.pat_options.address,
    sim.pat_options.token))
  print(state)
  print("\nFrom another program:\n")
  local url = ("http://127.0.0.1:%d/sim/device/%s/capability/onoff"):format(running.control,
    example(running.context))
  print(("  curl -d '{\"value\": true}' %s\n"):format(url))
end

local function print_request(entry)
  local url = entry.socket and "websocket: " .. entry.socket or (entry.host or "-") .. entry.path
  if #url > 90 then url = url:sub(1, 87) .. "..." end
  say(("%-6s %-90s %s%s"):format(entry.method, url, entry.fault or entry.status,
    entry.complaint and "\n       ! " .. visible(entry.complaint) or ""))
end

local function print_changes(context)
  context.model:listen(function(event, item, capability, value)
    if event == "capability" then
      say(("event  %s %s %s"):format(console.name(context, item), capability, format(value)))
    else
      say(("event  %s %s"):format(event, visible(tostring(item.name or item.id or ""))))
    end
  end)
end

-- Whether the input can be polled. A file cannot: it is read at once.
local function can_poll(cqueues)
  local probe = cqueues.new()
  probe:wrap(function() cqueues.poll({ pollfd = 0, events = "r" }, 0) end)
  return (probe:step(0)) and true or false
end

-- Calls f with each line of the input without blocking others, until f returns true.
local function each_line(f)
  local cqueues = require "cqueues"
  local poll, line = can_poll(cqueues), ""
  io.stdin:setvbuf("no") -- since poll does not see bytes in a buffer
  while true do
    if poll then cqueues.poll { pollfd = 0, events = "r" } end
    local byte = io.stdin:read(1)
    if byte and byte ~= "\n" then
      line = line .. byte
    else
      if f(line) or not byte then return end
      line = ""
    end
  end
end

-- Returns a function that waits for Ctrl-C, SIGTERM, "quit" or, without `serve`, the end of the
-- input.
local function wait_for_end(running, serve)
  local ended = require("cqueues.condition").new()
  local signal = require "cqueues.signal"
  signal.block(signal.SIGINT, signal.SIGTERM)
  local listener = signal.listen(signal.SIGINT, signal.SIGTERM)
  running.queue:wrap(function()
    listener:wait()
    ended:signal()
  end)
  running.queue:wrap(function()
    local quit
    each_line(function(line)
      local _
      _, quit = console.run(running.context, running.server, line, say)
      return quit
    end)
    if quit or not serve then ended:signal() end
  end)
  return function()
    ended:wait()
    signal.unblock(signal.SIGINT, signal.SIGTERM)
  end
end

--- Serve at a terminal until it is stopped.
---@param sim homey.Sim             with the options of a login
---@param running homey.sim.Running
---@param options {serve?: boolean, page?: integer}  continue after the end of the input; the port
---       of the page
function terminal.run(sim, running, options)
  io.stdout:setvbuf "line"
  local folder = private_folder()
  local ok, page = pcall(require("homey.sim.page.start").of, running, options.page, folder)
  if not ok then
    remove(folder)
    os.remove(running.cafile)
    error(page, 0)
  end
  welcome(sim, running, page, folder)
  running.context:on_request(print_request)
  print_changes(running.context)
  require("homey.sim.control.child").run(running, wait_for_end(running, options.serve))
  remove(folder)
end

return terminal
