-- Calls of operations by resources: reads by one, or sends one as a write record. An operation that
-- the hub at hand does not have is refused.

local hub_operation = require "homey.api.hub_operation"
local pipeline = require "homey.write.pipeline"
local raise = require "homey.util.raise"
local request = require "homey.api.request"

---@class homey.ResourceCall
---@field home homey.Home  the home that it is in
---@field manager string    "devices"
---@field operation string  "updateDevice"
---@field args table<string, any>  its parameters by name

local answer_status = require("homey.util.lazy") "homey.util.answer_status"

local call = {}

local function request_of(each, options)
  local row = hub_operation.find(each.home, each.manager, each.operation)
  local path, body = request.of(row, each.args, "/api/manager/" .. row.manager)
  options = options or {}
  if row.socket then
    options.operation, options.manager = row.operation, "homey:manager:" .. row.manager
    options.args = each.args
  end
  return row, path, body, options
end

--- Read by an operation.
---@param home homey.Home
---@param manager string
---@param operation string
---@param args table<string, any>
---@param options? table  of the request: `only`
---@return any
function call.read(home, manager, operation, args, options)
  local row, path, _, sent = request_of(
    { home = home, manager = manager, operation = operation, args = args }, options)
  local answer = home:read(path, sent)
  home.scheduler:settle_one(answer)
  if answer.error then raise(hub_operation.explain(row, answer.error)) end
  return answer.value
end

-- Makes the function that makes the error of a refused call more specific.
local function explainer(row, home)
  return function(resource, err)
    if resource and answer_status(err) == 404 then
      return home.directory:unknown(getmetatable(resource).kind, resource.id)
    end
    return hub_operation.explain(row, err)
  end
end

--- Send an operation that changes something. The fields of the write record stand beside the
--- operation: `words`, and where they apply `resource`, `facts`, `objection` and `expects`.
---@param each homey.ResourceCall|homey.Write  becomes the write record
---@return any  the hub's answer
function call.run(each)
  local row, path, body, options = request_of(each)
  each.method, each.path, each.body, each.request = row.method, path, body, options
  each.action, each.explain = true, explainer(row, each.home)
  return pipeline.run(each)
end

return call
