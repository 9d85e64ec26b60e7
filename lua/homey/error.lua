-- Error object: kinds are stable, for programs; messages are for people and may be reworded. They
-- may quote a hub, so control characters are escaped.

local text = require "homey.util.text"

---@alias homey.Kind
---| "credentials"   # e-mail address, password or a code were refused, or there are none
---| "expired"       # the login can no longer be renewed: log in again
---| "unauthorized"  # the hub or the cloud does not accept the login; all calls stop until there is
---a new one
---| "forbidden"     # the login lacks the right, a guard forbids it, or the subscription of the hub
---has ended
---| "not_found"     # there is no such device, zone, capability or path
---| "ambiguous"     # several things have this name; they are listed
---| "invalid"       # an argument, an option, a value or a stored file cannot be right; nothing was
---sent
---| "unavailable"   # the device is out of reach, or the store or the cloud has trouble
---| "rate_limited"  # too many requests, and waiting did not help
---| "hub"           # the hub could not do it
---| "offline"       # the hub cannot be reached at any of its addresses
---| "timeout"       # no answer in time
---| "tls"           # a certificate is not trusted
---| "network"       # there is no connection
---| "protocol"      # the answer makes no sense
---| "cancelled"     # it was cancelled

---@class homey.Error
---@field kind homey.Kind       what kind of failure; stable
---@field message string        a sentence that says what to do; may be reworded
---@field status? integer       the HTTP status
---@field step? string          the step of the login that failed
---@field retry_after? integer  seconds for which the server asked to be left alone
---@field errors? homey.Error[] all errors, where several things failed at once
---@field where? string         "file:line" of the program
---@field traceback? string     the stack of the task that raised it
---@field package uncaught? boolean  the program did not catch it: its text begins with `where`
---@field package told? boolean      it is in the log already
local Error = { __name = "homey.Error" }
Error.__index = Error

function Error.__tostring(e)
  local place = e.uncaught and e.where and e.where .. ": " or ""
  return e.message:sub(1, #place) == place and e.message or place .. e.message
end

function Error.__concat(a, b)
  return tostring(a) .. tostring(b)
end

--- A new error object; raise it with homey.raise.
---@param kind homey.Kind
---@param message string
---@param fields? table  the other fields; becomes the object
---@return homey.Error
return function(kind, message, fields)
  local e = setmetatable(fields or {}, Error)
  e.kind, e.message = kind, text.visible(message)
  return e
end
