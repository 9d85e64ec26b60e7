-- Listeners under names, or any other keys: who listens to what, in the order in which they came. Joining and leaving take no
-- longer the more there are. A listener that leaves is not called again; one that joins during a call is called the next time.

---@class homey.Listeners
---@field names table<any, {items: table, size: integer, count: integer}>
local Listeners = { __name = "homey.Listeners" }
Listeners.__index = Listeners

--- Nobody listens yet.
---@return homey.Listeners
function Listeners.new()
  return setmetatable({ names = {} }, Listeners)
end

-- Closes the gaps that leavers have left. A call that is under way goes on with the old items.
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

local function leave(self, name, list, item)
  if list.items[item.at] ~= item then return end
  list.items[item.at] = false
  item.left = true
  list.count = list.count - 1
  if list.count == 0 then
    self.names[name] = nil
  elseif list.size > 2 * list.count + 16 then
    compact(list)
  end
end

--- Call f(...) with what is told under a name from now on.
---@param name any
---@param f function
---@return fun() stop
function Listeners:join(name, f)
  local list = self.names[name]
  if not list then
    list = { items = {}, size = 0, count = 0 }
    self.names[name] = list
  end
  local item = { f = f, at = list.size + 1 }
  list.items[item.at] = item
  list.size, list.count = item.at, list.count + 1
  return function() leave(self, name, list, item) end
end

--- Does anybody listen under a name?
---@param name any
---@return boolean
function Listeners:has(name)
  return self.names[name] ~= nil
end

--- Call all who listen under a name.
---@param name any
---@param ... any
function Listeners:tell(name, ...)
  local list = self.names[name]
  if not list then return end
  local items = list.items
  for i = 1, list.size do
    local item = items[i]
    if item and not item.left then item.f(...) end
  end
end

return Listeners
