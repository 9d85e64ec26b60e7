-- Capabilities: which values they take (type, range, list of values), how values are compared, and
-- the messages for values that are refused.

local lazy = require "homey.util.lazy"
local arguments = require "homey.util.arguments"
local number_text = require "homey.util.number_text"
local show = require "homey.util.format"
local text = require "homey.util.text"

local suggest = lazy "homey.util.suggest"
local standard = lazy "homey.model.standard_capabilities"

local capability = {}

local function number_range(def)
  if def.min and def.max then
    return ("a number from %s to %s"):format(show(def.min), show(def.max))
  end
  if def.min then return ("a number of %s or more"):format(show(def.min)) end
  if def.max then return ("a number of %s or less"):format(show(def.max)) end
  return "a number"
end

local function enum_choice(def)
  local ids = {}
  for i, each in ipairs(def.values or {}) do ids[i] = show(each.id) end
  if #ids == 0 then return "the id of one of its values" end
  if #ids == 1 then return ids[1] end
  local last = table.remove(ids)
  return table.concat(ids, ", ") .. " or " .. last
end

local is_number = number_text.is_finite

local tolerance = 1e-9 -- relative, of numbers that were computed: 0.1 + 0.2 is 0.3

--- Are two numbers the same, as far as computing can tell? 0.1 + 0.2 is 0.3.
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

-- Per type: what it takes in words, whether a value has the type, whether it is one of those
-- allowed.
local types = {
  boolean = { function() return "true or false" end, function(v) return type(v) == "boolean" end },
  number = { number_range, is_number, in_range },
  string = { text_wanted, function(v) return type(v) == "string" and text.is_utf8(v) end },
  enum = { enum_choice, function(v) return type(v) == "string" end, in_values },
}

--- What a capability takes, in words.
---@param def homey.Capability
---@param value? any  that it does not take
---@return string
function capability.takes(def, value)
  local row = types[def.type]
  return row and row[1](def, value) or "a value"
end

--- Has the value the type of the capability? A type that we do not know takes anything.
---@param def homey.Capability
---@param value any
---@return boolean
function capability.has_type(def, value)
  local row = types[def.type]
  return not row or row[2](value)
end

--- Does the capability take this value?
---@param def homey.Capability
---@param value any
---@return boolean
function capability.accepts(def, value)
  local row = types[def.type]
  return not row or row[2](value) and (not row[3] or row[3](def, value))
end

--- The value as it is sent: what lies beyond a bound by no more than computing makes of it is that
--- bound.
---@param def homey.Capability?
---@param value any  that the capability accepts
---@return any
function capability.fit(def, value)
  if not def or type(value) ~= "number" then return value end
  if def.min and value < def.min and is_close(value, def.min) then return def.min end
  if def.max and value > def.max and is_close(value, def.max) then return def.max end
  return value
end

-- A number as people write it, digits and a point, with its sign and a percent sign.
local signed_number = "^([+-]?)(%d+%.?%d*)(%%?)$"

local function not_relative(def, given)
  local why = def.type == "number" and "has not both a least and a greatest value" or "is no number"
  return nil, nil, ("%s %s, so that %s means nothing for it."):format(def.id, why, show(given))
end

--- May a text mean a part of a range or a step: "50%", "+10%", "-0.1"?
---@param given string
---@return boolean
function capability.is_relative(given)
  local sign, _, percent = given:match(signed_number)
  return sign ~= nil and sign .. percent ~= ""
end

--- What a text asks of a number: "50%" of its range, "+10%" or "-10%" of the range more or less,
--- "+0.1" or "-0.1" more or less where no value is below zero (else that is the value itself). Any
--- other value is what it is.
---@param def homey.Capability
---@param given any
---@return any value      to be set; nil where it is a step
---@return number? step   by which the value that holds then is changed
---@return string? sentence  what is wrong
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

-- 0.7 and 0.1 are 0.8, not 0.7999999999999999. Beyond a million the ninth decimal is noise itself.
local function without_noise(value)
  if value ~= value or value > 1e6 or value < -1e6 then return value end
  return math.floor(value * 1e9 + 0.5) / 1e9
end

--- A value that is so much more than another, within the range of the capability.
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

-- The smallest difference that a capability knows; nil where it knows none.
local function grid_of(def)
  if def.step and def.step > 0 then return def.step end
  return def.decimals and def.decimals >= 0 and def.decimals < 16 and 10 ^ -def.decimals or nil
end

local function is_same_number(def, a, b)
  if is_close(a, b) then return true end
  local grid = def and grid_of(def)
  return grid ~= nil and math.floor(a / grid + 0.5) == math.floor(b / grid + 0.5)
end

--- Are two values the same? Numbers are after rounding to the capability's step or decimals, or
--- where they differ by no more than computing makes of them; and a device's reading of a value
--- that was set is that value. The one comparison of values: triggers, waits, guards and
--- `only_if_changed` use it.
---@param def? homey.Capability  nil: of no capability, such as a variable's
---@param a any
---@param b any
---@return boolean
function capability.is_same(def, a, b)
  if a == b then return true end
  if not (is_number(a) and is_number(b)) then return false end
  local pair = def and def.reading
  if pair and a == pair.reading then a = pair.set end
  if pair and b == pair.reading then b = pair.set end
  return is_same_number(def, a, b)
end

-- of the range, by which a device without a step may read a value otherwise than it was set
local misread = 0.02

--- May a device's report be its reading of a value that was set? It rounds in its own way: 0.4016
--- for 0.4, 49% for 50%.
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

-- Is a number what a device may make of another? It rounds to its own steps. Where none are known,
-- and from 0 to 1 whatever they are said to be, it may count from 0 to 100.
local function is_rounded(def, apart)
  local range = def.min and def.max and def.max - def.min or 1
  if def.step and apart < def.step - tolerance then return true end
  return (not def.step or range == 1) and apart <= range / 100 + tolerance
end

--- Are two values the same, as far as a device can tell them apart?
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
  return ("%s takes %s, not %s."):format(def.id, capability.takes(def, value), show(value))
end

--- Refuse what can be no capability's id.
---@param id any
function capability.check_id(id)
  arguments.check_name(id, "a capability is named by text such as 'onoff', not by ")
end

--- "it has no capability 'dimm'; did you mean 'dim'?"
---@param known table<string, homey.Capability>  those of the device
---@param id string
---@return string
function capability.missing(known, id)
  return ("it has no capability %s"):format(show(id)) .. suggest.hint(id, suggest.keys(known))
end

--- What is wrong with setting a capability to a value; nothing when all is well.
---@param known table<string, homey.Capability>  those of the device
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

--- What can be said of a value without knowing the device: "send" where the standard definition
--- takes it, "refuse" where no device could, "ask" where it depends on the device. An app may give
--- an id of the system a type of its own: the catalog is a default.
---@param id string
---@param value any
---@return "send"|"refuse"|"ask" verdict
---@return string? sentence  of a refusal
function capability.judge(id, value)
  local def = standard.capability(id)
  if type(value) == "number" and not is_number(value) then
    return "refuse", capability.refusal({ id = id, type = "number" }, value)
  end
  return def and def.settable and capability.accepts(def, value) and "send" or "ask"
end

return capability
