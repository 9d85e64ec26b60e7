-- The dot and the colon, which everybody mistakes now and then: whoever takes one for the other is told so, in place of a
-- complaint about the argument that stands where the next should.

local invalid = require "homey.invalid"
local show = require "homey.show"

local called = {}

-- What nobody would look at may be what the caller relies on: an option of another method, or one that is not there yet.
local function refuse_surplus(what, most, ...)
  for i = most + 1, select("#", ...) do
    local value = select(i, ...)
    if value ~= nil then
      invalid("%s takes %s, and does not know what to do with %s.", what,
        most == 0 and "nothing" or most == 1 and "one argument" or most .. " arguments", show(value))
    end
  end
end

--- Have methods say so when they are called with a dot, device.set("onoff", true), or with more than they take.
---@param Class table    the metatable of those that they are for
---@param methods table  where they are; changed
---@param word string    "device", as in the sentence
---@param names string   which of them, and how many arguments each takes, apart by spaces: "get/1 refresh/0"
---@return table Class
function called.by_colon(Class, methods, word, names)
  for name, most in names:gmatch "([%w_]+)/(%d)" do
    local f = methods[name]
    most = tonumber(most)
    methods[name] = function(self, ...)
      if getmetatable(self) ~= Class then invalid("%s.%s is called with a colon: %s:%s(...).", word, name, word, name) end
      if select("#", ...) > most then refuse_surplus(word .. ":" .. name, most, ...) end
      return f(self, ...)
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
