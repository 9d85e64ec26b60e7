-- The error object. Kinds are promised to programs; messages are for people and may be reworded. They may quote what a
-- hub says, and so hold no control characters.

local text = require "homey.util.text"

---@alias homey.Kind
---| "credentials"   # wrong e-mail address, password or one-time code
---| "expired"       # the login can no longer be renewed
---| "unauthorized"  # the hub does not accept who asks
---| "forbidden"     # the hub accepts who asks, but not what is asked
---| "not_found"     # no such device, zone, capability, path
---| "ambiguous"     # several things are called that
---| "invalid"       # a wrong argument, option or value; nothing was sent
---| "unavailable"   # the device, or the login's store, cannot serve now
---| "rate_limited"  # too many calls
---| "hub"           # the hub tried and failed
---| "offline"       # the hub cannot be reached
---| "timeout"       # no answer in time
---| "tls"           # the other side could not prove who it is
---| "network"       # the internet cannot be reached
---| "protocol"      # an answer that makes no sense
---| "cancelled"     # given up before it was answered

---@class homey.Error
---@field kind homey.Kind     promised, for programs
---@field message string      for people: says what to do, may be reworded
---@field status? integer     the HTTP status behind it
---@field step? string        the link of the token chain that broke
---@field retry_after? integer  seconds for which the server asked to be left alone
---@field errors? homey.Error[]  where several things failed at once: each of them
---@field where? string       file:line of the program, where it came about
---@field uncaught? boolean   nothing could catch it: as text it begins with the place
---@field traceback? string   where a task raised it
---@field told? boolean       the log has it already
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
