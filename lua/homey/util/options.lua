-- Option tables: reads the options that a caller gives by rows that declare them. The rows hold
-- name, type, range, default and one line of documentation for each option; checks, errors, the
-- reference, the annotations and the command line's help are made from them.
-- mk/option_tables.lua lists all tables of rows.

local lazy = require "homey.util.lazy"
local text = require "homey.util.text"

local duration = lazy "homey.util.duration"
local format = lazy "homey.util.format"
local invalid = lazy "homey.util.invalid"
local suggest = lazy "homey.util.suggest"

---@class homey.OptionRow
---@field name string
---@field type "text"|"boolean"|"number"|"integer"|"duration"|"function"|"list"|"table"|"any"
---   a duration becomes seconds; a list holds text
---@field doc string        one line: what the option does
---@field values? string[]  of a text: it takes one of these
---@field min? number       the least number, or seconds
---@field max? number
---@field unit? string      of a number, for the documentation: "degrees", "bytes"
---@field default? any      what the reader fills in
---@field default_text? string  the default in words, where other code decides it
---@field env? string       the environment variable that also sets it
---@field required? boolean  it may not be left out
---@field fields? homey.OptionRows  of a table: its own options
---@field annotation? string  its LuaCATS type, where `type` does not give it
---@field check? fun(value: any, row: homey.OptionRow, what: string): any, string?
---   reads the value in place of the type's own reader; answers nil and "takes ..., not ..." for a
---   wrong one

---@class homey.OptionRows : homey.OptionRow[]
---@field what string      what takes them: "homey.login"; the subject of each error
---@field class? string    the name of the LuaCATS class of such a table: "homey.Options"
---@field doc? string      one line about the table
---@field example? string  shown to a caller that gives no table: "{ duration = \"2 s\" }"
---@field bases? homey.OptionRows[]  tables whose rows belong to it, too
---@field off? boolean     every option may be `false`, which means none
---@field required? boolean  the table may not be left out

local options = {}

-- ---- one value ----------------------------------------------------------------------------------

local function wrong(expected, value)
  return nil, ("takes %s, not %s."):format(expected, format(value))
end

-- "from 1 to 5", "of 1 or more"; nothing where there is no bound.
local function range(row, write)
  if row.min and row.max then
    return (" from %s to %s"):format(write(row.min), write(row.max))
  end
  if row.min then return (" of %s or more"):format(write(row.min)) end
  return row.max and (" of at most %s"):format(write(row.max)) or ""
end

local function in_range(row, value)
  return value == value and (not row.min or value >= row.min) and (not row.max or value <= row.max)
end

local function length(seconds)
  if seconds < 1 then return ("%d ms"):format(seconds * 1000) end
  if seconds % 3600 == 0 and seconds > 0 then return ("%d h"):format(seconds / 3600) end
  return ("%d s"):format(seconds)
end

local function unit(row)
  return row.unit and " of " .. row.unit or ""
end

local function one_of(row, value)
  for _, each in ipairs(row.values) do
    if value == each then return value end
  end
  local last = #row.values
  local others = last > 1 and table.concat(row.values, "', '", 1, last - 1) .. "' or '" or ""
  local hint = type(value) == "string" and suggest.hint(value, row.values) or "."
  return nil, ("takes '%s%s', not %s%s"):format(others, row.values[last], format(value), hint)
end

local readers = {}

function readers.any(value)
  return value
end

-- A text may be a secret: an error does not quote it.
function readers.text(value, row)
  if row.values then return one_of(row, value) end
  if type(value) ~= "string" then return nil, ("takes text, not a %s."):format(type(value)) end
  if value == "" then return nil, "is empty." end
  if value:find("\0", 1, true) then return nil, "holds a NUL byte." end
  if not text.is_utf8(value) then return nil, "is not valid UTF-8." end
  return value
end

function readers.boolean(value)
  if type(value) == "boolean" then return value end
  return wrong("true or false", value)
end

readers["function"] = function(value)
  if type(value) == "function" then return value end
  return wrong("a function", value)
end

function readers.number(value, row)
  if type(value) == "number" and in_range(row, value) then return value end
  return wrong("a number" .. unit(row) .. range(row, format), value)
end

function readers.integer(value, row)
  if type(value) == "number" and value == math.floor(value) and in_range(row, value)
    and value < math.huge and value > -math.huge then
    return value
  end
  return wrong("a whole number" .. unit(row) .. range(row, format), value)
end

function readers.duration(value, row)
  local seconds = duration.read(value)
  if seconds and in_range(row, seconds) then return seconds end
  local bounds = range(row, length)
  return wrong(("a time%s such as \"30 s\" or \"5 min\", or a number of seconds")
    :format(bounds == "" and "" or bounds .. ","), value)
end

function readers.list(value)
  if type(value) ~= "table" then return wrong("a list of text", value) end
  local list = {}
  for key, each in pairs(value) do
    if type(key) ~= "number" then
      return nil, ("takes a list of text, without the key %s."):format(format(key))
    end
    local problem
    list[key], problem = readers.text(each, {})
    if problem then return nil, problem end
  end
  return list
end

function readers.table(value, row, what)
  if type(value) ~= "table" then return wrong("a table", value) end
  if not row.fields then return value end
  return options.read(row.fields, value, ("%s: `%s`"):format(what, row.name))
end

--- One value, checked by its row.
---@param row homey.OptionRow
---@param value any
---@param what string  what takes it
---@return any value        as its type is read: a duration in seconds
---@return string? problem  "takes true or false, not 5."
function options.check(row, value, what)
  return (row.check or readers[row.type])(value, row, what)
end

-- ---- a table of them ----------------------------------------------------------------------------

local function add_rows(rows, list)
  for _, base in ipairs(rows.bases or {}) do add_rows(base, list) end
  for _, row in ipairs(rows) do list[#list + 1] = row end
  return list
end

--- All rows of a table, those of its bases first.
---@param rows homey.OptionRows
---@return homey.OptionRow[]
function options.all(rows)
  return add_rows(rows, {})
end

local prepared = setmetatable({}, { __mode = "k" })

-- What reading needs of a table: its rows by name, and those that have a default.
local function prepare(rows)
  local ready = { by_name = {}, defaults = {}, needed = false }
  for _, row in ipairs(options.all(rows)) do
    ready.by_name[row.name] = row
    if row.required then
      ready.needed = ready.needed or {}
      ready.needed[#ready.needed + 1] = row.name
    end
    if row.default ~= nil then ready.defaults[#ready.defaults + 1] = row end
  end
  prepared[rows] = ready
  return ready
end

local function refuse_unknown(what, name, by_name)
  invalid("%s has no option %s%s", what, format(name),
    suggest.hint(tostring(name), suggest.keys(by_name)))
end

local function check_needed(what, names, checked)
  for _, name in ipairs(names) do
    if checked[name] == nil then invalid("%s needs `%s`.", what, name) end
  end
end

--- The options that a caller gives, checked: a new table with durations in seconds and defaults
--- filled in. Raises an error of kind "invalid" for an unknown name or a wrong value.
---@param rows homey.OptionRows
---@param given? table
---@param what? string  what takes them, where that is more than the rows tell
---@return table
function options.read(rows, given, what)
  what = what or rows.what
  local ready, checked = prepared[rows] or prepare(rows), {}
  if type(given) ~= "table" and (given ~= nil or rows.required) then
    invalid("%s takes a table%s, not %s.", what,
      rows.example and " such as " .. rows.example or " of options", format(given))
  end
  for name, value in pairs(given or checked) do
    local row = ready.by_name[name] or refuse_unknown(what, name, ready.by_name)
    if value == false and rows.off and row.type ~= "boolean" then
      checked[name] = false
    else
      local problem
      checked[name], problem = (row.check or readers[row.type])(value, row, what)
      if problem then invalid("%s: `%s` %s", what, name, problem) end
    end
  end
  if ready.needed then check_needed(what, ready.needed, checked) end
  for _, row in ipairs(ready.defaults) do
    if checked[row.name] == nil then checked[row.name] = row.default end
  end
  return checked
end

return options
