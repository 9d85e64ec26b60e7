-- Lazy loading: a proxy that loads a module on first use, so that a script starts quickly.

--- A proxy for a module that is a table of functions or one function.
---@param name string
---@return any
return function(name)
  return setmetatable({}, {
    __index = function(self, key)
      local value = require(name)[key]
      rawset(self, key, value)
      return value
    end,
    __call = function(_, ...) return require(name)(...) end,
  })
end
