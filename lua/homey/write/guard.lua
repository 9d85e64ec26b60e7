-- Guards: homey.guard{...} forbids scripts to change devices such as locks, alarms and sirens,
-- always or at certain hours.
--
-- A guard applies to all scripts of its home, until the script that set it ends or its handle is
-- cancelled. The filter is matched for each write, so that a device that is added later is guarded,
-- too. When the facts that the filter needs cannot be read, the write fails.

local Handle = require "homey.task.handle"
local Scope = require "homey.task.scope"
local caller = require("homey.util.call_site").line
local capability = require "homey.model.capability"
local filter = require "homey.model.filter"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local option_tables = require "homey.write.options"
local options = require "homey.util.options"

local Condition = lazy "homey.time.condition"
local home_location = lazy "homey.model.home_location"
local standard_capabilities = lazy "homey.model.standard_capabilities"

---@class homey.Guards
---@field list homey.Guard[]
local Guards = { __name = "homey.Guards" }
Guards.__index = Guards

local function read_rule(rule)
  rule = options.read(option_tables.guard, rule)
  if (rule.never == nil) == (rule.quiet == nil) then
    invalid("homey.guard takes either never = true, or quiet = \"22:00 - 07:00\".")
  end
  return rule
end

local function list_of(value)
  if type(value) == "table" and getmetatable(value) == nil then return value end
  return { value }
end

local function set_of(value)
  if value == nil then return nil end
  local set = {}
  for _, each in ipairs(list_of(value)) do set[each] = true end
  return set
end

local function is_device(value)
  local class = getmetatable(value)
  return type(class) == "table" and class.kind == "device"
end

local function ids_of(home, refs)
  if refs == nil then return nil end
  local ids = {}
  for _, ref in ipairs(list_of(refs)) do
    ids[(is_device(ref) and ref or home:device(ref)).id] = true
  end
  return ids
end

-- The part of a rule that needs facts of the device.
local function filter_of(rule)
  return { zone = rule.zone, class = rule.class, name = rule.name }
end

---@class homey.Guard
---@field place string   "guards.lua:3"
---@field says string    when it forbids, for the message

local function new_guard(home, rule)
  rule = read_rule(rule)
  local wanted = filter_of(rule)
  local self = {
    place = caller() or "a program", ids = ids_of(home, rule.device),
    capabilities = set_of(rule.capability),
    allowed = rule.allow ~= nil and list_of(rule.allow) or nil, needs_facts = next(wanted) ~= nil,
    needs_zones = wanted.zone ~= nil,
  }
  if self.needs_facts then self.matches = filter.matcher(home.directory, wanted) end
  self.says = "never"
  if rule.quiet then
    self.says, self.quiet = "not in quiet hours, " .. rule.quiet,
      Condition.parse(rule.quiet, "a guard's `quiet`")
    -- Reads the location now rather than at the first write.
    home_location.of(home, self.quiet.needs_sun)
  end
  return self
end

-- Reports whether the guard allows a value. Values are compared by the device's definition of the
-- capability when it is known, else by the system's.
local function is_allowed(self, device, id, value)
  local known = device and device.record and device.record.capabilities[id]
    or standard_capabilities.capability(id)
  for _, each in ipairs(self.allowed) do
    if capability.is_same(known, each, value) then return true end
  end
  return false
end

-- A guard on `onoff` applies to its sub-capabilities such as `onoff.1`, too.
local function binds(self, id)
  return not self.capabilities or self.capabilities[id] or self.capabilities[id:match "^[^.]*"]
end

-- Reports whether the guard applies to any capability of the device.
local function binds_any(self, device)
  if not self.capabilities then return true end
  if not device.record then device:refresh() end
  for id in pairs(device.record.capabilities) do
    if binds(self, id) then return true end
  end
  return false
end

local function applies_to(self, device, id, value)
  if self.ids and not self.ids[device.id] then return false end
  if id and not binds(self, id) or not id and not binds_any(self, device) then return false end
  if value ~= nil and self.allowed and is_allowed(self, device, id, value) then return false end
  if not self.needs_facts then return true end
  if not device.record then device:refresh() end
  if self.needs_zones then device.home.directory:need { "zone" } end
  return self.matches(device)
end

local function holds(self, home)
  if not self.quiet then return true end
  local location = home_location.of(home, self.quiet.needs_sun)
  return self.quiet:holds(home.scheduler.core_loop:time(), location)
end

--- The reason why a guard forbids a value; nil when it is allowed.
---@param device homey.Device
---@param id? string  the capability; nil for a request that may change any capability
---@param value any
---@return string?
function Guards:objection(device, id, value)
  for _, each in ipairs(self.list) do
    if applies_to(each, device, id, value) and holds(each, device.home) then
      return ("the guard at %s forbids it: %s."):format(each.place, each.says)
    end
  end
end

local guard = {}

--- Set up a guard.
---@param home homey.Home
---@param rule homey.GuardRule
---@return homey.Handle
function guard.add(home, rule)
  local one = new_guard(home, rule)
  home.guards = home.guards or setmetatable({ list = {} }, Guards)
  local list = home.guards.list
  list[#list + 1] = one
  return Handle.new(Scope.current(home.scheduler), "guard at " .. one.place, function()
    for i, each in ipairs(list) do
      if each == one then table.remove(list, i) end
    end
    if #list == 0 then home.guards = nil end
  end, home, true)
end

return guard
