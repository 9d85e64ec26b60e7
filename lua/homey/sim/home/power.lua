--- Power of a home: what each device uses or generates, now and in the past, in watts.
local power = {}

local generators = { solarpanel = true }

local function approximation(device, is_on)
  local given = type(device.energy) == "table" and device.energy.approximation
  if type(given) ~= "table" then return nil end
  return is_on and given.usageOn or given.usageOff or given.usageConstant
end

-- The capability from which the power of a device is known.
local function source_of(device)
  if device.capabilitiesObj.measure_power then return "measure_power" end
  if approximation(device, true) and device.capabilitiesObj.onoff then return "onoff" end
end

--- Whether a device generates power.
---@param device table
---@return boolean
function power.is_generator(device)
  return generators[device.virtualClass] or generators[device.class] or false
end

--- The devices whose power is known, sorted by id.
---@param devices table<string, table>
---@return table[]
function power.devices(devices)
  local list = {}
  for _, device in pairs(devices) do
    if source_of(device) then list[#list + 1] = device end
  end
  table.sort(list, function(a, b) return a.id < b.id end)
  return list
end

--- The power of a device at a moment; nil where it is not known.
---@param device table
---@param history homey.sim.History
---@param at number
---@return number? watts
function power.at(device, history, at)
  local source = source_of(device)
  local value = history:value(device, source, at)
  if source == "onoff" then
    return type(value) == "boolean" and approximation(device, value) or nil
  end
  return type(value) == "number" and value or nil
end

--- The energy of a device in a span, by its power at the middle of each hour.
---@param device table
---@param history homey.sim.History
---@param from number
---@param to number  not included
---@return number kilowatt_hours
function power.energy(device, history, from, to)
  local sum = 0
  for at = from, to - 1, 3600 do
    local length = math.min(3600, to - at)
    sum = sum + math.abs(power.at(device, history, at + length / 2) or 0) * length / 3600
  end
  return math.floor(sum + 0.5) / 1000
end

return power
