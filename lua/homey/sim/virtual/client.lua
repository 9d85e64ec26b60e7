--- Client of a home in virtual time: requests call the routes of the simulated hub directly.
---
--- Events come from the model of the home. It has the methods of homey.core's client that a Home
--- calls, and a few to break the connection.
---
--- Invariant: each request is answered once. Without a latency all happens at one moment of the
--- clock, but in the order of a real hub: the events of a change come before its answer.
local core = require "homey.core"
local encoding = require "homey.sim.http.encoding"
local event_of = require "homey.sim.hub.event_of"
local cloud = require "homey.sim.virtual.cloud"
local failing = require "homey.sim.virtual.failing"
local hub = require "homey.sim.hub.routes"
local prepared = require "homey.sim.hub.prepared"
local response = require "homey.sim.http.response"

local unpack = table.unpack or unpack -- luacheck: compat

local CONNECTION = "homey:connection"
local unreachable_after = 1 -- seconds until a request fails while the connection is broken
local stale_after = 60      -- seconds until a broken connection is reported as stale

---@class homey.sim.Client
---@field loop homey.sim.Loop
---@field context homey.sim.Context
---@field latency number        seconds from a request to its answer
---@field up boolean            the connection for events is open
---@field down boolean          the connection is broken
---@field drops integer         how often the connection broke
---@field faults homey.sim.Failing[]  failures of the next requests
---@field watch? fun(request: homey.sim.Asked)  called with each request
---@field failed? fun(request: homey.sim.Asked, kind: string)  called with each that fails
local Client = { __name = "homey.sim.Client" }
Client.__index = Client

---@class homey.sim.Asked  one request
---@field server? string  of the cloud: "api", "energy" or "weather"; nil: the hub
---@field method string
---@field path string   without its query
---@field query string
---@field body? string  JSON
---@field json any      the decoded body, which the hub may keep
---@field time number   when it was sent, seconds since 1970

--- A client of a simulated hub.
---@param loop homey.sim.Loop
---@param context homey.sim.Context
---@param latency? number  seconds; 0
---@return homey.sim.Client
function Client.new(loop, context, latency)
  local self = setmetatable({
    loop = loop, context = context, latency = latency or 0, topics = {}, open = {},
    faults = {}, up = false, down = false, drops = 0,
  }, Client)
  context.model:listen(function(...) self:deliver(...) end)
  return self
end

function Client:__tostring()
  local state = self.up and "connected" or self.down and "connection broken" or "not connected"
  return "homey.sim.Client: " .. state
end

local function later(self, seconds, act)
  self.loop:plan(seconds, { act = act })
end

-- ---- requests ----

local function answer(self, request, ...)
  if not self.open[request.id] then return end -- the home was closed
  self.open[request.id] = nil
  local _, kind = ...
  if kind and self.failed then self.failed(request, kind) end
  self.loop:answer(request.id, ...)
end

local function answer_with(self, request, reply)
  if reply.kind then
    return answer(self, request, nil, reply.kind, reply.message, reply.status)
  end
  if reply.status < 400 then
    local kind = response.header(reply, "Content-Type") or ""
    if not kind:find "json" then return answer(self, request, reply.body) end
    return answer(self, request, (core.decode(reply.body, request.only)))
  end
  local json = core.decode(reply.body)
  local reason = type(json) == "table" and (json.error_description or json.error)
  answer(self, request, nil, failing.refusal(reply.status, reason))
end

local function fault_for(self, request)
  for i, fault in ipairs(self.faults) do
    if fault.matches(request) then
      fault.times = fault.times - 1
      if fault.times <= 0 then table.remove(self.faults, i) end
      return fault
    end
  end
end

local session = { id = "virtual", type = "OAUTH" }

local function respond(self, request)
  if request.server then return cloud.answer(self.context, request) end
  local set = prepared.answer(self.context, request)
  if set then return set end
  local route, arguments = hub.find(self.context, request.method, request.path)
  if not route then return { status = 404, headers = {}, body = '{"error":"Not Found"}' } end
  for i, each in ipairs(arguments) do arguments[i] = encoding.unescape(each) end
  return route.handle(self.context, request, session, unpack(arguments))
end

local unreachable = { kind = "offline", message = failing.sentences.offline }

-- The reply of the hub, or that of a failure which a test has arranged.
local function reply_to(self, request)
  local fault = fault_for(self, request)
  if not fault then return respond(self, request) end
  if fault.executed then respond(self, request) end
  return fault.reply
end

local function send(self, request)
  if not self.open[request.id] then return end
  if self.down then
    return later(self, unreachable_after, function() answer_with(self, request, unreachable) end)
  end
  local reply = reply_to(self, request)
  later(self, self.latency / 2, function() answer_with(self, request, reply) end)
end

--- Like homey.core's.
---@param method string
---@param path string
---@param body? any
---@param options? table
---@return integer? id
---@return string? kind
---@return string? message
function Client:request(method, path, body, options)
  local sent, problem
  local content_type = options and options.content_type
  if content_type then
    sent = body
  elseif body ~= nil then
    sent, problem = core.encode(body)
    if not sent then return nil, "invalid", problem end
  end
  local plain, query = path:match("^([^?]*)%??(.*)$")
  local request = {
    id = self.loop:id(), method = method, path = plain, query = query, body = sent,
    json = sent and not content_type and core.decode(sent) or nil,
    headers = { ["content-type"] = content_type }, only = options and options.only,
    time = self.loop:time(), server = options and cloud.server(options.server),
  }
  self.open[request.id] = request
  if self.watch then self.watch(request) end
  later(self, self.latency / 2, function() send(self, request) end)
  return request.id
end

Client.set_value = require "homey.sim.virtual.set_value"

--- Like homey.core's, but without credentials.
function Client:login()
  local id, homey = self.loop:id(), self.context.model.data.homey
  self.loop:answer(id, {
    id = self.context.hub_id, name = homey.name, api_version = self.context.settings.api_version,
    platform = homey.platform or "local", version = self.context:version(), address = "virtual",
    username = self.context.user.id,
  })
  return id
end

--- Like homey.core's.
function Client:logout()
  local id = self.loop:id()
  self.loop:answer(id, true)
  return id
end

-- ---- events ----

local function confirm(self, topic)
  topic.confirmed = true
  self.loop:answer(topic.id, core.null, nil, "homey:subscribed")
end

local function report_connection(self, state)
  local topic = self.topics[CONNECTION]
  if topic then self.loop:answer(topic.id, state) end
end

-- The subscribed uris, in the order in which they were subscribed.
local function subscribed_uris(self)
  local list = {}
  for uri in pairs(self.topics) do
    if uri ~= CONNECTION then list[#list + 1] = uri end
  end
  table.sort(list, function(a, b) return self.topics[a].id < self.topics[b].id end)
  return list
end

local function connect(self, resumed)
  local number = self.drops
  report_connection(self, { state = "connecting" })
  self.connecting = true
  later(self, 3 * self.latency, function()
    if self.drops ~= number or self.closed then return end -- it has broken since
    self.connecting = false
    self.up = true
    for _, uri in ipairs(subscribed_uris(self)) do confirm(self, self.topics[uri]) end
    report_connection(self, { state = "connected", resumed = resumed })
  end)
end

local function remove_topic(self, uri, topic)
  self.loop.subscriptions[topic.id] = nil
  if self.topics[uri] == topic then self.topics[uri] = nil end
end

--- Like homey.core's. Loop:cancel ends the subscription.
---@param uri string
---@return integer id
function Client:subscribe(uri)
  local topic = { id = self.loop:id() }
  self.topics[uri] = topic
  self.loop.subscriptions[topic.id] = function() remove_topic(self, uri, topic) end
  if uri == CONNECTION or self.down or self.connecting then return topic.id end
  if not self.up then
    connect(self, false)
    return topic.id
  end
  later(self, self.latency, function()
    if self.topics[uri] == topic and self.up then confirm(self, topic) end
  end)
  return topic.id
end

-- Answers with an event, in the form of homey.core: a device's value without a table.
local function tell(self, id, name, data)
  if name ~= "capability" then return self.loop:answer(id, data, nil, name) end
  self.loop:answer(id, data.value, nil, name, data.capabilityId, data.transactionId,
    data.transactionTime)
end

--- Deliver the events of a change of the model to the subscriptions.
---@param ... any  as a listener of the model gets it
function Client:deliver(...)
  if self.closed or not self.up then return end
  for _, event in ipairs(event_of(self.context, ...)) do
    local uri = event[1]
    if self.topics[uri] then
      local data = core.decode(assert(core.encode(event[3]))) -- a copy
      later(self, self.latency / 4, function()
        local topic = self.topics[uri]
        if topic and topic.confirmed and self.up then tell(self, topic.id, event[2], data) end
      end)
    end
  end
end

-- ---- failures ----

local function reconnect(self)
  self.down = false
  if next(self.topics) then connect(self, true) end
end

--- Break the connection.
---@param seconds number  until it is back
function Client:drop(seconds)
  local was_up, number = self.up, self.drops + 1
  self.up, self.down, self.connecting, self.drops = false, true, false, number
  for _, topic in pairs(self.topics) do topic.confirmed = nil end
  if was_up then
    report_connection(self, {
      state = "disconnected", kind = "network", message = "the connection broke.", retry_ms = 1000,
    })
  end
  if was_up and seconds > stale_after then
    later(self, stale_after, function()
      if self.drops ~= number then return end
      report_connection(self, { state = "stale", silent_ms = stale_after * 1000 })
    end)
  end
  later(self, seconds, function()
    if self.drops == number and not self.closed then reconnect(self) end
  end)
end

--- Like homey.core's. There is no login to keep.
function Client:stay() end -- luacheck: no self

--- Like homey.core's. The clock of the hub is that of the home.
---@return number?
function Client:clock() end -- luacheck: no self

--- Like homey.core's.
---@return boolean
function Client:is_renewing() -- luacheck: no self
  return false
end

--- Like homey.core's.
function Client:close()
  self.closed, self.up = true, false
  for _, list in ipairs { self.open, self.topics } do
    local ids = {}
    for _, each in pairs(list) do ids[#ids + 1] = each.id end
    table.sort(ids)
    for _, id in ipairs(ids) do
      self.loop.subscriptions[id] = nil
      self.loop:answer(id, nil, "cancelled", "cancelled before it was answered.")
    end
  end
  self.open, self.topics = {}, {}
end

return Client
