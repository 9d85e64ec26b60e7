-- Write records: what a program asks the hub to change, from the arguments of a call to what became
-- of it. The pipeline passes them on; this file makes them.

local capability_rules = require "homey.model.capability"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local request_path = require "homey.write.request_path"
local show = require "homey.util.format"
local text = require "homey.util.text"

local option_tables = lazy "homey.write.options"
local options = lazy "homey.util.options"

---@class homey.Write
---@field home homey.Home
---@field cause? homey.Cause  the event, or the time, that the running handler was called for
---@field place? string       "evening.lua:12", where it was asked for, as far as no cause tells
---@field at? number          when it is sent, seconds since 1970
---@field entry? integer      its number in the journal
---@field answer? homey.Answer  the hub's
---@field error? homey.Error    why it is not sent
---@field failure? homey.Error  what became of it: nil where it took effect
---@field skipped? boolean      the device has the value: there is nothing to send
---
---  A value of a capability:
---@field device? homey.Device
---@field capability? string
---@field value? any
---@field options? homey.CheckedSetOptions
---@field relative? fun(known: homey.Capability, now: any): any  computes the value
---@field given? string       the text that asks for that: "+10%"
---@field once? boolean       it is never sent twice
---@field batch? homey.Write[]  in which it waits
---@field settled? boolean    its relative value was computed in a batch, and is not computed anew
---@field transaction? string by which its echo is known
---@field group? table        writes of one selection: they fail where none succeeds
---@field retry? homey.Retry  it is tried again where the hub or the device is out of reach
---@field revert? homey.RevertOf  what revert_after sets it back to
---@field restores? boolean   it sets a value back: guards were asked before
---
---  Something that is done to a flow or a variable:
---@field resource? homey.Resource
---@field words? string       what is done: "Guests = 3"
---@field facts? table<string, any>  what will be true of the resource
---@field method? string
---@field path? string
---@field body? any
---@field request? table      options of the request
---@field explain? fun(resource: homey.Resource, err: homey.Error): homey.Error
---@field echo? table         by which its echo is known
---
---  A request by its path, such as homey.put:
---@field raw? homey.RawRequest

---@class homey.RevertOf
---@field value any       the value that it goes back to
---@field seconds number  after which
---@field from any        the value just before
---@field noted? boolean  it is stored
---@field back? homey.Revert  once it is sent

---@class homey.CheckedSetOptions
---@field sent? {duration: integer}  what the hub is told, in ms
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

local escaped = {} -- ids as they stand in a path: they are few, and each is asked for often

local function escape(id)
  local text_of = text.escape(id)
  local fault = request_path.fault("/" .. text_of)
  if fault then invalid("%s: %s is not sent.", fault, show(id)) end
  escaped[id] = text_of
  return text_of
end

local function new(device, capability, value, checked)
  return { -- with room for what it will come to know
    device = device, home = device and device.home, capability = capability, value = value,
    options = checked,
    answer = nil, at = nil, entry = nil,
  }
end

--- One value for one device.
---@param device homey.Device?
---@param capability string
---@param value any
---@param given? homey.SetOptions
---@return homey.Write
function write.value(device, capability, value, given)
  if not escaped[capability] then check_id(capability) end
  return new(device, capability, value, given ~= nil and read_options(given) or nil)
end

--- A value that is computed from the one before.
---@param device homey.Device
---@param capability string
---@param value_of fun(known: homey.Capability, now: any): any
---@return homey.Write
function write.relative(device, capability, value_of)
  local each = write.value(device, capability, nil)
  each.relative, each.once = value_of, true -- sent twice it would come to something else
  return each
end

--- The values that the arguments of a set ask for: set("dim", 0.4, options) or set({ onoff = true,
--- dim = 0.4 }, options).
---@param capability string|table<string, any>
---@param value any
---@param given? homey.SetOptions
---@return homey.Write[]  of no device yet, sorted by capability
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

--- The same for each of some devices.
---@param wanted homey.Write[]
---@param devices homey.Device[]
---@param group? table  to which they belong, where one device that fails is no error
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

--- The same write, as it is before it is sent: the journal keeps the one that was.
---@param each homey.Write
---@return homey.Write
function write.again(each)
  local later = new(each.device, each.capability, each.value, each.options)
  later.retry, later.revert, later.group = each.retry, each.revert, each.group
  -- a step that came to nothing yet: once it has a value, that is what is tried again
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
  local device = escaped[id] or escape(id)
  if not capability then return "/api/manager/devices/device/" .. device end
  return "/api/manager/devices/device/" .. device .. "/capability/"
    .. (escaped[capability] or escape(capability))
end

--- What a write does, for a sentence: "Kitchen/Lamp: onoff = true".
---@param each homey.Write|{device: homey.Device, capability: string, value: any}
---@return string
function write.describe(each)
  if not each.device then return each.words end
  return ("%s: %s = %s"):format(tostring(each.device), each.capability, show(each.value))
end

return write
