-- A Home: one account on one hub. Everything here is a question to the hub or a turn of the loop; what the answers
-- mean is known by device.lua, zone.lua and their like.

local Directory = require "homey.model.directory"
local called = require "homey.util.arguments"
local fiber = require "homey.task.fiber"
local invalid = require "homey.util.invalid"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local lazy = require "homey.util.lazy"
local show = require "homey.util.format"
local text = require "homey.util.text"

local duration = lazy "homey.util.duration"
local near = lazy "homey.util.suggest"

local Condition = lazy "homey.time.condition"
local Flow = lazy "homey.resource.flow"
local Selection = lazy "homey.resource.selection"
local Journal = lazy "homey.journal.journal"
local RateLimit = lazy "homey.write.rate_limit"
local gate = lazy "homey.write.pipeline"
local guard = lazy "homey.write.guard"
local places = lazy "homey.model.home_location"
local request_path = require "homey.write.request_path"
local schedule = lazy "homey.automation.schedule"
local slip = lazy "homey.util.unknown_name"
local tasks = lazy "homey.task.task"
local trigger = lazy "homey.automation.trigger"
local normalize = lazy "homey.model.normalize"
local wait = lazy "homey.automation.wait"
local why = lazy "homey.journal.why"

---@class homey.Home
---@field id? string           of the hub; this and those below are asked for where a login did not tell
---@field name? string
---@field api_version? integer  2 or 3; nil for an API key and a local user, as the hub does not tell
---@field version? string       of the hub's firmware
---@field platform? string      "local" or "cloud"
---@field address? string       where the hub answers
---@field username? string      whose login it is
---@field scheduler homey.Scheduler
---@field connected boolean      the hub tells us what happens, now
---@field client homey.core.Client
---@field directory homey.Directory
---@field cache homey.Cache|false  what the hub keeps us informed of, once somebody wants to hear of it
---@field handles table<homey.Handle, true>
---@field poll number  seconds between two readings where the hub takes no websockets
---@field timezone? string    "Europe/Amsterdam": as a login was told, or the hub
---@field latitude? number    of what it is told in place of what the hub says
---@field longitude? number
---@field state_dir? string  where its journal and states are kept
---@field journal homey.Journal|false  what was done and why; opened when it is first asked for
---@field guards? homey.Guards  what must not be changed
---@field rate_limit homey.RateLimit  counts the changes that handlers make
---@field dry_run? boolean  nothing is changed: what would be sent is logged
---@field goes_live? fun(home: homey.Home)  called once, as soon as the home is one that stays: see Home:resume
---@field stays boolean  the program has shown that it is one that stays
---@field warned? string  what whoever looks after the program was last told of the login
---@field within table|false  which changes are still being tried, by device and capability
---@field reverting boolean  something is to be set back, or was
---@field hub_ahead? table  see time/hub_clock.lua
---@field held_records? table  see automation/held_record.lua
---@field label? string  under which it is spoken of in the log
local Home = { __name = "homey.Home" }

-- The class of the resources of a kind: each is loaded with its first object.
local function class_of(kind)
  return require("homey.resource." .. kind)
end

local facts = { "id", "name", "api_version", "version", "platform", "address", "username" }
local is_fact = {}
for _, name in ipairs(facts) do is_fact[name] = true end

--- A Home over a client of the core, or of anything that answers like it.
---@param scheduler homey.Scheduler
---@param client homey.core.Client
---@return homey.Home
function Home.new(scheduler, client)
  local home = setmetatable({
    scheduler = scheduler, client = client, cache = false, guards = false, dry_run = false, handles = {},
    reverting = false, within = false, stays = false, poll = 10,
  }, Home)
  scheduler.homes[home] = true
  home.directory = Directory.new(home, class_of)
  return home
end

--- Its client; raises where the home was closed.
---@return homey.core.Client
function Home:open_client()
  local client = self.client
  if not client then raise(new_error("cancelled", "this home was closed: log in again.")) end
  return client
end

--- Log in as far as is needed; calls do that by themselves.
---@return homey.Home self
function Home:login()
  local told = self.scheduler:await(self:open_client():login())
  for _, name in ipairs(facts) do rawset(self, name, told[name] or rawget(self, name)) end
  return self
end

-- A login by API key sends nothing, so it does not know whom it will talk to.
local function learn(home)
  home:login()
  if not rawget(home, "address") then
    home:get("/api/manager/system/ping")
    home:login()
  end
  if not rawget(home, "name") then home.name = normalize.name(home:get("/api/manager/system/name")) end
  rawset(home, "learned", true)
end

--- Does the hub speak this version of its interface? Where it does not tell, it speaks the newest.
---@param version integer
---@return boolean
function Home:speaks(version)
  if not rawget(self, "api_version") and not rawget(self, "address") then self:login() end
  return rawget(self, "api_version") == version
end

local typed = "device devices zone zones flow flows variable variables user users get put post delete on at every after is wait spawn "
  .. "guard why login logout close step timeout events name version platform address username api_version connected"
-- What the module keeps in a home, and may look for in vain.
local own = "scheduler client directory cache handles poll timezone latitude longitude state_dir journal guards dry_run goes_live within "
  .. "rate_limit reverts reverting label hub_ahead held_records learned stays id"

-- Most runs do without these.
local made_when_used = {}

function made_when_used.journal(home) return Journal.new(home.scheduler, home.state_dir) end

function made_when_used.rate_limit(home) return RateLimit.new(home.scheduler.limits) end

function Home.__index(home, key)
  local method = Home[key]
  if method then return method end
  if key == "connected" then return home.cache and home.cache:is_fresh() or false end
  if made_when_used[key] then
    rawset(home, key, made_when_used[key](home))
    return rawget(home, key)
  end
  if not is_fact[key] then return slip("a home", key, typed, own) end
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
function Home:logout()
  self.scheduler:await(self:open_client():logout())
end

--- Let go of the hub; what was waiting for it gets an error of kind "cancelled". The stored login stays. In a script beside
--- others, with which it shares the home, that script alone ends.
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

--- The program is one that stays: its login is renewed ahead of need, and lives in memory where it cannot be saved.
function Home:stay()
  if self.stays then return end
  self.stays = true
  self.client:stay(true)
end

--- Wait for a refresh token that is being changed for another, 10 s at most: it would be lost with the login.
function Home:settle()
  local client = self.client
  if client and client:is_renewing() then self.scheduler:finish(function() return not client:is_renewing() end, 10) end
end

--- Go on with what a run before this one has left undone. Called by whatever shows that the program is one that stays:
--- something is listened to, homey.run begins, something is to be set back later.
function Home:resume()
  local resume = self.goes_live
  if not self.client then return end
  self:stay()
  if not resume then return end
  self.goes_live = nil
  tasks.start(self.scheduler, {}, resume, self)
end

--- Queue a request.
---@param method string
---@param path string
---@param body? any
---@param options? {timeout: number?, once: boolean?, vetted: boolean?}  vetted: guards have seen it
---@return homey.Answer  for Scheduler:collect or Scheduler:settle
function Home:queue(method, path, body, options)
  local client = self:open_client()
  if type(path) ~= "string" or path:sub(1, 1) ~= "/" then
    invalid("a path begins with '/', as in '/api/manager/zones/zone', not as in %s.", show(path))
  end
  local fault = request_path.fault(path)
  if fault then invalid("%s: %s is not sent.", fault, show(path)) end
  local withheld = method ~= "GET" and gate.pass(self, method, path, body, options)
  if withheld then return withheld end
  local id, kind, message = client:request(method, path, body, options)
  if not id then raise(new_error(kind, message)) end
  return self.scheduler:expect(id)
end

local request_options = { timeout = true, once = true }

local function check_options(options)
  if options == nil then return nil end
  if type(options) ~= "table" then
    invalid("the options of a request are a table such as { timeout = \"5 s\" }, not %s.", show(options))
  end
  for name in pairs(options) do
    if not request_options[name] then
      invalid("a request has no option %s%s", show(name), near.hint(tostring(name), near.keys(request_options)))
    end
  end
  local timeout = options.timeout and duration(options.timeout, "the option `timeout`")
  if timeout and (timeout == 0 or timeout > 3600) then
    invalid("the option `timeout` is more than 0 and at most an hour, not %s.", show(options.timeout))
  end
  return { timeout = timeout, once = options.once }
end

local function ask(home, method, path, body, options)
  return home.scheduler:collect(home:queue(method, path, body, check_options(options)))
end

--- GET anything of the hub.
---@param path string  begins with "/", percent-encoded
---@param options? {timeout: number|string?}
---@return any  the decoded JSON; text where it is none; nil for no content
function Home:get(path, options)
  return ask(self, "GET", path, nil, options)
end

--- PUT anything to the hub.
---@param path string
---@param body? any  what JSON can carry; {} where it is left out
---@param options? {timeout: number|string?, once: boolean?}
---@return any
function Home:put(path, body, options)
  return ask(self, "PUT", path, body == nil and {} or body, options)
end

--- POST anything to the hub. It is never repeated by itself once it may have been executed.
---@param path string
---@param body? any
---@param options? {timeout: number|string?}
---@return any
function Home:post(path, body, options)
  return ask(self, "POST", path, body == nil and {} or body, options)
end

--- DELETE anything of the hub.
---@param path string
---@param options? {timeout: number|string?}
---@return any
function Home:delete(path, options)
  return ask(self, "DELETE", path, nil, options)
end

--- A device by id, "Name", "Zone/Name". No request is made for an id.
---@param ref string
---@return homey.Device
function Home:device(ref)
  return self.directory:find("device", ref)
end

--- All devices that match, freshly read.
---@param filter? homey.Filter
---@return homey.Selection
function Home:devices(filter)
  local wanted = filter == nil and {} or filter
  return Selection.new(self, self.directory:select(wanted), wanted)
end

--- A zone by id, "Name", "Parent/Name". No request is made for an id.
---@param ref string
---@return homey.Zone
function Home:zone(ref)
  return self.directory:find("zone", ref)
end

--- All zones, freshly read, sorted by path.
---@return homey.Zone[]
function Home:zones()
  return self.directory:all "zone"
end

--- A flow by id, "Name", "Folder/Name", standard or advanced. No request is made for an id.
---@param ref string
---@return homey.Flow
function Home:flow(ref)
  return self.directory:find("flow", ref)
end

--- All flows that match, freshly read, sorted by folder and name.
---@param filter? homey.FlowFilter
---@return homey.Flow[]
function Home:flows(filter)
  return Flow.all(self, filter)
end

--- A variable by id or name. No request is made for an id.
---@param ref string
---@return homey.Variable
function Home:variable(ref)
  return self.directory:find("variable", ref)
end

--- All variables, freshly read, sorted by name.
---@return homey.Variable[]
function Home:variables()
  return self.directory:all "variable"
end

--- A user by id or name. No request is made for an id.
---@param ref string
---@return homey.User
function Home:user(ref)
  return self.directory:find("user", ref)
end

--- All users, freshly read, sorted by name.
---@return homey.User[]
function Home:users()
  return self.directory:all "user"
end

--- Call f for what happens at home: homey.on("device.create", function(device) end). Also "zone.", "flow.", "variable.",
--- "user." and the hub's other items with create, update and delete; "device.capability"; "connect", "disconnect" and
--- "stale" for the connection itself; "error" for what handlers and scripts raise, f(err, event) with event.script and
--- event.handler; and anything else by its manager, "updates:install_start".
---@param event string
---@param options? {once: boolean?, mode: homey.Mode?}  may be left out
---@param f fun(resource: any, event: homey.Event)
---@return homey.Handle
function Home:on(event, options, f)
  return trigger.on_event(self, event, options, f)
end

--- Call f at the times that a rule names, "22:30 mon-fri" or "sunset - 30 min"; docs/time.md has them all.
---@param rule string
---@param options? homey.TimeOptions  may be left out
---@param f fun(event: {at: number, missed: boolean})
---@return homey.Handle
function Home:at(rule, options, f)
  return schedule.at(self.scheduler, self, function(needs_sun) return places.of(self, needs_sun) end, rule, options, f)
end

--- Call f again and again, after so much time each.
---@param time number|string  seconds, or "15 min"
---@param options? {once: boolean?, mode: homey.Mode?}  may be left out
---@param f function
---@return homey.Handle
function Home:every(time, options, f)
  return schedule.every(self.scheduler, self, time, options, f)
end

--- Call f once, after so much time.
---@param time number|string
---@param options? {mode: homey.Mode?}  may be left out
---@param f function
---@return homey.Handle
function Home:after(time, options, f)
  return schedule.after(self.scheduler, self, time, options, f)
end

--- Is it so now? "daytime and not sun", "between 22:00 and 06:00"; docs/time.md has all that can be asked.
---@param condition string
---@return boolean
function Home:is(condition)
  local parsed = Condition.parse(condition)
  return parsed:holds(self.scheduler.core_loop:time(), places.of(self, parsed.needs_sun))
end

--- Wait until something is so: home:wait(device, "alarm_contact", false, "5 min"). See automation/wait.lua for all that it takes.
---@param ... any
---@return boolean|integer  false when the time is over
function Home:wait(...) -- luacheck: no self
  return wait(...)
end

--- Run f beside everything else; it starts at once.
---@param f function
---@param ... any  its arguments
---@return homey.Task
function Home:spawn(f, ...)
  return tasks.spawn(self.scheduler, f, ...)
end

--- Forbid changes: homey.guard{ class = "lock", never = true }, homey.guard{ class = "speaker", quiet = "22:00 - 07:00" }.
---@param rule homey.GuardRule
---@return homey.Handle
function Home:guard(rule)
  return guard.add(self, rule)
end

--- Why a capability of a device is as it is: a sentence, and the steps that led there.
---@param device string|homey.Device
---@param capability string
---@return string sentence
---@return table steps
function Home:why(device, capability)
  return why(self, self:device(device), capability)
end

--- Do whatever is due and wait for nothing, for this home and all that share its loop.
function Home:step()
  self.scheduler:step()
end

--- The descriptor that a host's loop polls for reading.
---@return integer
function Home:fd()
  return self.scheduler:fd()
end

--- The same by the name that cqueues asks for.
---@return integer
function Home:pollfd()
  return self.scheduler:fd()
end

--- What to poll the descriptor for.
---@return string
function Home:events() -- luacheck: no self
  return "r"
end

--- Seconds until a step is due even if the descriptor stays quiet; nil when only that matters.
---@return number?
function Home:timeout()
  return self.scheduler.core_loop:timeout()
end

return called.by_colon(Home, Home, "home", called.of_home)
