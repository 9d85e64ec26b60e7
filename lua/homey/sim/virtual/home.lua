--- Home in virtual time, for tests: a homey.Home in this process, with methods to control it.
---
--- Time stands still until the test advances it; then all that is due runs in order. Nothing is
--- random: two runs are the same.
---
---     local home = require("homey.sim").home()
---     home:load "evening.lua"
---     home:operate("Hall/Motion", "alarm_motion", true)
---     assert.equal("Hall/Lamp: onoff = true", tostring(home.sent[1]))
local Client = require "homey.sim.virtual.client"
local Context = require "homey.sim.hub.context"
local Home = require "homey.home"
local Loop = require "homey.sim.virtual.loop"
local Scheduler = require "homey.task.scheduler"
local arguments = require "homey.util.arguments"
local clock = require "homey.sim.virtual.clock"
local duration = require "homey.util.duration"
local failing = require "homey.sim.virtual.failing"
local event_names = require "homey.automation.event_names"
local fiber = require "homey.task.fiber"
local home_data = require "homey.sim.home.home_data"
local invalid = require "homey.util.invalid"
local items = require "homey.sim.virtual.items"
local logged = require "homey.sim.virtual.logged"
local new_error = require "homey.error"
local new_random = require "homey.sim.home.random"
local option_reader = require "homey.util.options"
local option_tables = require "homey.sim.options"
local prepared = require "homey.sim.hub.prepared"
local raise = require "homey.util.raise"
local run = require "homey.sim.virtual.run"
local script_files = require "homey.sim.virtual.script_files"
local sent = require "homey.sim.virtual.sent"
local settings = require "homey.sim.cloud.settings"
local format = require "homey.util.format"
local lazy = require "homey.util.lazy"
local unknown_name = require "homey.util.unknown_name"

local File = lazy "homey.sim.virtual.file"
local web = lazy "homey.sim.virtual.web"

---@class homey.sim.VirtualHome : homey.Home
---@field sent homey.sim.SentList    the changes that were sent
---@field requests {method: string, path: string, at: number}[]  all requests, reads included
---@field logged homey.sim.LogList   the log
---@field homey homey                what `require "homey"` returns in scripts
---@field model homey.sim.Model      the state of the home at the hub
local Virtual = { __name = "homey.sim.VirtualHome", base = Home }

local typed = "load web file operate advance advance_to set_time suspend date add change remove "
  .. "publish drop restart fail answer forget settle sent requests logged homey model"

-- Made on first use: most tests load no script.
local function facade_of(home)
  return require("homey.script.facade").new {
    home = home, scheduler = home.scheduler, run = Scheduler.run, stop = Scheduler.stop,
    login = function() return home end,
  }
end

function Virtual.__index(home, key)
  local own = Virtual[key]
  if own ~= nil then return own end
  if key ~= "homey" then
    own = Home.__index(home, key)
    if own ~= nil or Home.__own[key] then return own end
    return unknown_name("a simulated home", key, typed)
  end
  home.homey = facade_of(home)
  return home.homey
end

Virtual.__tostring = Home.__tostring

-- The options of the home, and the settings of the simulator among them.
local function read_options(given)
  if type(given) ~= "table" then return option_reader.read(option_tables.home, given) end
  local own, changes = {}, {}
  for name, value in pairs(given) do
    if settings.has(name) then changes[name] = value else own[name] = value end
  end
  return option_reader.read(option_tables.home, own), changes
end

-- The clock of the hub has milliseconds: the middle of one, so that rounding keeps it.
local function hub_clock(loop)
  return function() return (math.floor(loop:time() * 1000) + 0.5) / 1000 end
end

local start = 1767225600 -- 2026-01-01 00:00 UTC, until the time zone of the home is known

local function record_requests(home, client)
  local add
  home.sent, add = sent.list(home)
  home.requests = {}
  local entries = setmetatable({}, { __mode = "k" })
  function client.watch(request)
    table.insert(home.requests, {
      method = request.method, path = request.path, at = request.time,
    })
    if request.method ~= "GET" then entries[request] = add(request) end
  end
  function client.failed(request, kind)
    if entries[request] then entries[request].failed = kind end
  end
end

--- A home in virtual time.
---@package
---@param given? string|table  path of a JSON file, or a table; Sunny House by default
---@param options? homey.sim.HomeOptions
---@return homey.sim.VirtualHome
function Virtual.new(given, options)
  local read, changes = read_options(options or {})
  local seed = read.seed
  local bytes = new_random(seed).bytes
  if read.devices then given = require "homey.sim.home.generate"(read.devices, seed) end
  local data = home_data.read(given, bytes, start)
  local loop = Loop.new(start)
  local context = Context.new(data, changes, {
    random = bytes, clock = function() return loop:now() end, now = hub_clock(loop),
  })
  local client = Client.new(loop, context, read.latency)
  local home = setmetatable(Home.new(Scheduler.new(loop), client), Virtual)
  home.loop, home.link, home.model, home.context = loop, client, context.model, context
  home.items = items.new(context)
  math.randomseed(seed)
  record_requests(home, client)
  logged.attach(home, read.quiet)
  loop:set_time(clock.moment(home, read.time))
  context.history.start = context.model.now()
  return home
end

-- ---- time ----

--- Run everything that is due at this moment. The other methods do so by themselves.
---@return homey.sim.VirtualHome self
function Virtual:settle()
  local _, task = fiber.current()
  if not task and not self.asleep then run.until_moment(self, self.loop:now()) end
  return self
end

--- Advance the clock. All that is due runs in order.
---@param time string|number  "3 h"
---@return homey.sim.VirtualHome self
function Virtual:advance(time)
  run.refuse_in_task("advance", "homey.sleep")
  run.until_moment(self, self.loop:now() + Loop.whole(duration.seconds(time, "advance")))
  return self
end

--- Advance the clock to a local time: the next "22:30", or "2026-03-29 04:00".
---@param when string|number
---@return homey.sim.VirtualHome self
function Virtual:advance_to(when)
  run.refuse_in_task("advance_to", "homey.sleep")
  local time, now = clock.next(self, when), self.loop:time()
  if time < now then
    invalid("advance_to cannot go back to %s: it is %s already. Set the clock with home:set_time.",
      format(when), self:date())
  end
  run.until_moment(self, self.loop:now() + Loop.whole(time - now))
  return self
end

--- Set the clock, as a person or a time server does. No time passes: timers keep their length, and
--- rules for a time of day are computed again.
---@param when string|number  local time "2026-03-29 01:59", "01:59" of the same day, or seconds
---       since 1970
---@return homey.sim.VirtualHome self
function Virtual:set_time(when)
  local time = clock.moment(self, when)
  self:settle()
  self.loop:set_time(time)
  return self:settle()
end

--- Suspend the machine: its clock advances, its timers stand still, and it learns of the changes in
--- the home when it wakes.
---@param time string|number
---@param meanwhile? fun(home: homey.sim.VirtualHome)  changes the home during that time
---@return homey.sim.VirtualHome self
function Virtual:suspend(time, meanwhile)
  run.refuse_in_task("suspend", "homey.sleep")
  local seconds = duration.seconds(time, "suspend")
  if meanwhile ~= nil and type(meanwhile) ~= "function" then
    invalid("suspend takes a function that changes the home, not %s.", format(meanwhile))
  end
  self:settle()
  self.link:drop(1)
  self.loop:set_time(self.loop:time() + seconds)
  if meanwhile then run.asleep(self, meanwhile) end
  return self:settle()
end

--- The local time of the home, "2026-03-29 01:59:00", or in another format; see home:date.
---@param format? string|number  a format, or the time
---@param at? number  seconds since 1970; now
---@return string|table
function Virtual:date(format, at)
  if type(format) == "number" then format, at = nil, format end
  return clock.date(self, format or "%Y-%m-%d %H:%M:%S", at or self.loop:time())
end

-- ---- changes in the home ----

local restart_time = 3 -- seconds that a hub which restarts cannot be reached
local gap = 2 / 1024 -- seconds between changes: no two are in the same millisecond

-- Changes the home as people and devices do.
local function change_home(home, f, ...)
  home:settle()
  home.loop:move_to(math.min(home.loop:now() + gap, home.loop:due() or math.huge))
  local result = f(home.items, ...)
  home:settle()
  return result
end

--- Let a device report a value: somebody presses its switch, or its sensor measures.
---@param device string|homey.Device
---@param capability string
---@param value any  may be left out for a button
---@return homey.sim.VirtualHome self
function Virtual:operate(device, capability, value)
  change_home(self, self.items.operate, device, capability, value)
  return self
end

local function resource(home, kind, id)
  if kind == "device" then return home:device(id) end
  return kind == "zone" and home:zone(id) or id
end

--- Add an item to the home:
--- home:add("device", { name = "Lamp", zone = "Attic", capabilities = { onoff = false } }).
---@param kind homey.sim.Kind
---@param item table  a short description, or the item in the form of the hub
---@return homey.Device|homey.Zone|string  a device or a zone; else its id
function Virtual:add(kind, item)
  return resource(self, kind, change_home(self, self.items.add, kind, item))
end

--- Change an item of the home:
--- home:change("device", "Hall/Lamp", { name = "Big lamp", zone = "Kitchen", available = false }).
---@param kind homey.sim.Kind
---@param ref string|table  id or name
---@param changes table
---@return homey.sim.VirtualHome self
function Virtual:change(kind, ref, changes)
  change_home(self, self.items.change, kind, ref, changes)
  return self
end

--- Remove an item from the home.
---@param kind homey.sim.Kind
---@param ref string|table
---@return homey.sim.VirtualHome self
function Virtual:remove(kind, ref)
  change_home(self, self.items.remove, kind, ref)
  return self
end

--- Send an event that is no change of an item, as the hub and its apps do:
--- home:publish("weather", { temperature = 21 }),
--- home:publish("app:com.athom.homeyscript:log", { text = "Hello" }).
---@param name string  as homey.on takes it
---@param data any
---@return homey.sim.VirtualHome self
function Virtual:publish(name, data)
  local event = event_names.parse(name)
  local uri = event.uri or event.manager and "homey:manager:" .. event.manager
  if not uri then
    invalid("publish is for events of managers and apps, not for %s. Items are changed by "
      .. "home:change.", format(name))
  end
  change_home(self, function() self.model:publish(uri, event.event, data) end)
  return self
end

-- ---- failures ----

--- Break the connection to the hub for a time.
---@param time string|number
---@return homey.sim.VirtualHome self
function Virtual:drop(time)
  local seconds = duration.seconds(time, "drop")
  self:settle()
  self.link:drop(seconds)
  return self:settle()
end

--- Restart the hub: it cannot be reached for three seconds, and then its lists are empty for a
--- time, as those of real hubs are.
---@param time? string|number  for which its lists are empty; 10 s
---@return homey.sim.VirtualHome self
function Virtual:restart(time)
  local seconds = duration.seconds(time or 10, "restart")
  self:settle()
  self.link:drop(restart_time)
  self.context.settings.starting = true
  local number = (rawget(self, "restarts") or 0) + 1
  self.restarts = number
  self.loop:plan(restart_time + seconds, { act = function()
    if self.restarts == number then self.context.settings.starting = false end
  end })
  return self:settle()
end

--- Let the next requests fail:
--- home:fail "offline", home:fail(500), home:fail{ kind = "timeout", method = "PUT", times = 2 }.
---@param options homey.sim.Fail|string|integer
---@return homey.sim.Failing  with cancel()
function Virtual:fail(options)
  options = failing.options(options)
  self:settle()
  local id = options.device and self.items:id("device", options.device)
  return failing.new(self.link.faults, options, id)
end

--- Let the hub answer requests with a value of your own, such as what the simulator does not model:
--- home:answer{ path = "/api/manager/energy/live", reply = { items = {} } }.
---@param options homey.sim.Answer
---@return homey.sim.Prepared  with cancel()
function Virtual:answer(options)
  self:settle()
  return prepared.new(self.context.prepared, options)
end

-- ---- records and scripts ----

--- Clear `sent`, `requests` and `logged`.
---@return homey.sim.VirtualHome self
function Virtual:forget()
  self:settle()
  for _, list in ipairs { self.sent, self.requests, self.logged } do
    for i = #list, 1, -1 do list[i] = nil end
  end
  return self
end

-- ---- other services and files -------------------------------------------------------------------

--- Set what homey.fetch gets:
--- home:web{ ["https://api.example.com/prices"] = { json = { 1, 2 }, delay = "3 s" } }, or
--- function(request) return { status = 201 } end. A URL without a query is that of every query
--- that is not listed. A URL that is not listed ends the test.
---@param pages table<string, homey.sim.WebReply|fun(request: homey.sim.WebRequest): table>
---@return homey.sim.VirtualHome self
function Virtual:web(pages)
  web.set(self.loop, pages)
  return self
end

--- A file for homey.poll and homey.lines, such as a pipe, of which the test is the other end.
---@param command? string  io.popen of this command returns the file in scripts
---@return homey.sim.File
function Virtual:file(command)
  if command ~= nil and type(command) ~= "string" then
    invalid("home:file takes a command such as \"mosquitto_sub\", not %s.",
      format(command))
  end
  local file = File.new(self)
  if command then
    self.commands = rawget(self, "commands") or {}
    self.commands[command] = file
  end
  return file
end

--- Run a file of automations. Its `require "homey"` returns `home.homey`, so that its logins return
--- this home.
---@param path string  relative to the current folder, or to that of the test
---@param args? table<string, any>  its arguments, for homey.args
---@return homey.Script  with stop()
function Virtual:load(path, args)
  local Script = require "homey.script.script"
  if type(path) ~= "string" then invalid("load takes the path of a file, not %s.", format(path)) end
  path = script_files.find(path, debug.getinfo(2, "S").source)
  local script, problem = Script.load(path, {
    home = self, os = clock.os(self), io = script_files.io(self),
    log = function(...) logged.add(self, ...) end, args = args,
  })
  if not script then raise(new_error("invalid", problem)) end
  script:start()
  self:settle()
  if script:failed() then error(script.task:failure(), 0) end
  return script
end

--- Close the home.
function Virtual:close()
  Home.close(self)
  if not self.client then logged.detach(self) end
end

return arguments.check_methods(Virtual, Virtual, "home",
  "operate/3 advance/1 advance_to/1 set_time/1 "
  .. "suspend/2 date/2 add/2 change/3 remove/2 publish/2 drop/1 restart/1 fail/1 answer/1 forget/0 "
  .. "settle/0 web/1 file/1")
