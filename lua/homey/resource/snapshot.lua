-- Snapshot of devices: the values that can be set, to be restored later.
--
-- A lamp that was off is switched off last, so that its other values are restored while it is on.
-- Of a lamp with several modes only the values of its mode are restored, since setting a colour
-- would change the mode.

local arguments = require "homey.util.arguments"
local capability = require "homey.model.capability"
local lazy = require "homey.util.lazy"
local pipeline = require "homey.write.pipeline"
local raise = require "homey.util.raise"
local try = require "homey.task.try"
local write = require "homey.write.write"

local unknown_name = lazy "homey.util.unknown_name"

---@class homey.Snapshot
---@field at number  when it was taken, seconds since 1970
---@field values table<string, table<string, any>>  device id -> capability -> value
---@field package home homey.Home
---@field package devices homey.Device[]
---@field package read fun(home: homey.Home, devices: homey.Device[])  reads the devices in parallel
local Snapshot = { __name = "homey.Snapshot" }

function Snapshot.__index(_, key)
  return rawget(Snapshot, key) or unknown_name("a snapshot", key, "at values restore")
end

-- Values that belong to the other mode of a lamp.
local of_other_mode = {
  color = { light_temperature = true },
  temperature = { light_hue = true, light_saturation = true },
}

local function is_kept(known)
  return known.settable and known.getable and known.value ~= nil
end

local function values_of(device, wanted)
  local values, all = {}, device.capabilities
  local mode = all.light_mode and all.light_mode.value
  local others = of_other_mode[mode] or {}
  for id, known in pairs(all) do
    if is_kept(known) and not others[id] and (not wanted or wanted[id]) then
      values[id] = known.value
    end
  end
  return values
end

--- Take a snapshot.
---@package
---@param home homey.Home
---@param devices homey.Device[]  with current facts
---@param wanted? table<string, true>  the capabilities; nil: all that can be set and read
---@param read fun(home: homey.Home, devices: homey.Device[])
---@return homey.Snapshot
function Snapshot.new(home, devices, wanted, read)
  local self = {
    at = home.scheduler.core_loop:time(), values = {}, home = home, devices = {}, read = read,
  }
  for i, device in ipairs(devices) do
    self.devices[i], self.values[device.id] = device, values_of(device, wanted)
  end
  return setmetatable(self, Snapshot)
end

function Snapshot:__tostring()
  return ("homey.Snapshot: %d device%s"):format(#self.devices, #self.devices == 1 and "" or "s")
end

-- Adds the writes of one device to those that come first and those that come last.
local function add_writes(device, values, first, last)
  local now = device.capabilities
  local is_off = values.onoff == false
  local was_switched_on = now.onoff and now.onoff.value == true
  for id, value in pairs(values) do
    local known = now[id]
    local differs = known and not capability.is_same(known, known.value, value)
    if differs and id == "onoff" and is_off then
      last[#last + 1] = write.value(device, id, value)
    elseif differs and (not is_off or was_switched_on) then
      first[#first + 1] = write.value(device, id, value)
    end
  end
end

local function by_order(a, b)
  if a.device ~= b.device then return a.device.id < b.device.id end
  return a.capability < b.capability
end

-- Sends writes, and adds those that fail to a list. Returns an error when all of them failed.
local function send(home, writes, failed)
  if #writes == 0 then return nil end
  local group = {}
  table.sort(writes, by_order)
  for _, each in ipairs(writes) do each.group = group end
  local list, err = try(pipeline.set, home, writes)
  for _, each in ipairs(list or {}) do failed[#failed + 1] = each end
  for _, each in ipairs(err and writes or {}) do
    failed[#failed + 1] = { device = each.device, error = err }
  end
  return err
end

--- Set what differs now back to the values of the snapshot. A device that could not be set is
--- logged and returned; an error is raised when none could.
--- Raises: invalid, not_found, forbidden, unavailable, rate_limited, request.
---@return {device: homey.Device, error: homey.Error}[] failed  empty when all were set
function Snapshot:restore()
  local first, last, failed = {}, {}, {}
  try(self.read, self.home, self.devices) -- what cannot be read is decided by its last facts
  for _, device in ipairs(self.devices) do
    if not device.gone then add_writes(device, self.values[device.id], first, last) end
  end
  local error_of_first = send(self.home, first, failed)
  local error_of_last = send(self.home, last, failed)
  local is_any_set = #first > 0 and not error_of_first or #last > 0 and not error_of_last
  local err = error_of_first or error_of_last
  if err and not is_any_set then raise(err) end
  return failed
end

return arguments.check_methods(Snapshot, Snapshot, "snapshot", "restore/0")
