--- The sockets: listeners on loopback, one coroutine per connection, plans carried out on the wire.
local cqueues = require "cqueues"
local errno = require "cqueues.errno"
local cs = require "cqueues.socket"
local h1 = require "http.h1_connection"
local request = require "homey.sim.request"
local websocket = require "homey.sim.socket"
local Subscriptions = require "homey.sim.subscriptions"

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

local function serve(self, socket, port, connection_number)
  local connection = h1.new(socket, "server", 1.1)
  connection:setmaxline(request.max_line)
  local tls = socket:checktls()
  while true do
    local req = request.read(connection, self.context.settings.idle_timeout)
    if not req then break end
    self.requests = self.requests + 1
    req.n, req.conn, req.port = self.requests, connection_number, port
    req.tls, req.sni = tls ~= nil, tls and tls:getHostName() or nil
    local more = carry_out(socket, self.context:answer(req), function()
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

local function accepted(self, socket, port, ctx)
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
  serve(self, socket, port, number)
  self.open[socket] = nil
  finish(socket)
end

--- Listen on a port that the system gives, and serve each connection with f(socket).
---@param queue userdata  a cqueues controller
---@param f fun(socket: userdata)
---@param port? integer
---@return integer port
function server.listen(queue, f, port)
  local listener = assert(cs.listen { host = "127.0.0.1", port = port or 0, reuseaddr = true })
  listener:onerror(quiet)
  assert(listener:listen())
  queue:wrap(function()
    while true do
      local socket = listener:accept { nodelay = true }
      if socket then queue:wrap(f, socket) else cqueues.sleep(0.01) end
    end
  end)
  local _, _, number = listener:localname()
  return number
end

---@class homey.sim.Server
---@field context homey.sim.Context
---@field requests integer
---@field connections integer
---@field open table<userdata, boolean>
---@field subscriptions homey.sim.Subscriptions
---@field back_at? number  until then, by the steady clock, every connection is closed at once

--- Serve a context on all its ports, and tell it their numbers.
---@param queue userdata
---@param context homey.sim.Context
---@param certificates table<string, userdata>
---@param wish? table<string, integer>  ports to use, where not any will do
---@return homey.sim.Server
function server.start(queue, context, certificates, wish)
  local self = {
    context = context, requests = 0, connections = 0, open = {}, subscriptions = Subscriptions.new(context),
  }
  wish = wish or {}
  local function open(name, ctx)
    context.ports[name] = server.listen(queue, function(socket) accepted(self, socket, name, ctx) end, wish[name])
  end
  open("http")
  for name, ctx in pairs(certificates) do open(name, ctx) end
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
