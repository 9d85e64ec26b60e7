-- Cache of a home: lists, facts and values, kept up to date by events. Lists are read once. After
-- each gap in the events they are read again, and each difference is notified as a missed event. So
-- a listener is called once for every lasting change.
--
-- Invariant: a value from an event, or from the answer to a write, is newer than a reading that was
-- requested before it. A reading that was requested after the hub confirmed a subscription,
-- together with the events of that subscription, is complete.

local Echo = require "homey.realtime.echo"
local Listeners = require "homey.realtime.listeners"
local Subscriptions = require "homey.realtime.subscriptions"
local events = require "homey.realtime.event"
local invalid_data = require "homey.model.invalid_data"
local log = require "homey.util.log"
local notify = require "homey.realtime.notify"
local pipeline = require "homey.realtime.pipeline"
local resource_types = require "homey.model.resource_types"
local resync = require "homey.realtime.resync"
local visible = require("homey.util.text").visible

local FRESH = 5 -- seconds for which facts are so recent that a difference from them is an event

local weak = { __mode = "k" }

---@class homey.Watched : homey.Taker  a resource whose values somebody listens to
---@field resource any
---@field old boolean         its facts were old when somebody began to listen
---@field kept? boolean       it stays watched when nobody listens
---@field stop? fun()         ends the subscription to its own uri, where it has one
---@field topic? homey.Topic
---@field synced? any         the confirmation of the subscription after which it was read

---@class homey.Followed      a kind whose lists are kept up to date
---@field topic homey.Topic
---@field old boolean         its list was old, or not read, when it was first followed
---@field synced? any
---@field proven? boolean     the hub has sent an event of a value

---@class homey.Cache
---@field home homey.Home
---@field scheduler homey.Scheduler  of the home
---@field core_loop homey.core.Loop  of the scheduler
---@field subscriptions homey.Subscriptions
---@field echo homey.Echo
---@field resync homey.Resync
---@field report homey.Report        is called with invalid data
---@field watchers homey.Listeners   to the values of a resource
---@field listeners homey.Listeners  to the names of events: "device.create", "connect"
---@field watched table<any, homey.Watched>  by resource: two kinds may share an id
---@field followed table<string, homey.Followed>  by kind
---@field reloaded table<homey.Device, number>  time of the read for an unknown capability
---@field connected_at? number  when the connection was last made, on the monotonic clock
---@field was_up? boolean    the last notification was `connect`, not `disconnect`
---@field handover? boolean  a working connection is being replaced: nobody is notified
local Cache = { __name = "homey.Cache" }
Cache.__index = Cache

local on_state

local function new_cache(home)
  local self = setmetatable({
    home = home, subscriptions = Subscriptions.new(home), report = invalid_data.of(home),
    scheduler = home.scheduler, core_loop = home.scheduler.core_loop, watchers = Listeners.new(),
    listeners = Listeners.new(), watched = {}, followed = {},
    reloaded = setmetatable({}, weak),
  }, Cache)
  self.echo, self.resync = Echo.new(self), resync.new(self)
  -- raises an error when the home was closed
  self.subscriptions:on_state(function(told) on_state(self, told) end)
  return self
end

--- The cache of a home. From now on it is kept up to date by events. Lists that the kind needs are
--- read when they were not read yet.
---@param home homey.Home
---@param kind? string  "device", "variable"
---@return homey.Cache
function Cache.of(home, kind)
  local kinds = kind and resource_types[kind].reads or {}
  home.directory:need(kinds)
  if not home.cache then
    home.cache = new_cache(home)
    home:resume()
  end
  for _, each in ipairs(kinds) do home.cache:follow(each) end
  return home.cache
end

function Cache:__tostring()
  return "homey.Cache: " .. tostring(self.subscriptions)
end

--- Call f(event, ...) for each event of a name: "device.create", "connect".
---@param name string
---@param f function
---@return fun() stop
function Cache:listen(name, f)
  return self.listeners:join(name, f)
end

-- ---- watched resources --------------------------------------------------------------------------

local function kind_of(resource)
  return getmetatable(resource).kind
end

-- Subscribes to the values of a resource, when its kind has a uri for each resource.
local function subscribe(self, entry)
  local resource = entry.resource
  local uri = resource_types[kind_of(resource)].uri
  if not uri or entry.stop then return end
  entry.stop, entry.topic = self.subscriptions:listen(uri .. resource.id,
    function(name, data, id, transaction, time)
    if name == "capability" then
      return pipeline.value(self, resource, data, id, transaction, time)
    end
    if name == "homey:subscribed" then self.resync:anew(resource) end
  end, entry)
end

--- Note that a resource exists again: subscribe to it and notify its watchers.
---@param resource any
function Cache:arrived(resource)
  self.resync:forget(resource)
  local entry = self.watched[resource]
  if not entry then return end
  subscribe(self, entry)
  self.watchers:notify(resource, { back = true })
end

--- Note that a resource is gone, and notify its watchers.
---@param resource any
---@param by_reading? boolean  a reading did not find it, perhaps because the hub is starting
function Cache:left(resource, by_reading)
  if by_reading then self.resync:miss(resource) else self.resync:forget(resource) end
  local entry = self.watched[resource]
  if not entry then return end
  if entry.stop then entry.stop() end
  entry.stop, entry.topic, entry.kept = nil, nil, nil
  self.watchers:notify(resource, { gone = true, found = by_reading })
  if not self.watchers:has(resource) then self.watched[resource] = nil end
end

--- Note that a missing resource has stayed away for so long that it counts as deleted.
---@param resource any
function Cache:lost(resource)
  self.watchers:notify(resource, { gone = true, lost = true })
  notify.lost(self, kind_of(resource), resource)
end

--- Reports whether a resource is one that a reading did not find, and that may come back.
---@param resource any
---@return boolean
function Cache:may_return(resource)
  return self.resync.absent[resource] ~= nil
end

local function entry_of(self, resource)
  local entry = self.watched[resource]
  if entry then return entry end
  local kind = kind_of(resource)
  local age = self.home.scheduler.core_loop:now() - (resource.read_at or -math.huge)
  entry = { resource = resource, old = age > FRESH, take = pipeline.value, cache = self }
  if not resource_types[kind].uri and self:has(kind) then entry.old = false end
  self.watched[resource] = entry
  subscribe(self, entry)
  self.resync:doubt(kind)
  return entry
end

--- Call f(event) for each change of a resource's values. The event is { gone = true } when it is
--- deleted, with `found = true` when only a reading did not find it, and with `lost = true` when it
--- then stays away. It is { back = true } when the resource exists again.
---@param resource any
---@param f fun(event: homey.Event, id: string?, value: any)  gets capability and value, too, when
---   the event is nothing but a report of a value
---@param borrows? boolean  f calls events.keep for each event that it keeps longer than its call
---@return fun() stop
function Cache:watch(resource, f, borrows)
  local entry = entry_of(self, resource)
  local leave = self.watchers:join(resource, borrows and f or function(event)
    return f(events.keep(event))
  end)
  return function()
    leave()
    if self.watchers:has(resource) or entry.kept or self.watched[resource] ~= entry then return end
    self.watched[resource] = nil
    if entry.stop then entry.stop() end
  end
end

--- Reports whether events keep the values of a device up to date. If not, it is watched from now
--- on.
---@param device homey.Device
---@return boolean
function Cache:knows(device)
  local entry = self.watched[device]
  if entry then
    local topic = entry.topic
    return device.record and topic ~= nil and entry.synced ~= nil
      and entry.synced == topic.confirmed and self:is_fresh()
  end
  if not device.gone then entry_of(self, device).kept = true end
  return false
end

--- Reports whether anybody listens to values or updates of any resource of a kind.
---@param kind string
---@return boolean
function Cache:is_watched(kind)
  for _, entry in pairs(self.watched) do
    if kind_of(entry.resource) == kind then return true end
  end
  if self.listeners:has(kind .. ".update") then return true end
  for key in pairs(resource_types[kind].values or {}) do
    if self.listeners:has(kind .. "." .. key) then return true end
  end
  return false
end

--- Reports whether events arrive from the hub now.
---@return boolean
function Cache:is_fresh()
  return self.subscriptions.connected and not self.subscriptions.stale
end

--- Reports whether events keep the list of a kind up to date.
---@param kind string
---@return boolean
function Cache:has(kind)
  local followed = self.followed[kind]
  return followed ~= nil and followed.synced ~= nil and followed.synced == followed.topic.confirmed
    and self:is_fresh()
end

--- Notify of the differences that a reading has found.
---@param kind string
---@param differences homey.Difference[]
function Cache:found(kind, differences)
  notify.found(self, kind, differences)
end

--- Keep the list of a kind up to date from now on.
---@param kind string  "device", "zone", "flow", "flowfolder", "variable", "user"
function Cache:follow(kind)
  if self.followed[kind] then return end
  local registry, row, items = self.home.directory:registry(kind), resource_types[kind], {}
  for _, item in ipairs(row.items) do items[item.name] = true end
  local age = self.home.scheduler.core_loop:now() - (registry.list and registry.read_at
    or -math.huge)
  local followed = { old = age > FRESH }
  self.followed[kind] = followed
  followed.stop,
    followed.topic = self.subscriptions:listen("homey:manager:" .. row.manager, function(name, data)
    if name == "homey:subscribed" then return self.resync:anew(kind) end
    local item, verb = name:match("^(.*)%.(%a+)$")
    if items[item] then pipeline.item(self, kind, item, verb, data) end
  end)
  if followed.topic.confirmed then self.resync:soon(kind) end
end

-- ---- writes of this program ---------------------------------------------------------------------

--- Note that a change failed: no echo of it is expected.
---@param change homey.Write
function Cache:failed(change)
  self.echo:failed(change)
end

--- Apply a value that the hub has accepted, and notify the listeners, unless its echo came first.
---@param change homey.Write
---@param value any
---@param time? number  ms since 1970, by the clock of the hub
function Cache:took(change, value, time)
  return pipeline.answer(self, change, value, time)
end

-- ---- the connection -----------------------------------------------------------------------------

local function on_connected(self, told)
  local is_handover = self.handover
  self.connected_at = self.home.scheduler.core_loop:now()
  self.was_up, self.handover = true, nil
  self.resync:settled()
  if not is_handover then
    notify.connection(self, "connect", { resumed = told.resumed, raw = told })
  end
end

function on_state(self, told)
  local state = told.state
  if state == "refused" then self.resync:poll(told) end
  if state == "failed" then
    log("error", "the hub sends no events any more: " .. visible(tostring(told.message)),
      self.home.label)
  end
  if state == "connected" then
    on_connected(self, told)
  elseif state == "stale" then
    self.handover = nil
    notify.connection(self, "stale", { silent = (told.silent_ms or 0) / 1000, raw = told })
  elseif told.handover then
    self.handover = self.was_up
  elseif state ~= "connecting" and self.was_up then
    self.was_up, self.handover = false, nil
    notify.connection(self, "disconnect", { raw = told })
  end
end

--- End all subscriptions. No listener is called after this.
function Cache:close()
  self.subscriptions:close()
  self.resync:close()
  self.home.cache = false
end

return Cache
