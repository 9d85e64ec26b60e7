-- Devices: lamps, locks, sensors. A device is made of an id alone; its facts are read when they are
-- needed, and kept with the time of the reading. A value is checked by the known facts; before it
-- is refused by old ones, the device is read again.

local arguments = require "homey.util.arguments"
local capability = require "homey.model.capability"
local core = require "homey.core"
local fiber = require "homey.task.fiber"
local lazy = require "homey.util.lazy"
local new_error = require "homey.error"
local pipeline = require "homey.write.pipeline"
local raise = require "homey.util.raise"
local records = require "homey.model.record"
local reading = require "homey.model.reading"
local sealed = require "homey.util.read_only"
local show = require "homey.util.format"
local try = require "homey.task.try"
local verdict = require "homey.util.answer_status"
local visible = require("homey.util.text").visible
local write = require "homey.write.write"

local standard = lazy "homey.model.standard_capabilities"
local trigger = lazy "homey.automation.trigger"
local slip = lazy "homey.util.unknown_name"
local normalize = lazy "homey.model.normalize"

local fresh = 5 -- seconds for which facts are good enough to refuse by

---@class homey.Device
---@field id string             its id at the hub
---@field name string           its name
---@field zone? homey.Zone      the zone that it is in
---@field class? string          "light", "sensor"
---@field virtual_class? string  what its owner says it is
---@field capabilities table<string, homey.Capability>  with the values of the last reading
---@field available boolean     it is in reach
---@field unavailable_message? string  why it is not
---@field warning_message? string  a warning of its app
---@field driver_id? string     the driver that it belongs to
---@field owner_uri? string       the app that it belongs to
---@field note? string            a note of its owner
---@field ready boolean           its app has started it
---@field home homey.Home      the home that it is in
---@field package record homey.DeviceFacts|false  what the hub last told of it
local methods = {}
local Device = { __name = "homey.Device", kind = "device" }

--- A device of a home; no request is made.
---@package
---@param home homey.Home
---@param id string
---@return homey.Device
function Device.new(home, id)
  return setmetatable({
    home = home, id = id, record = false, read_at = false, gone = false, heard = false,
    readings = false,
    sending = false,
  }, Device)
end

--- Is this a device?
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

-- Its name in a message; makes no request.
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

local function read_field(device, key)
  local record = facts(device)
  if key == "zone" then return zone_of(device) end
  return record[key]
end

local field_names = [[name zone class virtual_class capabilities available unavailable_message warning_message driver_id
  owner_uri note ready]]
local fields = {}
for name in field_names:gmatch("%S+") do fields[name] = true end

local own = "record read_at heard gone sending readings" -- what the module keeps in a device
local typed = field_names .. " id home get set toggle on refresh known"

function Device.__index(device, key)
  local method = methods[key]
  if method then return method end
  if not fields[key] then return slip("a device", key, typed, own) end
  if device.record then return read_field(device, key) end
  return fiber.from_metamethod(read_field, device, key)
end

function Device.__tostring(device)
  return label(device)
end

function Device.__concat(a, b)
  return tostring(a) .. tostring(b)
end

local function keep(old, new)
  if old and new then new.value, new.updated = old.value, old.updated end
end

-- Keeps all facts but the values.
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
---@param now? number    what the scheduler's clock says, for a caller with many
---@param asked? number  time of the request: events since then are newer
---@param newer? boolean  so are the other facts
---@param report? homey.Report
---@return homey.DeviceFacts
function methods:learn(raw, now, asked, newer, report)
  local record, before = normalize.device(raw, nil, report), self.record
  for id, at in pairs(asked and before and self.heard or {}) do
    if at >= asked then keep(before.capabilities[id], record.capabilities[id]) end
  end
  if newer and before then keep_facts(before, record) end
  reading.match_record(self, record)
  self.record, self.read_at = record, now or self.home.scheduler.core_loop:now()
  return record
end

--- Apply what the hub has sent by itself of a changed device. Values of known capabilities are not
--- used: they have events of their own.
---@package
---@param raw table
---@param report? homey.Report
function methods:learn_record(raw, report)
  local record = normalize.device(raw, self.record or nil, report)
  for id, old in pairs(self.record and self.record.capabilities or {}) do
    keep(old, record.capabilities[id])
  end
  reading.match_record(self, record)
  self.record, self.read_at = record, self.read_at or self.home.scheduler.core_loop:now()
end

--- Apply the answer to a reading of the device.
---@package
---@param answer homey.Answer
---@param asked? number  when it was asked for
---@return homey.Error? err  why there are none
function methods:received(answer, asked)
  local err, raw = answer.error, answer.value
  if verdict(err) == 404 then return self.home.directory:unknown("device", self.id) end
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
  -- for the label alone
  if device.record then try(device.home.directory.need, device.home.directory, { "zone" }) end
  return new_error(kind, ("%s: %s"):format(label(device), sentence), fields_of)
end

--- An error that names the device: "Kitchen/Lamp: it is unavailable".
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

-- What the facts at hand have against a value.
local function known_objection(device, id, value)
  local kind, sentence = capability.objection(device.record.capabilities, id, value)
  if kind then return kind, sentence end
  if not device.record.available then return "unavailable", unavailable(device.record) end
end

-- Nothing is known of the device: what the system says of the capability must do, or the device is
-- read.
local function judge_blindly(device, id, value)
  local judgement, sentence = capability.judge(id, value)
  if judgement == "refuse" then return complaint(device, "invalid", sentence) end
  if judgement == "send" then return nil end
  device:refresh()
  local kind, why = known_objection(device, id, value)
  return kind and complaint(device, kind, why)
end

-- The same by facts that are fresh. What a device never took is refused by old ones, too, where it
-- cannot be read.
local function fresh_objection(device, id, value, kind, why)
  local _, err = try(device.refresh, device)
  if not err then return known_objection(device, id, value) end
  if kind ~= "invalid" then raise(err) end
  return kind, why
end

--- Why a value must not be sent; nothing when it may. Reads the device where that takes facts which
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

--- A value as it is sent, by what is known of the capability.
---@package
---@param id string
---@param value any  that the device takes
---@return any
function methods:fit(id, value)
  if type(value) ~= "number" then return value end
  return capability.fit(self.record and self.record.capabilities[id] or standard.capability(id),
    value)
end

-- Statuses by which a hub says no to the value or the device, and not to the caller.
local refusals = {
  [400] = true, [404] = true, [409] = true, [422] = true, [500] = true, [503] = true,
}

--- A failure of the hub in the words of the device's own facts, where those tell more.
---@package
---@param id string  of the capability
---@param value any
---@param err homey.Error
---@param ask boolean  may the device be read for it?
---@return homey.Error
function methods:explain(id, value, err, ask)
  if not refusals[verdict(err)] then return err end
  local known, trouble, kind, why
  if ask then known, trouble = try(self.refresh, self) end
  if verdict(trouble) == 404 then return trouble end
  if known then kind, why = known_objection(self, id, value) end
  return complaint(self, kind or err.kind, why or err.message, { status = err.status })
end

--- Note that the hub took a value.
---@package
---@param each homey.Write
---@param reply any
function methods:took(each, reply)
  local value = normalize.answered(reply, each.value)
  if self.home.cache then
    return self.home.cache:took(each, value, type(reply) == "table" and reply or nil)
  end
  local known = self.record and self.record.capabilities[each.capability]
  if known then known.value = value end
  reading.note_set(self, each, value)
end

--- Set a capability, or several: lamp:set("dim", 0.4), lamp:set{ onoff = true, dim = 0.4 }. A value
--- that the device does not take is refused before anything is sent. For a number with a range,
--- "50%" is a part of the range; "+10%", "-10%", "+0.1" and "-0.1" are steps from the present value
--- (where it may be negative, a signed number is the value itself). Raises: invalid, not_found,
--- forbidden, unavailable, rate_limited, request.
---@param id string|table<string, any>  a capability, or values by capability
---@param value any                     or the options, after a table
---@param options? homey.SetOptions
---@return homey.Device self
function methods:set(id, value, options)
  if type(id) == "table" then
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

--- The value of a capability by the facts at hand; nil where the hub knows none.
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

--- The present value of a capability. It is asked of the hub, unless the hub sends events of this
--- device. Raises: not_found, invalid, request.
---@param id string  a capability
---@return any  homey.null where the hub knows none
function methods:get(id)
  capability.check_id(id)
  local cache = self.home.cache
  if not (cache and cache:knows(self)) then self:refresh() end
  local value = self:value(id)
  if value == nil then return core.null end
  return value
end

--- The facts of a capability.
--- Raises: not_found, request.
---@param id string  a capability
---@return homey.Capability?  nil where the device has no such capability
function methods:known(id)
  return facts(self).capabilities[id]
end

--- Call f for every report of a capability, or for what the options say.
--- Raises: invalid, not_found, request.
---@param id string  a capability
---@param options? homey.TriggerOptions  may be left out
---@param f fun(value: any, device: homey.Device, event: homey.Event)
---@return homey.Handle
function methods:on(id, options, f)
  return trigger.on_device(self, id, options, f)
end

--- Invert a boolean capability. It is never sent twice. A change that is on its way to the device
--- counts, so that two presses in quick succession cancel out. Raises: not_found, invalid,
--- forbidden, unavailable, request.
---@param id? string  "onoff" by default
---@return boolean value  the new value
function methods:toggle(id)
  id = id or "onoff"
  local each = write.relative(self, id, function(_, now)
    if type(now) == "boolean" then return not now end
    return nil, ("%s is %s and cannot be toggled."):format(id, show(now))
  end)
  pipeline.set_one(each)
  return each.value
end

arguments.check_methods(Device, methods, "device", "get/1 set/3 toggle/1 on/3 refresh/0")
return sealed(Device, own, "device:set(%s, %s)")
