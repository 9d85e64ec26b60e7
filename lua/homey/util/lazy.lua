-- Modules that most runs of a script do without, loaded when they are first used, so that a script starts at once.

--- What stands for a module, a table of functions or one function, until it is used.
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
