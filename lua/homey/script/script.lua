-- A user's file, run inside another program: in an environment of its own, as a task of its own scope. Stopping it ends
-- every trigger, timer and task that it has made, and nothing else.
--
-- Inside, `require "homey"` is the script's own face, bound to a home that is logged in already; homey.run() waits until
-- homey.stop(), which ends this script alone, and so does os.exit. Modules beside the file are the script's own, too: each
-- script that requires one has its own copy.

local Scope = require "homey.task.scope"
local facade = require "homey.script.facade"
local fiber = require "homey.task.fiber"
local invalid = require "homey.util.invalid"
local is_readable = require "homey.util.is_readable"
local lazy = require "homey.util.lazy"
local new_error = require "homey.error"
local show = require "homey.util.format"
local text = require "homey.util.text"
local watchdog = require "homey.task.watchdog"

local login = lazy "homey.login.login"
local login_options = lazy "homey.login.options"

local unpack = table.unpack or unpack -- luacheck: compat

---@class homey.Script
---@field path string
---@field name string          the file's name, without folder and ending
---@field package scope homey.Scope
---@field package env table            its globals
---@field package homey homey          its face
---@field package files string[]       it and the modules beside it that it has required
---@field package task? homey.Task     its main chunk, once started
local Script = { __name = "homey.Script" }
Script.__index = Script

---@class homey.ScriptOptions
---@field home? homey.Home        the default home
---@field login? fun(...): homey.Home  what homey.login answers, given what it was given; the default home where it is left out
---@field scheduler? homey.Scheduler  that drives it; the home's
---@field log? fun(level: string, text: string)  takes what it logs, and what its handlers raise
---@field os? table<string, function>  in place of functions of the library os
---@field opened? fun(path: string)  called before a module beside the script is read

-- Call load or one of its kin for a chunk with these globals, unless it is given others: in that place of its arguments.
local load_with

if rawget(_G, "setfenv") then
  function load_with(env, loader, place, ...)
    local chunk, problem = loader(...)
    if chunk and select("#", ...) < place then setfenv(chunk, env) end -- luacheck: compat
    return chunk, problem
  end
else
  function load_with(env, loader, place, ...)
    if select("#", ...) >= place then return loader(...) end
    local given = { ... }
    given[place] = env
    return loader(unpack(given, 1, place))
  end
end

-- All that is written in a text can be stopped when it computes for too long.
local function tamed(chunk, problem)
  if chunk then watchdog.tame(chunk) end
  return chunk, problem
end

local function load_in(path, env)
  return tamed(load_with(env, loadfile, 3, path, "t"))
end

-- What a script loads has its globals, too, and so its os.exit.
local function add_loaders(env)
  local function loader(of, place)
    return of and function(...) return tamed(load_with(env, of, place, ...)) end
  end
  env.load, env.loadstring, env.loadfile = loader(load, 4), loader(rawget(_G, "loadstring"), 4), loader(loadfile, 3)
  function env.dofile(path)
    local chunk, problem = env.loadfile(path)
    if not chunk then error(problem, 0) end
    return chunk()
  end
end

-- The file of a module beside the script, if there is one.
local function beside(self, module)
  local base = self.folder .. module:gsub("%.", "/")
  for _, path in ipairs { base .. ".lua", base .. "/init.lua" } do
    if is_readable(path) then return path end
  end
end

local function load_beside(self, module, path)
  if self.opened then self.opened(path) end
  local chunk, problem = load_in(path, self.env)
  if not chunk then error(problem, 0) end
  table.insert(self.files, path)
  self.loaded[module] = true -- as for require: what a circle of modules sees of one that is still being loaded
  local value = chunk(module, path)
  if value ~= nil then self.loaded[module] = value end
  return self.loaded[module]
end

local function require_in(self, module)
  if self.loaded[module] ~= nil then return self.loaded[module] end
  local path = type(module) == "string" and not package.preload[module] and beside(self, module)
  if path then return load_beside(self, module, path) end
  return require(module)
end

-- os.exit in a script: it ends here and now, but the program goes on with the others.
local function exit(self, code)
  if code == nil or code == true or code == 0 then
    self.scope:log("info", "ends, as it has called os.exit.")
  else
    self.scope:log("error", ("ends, as it has called os.exit(%s)."):format(tostring(code)))
  end
  self:stop()
  local _, task = fiber.current()
  error(task and task.reason or new_error("cancelled", "this script has called os.exit."), 0)
end

local function os_of(self, own)
  local library = { exit = function(code) exit(self, code) end }
  for name, f in pairs(own or {}) do library[name] = f end
  return setmetatable(library, { __index = os })
end

local function environment(self)
  local env = setmetatable({}, { __index = _G })
  env._G, env.os, self.loaded._G = env, self.loaded.os, env
  add_loaders(env)
  env.require = function(module) return require_in(self, module) end
  if fiber.plain51 then env.pcall = fiber.pcall end -- a wait inside the other one would keep every script waiting
  return env
end

-- homey.run in a script: the main chunk sleeps until homey.stop, or until the script is stopped.
local function wait_for_stop(self, scheduler)
  if self.ended then return end
  self.waiting = scheduler:promise()
  scheduler:collect(self.waiting)
end

local function end_itself(self, scheduler)
  self.ended = true
  if self.waiting then return scheduler:resolve(self.waiting, true) end
  if self.task and self.task:finished() then self:stop() end -- else the end of the main chunk does
end

-- The others go on with the home.
local function borrow(self, home)
  self.scope.borrowed = home
  self.scope.leave = function()
    self.scope:log("info", "ends, as it has closed its home.")
    end_itself(self, home.scheduler)
  end
  return home
end

-- What a script asks of a login when another has logged in already for all of them.
local function share(self, home, ...)
  local given = login.arguments(...)
  if given == nil or not home then return home end
  login_options.read(given)
  if given.dry_run and not home.dry_run then
    invalid("a script that shares its home cannot be dry alone: start `homey run --dry-run`, or set HOMEY_DRY_RUN=1.")
  end
  if given.hub and given.hub ~= home.id and text.fold(given.hub) ~= text.fold(tostring(home.name)) then
    invalid("this script wants the hub %s, and the one at work is %s: run it alone, with HOMEY_HUB set to its hub.",
      show(given.hub), show(home.name))
  end
  for _, name in ipairs { "timezone", "latitude", "longitude" } do
    if given[name] ~= nil and given[name] ~= home[name] then
      local advice = name == "timezone" and " HOMEY_TIMEZONE in the environment sets it for all." or ""
      self.scope:log("warning", ("`%s` of its homey.login is not used: the home is shared with others, and has its own.%s"):format(
        name, advice))
    end
  end
  return home
end

local function make_face(self, options)
  return facade.new {
    home = borrow(self, options.home), scheduler = options.scheduler, log = function(...) self.scope:log(...) end,
    login = function(_, ...)
      if options.login then return borrow(self, options.login(...)) end
      return borrow(self, share(self, options.home, ...))
    end,
    run = function(scheduler) wait_for_stop(self, scheduler) end,
    stop = function(scheduler) end_itself(self, scheduler) end,
  }
end

--- Read a file; nothing of it runs yet.
---@param path string
---@param options homey.ScriptOptions
---@return homey.Script? script
---@return string? problem  where it cannot be read or does not compile
function Script.load(path, options)
  local self = setmetatable({
    path = path, folder = path:match("^(.*/)") or "", name = path:match("([^/]+)$"):gsub("%.lua$", ""), files = { path },
    opened = options.opened,
  }, Script)
  local scheduler = options.scheduler or options.home and options.home.scheduler
  self.scope = Scope.new { name = self.name, log = options.log, scheduler = scheduler }
  self.homey = make_face(self, options)
  self.loaded = { homey = self.homey, os = os_of(self, options.os) }
  self.env = environment(self)
  local problem
  self.chunk, problem = load_in(path, self.env)
  if not self.chunk then return nil, problem end
  return self
end

function Script:__tostring()
  return "homey.Script: " .. self.path
end

--- Run its main chunk, up to its first wait. What it raises is logged; the triggers that it has made by then live on.
---@return homey.Script self
function Script:start()
  self.task = self.scope:run(function()
    self.chunk(self.path)
    if self.ended then self:stop() end
  end)
  return self
end

--- Did its main chunk raise something?
---@return boolean
function Script:failed()
  return self.task ~= nil and self.task.status == "failed"
end

--- End whatever it has made.
function Script:stop()
  self.scope:close()
end

return Script
