-- Completer of `homey repl`: completes names in quotes, capabilities, and members of values.
--
-- Invariant: completion runs no typed code. It looks values up by name only.

local facade = require "homey.script.facade"
local names_of = require "homey.cli.names_of"
local try = require "homey.task.try"

local completer = {}

-- ---- names in quotes ----------------------------------------------------------------------------

local finders = { -- function before the quote -> list that has the names
  device = "devices", zone = "zones", flow = "flows", mood = "moods", variable = "variables",
  user = "users", app = "apps",
}

local function names_in(home, kind)
  local names = {}
  for _, each in ipairs(names_of(try(home[finders[kind]], home) or {})) do
    for _, name in ipairs(each) do names[#names + 1] = name end
  end
  return names
end

-- Escapes a name for a Lua string. Without this, a quote in the name would end the string, and the
-- rest of the name would be code.
local function in_quote(name, quote)
  return (name:gsub("[%c\\" .. quote .. "]", function(c)
    return c:find "%c" and ("\\%03d"):format(c:byte()) or "\\" .. c
  end))
end

local function all_in_quote(names, quote)
  for i, name in ipairs(names) do names[i] = in_quote(name, quote) end
  return names
end

local takes_capability = { set = true, get = true, on = true, toggle = true, insights = true }

-- Returns the value of "lamp" or of "homey.device('Kitchen/Lamp')" without running the code.
local function device_of(expression, env, home)
  local ref = expression:match "device%s*%(?%s*[\"']([^\"']+)[\"']%s*%)?$"
  if ref then return (try(home.device, home, ref)) end
  local name = expression:match "([%a_][%w_]*)$"
  local value = name and rawget(env, name)
  return type(value) == "table" and rawget(value, "home") and value or nil
end

local function capabilities_of(device)
  local known, names = device and try(function() return device.capabilities end) or {}, {}
  for id in pairs(known or {}) do names[#names + 1] = id end
  return names
end

local function quoted(line, env, home)
  local expression, method, quote, start, typed =
    line:match "^(.-):([%a_]+)%s*%(%s*([\"'])()([^\"']*)$"
  if takes_capability[method] then
    local ids = capabilities_of(device_of(expression, env, home))
    return start - 1, typed, all_in_quote(ids, quote)
  end
  local finder
  finder, quote, start, typed = line:match "([%a_]+)%s*%(?%s*([\"'])()([^\"']*)$"
  if finder and finders[finder] then
    return start - 1, typed, all_in_quote(names_in(home, finder), quote)
  end
end

-- ---- members ------------------------------------------------------------------------------------

local keywords = [[and break do else elseif end false for function if in local nil not or repeat
  return then true until while]]

local function words(list, s)
  for each in s:gmatch "%S+" do list[#list + 1] = each end
  return list
end

local function keys_of(value, list)
  for key in pairs(value) do
    if type(key) == "string" and key:find "^%a[%w_]*$" then list[#list + 1] = key end
  end
  return list
end

-- The public names of a value.
local function members_of(value)
  local list, class = {}, getmetatable(value)
  class = type(class) == "table" and class or {}
  if rawget(class, "names") then return words(list, class.names()) end
  if type(value) == "table" then keys_of(value, list) end
  if type(class.__index) == "table" then keys_of(class.__index, list) end
  return list
end

-- The value of a chain of names: homey.json
local function value_of(chain, env)
  local value = env
  for name in chain:gmatch "[%a_][%w_]*" do
    if type(value) ~= "table" then return nil end
    value = rawget(value, name) or value == env and rawget(_G, name) or nil
  end
  return value
end

local function members(line, env)
  local chain, start, typed = line:match "([%a_][%w_.]*)[.:]()([%w_]*)$"
  if chain then
    local value = value_of(chain, env)
    if value == nil then return nil end
    if value == env.homey then facade.whole(value) end
    return start - 1, typed, members_of(value)
  end
  start, typed = line:match "()([%a_][%w_]*)$"
  if not start then return nil end
  return start - 1, typed, words(keys_of(_G, keys_of(env, {})), keywords)
end

--- Return the completions of the end of a line.
---@param line string  up to the cursor
---@param env table    the variables
---@param home homey.Home
---@return integer from  bytes before the word that is completed
---@return string[] list  whole words, sorted
function completer.complete(line, env, home)
  local from, typed, list = quoted(line, env, home)
  if not from then from, typed, list = members(line, env) end
  local found, seen = {}, {}
  for _, each in ipairs(list or {}) do
    if each:sub(1, #typed) == typed and not seen[each] then
      seen[each] = true
      found[#found + 1] = each
    end
  end
  table.sort(found)
  return from or #line, found
end

return completer
