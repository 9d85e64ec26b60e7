--- Routes of the hub: its operations, an app's own paths, images, icons and the websocket.
local assets = require "homey.sim.hub.assets"
local operations = require "homey.sim.hub.operations"
local router = require "homey.sim.http.router"
local upgrade = require "homey.sim.hub.websocket_upgrade"

local others = router.compile { upgrade, assets.image, assets.icon }

local routes = {}

--- The route of a request to the hub, and the arguments in its path.
---@param context homey.sim.Context
---@param method string
---@param path string
---@return homey.sim.Route?
---@return string[]? arguments
function routes.find(context, method, path)
  local route, arguments = operations.find(context, method, path)
  if route then return route, arguments end
  if path:find "^/api/app/" then return assets.app, { path:match "^/api/app/([^/]+)(.*)$" } end
  return router.find(others, method, path)
end

return routes
