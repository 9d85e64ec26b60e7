--- Managers with handlers of their own, in files of this folder, loaded when first needed.
local answers = require "homey.sim.hub.managers.answers"
local lazy = require "homey.util.lazy"

-- By operation.
---@alias homey.sim.Handlers table<string, fun(call: homey.sim.Call): homey.sim.Response>

local managers = {}

local files = {
  devices = lazy "homey.sim.hub.managers.devices",
  flowtoken = lazy "homey.sim.hub.managers.flowtoken",
  insights = lazy "homey.sim.hub.managers.insights",
  flow = lazy "homey.sim.hub.managers.flow",
  moods = lazy "homey.sim.hub.managers.moods",
  notifications = lazy "homey.sim.hub.managers.notifications",
  presence = lazy "homey.sim.hub.managers.presence",
  sessions = lazy "homey.sim.hub.managers.sessions",
  system = lazy "homey.sim.hub.managers.system",
  users = lazy "homey.sim.hub.managers.users",
}

--- The handler of an operation in the file of its manager, or among the plain answers.
---@param operation homey.api.Operation
---@return fun(call: homey.sim.Call): homey.sim.Response
function managers.handler(operation)
  local file = files[operation.manager]
  return file and file[operation.operation] or answers.handler(operation)
end

return managers
