-- Listeners by key, called in the order in which they joined. The cost to join and to leave does
-- not depend on their number. A listener that leaves is not called again; one that joins during a
-- notification is called from the next one on.

---@class homey.Listeners
---@field lists table<any, {items: table, size: integer, count: integer, only: function?}>
local Listeners = { __name = "homey.Listeners" }
Listeners.__index = Listeners

--- Make an empty set of listeners.
---@return homey.Listeners
function Listeners.new()
  return setmetatable({ lists = {} }, Listeners)
end

-- Removes the gaps of listeners that left. It makes a new list, since a notification may still read
-- the old one.
local function compact(list)
  local items = {}
  for i = 1, list.size do
    local item = list.items[i]
    if item then
      items[#items + 1] = item
      item.at = #items
    end
  end
  list.items, list.size = items, #items
end

-- The function of the only listener, which most keys have.
local function note_only(list)
  list.only = nil
  if list.count ~= 1 then return end
  for i = 1, list.size do
    if list.items[i] then list.only = list.items[i].f end
  end
end

local function leave(self, key, list, item)
  if list.items[item.at] ~= item then return end
  list.items[item.at] = false
  item.left = true
  list.count = list.count - 1
  if list.count == 0 then
    self.lists[key] = nil
  elseif list.size > 2 * list.count + 16 then
    compact(list)
  end
  if list.count == 1 then note_only(list) end
end

--- Call f(...) with each notification under a key from now on.
---@param key any
---@param f function
---@return fun() stop
function Listeners:join(key, f)
  local list = self.lists[key]
  if not list then
    list = { items = {}, size = 0, count = 0 }
    self.lists[key] = list
  end
  local item = { f = f, at = list.size + 1, left = false }
  list.items[item.at] = item
  list.size, list.count = item.at, list.count + 1
  list.only = list.count == 1 and f or nil
  return function() leave(self, key, list, item) end
end

--- Reports whether a key has listeners.
---@param key any
---@return boolean
function Listeners:has(key)
  return self.lists[key] ~= nil
end

--- Call the listeners of a key.
---@param key any
---@param a any
---@param b any
---@param c any
---@param d any
---@param e any
function Listeners:notify(key, a, b, c, d, e)
  local list = self.lists[key]
  if not list then return end
  local only, items = list.only, list.items
  if only then return only(a, b, c, d, e) end
  for i = 1, list.size do
    local item = items[i]
    if item and not item.left then item.f(a, b, c, d, e) end
  end
end

return Listeners
