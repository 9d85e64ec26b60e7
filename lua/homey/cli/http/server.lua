-- HTTP server of `homey run --http`: reads requests on cqueues, checks who asks, and hands them to
-- routes.
--
-- The token is asked for with every request. A page of another origin is refused by its Origin
-- header, and a name that leads here by DNS by the Host header: the host is localhost or a number.

local cqueues = require "cqueues"
local h1 = require "http.h1_connection"
local listener = require "homey.sim.server.server"
local request = require "homey.sim.http.request"
local response = require "homey.sim.http.response"
local token = require "homey.cli.http.token"
local text = require "homey.util.text"

local most_connections = 64
local most_body = 65536 -- bytes
local idle = 30         -- seconds for which a connection is kept without a request
local penalty = 1       -- seconds that a wrong token costs

---@class homey.cli.HttpServer
---@field queue userdata   a cqueues controller; a host polls it
---@field token string
---@field routes homey.cli.HttpRoute[]
---@field open integer     connections
---@field close fun()      stops listening
local Server = { __name = "homey.cli.HttpServer" }
Server.__index = Server

---@class homey.cli.HttpRoute
---@field method string
---@field pattern string   of the whole path
---@field handle fun(req: homey.sim.Request, ...: string): homey.sim.Response

local function refuse(status, message)
  return response.json(status, { error = message })
end

-- ---- who asks -----------------------------------------------------------------------------------

local function is_own_host(host)
  return host == "localhost" or host:find "^%d+%.%d+%.%d+%.%d+$" ~= nil
    or host:find "^%[[%x:.]+%]$" ~= nil
end

local function is_authorized(self, req)
  local given = (req.headers.authorization or ""):match "^[Bb]earer%s+(%S+)$"
  return given ~= nil and token.is_equal(given, self.token)
end

-- The answer to who may not ask; nil for who may.
local function refusal(self, req)
  if req.broken then return refuse(400, ("the request has %s."):format(req.broken)) end
  if not is_own_host(req.host or "") then
    return refuse(403, "use the address of this server, not a name that leads to it.")
  end
  local origin = req.headers.origin
  if origin and text.lower(origin) ~= "http://" .. text.lower(req.headers.host) then
    return refuse(403, "requests of other pages are refused.")
  end
  if is_authorized(self, req) then return nil end
  cqueues.sleep(penalty)
  local answer = refuse(401, "send the header: Authorization: Bearer TOKEN.")
  response.set(answer, "WWW-Authenticate", "Bearer")
  return answer
end

-- ---- answering ----------------------------------------------------------------------------------

local function call(route, req, first, ...)
  if not first then return nil end
  return route.handle(req, first, ...)
end

local function answer_of(self, req)
  local refused, other_method = refusal(self, req), nil
  if refused then return refused end
  for _, route in ipairs(self.routes) do
    if route.method ~= req.method then
      other_method = other_method or req.path:find(route.pattern) and route.method
    else
      local answer = call(route, req, req.path:match(route.pattern))
      if answer then return answer end
    end
  end
  if not other_method then return refuse(404, "there is nothing at this path.") end
  local answer = refuse(405, ("this path takes %s."):format(other_method))
  response.set(answer, "Allow", other_method)
  return answer
end

local function send(socket, answer, is_last)
  response.set(answer, "Content-Length", tostring(#answer.body))
  response.set(answer, "Cache-Control", "no-store")
  if is_last then response.set(answer, "Connection", "close") end
  return socket:xwrite(response.head(answer) .. answer.body, "bn", idle)
end

local function is_last(req)
  return req.broken ~= nil or req.version ~= 1.1
    or text.lower(req.headers.connection or ""):find("close", 1, true) ~= nil
end

local function serve(self, socket)
  local connection = h1.new(socket, "server", 1.1)
  connection:setmaxline(request.max_line)
  local req
  repeat
    req = request.read(connection, idle, most_body)
  until not req or not send(socket, answer_of(self, req), is_last(req)) or is_last(req)
end

local function serve_connection(self, socket)
  socket:onerror(function(_, _, code) return code end) -- errors are returned, not raised
  socket:setmode("b", "b")
  if self.open < most_connections then
    self.open = self.open + 1
    serve(self, socket)
    self.open = self.open - 1
    socket:flush("n", 5)
  end
  socket:close()
end

--- Listen.
--- Raises: invalid.
---@param options {host: string, port: integer, token: string, routes: homey.cli.HttpRoute[]}
---@return homey.cli.HttpServer server
function Server.start(options)
  local self = setmetatable({
    queue = cqueues.new(), token = options.token, routes = options.routes, open = 0,
  }, Server)
  self.port, self.close = listener.listen(self.queue, function(socket)
    serve_connection(self, socket)
  end, options.port, options.host)
  return self
end

--- Do what is due, without waiting. An error of a route is returned.
---@return any err
function Server:step()
  local ok, err = self.queue:step(0)
  if not ok then return err end
end

return Server
