-- What the hub tells by itself: one subscription on the wire for each of its uris, whoever listens, and the state of the
-- connection over which it comes.

local home_log = require "homey.task.home_log"
local resource_types = require "homey.model.resource_types"
local normalize = require "homey.model.normalize"

local CONNECTION = "homey:connection"

local again, most = 5, 60 -- seconds until what was refused is asked for again: at first, and at most

---@class homey.Subscriptions
---@field connected boolean  events come now
---@field stale boolean      nothing has been heard of the hub for too long
---@field refused boolean    the hub takes no websockets
local Subscriptions = { __name = "homey.Subscriptions" }
Subscriptions.__index = Subscriptions

---@class homey.Topic      one uri of the hub
---@field confirmed? integer  the number of the confirmation that holds on this connection: no two are the same
---@field delay? number      seconds until it is asked for again, after the hub refused
---@field again? fun()       cancels that

--- The events of a home; nothing is subscribed yet.
---@param home homey.Home
---@return homey.Subscriptions
function Subscriptions.new(home)
  return setmetatable({
    home = home, topics = {}, confirmations = 0, connected = false, stale = false, refused = false, state_listeners = {},
  }, Subscriptions)
end

function Subscriptions:__tostring()
  return "homey.Subscriptions: " .. (self.connected and "connected" or "not connected")
end

local function without(list, f)
  local rest = {}
  for _, each in ipairs(list) do
    if each ~= f then rest[#rest + 1] = each end
  end
  return rest
end

local function tell(listeners, first, second)
  for i = 1, #listeners do listeners[i](first, second) end
end

-- A connection that is up is told of once each thing is subscribed; what was confirmed on the one before is not any more.
local states = {}

function states.connected(self)
  self.connected, self.stale, self.refused = true, false, false
end

function states.stale(self)
  self.stale = true
end

function states.refused(self)
  self.refused = true
end

local function lost(self)
  self.connected = false
  for _, topic in pairs(self.topics) do topic.confirmed = nil end
end

local function on_state(self, told)
  if told.state ~= "connected" and told.state ~= "stale" then lost(self) end
  if states[told.state] then states[told.state](self) end
  tell(self.state_listeners, told)
end

local function subscribe(self, uri, f)
  local id, kind, message = self.home:open_client():subscribe(uri)
  if not id then require "homey.util.raise"(require "homey.error"(kind, message)) end
  self.home.scheduler.listeners[id] = f
  return id
end

local function open_connection(self)
  if self.connection then return end
  self.connection = subscribe(self, CONNECTION, function(told)
    if told then on_state(self, told) end
  end)
end

local ask

local function ask_anew(self, uri, topic)
  self.home.scheduler.listeners[topic.id] = nil
  self.home.client:unsubscribe(topic.id)
  ask(self, uri, topic)
end

-- What the hub would not tell of it may tell of later: one that is starting up refuses much.
local function ask_later(self, uri, topic)
  topic.delay = math.min((topic.delay or again / 2) * 2, most)
  if topic.again then topic.again() end
  topic.again = self.home.scheduler:aside(topic.delay, function()
    topic.again = nil
    if self.topics[uri] ~= topic or topic.confirmed or not self.connected then return end
    ask_anew(self, uri, topic)
  end)
end

-- The kind whose list tells the same as a manager.
local function kind_of(uri)
  for _, kind in ipairs { "device", "zone", "flow", "variable", "user" } do
    if uri == "homey:manager:" .. resource_types[kind].manager then return kind end
  end
end

local function warn_of_refusal(self, uri, err)
  local kind = err.kind == "forbidden" and kind_of(uri)
  if kind then return self.home.directory:note_forbidden(kind) end
  home_log.thin(self.home, "subscribe", "warning", ("the hub tells nothing of %s: %s"):format(uri, err.message))
end

local function on_event(self, uri, topic, told, err)
  if err then
    if err.kind == "cancelled" then return end
    topic.confirmed = nil
    if not topic.delay then warn_of_refusal(self, uri, err) end
    return ask_later(self, uri, topic)
  end
  local event, data = normalize.event(told)
  if not event then return end
  if event == "homey:subscribed" then
    self.confirmations = self.confirmations + 1
    topic.confirmed, topic.delay = self.confirmations, nil
  end
  tell(topic.listeners, event, data)
end

function ask(self, uri, topic)
  topic.id = subscribe(self, uri, function(told, err) on_event(self, uri, topic, told, err) end)
end

--- Call f(event, data) for each event of a uri, and f("homey:subscribed") whenever the hub has confirmed that it will tell.
---@param uri string  "homey:manager:devices", "homey:device:<id>"
---@param f fun(event: string, data: any)
---@return fun() stop
---@return homey.Topic
function Subscriptions:listen(uri, f)
  open_connection(self)
  local topic = self.topics[uri]
  if not topic then
    topic = { listeners = {} }
    ask(self, uri, topic)
    self.topics[uri] = topic
  end
  topic.listeners = without(topic.listeners) -- a copy: this one may be being told
  table.insert(topic.listeners, f)
  return function() self:unlisten(uri, topic, f) end, topic
end

--- The hub can tell more than before: what it refused to tell of is asked for again, now.
function Subscriptions:ask_again()
  if not self.connected then return end
  local uris = {}
  for uri, topic in pairs(self.topics) do
    if topic.again and not topic.confirmed then uris[#uris + 1] = uri end
  end
  table.sort(uris)
  for _, uri in ipairs(uris) do
    local topic = self.topics[uri]
    topic.again()
    topic.again = nil
    ask_anew(self, uri, topic)
  end
end

--- End what Subscriptions:listen began.
---@param uri string
---@param topic homey.Topic
---@param f function
function Subscriptions:unlisten(uri, topic, f)
  topic.listeners = without(topic.listeners, f)
  if #topic.listeners > 0 or self.topics[uri] ~= topic then return end
  self.topics[uri] = nil
  if topic.again then topic.again() end
  self.home.scheduler.listeners[topic.id] = nil
  if self.home.client then self.home.client:unsubscribe(topic.id) end
end

--- Call f(told) whenever the state of the connection changes; see homey.h for what is told.
---@param f fun(told: table)
function Subscriptions:on_state(f)
  table.insert(self.state_listeners, f)
  open_connection(self)
end

--- Nobody listens any more.
function Subscriptions:close()
  for _, topic in pairs(self.topics) do
    self.home.scheduler.listeners[topic.id] = nil
    if topic.again then topic.again() end
  end
  if self.connection then self.home.scheduler.listeners[self.connection] = nil end
  self.topics, self.connected, self.connection = {}, false, nil
end

return Subscriptions
