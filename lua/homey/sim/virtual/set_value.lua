--- Set of a value in virtual time, as homey.core's client:set_value sends it.
local core = require "homey.core"

--- Send it. A method of a client that has `request`.
---@param self table
---@param path string
---@param value any
---@param options? table
---@param once? boolean
---@param device? string|false
---@param capability string
---@return integer? id
---@return string? transaction, or the kind of an error
---@return string? message
return function(self, path, value, options, once, device, capability)
  local transaction = "homey-lua-" .. core.uuid()
  local body = { value = value, opts = options, transactionId = transaction }
  local request = { once = once or nil }
  if device then
    request.operation, request.manager = "setCapabilityValue", "homey:manager:devices"
    request.args = {
      deviceId = device, capabilityId = capability, value = value, opts = options,
      transactionId = transaction,
    }
  end
  local id, kind, message = self:request("PUT", path, body, next(request) and request or nil)
  return id, id and transaction or kind, message
end
