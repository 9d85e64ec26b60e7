-- Descriptors: the number of an open file or socket, of Lua or of another library.

local core = require "homey.core"
local invalid = require "homey.util.invalid"
local show = require "homey.util.format"

local null = core.null -- a userdata without fields

local descriptor = {}

local function is_number(value)
  return type(value) == "number" and value == math.floor(value) and value >= 0 and value < 2 ^ 31
end

local has_fields = { table = true, userdata = true }

-- The descriptor by the names that libraries use: getfd (LuaSocket, luaposix), pollfd (cqueues).
local function by_name(file)
  if not has_fields[type(file)] or io.type(file) or file == null then return nil end
  local name = file.getfd and "getfd" or "pollfd"
  local found = file[name]
  if type(found) == "function" then found = found(file) end
  return found
end

--- The descriptor of a file, a socket, or a number that is one. Raises an error of kind "invalid"
--- for anything else.
---@param file any
---@param what string  what takes it: "homey.poll"
---@return integer
function descriptor.of(file, what)
  if is_number(file) then return file end
  if io.type(file) == "closed file" then invalid("%s: this file is closed.", what) end
  local found = core.descriptor(file) or by_name(file)
  if is_number(found) then return found end
  if found ~= nil then invalid("%s: this socket is closed, or not open yet.", what) end
  return invalid("%s takes a file, a socket with getfd or pollfd, or the number of a descriptor, "
    .. "not %s.", what, show(file))
end

--- Does a socket of LuaSocket hold data that it has read and not returned?
---@param file any
---@return boolean
function descriptor.holds_data(file)
  if type(file) ~= "userdata" or io.type(file) or file == null then return false end
  return file.dirty and file:dirty() or false
end

return descriptor
