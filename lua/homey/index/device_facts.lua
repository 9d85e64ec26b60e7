-- Facts of a device in the index: the fields of its capabilities that the check of a value needs.

local core = require "homey.core"

local device_facts = {}

local kinds = { -- of the fields of a capability
  type = "string", min = "number", max = "number", step = "number", decimals = "number",
  units = "string", values = "table", settable = "boolean", getable = "boolean",
}

--- The facts of a device as a line of JSON.
---@param record homey.DeviceFacts
---@return string?  nil where they cannot be written
function device_facts.pack(record)
  local capabilities = {}
  for id, known in pairs(record.capabilities) do
    local packed = {}
    for field in pairs(kinds) do packed[field] = known[field] end
    capabilities[id] = packed
  end
  return (core.encode(capabilities))
end

local function are_values(list)
  for _, each in ipairs(list) do
    if type(each) ~= "table" or type(each.id) ~= "string" then return false end
  end
  return true
end

local function is_sound(known)
  if type(known) ~= "table" then return false end
  for field, value in pairs(known) do
    if type(value) ~= kinds[field] then return false end
  end
  return are_values(known.values or {})
end

--- The facts of a line.
---@param line string
---@return table<string, homey.Capability>?  nil where it is broken
function device_facts.unpack(line)
  local capabilities = core.decode(line)
  if type(capabilities) ~= "table" then return nil end
  for id, known in pairs(capabilities) do
    if type(id) ~= "string" or not is_sound(known) then return nil end
    known.id = id
  end
  return capabilities
end

return device_facts
