-- Home: one account on one hub. The methods send a request to the hub or run the loop; the classes
-- in resource/ interpret the answers.

local Directory = require "homey.model.directory"
local arguments = require "homey.util.arguments"
local fiber = require "homey.task.fiber"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local lazy = require "homey.util.lazy"
local text = require "homey.util.text"

local invalid = lazy "homey.util.invalid"
local format = lazy "homey.util.format"
local request_path = lazy "homey.write.request_path"
local home_methods = lazy "homey.home.methods"
local option_reader = lazy "homey.util.options"
local option_tables = lazy "homey.write.options"
local pipeline = lazy "homey.write.pipeline"
local raw_request = lazy "homey.write.raw_request"

local Condition = lazy "homey.time.condition"
local Selection = lazy "homey.resource.selection"
local Journal = lazy "homey.journal.journal"
local RateLimit = lazy "homey.write.rate_limit"
local guard = lazy "homey.write.guard"
local index = lazy "homey.index.index"
local home_location = lazy "homey.model.home_location"
local schedule = lazy "homey.automation.schedule"
local unknown_name = lazy "homey.util.unknown_name"
local Task = lazy "homey.task.task"
local trigger = lazy "homey.automation.trigger"
local normalize = lazy "homey.model.normalize"
local wait = lazy "homey.automation.wait"
local why = lazy "homey.journal.why"

---@class homey.Home
---@field id? string  id of the hub
---@field name? string  name of the hub
---@field api_version? integer  2 or 3; nil for an API key and a local user
---@field version? string  firmware version of the hub
---@field platform? string  "local" or "cloud"
---@field address? string  the address at which the hub answers
---@field username? string  user of the login
---@field package scheduler homey.Scheduler
---@field connected boolean  events arrive from the hub now
---@field api homey.Api  every public operation of the hub by its official name
---@field cloud homey.Cloud  the Athom cloud, with the account of the login
---@field package client homey.core.Client
---@field package directory homey.Directory
---@field package cache homey.Cache|false  values kept current by events; false: nothing listens
---@field package handles table<homey.Handle, true>
---@field package poll number  seconds between two readings of a hub that accepts no websockets
---@field package timezone? string    "Europe/Amsterdam": from the login's options or the hub
---@field package latitude? number    from the login's options; nil: the hub's is used
---@field package longitude? number
---@field package state_dir? string  folder of its journal and states
---@field package journal homey.Journal|false  opened when it is first used
---@field package guards? homey.Guards  forbid changes
---@field package rate_limit homey.RateLimit  counts the changes that handlers make
---@field package dry_run? boolean  changes are logged instead of sent
---@field package goes_live? fun(home: homey.Home)  called once by Home:resume
---@field package stays boolean  the program keeps running, so the login is renewed ahead of time
---@field package warned? string  the last warning about the login that was logged
---@field package retries table|false  writes that are still being tried, by device and capability
---@field package reverting boolean  there is a revert, or there was one
---@field package hub_ahead? table  see time/hub_clock.lua
---@field package held_records? table  see automation/held_record.lua
---@field package label? string  its name in the log
---@field package account? string  its name in the store of logins; nil: it has no file there
---@field package keep_names? fun(home: homey.Home)  called once when the devices were read
local Home = { __name = "homey.Home" }

-- The class of the resources of a kind. The module is loaded when its first object is made.
local function class_of(kind)
  return require("homey.resource." .. kind)
end

local facts = { "id", "name", "api_version", "version", "platform", "address", "username" }
local is_fact = {}
for _, name in ipairs(facts) do is_fact[name] = true end

--- Make a home from a client of the core, or an object with the same methods.
---@package
---@param scheduler homey.Scheduler
---@param client homey.core.Client
---@return homey.Home
function Home.new(scheduler, client)
  local home = setmetatable({
    scheduler = scheduler, client = client, cache = false, guards = false, dry_run = false,
    handles = {},
    reverting = false, retries = false, stays = false, poll = 10,
  }, Home)
  scheduler.homes[home] = true
  home.directory = Directory.new(home, class_of)
  return home
end

--- The client; raises an error when the home was closed.
---@package
---@return homey.core.Client
function Home:open_client()
  local client = self.client
  if not client then raise(new_error("cancelled", "this home was closed. Log in again.")) end
  return client
end

--- Log in now. Every call logs in when needed, so this is only useful to check the login.
--- Raises: credentials, expired, request.
---@return homey.Home self
function Home:login()
  local told = self.scheduler:await(self:open_client():login())
  for _, name in ipairs(facts) do rawset(self, name, told[name] or rawget(self, name)) end
  return self
end

-- Logs in and reads the facts of the hub. A login by API key sends no request, so a ping finds the
-- address.
local function learn(home)
  home:login()
  if not rawget(home, "address") then
    home:get("/api/manager/system/ping")
    home:login()
  end
  if not rawget(home, "name") then
    home.name = normalize.name(home:get("/api/manager/system/name"))
  end
  rawset(home, "learned", true)
end

--- Reports whether the hub's API has this version; false when the version is unknown.
---@package
---@param version integer
---@return boolean
function Home:speaks(version)
  if not rawget(self, "api_version") and not rawget(self, "address") then self:login() end
  return rawget(self, "api_version") == version
end

local typed =
  "device devices get put post delete on at every after is wait spawn "
  .. "guard why login logout close stay step fd pollfd timeout events id name version platform "
  .. "address username api_version connected api cloud"
-- Fields that the module itself sets, and may read before they are set. They are read often, so
-- they are never compared with the public names.
local own = { asleep = true }
Home.__own = own
for name in ([[scheduler client directory cache handles poll timezone latitude longitude state_dir
  journal guards dry_run goes_live retries rate_limit reverts reverting label hub_ahead held_records
  learned stays account keep_names names_guard room]]):gmatch "%S+" do
  own[name] = true
end

-- Fields that are made when they are first used: most programs do not need them.
local made_when_used = {}

function made_when_used.journal(home) return Journal.new(home.scheduler, home.state_dir) end

function made_when_used.api(home)
  return require "homey.api.api"(function() return home end)
end

function made_when_used.cloud(home)
  return require "homey.api.cloud"(function() return home end)
end

function made_when_used.rate_limit(home) return RateLimit.new(home.scheduler.limits) end

function Home.__index(home, key)
  local method = Home[key]
  if method then return method end
  if key == "connected" then return home.cache and home.cache:is_fresh() or false end
  if made_when_used[key] then
    rawset(home, key, made_when_used[key](home))
    return rawget(home, key)
  end
  if own[key] then return nil end
  if not is_fact[key] then
    return home_methods.add(Home, key)
      or unknown_name("a home", key, typed .. " " .. home_methods.names())
  end
  if rawget(home, "learned") or not rawget(home, "client") then return nil end
  fiber.from_metamethod(learn, home)
  return rawget(home, key)
end

function Home.__tostring(home)
  if not home.client then return "homey.Home: closed" end
  local name = rawget(home, "name")
  return name and "homey.Home: " .. text.visible(name) or "homey.Home"
end

--- End the session at the hub and forget the stored login.
--- Raises: request.
function Home:logout()
  index.remove(self)
  self.account = nil -- so that nothing of it is written any more
  self.scheduler:await(self:open_client():logout())
end

--- Close the connection and save states and the journal. Calls that still wait for the hub raise an
--- error of kind `cancelled`. The stored login is kept. Scripts under `homey run` share one home:
--- there, close ends only the script that calls it.
function Home:close()
  if not self.client then return end
  local scope = fiber.scope()
  if scope and scope.borrowed == self then return scope.leave() end
  local handles = {}
  for handle in pairs(self.handles) do handles[#handles + 1] = handle end
  for _, handle in ipairs(handles) do handle:cancel() end
  if self.cache then self.cache:close() end
  self:settle()
  self.client:close()
  local journal = rawget(self, "journal")
  if journal then journal:close() end
  self.scheduler:flush()
  self.client = nil
end

--- In Lua 5.4 `local home <close> = homey.new()` closes the home at the end of the block.
Home.__close = function(home) home:close() end

--- Declare that the program keeps running: its login is then renewed ahead of time, and kept in
--- memory when it cannot be saved. Listening to events and homey.run do this, too.
function Home:stay()
  if self.stays then return end
  self.stays = true
  self.client:stay(true)
end

--- Wait, at most 10 s, while a refresh token is being exchanged. If the program ended before the
--- new token is stored, the login would be lost.
---@package
function Home:settle()
  local client = self.client
  if client and client:is_renewing() then
    self.scheduler:finish(function() return not client:is_renewing() end, 10)
  end
end

--- Continue what an earlier run has left undone, such as reverts. Called when the program listens
--- to something, calls homey.run, or sets something with revert_after.
---@package
function Home:resume()
  local resume = self.goes_live
  if not self.client then return end
  self:stay()
  if not resume then return end
  self.goes_live = nil
  Task.start(self.scheduler, {}, resume, self)
end

--- Refuse a path that a server may interpret differently from how it is written.
---@package
---@param path string
function Home:check_path(path) -- luacheck: no self
  if type(path) ~= "string" or path:sub(1, 1) ~= "/" then
    invalid("a path begins with '/', as in '/api/manager/zones/zone', not as in %s.", format(path))
  end
  local is_plain = path:find "^[%w/_-]+$" and not path:find("//", 1, true) -- nearly always
  local fault = not is_plain and request_path.fault(path)
  if fault then invalid("%s: %s is not sent.", fault, format(path)) end
end

--- Queue a request. A write has passed the pipeline before.
---@package
---@param method string
---@param path string  checked by Home:check_path
---@param body? any
---@param options? {timeout: number?, once: boolean?}
---@return homey.Answer  for Scheduler:collect or Scheduler:settle
function Home:send(method, path, body, options)
  local id, kind, message = (self.client or self:open_client()):request(method, path, body, options)
  if not id then raise(new_error(kind, message)) end
  return self.scheduler:expect(id)
end

--- Queue a reading.
---@package
---@param path string
---@param options? {timeout: number?}
---@return homey.Answer  for Scheduler:collect or Scheduler:settle
function Home:read(path, options)
  self:open_client()
  self:check_path(path)
  return self:send("GET", path, nil, options)
end

--- Check and send values of devices: homey.write.pipeline.
---@package
---@param writes homey.Write[]
---@return {device: homey.Device, error: homey.Error}[]  failures that are not raised
function Home:write(writes)
  return pipeline.set(self, writes)
end

local function request_options(given)
  return given ~= nil and option_reader.read(option_tables.request, given) or nil
end

local function change(home, method, path, body, options)
  return pipeline.run(raw_request.new(home, method, path, body, request_options(options)))
end

--- Send a GET request to the hub.
--- Raises: not_found, request.
---@param path string  begins with "/", percent-encoded
---@param options? homey.RequestOptions
---@return any  the decoded JSON; text when the answer is not JSON; nil when it is empty
function Home:get(path, options)
  return self.scheduler:collect(self:read(path, request_options(options)))
end

--- Send a PUT request to the hub. It may be repeated after a lost connection, unless `once` is
--- true.
--- Raises: not_found, request.
---@param path string  begins with "/", percent-encoded
---@param body? any  what JSON can hold; {} by default
---@param options? homey.RequestOptions
---@return any  the decoded JSON
function Home:put(path, body, options)
  return change(self, "PUT", path, body == nil and {} or body, options)
end

--- Send a POST request to the hub. It is never repeated once it may have been executed.
--- Raises: not_found, request.
---@param path string  begins with "/", percent-encoded
---@param body? any  what JSON can hold; {} by default
---@param options? homey.RequestOptions
---@return any  the decoded JSON
function Home:post(path, body, options)
  return change(self, "POST", path, body == nil and {} or body, options)
end

--- Send a DELETE request to the hub.
--- Raises: not_found, request.
---@param path string  begins with "/", percent-encoded
---@param options? homey.RequestOptions
---@return any  the decoded JSON
function Home:delete(path, options)
  return change(self, "DELETE", path, nil, options)
end

--- Find a device. An id needs no request.
--- Raises: not_found, ambiguous, request.
---@param ref string  an id, "Name" or "Zone/Name"
---@return homey.Device
function Home:device(ref)
  return self.directory:find("device", ref)
end

--- All devices that match, as an array with methods that set, read and watch all of them.
--- Raises: not_found, request.
---@param filter? homey.Filter  all devices by default
---@return homey.Selection
function Home:devices(filter)
  local wanted = filter == nil and {} or filter
  return Selection.new(self, wanted)
end

--- Call f for events of the home: "device.create", "device.update" and "device.delete", and the
--- same for "zone", "flow", "variable", "user" and the other items of the hub; "device.capability";
--- "connect", "disconnect" and "stale" for the connection; "error" for each handler and script that
--- fails, f(err, event) with event.script and event.handler; and any other event by its manager,
--- such as "updates:install_start", or by its app, such as "app:com.athom.homeyscript:log".
--- Events that homey.emit sends begin with "my.": f(data, event).
--- Raises: invalid.
---@param event string
---@param options? homey.EventOptions  may be left out
---@param f fun(subject: any, event: homey.Event)
---@return homey.Handle
function Home:on(event, options, f)
  return trigger.on_event(self, event, options, f)
end

local function location_of(home)
  return function(needs_sun) return home_location.of(home, needs_sun) end
end

--- Call f at the times of a rule, such as "22:30 mon-fri" or "sunset - 30 min". docs/time.md has
--- all rules.
--- Raises: invalid, not_found.
---@param rule string
---@param options? homey.TimeOptions  may be left out
---@param f fun(event: {at: number, missed: boolean})  at: the time of the rule
---@return homey.Handle
function Home:at(rule, options, f)
  return schedule.at(self.scheduler, self, location_of(self), rule, options, f)
end

--- Call f repeatedly, each time after the given time.
--- Raises: invalid.
---@param time number|string  at least 1 ms; "15 min"
---@param options? homey.EveryOptions  may be left out
---@param f function
---@return homey.Handle
function Home:every(time, options, f)
  return schedule.every(self.scheduler, self, location_of(self), time, options, f)
end

--- Call f once, after the given time.
--- Raises: invalid.
---@param time number|string  "10 s"
---@param options? homey.AfterOptions  may be left out
---@param f function
---@return homey.Handle
function Home:after(time, options, f)
  return schedule.after(self.scheduler, self, time, options, f)
end

--- Report whether a condition of time is true now, such as "daytime and not sun" or
--- "between 22:00 and 06:00". docs/time.md has all conditions.
--- Raises: invalid, not_found.
---@param condition string
---@return boolean
function Home:is(condition)
  local parsed = Condition.parse(condition)
  return parsed:holds(self.scheduler.core_loop:time(), home_location.of(self, parsed.needs_sun))
end

--- Wait until a resource has a value: home:wait(device, "alarm_contact", false, "5 min"). Without a
--- value, any change ends the wait. A table instead of the value gives options, as for a trigger.
--- { any = { ... }, timeout = "1 h" } and { all = { ... } } wait for several conditions.
--- docs/automations.md has examples.
--- Raises: not_found, invalid, cancelled.
---@param ... homey.WaitOptions|homey.WaitList|any
---@return boolean|integer  true, or the index of the first of `any`; false when the time is over
function Home:wait(...) -- luacheck: no self
  return wait(...)
end

--- Run f as a task, concurrently with the caller. It starts at once and runs up to its first wait.
--- Raises: invalid.
---@param f function
---@param ... any  its arguments
---@return homey.Task
function Home:spawn(f, ...)
  return Task.start(self.scheduler, nil, f, ...)
end

--- Forbid changes by scripts: homey.guard{ class = "lock", never = true }.
--- Raises: invalid.
---@param rule homey.GuardRule
---@return homey.Handle
function Home:guard(rule)
  return guard.add(self, rule)
end

--- Explain why a capability has its value.
--- Raises: not_found, ambiguous, request.
---@param device string|homey.Device
---@param capability string
---@return string sentence  one sentence
---@return table steps  the chain of causes, latest first
function Home:why(device, capability)
  return why(self, self:device(device), capability)
end

--- Do all work that is due, for this home and all others on its loop, without waiting.
function Home:step()
  self.scheduler:step()
end

--- The descriptor that the host's loop polls for reading.
---@return integer
function Home:fd()
  return self.scheduler:fd()
end

--- The same as fd, under the name that cqueues calls.
---@return integer
function Home:pollfd()
  return self.scheduler:fd()
end

--- The direction to poll the descriptor for, under the name that cqueues calls.
---@return string  "r"
function Home:events() -- luacheck: no self
  return "r"
end

--- Seconds until a step is due although the descriptor is not readable.
---@return number?  nil when a step is due only after the descriptor is readable
function Home:timeout()
  return self.scheduler.core_loop:timeout()
end

return arguments.check_methods(Home, Home, "home", arguments.of_home)
