-- JSON text to Lua values and back, for a program's own use: what a hub sends is decoded already.
-- The work is done by homey.core; here a failure becomes an error object.

local core = require "homey.core"
local new_error = require "homey.error"

---@class homey.json
---@field null lightuserdata  JSON null, which is not nil: a table cannot hold nil
local json = { null = core.null }

--- Mark a table as a JSON array, so that it is sent as `[]` even when empty. Decoded arrays bear
--- the mark.
---@generic T: table
---@param list? T  a new table if left out
---@return T list  the same table
function json.array(list)
  return setmetatable(list or {}, core.array)
end

local function refuse_surplus(what, most, ...)
  if select("#", ...) == 0 then return end
  for i = 1, select("#", ...) do
    if select(i, ...) ~= nil then error(new_error("invalid", ("%s takes %s, not more."):format(what, most))) end
  end
end

--- JSON text from a Lua value. A table whose keys are 1 to n becomes an array, one whose keys are
--- all strings an object, and an empty one `{}` unless it is marked as an array. What JSON cannot
--- hold is an error that names its place.
--- Raises: invalid.
---@param value any
---@param ... nil  it knows no options
---@return string text
function json.encode(value, ...)
  refuse_surplus("json.encode", "one argument", ...)
  local text, message = core.encode(value)
  if text then return text end
  error(new_error("invalid", "this cannot be JSON: " .. message))
end

---@class homey.json.DecodeOptions
---@field strict? boolean  refuse what Lua cannot hold: a number that is rounded or too large, half a surrogate pair

local function is_strict(options)
  if options == nil then return false end
  if type(options) ~= "table" then error(new_error("invalid", "the options of json.decode are a table, such as { strict = true }.")) end
  for name in pairs(options) do
    if name ~= "strict" then
      error(new_error("invalid", ("json.decode has no option %s; it has: strict."):format(tostring(name))))
    end
  end
  if options.strict ~= nil and type(options.strict) ~= "boolean" then
    error(new_error("invalid", "the option strict of json.decode is true or false."))
  end
  return options.strict
end

--- Lua value from JSON text by the grammar of RFC 8259. Whole numbers become integers where Lua has
--- them and they fit; of equal keys the last wins. What Lua cannot hold is read as JavaScript reads
--- it: a number as the nearest double or an infinity (1e400), half a surrogate pair as U+FFFD;
--- `strict = true` refuses it. An error names the first wrong byte, and quotes nothing of the text.
--- Raises: invalid.
---@param text string
---@param options? homey.json.DecodeOptions
---@param ... nil
---@return any value
function json.decode(text, options, ...)
  refuse_surplus("json.decode", "2 arguments", ...)
  local value, message = core.decode(text, nil, is_strict(options))
  if message == nil then return value end
  error(new_error("invalid", "this is no JSON: " .. message))
end

return json
