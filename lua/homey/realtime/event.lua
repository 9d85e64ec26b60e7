-- Events that handlers get: makes them, and describes them in text.

local lazy = require "homey.util.lazy"
local resource_types = require "homey.model.resource_types"
local format = require "homey.util.format"
local visible = require("homey.util.text").visible

local duration = lazy "homey.util.duration"

---@class homey.Event
---@field name string         "device.capability", "device.create", "variable.value", "connect"
---@field at number           when it was received, seconds since 1970
---@field subject? any        the resource of the event; it is also in the field of its kind:
---@field key? string         name of the value: a capability, "value", "present"
---@field capability? string  the same, when the resource is a device
---@field value? any          the new value
---@field old? any            the value before
---@field missed? boolean     it happened while the connection was down; a later reading found it
---@field polled? boolean     a reading found it, because the hub sends no events
---@field silent? number      seconds for which nothing was heard of it, by the option `silent`
---@field own? boolean        this program caused it
---@field package base? boolean       corrects an outdated value; no handler is called
---@field package anew? boolean       same value, but it may have changed in between; no handler
---@field package raw? any            what the hub sent; not for a value in the usual form
---@field package hub_ms? number      the time by the clock of the hub, of a device's value
---@field package entry? integer      its number in the journal
---@field package unkept? homey.Latest  its table becomes that of a later event; see events.keep
---@field package call? integer       the number of the call in the journal whose echo it is
---@field cause? homey.Cause  the cause, when this program caused it

local events = {}

-- For values that this program computes; see automation/value.lua.
local computed = { value_event = "value", main = "value" }

local function row_of(resource)
  return resource_types[getmetatable(resource).kind] or computed
end

--- Make an event. No listener is called.
---@param cache homey.Cache
---@param name string
---@param fields? table  more of its fields; becomes the event
---@return homey.Event
function events.new(cache, name, fields)
  local event = fields or {}
  event.name, event.at = name, cache.home.scheduler.core_loop:time()
  return event
end

--- Make an event of a value.
---@param cache homey.Cache
---@param resource any
---@param key string
---@param value any
---@param fields table  more of its fields; becomes the event
---@return homey.Event
function events.of_value(cache, resource, key, value, fields)
  local kind, row = getmetatable(resource).kind, row_of(resource)
  local is_fact = row.values and row.values[key]
  local event = events.new(cache, not is_fact and row.value_event or kind .. "." .. key, fields)
  event[kind], event.subject, event.key = resource, resource, key
  event.value = value -- in place of the field of its kind, where that is "value"
  if not is_fact and kind == "device" then event.capability = key end
  return event
end

--- Make an event of a device's capability. These are frequent, so all fields are set at once.
---@param device homey.Device
---@param id string      of the capability
---@param value any
---@param old any
---@param change? homey.Write  the write of this program that caused it
---@param at number       when it was received
---@param hub_ms? number  the time by the clock of the hub
---@param raw? table      what the hub sent, when that is unusual
---@return homey.Event
function events.of_capability(device, id, value, old, change, at, hub_ms, raw)
  local event = {
    name = "device.capability", at = at, device = device, subject = device, key = id,
    capability = id, value = value, old = old, own = false, hub_ms = hub_ms, entry = nil,
    unkept = nil,
  }
  if raw then event.raw = raw end
  if change then event.own, event.cause, event.call = true, change.cause, change.entry end
  return event
end

--- Keep an event for longer than the call that passes it. The journal uses the table of any other
--- event of a device's value again.
---@param event homey.Event
---@return homey.Event event
function events.keep(event)
  event.unkept = nil
  return event
end

--- Make an event of a resource: it was created, updated or deleted.
---@param cache homey.Cache
---@param kind string
---@param resource any
---@param verb string
---@param fields table  more of its fields; becomes the event
---@return homey.Event
function events.of_resource(cache, kind, resource, verb, fields)
  local event = events.new(cache, kind .. "." .. verb, fields)
  event[kind], event.subject = resource, resource
  return event
end

--- Describe an event: "Hall/Motion: alarm_motion became true", "Guests became 3".
---@param event homey.Event
---@return string
function events.describe(event)
  if not event.subject then return event.name end
  local name = tostring(event.subject)
  if not event.key then return ("%s: %s"):format(event.name, name) end
  if event.silent then
    return ("%s: nothing was heard of %s for %s"):format(name, visible(event.key),
      duration.text(event.silent))
  end
  if event.key == row_of(event.subject).main then
    return ("%s became %s"):format(name, format(event.value))
  end
  return ("%s: %s became %s"):format(name, visible(event.key), format(event.value))
end

return events
