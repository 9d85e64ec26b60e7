--- Websocket sessions of the hub: handshake, namespace, subscriptions, calls, and their faults.
---
--- The packets are as recorded from real hubs.
---
--- Invariant: only the coroutine of the writer writes, so that messages never mix.
local condition = require "cqueues.condition"
local core = require "homey.core"
local cqueues = require "cqueues"
local dispatch = require "homey.sim.server.dispatch"
local socketio = require "homey.sim.server.socketio"
local faults = require "homey.sim.server.faults"
local frames = require "homey.sim.server.frames"
local operations = require "homey.sim.hub.operations"
local scopes = require "homey.sim.hub.scopes"
local websocket_faults = require "homey.sim.server.websocket_faults"
local text = require "homey.util.text"

local namespace = "/api"
local max_queue = 100000 -- unwritten steps; a client that reads nothing is disconnected after them

---@class homey.sim.Session
---@field context homey.sim.Context
---@field nsp string                    namespace of the events
---@field topics table<string, boolean> subscribed uris
---@field token string?                 of the handshake
---@field joined boolean                the namespace is open
---@field queue homey.sim.Step[]        to be written
---@field wakeup userdata               condition: the queue or the state has changed
local Session = { __name = "homey.sim.Session" }
Session.__index = Session

-- ---- writing ----

local function enqueue(self, plan)
  for _, step in ipairs(plan) do self.queue[#self.queue + 1] = step end
  if #self.queue > max_queue then return self:hang_up() end
  self.wakeup:signal()
end

local function carry_out(self, step)
  if step.write then return self.socket:xwrite(step.write, "bn", 60) end
  if step.sleep then return cqueues.sleep(step.sleep) or true end
  return false
end

-- The writer: writes the queue in order until the session ends.
local function write(self)
  while not self.gone do
    local list = self.queue
    self.queue = {}
    for _, step in ipairs(list) do
      if self.gone or not carry_out(self, step) then
        self:hang_up()
        break
      end
    end
    if not self.queue[1] then
      if self.ending then break end
      self.wakeup:wait()
    end
  end
  self.written = true
  self.wakeup:signal()
end

-- The fault that applies at a point of the protocol, and its kind; nil where there is none.
local function fault_at(self, point, subject)
  local fault = faults.first(self.context.faults, function(fault)
    local kind = websocket_faults[fault.kind]
    return kind and kind.point == point
      and faults.applies_to_socket(fault, self.req, subject or "*")
  end)
  if fault then self.context.state:count(fault.kind) end
  return fault, fault and websocket_faults[fault.kind]
end

-- Calls `usual`, or the action of a fault at this point in its place.
local function do_usual(self, point, subject, given, usual)
  local fault, kind = fault_at(self, point, subject)
  if fault then return kind.act(self, fault, given, usual) end
  return usual()
end

--- Send a text as one message.
---@param packet string
function Session:send(packet)
  local fault, kind = fault_at(self, "message")
  enqueue(self, fault and kind.act(self, fault, packet) or { { write = frames.bytes(1, packet) } })
end

--- Send bytes as a binary message.
---@param bytes string
function Session:send_binary(bytes) enqueue(self, { { write = frames.bytes(2, bytes) } }) end

--- Send bytes without a frame.
---@param bytes string
function Session:send_raw(bytes) enqueue(self, { { write = bytes } }) end

--- Send a Socket.IO packet.
---@param kind string
---@param nsp string
---@param ack? integer
---@param json? string
function Session:message(kind, nsp, ack, json)
  self:send(socketio.message(kind, nsp, ack, json))
end

--- Answer a packet, if it has the id for an answer.
---@param packet homey.sim.Packet
---@param json string  an array
function Session:acknowledge(packet, json)
  if packet.ack then self:message("ack", packet.nsp, packet.ack, json) end
end

--- Call a function after a time, if the session is still open.
---@param seconds number
---@param f function
function Session:later(seconds, f)
  cqueues.running():wrap(function()
    cqueues.sleep(seconds)
    if not self.gone then f() end
  end)
end

--- Send an event.
---@param uri string
---@param event string
---@param data any
---@param packet string  the encoded event
function Session:send_event(uri, event, data, packet)
  do_usual(self, "event", uri, data, function(other)
    self:send(other and socketio.event(self.nsp, uri, event, other) or packet)
  end)
end

-- ---- ends ----

--- Close the namespace.
function Session:kick()
  if not self.joined then return end
  self:message("disconnect", self.nsp)
  self.joined, self.topics = false, {}
end

--- Close the websocket with a close frame.
---@param code? integer
---@param reason? string
function Session:close(code, reason)
  enqueue(self, { { write = frames.close(code, reason) } })
  self.ending = true
  self.wakeup:signal()
end

--- Break the connection without a close frame.
function Session:hang_up()
  self.gone = true
  self.socket:shutdown("rw")
  self.wakeup:signal()
end

-- ---- events of the client ----

local function complain(self, text) self.context:complain(self.req, text) end

local function refusal(self, status, message, code)
  local body = { error = code or message, error_description = message }
  body[self.context.settings.api_version == 2 and "code" or "statusCode"] = status
  return "[" .. assert(core.encode(body)) .. "]"
end

local function known_token(context, given)
  if type(given) ~= "table" then return nil end
  local id = given.homeyId
  if id ~= nil and id ~= context.hub_id then return nil end
  if context:id_at_address() ~= context.hub_id then return nil end
  return context.state:session(given.token) and given.token
end

local client_events = {} -- by namespace and name

client_events["/ handshakeClient"] = function(self, packet, given)
  self.context.state:count "handshakes"
  do_usual(self, "handshake", nil, packet, function()
    self.token = known_token(self.context, given)
    if not self.token then
      return self:acknowledge(packet, refusal(self, 401, "Invalid session", "invalid_token"))
    end
    self:acknowledge(packet, ('[null,{"namespace":"%s"}]'):format(namespace))
  end)
end

client_events["/api subscribe"] = function(self, packet, uri)
  if type(uri) ~= "string" then return complain(self, "subscribe without a uri") end
  local session = self.context.state:session(self.token)
  if session and not scopes.grant(session.scopes or { "homey" }, scopes.of_uri(uri)) then
    return self:acknowledge(packet, refusal(self, 403, "Missing Scopes", "missing_scopes"))
  end
  do_usual(self, "subscribe", uri, packet, function()
    if self.topics[uri] then complain(self, "subscribed twice to " .. uri) end
    self.topics[uri] = true
    self.context.state:count "subscribes"
    self:acknowledge(packet, "[null]")
  end)
end

client_events["/api unsubscribe"] = function(self, packet, uri)
  if not self.topics[uri] then
    complain(self, "unsubscribe without subscribe: " .. tostring(uri))
  end
  self.topics[uri] = nil
  self:acknowledge(packet, "[null]")
end

local function request_of(self, wanted, given, args)
  local req = self.req
  return {
    n = req.n, conn = req.conn, port = req.port, tls = req.tls, sni = req.sni,
    method = wanted.method, path = wanted.path, target = wanted.path, repeated = {},
    json = wanted.body, socket = given.operation, given = args,
    body = wanted.body ~= nil and assert(core.encode(wanted.body)) or "",
    headers = {
      host = req.headers.host, authorization = "Bearer " .. self.token,
      ["user-agent"] = req.headers["user-agent"],
    },
  }
end

-- The array that answers a call: [error] or [null, result].
local function execute(self, given)
  local args = type(given.args) == "table" and given.args or {}
  local wanted, status, problem = operations.request(self.context, given.uri,
    given.operation, args)
  if not wanted then
    complain(self, problem)
    return refusal(self, status, problem)
  end
  local reply = dispatch.call(self.context, request_of(self, wanted, given, args))
  if reply.status >= 400 then return "[" .. reply.body .. "]" end
  return "[null," .. (reply.body ~= "" and reply.body or "null") .. "]"
end

-- The events of a call come before its answer, as from real hubs, unless the setting `echo`
-- differs.
client_events["/api api"] = function(self, packet, given)
  if type(given) ~= "table" then return complain(self, "a call without an object") end
  local subscriptions = self.subscriptions
  local fault, kind = fault_at(self, "call", tostring(given.operation))
  if self.context.settings.echo == "after" then subscriptions:hold() end
  local executed = not fault or kind.executed and fault.executed ~= false
  local answer = executed and execute(self, given) or "[null]"
  local function usual() self:acknowledge(packet, answer) end
  if fault then kind.act(self, fault, packet, usual) else usual() end
  subscriptions:release()
end

-- ---- packets ----

local messages = {}

function messages.connect(self, packet)
  if packet.nsp == "/" then return end
  do_usual(self, "namespace", nil, packet, function()
    if packet.nsp ~= namespace then
      return self:message("error", packet.nsp, nil, '"Invalid namespace"')
    end
    if not self.token then return self:message("error", packet.nsp, nil, '"Unauthorized"') end
    self.joined = true
    self:message("connect", packet.nsp)
  end)
end

function messages.disconnect(self, packet)
  if packet.nsp == namespace or packet.nsp == "/" then self.joined, self.topics = false, {} end
end

function messages.event(self, packet)
  local arguments = core.decode(packet.data)
  if type(arguments) ~= "table" or type(arguments[1]) ~= "string" then
    return complain(self, "a malformed event")
  end
  local name = arguments[1]
  local f = client_events[packet.nsp .. " " .. name]
  if not f then return complain(self, ("unknown event %s in %s"):format(name, packet.nsp)) end
  if packet.nsp ~= "/" and not self.joined then
    return complain(self, name .. " before the namespace is open")
  end
  f(self, packet, arguments[2])
end

function messages.ack() end

function messages.error() end

local packets = {}

function packets.ping(self, packet)
  do_usual(self, "pong", nil, packet, function() self:send("3" .. packet.data) end)
end

function packets.message(self, packet) messages[packet.kind](self, packet) end

function packets.close(self) self:close(1000) end

local function receive_packet(self, message)
  local packet = socketio.read(message)
  if not packet then
    complain(self, "a malformed packet: " .. message:sub(1, 80))
    return self:close(1002)
  end
  if packets[packet.engine] then packets[packet.engine](self, packet) end
end

-- ---- frames ----

local by_opcode = {}

local function receive_part(self, frame)
  self.parts[#self.parts + 1] = frame.data
  if not frame.fin then return end
  local message = table.concat(self.parts)
  self.parts = {}
  if text.is_utf8(message) then return receive_packet(self, message) end
  complain(self, "a message that is not UTF-8")
  self:close(1007)
end

by_opcode[0], by_opcode[1] = receive_part, receive_part

by_opcode[8] = function(self, frame) -- answered by a close frame, unless it is the answer to one
  local has_code = #frame.data >= 2
  local code = has_code and frame.data:byte(1) * 256 + frame.data:byte(2) or nil
  if not self.ending then self:close(code) end
  self.closed = true
end

by_opcode[9] = function(self, frame)
  enqueue(self, { { write = frames.bytes(10, frame.data) } })
end

by_opcode[10] = function() end

-- Seconds of silence after which the connection counts as dead.
local function read_timeout(self)
  local set = self.context.settings
  return self.ending and 3 or set.ping_interval + set.ping_timeout
end

local function read(self)
  while not self.gone and not self.closed do
    local frame, problem = frames.read(self.socket, read_timeout(self))
    if problem then complain(self, problem) end
    if not frame then return end
    local f = by_opcode[frame.opcode]
    if not f then complain(self, "a frame with opcode " .. frame.opcode) end
    if not f then return self:close(1003) end
    f(self, frame)
  end
end

local function send_open(self)
  local set = self.context.settings
  do_usual(self, "open", nil, nil, function()
    self:send(socketio.open(self.context.state:hex(10), set.ping_interval, set.ping_timeout))
    self:message("connect", "/")
  end)
end

-- Lets the writer empty the queue, for five seconds at most.
local function drain(self)
  self.ending = true
  self.wakeup:signal()
  local deadline = cqueues.monotime() + 5
  while not self.written and self.wakeup:wait(deadline - cqueues.monotime()) do
    self.wakeup:signal()
  end
  self.gone = true
  self.wakeup:signal()
end

local websocket = {}

--- Serve a websocket until it ends.
---@param subscriptions homey.sim.Subscriptions
---@param connection userdata
---@param req homey.sim.Request  that opened it
function websocket.serve(subscriptions, connection, req)
  local self = setmetatable({
    subscriptions = subscriptions, context = subscriptions.context, socket = connection, req = req,
    nsp = namespace, topics = {}, joined = false, queue = {}, parts = {},
    wakeup = condition.new(),
  }, Session)
  subscriptions.sessions[self] = true
  self.context.state:count "sockets"
  cqueues.running():wrap(write, self)
  send_open(self)
  read(self)
  subscriptions.sessions[self] = nil
  drain(self)
end

return websocket
