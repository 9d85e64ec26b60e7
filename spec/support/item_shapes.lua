--- Shapes of items, from mk/tables/items.tsv: the members that a hub sends, with their types, to
--- compare what the simulator sends.
local core = require "homey.core"

local item_shapes = {}

-- "a:b, c:object{d:e f:g}" -> { a = "b", c = "object{d:e f:g}" }
local function members_of(text, separator)
  local members = {}
  local rest = text
  while rest ~= "" do
    local name, kind = rest:match "^([%w_]+):(.*)$"
    local inner = kind:match "^object(%b{})"
    local length = inner and #"object" + #inner or (kind:find(separator, 1, true) or #kind + 1) - 1
    members[name] = kind:sub(1, length)
    rest = kind:sub(length + 1)
    if rest:sub(1, 5) == "|null" then
      members[name] = members[name] .. "|null"
      rest = rest:sub(6)
    end
    if rest:sub(1, #separator) == separator then rest = rest:sub(#separator + 1) end
  end
  return members
end

local function read()
  local shapes = {}
  for line in io.lines "mk/tables/items.tsv" do
    local manager, item, members, platforms = line:match "^([^\t#]+)\t([^\t]+)\t([^\t]*)\t([^\t]+)$"
    if manager and manager ~= "manager_id" then
      for platform in platforms:gmatch "[^,]+" do
        shapes[platform .. " " .. manager .. " " .. item] = members_of(members, ", ")
      end
    end
  end
  return shapes
end

local shapes = read()

-- Members whose type in the table is another one than in JSON: a date is text there, arguments of a
-- card are a list, and the value of a flow token or a log of booleans is a plain one.
local other_types = {
  ["flowtoken value"] = "any", ["log lastValue"] = "any", args = "array|null",
  dateCreated = "string",
}

local plain = {
  any = function() return true end,
  null = function(value) return value == core.null end,
  string = function(value) return type(value) == "string" end,
  number = function(value) return type(value) == "number" end,
  boolean = function(value) return type(value) == "boolean" end,
  object = function(value) return type(value) == "table" and getmetatable(value) ~= core.array end,
  array = function(value)
    return type(value) == "table" and (getmetatable(value) == core.array or next(value) == nil)
  end,
}

local check_members

local function is_listed(list, value)
  for choice in list:gmatch "[^|]+" do
    if choice == tostring(value) then return true end
  end
  return false
end

local function fits(kind, value)
  local choices = kind:match "^enum%((.*)%)$"
  if choices then return is_listed(choices, value) end
  local of = kind:match "^array<(.*)>$"
  if of then
    if not plain.array(value) then return false end
    for _, each in ipairs(value) do
      if not fits(of, each) then return false end
    end
    return true
  end
  local inner = kind:match "^object{(.*)}$"
  if inner then
    return plain.object(value) and check_members(members_of(inner, " "), value) == nil
  end
  for word in kind:gmatch "[^|]+" do
    if plain[word](value) then return true end
  end
  return false
end

-- A member that is null counts as missing, and may be.
function check_members(members, value, item)
  for name, kind in pairs(members) do
    local given = value[name]
    kind = item and (other_types[item .. " " .. name] or other_types[name]) or kind
    if given == nil and item then return ("%s is missing"):format(name) end
    if given ~= nil and given ~= core.null and not fits(kind, given) then
      return ("%s is no %s: %s"):format(name, kind, tostring(core.encode(given)))
    end
  end
end

--- What is wrong with an item; nil where it has the members of the table, with their types.
---@param platform string
---@param manager string
---@param item string  "Device"
---@param value any
---@return string? problem
function item_shapes.problem(platform, manager, item, value)
  local members = shapes[("%s %s %s"):format(platform, manager, item:lower())]
  if not members then return nil end
  if not plain.object(value) then return "no object: " .. tostring(core.encode(value)) end
  return check_members(members, value, item:lower())
end

--- Whether the table has the item.
---@param platform string
---@param manager string
---@param item string
---@return boolean
function item_shapes.has(platform, manager, item)
  return shapes[("%s %s %s"):format(platform, manager, item:lower())] ~= nil
end

return item_shapes
