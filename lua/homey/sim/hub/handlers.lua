--- Handlers of operations: finds the one of an operation, and calls it with checked arguments.
---
--- In this order: what the manager's own file says, items of a list, options, states, and answers
--- that are only data.
local Call = require "homey.sim.hub.call"
local items = require "homey.sim.hub.items"
local managers = require "homey.sim.hub.managers"
local manager_options = require "homey.sim.hub.manager_options"
local parameters = require "homey.sim.hub.parameters"
local response = require "homey.sim.http.response"

local handlers = {}

--- The handler of an operation; nil where the simulator has none.
---@param operation homey.api.Operation
---@return fun(call: homey.sim.Call): homey.sim.Response
function handlers.of(operation)
  return managers.handler(operation) or items.handler(operation)
    or manager_options.handler(operation)
end

-- Lists that are empty while a hub is starting.
local loaded_late = {
  ["devices Device"] = true, ["zones Zone"] = true, ["flow Flow"] = true,
  ["flow AdvancedFlow"] = true, ["flow FlowFolder"] = true, ["logic Variable"] = true,
}

-- The items of further operations.
local by_item = {
  setCapabilityValue = "Device", getCapabilityValue = "Device", setDeviceSettings = "Device",
  triggerFlow = "Flow", triggerAdvancedFlow = "AdvancedFlow",
}

local function answer_while_starting(call)
  local row = call.operation
  local item = row.item or by_item[row.operation]
  if not loaded_late[row.manager .. " " .. tostring(item)] then return nil end
  if row.verb == "getAll" then return call:ok {} end
  return call:not_found "it"
end

-- Complains of arguments that the operation does not have. A strict hub refuses them.
local function check_unknown(context, call)
  local name = parameters.unknown(call.operation, call.request)
  if not name then return nil end
  local message = ("Unknown Parameter: %s of %s"):format(name, call.operation.operation)
  context:complain(call.request, message)
  return context.settings.strict and call:refuse(400, message) or nil
end

--- Answer a request for an operation.
---@param context homey.sim.Context
---@param operation homey.api.Operation
---@param request homey.sim.Request
---@param session? table
---@param captures table<string, string>  of its path
---@return homey.sim.Response
function handlers.answer(context, operation, request, session, captures)
  local call = Call.new(context, operation, request, session)
  local starting = context.settings.starting and answer_while_starting(call)
  if starting then return starting end
  local problem
  call.args, problem = parameters.read(operation, request, captures)
  if problem then
    context:complain(request, ("%s of %s"):format(problem, operation.operation))
    return call:refuse(400, problem)
  end
  local refused = check_unknown(context, call)
  if refused then return refused end
  local handle = handlers.of(operation)
  if handle then return handle(call) end
  return response.failure(501, "not_simulated",
    ("The simulator has no answer to %s of %s"):format(operation.operation, operation.manager))
end

return handlers
