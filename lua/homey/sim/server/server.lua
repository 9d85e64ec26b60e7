--- Server of the simulator: listeners, TLS, one coroutine per connection.
---
--- What answers a request is a plan, a list of homey.sim.Step; this file carries it out.
local cqueues = require "cqueues"
local errno = require "cqueues.errno"
local certificates = require "homey.sim.server.certificates"
local cs = require "cqueues.socket"
local dispatch = require "homey.sim.server.dispatch"
local h1 = require "http.h1_connection"
local invalid = require "homey.util.invalid"
local request = require "homey.sim.http.request"
local websocket = require "homey.sim.server.websocket"
local Subscriptions = require "homey.sim.server.subscriptions"

local server = {}

local max_wait = 10 * 365 * 24 * 60 * 60 -- seconds; cqueues takes no infinity

-- Waits, but not after the client has left. A byte that arrives early stays for the next request.
local function wait(socket, seconds)
  if seconds < 1 then
    cqueues.sleep(seconds)
    return true
  end
  local deadline = cqueues.monotime() + seconds
  repeat
    local left = math.min(deadline - cqueues.monotime(), max_wait)
    local ok, _, code = socket:fill(1, left > 0 and left or 0)
    socket:clearerr("r")
    if not ok and code ~= errno.ETIMEDOUT then return false end
    if ok then cqueues.sleep(math.max(0, math.min(deadline - cqueues.monotime(), 1))) end
  until cqueues.monotime() >= deadline
  return true
end

-- Carries out a plan. Returns false when the connection has ended. `serve_websocket` serves the
-- connection as a websocket until it ends.
local function carry_out(socket, plan, serve_websocket)
  for _, step in ipairs(plan) do
    if step.write then
      for _ = 1, step.times or 1 do
        if not socket:xwrite(step.write, "bn", 60) then return false end
      end
    elseif step.sleep then
      if not wait(socket, step.sleep) then return false end
    elseif step.socket then
      serve_websocket()
      return false
    elseif step.close then
      return false
    end
  end
  return true
end

local function ends_connection(req)
  local header = (req.headers.connection or ""):lower()
  if req.broken or header:find("close", 1, true) then return true end
  return req.version == 1.0 and not header:find("keep-alive", 1, true)
end

local function serve(self, socket, port, connection_number, service)
  local connection = h1.new(socket, "server", 1.1)
  connection:setmaxline(request.max_line)
  local tls = socket:checktls()
  while true do
    local req = request.read(connection, self.context.settings.idle_timeout)
    if not req then break end
    self.requests = self.requests + 1
    req.n, req.conn, req.port, req.service = self.requests, connection_number, port, service
    req.tls, req.sni = tls ~= nil, tls and tls:getHostName() or nil
    local more = carry_out(socket, dispatch.answer(self.context, req), function()
      websocket.serve(self.subscriptions, socket, req)
    end)
    if not more or ends_connection(req) then break end
  end
end

-- Flushes before it closes, so that the client receives everything.
local function close_gracefully(socket)
  socket:flush("n", 5)
  socket:shutdown("w")
  socket:close()
end

-- For socket:onerror: errors are returned, not raised.
local function return_error(_, _, code) return code end

local function serve_connection(self, socket, port, ctx, service)
  self.connections = self.connections + 1
  local number = self.connections
  socket:onerror(return_error)
  if cqueues.monotime() < (self.back_at or 0) then return socket:close() end
  socket:setmode("b", "b")
  if ctx and not socket:starttls(ctx, 10) then
    self.context.state:count "broken_handshakes"
    return socket:close()
  end
  self.open[socket] = true
  serve(self, socket, port, number, service)
  self.open[socket] = nil
  close_gracefully(socket)
end

local function refuse(code, host, port)
  if code == errno.EADDRINUSE then
    invalid("port %d is already in use: choose another one.", port)
  end
  invalid("cannot listen on %s port %d: %s.", host, port, errno.strerror(code))
end

--- Listen, and serve each connection with f(socket).
--- Raises: invalid.
---@param queue userdata  a cqueues controller
---@param f fun(socket: userdata)
---@param port? integer   any free port by default
---@param host? string    127.0.0.1 by default
---@return integer port
---@return fun() close    stops listening
function server.listen(queue, f, port, host)
  host, port = host or "127.0.0.1", port or 0
  local listener, problem = cs.listen { host = host, port = port, reuseaddr = true, v6only = true }
  if not listener then refuse(problem, host, port) end
  listener:onerror(return_error)
  local ok, code = listener:listen()
  if not ok then refuse(code, host, port) end
  local closed, waiting = false, { pollfd = listener:pollfd(), events = "r" }
  queue:wrap(function()
    while true do
      cqueues.poll(waiting) -- since accept fails when the listener is closed while it waits
      if closed then break end
      local socket, code = listener:accept({ nodelay = true }, 0)
      if socket then
        queue:wrap(f, socket)
      elseif code ~= errno.ETIMEDOUT then
        cqueues.sleep(0.01)
      end
    end
  end)
  local _, _, number = listener:localname()
  return number, function()
    closed = true
    cqueues.cancel(waiting.pollfd)
    listener:close()
  end
end

-- The parts of "192.0.2.1:443" or "[2001:db8::1]:443".
local function host_and_port(address)
  local host, port = address:match("^%[?([%x.:]+)%]?:(%d+)$")
  if not host then error("'" .. address .. "' is not an address: use IP:PORT or [IP]:PORT.", 0) end
  return host, tonumber(port)
end

local services = {
  accounts = "https", api = "https", remote = "https", secure = "https", plain = "http",
}

local function close_service(self, name)
  for _, close in ipairs(self.closers[name] or {}) do close() end
  self.closers[name] = nil
end

local function open_service(self, name, addresses)
  local closers = {}
  self.closers[name], self.context.listening[name] = closers, addresses
  for _, address in ipairs(addresses) do
    local host, port = host_and_port(address)
    local _, close = server.listen(self.queue, function(socket)
      serve_connection(self, socket, services[name], self.service_certificates[name], name)
    end, port, host)
    closers[#closers + 1] = close
  end
end

--- Listen for services of the cloud and the hub at given addresses. user/me lists them from then
--- on, even after they are closed.
---@param self homey.sim.Server
---@param changes table<string, string|string[]|false>  accounts, api, remote, secure or plain;
---       false
---       closes it
function server.listen_at(self, changes)
  for name, addresses in pairs(changes) do
    if not services[name] then error("there is no service '" .. tostring(name) .. "'.", 0) end
    close_service(self, name)
    if addresses then
      open_service(self, name, type(addresses) == "table" and addresses or { addresses })
    end
  end
end

---@class homey.sim.Server
---@field context homey.sim.Context
---@field requests integer
---@field connections integer
---@field open table<userdata, boolean>
---@field subscriptions homey.sim.Subscriptions
---@field back_at? number  each connection is closed at once until then, by the monotonic clock
---@field queue userdata
---@field service_certificates table<string, userdata>
---@field closers table<string, (fun())[]>  functions that close the listeners of each service

--- Serve a context on all its ports, and set their numbers in `context.ports`.
---@param queue userdata
---@param context homey.sim.Context
---@param authority homey.sim.Authority
---@param options {ports?: table<string, integer>, listen?: table<string, string|string[]>}  given
---       ports by name; further addresses by service
---@return homey.sim.Server
function server.start(queue, context, authority, options)
  local self = {
    context = context, requests = 0, connections = 0, open = {}, queue = queue, closers = {},
    subscriptions = Subscriptions.new(context), service_certificates = {},
  }
  local ports = options.ports or {}
  local function open(name, ctx)
    context.ports[name] = server.listen(queue, function(socket)
      serve_connection(self, socket, name, ctx)
    end, ports[name])
  end
  open("http")
  for name, ctx in pairs((certificates.all(authority))) do open(name, ctx) end
  if options.listen then
    context.listening = {}
    self.service_certificates = certificates.services(authority, context.hub_id)
    server.listen_at(self, options.listen)
  end
  return self
end

--- Close all connections, and each new one for a time, as a hub does that restarts.
---@param self homey.sim.Server
---@param seconds? number  for new ones
function server.hang_up(self, seconds)
  self.back_at = seconds and cqueues.monotime() + seconds
  for socket in pairs(self.open) do socket:shutdown("rw") end
end

return server
