-- Devices: lamps, locks, sensors. A device object is made from an id; its facts are read when they
-- are first needed, and kept with the time of the reading. Values are checked against these facts.
-- Before old facts refuse a value, the device is read again.

local arguments = require "homey.util.arguments"
local capability = require "homey.model.capability"
local core = require "homey.core"
local fiber = require "homey.task.fiber"
local lazy = require "homey.util.lazy"
local new_error = require "homey.error"
local pipeline = require "homey.write.pipeline"
local raise = require "homey.util.raise"
local resource_types = require "homey.model.resource_types"
local read_only = require "homey.resource.read_only"
local try = require "homey.task.try"
local visible = require("homey.util.text").visible
local write = require "homey.write.write"

local known_facts = lazy "homey.model.known"
local records = lazy "homey.model.record"
local reading = lazy "homey.model.reading"
local format = lazy "homey.util.format"
local answer_status = lazy "homey.util.answer_status"
local members = lazy "homey.resource.members"
local ramp = lazy "homey.automation.ramp"
local standard_capabilities = lazy "homey.model.standard_capabilities"
local rolling = lazy "homey.automation.rolling"
local timestamp = lazy "homey.time.timestamp"
local trigger = lazy "homey.automation.trigger"
local unknown_name = lazy "homey.util.unknown_name"
local normalize = lazy "homey.model.normalize"

local written = write.known

local fresh = 5 -- seconds for which facts may refuse a value without another reading

---@class homey.Device : homey.Item
---@field id string             its id at the hub
---@field name string           its name
---@field zone? homey.Zone      the zone that it is in
---@field class? string          "light", "sensor"
---@field virtual_class? string  class that its owner has chosen for it
---@field capabilities table<string, homey.Capability>  with the values of the last reading
---@field available boolean     it is in reach
---@field unavailable_message? string  the reason why it is not in reach
---@field warning_message? string  a warning of its app
---@field driver_id? string     the driver that it belongs to
---@field owner_uri? string       the app that it belongs to
---@field note? string            a note of its owner
---@field ready boolean           its app has started it
---@field home homey.Home      the home that it is in
---@field package record homey.DeviceFacts|false  facts that the hub sent last; false: none yet
local methods = {}
local Device = { __name = "homey.Device", kind = "device" }

--- Make the object of a device. No request is made.
---@package
---@param home homey.Home
---@param id string
---@return homey.Device
function Device.new(home, id)
  return setmetatable({
    home = home, id = id, record = false, read_at = false, gone = false, heard = false,
    readings = false,
    sending = false, since = false, shared = false,
  }, Device)
end

--- Reports whether a value is a device.
---@package
---@param value any
---@return boolean
function Device.is(value)
  return getmetatable(value) == Device
end

local function zone_of(device)
  local id = device.record and device.record.zone
  return id and device.home.directory:by_id("zone", id) or nil
end

-- The name of a device in a message. Makes no request.
local function label(device)
  if not device.record then return "device " .. visible(device.id) end
  local zone = zone_of(device)
  return visible(zone and zone.record and zone.record.name .. "/" .. device.record.name
    or device.record.name)
end

local function facts(device)
  if not device.record then device:refresh() end
  return device.record
end

-- Notes that a script gets the facts of the capabilities: from now on the times in them are texts.
local function share(device)
  if device.shared then return end
  device.shared = true
  if device.heard then known_facts.make_texts(device) end
end

local function read_field(device, key)
  local record = facts(device)
  if key == "zone" then return zone_of(device) end
  if key == "capabilities" then share(device) end
  return record[key]
end

local field_names = [[name zone class virtual_class capabilities available unavailable_message warning_message driver_id
  owner_uri note ready]]
local fields = {}
for name in field_names:gmatch("%S+") do fields[name] = true end

-- fields of the module in a device
local own = "record read_at heard gone sending readings since shared"
local typed = field_names .. " id home get set toggle on refresh known ramp rolling rate "

function Device.__index(device, key)
  local method = methods[key]
  if method then return method end
  if not fields[key] then
    local member = members.find("device", key)
    if member then return members.get(member, device, methods) end
    return unknown_name("a device", key, typed .. members.names "device", own)
  end
  if device.record then return read_field(device, key) end
  return fiber.from_metamethod(read_field, device, key)
end

--- The public names of a device, separated by spaces.
---@package
---@return string
function Device.names() return typed .. members.names "device" end

function Device.__tostring(device)
  return label(device)
end

function Device.__concat(a, b)
  return tostring(a) .. tostring(b)
end

local function keep(old, new)
  if old and new then new.value, new.updated, new.moment = old.value, old.updated, old.moment end
end

-- Copies all old facts, except the values of capabilities, to the new record.
local function keep_facts(old, new)
  for name, value in pairs(old) do
    if name ~= "capabilities" then new[name] = value end
  end
  for id, known in pairs(old.capabilities) do
    new.capabilities[id] = new.capabilities[id] or known
  end
end

--- Apply the facts of a reply of the hub.
---@package
---@param raw table
---@param now? number    monotonic time, from a caller that applies many replies
---@param asked? number  time of the request: values of events since then are kept
---@param newer? boolean  the other facts are newer than the reply, too, and are kept
---@param report? homey.Report
---@return homey.DeviceFacts
function methods:learn(raw, now, asked, newer, report)
  local record, before = normalize.device(raw, nil, report), self.record
  for id, at in pairs(asked and before and self.heard or {}) do
    if at >= asked then keep(before.capabilities[id], record.capabilities[id]) end
  end
  if newer and before then keep_facts(before, record) end
  if self.readings then reading.match_record(self, record) end
  self.record, self.read_at = record, now or self.home.scheduler.core_loop:now()
  return record
end

--- Apply the facts of an event about a changed device. Values of known capabilities in it are not
--- used: they have events of their own.
---@package
---@param raw table
---@param report? homey.Report
function methods:learn_record(raw, report)
  local record = normalize.device(raw, self.record or nil, report)
  for id, old in pairs(self.record and self.record.capabilities or {}) do
    keep(old, record.capabilities[id])
  end
  if self.readings then reading.match_record(self, record) end
  self.record, self.read_at = record, self.read_at or self.home.scheduler.core_loop:now()
end

--- Apply the answer to a reading of the device.
---@package
---@param answer homey.Answer
---@param asked? number  time of the request
---@return homey.Error? err  the error of the reading
function methods:received(answer, asked)
  local err, raw = answer.error, answer.value
  if answer_status(err) == 404 then return self.home.directory:unknown("device", self.id) end
  if not err and not normalize.has_id(raw) then
    err = new_error("protocol", ("the hub answered no device for %s."):format(label(self)))
  end
  if not err then
    self.home.directory:received("device", self, raw, asked or self.home.scheduler.core_loop:now())
  end
  return err
end

--- Queue a reading of the device.
---@package
---@return homey.Answer
function methods:queue_reading()
  return self.home:read(write.path(self.id), records.one_request("device", self.id))
end

--- Read the device from the hub again.
--- Raises: not_found, request.
---@return homey.Device self
function methods:refresh()
  local asked = self.home.scheduler.core_loop:now()
  local answer = self:queue_reading()
  self.home.scheduler:settle { answer }
  local err = self:received(answer, asked)
  if err then raise(err) end
  return self
end

local function complaint(device, kind, sentence, fields_of)
  -- the label of the device needs the zones
  if device.record then try(device.home.directory.need, device.home.directory, { "zone" }) end
  return new_error(kind, ("%s: %s"):format(label(device), sentence), fields_of)
end

--- Make an error that names the device: "Kitchen/Lamp: it is unavailable".
---@package
---@param kind homey.Kind
---@param sentence string
---@return homey.Error
function methods:error(kind, sentence)
  return complaint(self, kind, sentence)
end

local function unavailable(record)
  if not record.unavailable_message then
    return "it is unavailable: is it switched on and in reach?"
  end
  return ("it is unavailable, says the hub: %s.")
    :format((record.unavailable_message:gsub("%.$", "")))
end

-- The reason of the known facts to refuse a value.
local function known_objection(device, id, value)
  local kind, sentence = capability.objection(device.record.capabilities, id, value)
  if kind then return kind, sentence end
  if not device.record.available then return "unavailable", unavailable(device.record) end
end

-- Checks a value for a device that was not read yet: by the system's definition of the capability
-- when that decides, else by a reading of the device.
local function judge_blindly(device, id, value)
  local judgement, sentence = capability.judge(id, value)
  if judgement == "refuse" then return complaint(device, "invalid", sentence) end
  if judgement == "send" then return nil end
  device:refresh()
  local kind, why = known_objection(device, id, value)
  return kind and complaint(device, kind, why)
end

-- Checks a value by a new reading. When the device cannot be read, an invalid value is refused by
-- the old facts; for any other refusal the error of the reading is raised.
local function fresh_objection(device, id, value, kind, why)
  local _, err = try(device.refresh, device)
  if not err then return known_objection(device, id, value) end
  if kind ~= "invalid" then raise(err) end
  return kind, why
end

--- The reason not to send a value; nil when it may be sent. Reads the device when the needed facts
--- are missing or old.
---@package
---@param id string  of the capability
---@param value any
---@return homey.Error?
function methods:objection(id, value)
  if not self.record then return judge_blindly(self, id, value) end
  local kind, why = known_objection(self, id, value)
  if kind and self.home.scheduler.core_loop:now() - self.read_at >= fresh then
    kind, why = fresh_objection(self, id, value, kind, why)
  end
  return kind and complaint(self, kind, why)
end

--- Reports whether the known facts show that a device takes true and false for a capability. Then
--- there is no objection to either.
---@package
---@param id string
---@return boolean?
function methods:takes_flag(id)
  local record = self.record
  if record and not record.available then return false end
  local def
  if record then def = record.capabilities[id] else def = standard_capabilities.capability(id) end
  return def and def.settable and def.type == "boolean"
end

--- Fit a value to the definition of its capability, as it will be sent.
---@package
---@param id string
---@param value any  a value that the device accepts
---@return any
function methods:fit(id, value)
  if type(value) ~= "number" then return value end
  local definition = self.record and self.record.capabilities[id]
  return capability.fit(definition or standard_capabilities.capability(id), value)
end

-- Statuses with which a hub refuses the value or the device, rather than the caller.
local refusals = {
  [400] = true, [404] = true, [409] = true, [422] = true, [500] = true, [503] = true,
}

--- Make the error of a failed write more specific, by the facts of the device.
---@package
---@param id string  of the capability
---@param value any
---@param err homey.Error
---@param ask boolean  the device may be read for this
---@return homey.Error
function methods:explain(id, value, err, ask)
  if not refusals[answer_status(err)] then return err end
  local known, trouble, kind, why
  if ask then known, trouble = try(self.refresh, self) end
  if answer_status(trouble) == 404 then return trouble end
  if known then kind, why = known_objection(self, id, value) end
  return complaint(self, kind or err.kind, why or err.message, { status = err.status })
end

--- Apply a value that the hub has accepted.
---@package
---@param each homey.Write
function methods:took(each)
  local answer = each.answer
  local value, time = answer.value, answer.hub_ms
  if not time or value ~= each.value then -- not the usual answer
    value, time = normalize.answered(answer, each.value)
  end
  local cache = self.home.cache
  if cache then return cache:took(each, value, time) end
  local known = self.record and self.record.capabilities[each.capability]
  if known then known.value = value end
  if value ~= true and value ~= false then reading.note_set(self, each, value) end
end

--- Set a capability, or several: lamp:set("dim", 0.4), lamp:set{ onoff = true, dim = 0.4 }. A value
--- that the device does not accept is refused before anything is sent. For a number with a range,
--- "50%" is a part of the range; "+10%", "-10%", "+0.1" and "-0.1" are steps from the current
--- value. When the range has negative values, "-0.1" is the value itself, not a step. Raises:
--- invalid, not_found, forbidden, unavailable, rate_limited, request.
---@param id string|table<string, any>  a capability, or values by capability
---@param value any                     or the options, after a table
---@param options? homey.SetOptions
---@return homey.Device self
function methods:set(id, value, options)
  if written[id] and options == nil then -- nearly always
    pipeline.set_one(write.new(self, id, value))
  elseif type(id) == "table" then
    pipeline.set(self.home, write.for_each(write.wanted(id, value), { self }))
  else
    pipeline.set_one(write.value(self, id, value, options))
  end
  return self
end

local function known_capability(device, id)
  local known = device.record.capabilities
  return known[id] or raise(complaint(device, "not_found", capability.missing(known, id)))
end

--- The known value of a capability, without a request; nil when the hub has none.
---@package
---@param id string
---@return any
function methods:value(id)
  capability.check_id(id)
  local known = known_capability(self, id)
  if not known.getable then
    raise(complaint(self, "invalid", ("%s can only be set, not read."):format(id)))
  end
  return known.value
end

--- The current value of a capability. It is read from the hub, unless events keep the device up to
--- date. Raises: not_found, invalid, request.
---@param id string  a capability
---@return any  homey.null when the hub has no value
function methods:get(id)
  capability.check_id(id)
  local cache = self.home.cache
  if not (cache and cache:knows(self)) then self:refresh() end
  local value = self:value(id)
  if value == nil then return core.null end
  return value
end

--- The facts of a capability. "available" has such facts, too.
--- Raises: not_found, request.
---@param id string  a capability
---@return homey.Capability?  nil when the device does not have the capability
function methods:known(id)
  local record = facts(self)
  local known, of_type = record.capabilities[id], resource_types.device.values[id]
  if known then share(self) end
  if known or not of_type then return known end
  return {
    id = id, type = of_type, value = record[id], getable = true,
    updated = self.since and self.since[id],
  }
end

--- Note that "available" has changed.
---@package
---@param key string
---@param just_now boolean  false: the time of the change is unknown
function methods:changed(key, just_now)
  self.since = self.since or {}
  self.since[key] = just_now and timestamp.text(self.home.scheduler.core_loop:time() * 1000) or nil
end

--- Call f for every report of a capability, or only for those that the options choose.
--- Raises: invalid, not_found, request.
---@param id string  a capability
---@param options? homey.TriggerOptions  may be left out
---@param f fun(value: any, device: homey.Device, event: homey.Event)
---@return homey.Handle
function methods:on(id, options, f)
  return trigger.on_device(self, id, options, f)
end

--- Move a number to another value in small steps: lamp:ramp("dim", 1, "30 min"). The call returns
--- at once, with the task of the ramp: `task:cancel()` stops it, and `task:wait()` returns true
--- when the value was reached. The ramp ends, and wait returns false, when anything else sets the
--- value or switches the device off, and when another ramp of the value starts. A device that is
--- off is switched on, and begins at the bottom of the range.
--- Raises: invalid, not_found, forbidden, unavailable, request.
---@param id string  a capability with a range, such as "dim"
---@param to number|string  the value to reach; "50%" is a part of the range
---@param time number|string  how long it takes, at most a day
---@return homey.Task
function methods:ramp(id, to, time)
  return ramp(self, id, to, time)
end

--- Invert a boolean capability. The request is never repeated. A change that is still being sent
--- counts as the current value, so that two presses in quick succession cancel out. Raises:
--- not_found, invalid, forbidden, unavailable, request.
---@param id? string  "onoff" by default
---@return boolean value  the new value
function methods:toggle(id)
  id = id or "onoff"
  local each = write.relative(self, id, function(_, now)
    if type(now) == "boolean" then return not now end
    return nil, ("%s is %s and cannot be toggled."):format(id, format(now))
  end)
  pipeline.set_one(each)
  return each.value
end

--- The mean of a capability during the last minutes, weighted by time, as a value that follows it.
--- The device is watched from this call on, and its value then counts for the time before. A time
--- in which it is out of reach or has no value is left out.
--- Raises: invalid, not_found, request.
---@param id string  a capability with numbers
---@param window number|string  at least 1 s; "5 min"
---@param how? "mean"|"min"|"max"  "mean" by default; the least or greatest value in that time
---@return homey.Value  nil while nothing is known
function methods:rolling(id, window, how)
  return rolling.over(self, id, window, how)
end

--- How much a capability has changed in the last minutes, as a value that follows it: its value now
--- minus that at the beginning of that time. A time longer than the pause between two reports of
--- the device tells most.
--- Raises: invalid, not_found, request.
---@param id string  a capability with numbers
---@param window number|string  at least 1 s; "1 min"
---@return homey.Value  nil while the device has no value
function methods:rate(id, window)
  return rolling.rate(self, id, window)
end

pipeline.set_device_methods(methods)
arguments.check_methods(Device, methods, "device",
  "get/1 set/3 toggle/1 on/3 refresh/0 ramp/3 rolling/3 rate/2")
return read_only(Device, own, "device:set(%s, %s)")
