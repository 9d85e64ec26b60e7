-- Lazy loading: a proxy that loads a module on first use, so that a script starts quickly.

-- All proxies share a metatable: a short program makes a hundred of them.
local Proxy = {}

function Proxy.__index(proxy, key)
  local value = require(proxy[1])[key]
  rawset(proxy, key, value)
  return value
end

function Proxy.__call(proxy, ...) return require(proxy[1])(...) end

--- A proxy for a module that is a table of functions or one function.
---@param name string
---@return any
return function(name) return setmetatable({ name }, Proxy) end
