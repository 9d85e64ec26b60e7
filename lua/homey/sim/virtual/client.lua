--- The client of a home in virtual time: requests go to the routes of the simulated hub without any wire in between,
--- events come from its model. The methods that a Home calls of homey.core's client, and a few to break the connection.
---
--- Kept true: every request is answered once. Where nothing else is said all happens at one moment of the clock, but in
--- the order of a real hub: what a change does is told before its answer comes.
local core = require "homey.core"
local hub = require "homey.sim.hub.routes"
local routes = require "homey.sim.http.router"
local text = require "homey.sim.http.encoding"
local told = require "homey.sim.hub.event_of"

local unpack = table.unpack or unpack -- luacheck: compat

local CONNECTION = "homey:connection"
local gives_up = 1      -- seconds after which a request that reaches nobody has failed
local falls_silent = 60 -- seconds without a sign of life until the connection is called stale

---@class homey.sim.Client
---@field loop homey.sim.Loop
---@field context homey.sim.Context
---@field latency number        seconds from a request to its answer
---@field up boolean            events come
---@field down boolean          nothing goes through
---@field drops integer        how often the connection broke
---@field faults homey.sim.Failing[]  what the next requests come to
---@field watch? fun(request: homey.sim.Asked)  told of each request
---@field failed? fun(request: homey.sim.Asked, kind: string)  told of each that fails
local Client = { __name = "homey.sim.Client" }
Client.__index = Client

---@class homey.sim.Asked  one request
---@field method string
---@field path string   without its query
---@field query string
---@field body? string  as JSON
---@field json any      the same, which the hub may keep as its own
---@field time number   when it was sent, seconds since 1970

--- A client of a simulated hub.
---@param loop homey.sim.Loop
---@param context homey.sim.Context
---@param latency? number  seconds; 0
---@return homey.sim.Client
function Client.new(loop, context, latency)
  local self = setmetatable({
    loop = loop, context = context, latency = latency or 0, topics = {}, uris = {}, open = {},
    faults = {}, up = false, down = false, drops = 0,
  }, Client)
  context.model:listen(function(...) self:changed(...) end)
  return self
end

function Client:__tostring()
  return "homey.sim.Client: " .. (self.up and "connected" or self.down and "cut off" or "not connected")
end

local function later(self, seconds, act)
  self.loop:plan(seconds, { act = act })
end

-- ---- requests ----

-- As the core words what a hub refuses.
local refusals = {
  [400] = { "invalid", "the hub did not accept what was sent" },
  [401] = { "unauthorized", "the hub does not accept the login" },
  [403] = { "forbidden", "the hub forbids it" }, [404] = { "not_found", "the hub does not know it" },
  [405] = { "invalid", "the hub does not do that" }, [422] = { "invalid", "the hub did not accept what was sent" },
  [429] = { "rate_limited", "the hub asks for fewer requests" },
}

--- What a status above 399 comes to.
---@param status integer
---@param words? string  the hub's own
---@return string kind
---@return string message
---@return integer status
function Client.refusal(status, words)
  local known = refusals[status] or { "hub", "the hub could not do it" }
  return known[1], ("%s (%s)."):format(known[2], words or ("status %d"):format(status)), status
end

local function answer(self, request, ...)
  if not self.open[request.id] then return end -- the home was closed
  self.open[request.id] = nil
  local _, kind = ...
  if kind and self.failed then self.failed(request, kind) end
  self.loop:hand_out(request.id, ...)
end

local function answer_with(self, request, reply)
  if reply.kind then return answer(self, request, nil, reply.kind, reply.message, reply.status) end
  if reply.status < 400 then return answer(self, request, (core.decode(reply.body, request.only))) end
  local json = core.decode(reply.body)
  answer(self, request, nil, Client.refusal(reply.status, type(json) == "table" and (json.error_description or json.error)))
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
  local route, arguments = routes.find(hub, request.method, request.path)
  if not route then return { status = 404, body = '{"error":"Not Found"}' } end
  for i, each in ipairs(arguments) do arguments[i] = text.unescape(each) end
  return route.handle(self.context, request, session, unpack(arguments))
end

local unreachable = { kind = "offline", message = "the hub cannot be reached: is it on, and on this network?" }

-- What becomes of a request: what the hub says, or what was arranged.
local function outcome(self, request)
  local fault = fault_for(self, request)
  if not fault then return respond(self, request) end
  if fault.executed then respond(self, request) end
  return fault.reply
end

local function carry_out(self, request)
  if not self.open[request.id] then return end
  if self.down then return later(self, gives_up, function() answer_with(self, request, unreachable) end) end
  local reply = outcome(self, request)
  later(self, self.latency / 2, function() answer_with(self, request, reply) end)
end

--- As homey.core's.
---@param method string
---@param path string
---@param body? any
---@param options? table
---@return integer? id
---@return string? kind
---@return string? message
function Client:request(method, path, body, options)
  local sent, problem
  if body ~= nil then
    sent, problem = core.encode(body)
    if not sent then return nil, "invalid", problem end
  end
  local plain, query = path:match("^([^?]*)%??(.*)$")
  local request = {
    id = self.loop:id(), method = method, path = plain, query = query, body = sent, json = sent and core.decode(sent),
    headers = {}, only = options and options.only, time = self.loop:time(),
  }
  self.open[request.id] = request
  if self.watch then self.watch(request) end
  later(self, self.latency / 2, function() carry_out(self, request) end)
  return request.id
end

--- As homey.core's; nobody is asked for a password here.
function Client:login()
  local id, homey = self.loop:id(), self.context.model.data.homey
  self.loop:hand_out(id, {
    id = self.context.hub_id, name = homey.name, api_version = self.context.settings.api_version,
    platform = homey.platform or "local", version = self.context:version(), address = "virtual",
    username = self.context.user.id,
  })
  return id
end

--- As homey.core's.
function Client:logout()
  local id = self.loop:id()
  self.loop:hand_out(id, true)
  return id
end

-- ---- events ----

local function confirm(self, topic)
  topic.confirmed = true
  self.loop:hand_out(topic.id, { "homey:subscribed", core.null })
end

local function tell_connection(self, state)
  local topic = self.topics[CONNECTION]
  if topic then self.loop:hand_out(topic.id, state) end
end

-- What is subscribed, in the order in which it was.
local function uris(self)
  local list = {}
  for uri in pairs(self.topics) do
    if uri ~= CONNECTION then list[#list + 1] = uri end
  end
  table.sort(list, function(a, b) return self.topics[a].id < self.topics[b].id end)
  return list
end

local function connect(self, resumed)
  local number = self.drops
  tell_connection(self, { state = "connecting" })
  self.connecting = true
  later(self, 3 * self.latency, function()
    if self.drops ~= number or self.closed then return end -- it broke meanwhile
    self.connecting = false
    self.up = true
    for _, uri in ipairs(uris(self)) do confirm(self, self.topics[uri]) end
    tell_connection(self, { state = "connected", resumed = resumed })
  end)
end

--- As homey.core's.
---@param uri string
---@return integer id
function Client:subscribe(uri)
  local topic = { id = self.loop:id() }
  self.topics[uri] = topic
  self.uris[topic.id] = uri
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

local cancelled = { "cancelled", "cancelled before it was answered." }

--- As homey.core's.
---@param id integer
function Client:unsubscribe(id)
  local uri = self.uris[id]
  local topic = uri and self.topics[uri]
  self.uris[id] = nil
  if not topic or topic.id ~= id then return end
  self.topics[uri] = nil
  self.loop:hand_out(id, nil, unpack(cancelled))
end

--- The model has changed: whoever has subscribed hears of it, if the connection is up.
---@param ... any  as the model tells it
function Client:changed(...)
  if self.closed or not self.up then return end
  for _, event in ipairs(told.by(self.context, ...)) do
    local uri = event[1]
    if self.topics[uri] then
      local data = core.decode(assert(core.encode(event[3]))) -- as it is now, and as a wire carries it
      later(self, self.latency / 4, function()
        local topic = self.topics[uri]
        if topic and topic.confirmed and self.up then self.loop:hand_out(topic.id, { event[2], data }) end
      end)
    end
  end
end

-- ---- what goes wrong ----

local function come_back(self)
  self.down = false
  if next(self.topics) then connect(self, true) end
end

--- Break the connection for so long.
---@param seconds number
function Client:drop(seconds)
  local was_up, number = self.up, self.drops + 1
  self.up, self.down, self.connecting, self.drops = false, true, false, number
  for _, topic in pairs(self.topics) do topic.confirmed = nil end
  if was_up then
    tell_connection(self, { state = "disconnected", kind = "network", message = "the connection broke.", retry_ms = 1000 })
  end
  if was_up and seconds > falls_silent then
    later(self, falls_silent, function()
      if self.drops == number then tell_connection(self, { state = "stale", silent_ms = falls_silent * 1000 }) end
    end)
  end
  later(self, seconds, function()
    if self.drops == number and not self.closed then come_back(self) end
  end)
end

--- As homey.core's.
---@return number
function Client:clock()
  return self.context.settings.clock_ahead
end

--- As homey.core's; there is no login here that could end.
function Client:stay() end -- luacheck: no self

--- As homey.core's: the hub's clock is that of the home.
---@return number?
function Client:clock() end -- luacheck: no self

--- As homey.core's.
---@return boolean
function Client:is_renewing() -- luacheck: no self
  return false
end

--- As homey.core's.
function Client:close()
  self.closed, self.up = true, false
  for _, list in ipairs { self.open, self.topics } do
    local ids = {}
    for _, each in pairs(list) do ids[#ids + 1] = each.id end
    table.sort(ids)
    for _, id in ipairs(ids) do self.loop:hand_out(id, nil, unpack(cancelled)) end
  end
  self.open, self.topics = {}, {}
end

return Client
