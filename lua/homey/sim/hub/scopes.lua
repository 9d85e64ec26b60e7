--- Scopes of a session, and the scope that a request needs.
---
--- "homey" includes all scopes, and a scope includes those below it.
local of_operation = require "homey.api.scopes"

local scopes = {}

--- The scope that a request to the hub needs; nil where none is needed.
---@param route homey.sim.Route
---@return string?
function scopes.needed(route)
  return route.operation and of_operation.of(route.operation)
end

--- The scope that a subscription needs.
---@param uri string  "homey:manager:zones", "homey:device:<id>"
---@return string?
function scopes.of_uri(uri)
  local manager = uri:match "^homey:manager:([%w%-]+)$" or uri:match "^homey:device:" and "devices"
  if not manager then return nil end
  return of_operation.of { manager = manager, method = "GET", operation = "subscribe" }
end

--- Whether scopes include another one.
---@param granted string[]
---@param wanted string?
---@return boolean
function scopes.grant(granted, wanted)
  if not wanted then return true end
  for _, scope in ipairs(granted) do
    if wanted == scope or wanted:sub(1, #scope + 1) == scope .. "." then return true end
    -- A scope to change or start something includes the one to read it.
    if wanted:find "%.readonly$"
      and scope:match "^(.*)%.%a+$" == wanted:match "^(.*)%.readonly$" then
      return true
    end
  end
  return false
end

return scopes
