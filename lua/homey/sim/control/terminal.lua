--- The simulator for a person at a terminal: says what to export, shows what comes and what changes, and takes commands.
local prompt = require "homey.sim.control.console"
local show = require "homey.util.format"
local visible = require("homey.util.text").visible

local terminal = {}

--- Names, values and what clients send are others' words.
local function say(line) print(visible(line, true)) end

local function shell_quoted(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

--- A device to show how one is switched: the first by name that can be.
local function example(context)
  local found
  for _, device in pairs(context.model.data.devices) do
    local name = prompt.name(context, device)
    if device.capabilitiesObj.onoff and not name:find("[^%w/]") and (not found or name > found) then found = name end
  end
  return found or "NAME"
end

local function welcome(sim, running)
  local devices = 0
  for _ in pairs(running.context.model.data.devices) do devices = devices + 1 end
  say(("%s, a simulated home with %d devices. It ends with Ctrl-C or the end of its input; try \"help\"."):format(
    running.context.model.data.homey.name, devices))
  print("\nPaste this where your script runs; then homey.login() goes through the whole chain:\n")
  for _, name in ipairs { "HOMEY_EMAIL", "HOMEY_PASSWORD", "HOMEY_CAFILE", "HOMEY_CONNECT_TO" } do
    print(("  export %s=%s"):format(name, shell_quoted(sim.env[name])))
  end
  print('  export HOMEY_STATE_DIR="$(mktemp -d)"')
  print("\nOr without the cloud:\n")
  print(("  export HOMEY_ADDRESS=%s HOMEY_TOKEN=%s"):format(sim.pat_options.address, sim.pat_options.token))
  print("\nFrom another program:\n")
  print(("  curl -d '{\"value\": true}' http://127.0.0.1:%d/sim/device/%s/capability/onoff\n"):format(
    running.control, example(running.context)))
end

local function show_request(entry)
  local url = entry.socket and "websocket: " .. entry.socket or (entry.host or "-") .. entry.path
  if #url > 90 then url = url:sub(1, 87) .. "..." end
  say(("%-6s %-90s %s%s"):format(entry.method, url, entry.fault or entry.status,
    entry.complaint and "\n       ! " .. visible(entry.complaint) or ""))
end

local function show_changes(context)
  context.model:listen(function(event, item, capability, value)
    if event == "capability" then
      say(("event  %s %s %s"):format(prompt.name(context, item), capability, show(value)))
    else
      say(("event  %s %s"):format(event, visible(tostring(item.name or item.id or ""))))
    end
  end)
end

--- Can the input be waited for? Not that from a file; that is just read.
local function waits(cqueues)
  local probe = cqueues.new()
  probe:wrap(function() cqueues.poll({ pollfd = 0, events = "r" }, 0) end)
  return (probe:step(0)) and true or false
end

--- Call f with each line of the input, without holding up anything else, until it says that this was the last.
local function each_line(f)
  local cqueues = require "cqueues"
  local must_wait, line = waits(cqueues), ""
  io.stdin:setvbuf("no") -- so that nothing lies where no waiting finds it
  while true do
    if must_wait then cqueues.poll { pollfd = 0, events = "r" } end
    local byte = io.stdin:read(1)
    if byte and byte ~= "\n" then
      line = line .. byte
    else
      if f(line) or not byte then return end
      line = ""
    end
  end
end

--- Until Ctrl-C, SIGTERM, "quit" or, unless it serves on, the end of the input.
local function until_the_end(running, serve)
  local over = require("cqueues.condition").new()
  local signal = require "cqueues.signal"
  signal.block(signal.SIGINT, signal.SIGTERM)
  local listener = signal.listen(signal.SIGINT, signal.SIGTERM)
  running.queue:wrap(function()
    listener:wait()
    over:signal()
  end)
  running.queue:wrap(function()
    local quit
    each_line(function(line)
      local _
      _, quit = prompt.obey(running.context, running.served, line, say)
      return quit
    end)
    if quit or not serve then over:signal() end
  end)
  return function()
    over:wait()
    signal.unblock(signal.SIGINT, signal.SIGTERM)
  end
end

--- Serve until a person has had enough.
---@param sim homey.Sim             what a login needs
---@param running homey.sim.Running
---@param serve? boolean            the end of the input is not the end
function terminal.run(sim, running, serve)
  io.stdout:setvbuf "line"
  welcome(sim, running)
  running.context.watch = show_request
  show_changes(running.context)
  require("homey.sim.control.child").run(running, until_the_end(running, serve))
end

return terminal
