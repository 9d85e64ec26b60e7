-- Subscriptions to the uris of a hub, and the state of the realtime connection. All listeners to
-- one uri share one subscription at the hub.

local Listeners = require "homey.realtime.listeners"
local home_log = require "homey.task.home_log"
local new_error = require "homey.error"
local normalize = require "homey.model.normalize"
local raise = require "homey.util.raise"
local resource_types = require "homey.model.resource_types"

local CONNECTION = "homey:connection"

local FIRST_RETRY, LONGEST_RETRY = 5, 60 -- seconds until a refused subscription is requested again

---@class homey.Subscriptions
---@field home homey.Home
---@field connected boolean  events arrive now
---@field stale boolean      the hub has been silent for too long
---@field refused boolean    the hub accepts no websockets
---@field topics table<string, homey.Topic>  by uri
---@field listeners homey.Listeners          by uri, and CONNECTION for its state
---@field confirmations integer              number of confirmations so far
local Subscriptions = { __name = "homey.Subscriptions" }
Subscriptions.__index = Subscriptions

---@class homey.Topic        one uri of the hub
---@field confirmed? integer  number of its confirmation on this connection
---@field delay? number      seconds until it is requested again after a refusal
---@field again? fun()       cancels that request
---@field taker? homey.Taker  gets the values of its device, when nobody else listens

--- Make the subscriptions of a home, still empty.
---@param home homey.Home
---@return homey.Subscriptions
function Subscriptions.new(home)
  return setmetatable({
    home = home, topics = {}, confirmations = 0, connected = false, stale = false, refused = false,
    listeners = Listeners.new(),
  }, Subscriptions)
end

function Subscriptions:__tostring()
  return "homey.Subscriptions: " .. (self.connected and "connected" or "not connected")
end

-- The state "connected" comes when all uris are subscribed. A confirmation is valid for one
-- connection.
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

local function on_disconnect(self)
  self.connected = false
  for _, topic in pairs(self.topics) do topic.confirmed = nil end
end

local function on_state(self, told)
  if told.state ~= "connected" and told.state ~= "stale" then on_disconnect(self) end
  if states[told.state] then states[told.state](self) end
  self.listeners:notify(CONNECTION, told)
end

local function subscribe(self, uri, f)
  local id, kind, message = self.home:open_client():subscribe(uri)
  if not id then raise(new_error(kind, message)) end
  self.home.scheduler.listeners[id] = f
  return id
end

local function open_connection(self)
  if self.connection then return end
  self.connection = subscribe(self, CONNECTION, function(told)
    if told then on_state(self, told) end
  end)
end

local request

local function cancel(self, topic)
  local scheduler = self.home.scheduler
  scheduler.listeners[topic.id], scheduler.takers[topic.id] = nil, nil
  if self.home.client then scheduler.core_loop:cancel(topic.id) end
end

local function request_anew(self, uri, topic)
  cancel(self, topic)
  request(self, uri, topic)
end

-- Requests a subscription again after a delay: a hub that is starting refuses subscriptions that it
-- accepts later.
local function request_later(self, uri, topic)
  topic.delay = math.min((topic.delay or FIRST_RETRY / 2) * 2, LONGEST_RETRY)
  if topic.again then topic.again() end
  topic.again = self.home.scheduler:background_timer(topic.delay, function()
    topic.again = nil
    if self.topics[uri] ~= topic or topic.confirmed or not self.connected then return end
    request_anew(self, uri, topic)
  end)
end

-- The kind of the resources of a manager; of several the first: flows, not their folders.
local function kind_of(uri)
  local found
  for kind, row in pairs(resource_types()) do
    local is_here = uri == "homey:manager:" .. row.manager and row.example
    if is_here and (not found or kind < found) then found = kind end
  end
  return found
end

local function warn_of_refusal(self, uri, err)
  local kind = err.kind == "forbidden" and kind_of(uri)
  if kind then return self.home.directory:note_forbidden(kind) end
  home_log.throttled(self.home, "subscribe", "warning",
    ("the hub refuses the events of %s: %s"):format(uri, err.message))
end

local function on_refusal(self, uri, topic, err)
  if err.kind == "cancelled" then return end
  topic.confirmed = nil
  if not topic.delay then warn_of_refusal(self, uri, err) end
  request_later(self, uri, topic)
end

-- Reports whether the listeners get an event, and notes a confirmation.
local function is_to_tell(self, topic, name)
  if name == "homey:subscribed" then
    self.confirmations = self.confirmations + 1
    topic.confirmed, topic.delay = self.confirmations, nil
  end
  return normalize.is_event(name)
end

function request(self, uri, topic)
  topic.id = subscribe(self, uri, function(data, err, name, capability, transaction, time)
    if err then return on_refusal(self, uri, topic, err) end
    if not capability and not is_to_tell(self, topic, name) then return end
    local listeners = self.listeners
    local list = listeners.lists[uri]
    local only = list and list.only -- nearly always: this saves a call for each event
    if only then return only(name, data, capability, transaction, time) end
    listeners:notify(uri, name, data, capability, transaction, time)
  end)
  self.home.scheduler.takers[topic.id] = topic.taker
end

local function unsubscribe(self, uri)
  local topic = self.topics[uri]
  self.topics[uri] = nil
  if topic.again then topic.again() end
  cancel(self, topic)
end

--- Call f(name, data) for each event of a uri, and f("homey:subscribed") each time the hub confirms
--- the subscription. For the value of a device in the usual form it is f("capability", value,
--- capability, transaction, time).
---@param uri string  "homey:manager:devices", "homey:device:<id>"
---@param f fun(name: string, data: any, ...: any)
---@param taker? homey.Taker  gets the values in the usual form, while nobody else listens
---@return fun() stop
---@return homey.Topic
function Subscriptions:listen(uri, f, taker)
  open_connection(self)
  local topic = self.topics[uri]
  if not topic then
    topic = { taker = taker }
    request(self, uri, topic)
    self.topics[uri] = topic
  elseif topic.taker then
    topic.taker, self.home.scheduler.takers[topic.id] = nil, nil
  end
  local leave = self.listeners:join(uri, f)
  return function()
    leave()
    if self.topics[uri] == topic and not self.listeners:has(uri) then unsubscribe(self, uri) end
  end, topic
end

--- Request the refused subscriptions again now: the hub may accept them.
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
    request_anew(self, uri, topic)
  end
end

--- Call f(told) whenever the state of the connection changes; homey.h lists its fields.
---@param f fun(told: table)
function Subscriptions:on_state(f)
  self.listeners:join(CONNECTION, f)
  open_connection(self)
end

--- End all subscriptions.
function Subscriptions:close()
  local scheduler = self.home.scheduler
  for _, topic in pairs(self.topics) do
    scheduler.listeners[topic.id], scheduler.takers[topic.id] = nil, nil
    if topic.again then topic.again() end
  end
  if self.connection then scheduler.listeners[self.connection] = nil end
  self.topics, self.connected, self.connection, self.listeners = {}, false, nil, Listeners.new()
end

return Subscriptions
