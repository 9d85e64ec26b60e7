-- Facade: the table of functions that `require "homey"` returns. A script that another program runs
-- has a facade of its own, with its own default home, its own homey.run and homey.stop, and its own
-- log.

local Scheduler = require "homey.task.scheduler"
local arguments = require "homey.util.arguments"
local core = require "homey.core"
local fiber = require "homey.task.fiber"
local lazy = require "homey.util.lazy"
local new_error = require "homey.error"
local raise = require "homey.util.raise"

local lifecycle = lazy "homey.task.lifecycle"
local Promise = lazy "homey.net.promise"
local Task = lazy "homey.task.task"
local args = lazy "homey.script.args"
local batch = lazy "homey.write.batch"
local duration = lazy "homey.util.duration"
local fetch = lazy "homey.net.fetch"
local format = lazy "homey.util.format"
local invalid = lazy "homey.util.invalid"
local home_clock = lazy "homey.home.clock"
local home_methods = lazy "homey.home.methods"
local lines = lazy "homey.net.lines"
local login = lazy "homey.login.login"
local login_options = lazy "homey.login.options"
local own_events = lazy "homey.automation.own_events"
local poll = lazy "homey.net.poll"
local schedule = lazy "homey.automation.schedule"
local set_limits = lazy "homey.automation.limits"
local unknown_name = lazy "homey.util.unknown_name"
local state = lazy "homey.state.state"
local trigger = lazy "homey.automation.trigger"
local try = lazy "homey.task.try"
local wait = lazy "homey.automation.wait"

---@class homey
---@field null lightuserdata  JSON null
---@field json homey.json     encodes and decodes JSON
---@field connected boolean   the hub of the default home sends events now
---@field api homey.Api       every public operation of the hub by its official name
---@field cloud homey.Cloud   the Athom cloud, with the account of the login
---@field _VERSION string     "homey 0.1.0"
---@field log fun(level: "debug"|"info"|"warning"|"error", text: any)
---   Write a line to the log of the script.
---@field login fun(email_or_options: string|homey.Options|nil, password: string?): homey.Home
---   Log in, with the stored login where there is one, and make that home the default one.
---   homey.login() uses the stored login or the environment, homey.login(email, password) an
---   account, homey.login{...} anything else.
---   Raises: credentials, expired, request.
---@field new fun(options: homey.Options?): homey.Home
---   A home that is not the default one. It logs in with its first call. Raises: invalid.
---@field logout fun()
---   End the session at the hub and forget the stored login. Raises: request.
---@field close fun()                                  see home:close
---@field device fun(ref: string): homey.Device           see home:device
---@field devices fun(filter: homey.Filter?): homey.Selection  see home:devices
---@field get fun(path: string, options: homey.RequestOptions?): any  see home:get
---@field put fun(path: string, body: any, options: homey.RequestOptions?): any  see home:put
---@field post fun(path: string, body: any, options: homey.RequestOptions?): any  see home:post
---@field delete fun(path: string, options: homey.RequestOptions?): any  see home:delete
---@field on fun(event: string, options: any, f: function?): homey.Handle
---   see home:on
---@field emit fun(name: string, data: any?)
---   Emit an event of your own: the functions of homey.on(name, f) are called with the data, in all
---   scripts of the program. The name begins with "my.". Raises: invalid.
---@field guard fun(rule: homey.GuardRule): homey.Handle  see home:guard
---@field why fun(device: string|homey.Device, capability: string): string, table  see home:why
---@field at fun(rule: string, options: homey.TimeOptions|function|nil, f: function?): homey.Handle
---   see home:at
---@field every fun(time: number|string, options: any, f: function?): homey.Handle
---   see home:every
---@field after fun(time: number|string, options: any, f: function?): homey.Handle
---   see home:after
---@field is fun(condition: string): boolean              see home:is
---@field now fun(): number                              see home:now
---@field date fun(format: string?, at: number?): string|table  see home:date
---@field sun fun(at: number?): homey.Sun                see home:sun
---@field wait fun(...): boolean|integer                  see home:wait
---@field spawn fun(f: function, ...): homey.Task         see home:spawn
---@field sleep fun(time: number|string)
---   Wait for that time. Other tasks run meanwhile. Raises: invalid, cancelled.
---@field try fun(f: function, ...): any
---   Call f. Returns its results, or nil and the error that it raised. Unlike pcall, it can be
---   waited in on every Lua.
---@field batch fun(f: function, ...): any
---   Call f. What it sets is sent when it returns, all at once. Returns its results.
---   Raises: invalid, not_found, forbidden, unavailable, rate_limited, request.
---@field fetch fun(url: string, options: homey.FetchOptions?): homey.Response
---   Send a request to any server, over http or https, and wait for the answer. Other tasks run
---   meanwhile. Nothing of a home is sent with it, and no login is needed. A status such as 404 is
---   an answer, not an error. Redirects are followed, but never from https to http.
---   Raises: invalid, network, timeout, tls, protocol, cancelled.
---@field poll fun(file: any, events: "r"|"w"|"rw"|nil, timeout: number|string|nil): string|false
---   Wait until a file, a socket of another library or the number of a descriptor is ready for
---   reading ("r", the default), writing ("w"), or either ("rw"). Returns which, or false when the
---   time is over. Other tasks run meanwhile. A file on a disk is always ready.
---   Raises: invalid, unavailable, cancelled.
---@field lines fun(file: any, options: homey.LinesOptions?): fun(): string?
---   An iterator over the lines of a pipe or socket, without their line breaks. Other tasks run
---   while it waits for one. Do not read from the file in another way. The iterator raises:
---   invalid, protocol, unavailable, cancelled.
---@field promise fun(): homey.Promise
---   A promise: a result that comes later, such as from a callback of another library.
---@field args fun(declared: table<string, string|homey.ArgDeclaration>?): table<string, any>
---   The arguments of the script, NAME=VALUE behind it on the command line, checked by what it
---   declares: homey.args{ lamp = "device", after = { "duration", default = "5 min" } }.
---   docs/run.md has the types. Raises: invalid, not_found, ambiguous, request.
---@field state fun(name: string): table
---   A table that survives restarts. It holds text, numbers, booleans and tables of these.
---   docs/automations.md says when it is saved. Raises: invalid, unavailable.
---@field limits fun(limits: homey.LimitOptions)
---   Change the limits of handlers. docs/run.md says what happens beyond them. Raises: invalid.
---@field run fun()
---   Run tasks and handlers, until homey.stop, or until nothing is left to do.
---   Raises: credentials, expired, unauthorized.
---@field stop fun()
---   Make homey.run return.

---@class homey.ArgDeclaration
---@field type string      "text", "number", "integer", "boolean", "duration" or a kind, "device"
---@field default? any     used where the argument is missing
---@field optional? boolean  it may be missing without a default
---@field min? number      of a number or a duration: the least
---@field max? number      the greatest
---@field values? string[]  of a text: it is one of these
---@field doc? string      what it is, for the error where it is missing

---@class homey.World  what the functions of a facade work on; its maker may read it
---@field home? homey.Home        the default home
---@field scheduler? homey.Scheduler  used without a default home; nil: the one over the C core
---@field login fun(world: homey.World, ...): homey.Home
---@field run fun(scheduler: homey.Scheduler)
---@field stop fun(scheduler: homey.Scheduler)
---@field log? fun(level: string, text: string)  in place of the common log
---@field args? table<string, any>  arguments of the script; nil: those of the command line
---@field name? string            the file of the script, for errors

local facade = {}

--- Every function of a facade by its name. Each takes the world of the facade first.
---@type table<string, fun(world: homey.World, ...): any>
local functions = {}

-- ---- the default home ---------------------------------------------------------------------------

local function default_home(world)
  return world.home
    or raise(new_error("expired", "nobody has logged in yet: call homey.login first."))
end

-- The function of the module for a method of the default home.
local function of_default_home(name)
  return function(world, ...)
    local home = default_home(world)
    return home[name](home, ...)
  end
end

for name in ("device devices get put post delete on guard why"):gmatch "%a+" do
  functions[name] = of_default_home(name)
end

local on_home = functions.on

function functions.login(world, ...)
  world.home = world:login(...)
  return world.home
end

-- A home that a script opens is closed with the script.
local function close_with_script(home)
  local scope = fiber.scope()
  if not (scope and scope.leave) then return end
  local member = { cancel = function() home:close() end }
  scope:add(member)
  lifecycle.on_close(home, function() scope:remove(member) end)
end

functions["new"] = function(world, options)
  local home = login.open(options)
  close_with_script(home)
  return home
end

function functions.logout(world)
  local home = world.home or login.open()
  home:logout()
  if home == world.home then world.home = nil end
  home:close()
end

-- A task stays with the scheduler that drives it.
local function scheduler_of(world)
  local _, task = fiber.current()
  if task then return task.scheduler end
  return world.home and world.home.scheduler or world.scheduler or Scheduler.shared()
end

-- Own events need no home.
function functions.on(world, event, options, f)
  if world.home or not own_events.is_own(event) then return on_home(world, event, options, f) end
  return trigger.on_own_event(scheduler_of(world), nil, event, options, f)
end

function functions.emit(world, name, data) own_events.emit(scheduler_of(world), name, data) end

function functions.close(world)
  local home = world.home
  if home then home:close() end
  if home and not home.client then world.home = nil end -- a home that scripts share stays open
  scheduler_of(world):flush()
end

-- ---- time and tasks -----------------------------------------------------------------------------

-- Only the sun needs the location of a home.
for name in ("at every after is"):gmatch "%a+" do
  functions[name] = function(world, ...)
    if world.home then return world.home[name](world.home, ...) end
    return schedule.without_home[name](...)
  end
end

for name in ("now date sun"):gmatch "%a+" do
  functions[name] = function(world, ...)
    if world.home then return world.home[name](world.home, ...) end
    return home_clock.without_home[name](scheduler_of(world), ...)
  end
end

function functions.sleep(world, time)
  scheduler_of(world):sleep(duration.seconds(time, "homey.sleep"))
end
function functions.args(world, declared)
  local given = world.args or args.of_words(rawget(_G, "arg") or {})
  local name = world.name or (rawget(_G, "arg") or {})[0] or "this script"
  return args.read(given, declared, name, world.home)
end

function functions.run(world) world.run(scheduler_of(world)) end
function functions.stop(world) world.stop(scheduler_of(world)) end
function functions.spawn(world, f, ...) return Task.start(scheduler_of(world), nil, f, ...) end
function functions.limits(world, limits) return set_limits(scheduler_of(world), limits) end
function functions.try(_, f, ...) return try(f, ...) end
function functions.wait(_, ...) return wait(...) end
function functions.batch(_, f, ...) return batch(f, ...) end

-- ---- other services and libraries ---------------------------------------------------------------

function functions.fetch(world, ...) return fetch(scheduler_of(world), ...) end
function functions.poll(world, ...) return poll(scheduler_of(world), ...) end
function functions.lines(world, ...) return lines(scheduler_of(world), ...) end
function functions.promise(world) return Promise.new(scheduler_of(world)) end

-- ---- state and log ------------------------------------------------------------------------------

--- The table of a state. Before a login it is where a login would keep it, and in virtual time in
--- memory.
---@param scheduler homey.Scheduler
---@param home? homey.Home
---@param name string
---@return table
function facade.state(scheduler, home, name)
  if home then return state.of(scheduler, home, home.state_dir, name, home.dry_run) end
  if not scheduler.is_shared then return state.of(scheduler, nil, nil, name) end
  local _, options = login_options.read()
  return state.of(scheduler, nil, options.state_dir, name, options.dry_run)
end

function functions.state(world, name) return facade.state(scheduler_of(world), world.home, name) end

local levels = { debug = true, info = true, warning = true, error = true }

function functions.log(world, level, text)
  if not levels[level] then
    invalid(
      "homey.log takes \"debug\", \"info\", \"warning\" or \"error\", and then a text, not %s.",
      format(level))
  end
  local log = world.log or require "homey.util.log"
  log(level, text)
end

-- ---- the table ----------------------------------------------------------------------------------

local function all_names()
  local names = { "json", "api", "cloud", "connected", "null", "_VERSION", home_methods.names() }
  for name in pairs(functions) do names[#names + 1] = name end
  return table.concat(names, " ")
end

-- Fields that are no functions.
local made_when_used = {}

function made_when_used.json() return require "homey.util.json" end

local function home_of(world)
  return function(needed) return needed and default_home(world) or world.home end
end

function made_when_used.api(world) return require "homey.api.api"(home_of(world)) end

function made_when_used.cloud(world) return require "homey.api.cloud"(home_of(world)) end

-- How many arguments a function takes; nil: any number.
local function most_of(name)
  local most = arguments.most_of(name)
  if most then return most end
  local row = home_methods.rows[name]
  return row and row.most
end

-- Each name is made when it is first used: a program that runs fifty scripts has fifty facades, and
-- each script uses few names.
local function make(world, homey, name)
  if name == "connected" then return world.home ~= nil and world.home.connected end
  local value
  local f = functions[name]
  if f then
    value = arguments.check_function(homey, name, function(...) return f(world, ...) end,
      most_of(name))
  elseif made_when_used[name] then
    value = made_when_used[name](world)
  elseif home_methods.rows[name] then
    f = of_default_home(name)
    value = arguments.check_function(homey, name, function(...) return f(world, ...) end,
      home_methods.rows[name].most)
  else
    return unknown_name("homey", name, all_names())
  end
  rawset(homey, name, value)
  return value
end

--- Make every name of a facade, to list them.
---@param homey homey
---@return homey
function facade.whole(homey)
  for name in pairs(functions) do local _ = homey[name] end
  for name in pairs(home_methods.rows) do local _ = homey[name] end
  for name in pairs(made_when_used) do local _ = homey[name] end
  return homey
end

--- A facade.
---@param world homey.World
---@return homey
function facade.new(world)
  local homey = { _VERSION = "homey " .. core.version, null = core.null }
  return setmetatable(homey, { __index = function(_, name) return make(world, homey, name) end })
end

return facade
