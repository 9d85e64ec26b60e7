-- The dot and the colon, which everybody mistakes now and then: whoever takes one for the other is told so, in place of a
-- complaint about the argument that stands where the next should.

local invalid = require "homey.invalid"

local called = {}

--- Have methods say so when they are called with a dot: device.set("onoff", true).
---@param Class table    the metatable of those that they are for
---@param methods table  where they are; changed
---@param word string    "device", as in the sentence
---@param names string   which of them, apart by spaces
---@return table Class
function called.by_colon(Class, methods, word, names)
  for name in names:gmatch "%S+" do
    local f = methods[name]
    methods[name] = function(self, ...)
      if getmetatable(self) == Class then return f(self, ...) end
      invalid("%s.%s is called with a colon: %s:%s(...).", word, name, word, name)
    end
  end
  return Class
end

--- Have a function of the module say so when it is called with a colon: homey:device("Kitchen/Lamp").
---@param homey table
---@param name string
---@param f function
---@return function
function called.by_dot(homey, name, f)
  return function(first, ...)
    if first ~= homey then return f(first, ...) end
    invalid("homey.%s is called with a dot: homey.%s(...).", name, name)
  end
end

return called
