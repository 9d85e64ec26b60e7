-- Values as a file of JSON can carry them, and back as they were: any table of text, numbers, true and false, and tables
-- of these. JSON knows lists and names alone, so a table that is neither has keys such as "#7" and "#true", and a name
-- that begins with "#" has another one before it.

local core = require "homey.core"
local number_text = require "homey.util.number_text"
local show = require "homey.util.format"
local text = require "homey.util.text"

local deepest = 500 -- tables within tables: JSON is read to twice that depth

local serialize = {}

---@class homey.Porter  one value on its way
---@field keys any[]                 that lead to what is looked at
---@field inside table<table, true>  the tables around it
---@field problems string[]

-- Our own objects; a table that is some program's own object is a table.
local function object_name(value)
  local meta = getmetatable(value)
  local name = type(meta) == "table" and rawget(meta, "__name")
  return type(name) == "string" and name:find "^homey%." and "a " .. name or nil
end

local unfit = {
  boolean = function() return nil end,
  number = function(value) return not number_text.is_finite(value) and show(value) or nil end,
  string = function(value) return not text.is_utf8(value) and "text that is not UTF-8" or nil end,
  table = object_name,
}

-- What a value is that cannot be carried; nil where it can.
local function misfit(value)
  if value == core.null then return nil end
  local known = unfit[type(value)]
  if known then return known(value) end
  return "a " .. type(value)
end

local function key_text(number)
  return number_text.format(math.type and math.type(number) == "integer" and "%d" or "%.17g", number) -- luacheck: compat
end

-- A key as a name; nil where it cannot be one.
local function name_of(key)
  if misfit(key) then return nil end
  if type(key) == "string" then return (key:gsub("^#", "##")) end
  if type(key) == "number" then return "#" .. key_text(key) end
  return type(key) == "boolean" and "#" .. tostring(key) or nil
end

local words = { ["#true"] = true, ["#false"] = false }

local function key_of(name)
  if type(name) ~= "string" or name:sub(1, 1) ~= "#" then return name end
  if words[name] ~= nil then return words[name] end
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

local function named(list)
  local map = {}
  for key, value in next, list do map[name_of(key)] = value end
  return map
end

-- "lamps.kitchen[7]"
local function path_of(keys)
  local parts = {}
  for i, key in ipairs(keys) do
    local is_name = type(key) == "string" and key:find "^[%a_][%w_]*$"
    parts[i] = is_name and (i > 1 and "." or "") .. key or ("[%s]"):format(show(key))
  end
  return table.concat(parts)
end

local function complain(self, problem)
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
    if name == nil then complain(self, "under a key that cannot be kept") else into[name] = copy(self, value) end
    holes = holes or name ~= nil and into[name] == nil
  end
  self.keys[depth], self.inside[original] = nil, nil
  return list and holes and named(into) or into
end

function copy(self, value)
  local problem = misfit(value)
  local is_table = not problem and type(value) == "table"
  if is_table and self.inside[value] then problem = "a table within itself" end
  if is_table and #self.keys >= deepest then problem = "a table within too many others" end
  if problem then return complain(self, problem) end
  return is_table and copy_table(self, value) or value
end

--- A table as JSON can carry it, and what had to be left out: "lamps.kitchen is a function", sorted.
---@param value table
---@return table portable
---@return string[] problems
function serialize.pack(value)
  local self = { keys = {}, inside = {}, problems = {} }
  local carried = copy_table(self, value)
  table.sort(self.problems)
  return carried, self.problems
end

--- What JSON carried, as plain tables: to Lua a list and an object are the same.
---@param value any
---@param keys_differ boolean  keys may stand for other than text
---@return any
function serialize.unpack(value, keys_differ)
  if type(value) ~= "table" then return value end
  local into = {}
  for name, each in pairs(value) do
    local key = name
    if keys_differ then key = key_of(name) end -- which may be false
    into[key] = serialize.unpack(each, keys_differ)
  end
  return into
end

return serialize
