-- Argument checks: names, surplus arguments, and a dot where a colon belongs, or the other way
-- round.

local lazy = require "homey.util.lazy"
local text = require "homey.util.text"

local format = lazy "homey.util.format"
local invalid = lazy "homey.util.invalid"

local arguments = {}

-- ---- names --------------------------------------------------------------------------------------

--- What is wrong with the name or id of something, which is text in UTF-8; nil where it may be one.
---@param value any
---@return string? fault  "'x', which is not valid UTF-8.", to end a sentence with
function arguments.name_fault(value)
  if type(value) == "string" and value:find("^[%w_.-]+$") then return nil end -- nearly always
  if type(value) ~= "string" or value == "" then return format(value) .. "." end
  if not text.is_utf8(value) then return format(value) .. ", which is not valid UTF-8." end
  if value:find("%z") then return format(value) .. ", which holds a NUL byte." end
end

--- Refuse what can be no name or id.
---@param value any
---@param beginning string  of the error: "a %s is named by its id, not by "
---@param ... any           for string.format
function arguments.check_name(value, beginning, ...)
  local fault = arguments.name_fault(value)
  if fault then invalid("%s%s", beginning:format(...), fault) end
end

-- ---- surplus arguments --------------------------------------------------------------------------

local function count_text(most)
  return most == 0 and "no arguments" or most == 1 and "one argument" or most .. " arguments"
end

-- A surplus argument may be what the caller relies on, such as an option of another method.
local function refuse_surplus(what, most, ...)
  for i = most + 1, select("#", ...) do
    local value = select(i, ...)
    if value ~= nil then
      return invalid("%s takes %s; %s is too many.", what, count_text(most), format(value))
    end
  end
end

--- Refuse surplus arguments.
---@param what string   "homey.sleep"
---@param most integer  how many it takes
---@param ... any       the arguments
function arguments.check_count(what, most, ...)
  if select("#", ...) > most then refuse_surplus(what, most, ...) end
end

-- ---- dot and colon ------------------------------------------------------------------------------

--- The methods of a home, and how many arguments each takes. Most are functions of the module, too.
arguments.of_home = "device/1 devices/1 get/2 put/3 post/3 delete/2 on/3 guard/1 why/2 "
  .. "at/3 every/3 after/3 is/1 login/0 logout/0 stay/0"

local function is_instance(value, Class)
  local meta = getmetatable(value)
  return meta == Class or type(meta) == "table" and rawget(meta, "base") == Class
end

local function check_self(self, Class, word, name)
  if is_instance(self, Class) then return end
  invalid("%s.%s is called with a colon: %s:%s(...).", word, name, word, name)
end

-- A method of three arguments, such as device:set. Named arguments cost less than `...`.
local function of_three(f, Class, word, name)
  return function(self, a, b, c, d, e, g, h)
    if getmetatable(self) ~= Class then check_self(self, Class, word, name) end
    if d ~= nil or e ~= nil or g ~= nil or h ~= nil then
      refuse_surplus(word .. ":" .. name, 3, a, b, c, d, e, g, h)
    end
    return f(self, a, b, c)
  end
end

local function of_some(f, Class, word, name, most)
  return function(self, ...)
    if getmetatable(self) ~= Class then check_self(self, Class, word, name) end
    if select("#", ...) > most then refuse_surplus(word .. ":" .. name, most, ...) end
    return f(self, ...)
  end
end

--- Have methods refuse a call with a dot, device.set("onoff", true), and surplus arguments.
---@param Class table    the metatable of the objects, or the `base` of it
---@param methods table  where the methods are; changed
---@param word string    "device", for the error
---@param names string   which methods, and how many arguments each takes: "get/1 refresh/0"
---@return table Class
function arguments.check_methods(Class, methods, word, names)
  for name, most in names:gmatch "([%w_]+)/(%d)" do
    local wrap = most == "3" and of_three or of_some
    methods[name] = wrap(methods[name], Class, word, name, tonumber(most))
  end
  return Class
end

-- How many arguments functions of the module take. `stop` may be a handler and takes any; the
-- others that are missing here check their own.
local of_module = {}
for name, most in (arguments.of_home
  .. " promise/0 fetch/2 poll/3 lines/2 args/1"
  .. " sleep/1 run/0 close/0 new/1 login/2 state/1 limits/1 log/2 emit/2")
  :gmatch "([%w_]+)/(%d)" do
  of_module[name] = tonumber(most)
end

--- How many arguments a function of the module takes; nil where it is not told here.
---@param name string
---@return integer?
function arguments.most_of(name) return of_module[name] end

--- Have a function of the module refuse a call with a colon, homey:device("Kitchen/Lamp"), and
--- surplus arguments.
---@param homey table
---@param name string
---@param f function
---@param most? integer  how many arguments it takes; nil: any number
---@return function
function arguments.check_function(homey, name, f, most)
  most = most or math.huge
  return function(...)
    if (...) == homey then invalid("homey.%s is called with a dot: homey.%s(...).", name, name) end
    if select("#", ...) > most then refuse_surplus("homey." .. name, most, ...) end
    return f(...)
  end
end

return arguments
