-- Operations of the hub at hand: finds one, or says which hubs have it; and says which scope a
-- refused call lacks.

local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local new_error = require "homey.error"
local operations = require "homey.api.operations"
local text = require "homey.util.text"

local answer_status = lazy "homey.util.answer_status"
local scopes = lazy "homey.api.scopes"

local hub_operation = {}

local function platform_of(home)
  home:speaks(2) -- logs in when nothing is known of the hub
  return operations.platform_of(rawget(home, "api_version"), rawget(home, "platform"))
end

local function list_platforms(manager, operation)
  local names = {}
  for i, platform in ipairs(operations.platforms_of(manager, operation)) do
    names[i] = operations.platforms[platform]
  end
  return table.concat(names, " and on ")
end

--- Find an operation of the hub.
--- Raises: invalid.
---@param home homey.Home
---@param manager string    "devices"
---@param operation string  "getDevice"
---@param what? string      its name in a message
---@return homey.api.Operation
function hub_operation.find(home, manager, operation, what)
  local platform = platform_of(home)
  local row = operations.find(manager, operation, platform)
  if row then return row end
  return invalid("%s does not exist on this hub (%s), only on %s.",
    what or manager .. "." .. operation, operations.platforms[platform],
    list_platforms(manager, operation))
end

--- Make an error of kind "forbidden" name the scope, when the hub says that one is missing.
---@param row homey.api.Operation
---@param err homey.Error
---@return homey.Error
function hub_operation.explain(row, err)
  if answer_status(err) ~= 403 then return err end
  if not text.lower(err.message):find("scope", 1, true) then return err end
  local scope = scopes.of(row)
  if not scope then return err end
  return new_error("forbidden",
    ("this login lacks the scope %s, which %s.%s needs. Log in with one that has it, or make a new "
      .. "API key."):format(scope, row.manager, row.operation), { status = 403 })
end

return hub_operation
