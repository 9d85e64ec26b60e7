-- Notifications: passes an event to the journal, then to the watchers of its resource, then to the
-- listeners to its name. A change may come as an event of the hub or be found by a reading; it is
-- notified once.

local events = require "homey.realtime.event"
local is_same = require("homey.model.capability").is_same
local known_facts = require "homey.model.known"
local lazy = require "homey.util.lazy"
local resource_types = require "homey.model.resource_types"
local try = require "homey.task.try"

local suggest = lazy "homey.util.suggest"

local notify = {}

local CAPABILITY = "device.capability"

--- Notify of a value.
---@param cache homey.Cache
---@param event homey.Event
function notify.value(cache, event)
  local resource, watchers = event.subject, cache.watchers
  if event.base then return watchers:notify(resource, event) end
  local journal = cache.home.journal
  if journal then
    if event.own then journal:echo(event) else journal:hear(event) end
  end
  watchers:notify(resource, event)
  local listeners, name = cache.listeners, event.name
  if listeners.lists[name] then listeners:notify(name, event, event.value, resource) end
end

--- Notify of a value that came from elsewhere, with an event that the journal may use again.
---@param cache homey.Cache
---@param event homey.Event
---@param device homey.Device
---@param id string  of the capability
---@param value any
function notify.report(cache, event, device, id, value)
  local watchers, listeners = cache.watchers, cache.listeners
  local list = watchers.lists[device]
  local only = list and list.only -- nearly always: this saves a call for each event
  if value == nil then id = nil end
  if only then only(event, id, value) else watchers:notify(device, event, id, value) end
  if listeners.lists[CAPABILITY] then
    listeners:notify(CAPABILITY, events.keep(event), value, device)
  end
end

---@class homey.Origin     the source of a change
---@field missed? boolean
---@field polled? boolean
---@field own? boolean
---@field cause? homey.Cause
---@field call? integer     the number of the call in the journal
---@field raw? any
---@field reading? boolean  a reading has found it

-- The fields of an event that describe its source.
local function fields_of(origin, is_base)
  return {
    missed = origin.missed, polled = origin.polled, own = origin.own, cause = origin.cause,
    call = origin.call,
    raw = origin.raw, base = is_base or nil,
  }
end

local function notify_resource(cache, kind, resource, verb, fields)
  if not fields.missed and not fields.polled then cache.home.directory:note_change(kind) end
  local event = events.of_resource(cache, kind, resource, verb, fields)
  cache.listeners:notify(event.name, event, resource)
end

-- ---- changed facts ------------------------------------------------------------------------------

local function lacks_any(capabilities, others)
  for id in pairs(others or {}) do
    if not capabilities[id] then return true end
  end
  return false
end

--- Reports whether facts differ from those before.
---@param before table
---@param now table
---@return boolean
function notify.differs(before, now)
  for key, value in pairs(now) do
    if type(value) ~= "table" and before[key] ~= value then return true end
  end
  for key, value in pairs(before) do
    if type(value) ~= "table" and now[key] == nil then return true end
  end
  return lacks_any(before.capabilities, now.capabilities)
    or lacks_any(now.capabilities, before.capabilities)
end

-- Reports whether a difference only corrects facts that were old when the first listener joined. No
-- handler is called for it.
local function is_base(cache, kind, entry, origin)
  if not origin.reading then return false end
  if entry then return entry.old end
  return cache.followed[kind] ~= nil and cache.followed[kind].old
end

-- Notifies of changed facts that can be waited for.
local function notify_facts(cache, kind, resource, before, origin)
  local entry, followed = cache.watched[resource], cache.followed[kind]
  local base = is_base(cache, kind, entry, origin)
  for _, key in ipairs(suggest.keys(resource_types[kind].values or {})) do
    local old, value = before[key], resource.record[key]
    if old ~= value then
      if followed and not (origin.reading or origin.own) then followed.proven = true end
      local fields = fields_of(origin, base)
      fields.old = old
      resource:changed(key, not base)
      notify.value(cache, events.of_value(cache, resource, key, value, fields))
    end
  end
end

local function is_later(known, old)
  local at, before = known_facts.ms(known), known_facts.ms(old)
  return at ~= nil and before ~= nil and at > before
end

-- The old facts of each capability whose value has changed, or may have, by a reading. After a gap
-- in the events, a value that is the same but has a later time may have changed and changed back,
-- unless the device sends it repeatedly. Values that are only reported, such as a button's, are
-- left out.
local function changed_capabilities(cache, device, before, is_gap)
  local changed = {}
  for id, known in pairs(device.record.capabilities) do
    local old = known.getable and before.capabilities[id]
    local is_anew = old and is_gap and is_later(known, old)
      and not cache.echo:repeats(device, known)
    if old and old.value ~= known.value or is_anew then changed[id] = old end
  end
  return changed
end

-- Notifies of changed values of a device that a reading has found. When a value may have changed
-- and changed back, the event only restarts the timers of `held`.
local function notify_capabilities(cache, device, before, origin)
  local entry = cache.watched[device]
  if not entry then return end
  local changed = changed_capabilities(cache, device, before,
    not origin.polled and not cache:knows(device))
  if not next(changed) then return end
  for _, id in ipairs(suggest.keys(changed)) do
    local known, old = device.record.capabilities[id], changed[id].value
    local value = known.value
    local fields = fields_of(origin, entry.old or old == value)
    fields.old, fields.anew = old, old == value or nil
    -- the device's reading of a value that this program set
    local change = known.reading and is_same(known, old, value) and known.reading.change
    if change then fields.own, fields.cause, fields.call = true, change.cause, change.entry end
    notify.value(cache, events.of_value(cache, device, id, value, fields))
  end
end

-- ---- created, changed and deleted resources -----------------------------------------------------

local function notify_created(cache, kind, resource, fields)
  cache:arrived(resource)
  notify_resource(cache, kind, resource, "create", fields)
end

local function notify_deleted(cache, kind, resource, fields)
  cache:left(resource, fields.missed or fields.polled)
  notify_resource(cache, kind, resource, "delete", fields)
end

--- Notify that a resource is new.
---@param cache homey.Cache
---@param kind string
---@param resource any
---@param origin homey.Origin
function notify.created(cache, kind, resource, origin)
  notify_created(cache, kind, resource, fields_of(origin))
end

--- Notify that the hub has sent an update of a resource in which no known fact differs.
---@param cache homey.Cache
---@param kind string
---@param resource any
---@param origin homey.Origin
function notify.updated(cache, kind, resource, origin)
  notify_resource(cache, kind, resource, "update", fields_of(origin))
end

--- Notify that a resource was deleted.
---@param cache homey.Cache
---@param kind string
---@param resource any
---@param origin homey.Origin
function notify.deleted(cache, kind, resource, origin)
  notify_deleted(cache, kind, resource, fields_of(origin))
end

--- Notify that a missing resource now counts as deleted, because it stayed away for so long.
---@param cache homey.Cache
---@param kind string
---@param resource any
function notify.lost(cache, kind, resource)
  notify_resource(cache, kind, resource, "lost", {})
end

--- Notify of facts that differ from those before.
---@param cache homey.Cache
---@param kind string
---@param resource any
---@param before table
---@param origin homey.Origin
function notify.changed(cache, kind, resource, before, origin)
  local followed = cache.followed[kind]
  if notify.differs(before, resource.record) then
    notify_resource(cache, kind, resource, "update",
      fields_of(origin, origin.reading and followed and followed.old))
  end
  notify_facts(cache, kind, resource, before, origin)
  if resource.record.capabilities and origin.reading then
    notify_capabilities(cache, resource, before, origin)
  end
  local entry = cache.watched[resource]
  if entry and origin.reading then entry.old = false end
end

local function by_id(a, b)
  return a.resource.id < b.resource.id
end

local function notify_difference(cache, kind, each, origin, base)
  if each.gone then
    notify_deleted(cache, kind, each.resource, fields_of(origin, base))
  elseif not each.before then
    notify_created(cache, kind, each.resource, fields_of(origin, base))
  else
    notify.changed(cache, kind, each.resource, each.before, origin)
  end
end

--- Notify of the differences that a reading has found. A listener that raises keeps none of them
--- from being notified: a resource that is back must be subscribed to. Its error is raised last.
---@param cache homey.Cache
---@param kind string
---@param differences homey.Difference[]
function notify.found(cache, kind, differences)
  local polled, followed = cache.subscriptions.refused or nil, cache.followed[kind]
  local origin = { missed = not polled or nil, polled = polled, reading = true }
  local base = followed and followed.old
  table.sort(differences, by_id) -- the same order in every run
  local failure
  for _, each in ipairs(differences) do
    local _, err = try(notify_difference, cache, kind, each, origin, base)
    failure = failure or err
  end
  if failure then error(failure, 0) end
end

--- Notify of a change of the connection.
---@param cache homey.Cache
---@param name string  "connect", "disconnect", "stale"
---@param fields table  more fields of the event
function notify.connection(cache, name, fields)
  cache.listeners:notify(name, events.new(cache, name, fields))
end

return notify
