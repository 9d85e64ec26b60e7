-- Pipeline of events: the stages from the bytes that a hub sends to the call of a handler.
--
--   1 decode      src/core/realtime joins frames, src/lua decodes JSON; task/scheduler hands them
--                 over by the id of their subscription, subscriptions.lua by its uri
--   2 normalize   model/normalize checks the data; invalid data is logged and dropped
--   3 match echo  echo.lua finds the write that caused it; events already notified are dropped
--   4 cache       the device or the registry takes the new facts
--   5 notify      notify.lua: the journal, watchers of the resource, listeners to the event's name
--   6 trigger     automation/watch and automation/edge test the condition and time `held`
--   7 handler     automation/handler calls the user's function as a task
--
-- Stages 2 to 5 are below, for values of devices (pipeline.value) and for created, changed and
-- deleted resources (pipeline.item). The answer to a write enters at stage 4 (pipeline.answer): it
-- may come before or after its echo.

local known_facts = require "homey.model.known"
local new_event = require("homey.realtime.event").of_capability
local hub_clock = require "homey.time.hub_clock"
local invalid_data = require "homey.model.invalid_data"
local normalize = require "homey.model.normalize"
local notify = require "homey.realtime.notify"
local resource_types = require "homey.model.resource_types"
local reading = require "homey.model.reading"
local time_text = require("homey.time.timestamp").text

-- seconds between two readings of a device for capabilities that it seems to lack
local RELOAD_AGAIN = 60
-- ms: a known value that is newer than an event by less than this makes the event outdated; by
-- more, the hub's clock was set back
local TRUSTED = 10000

local pipeline = {}

-- ---- values of devices --------------------------------------------------------------------------

-- Reads the device again for a capability that it did not have, at most once in RELOAD_AGAIN
-- seconds.
local function read_unknown(cache, device)
  local now, before = cache.home.scheduler.core_loop:now(), device.record and cache.reloaded[device]
  if before and now - before < RELOAD_AGAIN then return end
  cache.reloaded[device] = now
  cache.resync:soon(device)
end

-- Reports whether the known value is newer than a value of the given time.
local function is_newer(known, time)
  local at = time and (known_facts.ms(known))
  return at and at > time and at - time < TRUSTED
end

-- Stage 3: reports whether a value was notified already: by the answer to its write, or by a
-- reading that is newer.
local function is_known(known, write, value, time)
  if write and write.told then return write.told_value == value end
  if not known.getable then return false end
  local at = time and (known_facts.ms(known))
  if not at then return false end
  return at > time and at - time < TRUSTED or at == time and known.value == value
end

-- Stage 3: finds the write of this program that caused a value: the value is its echo, or the
-- device's rounding of it.
local function match_echo(cache, device, known, value, write)
  if write then
    write.told, write.told_value = true, value
    reading.note_set(device, write, value)
    return write
  end
  local change = reading.change_of(device, known, value)
  if change then cache.echo:note_notified(change, value) end
  return change
end

local function new_heard(device)
  device.heard = {}
  return device.heard
end

-- Stage 4: stores the new value of a capability, heard at `now`, and returns the old one.
local function update_cache(device, known, value, time, now)
  local old = known.value
  if not known.getable then return old end
  known.value = value
  if time then known.moment, known.updated = time, device.shared and time_text(time) end
  local heard = device.heard or new_heard(device)
  heard[known.id] = now
  return old
end

-- Notes a value that the device has sent again, unchanged. After a gap in the events this counts
-- only when the device was read since: until then the value may have changed and changed back.
local function note_repeated(cache, device, known, value)
  if cache:knows(device) then cache.echo:note_repeated(device, known.id, value) end
end

local value_of_data

-- An event that seems older than the known value; but the hub's clock may have been set back. A
-- reading decides.
local function drop_known(cache, device, known, write, value)
  if value ~= known.value and not (write and write.told) then cache.resync:soon(device) end
end

--- Handle an event with a value of a device.
---@param cache homey.Cache
---@param device homey.Device
---@param value any           not checked; with no id, the data as the hub has sent it
---@param id? string          of the capability
---@param transaction? string
---@param time? number        ms since 1970
---@param raw? table          what the hub has sent
function pipeline.value(cache, device, value, id, transaction, time, raw)
  if not id then return value_of_data(cache, device, value) end
  local record = device.record
  local known = record and record.capabilities[id]
  if not known then return read_unknown(cache, device) end
  local kind = known.type -- most values need no call to be checked
  if not (kind == "boolean" and (value == true or value == false)
    or kind == "number" and type(value) == "number" and value - value == 0) then
    local is_valid
    is_valid, value = normalize.value(known, value, cache.report)
    if not is_valid then return end
  end
  local write, moment = transaction and cache.echo.changes[transaction], known.moment
  local is_later = moment and time
    and (time > moment or time == moment and value ~= known.value) -- nearly always
  if (write or not is_later) and is_known(known, write, value, time) then
    return drop_known(cache, device, known, write, value)
  end
  local change = (write or device.sending or device.readings)
    and match_echo(cache, device, known, value, write) or nil
  local scheduler, journal = cache.scheduler, cache.home.journal
  local old = update_cache(device, known, value, time, scheduler.taken_now
    or scheduler:take_clocks())
  if old == value and not change then note_repeated(cache, device, known, value) end
  if change or raw or not journal then
    return notify.value(cache,
      new_event(device, id, value, old, change, scheduler.taken_time, time, raw))
  end
  return notify.report(cache,
    journal:hear_value(new_event, device, id, value, old, scheduler.taken_time, time),
    device, id, value)
end

function value_of_data(cache, device, data)
  local id, value, transaction, time = normalize.told(data, cache.report)
  if id then pipeline.value(cache, device, value, id, transaction, time, data) end
end

--- Handle the hub's answer to a write of a device's value: store the value and notify of it.
---@param cache homey.Cache
---@param change homey.Write
---@param value any
---@param time? number  ms since 1970, by the clock of the hub
function pipeline.answer(cache, change, value, time)
  local device = change.device
  if time then hub_clock.note(device.home, time, change.answer.at) end
  local known = device.record and device.record.capabilities[change.capability]
  if not known then return end
  if not (known.reading and known.reading.change == change) then
    reading.note_set(device, change, value)
  end
  if change.told or is_newer(known, time) then return end
  cache.echo:note_notified(change, value)
  local core_loop = cache.core_loop
  local old = update_cache(device, known, value, time, core_loop:now())
  if not cache.watched[device] then return end
  notify.value(cache,
    new_event(device, known.id, value, old, change, core_loop:time()))
end

-- ---- created, changed and deleted resources -----------------------------------------------------

-- Stage 2: drops an item without an id.
local function has_id(cache, item, verb, data)
  if normalize.has_id(data) then return true end
  invalid_data.note(cache.home, ("%s.%s"):format(item, verb), "id",
    type(data) == "table" and data.id or data)
  return false
end

local function update_item(cache, kind, item, verb, data)
  local write, is_outdated = cache.echo:match_item(kind, item, data)
  if is_outdated then return end
  local registry = cache.home.directory:registry(kind)
  if registry:is_full(data.id) then
    return invalid_data.note(cache.home, item .. "." .. verb, "id", data.id)
  end
  local resource, before = registry:take_one(data, item)
  if not before then
    -- without a list, a resource that is not known need not be new
    if not registry.list then return end
    local key = kind .. "\0" .. resource.record.name
    return notify.created(cache, kind, resource, cache.echo:origin(key, data))
  end
  local origin = {
    raw = data, own = write and true or nil, cause = write and write.cause,
    call = write and write.call,
  }
  if notify.differs(before, resource.record) then
    notify.changed(cache, kind, resource, before, origin)
  elseif verb == "update" and not (write and write.notified) then -- else it was notified before
    notify.updated(cache, kind, resource, origin)
  end
end

local function delete_item(cache, kind, data)
  local resource = cache.home.directory:registry(kind):drop(data.id)
  if resource then
    notify.deleted(cache, kind, resource, cache.echo:origin(resource, data))
  end
end

--- Handle an event that an item was created, updated or deleted.
---@param cache homey.Cache
---@param kind string
---@param item string  the hub's name of the item: "flow", "advancedflow"
---@param verb string
---@param data any
function pipeline.item(cache, kind, item, verb, data)
  if not has_id(cache, item, verb, data) then return end
  local row = resource_types[kind]
  if row.normalize then row.normalize(data) end
  if verb == "delete" then return delete_item(cache, kind, data) end
  if verb == "create" or verb == "update" then return update_item(cache, kind, item, verb, data) end
end

return pipeline
