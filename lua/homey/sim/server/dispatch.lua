--- Dispatches a request to the simulated cloud or hub: faults, checks, session, scopes, route.
---
--- No sockets: a request comes in as a table, and a list of steps for the connection comes out.
local checks = require "homey.sim.server.checks"
local cloud = require "homey.sim.cloud.routes"
local core = require "homey.core"
local encoding = require "homey.sim.http.encoding"
local faults = require "homey.sim.server.faults"
local hub = require "homey.sim.hub.routes"
local prepared = require "homey.sim.hub.prepared"
local response = require "homey.sim.http.response"
local router = require "homey.sim.http.router"
local scopes = require "homey.sim.hub.scopes"

local unpack = table.unpack or _G.unpack

local dispatch = {}

local servers = {
  ["accounts.athom.com"] = "accounts", ["api.athom.com"] = "api",
  ["energy-api.athom.com"] = "energy", ["weather-api.athom.com"] = "weather",
}

-- The simulated server that a request is for; the plain port is always that of the hub.
local function server_of(req)
  return req.port ~= "http" and servers[req.host] or "hub"
end

local function find(context, req)
  if req.server == "hub" then return hub.find(context, req.method, req.path) end
  return router.find(cloud[req.server], req.method, req.path)
end

-- What a connection to a server that is off does; nil where it is on.
local function unreachable(context, req)
  local through_cloud = req.server ~= "hub" or (req.host or ""):find("%.connect%.athom%.com$")
  local on = context.settings.hub
  if through_cloud and context.settings.cloud ~= true then on = context.settings.cloud end
  if req.server ~= "hub" then on = context.settings.cloud end
  if on == true then return nil end
  return { [on == "hang" and "hang" or "drop"] = true, status = 0, headers = {}, body = "" }
end

-- Notes what is wrong with a request. A strict server refuses such a request.
local function check(context, route, req)
  local refused
  for _, complaint in ipairs(checks.run(context, route, req)) do
    context:complain(req, complaint.text)
    refused = refused or complaint.status and complaint
  end
  if not refused or not (context.settings.strict or req.broken) then return nil end
  local message = "Refused: " .. refused.text
  return response.json(refused.status, {
    error = "invalid_request", error_description = message, statusCode = refused.status,
  })
end

local function session_of(context, req)
  local token = (req.headers.authorization or ""):match("^Bearer (%S+)$")
  local session = context.state:session(token)
  if session and context:id_at_address() == context.hub_id then return session end
  context.state:count "unauthorized"
  return nil, response.json(401, {
    error = "invalid_token", error_description = "Session expired", statusCode = 401,
  })
end

local function route_of(context, req)
  if req.broken then return nil, nil end
  local route, arguments = find(context, req)
  if not route then return nil, nil end
  req.route = route.alias and route.alias(req) or route.name
  for i, argument in ipairs(arguments) do arguments[i] = encoding.unescape(argument) end
  return route, arguments
end

local function handle(context, route, arguments, req)
  local is_prepared = prepared.fits(context, req)
  if not route and not is_prepared then
    return response.failure(404, "not_found", "Cannot " .. req.method .. " " .. req.path)
  end
  if req.server ~= "hub" then
    return prepared.answer(context, req) or route.handle(context, req, unpack(arguments))
  end
  if route and route.auth ~= "hub" then
    return is_prepared and prepared.answer(context, req) or route.handle(context, req)
  end
  local session, refused = session_of(context, req)
  if not session then return refused end
  if not scopes.grant(session.scopes or { "homey" }, route and scopes.needed(route)) then
    return response.json(403, {
      error = "missing_scopes", error_description = "Missing Scopes", statusCode = 403,
    })
  end
  return prepared.answer(context, req)
    or route.handle(context, req, session, unpack(arguments))
end

local function add_own_headers(context, req, reply)
  response.set(reply, "Date", encoding.http_date(context.state.now()))
  if req.server ~= "hub" then return end
  response.set(reply, "X-Homey-ID", context:id_at_address())
  response.set(reply, "X-Homey-Version", context:version())
end

local function log_request(context, req, reply, fault)
  context:log_request {
    n = req.n, conn = req.conn, time = context.state.now(), host = req.headers.host,
    port = req.port, tls = req.tls, sni = req.sni, service = req.service, method = req.method,
    path = req.target, headers = req.headers, body = req.body, route = req.route,
    status = reply.status, fault = fault and fault.kind, server = req.server, socket = req.socket,
    complaint = req.complaints and table.concat(req.complaints, "; "),
  }
end

local function respond(context, req)
  req.server = server_of(req)
  local route, arguments = route_of(context, req)
  local reply, fault = unreachable(context, req), nil
  if not reply then
    fault = faults.pick(context.faults, req, req.route or "unknown")
    reply = check(context, route, req)
    if not reply and (not fault or fault.executed) then
      reply = handle(context, route, arguments, req)
    end
    reply = reply or response.json(200, core.null)
    reply.method = req.method
    add_own_headers(context, req, reply)
  end
  local plan = fault and faults.kinds[fault.kind].plan(reply, fault) or faults.plain(reply)
  log_request(context, req, reply, fault)
  return plan
end

-- A mistake of the simulator is a complaint too, so that a test notices it.
local function complain_of_crash(context, req, problem)
  local message = "the simulator itself failed: " .. tostring(problem)
  context:complain(req, message)
  return "T" .. message:sub(2)
end

--- Answer a call that came over a websocket: the same routes, but no headers to check.
---@param context homey.sim.Context
---@param req homey.sim.Request
---@return homey.sim.Response
function dispatch.call(context, req)
  req.server = "hub"
  local ok, reply = pcall(function()
    local route, arguments = route_of(context, req)
    return handle(context, route, arguments, req)
  end)
  if not ok then
    reply = response.failure(500, "simulator", complain_of_crash(context, req, reply))
  end
  log_request(context, req, reply)
  return reply
end

--- Answer a request.
---@param context homey.sim.Context
---@param req homey.sim.Request
---@return homey.sim.Step[] plan  what to do to the connection
function dispatch.answer(context, req)
  local ok, plan = pcall(respond, context, req)
  if ok then return plan end
  local message = complain_of_crash(context, req, plan)
  local reply = response.text(500, "text/plain; charset=utf-8", message)
  log_request(context, req, reply)
  return faults.plain(reply)
end

return dispatch
