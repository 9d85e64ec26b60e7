-- Edge detection: decides when a value starts and stops to meet the options of a trigger. There is
-- one edge for each trigger and device. It needs no clock and no home, so that tests are tables of
-- cases.

local capability = require "homey.model.capability"
local core = require "homey.core"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local format = require "homey.util.format"

local suggest = lazy "homey.util.suggest"

local edge = {}

-- Refuses a value that the capability cannot have.
local function possible(known, name, value, what)
  if not known or not known.type or value == core.null then return end
  local wanted = known.type == "enum" and "string" or known.type
  if type(value) ~= wanted then
    invalid("%s: `%s` is a %s here, not %s.", what, name, wanted, format(value))
  end
  if not known.values then return end
  local names = {}
  for i, each in ipairs(known.values) do
    if each.id == value then return end
    names[i] = tostring(each.id)
  end
  invalid("%s: `%s` is never %s%s", what, name, format(value), suggest.hint(value, names))
end

local function values_of(value)
  return type(value) == "table" and value or { value }
end

--- Refuse options that contradict each other or the capability.
---@param options homey.EdgeOptions
---@param known? homey.Capability
---@param what string  the trigger, for the message
function edge.check(options, known, what)
  if options.hysteresis and not (options.above or options.below) then
    invalid("%s: `hysteresis` goes with `above` or `below`.", what)
  end
  if options.above and options.below and options.above >= options.below then
    invalid("%s: nothing is above %s and below %s.", what, format(options.above),
      format(options.below))
  end
  local bounded = options.above or options.below
  if bounded and (options.to ~= nil or options.from ~= nil) then
    invalid("%s: `above` and `below` do not go with `to` and `from`.", what)
  end
  if bounded and known and known.type and known.type ~= "number" then
    invalid("%s: `%s` needs a number, and this is a %s.", what,
      options.above and "above" or "below", known.type)
  end
  for _, name in ipairs { "to", "from" } do
    if options[name] ~= nil then
      for _, value in ipairs(values_of(options[name])) do possible(known, name, value, what) end
    end
  end
end

local function is_any(known, value, wanted)
  if value == nil then value = core.null end
  if type(wanted) ~= "table" then return capability.is_same(known, wanted, value) end
  for i = 1, #wanted do
    if capability.is_same(known, wanted[i], value) then return true end
  end
  return false
end

local function within(options, value, slack)
  if type(value) ~= "number" then return false end
  local above, below = options.above and options.above - slack,
    options.below and options.below + slack
  return (not above or value > above and not capability.is_close(value, above)) and
    (not below or value < below and not capability.is_close(value, below))
end

--- Reports whether options name no value, so that every report counts.
---@param options homey.EdgeOptions
---@return boolean
function edge.is_plain(options)
  return options.above == nil and options.below == nil and options.to == nil
    and options.from == nil
end

local Edge = {}
Edge.__index = Edge

--- Make an edge.
---@param options homey.EdgeOptions
---@param value any      the current value
---@param lasting boolean  false: the value is only reported, such as a button's
---@param known? homey.Capability  defines how values are compared
function edge.new(options, value, lasting, known)
  local self = setmetatable({ options = options, lasting = lasting, known = known }, Edge)
  self.bounded = options.above ~= nil or options.below ~= nil
  self.plain = edge.is_plain(options)
  self.inside = self:holds(value)
  return self
end

--- Reports whether a value meets the options.
---@param value any
---@return boolean
function Edge:holds(value)
  local options = self.options
  if self.bounded then return within(options, value, 0) end
  if options.to ~= nil then return is_any(self.known, value, options.to) end
  return options.from == nil or not is_any(self.known, value, options.from)
end

local function enter_bounds(self, value)
  local inside = within(self.options, value, self.inside and self.options.hysteresis or 0)
  local began, ended = inside and not self.inside, self.inside and not inside
  self.inside = inside
  return began, ended
end

-- With `from` alone, each change from one of the values of `from` counts, also a change to another
-- of them. The condition ends when one of them is reported again.
local function leave_value(self, old, value, changed)
  if not changed then return false, false end
  local began = is_any(self.known, old, self.options.from)
  local ended = began or is_any(self.known, value, self.options.from)
  self.inside = began or not ended and self.inside
  return began, ended
end

local function has_changed(self, old, value)
  return not self.lasting or not capability.is_same(self.known, old, value)
end

local function enter_value(self, old, value)
  local options, known = self.options, self.known
  if options.to == nil then return leave_value(self, old, value, has_changed(self, old, value)) end
  local holds = is_any(known, value, options.to)
  self.inside = holds
  if not holds then return false, true end
  local began = has_changed(self, old, value)
    and (options.from == nil or is_any(known, old, options.from))
  return began, began
end

--- Apply a reported value.
---@param old any
---@param value any
---@return boolean began  the value has started to meet the options
---@return boolean ended  the value no longer meets them
function Edge:enter(old, value)
  if self.plain then return true, true end
  if self.bounded then return enter_bounds(self, value) end
  return enter_value(self, old, value)
end

return edge
