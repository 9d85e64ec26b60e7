-- The home as the hub keeps us informed of it. Lists are read once, events keep them true; after each gap in the events
-- they are read again, and what differs is told as events that were missed. So whoever listens hears of every lasting
-- change, once.
--
-- Kept true: a value that came by an event, or by the answer to a write, is newer than any reading that was asked for
-- before it; a reading that was asked for after a subscription was confirmed misses nothing that its events do not tell.

local Events = require "homey.realtime.subscriptions"
local Listeners = require "homey.realtime.listeners"
local Own = require "homey.realtime.echo"
local log = require "homey.util.log"
local news = require "homey.realtime.notify"
local resync = require "homey.realtime.resync"
local subjects = require "homey.model.resource_types"
local visible = require("homey.util.text").visible

local fresh = 5 -- seconds for which facts are so good that what differs from them has just happened

---@class homey.Watched       something of which somebody wants to hear the values
---@field subject any
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

---@class homey.Mirror
---@field home homey.Home
---@field events homey.Events
---@field watchers homey.Listeners   to the values of something, by what it is
---@field listeners homey.Listeners  under the names of events: "device.create", "connect"
---@field watched table<string, homey.Watched>  by what it is: an odd hub gives one id to things of two kinds
---@field followed table<string, homey.Followed>  by kind
---@field connected_at? number  when the hub was last reached again, on the clock that never jumps
---@field was_up? boolean    `connect` was told last, and not `disconnect`
---@field handover? boolean  a connection that was in order is being replaced: nobody need know
local Mirror = { __name = "homey.Mirror" }
Mirror.__index = Mirror

local on_state

--- See to it that a home is kept informed; reads the lists that a kind takes where that has not been done.
---@param home homey.Home
---@param kind? string  "device", "variable"
---@return homey.Mirror
function Mirror.of(home, kind)
  local kinds = kind and subjects[kind].reads or {}
  home.directory:need(kinds)
  local self = home.live
  if not self then
    self = setmetatable({
      home = home, events = Events.new(home), watched = {}, watchers = Listeners.new(), listeners = Listeners.new(), followed = {},
    }, Mirror)
    self.own, self.resync = Own.new(self), resync.new(self)
    self.events:on_state(function(told) on_state(self, told) end) -- raises where the home was closed
    home.live = self
    home:resume()
  end
  for _, each in ipairs(kinds) do self:follow(each) end
  return self
end

function Mirror:__tostring()
  return "homey.Mirror: " .. tostring(self.events)
end

-- ---- who listens -----------------------------------------------------------------------------------

--- Call f(event, ...) for what is told under a name: "device.create", "connect".
---@param name string
---@param f function
---@return fun() stop
function Mirror:listen(name, f)
  return self.listeners:join(name, f)
end

--- Tell of an event to those who listen to its name.
---@param event homey.Event
---@param ... any  what is told with it
function Mirror:tell(event, ...)
  self.listeners:tell(event.name, event, ...)
end

-- ---- what is watched --------------------------------------------------------------------------------

local function kind_of(subject)
  return getmetatable(subject).kind
end

-- Hear of the values of something that has a uri of its own.
local function attend(self, entry)
  local device = entry.subject
  local uri = subjects[kind_of(device)].uri
  if not uri or entry.stop then return end
  entry.stop, entry.topic = self.events:listen(uri .. device.id, function(event, data)
    if event == "homey:subscribed" then return self.resync:anew(device) end
    if event == "capability" then self.own:heard(device, data) end
  end)
end

--- Something is there again, and those who listen still do.
---@param subject any
function Mirror:arrived(subject)
  self.resync:forget(subject)
  local entry = self.watched[subject]
  if not entry then return end
  attend(self, entry)
  self.watchers:tell(subject, { back = true })
end

--- Something is gone.
---@param subject any
---@param found? boolean  as a reading has found, which may come of a hub that is starting
function Mirror:left(subject, found)
  if found then self.resync:miss(subject) else self.resync:forget(subject) end
  local entry = self.watched[subject]
  if not entry then return end
  if entry.stop then entry.stop() end
  entry.stop, entry.topic, entry.kept = nil, nil, nil
  self.watchers:tell(subject, { gone = true, found = found })
  if not self.watchers:has(subject) then self.watched[subject] = nil end
end

--- What a reading did not find has stayed away for so long that it is taken to be deleted.
---@param subject any
function Mirror:lost(subject)
  self.watchers:tell(subject, { gone = true, lost = true })
  self:tell(news.event(self, kind_of(subject) .. ".lost", { subject = subject }), subject)
end

--- May something that a reading did not find come back?
---@param subject any
---@return boolean
function Mirror:may_return(subject)
  return self.resync.absent[subject] ~= nil
end

local function entry_of(self, subject)
  local entry = self.watched[subject]
  if entry then return entry end
  local age = self.home.scheduler.core_loop:now() - (subject.read_at or -math.huge)
  entry = { subject = subject, old = age > fresh }
  if not subjects[kind_of(subject)].uri and self:has(kind_of(subject)) then entry.old = false end
  self.watched[subject] = entry
  attend(self, entry)
  self.resync:doubt(kind_of(subject))
  return entry
end

--- Call f(event) for each change of something's values; with { gone = true } when it is deleted, with `found = true` where it
--- is merely in the hub's list no more, and then with `lost = true` if it stays away; with { back = true } when it is there
--- again.
---@param subject any
---@param f fun(event: homey.Event)
---@return fun() stop
function Mirror:watch(subject, f)
  local entry = entry_of(self, subject)
  local leave = self.watchers:join(subject, f)
  return function()
    leave()
    if self.watchers:has(subject) or entry.kept or self.watched[subject] ~= entry then return end
    self.watched[subject] = nil
    if entry.stop then entry.stop() end
  end
end

--- Are the values of this device kept true by events? If not, it is watched from now on.
---@param device homey.Device
---@return boolean
function Mirror:knows(device)
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
function Mirror:is_watched(kind)
  for _, entry in pairs(self.watched) do
    if kind_of(entry.subject) == kind then return true end
  end
  if self.listeners:has(kind .. ".update") then return true end
  for key in pairs(subjects[kind].values or {}) do
    if self.listeners:has(kind .. "." .. key) then return true end
  end
  return false
end

--- Does the hub tell us what happens, now?
---@return boolean
function Mirror:is_fresh()
  return self.events.connected and not self.events.stale
end

--- Is the list of a kind kept true by events?
---@param kind string
---@return boolean
function Mirror:has(kind)
  local followed = self.followed[kind]
  return followed ~= nil and followed.synced ~= nil and followed.synced == followed.topic.confirmed and self:is_fresh()
end

--- A reading has found what may be otherwise than it was known.
---@param kind string
---@param differences homey.Difference[]
function Mirror:found(kind, differences)
  news.found(self, kind, differences)
end

--- Keep the list of a kind true from now on.
---@param kind string  "device", "zone", "flow", "flowfolder", "variable", "user"
function Mirror:follow(kind)
  if self.followed[kind] then return end
  local shelf, items = self.home.directory:shelf(kind), {}
  for _, item in ipairs(subjects[kind].items) do items[item.name] = true end
  local age = self.home.scheduler.core_loop:now() - (shelf.list and shelf.read_at or -math.huge)
  local followed = { old = age > fresh }
  self.followed[kind] = followed
  followed.stop, followed.topic = self.events:listen("homey:manager:" .. subjects[kind].manager, function(event, data)
    if event == "homey:subscribed" then return self.resync:anew(kind) end
    local item, verb = event:match("^(.*)%.(%a+)$")
    if items[item] then news.of_item(self, kind, item, verb, data) end
  end)
  if followed.topic.confirmed then self.resync:soon(kind) end
end

-- ---- writes of our own -------------------------------------------------------------------------------

--- A change of a device is on its way: its echo may come before its answer.
---@param each homey.Change
function Mirror:sent(each)
  self.own:sent(each)
end

--- It failed: no echo of it is expected.
---@param each homey.Change
function Mirror:failed(each)
  self.own:failed(each)
end

--- The hub took a value: it holds from now on, and those who listen hear of it, unless its echo was here first.
---@param each homey.Change
---@param value any
---@param reply? table  the hub's
function Mirror:took(each, value, reply)
  self.own:took(each, value, reply)
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
    if not unnoticed then self:tell(news.event(self, "connect", { resumed = told.resumed, raw = told })) end
  elseif told.state == "stale" then
    self.handover = nil
    self:tell(news.event(self, "stale", { silent = (told.silent_ms or 0) / 1000, raw = told }))
  elseif told.handover then
    self.handover = self.was_up
  elseif told.state ~= "connecting" and self.was_up then
    self.was_up, self.handover = false, nil
    self:tell(news.event(self, "disconnect", { raw = told }))
  end
end

--- Nothing is heard from now on.
function Mirror:close()
  self.events:close()
  self.resync:close()
  self.home.live = false
end

return Mirror
