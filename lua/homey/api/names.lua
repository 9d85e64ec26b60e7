-- Tables of names, such as homey.api and homey.api.devices: a field is created on first use, an
-- unknown name is refused, and tostring lists the names.

local invalid = require "homey.util.invalid"

local names = {}

-- The data of each table. It is not in the table, whose fields are the names that users type.
local facts = setmetatable({}, { __mode = "k" })

-- Inspecting tools look for names such as __index or _NAME.
local function is_probe(name)
  return type(name) ~= "string" or name:find "^_" ~= nil
end

local function concat(a, b) return tostring(a) .. tostring(b) end

local function refuse_assignment(self, key)
  invalid("'%s' cannot be assigned: %s holds only operations of the hub.", tostring(key),
    facts[self].what)
end

--- Make a class of such tables.
---@param name string
---@param make fun(self: table, known: table, name: string): any  makes a field, or raises an error
---@param list fun(known: table): string  what is printed
---@return fun(known: table): table  makes a table; `known.what` is its name for messages
function names.class(name, make, list)
  local Class = { __name = name, __newindex = refuse_assignment, __concat = concat }

  function Class.__index(self, key)
    if is_probe(key) then return nil end
    local value = make(self, facts[self], key)
    rawset(self, key, value)
    return value
  end

  function Class.__tostring(self) return list(facts[self]) end

  return function(known)
    local self = setmetatable({}, Class)
    facts[self] = known
    return self
  end
end

return names
