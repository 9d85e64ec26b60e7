-- Evaluator of `homey repl`: compiles and runs the typed code, and prints its values.

local core = require "homey.core"
local text = require "homey.util.text"

local evaluator = {}

local load = loadstring or load -- luacheck: compat
local setfenv = rawget(_G, "setfenv")
local unpack = table.unpack or unpack -- luacheck: compat

local function compile(code, env)
  local f, problem = load(code, "=typed", "t", env)
  if f and setfenv then setfenv(f, env) end
  return f, problem
end

--- The function of an expression or of statements.
---@param code string
---@param env table  its globals
---@return function? f
---@return string? problem
---@return boolean? is_incomplete  more lines are needed
function evaluator.compile(code, env)
  local f = compile("return " .. code:gsub("^%s*=", ""), env)
  if f then return f end
  local problem
  f, problem = compile(code, env)
  return f, problem, problem ~= nil and problem:find "<eof>'?$" ~= nil
end

local most = 20 -- entries of a table that are printed

local function is_plain(value)
  return type(value) == "table" and getmetatable(value) == nil
end

local function describe(value)
  if type(value) == "string" then return '"' .. text.visible(value) .. '"' end
  return value == core.null and "null" or text.visible(tostring(value))
end

local function key_text(key)
  return type(key) == "string" and key or "[" .. describe(key) .. "]"
end

local function table_text(value)
  local lines, count = {}, 0
  for i, each in ipairs(value) do
    count = count + 1
    if i <= most then lines[#lines + 1] = ("%d  %s"):format(i, describe(each)) end
  end
  local keys = {}
  for key in pairs(value) do
    if not (type(key) == "number" and key >= 1 and key <= count) then keys[#keys + 1] = key end
  end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for i, key in ipairs(keys) do
    if i <= most then
      lines[#lines + 1] = ("%s = %s"):format(key_text(key), describe(value[key]))
    end
  end
  local left = math.max(count - most, 0) + math.max(#keys - most, 0)
  if left > 0 then lines[#lines + 1] = ("... %d more"):format(left) end
  return #lines == 0 and "{}" or table.concat(lines, "\n")
end

--- The values of a call, as they are printed; "" for none.
---@param ... any
---@return string
function evaluator.describe(...)
  local parts, values = {}, { n = select("#", ...), ... }
  for i = 1, values.n do
    local value = values[i]
    local is_list = type(value) == "table" and not is_plain(value) and #value > 0
      and rawget(getmetatable(value), "__tostring") == nil
    local whole = is_plain(value) or is_list
    parts[i] = whole and table_text(value) or describe(value)
  end
  return table.concat(parts, "\t")
end

evaluator.unpack = unpack

return evaluator
