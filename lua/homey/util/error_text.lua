-- Error text: the text of whatever was raised, for the log.

local format = require "homey.util.format"

local longest = 10 -- fields that are listed

local function field(key, value)
  return (type(key) == "string" and key or ("[%s]"):format(format(key))) .. " = " .. format(value)
end

local function listed(value)
  local fields = {}
  for key, each in next, value do fields[#fields + 1] = field(key, each) end
  if #fields == 0 then return "{}" end
  table.sort(fields)
  for i = #fields, longest + 1, -1 do fields[i] = i == longest + 1 and "..." or nil end
  return "{ " .. table.concat(fields, ", ") .. " }"
end

local deepest = 4 -- messages inside messages

-- The message of a table without __tostring, such as an error of another module. The message may be
-- such a table again.
local function message_of(err, depth)
  local message = type(err) == "table" and rawget(err, "message")
  if type(message) == "string" and message ~= "" then return message end
  return depth < deepest and type(message) == "table" and message_of(message, depth + 1) or nil
end

--- The text of an error; never the address of a table.
---@param err any
---@return string
---@return boolean is_own  the text comes from the __tostring of an object
return function(err)
  if type(err) == "string" then return err, false end
  local meta = getmetatable(err)
  if type(meta) == "table" and meta.__tostring then
    local ok, text = pcall(tostring, err)
    -- PUC Lua 5.1 and LuaJIT accept any value from a __tostring
    if ok and type(text) == "string" then return text, true end
  end
  local message = message_of(err, 1)
  if message then return message, false end
  return ("error() was called with %s.")
    :format(type(err) == "table" and listed(err) or format(err)), false
end
