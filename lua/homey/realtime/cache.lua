-- The home as the hub keeps us informed of it. Lists are read once, events keep them true; after each gap in the events
-- they are read again, and what differs is told as events that were missed. So whoever listens hears of every lasting
-- change, once.
--
-- Kept true: a value that came by an event, or by the answer to a write, is newer than any reading that was asked for
-- before it; a reading that was asked for after a subscription was confirmed misses nothing that its events do not tell.

local Subscriptions = require "homey.realtime.subscriptions"
local Listeners = require "homey.realtime.listeners"
local Echo = require "homey.realtime.echo"
local log = require "homey.util.log"
local notify = require "homey.realtime.notify"
local resync = require "homey.realtime.resync"
local resource_types = require "homey.model.resource_types"
local visible = require("homey.util.text").visible

local fresh = 5 -- seconds for which facts are so good that what differs from them has just happened

---@class homey.Watched       something of which somebody wants to hear the values
---@field resource any
---@field old boolean         its facts were old when it came to be watched
---@field kept? boolean       it stays watched, though nobody listens
---@field stop? fun()         ends the subscription to its own uri, where it has one
---@field topic? homey.Topic
---@field synced? any         by which confirmation of the subscription it was read again

---@class homey.Followed      a kind whose lists are kept true
---@field topic homey.Topic
---@field old boolean         nobody has read it lately when it came to be followed
---@field synced? any
---@field proven? boolean     the hub has told of a value by itself

---@class homey.Cache
---@field home homey.Home
---@field subscriptions homey.Subscriptions
---@field watchers homey.Listeners   to the values of something, by what it is
---@field listeners homey.Listeners  under the names of events: "device.create", "connect"
---@field watched table<string, homey.Watched>  by what it is: an odd hub gives one id to things of two kinds
---@field followed table<string, homey.Followed>  by kind
---@field connected_at? number  when the hub was last reached again, on the clock that never jumps
---@field was_up? boolean    `connect` was told last, and not `disconnect`
---@field handover? boolean  a connection that was in order is being replaced: nobody need know
local Cache = { __name = "homey.Cache" }
Cache.__index = Cache

local on_state

--- See to it that a home is kept informed; reads the lists that a kind takes where that has not been done.
---@param home homey.Home
---@param kind? string  "device", "variable"
---@return homey.Cache
function Cache.of(home, kind)
  local kinds = kind and resource_types[kind].reads or {}
  home.directory:need(kinds)
  local self = home.cache
  if not self then
    self = setmetatable({
      home = home, subscriptions = Subscriptions.new(home), watchers = Listeners.new(),
      listeners = Listeners.new(), watched = {}, followed = {},
    }, Cache)
    self.echo, self.resync = Echo.new(self), resync.new(self)
    self.subscriptions:on_state(function(told) on_state(self, told) end) -- raises where the home was closed
    home.cache = self
    home:resume()
  end
  for _, each in ipairs(kinds) do self:follow(each) end
  return self
end

function Cache:__tostring()
  return "homey.Cache: " .. tostring(self.subscriptions)
end

-- ---- who listens -----------------------------------------------------------------------------------

--- Call f(event, ...) for what is told under a name: "device.create", "connect".
---@param name string
---@param f function
---@return fun() stop
function Cache:listen(name, f)
  return self.listeners:join(name, f)
end

--- Tell of an event to those who listen to its name.
---@param event homey.Event
---@param ... any  what is told with it
function Cache:tell(event, ...)
  self.listeners:tell(event.name, event, ...)
end

-- ---- what is watched --------------------------------------------------------------------------------

local function kind_of(resource)
  return getmetatable(resource).kind
end

-- Hear of the values of something that has a uri of its own.
local function attend(self, entry)
  local device = entry.resource
  local uri = resource_types[kind_of(device)].uri
  if not uri or entry.stop then return end
  entry.stop, entry.topic = self.subscriptions:listen(uri .. device.id, function(event, data)
    if event == "homey:subscribed" then return self.resync:anew(device) end
    if event == "capability" then self.echo:heard(device, data) end
  end)
end

--- Something is there again, and those who listen still do.
---@param resource any
function Cache:arrived(resource)
  self.resync:forget(resource)
  local entry = self.watched[resource]
  if not entry then return end
  attend(self, entry)
  self.watchers:tell(resource, { back = true })
end

--- Something is gone.
---@param resource any
---@param found? boolean  as a reading has found, which may come of a hub that is starting
function Cache:left(resource, found)
  if found then self.resync:miss(resource) else self.resync:forget(resource) end
  local entry = self.watched[resource]
  if not entry then return end
  if entry.stop then entry.stop() end
  entry.stop, entry.topic, entry.kept = nil, nil, nil
  self.watchers:tell(resource, { gone = true, found = found })
  if not self.watchers:has(resource) then self.watched[resource] = nil end
end

--- What a reading did not find has stayed away for so long that it is taken to be deleted.
---@param resource any
function Cache:lost(resource)
  self.watchers:tell(resource, { gone = true, lost = true })
  self:tell(notify.event(self, kind_of(resource) .. ".lost", { subject = resource }), resource)
end

--- May something that a reading did not find come back?
---@param resource any
---@return boolean
function Cache:may_return(resource)
  return self.resync.absent[resource] ~= nil
end

local function entry_of(self, resource)
  local entry = self.watched[resource]
  if entry then return entry end
  local age = self.home.scheduler.core_loop:now() - (resource.read_at or -math.huge)
  entry = { resource = resource, old = age > fresh }
  if not resource_types[kind_of(resource)].uri and self:has(kind_of(resource)) then entry.old = false end
  self.watched[resource] = entry
  attend(self, entry)
  self.resync:doubt(kind_of(resource))
  return entry
end

--- Call f(event) for each change of something's values; with { gone = true } when it is deleted, with `found = true` where it
--- is merely in the hub's list no more, and then with `lost = true` if it stays away; with { back = true } when it is there
--- again.
---@param resource any
---@param f fun(event: homey.Event)
---@return fun() stop
function Cache:watch(resource, f)
  local entry = entry_of(self, resource)
  local leave = self.watchers:join(resource, f)
  return function()
    leave()
    if self.watchers:has(resource) or entry.kept or self.watched[resource] ~= entry then return end
    self.watched[resource] = nil
    if entry.stop then entry.stop() end
  end
end

--- Are the values of this device kept true by events? If not, it is watched from now on.
---@param device homey.Device
---@return boolean
function Cache:knows(device)
  local entry = self.watched[device]
  if entry then
    return device.record and entry.topic ~= nil and entry.synced ~= nil and entry.synced == entry.topic.confirmed and self:is_fresh()
  end
  if not device.gone then entry_of(self, device).kept = true end
  return false
end

--- Does anybody listen to the values of something of a kind, or to whatever changes of it?
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

--- Does the hub tell us what happens, now?
---@return boolean
function Cache:is_fresh()
  return self.subscriptions.connected and not self.subscriptions.stale
end

--- Is the list of a kind kept true by events?
---@param kind string
---@return boolean
function Cache:has(kind)
  local followed = self.followed[kind]
  return followed ~= nil and followed.synced ~= nil and followed.synced == followed.topic.confirmed and self:is_fresh()
end

--- A reading has found what may be otherwise than it was known.
---@param kind string
---@param differences homey.Difference[]
function Cache:found(kind, differences)
  notify.found(self, kind, differences)
end

--- Keep the list of a kind true from now on.
---@param kind string  "device", "zone", "flow", "flowfolder", "variable", "user"
function Cache:follow(kind)
  if self.followed[kind] then return end
  local registry, items = self.home.directory:registry(kind), {}
  for _, item in ipairs(resource_types[kind].items) do items[item.name] = true end
  local age = self.home.scheduler.core_loop:now() - (registry.list and registry.read_at or -math.huge)
  local followed = { old = age > fresh }
  self.followed[kind] = followed
  followed.stop, followed.topic = self.subscriptions:listen("homey:manager:" .. resource_types[kind].manager, function(event, data)
    if event == "homey:subscribed" then return self.resync:anew(kind) end
    local item, verb = event:match("^(.*)%.(%a+)$")
    if items[item] then notify.of_item(self, kind, item, verb, data) end
  end)
  if followed.topic.confirmed then self.resync:soon(kind) end
end

-- ---- writes of our own -------------------------------------------------------------------------------

--- A change of a device is on its way: its echo may come before its answer.
---@param each homey.Change
function Cache:sent(each)
  self.echo:sent(each)
end

--- It failed: no echo of it is expected.
---@param each homey.Change
function Cache:failed(each)
  self.echo:failed(each)
end

--- The hub took a value: it holds from now on, and those who listen hear of it, unless its echo was here first.
---@param each homey.Change
---@param value any
---@param reply? table  the hub's
function Cache:took(each, value, reply)
  self.echo:took(each, value, reply)
end

-- ---- the connection ----------------------------------------------------------------------------------------

function on_state(self, told)
  if told.state == "refused" then self.resync:poll(told) end
  if told.state == "failed" then
    log("error", "the hub tells nothing any more: " .. visible(tostring(told.message)), self.home.label)
  end
  if told.state == "connected" then
    local unnoticed = self.handover
    self.connected_at = self.home.scheduler.core_loop:now()
    self.was_up, self.handover = true, nil
    self.resync:settled()
    if not unnoticed then self:tell(notify.event(self, "connect", { resumed = told.resumed, raw = told })) end
  elseif told.state == "stale" then
    self.handover = nil
    self:tell(notify.event(self, "stale", { silent = (told.silent_ms or 0) / 1000, raw = told }))
  elseif told.handover then
    self.handover = self.was_up
  elseif told.state ~= "connecting" and self.was_up then
    self.was_up, self.handover = false, nil
    self:tell(notify.event(self, "disconnect", { raw = told }))
  end
end

--- Nothing is heard from now on.
function Cache:close()
  self.subscriptions:close()
  self.resync:close()
  self.home.cache = false
end

return Cache
