--- The cloud in virtual time: its services answer without a token, as there is no login.
local encoding = require "homey.sim.http.encoding"
local lazy = require "homey.util.lazy"
local prepared = require "homey.sim.hub.prepared"
local router = require "homey.sim.http.router"

local services = lazy "homey.sim.cloud.services"

local unpack = table.unpack or unpack -- luacheck: compat

local cloud = {}

local names = { cloud = "api", energy = "energy", weather = "weather" }

--- The server of the cloud that an option of a request names.
---@param option? string  "cloud", "energy", "weather", or "hub"
---@return string?        nil for the hub
function cloud.server(option) return names[option] end

local routes = {}

--- The answer of the cloud to a request.
---@param context homey.sim.Context
---@param request homey.sim.Asked
---@return homey.sim.Response
function cloud.answer(context, request)
  local set = prepared.answer(context, request)
  if set then return set end
  local server = request.server
  routes[server] = routes[server] or router.compile(services.routes(server))
  local route, arguments = router.find(routes[server], request.method, request.path)
  if not route then return { status = 404, headers = {}, body = '{"error":"not_found"}' } end
  for i, each in ipairs(arguments) do arguments[i] = encoding.unescape(each) end
  return route.handle(context, request, unpack(arguments))
end

return cloud
