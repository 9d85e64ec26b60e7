-- Operations of the hub: the variant that the hub at hand has, and how it is sent.

local hub_operation = require "homey.api.hub_operation"
local lazy = require "homey.util.lazy"
local operations = require "homey.api.operations"
local pipeline = require "homey.write.pipeline"
local raise = require "homey.util.raise"
local raw_request = require "homey.write.raw_request"
local request = require "homey.api.request"

local option_reader = lazy "homey.util.options"
local option_tables = lazy "homey.write.options"

local hub = {}

-- GET requests that change something.
local changing = { triggerWebhook = true }

-- ---- variants -----------------------------------------------------------------------------------

--- The variant of the hub at hand.
---@param call homey.api.Call
---@param home homey.Home
---@return homey.api.Operation
function hub.row(call, home)
  return hub_operation.find(home, call.manager, call.operation, call.what)
end

--- The platform of the hub at hand; nil while the hub is not known. Makes no request.
---@param home_of fun(): homey.Home?
---@return homey.api.Platform?
function hub.known_platform(home_of)
  local home = home_of()
  local version = home and rawget(home, "api_version")
  return version and operations.platform_of(version, rawget(home, "platform"))
end

--- The variant of the hub at hand when the hub is known, else all.
---@param call homey.api.Call
---@return homey.api.Operation[]
function hub.rows(call)
  local platform = hub.known_platform(call.home_of)
  local row = platform and operations.find(call.manager, call.operation, platform)
  if row then return { row } end
  local rows = {}
  for _, each in ipairs(operations.of(call.manager)) do
    if each.operation == call.operation then rows[#rows + 1] = each end
  end
  return rows
end

--- The method and path of an operation. The hubs that have it are named unless all have it.
---@param row homey.api.Operation
---@return string
function hub.describe(row)
  local list = {}
  for _, platform in ipairs { "v2", "v3l", "v3c" } do
    if row.platforms[platform] then list[#list + 1] = operations.platforms[platform] end
  end
  return ("%s /api/manager/%s%s%s"):format(row.method, row.manager, row.path,
    #list < 3 and ", " .. table.concat(list, ", ") or "")
end

-- ---- sending ------------------------------------------------------------------------------------

-- The options of a request. A login (manager "users") is sent without the token of this one.
local function options_of(row, args, given)
  local options = option_reader.read(option_tables.request, given)
  if row.socket then
    options.operation, options.manager = row.operation, "homey:manager:" .. row.manager
    options.args = args
  elseif row.manager == "users" then
    options.anonymous = true
  end
  return options
end

--- Send a call and wait for its answer. Changes pass the pipeline of writes.
---@param home homey.Home
---@param row homey.api.Operation
---@param args table<string, any>  checked
---@param given? homey.RequestOptions
---@return any
function hub.send(home, row, args, given)
  local path, body, content_type = request.of(row, args, "/api/manager/" .. row.manager)
  local options = options_of(row, args, given)
  options.content_type = content_type
  if row.method ~= "GET" or changing[row.operation] then
    local each = raw_request.new(home, row.method, path, body, options)
    each.explain = function(_, err) return hub_operation.explain(row, err) end
    return pipeline.run(each)
  end
  local answer = home:read(path, options)
  home.scheduler:settle_one(answer)
  if answer.error then raise(hub_operation.explain(row, answer.error)) end
  return answer.value
end

return hub
