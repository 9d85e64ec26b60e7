-- homey.login: makes a Home from the arguments of a login.

local Home = require "homey.home"
local Scheduler = require "homey.task.scheduler"
local lazy = require "homey.util.lazy"
local login_options = require "homey.login.options"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local try = require "homey.task.try"
local visible = require("homey.util.text").visible

local format = lazy "homey.util.format"
local invalid = lazy "homey.util.invalid"
local log = lazy "homey.util.log"
local index = lazy "homey.index.index"
local lifecycle = lazy "homey.task.lifecycle"

local login = {}

local function to_stderr(line)
  io.stderr:write(visible(line), "\n")
end

-- Continues what an earlier run has left unfinished, such as values to set back.
local function resume(home)
  require("homey.write.revert").resume(home)
end

-- The names that were read are kept for later commands, once the home is closed or the program
-- ends.
local function keep_names(home)
  local saved = false
  home.keep_names = nil
  local function save()
    if not saved then index.save(home) end
    saved = true
  end
  lifecycle.on_close(home, save)
  home.names_guard = lifecycle.on_collect(save)
end

-- The name of the account in the store; "" for the one that was saved last.
local function account_of(options)
  if not options.state_dir or options.store then return nil end
  local other = (options.code or options.refresh_token) and "default" or ""
  return options.account or options.email or options.address or other
end

-- Holds the home weakly: the listener must not keep it alive.
local function forward_warnings(home, client)
  local held = setmetatable({ home = home }, { __mode = "v" })
  home.scheduler.listeners[client:warn_id()] = function(text)
    if not text then return end
    if held.home then rawset(held.home, "warned", text) end
    log("warning", text, held.home and held.home.label)
  end
end

local function listen(scheduler, client, options)
  if options.trace then
    local write = options.trace == true and to_stderr or options.trace
    scheduler.listeners[client:trace_id()] = function(line)
      if line then write(line) end
    end
  end
  if options.store then require("homey.login.store").start(scheduler, client, options.store) end
end

local function new_client(scheduler, settings, options)
  settings.warn = true
  local client, kind, message = scheduler.core_loop:client(settings)
  if not client then raise(new_error(kind, message)) end
  listen(scheduler, client, options)
  return client
end

--- A Home that logs in with its first request.
---@param given? homey.Options
---@param scheduler? homey.Scheduler
---@return homey.Home
function login.open(given, scheduler)
  local settings, options = login_options.read(given)
  scheduler = scheduler or Scheduler.shared()
  local home = Home.new(scheduler, new_client(scheduler, settings, options))
  forward_warnings(home, home.client)
  home.poll, home.state_dir = options.poll or home.poll, options.state_dir or nil
  home.dry_run = options.dry_run
  home.timezone = options.timezone or nil
  home.latitude, home.longitude = options.latitude or nil, options.longitude or nil
  if options.journal == false then home.journal = false end
  if home.state_dir then home.goes_live = resume end
  home.account = account_of(options)
  if home.account and scheduler.is_shared then home.keep_names = keep_names end
  return home
end

--- Reopen a home that found no login: it reads the stored login again.
---@param home homey.Home
---@param given? homey.Options
function login.reopen(home, given)
  local settings, options = login_options.read(given)
  local client = new_client(home.scheduler, settings, options)
  forward_warnings(home, client)
  if home.stays then client:stay(true) end
  home.client:close()
  home.client = client
end

--- The options from the arguments of homey.login: an e-mail address and a password, a table, or
--- nothing.
---@param first? string|homey.Options
---@param password? string
---@param ... nil  nothing more
---@return homey.Options?
function login.arguments(first, password, ...)
  if select("#", ...) > 0 then
    invalid("homey.login takes an e-mail address and a password, or one table with more.")
  end
  if type(first) == "string" then
    if password == nil then invalid("homey.login(email, password) needs the password too.") end
    return { email = first, password = password }
  end
  if password ~= nil then
    invalid("homey.login(email, password) takes text, not %s.", format(first))
  end
  return first
end

--- A Home that is logged in.
---@param given? homey.Options
---@param scheduler? homey.Scheduler
---@return homey.Home
function login.now(given, scheduler)
  local home = login.open(given, scheduler)
  local ok, err = try(home.login, home)
  if ok then return home end
  home:close()
  return raise(err)
end

return login
