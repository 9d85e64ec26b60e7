-- "Did you mean": existing names close to a mistyped one.

local text = require "homey.util.text"

local most = 3 -- names that a sentence offers

-- Edit distance of two lists of characters, where a swap of neighbours is one edit; nil if it is
-- more than `limit`.
local function distance(a, b, limit)
  local row, last, before = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    before, last, row = last, row, { [0] = i }
    local least = i
    for j = 1, #b do
      local cost = last[j - 1] + (a[i] == b[j] and 0 or 1)
      if before and j > 1 and a[i] == b[j - 1] and a[i - 1] == b[j] then
        cost = math.min(cost, before[j - 2] + 1)
      end
      row[j] = math.min(cost, last[j] + 1, row[j - 1] + 1)
      if row[j] < least then least = row[j] end
    end
    if least > limit then return nil end
  end
  return row[#b] <= limit and row[#b] or nil
end

-- Distance of a name from what was typed; nil if it is too far.
local function farness(wanted, characters, name)
  local folded = text.fold(name)
  local limit = math.max(1, math.floor(#characters / 3))
  local list = #folded - #wanted <= 4 * limit and text.characters(folded)
  local far = list and math.abs(#list - #characters) <= limit and distance(characters, list, limit)
  if far then return far end
  -- the shortest first
  if #wanted >= 3 and folded:find(wanted, 1, true) then return limit + #folded / 1000 end
end

local suggest = {}

--- The nearest names, nearest first.
---@param wanted string
---@param names string[]
---@return string[]
function suggest.names(wanted, names)
  local found, far, seen = {}, {}, {}
  wanted = text.fold(wanted)
  local characters = text.characters(wanted)
  for _, name in ipairs(names) do
    local distant = not seen[name] and farness(wanted, characters, name)
    if distant then
      seen[name], far[name] = true, distant
      found[#found + 1] = name
    end
  end
  table.sort(found, function(a, b)
    if far[a] ~= far[b] then return far[a] < far[b] end
    return a < b
  end)
  for i = #found, most + 1, -1 do found[i] = nil end
  return found
end

--- The end of a sentence about a missing name: "; did you mean 'a' or 'b'?", or a full stop.
---@param wanted string
---@param names string[]
---@return string
function suggest.hint(wanted, names)
  local found = suggest.names(wanted, names)
  if #found == 0 then return "." end
  local last = table.remove(found)
  local others = table.concat(found, "', '")
  return ("; did you mean '%s%s'?"):format(others == "" and "" or others .. "' or '", last)
end

--- The sorted keys of a table.
---@param map table<string, any>
---@return string[]
function suggest.keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

return suggest
