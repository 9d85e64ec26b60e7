-- What was raised, as it stands in the log: a text as it is, anything else in words.

local show = require "homey.show"

local longest = 10 -- fields that are listed

local function field(key, value)
  return (type(key) == "string" and key or ("[%s]"):format(show(key))) .. " = " .. show(value)
end

local function listed(value)
  local fields = {}
  for key, each in next, value do fields[#fields + 1] = field(key, each) end
  if #fields == 0 then return "{}" end
  table.sort(fields)
  for i = #fields, longest + 1, -1 do fields[i] = i == longest + 1 and "..." or nil end
  return "{ " .. table.concat(fields, ", ") .. " }"
end

--- How a person would be told of it.
---@param err any
---@return string
---@return boolean speaks  an object that tells so itself
return function(err)
  if type(err) == "string" then return err, false end
  local meta = getmetatable(err)
  if type(meta) == "table" and meta.__tostring then
    local ok, text = pcall(tostring, err)
    if ok then return text, true end
  end
  return ("error() was called with %s."):format(type(err) == "table" and listed(err) or show(err)), false
end
