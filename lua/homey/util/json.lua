-- JSON encoding and decoding for programs; answers of a hub are decoded already. homey.core does
-- the work; errors become error objects here.

local arguments = require "homey.util.arguments"
local core = require "homey.core"
local invalid = require "homey.util.invalid"
local option_reader = require "homey.util.options"

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

--- JSON text from a Lua value. A table whose keys are 1 to n becomes an array, one whose keys are
--- all strings an object, and an empty one `{}` unless it is marked as an array. What JSON cannot
--- hold is an error that names its place.
--- Raises: invalid.
---@param value any
---@param ... nil  it knows no options
---@return string text
function json.encode(value, ...)
  arguments.check_count("json.encode", 1, value, ...)
  local text, message = core.encode(value)
  if text then return text end
  return invalid("this cannot be JSON: %s", message)
end

---@class homey.json.DecodeOptions
---@field strict? boolean  refuse what Lua cannot hold: a number that is rounded or too large, half
---   a surrogate pair

local decode_rows = {
  what = "json.decode", example = "{ strict = true }",
  { name = "strict", type = "boolean", default = false, doc = "refuse what Lua cannot hold" },
}

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
  arguments.check_count("json.decode", 2, text, options, ...)
  local value, message = core.decode(text, nil, option_reader.read(decode_rows, options).strict)
  if message == nil then return value end
  return invalid("this is no JSON: %s", message)
end

return json
