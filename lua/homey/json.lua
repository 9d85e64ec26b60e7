-- JSON text to Lua values and back, for a program's own use: what a hub sends is decoded already.
-- The work is done by homey.core; here a failure becomes an error object.

local core = require "homey.core"
local new_error = require "homey.error"

---@class homey.json
---@field null lightuserdata  JSON null, which is not nil: a table cannot hold nil
local json = { null = core.null }

--- Mark a table as a JSON array, so that it is sent as `[]` even when empty. Decoded arrays bear the mark.
---@generic T: table
---@param list? T  a new table if left out
---@return T list  the same table
function json.array(list)
  return setmetatable(list or {}, core.array)
end

--- JSON text from a Lua value. A table whose keys are 1 to n becomes an array, one whose keys are all strings
--- an object, and an empty one `{}` unless it is marked as an array.
--- Raises an error of kind "invalid" that says where the value holds something that JSON cannot.
---@param value any
---@return string text
function json.encode(value)
  local text, message = core.encode(value)
  if text then return text end
  error(new_error("invalid", "this cannot be JSON: " .. message))
end

--- Lua value from JSON text, strictly by RFC 8259. Whole numbers become integers where Lua has them; of equal
--- keys the last wins.
--- Raises an error of kind "invalid" that names the first byte that is wrong, and quotes nothing of the text.
---@param text string
---@return any value
function json.decode(text)
  local value, message = core.decode(text)
  if message == nil then return value end
  error(new_error("invalid", "this is no JSON: " .. message))
end

return json
