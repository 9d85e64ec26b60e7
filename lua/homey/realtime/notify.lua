-- What happens, put into events: of values that change, of what comes, changes and goes. The hub tells of it, or a reading
-- finds that it has happened; either way whoever listens to a cache hears of it once.

local instant = require "homey.time.timestamp"
local is_same = require("homey.model.capability").is_same
local lazy = require "homey.util.lazy"
local invalid_data = require "homey.model.invalid_data"
local show = require "homey.util.format"
local resource_types = require "homey.model.resource_types"
local normalize = require "homey.model.normalize"

local visible = require("homey.util.text").visible

local near = lazy "homey.util.suggest"
local echo = lazy "homey.realtime.echo"

---@class homey.Event
---@field name string         "device.capability", "device.create", "variable.value", "connect"
---@field at number           when we heard of it, seconds since 1970
---@field subject? any        what it is about; the same by its kind:
---@field device? homey.Device
---@field zone? homey.Zone
---@field flow? homey.Flow
---@field variable? homey.Variable
---@field user? homey.User
---@field key? string         which of its values: a capability, "value", "present"
---@field capability? string  the same, of a device
---@field value? any
---@field old? any            the value before
---@field missed? boolean     it happened while nothing could be heard; found by reading again
---@field polled? boolean     found by reading again, of a hub that tells nothing by itself
---@field own? boolean        this program did it
---@field package base? boolean       nothing happened: what was known was older than it was thought to be; handlers do not hear of it
---@field package anew? boolean       nor of this: the value is what it was, but may have been another meanwhile
---@field package raw? any            what the hub told
---@field package entry? integer      its number in the journal
---@field package call? integer       that of the call whose echo it is
---@field cause? homey.Cause  why, where it is our own doing

local notify = {}

--- An event, told to nobody yet.
---@param cache homey.Cache
---@param name string
---@param more? table  the rest of it
---@return homey.Event
function notify.event(cache, name, more)
  local event = more or {}
  event.name, event.at = name, cache.home.scheduler.core_loop:time()
  return event
end

local function kind_of(resource)
  return getmetatable(resource).kind
end

--- An event of a value, told to nobody yet.
---@param cache homey.Cache
---@param resource any
---@param key string
---@param value any
---@param more table  the rest of it
---@return homey.Event
function notify.value(cache, resource, key, value, more)
  local kind = kind_of(resource)
  local event = notify.event(cache, kind == "device" and "device.capability" or kind .. "." .. key, more)
  event[kind], event.subject, event.key, event.value = resource, resource, key, value
  if kind == "device" then event.capability = key end
  return event
end

--- What an event is, in words: "Hall/Motion: alarm_motion became true", "Guests became 3".
---@param event homey.Event
---@return string
function notify.words(event)
  if not event.subject then return event.name end
  local name = tostring(event.subject)
  if not event.key then return ("%s: %s"):format(event.name, name) end
  if event.key == resource_types[kind_of(event.subject)].main then return ("%s became %s"):format(name, show(event.value)) end
  return ("%s: %s became %s"):format(name, visible(event.key), show(event.value))
end

local function record(cache, event)
  local journal = cache.home.journal
  if not journal then return end
  if event.own then journal:echo(event) else journal:hear(event) end
end

local function tell_value(cache, event)
  local resource, base = event.subject, event.base
  if not base then record(cache, event) end
  cache.watchers:tell(resource, event)
  if not base then cache:tell(event, event.value, resource) end
end

--- Tell of a value that is otherwise than it was, or was reported again.
---@param cache homey.Cache
---@param resource any
---@param key string
---@param value any
---@param more table  the rest of the event
function notify.report(cache, resource, key, value, more)
  tell_value(cache, notify.value(cache, resource, key, value, more))
end

--- Tell of a value of a device that the hub has told, or taken.
---@param cache homey.Cache
---@param device homey.Device
---@param id string
---@param value any
---@param old any
---@param change? homey.Change  of our own that it comes from
---@param raw? table            what the hub told
function notify.capability(cache, device, id, value, old, change, raw)
  tell_value(cache, { -- in one go: such events are many
    name = "device.capability", at = cache.home.scheduler.core_loop:time(), device = device, subject = device, key = id,
    capability = id, value = value, old = old, own = change ~= nil, raw = raw, cause = change and change.cause,
    call = change and change.entry, entry = nil,
  })
end

-- ---- what comes, changes and goes ----------------------------------------------------------------------------

-- Is a record otherwise than another?
local function differs(before, now)
  for key, value in pairs(now) do
    if type(value) ~= "table" and before[key] ~= value then return true end
  end
  for key, value in pairs(before) do
    if type(value) ~= "table" and now[key] == nil then return true end
  end
  for id in pairs(now.capabilities or {}) do
    if not before.capabilities[id] then return true end
  end
  for id in pairs(before.capabilities or {}) do
    if not now.capabilities[id] then return true end
  end
  return false
end

---@class homey.Origin     where what is told comes from
---@field missed? boolean
---@field polled? boolean
---@field own? boolean
---@field cause? homey.Cause
---@field call? integer     the number of the call in the journal
---@field raw? any
---@field reading? boolean  a reading has found it

local function from(origin, base)
  return {
    missed = origin.missed, polled = origin.polled, own = origin.own, cause = origin.cause, call = origin.call,
    raw = origin.raw, base = base or nil,
  }
end

-- What differs from facts that were old when somebody began to listen is none.
local function is_base(cache, kind, entry, origin)
  if not origin.reading then return false end
  if entry then return entry.old end
  return cache.followed[kind] ~= nil and cache.followed[kind].old
end

local function tell_of(cache, kind, resource, verb, event)
  notify.event(cache, kind .. "." .. verb, event)
  event[kind], event.subject = resource, resource
  cache:tell(event, resource)
end

-- Tell of values that are facts of their own kind's record.
local function tell_facts(cache, kind, resource, before, origin)
  local entry, followed = cache.watched[resource], cache.followed[kind]
  local base = is_base(cache, kind, entry, origin)
  for _, key in ipairs(near.keys(resource_types[kind].values or {})) do
    local old, value = before[key], resource.record[key]
    if old ~= value then
      if followed and not (origin.reading or origin.own) then followed.proven = true end
      local event = from(origin, base)
      event.old = old
      resource:changed(key, not base)
      notify.report(cache, resource, key, value, event)
    end
  end
end

local function is_later(known, old)
  local at, before = instant.ms(known.updated), instant.ms(old.updated)
  return at ~= nil and before ~= nil and at > before
end

-- The capabilities of which a reading tells something, as they were. Behind a gap in the events, one that is what it was,
-- but came later, may have been another meanwhile; unless it is told every minute, though it never changes. Of what is only
-- ever reported, as a button's press, it tells nothing.
local function changed_capabilities(cache, device, before, is_gap)
  local changed = {}
  for id, known in pairs(device.record.capabilities) do
    local old = known.getable and before.capabilities[id]
    local anew = old and is_gap and is_later(known, old) and not cache.echo:repeats(device, known)
    if old and old.value ~= known.value or anew then changed[id] = old end
  end
  return changed
end

-- Values of devices, as a reading has found them. Who waits for one to stay what it is begins anew where it may not have.
local function tell_capabilities(cache, device, before, origin)
  local entry = cache.watched[device]
  if not entry then return end
  local changed = changed_capabilities(cache, device, before, not origin.polled and not cache:knows(device))
  if not next(changed) then return end
  for _, id in ipairs(near.keys(changed)) do
    local known, old = device.record.capabilities[id], changed[id].value
    local value = known.value
    local event = from(origin, entry.old or old == value)
    event.old, event.anew = old, old == value or nil
    local change = known.reading and is_same(known, old, value) and known.reading.change -- the device's reading of what we set
    if change then event.own, event.cause, event.call = true, change.cause, change.entry end
    notify.report(cache, device, id, value, event)
  end
end

--- Tell of something that is new.
---@param cache homey.Cache
---@param kind string
---@param resource any
---@param event table  the rest of it
local function tell_arrival(cache, kind, resource, event)
  cache:arrived(resource)
  tell_of(cache, kind, resource, "create", event)
end

local function tell_departure(cache, kind, resource, event)
  cache:left(resource, event.missed or event.polled)
  tell_of(cache, kind, resource, "delete", event)
end

--- Tell of facts that differ from those before.
---@param cache homey.Cache
---@param kind string
---@param resource any
---@param before table
---@param origin homey.Origin
function notify.changed(cache, kind, resource, before, origin)
  local followed = cache.followed[kind]
  if differs(before, resource.record) then
    tell_of(cache, kind, resource, "update", from(origin, origin.reading and followed and followed.old))
  end
  if kind ~= "device" then tell_facts(cache, kind, resource, before, origin) end
  if kind == "device" and origin.reading then tell_capabilities(cache, resource, before, origin) end
  local entry = cache.watched[resource]
  if entry and origin.reading then entry.old = false end
end

local function by_id(a, b)
  return a.resource.id < b.resource.id
end

--- Tell of what a reading has found.
---@param cache homey.Cache
---@param kind string
---@param differences homey.Difference[]
function notify.found(cache, kind, differences)
  local polled, followed = cache.subscriptions.refused or nil, cache.followed[kind]
  local origin = { missed = not polled or nil, polled = polled, reading = true }
  local base = followed and followed.old
  table.sort(differences, by_id) -- the same order in every run
  for _, each in ipairs(differences) do
    if each.gone then
      tell_departure(cache, kind, each.resource, from(origin, base))
    elseif not each.before then
      tell_arrival(cache, kind, each.resource, from(origin, base))
    else
      notify.changed(cache, kind, each.resource, each.before, origin)
    end
  end
end

local function on_update(cache, kind, item, verb, data)
  local write, outdated = echo.echo(cache, kind, item, data)
  if outdated then return end
  local registry = cache.home.directory:registry(kind)
  if registry:is_full(data.id) then return invalid_data.note(cache.home, item .. "." .. verb, "id", data.id) end
  local resource, before = registry:take_one(data, item)
  local origin = { raw = data, own = write and true or nil, cause = write and write.cause, call = write and write.call }
  -- before the list is there nobody knows what is new
  if not before then return registry.list and tell_arrival(cache, kind, resource, from(origin)) end
  if differs(before, resource.record) then return notify.changed(cache, kind, resource, before, origin) end
  -- a reading has found it already, or it was told when the write was answered
  if verb == "create" or write and write.told then return end
  tell_of(cache, kind, resource, "update", from(origin))
end

--- Take what the hub tells by itself of an item, and tell of it.
---@param cache homey.Cache
---@param kind string
---@param item string
---@param verb string  "create", "update", "delete"
---@param data any
function notify.of_item(cache, kind, item, verb, data)
  if not normalize.has_id(data) then
    return invalid_data.note(cache.home, ("%s.%s"):format(item, verb), "id", type(data) == "table" and data.id or data)
  end
  if verb == "create" or verb == "update" then return on_update(cache, kind, item, verb, data) end
  if verb ~= "delete" then return end
  local resource = cache.home.directory:registry(kind):drop(data.id)
  if resource then tell_departure(cache, kind, resource, { raw = data }) end
end

return notify
