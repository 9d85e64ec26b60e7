--- Binary heap of events: the earliest first, at the same moment in the order of their ids.
local heap = {}

--- Whether one event comes before another.
---@param a {at: number, id: integer}
---@param b {at: number, id: integer}
---@return boolean
function heap.before(a, b)
  if a.at ~= b.at then return a.at < b.at end
  return a.id < b.id
end

local before = heap.before

--- Add an event.
---@param list table[]
---@param event {at: number, id: integer}
function heap.push(list, event)
  local i = #list + 1
  while i > 1 do
    local parent = math.floor(i / 2)
    if not before(event, list[parent]) then break end
    list[i] = list[parent]
    i = parent
  end
  list[i] = event
end

-- Move an event down from the top to its place.
local function sink(list, event)
  local n, i = #list, 1
  while 2 * i <= n do
    local child = 2 * i
    if child < n and before(list[child + 1], list[child]) then child = child + 1 end
    if not before(list[child], event) then break end
    list[i] = list[child]
    i = child
  end
  list[i] = event
end

--- Remove the first event.
---@param list table[]
---@return table? event
function heap.pop(list)
  local top, last = list[1], table.remove(list)
  if #list > 0 then sink(list, last) end
  return top
end

return heap
