--- A home in this process, in virtual time: all that a homey.Home is, and what a test does to it. Time stands still until
--- the test advances it; then all that is due happens in order. Nothing is random: two runs are alike.
---
---     local home = require("homey.sim").home()
---     home:load "evening.lua"
---     home:operate("Hall/Motion", "alarm_motion", true)
---     assert.equal("Hall/Lamp: onoff = true", tostring(home.sent[1]))
local Client = require "homey.sim.virtual.client"
local Context = require "homey.sim.hub.context"
local Failing = require "homey.sim.virtual.failing"
local Home = require "homey.home"
local Loop = require "homey.sim.virtual.loop"
local Scheduler = require "homey.task.scheduler"
local called = require "homey.util.arguments"
local duration = require "homey.util.duration"
local fiber = require "homey.task.fiber"
local home_data = require "homey.sim.home.home_data"
local invalid = require "homey.util.invalid"
local is_readable = require "homey.util.is_readable"
local items = require "homey.sim.virtual.items"
local logged = require "homey.sim.virtual.logged"
local near = require "homey.util.suggest"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local sent = require "homey.sim.virtual.sent"
local settings = require "homey.sim.cloud.settings"
local show = require "homey.util.format"
local slip = require "homey.util.unknown_name"
local try = require "homey.task.try"
local wall = require "homey.sim.virtual.clock"

---@class homey.sim.HomeOptions
---@field time? string|number  when it begins, "2026-06-21 12:00" by the clock of the home; "2026-01-01 00:00"
---@field latency? string|number  how long a request takes; 0
---@field seed? integer        for ids, and for math.random; 1
---@field quiet? boolean       warnings and errors are kept in `logged` alone, not shown on stderr
---@field devices? integer     in place of a home: one with so many devices
---@field api_version? integer  2 or 3; and the other settings of the simulator

---@class homey.sim.VirtualHome : homey.Home
---@field sent homey.sim.SentList    what was changed
---@field requests {method: string, path: string, at: number}[]  all that was asked, reading included
---@field logged homey.sim.LogList   what was logged
---@field homey homey                the table of names that scripts use, with this home as the default one
---@field model homey.sim.Model      the home itself, as the hub knows it
local Virtual = { __name = "homey.sim.VirtualHome", base = Home }

local typed = "load operate advance advance_to set_time suspend date add change remove drop restart fail forget settle sent "
  .. "requests logged homey model"

-- The names of scripts, which most tests do without, are made when they are first asked for.
local function face_of(home)
  return require("homey.script.facade").new {
    home = home, scheduler = home.scheduler, run = Scheduler.run, stop = Scheduler.stop, login = function() return home end,
  }
end

function Virtual.__index(home, key)
  local own = Virtual[key]
  if own ~= nil then return own end
  if key ~= "homey" then
    own = Home.__index(home, key)
    if own ~= nil then return own end
    return slip("a simulated home", key, typed)
  end
  home.homey = face_of(home)
  return home.homey
end

Virtual.__tostring = Home.__tostring

local own_options = { time = true, latency = true, seed = true, quiet = true, devices = true }

local function split(options)
  if type(options) ~= "table" then invalid("the options of a simulated home are a table, not %s.", show(options)) end
  local changes = {}
  for name, value in pairs(options) do
    if not own_options[name] and not settings.has(name) then
      invalid("a simulated home has no option %s%s", show(name), near.hint(tostring(name), near.keys(own_options)))
    end
    if not own_options[name] then changes[name] = value end
  end
  return changes
end

local function check_seed(seed)
  if seed == nil then return 1 end
  if type(seed) == "number" and seed == math.floor(seed) and seed > 0 and seed < 2 ^ 31 then return seed end
  return invalid("`seed` is a whole number above 0, not %s.", show(seed))
end

-- The hub's clock is good to the millisecond: in the middle of one, so that rounding never takes the one before.
local function hub_clock(loop)
  return function() return (math.floor(loop:time() * 1000) + 0.5) / 1000 end
end

local begins = 1767225600 -- 2026-01-01 00:00 UTC, for what is made before the time zone is known

local function watch(home, client)
  local add
  home.sent, add = sent.list(home)
  home.requests = {}
  local entries = setmetatable({}, { __mode = "k" })
  function client.watch(request)
    home.requests[#home.requests + 1] = { method = request.method, path = request.path, at = request.time }
    if request.method ~= "GET" then entries[request] = add(request) end
  end
  function client.failed(request, kind)
    if entries[request] then entries[request].failed = kind end
  end
end

--- A home.
---@param given? string|table  a file of JSON, or a table; Sunny House where it is left out
---@param options? homey.sim.HomeOptions
---@return homey.sim.VirtualHome
function Virtual.new(given, options)
  options = options or {}
  local changes, seed = split(options), check_seed(options.seed)
  local bytes = home_data.bytes(seed)
  if options.devices then given = require "homey.sim.home.generate"(options.devices, seed) end
  local data = home_data.read(given, bytes, begins)
  local loop = Loop.new(begins)
  local context = Context.new(data, changes, {
    random = bytes, clock = function() return loop:now() end, now = hub_clock(loop),
  })
  local client = Client.new(loop, context, options.latency and duration(options.latency, "`latency`"))
  local home = setmetatable(Home.new(Scheduler.new(loop), client), Virtual)
  home.loop, home.link, home.model, home.context = loop, client, context.model, context
  home.items = items.new(context)
  math.randomseed(seed)
  watch(home, client)
  logged.attach(home, options.quiet)
  loop:set_time(wall.moment(home, options.time or "2026-01-01 00:00"))
  return home
end

-- ---- time ----

local most = 10000 -- steps at one moment, after which it is plain that there is no end of them

-- Let everything happen that is due until a moment of the loop's clock.
local function run_until(home, moment)
  local loop, count = home.loop, 0
  home:resume()
  while true do
    home.scheduler:step()
    local due = loop:due()
    if not due or due > moment then break end
    count = due > loop:now() and 0 or count + 1
    if count > most then
      invalid("there is no end to what happens at %s: something sets itself off again and again.", home:date())
    end
    loop:move_to(due)
  end
  loop:move_to(moment)
end

local function not_in_a_task(what, instead)
  local _, task = fiber.current()
  if task then invalid("home:%s is for a test, not for a task in which an automation runs: use %s there.", what, instead) end
end

--- Let everything happen that is due at this moment. What a test calls does so by itself.
---@return homey.sim.VirtualHome self
function Virtual:settle()
  local _, task = fiber.current()
  if not task and not self.asleep then run_until(self, self.loop:now()) end
  return self
end

--- Let time go by; all that is due happens in order, and handlers run.
---@param time string|number  "3 h"
---@return homey.sim.VirtualHome self
function Virtual:advance(time)
  not_in_a_task("advance", "homey.sleep")
  run_until(self, self.loop:now() + Loop.whole(duration(time, "advance")))
  return self
end

--- Let time go by until it is so late at home: "22:30", the next time that it is; or "2026-03-29 04:00".
---@param when string|number
---@return homey.sim.VirtualHome self
function Virtual:advance_to(when)
  not_in_a_task("advance_to", "homey.sleep")
  local time, now = wall.next(self, when), self.loop:time()
  if time < now then
    invalid("it is %s already, and time does not go back to %s: home:set_time sets the clock.", self:date(), show(when))
  end
  run_until(self, self.loop:now() + Loop.whole(time - now))
  return self
end

--- Set the clock, as a person or a time server does: no time goes by, what is timed by its length goes on as it was, and
--- rules for a time of day look at the clock again.
---@param when string|number  "2026-03-29 01:59" by the clock of the home, "01:59" of the same day, or seconds since 1970
---@return homey.sim.VirtualHome self
function Virtual:set_time(when)
  local time = wall.moment(self, when)
  self:settle()
  self.loop:set_time(time)
  return self:settle()
end

-- The home goes on, and nothing of it is heard.
local function while_asleep(home, meanwhile)
  home.asleep = true
  local done, err = try(function()
    meanwhile(home)
    return true
  end)
  home.asleep = nil
  if not done then raise(err) end
end

--- The machine sleeps, and the home goes on without it: its clock moves, its timers stand still, and of what happens
--- meanwhile it hears only when it wakes.
---@param time string|number
---@param meanwhile? fun(home: homey.sim.VirtualHome)  what happens at home
---@return homey.sim.VirtualHome self
function Virtual:suspend(time, meanwhile)
  not_in_a_task("suspend", "homey.sleep")
  local seconds = duration(time, "suspend")
  if meanwhile ~= nil and type(meanwhile) ~= "function" then
    invalid("suspend takes what happens meanwhile as a function, not %s.", show(meanwhile))
  end
  self:settle()
  self.link:drop(1)
  self.loop:set_time(self.loop:time() + seconds)
  if meanwhile then while_asleep(self, meanwhile) end
  return self:settle()
end

--- The time by the clock of the home, "2026-03-29 01:59:00".
---@param at? number  seconds since 1970; now
---@return string
function Virtual:date(at)
  return wall.text(self, at or self.loop:time())
end

-- ---- what happens at home ----

local gone = 3 -- seconds that a hub which restarts cannot be reached
local apart = 2 / 1024 -- seconds: no two things happen in the same millisecond

-- What is done to the home by others than this program.
local function happen(home, f, ...)
  home:settle()
  home.loop:move_to(math.min(home.loop:now() + apart, home.loop:due() or math.huge))
  local result = f(home.items, ...)
  home:settle()
  return result
end

--- Somebody at a device, or the device itself: a hand on its switch, or what its sensor notices.
---@param device string|homey.Device
---@param capability string
---@param value any  may be left out for a button
---@return homey.sim.VirtualHome self
function Virtual:operate(device, capability, value)
  happen(self, self.items.operate, device, capability, value)
  return self
end

local function subject(home, kind, id)
  if kind == "device" then return home:device(id) end
  return kind == "zone" and home:zone(id) or id
end

--- Something comes to the home: home:add("device", { name = "Lamp", zone = "Attic", capabilities = { onoff = false } }).
---@param kind "device"|"zone"|"variable"|"flow"|"user"
---@param item table  in a few words, or as a hub words it
---@return homey.Device|homey.Zone|string  a device or a zone; else its id
function Virtual:add(kind, item)
  return subject(self, kind, happen(self, self.items.add, kind, item))
end

--- Somebody changes something: home:change("device", "Hall/Lamp", { name = "Big lamp", zone = "Kitchen", available = false }).
---@param kind "device"|"zone"|"variable"|"flow"|"user"
---@param ref string|table  id or name
---@param changes table
---@return homey.sim.VirtualHome self
function Virtual:change(kind, ref, changes)
  happen(self, self.items.change, kind, ref, changes)
  return self
end

--- Something is taken from the home.
---@param kind "device"|"zone"|"variable"|"flow"|"user"
---@param ref string|table
---@return homey.sim.VirtualHome self
function Virtual:remove(kind, ref)
  happen(self, self.items.remove, kind, ref)
  return self
end

-- ---- what goes wrong ----

--- The connection to the hub breaks, for so long.
---@param time string|number
---@return homey.sim.VirtualHome self
function Virtual:drop(time)
  local seconds = duration(time, "drop")
  self:settle()
  self.link:drop(seconds)
  return self:settle()
end

--- The hub restarts: it cannot be reached for three seconds, and then lists nothing for so long, as hubs do.
---@param time? string|number  "10 s" where it is left out
---@return homey.sim.VirtualHome self
function Virtual:restart(time)
  local seconds = duration(time or 10, "restart")
  self:settle()
  self.link:drop(gone)
  self.context.settings.starting = true
  local number = (rawget(self, "restarts") or 0) + 1
  self.restarts = number
  self.loop:plan(gone + seconds, { act = function()
    if self.restarts == number then self.context.settings.starting = false end
  end })
  return self:settle()
end

--- The next requests fail: home:fail "offline", home:fail(500), home:fail{ kind = "timeout", method = "PUT", times = 2 }.
---@param what homey.sim.Fail|string|integer
---@return homey.sim.Failing  with cancel()
function Virtual:fail(what)
  local options = Failing.options(what)
  self:settle()
  return Failing.new(self.link.faults, options, options.device and self.items:id("device", options.device))
end

-- ---- what a test looks at ----

--- Forget what was sent and logged so far.
---@return homey.sim.VirtualHome self
function Virtual:forget()
  self:settle()
  for _, list in ipairs { self.sent, self.requests, self.logged } do
    for i = #list, 1, -1 do list[i] = nil end
  end
  return self
end

-- A file that is not where we are may be beside the test that names it.
local function beside(path, source)
  local folder = source:match "^@(.*/)"
  if is_readable(path) or path:sub(1, 1) == "/" or not folder then return path end
  return is_readable(folder .. path) and folder .. path or path
end

--- Run a file of automations: its `require "homey"` gives names that stand for this home, whatever it logs in to.
---@param path string  from where we are, or from the folder of the test
---@return homey.Script  with stop()
function Virtual:load(path)
  local Script = require "homey.script.script"
  if type(path) ~= "string" then invalid("load takes the path of a file, not %s.", show(path)) end
  path = beside(path, debug.getinfo(2, "S").source)
  local script, problem = Script.load(path, { home = self, os = wall.os(self), log = function(...) logged.add(self, ...) end })
  if not script then raise(new_error("invalid", problem)) end
  script:start()
  self:settle()
  if script:failed() then error(script.task:failure(), 0) end
  return script
end

--- No more of it.
function Virtual:close()
  Home.close(self)
  if not self.client then logged.detach(self) end
end

return called.by_colon(Virtual, Virtual, "home", "operate/3 advance/1 advance_to/1 set_time/1 suspend/2 date/1 add/2 change/3 "
  .. "remove/2 drop/1 restart/1 fail/1 forget/0 settle/0")
