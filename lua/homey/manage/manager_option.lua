-- Options of a manager: reads and sets one, such as the brightness of the LED ring.

local call = require "homey.manage.call"
local text = require "homey.util.text"

local manager_option = {}

local function operation_of(verb, name)
  return ("%sOption%s%s"):format(verb, text.upper(name:sub(1, 1)), name:sub(2))
end

--- Read an option.
---@param home homey.Home
---@param manager string
---@param name string
---@param kind string  its Lua type
---@return any  nil when it is not set, or is none of that type
function manager_option.get(home, manager, name, kind)
  local reply = call.read(home, manager, operation_of("get", name), {})
  if type(reply) == "table" and reply.value ~= nil then reply = reply.value end
  if type(reply) == "table" and kind == "string" then reply = reply.id end -- v2: {uri, id}
  if type(reply) ~= kind then return nil end
  return reply
end

--- Set an option.
---@param home homey.Home
---@param manager string
---@param name string
---@param value any
---@param words string
function manager_option.set(home, manager, name, value, words)
  call.run {
    home = home, manager = manager, operation = operation_of("set", name),
    args = { value = value }, words = words,
  }
end

return manager_option
