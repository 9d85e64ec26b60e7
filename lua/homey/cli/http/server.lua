-- HTTP server of `homey run --http`: reads requests on cqueues, authenticates them, and calls
-- routes.
--
-- Every request needs the token, except requests for the files of the page: these hold no secret,
-- and the page asks the user for the token. homey.page.guard refuses requests from other web pages.

local cqueues = require "cqueues"
local connection = require "homey.page.connection"
local error_text = require "homey.util.error_text"
local files = require "homey.page.files"
local guard = require "homey.page.guard"
local listener = require "homey.sim.server.server"
local response = require "homey.sim.http.response"
local token = require "homey.cli.http.token"
local try = require "homey.task.try"

local penalty = 1 -- seconds of delay after a wrong token

local refuse = guard.refuse

---@class homey.cli.HttpServer
---@field queue userdata   a cqueues controller; a host polls it
---@field token string
---@field routes homey.cli.HttpRoute[]
---@field close fun()      stops listening
local Server = { __name = "homey.cli.HttpServer" }
Server.__index = Server

---@class homey.cli.HttpRoute
---@field method string
---@field pattern string   of the whole path
---@field handle fun(req: homey.sim.Request, ...: string): homey.sim.Response

-- ---- authentication -----------------------------------------------------------------------------

local function is_authorized(self, req)
  local given = (req.headers.authorization or ""):match "^[Bb]earer%s+(%S+)$"
  return given ~= nil and token.is_equal(given, self.token)
end

local function unauthorized()
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

-- Handles a bug in a route: the connection and the program continue.
local function broken(self, req, err)
  self.log("error", ("%s %s: %s"):format(req.method, req.path, (error_text(err))))
  return refuse(500, "the server failed to answer. The log of homey run has the reason.")
end

local function answer_of(self, req)
  local other_method
  local known = guard.refusal(req) or files.answer(req)
    or not is_authorized(self, req) and unauthorized()
  if known then return known end
  for _, route in ipairs(self.routes) do
    if route.method ~= req.method then
      other_method = other_method or req.path:find(route.pattern) and route.method
    else
      local answer, err = try(call, route, req, req.path:match(route.pattern))
      if err then return broken(self, req, err) end
      if answer then return answer end
    end
  end
  if not other_method then return refuse(404, "there is nothing at this path.") end
  local answer = refuse(405, ("this path takes %s."):format(other_method))
  response.set(answer, "Allow", other_method)
  return answer
end

--- Listen.
--- Raises: invalid.
---@param options {host: string, port: integer, token: string, routes: homey.cli.HttpRoute[],
---   log: fun(level: string, text: string)}
---@return homey.cli.HttpServer server
function Server.start(options)
  local self = setmetatable({
    queue = cqueues.new(), token = options.token, routes = options.routes, log = options.log,
  }, Server)
  local serve = connection.server(function(req) return answer_of(self, req) end)
  self.port, self.close = listener.listen(self.queue, serve, options.port, options.host)
  return self
end

--- Run one step of the server without waiting.
---@return any err
function Server:step()
  local ok, err = self.queue:step(0)
  if not ok then return err end
end

return Server
