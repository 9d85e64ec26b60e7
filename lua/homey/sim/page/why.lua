--- Why a capability of the simulated home has its value, for the page: a sentence.
local core = require "homey.core"
local date = require "homey.time.date"
local format = require "homey.util.format"
local timestamp = require "homey.time.timestamp"
local visible = require("homey.util.text").visible

local slack = 1 -- seconds between a change and its entry in the log

local function value_text(value)
  if value == core.null or value == nil then return "unknown" end
  return format(value)
end

local function cause_of(page, device, id, at)
  local entry = page.log:newest(device.id, id)
  if not entry or entry.value ~= device.capabilitiesObj[id].value
    or math.abs(entry.at - at) > slack then
    return "a person or the device changed it."
  end
  if not entry.by then return "a program set it. Its journal is not known here." end
  if not entry.because then return ("%s set it."):format(entry.by) end
  return ("%s -> %s set it."):format(entry.because, entry.by)
end

--- Explain a value.
---@param page homey.sim.Page
---@param device_id string
---@param id string  of the capability
---@return string? text
---@return string? problem
return function(page, device_id, id)
  local model = page.context.model
  local device = model.data.devices[device_id]
  local capability = device and device.capabilitiesObj[id]
  if not capability then return nil, "the home has no such device or capability." end
  local ms = timestamp.ms(capability.lastUpdated)
  local head = ("%s: %s is %s"):format(model:label(device), id, value_text(capability.value))
  if not ms then return visible(head .. ".") end
  local at = ms / 1000
  local since = date(page.context:location(), "%Y-%m-%d %H:%M:%S", at)
  return visible(("%s since %s: %s"):format(head, since, cause_of(page, device, id, at)))
end
