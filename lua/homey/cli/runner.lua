-- What runs scripts for years: one loop over the home, the signals and the folders of the scripts. It is a host of the
-- reactor like any other, and needs nothing of it but its descriptor, its timeout and its step.

local Outage = require "homey.cli.outage"
local Scope = require "homey.scope"
local Scripts = require "homey.cli.scripts"
local Watcher = require "homey.cli.watcher"
local system = require "homey.system"
local systemd = require "homey.cli.systemd"
local try = require "homey.try"

-- What no waiting mends: a person must log in again, or say something else.
local hopeless = {
  credentials = "homey login", expired = "homey login", unauthorized = true, ambiguous = true, invalid = true, forbidden = true,
}
local longest = 60 -- seconds between two tries to log in

---@class homey.cli.Runner
---@field home homey.Home
---@field reactor homey.Reactor
---@field scripts homey.cli.Scripts
---@field watcher homey.cli.Watcher
---@field outage homey.cli.Outage
---@field signals homey.system.Signals
---@field say fun(level: string, text: string, file: string?)
---@field code? integer  with which to end; nil while it runs
local Runner = { __name = "homey.cli.Runner" }
Runner.__index = Runner

local function give_up(self, err)
  local advice = hopeless[err.kind] == "homey login" and " ('homey login' does that.)" or ""
  self.say("error", tostring(err) .. advice)
  self.code = self.code or 1
end

local function is_hopeless(err)
  return type(err) == "table" and hopeless[err.kind] ~= nil
end

-- ---- scripts ----------------------------------------------------------------------------------------------

local function follow(self)
  local folders, names = self.scripts:folders()
  self.watcher.names = names
  local more, problem = self.watcher:follow(folders)
  if problem and not self.warned then
    self.warned = true
    self.say("warning", "files are looked at every two seconds, as the system does not tell of changes: " .. problem)
  end
  return more
end

-- What reading files, lists and certificates has left behind is not kept for the years to come.
local function tidy(self)
  if self.tidying then return end
  self.tidying = self.reactor:later(2, function()
    self.tidying = nil
    collectgarbage()
    collectgarbage()
    system.trim()
  end)
end

-- A folder that is new was not watched yet while it was being looked at.
local function look(self, all)
  if not self.online then return end
  self.scripts:look(all)
  if follow(self) then self.watcher:stir() end
  tidy(self)
end

-- Only a login that is dead is a reason to end: a script may get anything else by itself.
local function on_failure(self, err)
  if type(err) == "table" and err.kind == "expired" then give_up(self, err) end
end

--- A runner of these files and folders.
---@param given string[]
---@param options {home: homey.Home, say: function}
---@return homey.cli.Runner
function Runner.new(given, options)
  local home = options.home
  local self = setmetatable({ home = home, reactor = home.reactor, say = options.say, online = false }, Runner)
  self.scripts = Scripts.new(given, {
    home = home, say = options.say,
    failed = function(err) on_failure(self, err) end,
    opened = function() self.unfollowed = true end,
  })
  self.watcher = Watcher.new(home.reactor, function() look(self) end)
  self.outage = Outage.new(home.reactor, options.say)
  self.scope = Scope.new { name = "homey", reactor = home.reactor, log = options.say }
  return self
end

-- ---- the login ----------------------------------------------------------------------------------------------

-- The hub answers, and accepts us; an API key need not have the right to know its name.
local function reach(home)
  home:login()
  local name, err = try(home.get, home, "/api/manager/system/name")
  if not name and err and err.kind ~= "forbidden" then error(err, 0) end
  return type(name) == "string" and name or home.address or "the hub"
end

-- Nothing to run is no mistake, files may be added; but nobody should have to guess.
local function doubt(self)
  if next(self.scripts.entries) then return end
  self.say("warning", ("there is no automation in %s yet: a *.lua file that is added starts by itself."):format(
    table.concat(self.scripts.given, ", ")))
end

local function on_line(self, name)
  self.online = true
  self.say("info", ("logged in to %s"):format(name))
  self.home:resume()
  look(self)
  doubt(self)
  systemd.say("READY=1\nSTATUS=" .. ("%d automations run"):format(self.scripts:count()))
end

local function log_in(self)
  local pause = 1
  while true do
    local name, err = try(reach, self.home)
    if name then return on_line(self, name) end
    if is_hopeless(err) then return give_up(self, err) end
    if type(err) ~= "table" then error(err, 0) end
    self.say("warning", ("%s Next try in %d s."):format(tostring(err), pause))
    systemd.say("STATUS=" .. tostring(err))
    self.reactor:sleep(pause)
    pause = math.min(pause * 2, longest)
  end
end

-- Once somebody listens to the hub, the connection tells how it is, and when the login has died.
local function mind_connection(self)
  local live = self.home.live
  if not live or live == self.minded then return end
  self.minded = live
  live.events:on_state(function(told)
    self.outage:hear(told)
    if told.state == "failed" then give_up(self, told) end
  end)
end

-- ---- the loop ---------------------------------------------------------------------------------------------

local on_signal = {}

function on_signal.INT(self)
  self.say("info", "ends, as Ctrl-C was pressed; once more ends it at once.")
  self.code = self.code or 0
end

function on_signal.TERM(self)
  self.say("info", "ends, as it was told to.")
  self.code = self.code or 0
end

function on_signal.HUP(self)
  self.say("info", "reloads all files.")
  systemd.say "STATUS=reloads all files"
  look(self, true)
end

function on_signal.PIPE() end -- whoever read our log is gone; the automations are not

local function read_signals(self)
  for name in self.signals.next, self.signals do on_signal[name](self) end
end

local function feed_watchdog(self)
  local interval = systemd.interval()
  if not interval then return end
  systemd.say "WATCHDOG=1"
  self.reactor:later(interval, function() feed_watchdog(self) end)
end

-- A mistake in a turn must not end what runs for years.
local function guarded(self, f)
  local ok, err = xpcall(f, function(err)
    return type(err) == "table" and err or debug.traceback(tostring(err), 2)
  end)
  if not ok then self.say("error", tostring(err)) end
end

local function turn(self, descriptors)
  system.poll(descriptors, self.reactor.seam:timeout())
  guarded(self, function()
    self.reactor:step()
    read_signals(self)
    self.watcher:read()
    mind_connection(self)
    if self.unfollowed then
      self.unfollowed = false
      follow(self)
    end
  end)
end

local function close(self)
  systemd.say "STOPPING=1"
  guarded(self, function() self.scripts:stop() end)
  guarded(self, function() self.home:close() end)
  self.scope:close()
  self.outage:close()
  self.watcher:close()
  self.signals:close()
end

--- Run until a signal, or a login that is dead, ends it.
---@return integer code
function Runner:run()
  local signals, problem = system.signals { "INT", "TERM", "HUP", "PIPE" }
  if not signals then error(problem, 0) end
  self.signals = signals
  local descriptors = { self.reactor.seam:fd(), signals:fd(), self.watcher:fd() }
  self.scope:run(log_in, self)
  feed_watchdog(self)
  while not self.code do turn(self, descriptors) end
  close(self)
  return self.code
end

return Runner
