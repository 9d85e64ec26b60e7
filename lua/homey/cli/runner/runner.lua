-- What runs scripts for years: one loop over the home, the signals and the folders of the scripts. It is a host of the
-- scheduler like any other, and needs nothing of it but its descriptor, its timeout and its step.

local Logins = require "homey.cli.runner.stored_logins"
local Outage = require "homey.cli.runner.connection_log"
local Scope = require "homey.task.scope"
local Scripts = require "homey.cli.runner.scripts"
local Watcher = require "homey.cli.runner.folder_watcher"
local new_error = require "homey.error"
local raised = require "homey.util.error_text"
local system = require "homey.system"
local systemd = require "homey.cli.runner.systemd"
local log_throttle = require "homey.util.log_throttle"
local try = require "homey.task.try"
local text = require "homey.util.text"
local watchdog = require "homey.task.watchdog"

-- Errors that end the program: a person must change its options.
local hopeless = { unauthorized = true, ambiguous = true, invalid = true, forbidden = true }
-- Errors after which a new login is waited for, which `homey login` stores.
local dead = { credentials = true, expired = true }
local longest = 60 -- seconds between two tries to log in
local patience = { first = 900, most = 7200 } -- seconds until a login that was refused is tried again

---@class homey.cli.Runner
---@field home homey.Home
---@field scheduler homey.Scheduler
---@field scripts homey.cli.Scripts
---@field watcher homey.cli.Watcher
---@field outage homey.cli.Outage
---@field signals homey.system.Signals
---@field say fun(level: string, text: string, file: string?)
---@field code? integer  with which to end; nil while it runs
local Runner = { __name = "homey.cli.Runner" }
Runner.__index = Runner

local function give_up(self, err)
  self.say("error", (raised(err)))
  self.code = self.code or 1
end

-- A store that fails is no mistake of the options: its disk may have room again.
local function is_hopeless(err)
  return hopeless[err.kind] ~= nil and err.step ~= "store"
end

-- A login that `homey login` can replace; the refusal of a key that the environment names it cannot.
local function is_dead(err)
  local key = os.getenv "HOMEY_TOKEN"
  return dead[err.kind] or err.kind == "unauthorized" and (not key or key == "")
end

local function sentence(err)
  return text.sentence((raised(err)))
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
  self.tidying = self.scheduler:later(2, function()
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

local await_login, log_in

-- A login that is dead is dead for all of them: a script may get anything else by itself.
local function on_failure(self, err)
  if type(err) == "table" and err.kind == "expired" then await_login(self, err) end
end

--- A runner of these files and folders.
---@param given string[]
---@param options {home: homey.Home, say: function, reopen: fun()}  reopen: look for a stored login as if just started
---@return homey.cli.Runner
function Runner.new(given, options)
  local home = options.home
  local self = setmetatable({
    home = home, scheduler = home.scheduler, say = options.say, reopen = options.reopen, online = false, patience = patience.first,
  }, Runner)
  self.scripts = Scripts.new(given, {
    home = home, say = options.say,
    failed = function(err) on_failure(self, err) end,
    opened = function() self.unfollowed = true end,
  })
  self.watcher = Watcher.new(home.scheduler, function() look(self) end)
  self.outage = Outage.new(home.scheduler, options.say)
  self.logins = home.state_dir and Logins.new(home.state_dir)
  self.scope = Scope.new { name = "homey", scheduler = home.scheduler, log = options.say }
  return self
end

-- ---- the login ----------------------------------------------------------------------------------------------

-- The hub answers, and accepts us; an API key need not have the right to know its name.
local function reach(home)
  home:login()
  local name, err = try(home.get, home, "/api/manager/system/name")
  if not name and err and err.kind ~= "forbidden" then error(err, 0) end
  return type(name) == "string" and text.visible(name) or home.address or "the hub"
end

-- Nothing to run is no mistake, files may be added; but nobody should have to guess.
local function doubt(self)
  if next(self.scripts.entries) then return end
  self.say("warning", ("there is no automation in %s yet: a *.lua file that is added starts by itself."):format(
    table.concat(self.scripts.given, ", ")))
end

local function on_line(self, name)
  self.online, self.advised, self.patience = true, nil, patience.first
  if self.logins then self.logins:worked() end
  self.say("info", ("logged in to %s"):format(name))
  self.home:resume()
  self.scripts:logged_in()
  look(self)
  doubt(self)
  systemd.say("READY=1\nSTATUS=" .. ("%d automations run"):format(self.scripts:count()))
end

-- Only a person can mend a login that is dead. What is looked at, without any network, is whether another login was stored. What
-- was refused is tried again now and then, in case that was a mistake of the cloud or of a hub that was starting; but seldom,
-- since who keeps knocking is locked out.
function await_login(self, err)
  if self.awaiting then return end
  if not self.logins then return give_up(self, err) end
  self.awaiting = true
  local advice = sentence(err) .. " Log in with `homey login`: this program goes on by itself then."
  if advice ~= self.advised then self.say("error", advice) end
  self.advised = advice
  systemd.say("STATUS=" .. advice)
  self.scope:run(function()
    self.logins:wait(self.scheduler, self.patience)
    self.patience = math.min(self.patience * 2, patience.most)
    self.awaiting = false
    if not self.online then self.reopen() end
    log_in(self)
  end)
end

function log_in(self)
  local pause = 1
  while true do
    local name, err = try(reach, self.home)
    if name then return on_line(self, name) end
    if type(err) ~= "table" then error(err, 0) end
    if is_dead(err) then return await_login(self, err) end
    if is_hopeless(err) then return give_up(self, err) end
    local problem = sentence(err)
    log_throttle.say(self.scheduler, "login", "warning", ("%s Next try in %d s."):format(problem, pause), self.say, 3)
    systemd.say("STATUS=" .. problem)
    self.scheduler:sleep(pause)
    pause = math.min(pause * 2, longest)
  end
end

-- Once somebody listens to the hub, the connection tells how it is, and when the login has died.
local function mind_connection(self)
  local live = self.home.cache
  if not live or live == self.minded then return end
  self.minded = live
  live.subscriptions:on_state(function(told)
    self.outage:hear(told)
    if told.state ~= "failed" then return end
    local err = new_error(told.kind, told.message, { status = told.status })
    if is_dead(err) then await_login(self, err) else give_up(self, err) end
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
  self.scheduler:later(interval, function() feed_watchdog(self) end)
end

-- A mistake in a turn must not end what runs for years.
local function guarded(self, f)
  local ok, err = xpcall(f, function(err)
    return type(err) == "table" and err or debug.traceback(raised(err), 2)
  end)
  if ok then return end
  if not log_throttle.is_expected(err) then return self.say("error", (raised(err))) end
  log_throttle.say(self.scheduler, "turn", "error", (raised(err)), self.say)
end

local function turn(self, descriptors)
  system.poll(descriptors, self.scheduler.core_loop:timeout())
  guarded(self, function()
    self.scheduler:step()
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
  log_throttle.flush(self.scheduler)
  self.outage:close()
  self.watcher:close()
  self.signals:close()
end

--- Run until a signal ends it, or a refusal that no waiting and no new login mends.
---@return integer code
function Runner:run()
  local signals, problem = system.signals { "INT", "TERM", "HUP", "PIPE" }
  if not signals then error(problem, 0) end
  self.signals = signals
  local descriptors = { self.scheduler.core_loop:fd(), signals:fd(), self.watcher:fd() }
  self.home:stay()
  -- a file that was saved, or a signal, is not to wait until a script has computed enough
  watchdog.pressing = function() return system.poll({ signals:fd(), self.watcher:fd() }, 0) > 0 end
  self.scope:run(log_in, self)
  feed_watchdog(self)
  while not self.code do turn(self, descriptors) end
  watchdog.pressing = nil
  close(self)
  return self.code
end

return Runner
