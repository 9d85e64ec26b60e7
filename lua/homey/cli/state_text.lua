-- State of a device in a few words: "on, 60 %", "20.1 °C, 58 %", "open".

local number_text = require "homey.util.number_text"
local text = require "homey.util.text"

local state_text = {}

local longest = 4 -- values

-- What a flag means in words, by the beginning of its capability: when it is true, when it is not.
local flags = {
  onoff = { "on", "off" }, locked = { "locked", "unlocked" }, alarm_contact = { "open", "closed" },
}

-- A part of a range as percent: what people call the brightness of a lamp.
local of_range = { dim = true, windowcoverings_set = true, volume_set = true, fan_speed = true }

local order = {
  "onoff", "locked", "dim", "windowcoverings_set", "fan_speed", "volume_set", "target_temperature",
}

local function number(value)
  return (number_text.format("%.2f", value):gsub("0+$", ""):gsub("%.$", ""))
end

--- A value with its unit.
---@param known homey.Capability
---@return string?  nil where it has no value
function state_text.of_value(known)
  local value = known.value
  if value == nil then return nil end
  if type(value) == "number" then
    if of_range[known.id] and known.max == 1 then return number(value * 100) .. " %" end
    return number(value) .. (known.units and " " .. text.visible(known.units) or "")
  end
  return type(value) == "string" and text.visible(value) or tostring(value)
end

local function add_flag(parts, id, value)
  local words = flags[id]
  if words then
    parts[#parts + 1] = value and words[1] or words[2]
  elseif value and id:find "^alarm_" then
    parts[#parts + 1] = id:gsub("^alarm_", "") .. "!"
  end
end

local function add(parts, known)
  if not known or known.getable == false or known.value == nil or #parts >= longest then return end
  if type(known.value) == "boolean" then return add_flag(parts, known.id, known.value) end
  parts[#parts + 1] = state_text.of_value(known)
end

--- The state of a device.
---@param device homey.Device
---@return string
function state_text.of_device(device)
  local parts, ids = {}, {}
  if not device.available then return "out of reach" end
  for _, id in ipairs(order) do add(parts, device.capabilities[id]) end
  for id in pairs(device.capabilities) do
    if id:find "^measure_" or id:find "^alarm_" then ids[#ids + 1] = id end
  end
  table.sort(ids)
  for _, id in ipairs(ids) do add(parts, device.capabilities[id]) end
  return #parts > 0 and table.concat(parts, ", ") or "-"
end

return state_text
