-- Members of a value: follows the devices that match a filter and have a capability, and the events
-- of these devices.

local Scope = require "homey.task.scope"
local filter = require "homey.model.filter"
local known_facts = require "homey.model.known"
local lazy = require "homey.util.lazy"
local trigger = require "homey.automation.trigger"

local asked = lazy "homey.automation.where"

local members = {}

--- The devices of a list that have a capability.
---@param devices homey.Device[]
---@param id? string  nil: any
---@return homey.Device[]
function members.with_capability(devices, id)
  if not id then return devices end
  local list = {}
  for _, device in ipairs(devices) do
    if known_facts.all(device)[id] then list[#list + 1] = device end
  end
  return list
end

local function remove(list, device)
  for i, each in ipairs(list) do
    if each == device then return table.remove(list, i) end
  end
end

-- Calls changed(event) for the reports of a device: of one capability, or of all.
local function watch_device(cache, device, id, changed)
  return cache:watch(device, function(event)
    if not event.key or not id or event.key == id then changed(event) end
  end)
end

-- Calls changed(event) when other facts of a device have changed: it may be out of reach.
local function watch_facts(cache, is_member, changed)
  return cache:listen("device.update", function(event)
    if is_member(event.subject) then changed(event) end
  end)
end

--- Follow one device.
---@param cache homey.Cache
---@param device homey.Device
---@param id? string  only this capability
---@param changed fun(event: table)
---@return fun() stop
function members.follow_one(cache, device, id, changed)
  local stop = watch_device(cache, device, id, changed)
  local leave = watch_facts(cache, function(each) return each == device end, changed)
  return function()
    stop()
    leave()
  end
end

--- Follow all devices that match a filter.
---@param cache homey.Cache
---@param home homey.Home
---@param wanted homey.Filter
---@param id? string  only those with this capability, and only its values
---@param list homey.Device[]  kept current: the devices that match
---@param changed fun(event: table)
---@return fun() stop
function members.follow(cache, home, wanted, id, list, changed)
  local directory, here, is_ready = home.directory, {}, false
  local prepared = filter.prepare(directory, wanted)
  local function matching()
    return members.with_capability(filter.matching(directory, prepared), id)
  end
  local function tell(event)
    if is_ready then changed(event) end
  end
  local stop = trigger.for_all(cache, matching, function(device)
    list[#list + 1], here[device] = device, true
    local leave = watch_device(cache, device, id, tell)
    tell {}
    return function()
      here[device] = nil
      remove(list, device)
      leave()
      tell {}
    end
  end)
  local leave = watch_facts(cache, function(device) return here[device] end, tell)
  is_ready = true
  if prepared.where then
    prepared.where = {
      asked(Scope.current(home.scheduler), wanted.where, function(device) return here[device] end),
    }
  end
  return function()
    is_ready = false
    stop()
    leave()
  end
end

return members
