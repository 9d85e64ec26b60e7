-- What is known of a capability, for this library. An event tells the time of a change as a number.
-- Its text is made when it is read, which is seldom, or at once while a script has the facts of the
-- device.

local lazy = require "homey.util.lazy"

local timestamp = lazy "homey.time.timestamp"

local known = {}

--- The facts of a value of a resource. `updated` may not be up to date: see text and ms.
---@param resource homey.Device|homey.Resource
---@param key string
---@return homey.Capability?
function known.of(resource, key)
  local record = resource.record
  local capabilities = record and record.capabilities
  return capabilities and capabilities[key] or resource:known(key)
end

--- The capabilities of a device, in the same way.
---@param device homey.Device
---@return table<string, homey.Capability>
function known.all(device)
  local record = device.record
  return record and record.capabilities or device.capabilities
end

--- The time of the last change, as a text of the hub.
---@param facts homey.Capability
---@return string?
function known.text(facts)
  if facts.updated == false then facts.updated = timestamp.text(facts.moment) end
  return facts.updated
end

--- The same in ms since 1970.
---@param facts homey.Capability
---@return number?
function known.ms(facts)
  return facts.moment or timestamp.ms(facts.updated)
end

--- Make the texts of a device whose events have come.
---@param device homey.Device
function known.make_texts(device)
  for _, facts in pairs(device.record.capabilities) do known.text(facts) end
end

return known
