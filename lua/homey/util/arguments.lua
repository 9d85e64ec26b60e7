-- The dot and the colon, which everybody mistakes now and then: whoever takes one for the other is told so, in place of a
-- complaint about the argument that stands where the next should.

local invalid = require "homey.util.invalid"
local show = require "homey.util.format"

local called = {}

--- The methods of a home, and how many arguments each takes. Most are functions of the module, too.
called.of_home = "device/1 devices/1 zone/1 zones/0 flow/1 flows/1 variable/1 variables/0 user/1 users/0 get/2 put/3 post/3 "
  .. "delete/2 on/3 guard/1 why/2 at/3 every/3 after/3 is/1 login/0 logout/0 stay/0"

-- What nobody would look at may be what the caller relies on: an option of another method, or one that is not there yet.
local function refuse_surplus(what, most, ...)
  for i = most + 1, select("#", ...) do
    local value = select(i, ...)
    if value ~= nil then
      return invalid("%s takes %s, and does not know what to do with %s.", what,
        most == 0 and "nothing" or most == 1 and "one argument" or most .. " arguments", show(value))
    end
  end
end

--- Refuse arguments that a function does not know.
---@param what string   "homey.sleep"
---@param most integer  so many it takes
---@param ... any       those that it was given
function called.with(what, most, ...)
  if select("#", ...) > most then refuse_surplus(what, most, ...) end
end

local function is_one(value, Class)
  local meta = getmetatable(value)
  return meta == Class or type(meta) == "table" and rawget(meta, "base") == Class
end

--- Have methods say so when they are called with a dot, device.set("onoff", true), or with more than they take.
---@param Class table    the metatable of those that they are for, or the `base` of it
---@param methods table  where they are; changed
---@param word string    "device", as in the sentence
---@param names string   which of them, and how many arguments each takes, apart by spaces: "get/1 refresh/0"
---@return table Class
function called.by_colon(Class, methods, word, names)
  for name, most in names:gmatch "([%w_]+)/(%d)" do
    local f = methods[name]
    most = tonumber(most)
    methods[name] = function(self, ...)
      if getmetatable(self) ~= Class and not is_one(self, Class) then
        invalid("%s.%s is called with a colon: %s:%s(...).", word, name, word, name)
      end
      if select("#", ...) > most then refuse_surplus(word .. ":" .. name, most, ...) end
      return f(self, ...)
    end
  end
  return Class
end

-- What functions of the module take; of those that are not here, `stop` may be a handler, and others hand on what they get.
local of_module = {}
for name, most in (called.of_home .. " sleep/1 run/0 close/0 new/1 login/2 state/1 limits/1 log/2"):gmatch "([%w_]+)/(%d)" do
  of_module[name] = tonumber(most)
end

--- Have a function of the module say so when it is called with a colon, homey:device("Kitchen/Lamp"), or with more than it
--- takes.
---@param homey table
---@param name string
---@param f function
---@return function
function called.by_dot(homey, name, f)
  local most = of_module[name] or math.huge
  return function(...)
    if (...) == homey then invalid("homey.%s is called with a dot: homey.%s(...).", name, name) end
    if select("#", ...) > most then refuse_surplus("homey." .. name, most, ...) end
    return f(...)
  end
end

return called
