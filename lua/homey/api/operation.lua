-- Operation: a call by its official name, homey.api.devices.getDevice{ id = ... }. It is a callable
-- table, so that printing it shows its signature and a call can wait on every version of Lua.

local invalid = require "homey.util.invalid"
local parameters = require "homey.api.parameters"

---@class homey.api.Server  server of an operation: the hub or the cloud
---@field row fun(self: homey.api.Call, home: homey.Home): homey.api.Operation
---   the variant of the hub at hand; raises an error when there is none
---@field rows fun(self: homey.api.Call): homey.api.Operation[]  all that may be meant, to print
---@field describe fun(row: homey.api.Operation): string  its request: "GET /user/me"
---@field send fun(home: homey.Home, row: homey.api.Operation, args: table, options: table?): any

---@class homey.api.Call
---@field what string       "homey.api.devices.getDevice"
---@field manager? string   of the hub
---@field operation string
---@field owner table       the table that has it, to recognise a call with a colon
---@field server homey.api.Server
---@field home_of fun(needed: boolean?): homey.Home?
---   the home to call; when it is needed and there is none it raises an error
local Operation = { __name = "homey.api.Operation" }

local function read_arguments(self, given, ...)
  if given == self.owner then
    invalid("%s is called with a dot: %s{ ... }.", self.what, self.what)
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
  local row = self.server.row(self, home)
  return self.server.send(home, row, parameters.check(self.what, row, args), (...))
end

function Operation.__tostring(self)
  local lines = {}
  for i, row in ipairs(self.server.rows(self)) do
    lines[i] = ("%s%s -- %s"):format(self.what, parameters.signature(row, true),
      self.server.describe(row))
  end
  return table.concat(lines, "\n")
end

Operation.__concat = function(a, b) return tostring(a) .. tostring(b) end

function Operation.__newindex(self, key)
  invalid("'%s' cannot be assigned: %s is an operation, which is called.", tostring(key), self.what)
end

--- Make the call of an operation.
---@param fields homey.api.Call
---@return homey.api.Call
function Operation.new(fields)
  return setmetatable(fields, Operation)
end

return Operation
