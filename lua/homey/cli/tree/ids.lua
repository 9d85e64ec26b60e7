-- Ids in the members of things: finds and replaces them everywhere, also inside the id of a card,
-- in a tag such as [[homey:manager:logic|<id>]], and as the name of a member.

local ids = {}

local word = "[%w%-]+"
local least = 16 -- characters: a shorter word may be an ordinary one

local function replaced(text, map)
  if map[text] then return map[text] end
  return (text:gsub(word, function(each) return #each >= least and map[each] or nil end))
end

--- A copy with other ids.
---@param value any
---@param map table<string, string>
---@return any
function ids.replace(value, map)
  if type(value) == "string" then return replaced(value, map) end
  if type(value) ~= "table" then return value end
  local copy = setmetatable({}, getmetatable(value))
  for key, each in pairs(value) do
    copy[type(key) == "string" and replaced(key, map) or key] = ids.replace(each, map)
  end
  return copy
end

local function add_words(text, found)
  found[text] = true
  for each in text:gmatch(word) do
    if #each >= least then found[each] = true end
  end
end

--- Return every word that may be an id.
---@param value any
---@param found? table<string, true>
---@return table<string, true>
function ids.of(value, found)
  found = found or {}
  if type(value) == "string" then add_words(value, found) end
  for key, each in pairs(type(value) == "table" and value or {}) do
    if type(key) == "string" then add_words(key, found) end
    ids.of(each, found)
  end
  return found
end

return ids
