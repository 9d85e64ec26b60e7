-- Operation: a call of the hub by its official name, homey.api.devices.getDevice{ id = ... }. It is
-- a table that can be called, so that printing it shows its signature, and so that a call can wait
-- on every Lua.

local hub_operation = require "homey.api.hub_operation"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local operations = require "homey.api.operations"
local parameters = require "homey.api.parameters"
local pipeline = require "homey.write.pipeline"
local raise = require "homey.util.raise"
local raw_request = require "homey.write.raw_request"
local request = require "homey.api.request"

local option_reader = lazy "homey.util.options"
local option_tables = lazy "homey.write.options"

---@class homey.api.Call
---@field what string       "homey.api.devices.getDevice"
---@field manager string
---@field operation string
---@field owner table       the table that has it, to recognise a call with a colon
---@field home_of fun(): homey.Home?, boolean?
---   the home to call; with `true` it raises an error when there is none
local Operation = { __name = "homey.api.Operation" }

-- GET requests that change something.
local changing = { triggerWebhook = true }

-- ---- calling ------------------------------------------------------------------------------------

local function send(home, row, args, given)
  local path, body = request.of(row, args, "/api/manager/" .. row.manager)
  local options = option_reader.read(option_tables.request, given)
  if row.socket then
    options.operation, options.manager = row.operation, "homey:manager:" .. row.manager
    options.args = args
  end
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

local function refuse_upload(self, row)
  for _, param in ipairs(row.params) do
    if param.place == "formData" then
      invalid("%s uploads a file, which this module does not do. Use the Homey command line tool: "
        .. "homey app run.", self.what)
    end
  end
end

local function read_arguments(self, given, ...)
  if given == self.owner then
    invalid("%s is called with a dot: %s%s.", self.what, self.what, "{ ... }")
  end
  if type(given) ~= "table" and given ~= nil then
    invalid("%s takes a table of parameters, such as %s{ id = \"...\" }, not %s.", self.what,
      self.what, type(given) == "string" and "text" or "a " .. type(given))
  end
  if select("#", ...) > 1 then
    invalid("%s takes a table of parameters and one of options.", self.what)
  end
  return given or {}
end

function Operation.__call(self, given, ...)
  local args = read_arguments(self, given, ...)
  local home = self.home_of(true)
  local row = hub_operation.find(home, self.manager, self.operation, self.what)
  refuse_upload(self, row)
  return send(home, row, parameters.check(self.what, row, args), (...))
end

-- ---- printing -----------------------------------------------------------------------------------

--- The platform of the hub at hand; nil while the hub is not known. Asks nobody.
---@param home_of fun(): homey.Home?
---@return homey.api.Platform?
function Operation.known_platform(home_of)
  local home = home_of()
  local version = home and rawget(home, "api_version")
  return version and operations.platform_of(version, rawget(home, "platform"))
end

-- Its rows: that of the hub at hand when the hub is known, else all.
local function known_rows(self)
  local platform = Operation.known_platform(self.home_of)
  local row = platform and operations.find(self.manager, self.operation, platform)
  if row then return { row } end
  local rows = {}
  for _, each in ipairs(operations.of(self.manager)) do
    if each.operation == self.operation then rows[#rows + 1] = each end
  end
  return rows
end

local function names_of(row)
  local list = {}
  for _, platform in ipairs { "v2", "v3l", "v3c" } do
    if row.platforms[platform] then list[#list + 1] = operations.platforms[platform] end
  end
  return #list < 3 and ", " .. table.concat(list, ", ") or ""
end

function Operation.__tostring(self)
  local lines = {}
  for i, row in ipairs(known_rows(self)) do
    lines[i] = ("%s%s -- %s /api/manager/%s%s%s"):format(self.what, parameters.signature(row, true),
      row.method, row.manager, row.path, names_of(row))
  end
  return table.concat(lines, "\n")
end

Operation.__concat = function(a, b) return tostring(a) .. tostring(b) end

function Operation.__newindex(self, key)
  invalid("%s is an operation: it is called, and '%s' is not set in it.", self.what, tostring(key))
end

--- Make the call of an operation.
---@param fields homey.api.Call
---@return homey.api.Call
function Operation.new(fields)
  return setmetatable(fields, Operation)
end

return Operation
