-- Start of `homey sim --virtual`: creates the home and its scripts, and prints their log.

local Session = require "homey.cli.virtual.session"
local invalid = require "homey.util.invalid"
local sim = require "homey.sim"
local visible = require("homey.util.text").visible

local function say(line) print(visible(line, true)) end

local function count(list)
  local n = 0
  for _ in pairs(list) do n = n + 1 end
  return n
end

local function welcome(session)
  local home = session.home
  say(("Open %s to see the home.\n"):format(session.page:url()))
  local speed = session.clock.speed
  say(("%s, a simulated home with %d devices in virtual time: %s%s."):format(
    home.model.data.homey.name, count(home.model.data.devices), home:date(),
    speed ~= 1 and (", %d times as fast"):format(speed) or ""))
  print("The page changes the speed. A script that is saved is reloaded. Ctrl-C ends it.\n")
end

--- Run scripts in virtual time until Ctrl-C.
--- Raises: invalid.
---@param given homey.cli.Given[]
---@param options {home: string?, devices: integer?, seed: integer?, time: string|number?, speed:
---       number?, page: integer?, api_version: integer?}
return function(given, options)
  if #given == 0 then invalid("homey sim --virtual needs a file or a folder of automations.") end
  local home = sim.home(options.home, {
    time = options.time or os.time(), quiet = true, devices = options.devices,
    seed = options.seed ~= 0 and options.seed or nil, api_version = options.api_version,
  })
  local session = Session.new(given, home, {
    port = options.page, speed = options.speed or 1, say = say,
  })
  local missing = session.scripts:missing()
  if missing then invalid("there is no file or folder '%s'.", missing) end
  io.stdout:setvbuf "line"
  welcome(session)
  session:run()
end
