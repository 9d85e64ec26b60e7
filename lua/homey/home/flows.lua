-- home:flows: the flows of a home that match a filter.

local Flow = require "homey.resource.flow"

---@class homey.Home
local methods = {}

--- All flows that match, sorted by folder and name.
--- Raises: request.
---@param filter? homey.FlowFilter  all flows by default
---@return homey.Flow[]
function methods:flows(filter)
  return Flow.all(self, filter)
end

return methods
