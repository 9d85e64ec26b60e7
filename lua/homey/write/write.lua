-- Write records: one change at the hub each, with its arguments, its state and its outcome. This
-- file makes them; the pipeline sends them.

local capability_rules = require "homey.model.capability"
local lazy = require "homey.util.lazy"
local text = require "homey.util.text"

local invalid = lazy "homey.util.invalid"
local request_path = lazy "homey.write.request_path"
local format = lazy "homey.util.format"
local option_tables = lazy "homey.write.options"
local options = lazy "homey.util.options"

---@class homey.Write
---@field home homey.Home
---@field cause? homey.Cause  the event or time for which the running handler was called
---@field place? string       place of the call without a cause: "evening.lua:12"
---@field at? number          when it is sent, seconds since 1970
---@field entry? integer      its number in the journal
---@field answer? homey.Answer  the hub's answer
---@field error? homey.Error    the error for which it was not sent
---@field failure? homey.Error  the error of the outcome; nil: it took effect
---@field skipped? boolean      nothing to send: the device has the value already
---
---  A value of a capability:
---@field device? homey.Device
---@field capability? string
---@field value? any
---@field options? homey.CheckedSetOptions
---@field relative? fun(known: homey.Capability, now: any): any  computes the value
---@field given? string       the text of a relative value: "+10%"
---@field once? boolean       it is never sent twice
---@field batch? homey.Write[]  the batch that will send it
---@field settled? boolean    its relative value is final: it was computed in a batch
---@field transaction? string the id that its echo has, too
---@field sent_at? number     when it was sent, by the monotonic clock; for its echo
---@field told? boolean       its event has been notified, with this value:
---@field told_value? any
---@field group? table        the same for all writes of one selection; see report.lua
---@field retry? homey.Retry  tried again while the hub or the device is out of reach
---@field revert? homey.RevertOf  the revert that follows it
---@field restores? boolean   it is a revert: guards were checked before the first write
---
---  An action on a flow, a card, a variable or any other resource:
---@field resource? any       nil: it concerns no single one
---@field words? string       description of the action: "Guests = 3"
---@field facts? table<string, any>  facts of the resource after the action
---@field expects? any        the resource that it removes, or the kind and name of a new one
---@field action? boolean     the journal has its words, not its facts
---@field method? string
---@field path? string
---@field body? any
---@field request? table      options of the request
---@field explain? fun(resource: homey.Resource?, err: homey.Error): homey.Error
---@field objection? fun(write: homey.Write): homey.Error?  asks the guards
---@field judge? fun(resource: homey.Resource, value: any): homey.Error?  finds a failure in an
---       answer of status 200
---@field echo? table         record of the facts, to recognise the echo
---
---  A request by its path, such as homey.put:
---@field raw? homey.RawRequest

---@class homey.RevertOf
---@field value any       the value to set back to
---@field seconds number  delay before it is set back
---@field from any        the value before the write
---@field noted? boolean  the revert is stored
---@field back? homey.Revert  the running revert, when the write was sent

---@class homey.CheckedSetOptions
---@field sent? {duration: integer}  options for the hub, in ms
---@field revert_after? number  seconds
---@field within? number        seconds
---@field only_if_changed? boolean
---@field strict? boolean

local check_id = capability_rules.check_id

local write = {}

local function read_options(given)
  local checked = options.read(option_tables.set, given)
  if checked.duration then
    checked.sent = { duration = math.floor(checked.duration * 1000 + 0.5) }
  end
  return checked
end

local escaped = {} -- id -> id escaped for a path; the ids are few and used often

local paths = {} -- id of a device -> capability, or "" -> path

local function escape(id)
  if id:find "^[%w_-]+$" then -- nearly always
    escaped[id] = id
    return id
  end
  local text_of = text.escape(id)
  local fault = request_path.fault("/" .. text_of)
  if fault then invalid("%s: %s is not sent.", fault, format(id)) end
  escaped[id] = text_of
  return text_of
end

--- Make the write of one value, from arguments that need no check.
---@param device homey.Device?
---@param capability string  one of `write.known`
---@param value any
---@param checked? homey.CheckedSetOptions
---@return homey.Write
function write.new(device, capability, value, checked)
  return { -- with all fields: the table never grows, and Lua makes none of them later
    device = device, home = device and device.home, capability = capability, value = value,
    options = checked, answer = false, at = false, entry = false, place = false,
  }
end

local new = write.new

--- The ids of capabilities that were written before, so that they need no check.
write.known = escaped

--- Make the write of one value for one device.
---@param device homey.Device?
---@param capability string
---@param value any
---@param given? homey.SetOptions
---@return homey.Write
function write.value(device, capability, value, given)
  if not escaped[capability] then check_id(capability) end
  return new(device, capability, value, given ~= nil and read_options(given) or nil)
end

--- Make the write of a value that is computed from the current one.
---@param device homey.Device
---@param capability string
---@param value_of fun(known: homey.Capability, now: any): any
---@return homey.Write
function write.relative(device, capability, value_of)
  local each = write.value(device, capability, nil)
  each.relative, each.once = value_of, true -- sent twice, it would set another value
  return each
end

--- Make the writes of the arguments of a set: set("dim", 0.4, options) or set({ onoff = true,
--- dim = 0.4 }, options).
---@param capability string|table<string, any>
---@param value any
---@param given? homey.SetOptions
---@return homey.Write[]  without a device, sorted by capability
function write.wanted(capability, value, given)
  if type(capability) ~= "table" then return { write.value(nil, capability, value, given) } end
  local list, checked = {}, value ~= nil and read_options(value) or nil
  for id, each in pairs(capability) do
    check_id(id)
    list[#list + 1] = new(nil, id, each, checked)
  end
  if #list == 0 then invalid("set was given an empty table: name a capability and its value.") end
  table.sort(list, function(a, b) return a.capability < b.capability end)
  return list
end

--- Copy writes for each of several devices.
---@param wanted homey.Write[]
---@param devices homey.Device[]
---@param group? table  the selection's group; see report.lua
---@return homey.Write[]
function write.for_each(wanted, devices, group)
  local list = {}
  for _, device in ipairs(devices) do
    for _, each in ipairs(wanted) do
      local one = new(device, each.capability, each.value, each.options)
      one.group = not (each.options and each.options.strict) and group or nil
      list[#list + 1] = one
    end
  end
  return list
end

--- Copy a write that was sent, to send it again. The journal keeps the original.
---@param each homey.Write
---@return homey.Write
function write.again(each)
  local later = new(each.device, each.capability, each.value, each.options)
  later.retry, later.revert, later.group = each.retry, each.revert, each.group
  -- a relative value without a result yet; when there is a result, the retry sends that
  if each.value == nil then
    later.relative, later.once, later.given = each.relative, each.once, each.given
  end
  return later
end

--- The path of a device, or of one of its capabilities.
---@param id string
---@param capability? string
---@return string
function write.path(id, capability)
  local of_device = paths[id]
  local path = of_device and of_device[capability or ""]
  if path then return path end
  path = "/api/manager/devices/device/" .. (escaped[id] or escape(id))
  if capability then
    path = path .. "/capability/" .. (escaped[capability] or escape(capability))
  end
  paths[id] = of_device or {}
  paths[id][capability or ""] = path
  return path
end

--- Describe a write in a message: "Kitchen/Lamp: onoff = true".
---@param each homey.Write|{device: homey.Device, capability: string, value: any}
---@return string
function write.describe(each)
  if not each.device then return each.words end
  return ("%s: %s = %s"):format(tostring(each.device), each.capability, format(each.value))
end

return write
