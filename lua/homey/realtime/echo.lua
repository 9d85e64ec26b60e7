-- What this program writes itself, so that its echo is known: of devices by the id of the transaction, of everything else,
-- where the hub tells no id, by what was written. An echo may come before the answer to its write, or after it: who
-- listens hears of the write with whichever comes first.

local hub_clock = require "homey.time.hub_clock"
local instant = require "homey.time.timestamp"
local notify = require "homey.realtime.notify"
local invalid_data = require "homey.model.invalid_data"
local resource_types = require "homey.model.resource_types"
local normalize = require "homey.model.normalize"

local remembered = 60 -- seconds for which an echo may come
local trusted = 10000 -- ms by which the hub's two clocks may differ and still order an event and a reading

local weak = { __mode = "k" }

---@class homey.Write      facts of a resource that are on their way
---@field facts table<string, any>
---@field cause? homey.Cause
---@field call? integer
---@field at number
---@field told? boolean      who listens has heard of it
---@field overtaken? boolean something else has been told of the resource since

---@class homey.Echo
---@field cache homey.Cache
---@field by_id table<string, {change: homey.Change, told: boolean, value: any}>  changes of devices by their transaction
---@field writes table<any, homey.Write[]>                                         of everything else, oldest first
---@field again table<homey.Device, table<string, any>>  values that were told once more, by their capability
---@field looked table<homey.Device, number>  when it was read for a capability that it did not have
---@field report homey.Report
local Echo = { __name = "homey.Echo" }
Echo.__index = Echo

--- Nothing is on its way yet.
---@param cache homey.Cache
---@return homey.Echo
function Echo.new(cache)
  return setmetatable({
    cache = cache, by_id = {}, order = {}, writes = setmetatable({}, weak), again = setmetatable({}, weak),
    looked = setmetatable({}, weak), report = invalid_data.of(cache.home),
  }, Echo)
end

local function now_of(self)
  return self.cache.home.scheduler.core_loop:now()
end

-- ---- changes of devices ----------------------------------------------------------------------------------

--- A change of a device is on its way.
---@param change homey.Change
function Echo:sent(change)
  local order, now = self.order, now_of(self)
  while order[1] and now - order[1].at > remembered do self.by_id[table.remove(order, 1).id] = nil end
  self.by_id[change.transaction] = { change = change, told = false }
  order[#order + 1] = { id = change.transaction, at = now }
end

--- It failed: no echo of it is expected.
---@param change homey.Change
function Echo:failed(change)
  self.by_id[change.transaction] = nil
end

-- Is what is known newer than what the hub tells of that time?
local function is_newer(known, time)
  local at = time and instant.ms(known.updated)
  return at and at > time and at - time < trusted
end

local function keep(device, known, value, time)
  local old = known.value
  if known.getable then device:note_value(known, value, time and instant.text(time)) end
  return old
end

--- The hub took a value: it holds from now on.
---@param change homey.Change
---@param value any
---@param reply? table  the hub's
function Echo:took(change, value, reply)
  local device = change.device
  local known = device.record and device.record.capabilities[change.capability]
  local own = self.by_id[change.transaction]
  local time = normalize.time(reply)
  if time then hub_clock.note(device.home, time) end
  if not known then return end
  if not (known.reading and known.reading.change == change) then device:note_set(change, value) end
  if own and own.told or is_newer(known, time) then return end
  if own then own.told, own.value = true, value end
  local old = keep(device, known, value, time)
  if not self.cache.watched[device] then return end
  notify.capability(self.cache, device, known.id, value, old, change)
end

-- Has this been told already? As the echo of a write that was answered, or by a reading that was newer.
local function is_known(known, own, value, time)
  if own and own.told then return own.value == value end
  if not known.getable then return false end
  local at = time and instant.ms(known.updated)
  return is_newer(known, time) or at ~= nil and at == time and known.value == value
end

-- What is told behind a gap, before anybody has read what it brought, may have been another in between.
local function note_again(self, device, id, value)
  if not self.cache:knows(device) then return end
  self.again[device] = self.again[device] or {}
  self.again[device][id] = value
end

--- Is this value one that the device tells again and again, as it is? Then it says nothing when it was told last.
---@param device homey.Device
---@param known homey.Capability
---@return boolean
function Echo:repeats(device, known)
  local again = self.again[device]
  return again ~= nil and known.value ~= nil and again[known.id] == known.value
end

-- An event of a capability that was not there when the device was read. One that it never has must not have it read again
-- and again.
local function look_for(self, device)
  local now, before = now_of(self), device.record and self.looked[device]
  if before and now - before < remembered then return end
  self.looked[device] = now
  self.cache.resync:soon(device)
end

--- The hub tells of a value of a device.
---@param device homey.Device
---@param data any
function Echo:heard(device, data)
  local id, transaction, time = normalize.told(data, self.report)
  if not id then return end
  local known = device.record and device.record.capabilities[id]
  if not known then return look_for(self, device) end
  local right, value = normalize.value(known, data.value, self.report)
  if not right then return end
  local own = self.by_id[transaction]
  if is_known(known, own, value, time) then -- its id is kept: it may come twice, and before the answer
    -- it seems to be older than what is known; but the hub's clock may have been set back, so that only the hub can tell
    if value ~= known.value and not (own and own.told) then self.cache.resync:soon(device) end
    return
  end
  if own then
    own.told, own.value = true, value
    device:note_set(own.change, value)
  end
  local change = own and own.change or device:reading_of(known, value)
  local mine = change and self.by_id[change.transaction]
  if mine and not mine.told then mine.told, mine.value = true, value end
  local old = keep(device, known, value, time)
  if old == value and not change then note_again(self, device, known.id, value) end
  notify.capability(self.cache, device, known.id, value, old, change, data)
end

-- ---- writes of facts -------------------------------------------------------------------------------------

--- Facts of something that is no device are on their way.
---@param resource homey.Resource
---@param facts table<string, any>
---@param cause? homey.Cause
---@param call? integer  its number in the journal
---@return homey.Write
function Echo:writing(resource, facts, cause, call)
  local list, now = {}, now_of(self)
  for _, each in ipairs(self.writes[resource] or {}) do
    if now - each.at <= remembered then list[#list + 1] = each end
  end
  local write = { facts = facts, cause = cause, call = call, at = now }
  list[#list + 1] = write
  self.writes[resource] = list
  return write
end

-- Take a write off the list; false where it was not on it.
local function forget(self, resource, write)
  local rest, was = {}, false
  for _, each in ipairs(self.writes[resource] or {}) do
    if each == write then was = true else rest[#rest + 1] = each end
  end
  self.writes[resource] = #rest > 0 and rest or nil
  return was
end

--- A write failed: no echo of it is expected.
---@param resource homey.Resource
---@param write homey.Write
function Echo:not_written(resource, write)
  forget(self, resource, write)
end

local function is_pending(self, resource, write)
  for _, each in ipairs(self.writes[resource] or {}) do
    if each == write then return true end
  end
  return false
end

--- The hub took a write. Where something else was told of its resource meanwhile, its echo is sure to come in its turn.
---@param resource homey.Resource
---@param write homey.Write
function Echo:wrote(resource, write)
  local cache, kind = self.cache, getmetatable(resource).kind
  if not is_pending(self, resource, write) or write.overtaken and cache:has(kind) then return end
  local before = resource.record
  write.told = true
  resource:learn(write.facts)
  notify.changed(cache, kind, resource, before, { own = true, cause = write.cause, call = write.call })
end

local function agrees(facts, record)
  for name, value in pairs(facts) do
    if record[name] ~= value then return false end
  end
  return true
end

-- Has anything been written since that was told already?
local function told_later(self, resource)
  for _, each in ipairs(self.writes[resource] or {}) do
    if each.told then return true end
  end
  return false
end

--- The write of which what the hub tells by itself is the echo, if it is one; and whether it is of the past by now.
---@param cache homey.Cache
---@param kind string
---@param item string
---@param data table  what the hub tells
---@return homey.Write?
---@return boolean? outdated
function Echo.echo(cache, kind, item, data)
  local self, row = cache.echo, resource_types[kind]
  local resource = cache.home.directory:registry(kind).known[data.id]
  local list = resource and self.writes[resource]
  if not list or not resource.record then return nil end
  local facts, now = row.facts(data, resource.record, item), now_of(self)
  for _, each in ipairs(list) do
    if now - each.at <= remembered and agrees(each.facts, facts) then
      forget(self, resource, each)
      return each, each.told and told_later(self, resource)
    end
  end
  for _, each in ipairs(list) do each.overtaken = true end
end

return Echo
