-- Echoes of this program's writes: finds the write that caused an event. A change of a device is
-- recognised by the id of its transaction, any other write by its facts, since the hub sends no id
-- for it. An echo may come before or after the answer to its write: the first of the two is
-- notified, and the second is not.

local notify = require "homey.realtime.notify"
local null = require("homey.core").null
local records = require "homey.model.record"

local REMEMBERED = 60 -- seconds after a write for which its echo is recognised

local weak = { __mode = "k" }

---@class homey.FactsWrite      facts of a resource that were sent
---@field facts table<string, any>
---@field cause? homey.Cause
---@field call? integer      its number in the journal
---@field at number
---@field notified? boolean
---@field overtaken? boolean the hub has since sent an event of the resource with other facts

---@class homey.Expected  a resource that is being created or removed
---@field cause? homey.Cause
---@field call? integer  its number in the journal
---@field at number

---@class homey.Echo
---@field cache homey.Cache
---@field changes table<string, homey.Write>  by transaction id
---@field order table<integer, homey.Write>    the same, from `oldest` to `newest`
---@field writes table<any, homey.FactsWrite[]>         by resource, oldest first
---@field expected table<any, homey.Expected>  resources that are being created and removed
---@field repeated table<homey.Device, table<string, any>>  values sent again, by capability
local Echo = { __name = "homey.Echo" }
Echo.__index = Echo

--- Make the record of a cache's echoes, still empty.
---@param cache homey.Cache
---@return homey.Echo
function Echo.new(cache)
  return setmetatable({
    cache = cache, changes = {}, order = {}, oldest = 1, newest = 0,
    writes = setmetatable({}, weak),
    repeated = setmetatable({}, weak), expected = {},
  }, Echo)
end

local function now_of(self)
  return self.cache.home.scheduler.core_loop:now()
end

-- ---- changes of devices -------------------------------------------------------------------------

--- Note that a change of a device is being sent.
---@param change homey.Write
function Echo:sent(change)
  local order, now, id = self.order, self.cache.core_loop:now(), change.transaction
  local oldest = order[self.oldest]
  while oldest and now - oldest.sent_at > REMEMBERED do
    order[self.oldest], self.oldest = nil, self.oldest + 1
    self.changes[oldest.transaction] = nil
    oldest = order[self.oldest]
  end
  local newest = self.newest + 1
  self.newest, order[newest], self.changes[id], change.sent_at = newest, change, change, now
end

--- Note that a change failed: no echo of it is expected.
---@param change homey.Write
function Echo:failed(change)
  local id = change.transaction -- none, when the cache was made after the change was sent
  if id then self.changes[id] = nil end
end

--- Note that the event of a change is notified, with this value. Only the first call counts.
---@param change homey.Write
---@param value any
function Echo:note_notified(change, value)
  if self.changes[change.transaction] and not change.told then
    change.told, change.told_value = true, value
  end
end

--- Note that a device has sent a value again, unchanged.
---@param device homey.Device
---@param id string
---@param value any
function Echo:note_repeated(device, id, value)
  local repeated = self.repeated[device]
  if not repeated then
    repeated = {}
    self.repeated[device] = repeated
  end
  repeated[id] = value
end

--- Reports whether a device sends this value repeatedly, unchanged. Then the time of its last
--- report does not show a change.
---@param device homey.Device
---@param known homey.Capability
---@return boolean
function Echo:repeats(device, known)
  local repeated = self.repeated[device]
  return repeated ~= nil and known.value ~= nil and repeated[known.id] == known.value
end

-- ---- writes of facts ----------------------------------------------------------------------------

--- Note that facts of a resource other than a device are being sent.
---@param resource homey.Resource
---@param facts table<string, any>
---@param cause? homey.Cause
---@param call? integer  its number in the journal
---@return homey.FactsWrite
function Echo:writing(resource, facts, cause, call)
  local list, now = {}, now_of(self)
  for _, each in ipairs(self.writes[resource] or {}) do
    if now - each.at <= REMEMBERED then list[#list + 1] = each end
  end
  local write = { facts = facts, cause = cause, call = call, at = now }
  list[#list + 1] = write
  self.writes[resource] = list
  return write
end

local function forget(self, resource, write)
  local rest = {}
  for _, each in ipairs(self.writes[resource] or {}) do
    if each ~= write then rest[#rest + 1] = each end
  end
  self.writes[resource] = #rest > 0 and rest or nil
end

--- Note that a write of facts failed: no echo of it is expected.
---@param resource homey.Resource
---@param write homey.FactsWrite
function Echo:not_written(resource, write)
  forget(self, resource, write)
end

local function is_pending(self, resource, write)
  for _, each in ipairs(self.writes[resource] or {}) do
    if each == write then return true end
  end
  return false
end

--- Apply the facts of a write that the hub has accepted. When an event with other facts came in the
--- meantime, nothing is applied: the echo of the write will follow in the right order.
---@param resource homey.Resource
---@param write homey.FactsWrite
function Echo:wrote(resource, write)
  local cache, kind = self.cache, getmetatable(resource).kind
  if not is_pending(self, resource, write) or write.overtaken and cache:has(kind) then return end
  local before = resource.record
  write.notified = true
  cache.home.directory:registry(kind):accept(resource, write.facts)
  notify.changed(cache, kind, resource, before,
    { own = true, cause = write.cause, call = write.call })
end

local function agrees(facts, others)
  for name, value in pairs(facts) do
    if others[name] ~= value and not (value == null and others[name] == nil) then return false end
  end
  return true
end

local function has_notified(self, resource)
  for _, each in ipairs(self.writes[resource] or {}) do
    if each.notified then return true end
  end
  return false
end

--- Find the write of which an item is the echo. The echo is outdated when a later write was
--- notified already.
---@param kind string
---@param item string  the hub's name of the item
---@param data table
---@return homey.FactsWrite?
---@return boolean? is_outdated
function Echo:match_item(kind, item, data)
  local resource = self.cache.home.directory:registry(kind).known[data.id]
  local list = resource and self.writes[resource]
  if not list or not resource.record then return nil end
  local facts, now = records.read(kind, data, resource.record, item), now_of(self)
  for _, each in ipairs(list) do
    if now - each.at <= REMEMBERED and agrees(each.facts, facts) then
      forget(self, resource, each)
      return each, each.notified and has_notified(self, resource)
    end
  end
  for _, each in ipairs(list) do each.overtaken = true end
end

-- ---- created and removed resources --------------------------------------------------------------

--- Note that a resource is being created or removed.
---@param key any  the resource that is removed; kind and name of the one that is created
---@param cause? homey.Cause
---@param call? integer  its number in the journal
function Echo:expect(key, cause, call)
  local now = now_of(self)
  for each, expected in pairs(self.expected) do
    if now - expected.at > REMEMBERED then self.expected[each] = nil end
  end
  self.expected[key] = { cause = cause, call = call, at = now }
end

--- Find the write that created or removed a resource. It is found once.
---@param key any
---@param raw table  what the hub sent
---@return homey.Origin
function Echo:origin(key, raw)
  local expected = self.expected[key]
  self.expected[key] = nil
  if not expected or now_of(self) - expected.at > REMEMBERED then return { raw = raw } end
  return { raw = raw, own = true, cause = expected.cause, call = expected.call }
end

return Echo
