--- Sets a mood: its devices take the values that it has for them.

-- The values for a device are those of its member `state`.
local function values_of(entry)
  return type(entry) == "table" and type(entry.state) == "table" and entry.state or {}
end

local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = tostring(key) end
  table.sort(keys)
  return keys
end

--- Set a mood. Devices that do not take a value keep theirs.
---@param model homey.sim.Model
---@param mood table
return function(model, mood)
  local devices = type(mood.devices) == "table" and mood.devices or {}
  for _, id in ipairs(sorted_keys(devices)) do
    local values = values_of(devices[id])
    for _, capability in ipairs(sorted_keys(values)) do
      model:set(id, capability, values[capability])
    end
  end
end
