--- Answers that are only data, by manager and operation: what needs no state of the home.
local answers = {}

-- Answers nothing of use: null.
local nothing = {}

local rows = {
  users = {
    grantInstallerAccess = nothing, requestInstallerAccess = nothing,
    revokeInstallerAccess = nothing,
  },
}

--- The handler of an operation; nil where it is not a row here.
---@param operation homey.api.Operation
---@return fun(call: homey.sim.Call): homey.sim.Response
function answers.handler(operation)
  local manager = rows[operation.manager]
  local answer = manager and manager[operation.operation]
  if answer == nil then return nil end
  return function(call)
    if answer == nothing then return call:ok() end
    return call:ok(answer)
  end
end

return answers
