-- Arguments of a script: `homey run motion.lua lamp="Hall/Lamp" after="5 min"`, or the same words
-- behind `lua motion.lua`. The script declares what it takes, by homey.args{...}.

local duration = require "homey.util.duration"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local number_text = require "homey.util.number_text"
local options = require "homey.util.options"
local resource_types = require "homey.model.resource_types"
local text = require "homey.util.text"

local suggest = lazy "homey.util.suggest"

local args = {}

-- ---- words --------------------------------------------------------------------------------------

--- Split a word such as `after=5 min`; nil where it is none of this form.
---@param word string
---@return string? name
---@return string? value
function args.split(word)
  return word:match "^([%a_][%w_]*)=(.*)$"
end

--- The arguments among the words of a command line.
---@param words string[]
---@return table<string, string>
function args.of_words(words)
  local list = {}
  for _, word in ipairs(words) do
    local name, value = args.split(word)
    if name then list[name] = value end
  end
  return list
end

-- ---- the declaration ----------------------------------------------------------------------------

local plain = { text = true, number = true, integer = true, boolean = true, duration = true }
local fields = {
  type = true, default = true, optional = true, min = true, max = true, values = true,
  doc = true,
}

local function kinds()
  local list = {}
  for kind, row in pairs(resource_types()) do
    if row.plural or kind == "device" then list[kind] = true end
  end
  return list
end

local function type_names()
  local names = suggest.keys(plain)
  for kind in pairs(kinds()) do names[#names + 1] = kind end
  return names
end

local function refuse_field(name, field, takes, value)
  invalid("homey.args: `%s` of `%s` takes %s, not %s.", field, name, takes, format(value))
end

-- The bounds of a number; those of a time may be texts such as "5 min".
local function check_bounds(row)
  for _, field in ipairs { "min", "max" } do
    local value = row[field]
    if value ~= nil then
      if row.type == "duration" then value = duration.read(value) end
      if type(value) ~= "number" or value ~= value then
        refuse_field(row.name, field, row.type == "duration" and "a time" or "a number", row[field])
      end
      row[field] = value
    end
  end
  if row.min and row.max and row.min > row.max then
    invalid("homey.args: `min` of `%s` is greater than its `max`.", row.name)
  end
end

local function is_list_of_text(value)
  if type(value) ~= "table" or #value == 0 then return false end
  for key, each in pairs(value) do
    if type(key) ~= "number" or type(each) ~= "string" then return false end
  end
  return true
end

local function check_row(row)
  check_bounds(row)
  if row.values ~= nil and not is_list_of_text(row.values) then
    refuse_field(row.name, "values", "a list of texts", row.values)
  end
  if row.doc ~= nil and type(row.doc) ~= "string" then
    refuse_field(row.name, "doc", "text", row.doc)
  end
  if row.optional ~= nil and type(row.optional) ~= "boolean" then
    refuse_field(row.name, "optional", "true or false", row.optional)
  end
end

-- The row of one declared argument: "device", or { "duration", default = "5 min" }.
local function row_of(name, declared)
  local given = type(declared) == "table" and declared or { declared }
  local row = { name = name }
  for field, value in pairs(given) do
    if field ~= 1 and not fields[field] then
      invalid("homey.args: `%s` has no field %s%s", name, format(field),
        suggest.hint(tostring(field), suggest.keys(fields)))
    end
    row[field == 1 and "type" or field] = value
  end
  if not (plain[row.type] or kinds()[row.type]) then
    invalid("homey.args: `%s` has the type %s%s", name, format(row.type),
      suggest.hint(tostring(row.type), type_names()))
  end
  check_row(row)
  return row
end

-- ---- reading ------------------------------------------------------------------------------------

local words_of_boolean = {
  ["true"] = true, yes = true, on = true, ["1"] = true,
  ["false"] = false, no = false, off = false, ["0"] = false,
}

-- A text of a command line as its type has it; the text itself where it is no such value.
local function from_text(row, value)
  if row.type == "number" or row.type == "integer" then return number_text.read(value) or value end
  if row.type ~= "boolean" then return value end
  local flag = words_of_boolean[text.lower(value)]
  if flag == nil then return value end
  return flag
end

local function read_resource(row, value, home)
  local kind = type(value) == "table" and (getmetatable(value) or {}).kind
  if kind == row.type then return value end
  if type(value) == "table" then
    invalid("homey.args: `%s` takes a %s or its name, not %s.", row.name, row.type,
      kind and "a " .. kind or "a table")
  end
  if not home then
    invalid("homey.args: `%s` is a %s. Call homey.login before homey.args.", row.name, row.type)
  end
  return home[row.type](home, value)
end

local function read_value(row, value, home, what)
  if not plain[row.type] then return read_resource(row, value, home) end
  if type(value) == "string" then value = from_text(row, value) end
  local read, problem = options.check(row, value, what)
  if problem then invalid("%s: `%s` %s", what, row.name, problem) end
  return read
end

local function refuse_unknown(what, given, rows)
  for name in pairs(given) do
    if not rows[name] then
      invalid("%s takes no argument '%s'%s", what, name, suggest.hint(name, suggest.keys(rows)))
    end
  end
end

--- The arguments of a script, checked.
--- Raises: invalid, not_found, ambiguous, request.
---@param given table<string, any>  as they were given
---@param declared? table<string, string|homey.ArgDeclaration>  nil: as they were given
---@param what string    the script, for an error
---@param home? homey.Home  where devices and other resources are found
---@return table<string, any>
function args.read(given, declared, what, home)
  if declared ~= nil and type(declared) ~= "table" then
    invalid("homey.args takes a table such as { lamp = \"device\" }, not %s.", format(declared))
  end
  local rows, read = {}, {}
  if not declared then
    for name, value in pairs(given) do read[name] = value end
    return read
  end
  for name, each in pairs(declared) do
    if type(name) ~= "string" or not args.split(name .. "=") then
      invalid("homey.args declares arguments by name, such as { lamp = \"device\" }, and none "
        .. "under the key %s.", format(name))
    end
    rows[name] = row_of(name, each)
  end
  refuse_unknown(what, given, rows)
  for name, row in pairs(rows) do
    local value = given[name]
    if value == nil then value = row.default end
    if value ~= nil then
      read[name] = read_value(row, value, home, what)
    elseif not row.optional then
      invalid("%s needs the argument `%s`%s, as in: homey run %s %s=...", what, name,
        row.doc and (", %s"):format(row.doc) or "", what, name)
    end
  end
  return read
end

return args
