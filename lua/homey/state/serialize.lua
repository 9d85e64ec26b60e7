-- Serialize: tables of text, numbers, booleans and tables of these, as values that JSON can hold,
-- and back unchanged. JSON has only arrays and objects with text keys. Other keys become text such
-- as "#7" and "#true", and a text key that begins with "#" gets another one before it.

local core = require "homey.core"
local number_text = require "homey.util.number_text"
local format = require "homey.util.format"
local text = require "homey.util.text"

local deepest = 500 -- nesting of tables; the JSON decoder accepts twice this depth

local serialize = {}

---@class homey.Serializer  the work on one value
---@field keys any[]                 the path to the current value
---@field inside table<table, true>  the tables around the current value
---@field problems string[]

-- The class name of an object of this module; nil for a table of the program.
local function object_name(value)
  local meta = getmetatable(value)
  local name = type(meta) == "table" and rawget(meta, "__name")
  return type(name) == "string" and name:find "^homey%." and "a " .. name or nil
end

local problem_of_type = {
  boolean = function() return nil end,
  number = function(value)
    return not number_text.is_finite(value) and format(value) or nil
  end,
  string = function(value) return not text.is_utf8(value) and "text that is not UTF-8" or nil end,
  table = object_name,
}

-- Describes a value that cannot be serialized; nil when it can be.
local function problem_of(value)
  if value == core.null then return nil end
  local known = problem_of_type[type(value)]
  if known then return known(value) end
  return "a " .. type(value)
end

local function key_text(number)
  local is_integer = math.type and math.type(number) == "integer" -- luacheck: compat
  return number_text.format(is_integer and "%d" or "%.17g", number)
end

-- A key as text; nil if that is impossible.
local function name_of(key)
  if problem_of(key) then return nil end
  if type(key) == "string" then return (key:gsub("^#", "##")) end
  if type(key) == "number" then return "#" .. key_text(key) end
  return type(key) == "boolean" and "#" .. tostring(key) or nil
end

local booleans = { ["#true"] = true, ["#false"] = false }

local function key_of(name)
  if type(name) ~= "string" or name:sub(1, 1) ~= "#" then return name end
  if booleans[name] ~= nil then return booleans[name] end
  if name:sub(2, 2) == "#" then return name:sub(2) end
  return name:find "^#%-?%d" and number_text.read(name:sub(2)) or name
end

local function is_list(list)
  local count, last = 0, 0
  for key in next, list do
    if type(key) ~= "number" or key < 1 or key % 1 ~= 0 then return false end
    count, last = count + 1, math.max(last, key)
  end
  return count == last
end

local function with_text_keys(list)
  local map = {}
  for key, value in next, list do map[name_of(key)] = value end
  return map
end

-- "lamps.kitchen[7]"
local function path_of(keys)
  local parts = {}
  for i, key in ipairs(keys) do
    local is_name = type(key) == "string" and key:find "^[%a_][%w_]*$"
    parts[i] = is_name and (i > 1 and "." or "") .. key or ("[%s]"):format(format(key))
  end
  return table.concat(parts)
end

local function add_problem(self, problem)
  self.problems[#self.problems + 1] = ("%s is %s"):format(path_of(self.keys), problem)
end

local copy

local function copy_table(self, original)
  local into, list, holes = {}, is_list(original), false
  local depth = #self.keys + 1
  self.inside[original] = true
  for key, value in next, original do
    self.keys[depth] = key
    local name = list and key or name_of(key)
    if name == nil then
      add_problem(self, "under a key that cannot be saved")
    else
      into[name] = copy(self, value)
    end
    holes = holes or name ~= nil and into[name] == nil
  end
  self.keys[depth], self.inside[original] = nil, nil
  return list and holes and with_text_keys(into) or into
end

function copy(self, value)
  local problem = problem_of(value)
  local is_table = not problem and type(value) == "table"
  if is_table and self.inside[value] then problem = "a table within itself" end
  if is_table and #self.keys >= deepest then problem = "a table within too many others" end
  if problem then return add_problem(self, problem) end
  return is_table and copy_table(self, value) or value
end

--- Convert a table to one that JSON can hold. Values that cannot be serialized are left out and
--- listed as problems: "lamps.kitchen is a function", sorted.
---@param value table
---@return table packed
---@return string[] problems
function serialize.pack(value)
  local self = { keys = {}, inside = {}, problems = {} }
  local packed = copy_table(self, value)
  table.sort(self.problems)
  return packed, self.problems
end

--- Convert a packed table back.
---@param value any
---@param has_other_keys boolean  some keys are encoded numbers or booleans
---@return any
function serialize.unpack(value, has_other_keys)
  if type(value) ~= "table" then return value end
  local into = {}
  for name, each in pairs(value) do
    local key = name
    if has_other_keys then key = key_of(name) end -- the key may be false: no `and`/`or`
    into[key] = serialize.unpack(each, has_other_keys)
  end
  return into
end

return serialize
