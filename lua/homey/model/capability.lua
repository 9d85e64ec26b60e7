-- Capabilities: check a value by type, range or list of values, compare values, and word the
-- refusal of a value.

local lazy = require "homey.util.lazy"
local arguments = require "homey.util.arguments"
local number_text = require "homey.util.number_text"
local text = require "homey.util.text"

local format = lazy "homey.util.format"
local suggest = lazy "homey.util.suggest"
local standard_capabilities = lazy "homey.model.standard_capabilities"

local capability = {}

local function number_range(def)
  if def.min and def.max then
    return ("a number from %s to %s"):format(format(def.min), format(def.max))
  end
  if def.min then return ("a number of %s or more"):format(format(def.min)) end
  if def.max then return ("a number of %s or less"):format(format(def.max)) end
  return "a number"
end

local function enum_choice(def)
  local ids = {}
  for i, each in ipairs(def.values or {}) do ids[i] = format(each.id) end
  if #ids == 0 then return "the id of one of its values" end
  if #ids == 1 then return ids[1] end
  local last = table.remove(ids)
  return table.concat(ids, ", ") .. " or " .. last
end

local is_number = number_text.is_finite

local tolerance = 1e-9 -- relative difference at which computed numbers count as equal

--- Reports whether two numbers are equal up to rounding errors: 0.1 + 0.2 equals 0.3.
---@param a number
---@param b number
---@return boolean
function capability.is_close(a, b)
  return a == b or math.abs(a - b) <= tolerance * math.max(1, math.abs(a), math.abs(b))
end

local is_close = capability.is_close

local function in_range(def, value)
  return (not def.min or value >= def.min or is_close(value, def.min)) and
    (not def.max or value <= def.max or is_close(value, def.max))
end

local function in_values(def, value)
  if not def.values then return true end
  for _, each in ipairs(def.values) do
    if each.id == value then return true end
  end
  return false
end

local function text_wanted(_, value)
  return type(value) == "string" and "text in UTF-8" or "text"
end

-- By type: a function that describes the accepted values, one that tests the type, and one that
-- tests whether the value is allowed.
local types = {
  boolean = {
    function() return "true or false" end,
    function(value) return value == true or value == false end,
  },
  number = { number_range, is_number, in_range },
  string = { text_wanted, function(v) return type(v) == "string" and text.is_utf8(v) end },
  enum = { enum_choice, function(v) return type(v) == "string" end, in_values },
}

--- Describe the values that a capability accepts.
---@param def homey.Capability
---@param value? any  the refused value
---@return string
function capability.takes(def, value)
  local row = types[def.type]
  return row and row[1](def, value) or "a value"
end

--- Reports whether a value has the type of the capability. An unknown type accepts any value.
---@param def homey.Capability
---@param value any
---@return boolean
function capability.has_type(def, value)
  local row = types[def.type]
  return not row or row[2](value)
end

--- Reports whether the capability accepts a value.
---@param def homey.Capability
---@param value any
---@return boolean
function capability.accepts(def, value)
  if (value == true or value == false) and def.type == "boolean" then return true end
  local row = types[def.type]
  return not row or row[2](value) and (not row[3] or row[3](def, value))
end

--- Fit a value to the range, as it will be sent: a number that exceeds a bound only by a rounding
--- error becomes the bound.
---@param def homey.Capability?
---@param value any  a value that the capability accepts
---@return any
function capability.fit(def, value)
  if not def or type(value) ~= "number" then return value end
  if def.min and value < def.min and is_close(value, def.min) then return def.min end
  if def.max and value > def.max and is_close(value, def.max) then return def.max end
  return value
end

-- A decimal number with an optional sign and percent sign.
local signed_number = "^([+-]?)(%d+%.?%d*)(%%?)$"

local function not_relative(def, given)
  local why = def.type == "number" and "has not both a least and a greatest value" or "is no number"
  return nil, nil, ("%s %s, so that %s means nothing for it."):format(def.id, why, format(given))
end

--- Reports whether a text may be a part of a range or a step: "50%", "+10%", "-0.1".
---@param given string
---@return boolean
function capability.is_relative(given)
  local sign, _, percent = given:match(signed_number)
  return sign ~= nil and sign .. percent ~= ""
end

--- Interpret a text for a number. "50%" is a part of the range; "+10%" and "-10%" are steps of a
--- part of the range; "+0.1" and "-0.1" are steps when the range has no negative values, else
--- values. Any other value is returned unchanged.
---@param def homey.Capability
---@param given any
---@return any value      the value to set; nil for a step
---@return number? step   the amount to add to the current value
---@return string? sentence  the reason for a refusal
function capability.read(def, given)
  if type(given) ~= "string" or def.type == "string" or def.type == "enum" then return given end
  if not capability.is_relative(given) then return given end
  local sign, digits, percent = given:match(signed_number)
  local number = number_text.read(digits)
  if percent ~= "" then
    if def.type ~= "number" or not (def.min and def.max) then return not_relative(def, given) end
    number = number / 100 * (def.max - def.min)
  elseif def.type ~= "number" then
    return given
  elseif not def.min or def.min < 0 then
    return sign == "-" and -number or number
  end
  if sign == "" then return def.min + number end
  return nil, sign == "-" and -number or number
end

-- Rounds to nine decimals: 0.7 + 0.1 becomes 0.8, not 0.7999999999999999. Beyond a million
-- the ninth decimal is not exact, so the number stays as it is.
local function without_noise(value)
  if value ~= value or value > 1e6 or value < -1e6 then return value end
  return math.floor(value * 1e9 + 0.5) / 1e9
end

--- Add a step to a value, within the range of the capability.
---@param def homey.Capability
---@param value number
---@param step number
---@return number
function capability.stepped(def, value, step)
  value = without_noise(value + step)
  if def.min and value < def.min then return def.min end
  if def.max and value > def.max then return def.max end
  return value
end

-- The smallest difference between values of a capability; nil when it is not known.
local function grid_of(def)
  if def.step and def.step > 0 then return def.step end
  return def.decimals and def.decimals >= 0 and def.decimals < 16 and 10 ^ -def.decimals or nil
end

local function is_same_number(def, a, b)
  if is_close(a, b) then return true end
  local grid = def and grid_of(def)
  return grid ~= nil and math.floor(a / grid + 0.5) == math.floor(b / grid + 0.5)
end

--- Reports whether two values are the same. Numbers are the same when they differ only by a
--- rounding error, or are equal after rounding to the step or decimals of the capability. A
--- device's reading of a value that was set is the same as that value. Triggers, waits, guards and
--- `only_if_changed` all compare values with this function.
---@param def? homey.Capability  nil: not a capability, such as the value of a variable
---@param a any
---@param b any
---@return boolean
function capability.is_same(def, a, b)
  if a == b then return true end
  if a == true or a == false or not (is_number(a) and is_number(b)) then return false end
  local pair = def and def.reading
  if pair and a == pair.reading then a = pair.set end
  if pair and b == pair.reading then b = pair.set end
  return is_same_number(def, a, b)
end

-- part of the range by which the report of a device without a step may differ from the value set
local misread = 0.02

--- Reports whether a device's report may be its reading of a value that was set. Devices round in
--- their own ways: 0.4016 for 0.4, 49% for 50%.
---@param def homey.Capability
---@param report any
---@param set any
---@return boolean
function capability.is_reading(def, report, set)
  if not (is_number(report) and is_number(set)) then return false end
  local most = def.step or def.min and def.max and (def.max - def.min) * misread or grid_of(def)
    or 0
  return math.abs(report - set) <= most + tolerance
end

-- Reports whether a device may have rounded one number to another, by its own steps. A device whose
-- steps are not known, or whose range is 0 to 1, may use 100 steps.
local function is_rounded(def, apart)
  local range = def.min and def.max and def.max - def.min or 1
  if def.step and apart < def.step - tolerance then return true end
  return (not def.step or range == 1) and apart <= range / 100 + tolerance
end

--- Reports whether two values are the same after the rounding of a device.
---@param def homey.Capability
---@param a any
---@param b any
---@return boolean
function capability.is_near(def, a, b)
  if capability.is_same(def, a, b) then return true end
  return is_number(a) and is_number(b) and is_rounded(def, math.abs(a - b))
end

--- "dim takes a number from 0 to 1, not 'high'."
---@param def homey.Capability
---@param value any
---@return string
function capability.refusal(def, value)
  return ("%s takes %s, not %s."):format(def.id, capability.takes(def, value), format(value))
end

--- Refuse a value that cannot be the id of a capability.
---@param id any
function capability.check_id(id)
  arguments.check_name(id, "a capability is named by text such as 'onoff', not by ")
end

--- "it has no capability 'dimm'; did you mean 'dim'?"
---@param known table<string, homey.Capability>  the capabilities of the device
---@param id string
---@return string
function capability.missing(known, id)
  return ("it has no capability %s"):format(format(id)) .. suggest.hint(id, suggest.keys(known))
end

--- The reason not to set a capability to a value; nil when it may be set.
---@param known table<string, homey.Capability>  the capabilities of the device
---@param id string
---@param value any
---@return homey.Kind? kind
---@return string? sentence
function capability.objection(known, id, value)
  local def = known[id]
  if not def then return "not_found", capability.missing(known, id) end
  if not def.settable then return "invalid", ("%s can only be read, not set."):format(id) end
  if not capability.accepts(def, value) then return "invalid", capability.refusal(def, value) end
end

--- Judge a value without the facts of the device: "send" when the standard definition accepts it,
--- "refuse" when no device can accept it, "ask" when it depends on the device. An app may use an id
--- of the system with another type, so the catalog is only a default.
---@param id string
---@param value any
---@return "send"|"refuse"|"ask" verdict
---@return string? sentence  the reason for a refusal
function capability.judge(id, value)
  local def = standard_capabilities.capability(id)
  local is_flag = value == true or value == false
  if not is_flag and type(value) == "number" and not is_number(value) then
    return "refuse", capability.refusal({ id = id, type = "number" }, value)
  end
  return def and def.settable and capability.accepts(def, value) and "send" or "ask"
end

return capability
