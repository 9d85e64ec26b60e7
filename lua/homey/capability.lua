-- What a capability takes, and what is wrong with a value that it does not. Facts in, sentences out.

local lazy = require "homey.lazy"
local named = require "homey.named"
local show = require "homey.show"
local text = require "homey.text"

local near = lazy "homey.near"
local standard = lazy "homey.standard"

local capability = {}

local function number_range(def)
  if def.min and def.max then return ("a number from %s to %s"):format(show(def.min), show(def.max)) end
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

local function is_number(value)
  return type(value) == "number" and value == value and value ~= math.huge and value ~= -math.huge
end

local function in_range(def, value)
  return (not def.min or value >= def.min) and (not def.max or value <= def.max)
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

-- Per type: what it takes in words, whether a value has the type, whether it is one of those allowed.
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

local hair = 1e-9 -- by which numbers differ that are the same

-- Is a number what a device may make of another? It rounds to its own steps. Where none are known, and from 0 to 1
-- whatever they are said to be, it may count from 0 to 100.
local function is_rounded(def, apart)
  local range = def.min and def.max and def.max - def.min or 1
  if def.step and apart < def.step - hair then return true end
  return (not def.step or range == 1) and apart <= range / 100 + hair
end

--- Are two values the same, as far as a device can tell them apart?
---@param def homey.Capability
---@param a any
---@param b any
---@return boolean
function capability.is_near(def, a, b)
  if a == b then return true end
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
  named(id, "a capability is named by text such as 'onoff', not by %s")
end

--- "it has no capability 'dimm'; did you mean 'dim'?"
---@param known table<string, homey.Capability>  those of the device
---@param id string
---@return string
function capability.missing(known, id)
  return ("it has no capability %s"):format(show(id)) .. near.hint(id, near.keys(known))
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

--- What can be said of a value without knowing the device: "send" where the standard definition takes it, "refuse"
--- where no device could, "ask" where it depends on the device. Devices may narrow or widen ranges, never change types.
---@param id string
---@param value any
---@return "send"|"refuse"|"ask" verdict
---@return string? sentence  of a refusal
function capability.judge(id, value)
  local def = standard.capability(id)
  if type(value) == "number" and not is_number(value) then
    return "refuse", capability.refusal({ id = id, type = "number" }, value)
  end
  if not def then return "ask" end
  if not capability.has_type(def, value) then return "refuse", capability.refusal(def, value) end
  return def.settable and capability.accepts(def, value) and "send" or "ask"
end

return capability
