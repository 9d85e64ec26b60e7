-- Relative values of changes: toggles, steps such as "+10%", parts of a range such as "50%". A
-- change of this program that has no answer yet counts as the value before.

local capability = require "homey.model.capability"
local lazy = require "homey.util.lazy"

local known_facts = lazy "homey.model.known"

local relative_value = {}

--- The value of the newest change of this program that has no answer yet; nil when there is none.
---@param each homey.Write
---@param batch? homey.Write[]  writes that are sent later, all at once
---@return any
function relative_value.on_its_way(each, batch)
  for i = batch and #batch or 0, 1, -1 do
    local other = batch[i]
    if other.device == each.device and other.capability == each.capability then
      return other.value
    end
  end
  local sending = each.device.sending and each.device.sending[each.capability]
  if sending then return sending.value end
end

-- Reads a text as a part of the device's range or as a step.
local function interpret(each)
  if not capability.is_relative(each.value) then return nil end
  local known = known_facts.of(each.device, each.capability)
  if not known then return nil end
  local value, step, sentence = capability.read(known, each.value)
  if sentence then return each.device:error("invalid", sentence) end
  each.given, each.value = each.value, value
  if not step then return nil end
  each.once = true
  function each.relative(def, now)
    if type(now) == "number" then return capability.stepped(def, now, step) end
    return nil, ("%s has no value yet that could be changed by a step."):format(each.capability)
  end
end

--- Compute the value of a change from its relative value.
---@param each homey.Write  with `relative`
---@param batch? homey.Write[]
---@return homey.Error? err  when it cannot be computed
function relative_value.resolve(each, batch)
  local known = each.device.record and each.device.record.capabilities[each.capability]
  local now = relative_value.on_its_way(each, batch)
  if now == nil and known then now = known.value end
  local value, sentence = each.relative(known or {}, now)
  if sentence then return each.device:error("invalid", sentence) end
  each.value = value
end

--- Read the current value when a change needs it, and compute the value of the change.
---@param each homey.Write
---@param batch? homey.Write[]
---@return homey.Error?
function relative_value.begin(each, batch)
  local err = type(each.value) == "string" and interpret(each)
  if err or not each.relative then return err or nil end
  if relative_value.on_its_way(each, batch) == nil then each.device:get(each.capability) end
  return relative_value.resolve(each, batch)
end

return relative_value
