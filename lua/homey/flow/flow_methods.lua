-- Members of flows for those who make and mend them: change, move, problems.

local changes = require "homey.flow.changes"
local problems = require "homey.flow.problems"

---@class homey.Flow
local methods = {}

--- Change the flow, and read it back: flow:change{ name = "Late", actions = { ... } }. Cards are
--- checked as those of homey.create_flow. `actions` and `otherwise` are changed together.
--- Raises: invalid, not_found, ambiguous, forbidden, rate_limited, protocol, request.
---@param change homey.FlowChange
---@return homey.Flow self
function methods:change(change)
  changes.change(self, change)
  return self
end

--- Put the flow into a folder.
--- Raises: invalid, not_found, ambiguous, forbidden, rate_limited, request.
---@param folder? string|homey.Folder  nil: into none
---@return homey.Flow self
function methods:move(folder)
  changes.change(self, { folder = folder or false })
  return self
end

--- What the flow needs and the hub no longer has: a list of problems, each with `place`, `card`,
--- `missing`, `id` and `message`. It is empty for a flow that can run.
--- Raises: not_found, forbidden, request.
---@return homey.FlowProblem[]
function methods:problems()
  return problems.of_flow(self)
end

return { methods = methods }
