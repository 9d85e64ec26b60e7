--- Call of an operation of the hub: its arguments, and the forms of the answer.
local core = require "homey.core"
local response = require "homey.sim.http.response"

---@class homey.sim.Call
---@field context homey.sim.Context
---@field operation homey.api.Operation
---@field request homey.sim.Request
---@field session table?        of the caller
---@field args table<string, any>  by name, whatever their place
---@field data table            the home: its lists by name
---@field model homey.sim.Model
---@field version integer       2 or 3
local Call = { __name = "homey.sim.Call" }
Call.__index = Call

--- A call.
---@param context homey.sim.Context
---@param operation homey.api.Operation
---@param request homey.sim.Request
---@param session? table
---@return homey.sim.Call
function Call.new(context, operation, request, session)
  return setmetatable({
    context = context, operation = operation, request = request, session = session,
    model = context.model, data = context.model.data, version = context.settings.api_version,
    args = {},
  }, Call)
end

--- The answer with a value, or with null where there is none.
---@param value any
---@return homey.sim.Response
function Call:ok(value) -- luacheck: no self
  if value == nil then value = core.null end
  return response.json(200, value)
end

--- The answer with encoded JSON.
---@param json string
---@return homey.sim.Response
function Call:raw(json) -- luacheck: no self
  return response.raw_json(200, json)
end

--- An error in the form of this version of the hub.
---@param status integer
---@param message string
---@param code? string  the message by default
---@return homey.sim.Response
function Call:refuse(status, message, code)
  local body = { error = code or message, error_description = message }
  body[self.version == 2 and "code" or "statusCode"] = status
  return response.json(status, body)
end

--- The answer that there is no such item.
---@param what string  "Device", "Flow"
---@param id? any
---@return homey.sim.Response
function Call:not_found(what, id)
  if id ~= nil then what = ("%s with ID %s"):format(what, tostring(id)) end
  return self:refuse(404, "Not Found: " .. what)
end

--- The user of the session: the owner.
---@return table?
function Call:me()
  for _, user in pairs(self.data.users or {}) do
    if user.role == "owner" then return user end
  end
end

--- A list of the home.
---@param kind string
---@return table<string, table>
function Call:list(kind) return self.data[kind] or {} end

return Call
