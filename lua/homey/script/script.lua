-- Script: a file of the user, run inside another program as a task of its own scope. Stopping a
-- script ends every trigger, timer and task that it has made, and nothing else.
--
-- In a script homey.run() waits until homey.stop(), which ends this script alone; so do os.exit and
-- closing the home, which the scripts share.

local Scope = require "homey.task.scope"
local environment = require "homey.script.environment"
local facade = require "homey.script.facade"
local fiber = require "homey.task.fiber"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local new_error = require "homey.error"
local text = require "homey.util.text"

local login = lazy "homey.login.login"
local login_options = lazy "homey.login.options"

---@class homey.Script
---@field path string          the path of the file
---@field name string          the name of the file, without folder and extension
---@field package folder string         where its modules are; ends with "/"
---@field package scope homey.Scope
---@field package env table            its globals
---@field package homey homey          its facade
---@field package files string[]       its file and the modules next to it that it required
---@field package args table<string, any>
---@field package opened? fun(path: string)
---@field package task? homey.Task     its main chunk, once started
---@field package waiting? homey.Answer  what homey.run waits for
---@field package ended? boolean       homey.stop was called
local Script = { __name = "homey.Script" }
Script.__index = Script

---@class homey.ScriptOptions
---@field home? homey.Home        the default home
---@field login? fun(...): homey.Home  replaces homey.login; nil: it returns the default home
---@field scheduler? homey.Scheduler  drives the script; nil: that of the home
---@field log? fun(level: string, text: string)  takes its log, and what its handlers raise
---@field os? table<string, function>  in place of functions of the library os
---@field io? table<string, function>  the same for io
---@field args? table<string, any>  its arguments, for homey.args and in `...`
---@field opened? fun(path: string)  called before a module beside the script is read

-- ---- ending -------------------------------------------------------------------------------------

-- os.exit ends the script here and now; the program and the other scripts continue.
local function exit(self, code)
  local is_success = code == nil or code == true or code == 0
  local argument = is_success and "" or ("(%s)"):format(tostring(code))
  self.scope:log(is_success and "info" or "error",
    ("stopped: the script called os.exit%s."):format(argument))
  self:stop()
  local _, task = fiber.current()
  error(task and task.reason or new_error("cancelled", "this script has called os.exit."), 0)
end

-- homey.run: the main chunk sleeps until homey.stop, or until the script is stopped.
local function run(self, scheduler)
  if self.ended then return end
  self.waiting = scheduler:promise()
  scheduler:collect(self.waiting)
end

-- homey.stop: a main chunk that still runs stops the script at its end.
local function end_script(self, scheduler)
  self.ended = true
  if self.waiting then return scheduler:resolve(self.waiting, true) end
  if self.task and self.task:finished() then self:stop() end
end

-- ---- the shared home ----------------------------------------------------------------------------

local function borrow(self, home)
  self.scope.borrowed = home
  self.scope.leave = function()
    self.scope:log("info", "stopped: the script closed its home.")
    end_script(self, home.scheduler)
  end
  return home
end

local function warn_of_unused(self, home, given)
  for _, name in ipairs { "timezone", "latitude", "longitude" } do
    if given[name] ~= nil and given[name] ~= home[name] then
      local advice = name == "timezone"
        and " HOMEY_TIMEZONE in the environment sets it for all scripts." or ""
      self.scope:log("warning",
        ("the option `%s` of homey.login is ignored, as the scripts share one home.%s")
          :format(name, advice))
    end
  end
end

-- homey.login in a script: the home that is logged in already, if that is what the script asks for.
local function share(self, home, ...)
  local given = login.arguments(...)
  if given == nil or not home then return home end
  login_options.read(given)
  if given.dry_run and not home.dry_run then
    invalid(
      "a script that shares its home cannot be a dry run of its own. Start `homey run --dry-run`, "
        .. "or set HOMEY_DRY_RUN=1.")
  end
  if given.hub and given.hub ~= home.id
    and text.fold(given.hub) ~= text.fold(tostring(home.name)) then
    invalid(
      "this script wants the hub %s, but the scripts share the hub %s. Run it by itself, with "
        .. "HOMEY_HUB set to its hub.",
      format(given.hub), format(home.name))
  end
  warn_of_unused(self, home, given)
  return home
end

local function facade_of(self, options)
  return facade.new {
    home = borrow(self, options.home), scheduler = options.scheduler, args = self.args,
    name = self.path:match "[^/]+$",
    log = function(...) self.scope:log(...) end,
    login = function(_, ...)
      if options.login then return borrow(self, options.login(...)) end
      return borrow(self, share(self, options.home, ...))
    end,
    run = function(scheduler) run(self, scheduler) end,
    stop = function(scheduler) end_script(self, scheduler) end,
  }
end

-- ---- the script ---------------------------------------------------------------------------------

--- Read a file; nothing of it runs yet.
---@param path string
---@param options homey.ScriptOptions
---@return homey.Script? script
---@return string? problem  why it cannot be read or does not compile
function Script.load(path, options)
  local self = setmetatable({
    path = path, folder = path:match("^(.*/)") or "",
    name = path:match("([^/]+)$"):gsub("%.lua$", ""), files = { path },
    opened = options.opened, args = options.args or {},
  }, Script)
  local scheduler = options.scheduler or options.home and options.home.scheduler
  self.scope = Scope.new { name = self.name, log = options.log, scheduler = scheduler }
  self.homey = facade_of(self, options)
  local os_functions = { exit = function(code) exit(self, code) end }
  for name, f in pairs(options.os or {}) do os_functions[name] = f end
  self.env = environment.new(self, os_functions, options.io)
  local problem
  self.chunk, problem = environment.load(path, self.env)
  if not self.chunk then return nil, problem end
  return self
end

function Script:__tostring()
  return "homey.Script: " .. self.path
end

--- Run its main chunk, up to its first wait. If that fails, the error is logged, and the triggers
--- that it has made stay.
---@return homey.Script self
function Script:start()
  self.task = self.scope:run(function()
    self.chunk(self.args, self.path)
    if self.ended then self:stop() end
  end)
  return self
end

--- True when its main chunk has failed.
---@return boolean
function Script:failed()
  return self.task ~= nil and self.task.status == "failed"
end

--- Stop everything that it has made.
function Script:stop()
  self.scope:close()
end

return Script
