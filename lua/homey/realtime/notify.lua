-- What happens, put into events: of values that change, of what comes, changes and goes. The hub tells of it, or a reading
-- finds that it has happened; either way whoever listens to a mirror hears of it once.

local instant = require "homey.time.timestamp"
local is_same = require("homey.model.capability").is_same
local lazy = require "homey.util.lazy"
local odd = require "homey.model.invalid_data"
local show = require "homey.util.format"
local subjects = require "homey.model.resource_types"
local unify = require "homey.model.normalize"

local visible = require("homey.util.text").visible

local near = lazy "homey.util.suggest"
local own = lazy "homey.realtime.echo"

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
---@field base? boolean       nothing happened: what was known was older than it was thought to be; handlers do not hear of it
---@field anew? boolean       nor of this: the value is what it was, but may have been another meanwhile
---@field raw? any            what the hub told
---@field entry? integer      its number in the journal
---@field call? integer       that of the call whose echo it is
---@field cause? homey.Cause  why, where it is our own doing

local news = {}

--- An event, told to nobody yet.
---@param mirror homey.Mirror
---@param name string
---@param more? table  the rest of it
---@return homey.Event
function news.event(mirror, name, more)
  local event = more or {}
  event.name, event.at = name, mirror.home.scheduler.core_loop:time()
  return event
end

local function kind_of(subject)
  return getmetatable(subject).kind
end

--- An event of a value, told to nobody yet.
---@param mirror homey.Mirror
---@param subject any
---@param key string
---@param value any
---@param more table  the rest of it
---@return homey.Event
function news.value(mirror, subject, key, value, more)
  local kind = kind_of(subject)
  local event = news.event(mirror, kind == "device" and "device.capability" or kind .. "." .. key, more)
  event[kind], event.subject, event.key, event.value = subject, subject, key, value
  if kind == "device" then event.capability = key end
  return event
end

--- What an event is, in words: "Hall/Motion: alarm_motion became true", "Guests became 3".
---@param event homey.Event
---@return string
function news.words(event)
  if not event.subject then return event.name end
  local name = tostring(event.subject)
  if not event.key then return ("%s: %s"):format(event.name, name) end
  if event.key == subjects[kind_of(event.subject)].main then return ("%s became %s"):format(name, show(event.value)) end
  return ("%s: %s became %s"):format(name, visible(event.key), show(event.value))
end

local function record(mirror, event)
  local journal = mirror.home.journal
  if not journal then return end
  if event.own then journal:echo(event) else journal:hear(event) end
end

local function tell_value(mirror, event)
  local subject, base = event.subject, event.base
  if not base then record(mirror, event) end
  mirror.watchers:tell(subject, event)
  if not base then mirror:tell(event, event.value, subject) end
end

--- Tell of a value that is otherwise than it was, or was reported again.
---@param mirror homey.Mirror
---@param subject any
---@param key string
---@param value any
---@param more table  the rest of the event
function news.report(mirror, subject, key, value, more)
  tell_value(mirror, news.value(mirror, subject, key, value, more))
end

--- Tell of a value of a device that the hub has told, or taken.
---@param mirror homey.Mirror
---@param device homey.Device
---@param id string
---@param value any
---@param old any
---@param change? homey.Change  of our own that it comes from
---@param raw? table            what the hub told
function news.capability(mirror, device, id, value, old, change, raw)
  tell_value(mirror, { -- in one go: such events are many
    name = "device.capability", at = mirror.home.scheduler.core_loop:time(), device = device, subject = device, key = id,
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
local function is_base(mirror, kind, entry, origin)
  if not origin.reading then return false end
  if entry then return entry.old end
  return mirror.followed[kind] ~= nil and mirror.followed[kind].old
end

local function tell_of(mirror, kind, subject, verb, event)
  news.event(mirror, kind .. "." .. verb, event)
  event[kind], event.subject = subject, subject
  mirror:tell(event, subject)
end

-- Tell of values that are facts of their own kind's record.
local function tell_facts(mirror, kind, subject, before, origin)
  local entry, followed = mirror.watched[subject], mirror.followed[kind]
  local base = is_base(mirror, kind, entry, origin)
  for _, key in ipairs(near.keys(subjects[kind].values or {})) do
    local old, value = before[key], subject.record[key]
    if old ~= value then
      if followed and not (origin.reading or origin.own) then followed.proven = true end
      local event = from(origin, base)
      event.old = old
      subject:changed(key, not base)
      news.report(mirror, subject, key, value, event)
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
local function news_of(mirror, device, before, is_gap)
  local changed = {}
  for id, known in pairs(device.record.capabilities) do
    local old = known.getable and before.capabilities[id]
    local anew = old and is_gap and is_later(known, old) and not mirror.own:repeats(device, known)
    if old and old.value ~= known.value or anew then changed[id] = old end
  end
  return changed
end

-- Values of devices, as a reading has found them. Who waits for one to stay what it is begins anew where it may not have.
local function tell_capabilities(mirror, device, before, origin)
  local entry = mirror.watched[device]
  if not entry then return end
  local changed = news_of(mirror, device, before, not origin.polled and not mirror:knows(device))
  if not next(changed) then return end
  for _, id in ipairs(near.keys(changed)) do
    local known, old = device.record.capabilities[id], changed[id].value
    local value = known.value
    local event = from(origin, entry.old or old == value)
    event.old, event.anew = old, old == value or nil
    local change = known.reading and is_same(known, old, value) and known.reading.change -- the device's reading of what we set
    if change then event.own, event.cause, event.call = true, change.cause, change.entry end
    news.report(mirror, device, id, value, event)
  end
end

--- Tell of something that is new.
---@param mirror homey.Mirror
---@param kind string
---@param subject any
---@param event table  the rest of it
local function tell_arrival(mirror, kind, subject, event)
  mirror:arrived(subject)
  tell_of(mirror, kind, subject, "create", event)
end

local function tell_departure(mirror, kind, subject, event)
  mirror:left(subject, event.missed or event.polled)
  tell_of(mirror, kind, subject, "delete", event)
end

--- Tell of facts that differ from those before.
---@param mirror homey.Mirror
---@param kind string
---@param subject any
---@param before table
---@param origin homey.Origin
function news.changed(mirror, kind, subject, before, origin)
  local followed = mirror.followed[kind]
  if differs(before, subject.record) then
    tell_of(mirror, kind, subject, "update", from(origin, origin.reading and followed and followed.old))
  end
  if kind ~= "device" then tell_facts(mirror, kind, subject, before, origin) end
  if kind == "device" and origin.reading then tell_capabilities(mirror, subject, before, origin) end
  local entry = mirror.watched[subject]
  if entry and origin.reading then entry.old = false end
end

local function by_id(a, b)
  return a.subject.id < b.subject.id
end

--- Tell of what a reading has found.
---@param mirror homey.Mirror
---@param kind string
---@param differences homey.Difference[]
function news.found(mirror, kind, differences)
  local polled, followed = mirror.events.refused or nil, mirror.followed[kind]
  local origin = { missed = not polled or nil, polled = polled, reading = true }
  local base = followed and followed.old
  table.sort(differences, by_id) -- the same order in every run
  for _, each in ipairs(differences) do
    if each.gone then
      tell_departure(mirror, kind, each.subject, from(origin, base))
    elseif not each.before then
      tell_arrival(mirror, kind, each.subject, from(origin, base))
    else
      news.changed(mirror, kind, each.subject, each.before, origin)
    end
  end
end

local function on_update(mirror, kind, item, verb, data)
  local write, outdated = own.echo(mirror, kind, item, data)
  if outdated then return end
  local shelf = mirror.home.directory:shelf(kind)
  if shelf:is_full(data.id) then return odd.note(mirror.home, item .. "." .. verb, "id", data.id) end
  local subject, before = shelf:take_one(data, item)
  local origin = { raw = data, own = write and true or nil, cause = write and write.cause, call = write and write.call }
  -- before the list is there nobody knows what is new
  if not before then return shelf.list and tell_arrival(mirror, kind, subject, from(origin)) end
  if differs(before, subject.record) then return news.changed(mirror, kind, subject, before, origin) end
  -- a reading has found it already, or it was told when the write was answered
  if verb == "create" or write and write.told then return end
  tell_of(mirror, kind, subject, "update", from(origin))
end

--- Take what the hub tells by itself of an item, and tell of it.
---@param mirror homey.Mirror
---@param kind string
---@param item string
---@param verb string  "create", "update", "delete"
---@param data any
function news.of_item(mirror, kind, item, verb, data)
  if not unify.has_id(data) then
    return odd.note(mirror.home, ("%s.%s"):format(item, verb), "id", type(data) == "table" and data.id or data)
  end
  if verb == "create" or verb == "update" then return on_update(mirror, kind, item, verb, data) end
  if verb ~= "delete" then return end
  local subject = mirror.home.directory:shelf(kind):drop(data.id)
  if subject then tell_departure(mirror, kind, subject, { raw = data }) end
end

return news
