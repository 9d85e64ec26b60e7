-- Readings: the values that devices report for numbers that were set. A lamp set to 0.4 may report
-- 0.4016. The first report after a set, when it is that near, is the reading of the value that was
-- set, and not a change by somebody else.

local capability = require "homey.model.capability"

local PATIENCE = 60 -- seconds for which the first report after a set may be its reading
local LATE = 10     -- the same, when another value was set since
local SERIES = 8    -- most values, set in a row, whose readings may still come

---@class homey.Reading   a value that was set, and the device's report of it
---@field set any
---@field reading? any      nil: the device has not reported yet, or has reported the same value
---@field change homey.Write
---@field at number         when it was set, on the monotonic clock
---@field before? homey.Reading  the value set before it, which the device may still report

local reading = {}

-- The earlier write of which a report is the reading; nil when there is none. Writes before that
-- one are forgotten.
local function match_before(device, known, value, pair)
  local now = device.home.scheduler.core_loop:now()
  while pair.before and now - pair.before.at <= LATE do
    local before = pair.before
    if capability.is_reading(known, value, before.set) then
      pair.before = nil
      return before.change
    end
    pair = before
  end
end

local function is_first_report(device, known, value, pair)
  if pair.reading ~= nil or device.home.scheduler.core_loop:now() - pair.at > PATIENCE then
    return false
  end
  return capability.is_reading(known, value, pair.set)
end

-- The write of this program of which a report is the reading; nil when there is none.
local function match(device, known, value)
  local pair = device.readings[known.id]
  if not pair or value == nil then return nil end
  if value == (pair.reading == nil and pair.set or pair.reading) then -- reported once more
    known.reading = pair.reading ~= nil and pair or nil
    return nil
  end
  if is_first_report(device, known, value, pair) then
    pair.reading, known.reading = value, pair
    return pair.change
  end
  local change = match_before(device, known, value, pair)
  if change then return change end
  device.readings[known.id], known.reading = nil, nil -- somebody else has changed it
end

--- Match the values of a new record with what was set.
---@param device homey.Device
---@param record homey.DeviceFacts
function reading.match_record(device, record)
  for id in pairs(device.readings) do
    local known = record.capabilities[id]
    if known then match(device, known, known.value) end
  end
end

-- The reading that a new one replaces; nil when the device has reported it already.
local function before_it(readings, change)
  local before = readings[change.capability]
  if before and before.change == change then return before.before end
  if not before or before.reading ~= nil then return nil end
  local oldest = before
  for _ = 2, SERIES do oldest = oldest and oldest.before end
  if oldest then oldest.before = nil end
  return before
end

--- Note that the hub has accepted a value of this program, or is about to: the device's first
--- report of it may differ.
---@param device homey.Device
---@param change homey.Write
---@param value? any  the value in the hub's answer
function reading.note_set(device, change, value)
  if type(change.value) ~= "number" then return end
  local id = change.capability
  local known = device.record and device.record.capabilities[id]
  if value == change.value then value = nil end
  local pair = {
    set = change.value, reading = value, change = change,
    at = device.home.scheduler.core_loop:now(),
  }
  device.readings = device.readings or {}
  pair.before = before_it(device.readings, change)
  device.readings[id] = pair
  if known then known.reading = value ~= nil and pair or nil end
end

--- The write of this program of which a report is the reading; nil when there is none.
---@param device homey.Device
---@param known homey.Capability
---@param value any
---@return homey.Write?
function reading.change_of(device, known, value)
  local sending = device.sending and device.sending[known.id]
  if sending and value ~= sending.value and capability.is_reading(known, value, sending.value) then
    reading.note_set(device, sending, value)
    return sending
  end
  return device.readings and match(device, known, value) or nil
end

return reading
