-- Canonical JSON of a tree: sorted keys, two spaces of indentation, one member a line. The same
-- value is always the same text.

local core = require "homey.core"
local suggest = require "homey.util.suggest"
local text = require "homey.util.text"

local canonical = {}

-- LuaJIT does not compile this file: that of Debian 12 makes wrong code of the loops over tables.
-- It cuts the address of an entry to 32 bits (`xchg eax, edx` after lj_vm_next), and crashes.
if rawget(_G, "jit") then jit.off(true, true) end

local function scalar(value)
  return text.visible_json(assert(core.encode(value)))
end

--- Is this an array of JSON?
---@param value any
---@return boolean
function canonical.is_list(value)
  return type(value) == "table" and (getmetatable(value) == core.array or value[1] ~= nil)
end

local write

local function write_list(value, indent)
  local lines, inner = {}, indent .. "  "
  for i, each in ipairs(value) do lines[i] = inner .. write(each, inner) end
  if #lines == 0 then return "[]" end
  return "[\n" .. table.concat(lines, ",\n") .. "\n" .. indent .. "]"
end

local function write_object(value, indent)
  local lines, inner = {}, indent .. "  "
  for i, key in ipairs(suggest.keys(value)) do
    lines[i] = ("%s%s: %s"):format(inner, scalar(key), write(value[key], inner))
  end
  if #lines == 0 then return "{}" end
  return "{\n" .. table.concat(lines, ",\n") .. "\n" .. indent .. "}"
end

function write(value, indent)
  if type(value) ~= "table" then return scalar(value) end
  if canonical.is_list(value) then return write_list(value, indent) end
  return write_object(value, indent)
end

--- The text of a file.
---@param value any
---@return string
function canonical.file(value)
  return write(value, "") .. "\n"
end

-- Sorted keys, no blanks.
local function compact(value)
  if type(value) ~= "table" then return scalar(value) end
  local parts = {}
  if canonical.is_list(value) then
    for i, each in ipairs(value) do parts[i] = compact(each) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for i, key in ipairs(suggest.keys(value)) do
    parts[i] = scalar(key) .. ":" .. compact(value[key])
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

--- The text of a value on one line.
---@param value any
---@return string
canonical.line = compact

-- Returns the members of an object that are not null: null counts as missing.
local function count(value)
  local n = 0
  for _, each in pairs(value) do
    if each ~= core.null then n = n + 1 end
  end
  return n
end

local function is_absent(value) return value == nil or value == core.null end

local function are_equal_tables(a, b)
  if canonical.is_list(a) or canonical.is_list(b) then
    if #a ~= #b then return false end
    for i = 1, #a do
      if not canonical.equal(a[i], b[i]) then return false end
    end
    return canonical.is_list(a) == canonical.is_list(b) or next(a) == nil and next(b) == nil
  end
  for key, value in pairs(a) do
    if not canonical.equal(value, b[key]) then return false end
  end
  return count(a) == count(b)
end

--- Report whether two values are equal. A null member counts as missing.
---@param a any
---@param b any
---@return boolean
function canonical.equal(a, b)
  if is_absent(a) or is_absent(b) then return is_absent(a) and is_absent(b) end
  if type(a) == "table" and type(b) == "table" then return are_equal_tables(a, b) end
  return a == b
end

--- Report whether a stored value contains every wanted member. A hub may add members.
---@param stored any
---@param wanted any
---@return boolean
function canonical.holds(stored, wanted)
  if is_absent(wanted) then return true end
  if type(stored) ~= "table" or type(wanted) ~= "table" then
    return canonical.equal(stored, wanted)
  end
  if canonical.is_list(wanted) and #stored ~= #wanted then return false end
  for key, value in pairs(wanted) do
    if not canonical.holds(stored[key], value) then return false end
  end
  return true
end

return canonical
