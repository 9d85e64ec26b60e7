--- Managers with handlers of their own, in files of this folder, loaded when first needed.
local answers = require "homey.sim.hub.managers.answers"
local lazy = require "homey.util.lazy"

-- By operation.
---@alias homey.sim.Handlers table<string, fun(call: homey.sim.Call): homey.sim.Response>

local managers = {}

-- The files of a manager, the first one first.
local files = {
  apps = { lazy "homey.sim.hub.managers.apps" },
  dashboards = { lazy "homey.sim.hub.managers.dashboards" },
  devices = { lazy "homey.sim.hub.managers.devices", lazy "homey.sim.hub.managers.groups" },
  drivers = { lazy "homey.sim.hub.managers.drivers" },
  energy = { lazy "homey.sim.hub.managers.energy" },
  experiments = { lazy "homey.sim.hub.managers.experiments" },
  flow = { lazy "homey.sim.hub.managers.flow" },
  flowtoken = { lazy "homey.sim.hub.managers.flowtoken" },
  insights = { lazy "homey.sim.hub.managers.insights" },
  mobile = { lazy "homey.sim.hub.managers.mobile" },
  moods = { lazy "homey.sim.hub.managers.moods" },
  notifications = { lazy "homey.sim.hub.managers.notifications" },
  presence = { lazy "homey.sim.hub.managers.presence" },
  sessions = { lazy "homey.sim.hub.managers.sessions" },
  system = { lazy "homey.sim.hub.managers.system" },
  users = { lazy "homey.sim.hub.managers.users" },
  weather = { lazy "homey.sim.hub.managers.weather" },
  zwave = { lazy "homey.sim.hub.managers.zwave" },
}

--- The handler of an operation in the files of its manager, or among the plain answers.
---@param operation homey.api.Operation
---@return (fun(call: homey.sim.Call): homey.sim.Response)?
function managers.handler(operation)
  for _, file in ipairs(files[operation.manager] or {}) do
    if file[operation.operation] then return file[operation.operation] end
  end
  return answers.handler(operation)
end

return managers
