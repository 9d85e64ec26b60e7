--- One websocket, seen from the hub: the handshake, the namespace, subscriptions and calls of a client, as recorded from
--- hubs; and what goes wrong with them on demand.
---
--- Kept true: only the writer's coroutine writes, so that no two messages get mixed however many want to be sent.
local condition = require "cqueues.condition"
local core = require "homey.core"
local cqueues = require "cqueues"
local dispatch = require "homey.sim.server.dispatch"
local engine = require "homey.sim.server.socketio"
local faults = require "homey.sim.server.faults"
local frames = require "homey.sim.server.frames"
local operations = require "homey.sim.hub.operations"
local scopes = require "homey.sim.hub.scopes"
local socket_faults = require "homey.sim.server.websocket_faults"
local text = require "homey.util.text"

local namespace = "/api"
local most_waiting = 100000 -- steps that a client which reads nothing may leave unwritten

---@class homey.sim.Session
---@field context homey.sim.Context
---@field nsp string                    of the hub's events
---@field topics table<string, boolean> the uris subscribed to
---@field token string?                 of the handshake
---@field joined boolean                in the namespace
local Session = { __name = "homey.sim.Session" }
Session.__index = Session

-- ---- writing --------------------------------------------------------------------------------------

local function push(self, plan)
  for _, step in ipairs(plan) do self.waiting[#self.waiting + 1] = step end
  if #self.waiting > most_waiting then return self:hang_up() end
  self.news:signal()
end

local function carry_out(self, step)
  if step.write then return self.socket:xwrite(step.write, "bn", 60) end
  if step.sleep then return cqueues.sleep(step.sleep) or true end
  return false
end

--- Write what is waiting, in order, for as long as the session lives.
local function write(self)
  while not self.gone do
    local list = self.waiting
    self.waiting = {}
    for _, step in ipairs(list) do
      if self.gone or not carry_out(self, step) then
        self:hang_up()
        break
      end
    end
    if not self.waiting[1] then
      if self.ending then break end
      self.news:wait()
    end
  end
  self.written = true
  self.news:signal()
end

--- The fault that strikes at this point, if any, and what it does.
local function struck(self, point, subject)
  local fault = faults.first(self.context.faults, function(fault)
    local kind = socket_faults[fault.kind]
    return kind and kind.point == point and faults.concerns(fault, self.req, subject or "*")
  end)
  if fault then self.context.state:count(fault.kind) end
  return fault, fault and socket_faults[fault.kind]
end

--- Do what a hub does at this point, or what a fault makes of it.
local function do_usual(self, point, subject, given, usual)
  local fault, kind = struck(self, point, subject)
  if fault then return kind.act(self, fault, given, usual) end
  return usual()
end

--- Send a text as one message.
---@param packet string
function Session:send(packet)
  local fault, kind = struck(self, "message")
  push(self, fault and kind.act(self, fault, packet) or { { write = frames.bytes(1, packet) } })
end

--- Send bytes as a binary message.
---@param bytes string
function Session:send_binary(bytes) push(self, { { write = frames.bytes(2, bytes) } }) end

--- Send bytes as they are.
---@param bytes string
function Session:send_raw(bytes) push(self, { { write = bytes } }) end

--- Send a Socket.IO packet.
---@param kind string
---@param nsp string
---@param ack? integer
---@param json? string
function Session:message(kind, nsp, ack, json) self:send(engine.message(kind, nsp, ack, json)) end

--- Answer a packet that wants to be.
---@param packet homey.sim.Packet
---@param json string  an array
function Session:acknowledge(packet, json)
  if packet.ack then self:message("ack", packet.nsp, packet.ack, json) end
end

--- Do something after a while, if the session still lives then.
---@param seconds number
---@param f function
function Session:later(seconds, f)
  cqueues.running():wrap(function()
    cqueues.sleep(seconds)
    if not self.gone then f() end
  end)
end

--- Tell an event.
---@param uri string
---@param event string
---@param data any
---@param packet string  the same as text
function Session:send_event(uri, event, data, packet)
  do_usual(self, "event", uri, data, function(other)
    self:send(other and engine.event(self.nsp, uri, event, other) or packet)
  end)
end

-- ---- ends -------------------------------------------------------------------------------------------

--- Throw the client out of the namespace.
function Session:kick()
  if not self.joined then return end
  self:message("disconnect", self.nsp)
  self.joined, self.topics = false, {}
end

--- End in order, with a close frame.
---@param code? integer
---@param reason? string
function Session:close(code, reason)
  push(self, { { write = frames.close(code, reason) } })
  self.ending = true
  self.news:signal()
end

--- The line is dead at once, and nobody has said goodbye.
function Session:hang_up()
  self.gone = true
  self.socket:shutdown("rw")
  self.news:signal()
end

-- ---- what a client says -----------------------------------------------------------------------------

local function complain(self, what) self.context:complain(self.req, what) end

local function refusal(self, status, message, code)
  local body = { error = code or message, error_description = message }
  body[self.context.settings.api_version == 2 and "code" or "statusCode"] = status
  return "[" .. assert(core.encode(body)) .. "]"
end

local function known_token(context, given)
  if type(given) ~= "table" then return nil end
  local id = given.homeyId
  if id ~= nil and id ~= context.hub_id or context:id_at_address() ~= context.hub_id then return nil end
  return context.state:session(given.token) and given.token
end

local spoken = {} -- by namespace and event

spoken["/ handshakeClient"] = function(self, packet, given)
  self.context.state:count "handshakes"
  do_usual(self, "handshake", nil, packet, function()
    self.token = known_token(self.context, given)
    if not self.token then
      return self:acknowledge(packet, refusal(self, 401, "Invalid session", "invalid_token"))
    end
    self:acknowledge(packet, ('[null,{"namespace":"%s"}]'):format(namespace))
  end)
end

spoken["/api subscribe"] = function(self, packet, uri)
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

spoken["/api unsubscribe"] = function(self, packet, uri)
  if not self.topics[uri] then complain(self, "unsubscribed from what was not subscribed: " .. tostring(uri)) end
  self.topics[uri] = nil
  self:acknowledge(packet, "[null]")
end

local function request_of(self, wanted, given)
  return {
    n = self.req.n, conn = self.req.conn, port = self.req.port, tls = self.req.tls, sni = self.req.sni,
    method = wanted.method, path = wanted.path, target = wanted.path, repeated = {}, json = wanted.body,
    body = wanted.body ~= nil and assert(core.encode(wanted.body)) or "", socket = given.operation,
    headers = { host = self.req.headers.host, authorization = "Bearer " .. self.token,
      ["user-agent"] = self.req.headers["user-agent"] },
  }
end

--- The array that answers a call: [error] or [null, result].
local function outcome(self, given)
  local args = type(given.args) == "table" and given.args or {}
  local wanted, status, problem = operations.request(given.uri, given.operation, args)
  if not wanted then
    complain(self, problem)
    return refusal(self, status, problem)
  end
  local reply = dispatch.call(self.context, request_of(self, wanted, given))
  if reply.status >= 400 then return "[" .. reply.body .. "]" end
  return "[null," .. (reply.body ~= "" and reply.body or "null") .. "]"
end

--- Carry out a call. Its echo overtakes the answer, as from a hub, unless a setting says otherwise.
spoken["/api api"] = function(self, packet, given)
  if type(given) ~= "table" then return complain(self, "a call without its object") end
  local subscriptions, fault, kind = self.subscriptions, struck(self, "call", tostring(given.operation))
  if self.context.settings.echo == "after" then subscriptions:hold() end
  local executed = not fault or kind.executed and fault.executed ~= false
  local answer = executed and outcome(self, given) or "[null]"
  local function usual() self:acknowledge(packet, answer) end
  if fault then kind.act(self, fault, packet, usual) else usual() end
  subscriptions:release()
end

-- ---- packets ------------------------------------------------------------------------------------------

local messages = {}

function messages.connect(self, packet)
  if packet.nsp == "/" then return end
  do_usual(self, "namespace", nil, packet, function()
    if packet.nsp ~= namespace then return self:message("error", packet.nsp, nil, '"Invalid namespace"') end
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
    return complain(self, "an event that is none")
  end
  local f = spoken[packet.nsp .. " " .. arguments[1]]
  if not f then return complain(self, ("nobody knows %s in %s"):format(arguments[1], packet.nsp)) end
  if packet.nsp ~= "/" and not self.joined then return complain(self, arguments[1] .. " outside the namespace") end
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

local function heard(self, message)
  local packet = engine.read(message)
  if not packet then
    complain(self, "a packet that is none: " .. message:sub(1, 80))
    return self:close(1002)
  end
  if packets[packet.engine] then packets[packet.engine](self, packet) end
end

-- ---- frames -------------------------------------------------------------------------------------------

local by_opcode = {}

local function whole(self, frame)
  self.parts[#self.parts + 1] = frame.data
  if not frame.fin then return end
  local message = table.concat(self.parts)
  self.parts = {}
  if text.is_utf8(message) then return heard(self, message) end
  complain(self, "a message that is not UTF-8")
  self:close(1007)
end

by_opcode[0], by_opcode[1] = whole, whole

by_opcode[8] = function(self, frame) -- answered by a close frame, unless it answers ours
  if not self.ending then self:close(#frame.data >= 2 and frame.data:byte(1) * 256 + frame.data:byte(2) or nil) end
  self.closed = true
end

by_opcode[9] = function(self, frame) push(self, { { write = frames.bytes(10, frame.data) } }) end

by_opcode[10] = function() end

--- Seconds of silence after which the client is taken for dead; a client that is about to be gone has few.
local function patience(self)
  local set = self.context.settings
  return self.ending and 3 or set.ping_interval + set.ping_timeout
end

local function read(self)
  while not self.gone and not self.closed do
    local frame, problem = frames.read(self.socket, patience(self))
    if problem then complain(self, problem) end
    if not frame then return end
    local f = by_opcode[frame.opcode]
    if not f then complain(self, "a frame with opcode " .. frame.opcode) end
    if not f then return self:close(1003) end
    f(self, frame)
  end
end

local function greet(self)
  local set = self.context.settings
  do_usual(self, "open", nil, nil, function()
    self:send(engine.open(self.context.state:hex(10), set.ping_interval, set.ping_timeout))
    self:message("connect", "/")
  end)
end

--- Let what is waiting be written, but not for ever.
local function drain(self)
  self.ending = true
  self.news:signal()
  local deadline = cqueues.monotime() + 5
  while not self.written and self.news:wait(deadline - cqueues.monotime()) do self.news:signal() end
  self.gone = true
  self.news:signal()
end

local socket = {}

--- Serve a connection that has become a websocket, until its end.
---@param subscriptions homey.sim.Subscriptions
---@param connection userdata
---@param req homey.sim.Request  that asked for it
function socket.serve(subscriptions, connection, req)
  local self = setmetatable({
    subscriptions = subscriptions, context = subscriptions.context, socket = connection, req = req, nsp = namespace,
    topics = {}, joined = false, waiting = {}, parts = {}, news = condition.new(),
  }, Session)
  subscriptions.sessions[self] = true
  self.context.state:count "sockets"
  cqueues.running():wrap(write, self)
  greet(self)
  read(self)
  subscriptions.sessions[self] = nil
  drain(self)
end

return socket
