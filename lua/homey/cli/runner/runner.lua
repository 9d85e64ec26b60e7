-- Runner of `homey run`: one loop over the home, the signals and the folders of the scripts. It
-- hosts the scheduler by its descriptor, its timeout and its step, as any other event loop does.

local ConnectionLog = require "homey.cli.runner.connection_log"
local FolderWatcher = require "homey.cli.runner.folder_watcher"
local IndexKeeper = require "homey.cli.runner.index_keeper"
local Scope = require "homey.task.scope"
local Scripts = require "homey.cli.runner.scripts"
local StoredLogins = require "homey.cli.runner.stored_logins"
local error_text = require "homey.util.error_text"
local exit_codes = require "homey.cli.exit_codes"
local lazy = require "homey.util.lazy"
local log_throttle = require "homey.task.log_throttle"
local new_error = require "homey.error"
local script_facts = require "homey.cli.runner.script_facts"
local system = require "homey.system"
local systemd = require "homey.cli.runner.systemd"
local text = require "homey.util.text"
local try = require "homey.task.try"
local watchdog = require "homey.task.watchdog"

local start_server = lazy "homey.cli.http.start"

-- Errors that end the program: a person must change its options.
local permanent = { unauthorized = true, ambiguous = true, invalid = true, forbidden = true }
-- Errors after which the program waits for a new login.
local login_errors = { credentials = true, expired = true }
local longest = 60 -- seconds between two attempts to connect
local login_retry = { first = 900, most = 7200 } -- seconds until a refused login is retried

---@class homey.cli.Runner
---@field home homey.Home
---@field scheduler homey.Scheduler
---@field scripts homey.cli.Scripts
---@field watcher homey.cli.FolderWatcher
---@field connection_log homey.cli.ConnectionLog
---@field index_keeper homey.cli.IndexKeeper
---@field signals homey.system.Signals
---@field log fun(level: string, text: string, file: string?)
---@field code? integer  exit code; nil while it runs
local Runner = { __name = "homey.cli.Runner" }
Runner.__index = Runner

local function exit_with(self, err)
  self.log("error", (error_text(err)))
  self.code = self.code or exit_codes.of(err)
end

-- A failing store is not permanent: its disk may have room again.
local function is_permanent(err)
  return permanent[err.kind] ~= nil and err.step ~= "store"
end

-- Can a new `homey login` help? Not where the environment names a key that was refused.
local function needs_login(err)
  local key = os.getenv "HOMEY_TOKEN"
  return login_errors[err.kind] or err.kind == "unauthorized" and (not key or key == "")
end

local function error_sentence(err)
  return text.sentence((error_text(err)))
end

-- ---- scripts ------------------------------------------------------------------------------------

local function update_watcher(self)
  local folders, names = self.scripts:folders()
  self.watcher.names = names
  local more, problem = self.watcher:follow(folders)
  if problem and not self.warned then
    self.warned = true
    self.log("warning",
      ("Files are checked every two seconds: the system reports no changes (%s)."):format(problem))
  end
  return more
end

-- Returns to the system the memory that only the start has used.
local function trim_memory(self)
  if self.trimming then return end
  self.trimming = self.scheduler:later(2, function()
    self.trimming = nil
    collectgarbage()
    collectgarbage()
    system.trim()
  end)
end

-- A new folder was not watched yet while its files were read: they are checked once more.
local function update_scripts(self, all)
  if not self.online then return end
  self.scripts:update(all)
  if update_watcher(self) then self.watcher:trigger() end
  trim_memory(self)
end

local await_login, log_in

-- An expired login concerns all scripts; other errors only the one that raised them.
local function on_failure(self, err)
  if type(err) == "table" and err.kind == "expired" then await_login(self, err) end
end

--- A runner of these files and folders.
---@param given homey.cli.Given[]
---@param options {home: homey.Home, log: function, reopen: fun(), http: table?}  reopen: reads the
---   stored login anew; http: at, the address to listen on, see cli/http/address.lua, and
---   may_write and follow_log, see cli/http/page.lua
---@return homey.cli.Runner
function Runner.new(given, options)
  local home = options.home
  local self = setmetatable({
    home = home, scheduler = home.scheduler, log = options.log, reopen = options.reopen,
    http = options.http, online = false, retry_pause = login_retry.first,
  }, Runner)
  self.scripts = Scripts.new(given, {
    home = home, log = options.log,
    failed = function(err) on_failure(self, err) end,
    opened = function() self.has_new_files = true end,
    changed = function() if self.on_change then self.on_change() end end,
  })
  self.watcher = FolderWatcher.new(home.scheduler, function() update_scripts(self) end)
  self.connection_log = ConnectionLog.new(home.scheduler, options.log)
  self.logins = home.state_dir and StoredLogins.new(home.state_dir)
  self.scope = Scope.new { name = "homey", scheduler = home.scheduler, log = options.log }
  self.index_keeper = IndexKeeper.new(home, self.scope)
  return self
end

-- ---- the login ----------------------------------------------------------------------------------

-- Asks the hub for its name, which shows that it answers and accepts the login. An API key may lack
-- the right to read the name.
local function connect(home)
  home:login()
  local name, err = try(home.get, home, "/api/manager/system/name")
  if not name and err and err.kind ~= "forbidden" then error(err, 0) end
  return type(name) == "string" and text.visible(name) or home.address or "the hub"
end

-- Nothing to run is not an error: files may be added later.
local function warn_if_empty(self)
  if next(self.scripts.entries) then return end
  self.log("warning",
    ("there is no automation in %s yet. A *.lua file that is added there is started.")
      :format(self.scripts:names()))
end

local function on_login(self, name)
  self.hub_name = name
  self.online, self.advised, self.retry_pause = true, nil, login_retry.first
  if self.logins then self.logins:note_success() end
  self.log("info", ("logged in to %s."):format(name))
  self.home:resume()
  self.scripts:logged_in()
  update_scripts(self)
  warn_if_empty(self)
  systemd.notify("READY=1\nSTATUS=" .. ("%d automations running"):format(self.scripts:count()))
end

-- Only a person can replace an expired login. Until then the files of the stored logins are
-- watched, without using the network. The old login is retried from time to time, in case the
-- refusal was a mistake of the cloud or of a hub that was starting; rarely, since hubs lock out
-- whoever asks often.
function await_login(self, err)
  if self.awaiting_login then return end
  if not self.logins then return exit_with(self, err) end
  self.awaiting_login = true
  local advice = error_sentence(err)
    .. " Log in with `homey login`. This program then continues by itself."
  if advice ~= self.advised then self.log("error", advice) end
  self.advised = advice
  systemd.notify("STATUS=" .. advice)
  self.scope:run(function()
    self.logins:wait(self.scheduler, self.retry_pause)
    self.retry_pause = math.min(self.retry_pause * 2, login_retry.most)
    self.awaiting_login = false
    if not self.online then self.reopen() end
    log_in(self)
  end)
end

function log_in(self)
  local pause = 1
  while true do
    local name, err = try(connect, self.home)
    if name then return on_login(self, name) end
    if type(err) ~= "table" then error(err, 0) end
    if needs_login(err) then return await_login(self, err) end
    if is_permanent(err) then return exit_with(self, err) end
    local problem = error_sentence(err)
    log_throttle.say(self.scheduler, "login", "warning",
      ("%s Next attempt in %d s."):format(problem, pause), self.log, 3)
    systemd.notify("STATUS=" .. problem)
    self.scheduler:sleep(pause)
    pause = math.min(pause * 2, longest)
  end
end

-- Follows the state of the connection, which exists once something listens to the hub.
local function follow_connection(self)
  local live = self.home.cache
  if not live or live == self.followed then return end
  self.followed = live
  self.index_keeper:follow(live)
  live.subscriptions:on_state(function(state)
    self.connection_log:on_state(state)
    if state.state ~= "failed" then return end
    local err = new_error(state.kind, state.message, { status = state.status })
    if needs_login(err) then await_login(self, err) else exit_with(self, err) end
  end)
end

-- ---- the loop -----------------------------------------------------------------------------------

local on_signal = {}

function on_signal.INT(self)
  self.log("info", "Stopping. Press Ctrl-C again to quit immediately.")
  self.code = self.code or 0
end

function on_signal.TERM(self)
  self.log("info", "Stopping on SIGTERM.")
  self.code = self.code or 0
end

function on_signal.HUP(self)
  self.log("info", "Reloading all files.")
  systemd.notify "STATUS=Reloading all files"
  update_scripts(self, true)
end

function on_signal.PIPE() end -- the reader of the log is gone; the automations keep running

local function read_signals(self)
  for name in self.signals.next, self.signals do on_signal[name](self) end
end

local function notify_watchdog(self)
  local interval = systemd.interval()
  if not interval then return end
  systemd.notify "WATCHDOG=1"
  self.scheduler:later(interval, function() notify_watchdog(self) end)
end

-- Logs an error in place of ending the program.
local function protected(self, f)
  local ok, err = xpcall(f, function(err)
    return type(err) == "table" and err or debug.traceback(error_text(err), 2)
  end)
  if ok then return end
  if not log_throttle.is_expected(err) then return self.log("error", (error_text(err))) end
  log_throttle.say(self.scheduler, "loop", "error", (error_text(err)), self.log)
end

-- Seconds until something is due.
local function timeout_of(self)
  local own = self.scheduler.core_loop:timeout()
  local of_server = self.server and self.server.queue:timeout()
  return own and of_server and math.min(own, of_server) or own or of_server
end

local function run_once(self, descriptors)
  system.poll(descriptors, timeout_of(self))
  protected(self, function()
    local err = self.server and self.server:step()
    if err then error(err, 0) end
    self.scheduler:step()
    read_signals(self)
    self.watcher:read()
    follow_connection(self)
    if self.has_new_files then
      self.has_new_files = false
      update_watcher(self)
    end
  end)
end

local function close(self)
  if self.server then self.server.close() end
  systemd.notify "STOPPING=1"
  protected(self, function() self.scripts:stop() end)
  self.index_keeper:close()
  protected(self, function() self.home:close() end)
  self.scope:close()
  log_throttle.flush(self.scheduler)
  self.connection_log:close()
  self.watcher:close()
  self.signals:close()
end

-- What the page of `homey run --http` shows.
local function page_context(self)
  return {
    home = self.home, scope = self.scope, may_write = self.http.may_write,
    follow_log = self.http.follow_log,
    name = function() return self.hub_name end,
    is_online = function() return self.online and not self.awaiting_login end,
    scripts = function() return script_facts.all(self.scripts) end,
    changed = function(f) self.on_change = f end,
  }
end

--- Run until a signal, or until an error that neither waiting nor a new login can end.
---@return integer code
function Runner:run()
  self.server = self.http and start_server(page_context(self), self.http.at, self.log)
  local signals, problem = system.signals { "INT", "TERM", "HUP", "PIPE" }
  if not signals then error(problem, 0) end
  self.signals = signals
  local descriptors = { self.scheduler.core_loop:fd(), signals:fd(), self.watcher:fd() }
  self.home:stay()
  if self.server then descriptors[#descriptors + 1] = self.server.queue:pollfd() end
  -- a signal or a saved file interrupts a script that computes
  watchdog.is_urgent = function() return system.poll({ signals:fd(), self.watcher:fd() }, 0) > 0 end
  self.scope:run(log_in, self)
  notify_watchdog(self)
  while not self.code do run_once(self, descriptors) end
  watchdog.is_urgent = nil
  close(self)
  return self.code
end

return Runner
