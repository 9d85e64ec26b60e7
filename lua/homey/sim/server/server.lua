--- The sockets: listeners on loopback and on given addresses, one coroutine per connection, plans carried out on the wire.
local cqueues = require "cqueues"
local errno = require "cqueues.errno"
local certificates = require "homey.sim.server.certificates"
local cs = require "cqueues.socket"
local dispatch = require "homey.sim.server.dispatch"
local h1 = require "http.h1_connection"
local request = require "homey.sim.http.request"
local websocket = require "homey.sim.server.websocket"
local Subscriptions = require "homey.sim.server.subscriptions"

local server = {}

local forever = 10 * 365 * 24 * 60 * 60

local function write(socket, bytes) return socket:xwrite(bytes, "bn", 60) end

--- Wait, but no longer than the client stays: a byte that comes early is kept for the next request.
local function wait(socket, seconds)
  if seconds < 1 then
    cqueues.sleep(seconds)
    return true
  end
  local deadline = cqueues.monotime() + seconds
  repeat
    local left = math.min(deadline - cqueues.monotime(), forever)
    local ok, _, code = socket:fill(1, left > 0 and left or 0)
    socket:clearerr("r")
    if not ok and code ~= errno.ETIMEDOUT then return false end
    if ok then cqueues.sleep(math.max(0, math.min(deadline - cqueues.monotime(), 1))) end
  until cqueues.monotime() >= deadline
  return true
end

--- Carry out a plan. False when the connection is at its end.
---@param socket userdata
---@param plan homey.sim.Step[]
---@param become_socket fun()  serve it as a websocket to its end
---@return boolean more
local function carry_out(socket, plan, become_socket)
  for _, step in ipairs(plan) do
    if step.write then
      for _ = 1, step.times or 1 do
        if not write(socket, step.write) then return false end
      end
    elseif step.sleep then
      if not wait(socket, step.sleep) then return false end
    elseif step.socket then
      become_socket()
      return false
    elseif step.close then
      return false
    end
  end
  return true
end

local function wants_close(req)
  local how = (req.headers.connection or ""):lower()
  return req.broken or how:find("close", 1, true) or req.version == 1.0 and not how:find("keep-alive", 1, true)
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
    if not more or wants_close(req) then break end
  end
end

--- Say goodbye in order, so that what was written arrives.
local function finish(socket)
  socket:flush("n", 5)
  socket:shutdown("w")
  socket:close()
end

local function quiet(_, _, why) return why end

local function accepted(self, socket, port, ctx, service)
  self.connections = self.connections + 1
  local number = self.connections
  socket:onerror(quiet)
  if cqueues.monotime() < (self.back_at or 0) then return socket:close() end
  socket:setmode("b", "b")
  if ctx and not socket:starttls(ctx, 10) then
    self.context.state:count "broken_handshakes"
    return socket:close()
  end
  self.open[socket] = true
  serve(self, socket, port, number, service)
  self.open[socket] = nil
  finish(socket)
end

--- Listen, and serve each connection with f(socket).
---@param queue userdata  a cqueues controller
---@param f fun(socket: userdata)
---@param port? integer   one that the system gives by default
---@param host? string    127.0.0.1 by default
---@return integer port
---@return fun() close    stops listening
function server.listen(queue, f, port, host)
  local listener = assert(cs.listen { host = host or "127.0.0.1", port = port or 0, reuseaddr = true, v6only = true })
  listener:onerror(quiet)
  assert(listener:listen())
  local closed, waiting = false, { pollfd = listener:pollfd(), events = "r" }
  queue:wrap(function()
    while true do
      cqueues.poll(waiting) -- accept itself does not take it that the listener is closed while it waits
      if closed then break end
      local socket, code = listener:accept({ nodelay = true }, 0)
      if socket then queue:wrap(f, socket) elseif code ~= errno.ETIMEDOUT then cqueues.sleep(0.01) end
    end
  end)
  local _, _, number = listener:localname()
  return number, function()
    closed = true
    cqueues.cancel(waiting.pollfd)
    listener:close()
  end
end

--- The parts of "192.0.2.1:443" or "[2001:db8::1]:443".
local function host_and_port(address)
  local host, port = address:match("^%[?([%x.:]+)%]?:(%d+)$")
  if not host then error("'" .. address .. "' is no address: it is IP:PORT or [IP]:PORT", 0) end
  return host, tonumber(port)
end

local services = { accounts = "https", api = "https", remote = "https", secure = "https", plain = "http" }

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
      accepted(self, socket, services[name], self.service_certificates[name], name)
    end, port, host)
    closers[#closers + 1] = close
  end
end

--- Listen for services of the cloud and the hub at addresses of one's own. user/me tells them from then on, also those
--- that are closed again.
---@param self homey.sim.Server
---@param changes table<string, string|string[]|false>  accounts, api, remote, secure or plain; false closes it
function server.listen_at(self, changes)
  for name, addresses in pairs(changes) do
    if not services[name] then error("nothing listens as '" .. tostring(name) .. "'", 0) end
    close_service(self, name)
    if addresses then open_service(self, name, type(addresses) == "table" and addresses or { addresses }) end
  end
end

---@class homey.sim.Server
---@field context homey.sim.Context
---@field requests integer
---@field connections integer
---@field open table<userdata, boolean>
---@field subscriptions homey.sim.Subscriptions
---@field back_at? number  until then, by the steady clock, every connection is closed at once
---@field queue userdata
---@field service_certificates table<string, userdata>
---@field closers table<string, (fun())[]>  what closes the listeners of each service

--- Serve a context on all its ports, and tell it their numbers.
---@param queue userdata
---@param context homey.sim.Context
---@param authority homey.sim.Authority
---@param options {ports?: table<string, integer>, listen?: table<string, string|string[]>}  ports to use, where not any
---       will do; addresses to listen at beside those on loopback
---@return homey.sim.Server
function server.start(queue, context, authority, options)
  local self = {
    context = context, requests = 0, connections = 0, open = {}, subscriptions = Subscriptions.new(context),
    queue = queue, closers = {}, service_certificates = {},
  }
  local wish = options.ports or {}
  local function open(name, ctx)
    context.ports[name] = server.listen(queue, function(socket) accepted(self, socket, name, ctx) end, wish[name])
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

--- Close every connection there is, and every new one for a while, as a hub does that restarts.
---@param self homey.sim.Server
---@param seconds? number
function server.hang_up(self, seconds)
  self.back_at = seconds and cqueues.monotime() + seconds
  for socket in pairs(self.open) do socket:shutdown("rw") end
end

return server
