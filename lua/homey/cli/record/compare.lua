-- Comparison of the changes in a recording with the changes that the scripts sent.

local compare = {}

---@class homey.cli.Compared
---@field mark "="|"-"|"+"  both, only in the recording, only sent
---@field at number         when it was sent; for "-" when it was recorded
---@field device string
---@field capability string
---@field value any
---@field delay? number     seconds from the recorded change to the one that was sent

local window = 60 -- seconds between a recorded change and a sent one that are the same

local function same_value(a, b)
  if type(a) == "number" and type(b) == "number" then return math.abs(a - b) <= 0.01 end
  return a == b
end

-- Returns the recorded change nearest in time that equals a sent one and is not matched yet.
local function match_of(entry, wanted, taken)
  local best, distance
  for _, event in ipairs(wanted) do
    local seconds = math.abs(event.at - entry.at)
    if not taken[event] and event.device == entry.id and event.capability == entry.capability
      and same_value(event.value, entry.value) and seconds <= (distance or window) then
      best, distance = event, seconds
    end
  end
  return best
end

--- Compare.
---@param wanted homey.cli.RecordedEvent[]  recorded changes of what the scripts set
---@param sent homey.sim.Sent[]
---@param name_of fun(id: string): string  of a device
---@return homey.cli.Compared[]  by time
function compare.lists(wanted, sent, name_of)
  local list, taken = {}, {}
  for _, entry in ipairs(sent) do
    if entry.device and entry.capability then
      local event = match_of(entry, wanted, taken)
      if event then taken[event] = true end
      list[#list + 1] = {
        mark = event and "=" or "+", at = entry.at, device = entry.device,
        capability = entry.capability, value = entry.value,
        delay = event and math.floor((entry.at - event.at) * 10 + 0.5) / 10 or nil,
      }
    end
  end
  for _, event in ipairs(wanted) do
    if not taken[event] then
      list[#list + 1] = {
        mark = "-", at = event.at, device = name_of(event.device), capability = event.capability,
        value = event.value,
      }
    end
  end
  for i, each in ipairs(list) do each.order = i end
  table.sort(list, function(a, b)
    if a.at ~= b.at then return a.at < b.at end
    return a.order < b.order
  end)
  for _, each in ipairs(list) do each.order = nil end
  return list
end

return compare
