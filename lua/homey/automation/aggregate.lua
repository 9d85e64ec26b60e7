-- Aggregates: one value of all devices that match a filter, such as their average. Devices that are
-- out of reach or have no value are left out; devices that start to match are included.

local Cache = require "homey.realtime.cache"
local Value = require "homey.automation.value"
local capability = require "homey.model.capability"
local edge = require "homey.automation.edge"
local filter = require "homey.model.filter"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local known_facts = require "homey.model.known"
local lazy = require "homey.util.lazy"
local option_reader = require "homey.util.options"
local option_tables = require "homey.automation.options"

local members = lazy "homey.automation.members"
local standard_capabilities = lazy "homey.model.standard_capabilities"
local suggest = lazy "homey.util.suggest"

-- ---- reductions ---------------------------------------------------------------------------------

local function sum(values)
  local total = 0
  for _, value in ipairs(values) do total = total + value end
  return total
end

local function extreme(is_beyond)
  return function(values)
    local found = values[1]
    for _, value in ipairs(values) do
      if is_beyond(value, found) then found = value end
    end
    return found
  end
end

local function count(values, matches)
  local n = 0
  for _, value in ipairs(values) do
    if matches(value) then n = n + 1 end
  end
  return n
end

-- By name: a function of a list of values and a test; whether it needs numbers (without values its
-- result is nil); and the type of its result, if that differs from the type of the values.
local ways = {
  average = { function(values) return sum(values) / #values end, numeric = true },
  sum = { sum, numeric = true },
  min = { extreme(function(a, b) return a < b end), numeric = true },
  max = { extreme(function(a, b) return a > b end), numeric = true },
  count = { count, type = "number" },
  any = { function(values, matches) return count(values, matches) > 0 end, type = "boolean" },
  all = {
    function(values, matches) return #values > 0 and count(values, matches) == #values end,
    type = "boolean",
  },
}

-- ---- the values of devices ----------------------------------------------------------------------

local function value_of(device, id)
  local record = device.record
  if not (record and record.available) then return nil end
  local known = record.capabilities[id]
  return known and known.value
end

local function values_of(devices, id, numeric)
  local values = {}
  for _, device in ipairs(devices) do
    local value = value_of(device, id)
    if value ~= nil and (not numeric or type(value) == "number") then
      values[#values + 1] = value
    end
  end
  return values
end

-- Returns the time of the latest report of the devices: the aggregate has not changed since.
local function last_update(devices, id)
  local latest, newest
  for _, device in ipairs(devices) do
    local known = device.record and device.record.capabilities[id]
    local at = known and known_facts.ms(known)
    if at and not (latest and latest >= at) then latest, newest = at, known end
  end
  return newest and known_facts.text(newest)
end

-- ---- checks -------------------------------------------------------------------------------------

-- The definition of a capability: of a device that has it, else that of the system.
local function definition(devices, id)
  for _, device in ipairs(devices) do
    local known = known_facts.all(device)[id]
    if known then return known end
  end
  return standard_capabilities.capability(id) or { id = id }
end

local function check_numeric(def, what)
  if not def.type or def.type == "number" then return end
  invalid("%s takes a capability with numbers, and %s is a %s: `count`, `any` and `all` take it.",
    what, def.id, def.type)
end

-- Makes a test from the argument `match`: a value, or { above = 20 }. It defaults to true for a
-- boolean.
local function matcher(def, wanted, what)
  if wanted == nil and def.type == "boolean" then wanted = true end
  if wanted == nil then
    invalid("%s takes the value to look for, or a table such as { above = 20 }.", what)
  end
  local is_table = type(wanted) == "table" and getmetatable(wanted) == nil
  local options = is_table and option_reader.read(option_tables.match, wanted, what)
    or { to = wanted }
  if next(options) == nil then
    invalid("%s takes one of `to`, `above` and `below` in its table.", what)
  end
  edge.check(options, def, what)
  local test = edge.new(options, nil, true, def)
  return function(value) return test:holds(value) end
end

-- ---- as text ------------------------------------------------------------------------------------

local function text_of(value)
  if type(value) ~= "table" then return format(value) end
  if getmetatable(value) then return tostring(value) end
  local parts = {}
  for i, each in ipairs(value) do parts[i] = text_of(each) end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

local function describe(wanted, way, id)
  local parts = {}
  for _, key in ipairs(suggest.keys(wanted)) do
    parts[#parts + 1] = key .. " = " .. text_of(wanted[key])
  end
  local of = #parts > 0 and "{ " .. table.concat(parts, ", ") .. " }" or ""
  return ("devices%s:%s('%s')"):format(of, way, id)
end

-- ---- the value ----------------------------------------------------------------------------------

local aggregate = {}

--- A value of all devices that match a filter.
---@param home homey.Home
---@param wanted homey.Filter
---@param read fun(devices: homey.Device[])  reads devices that events do not keep current
---@param way "average"|"sum"|"min"|"max"|"count"|"any"|"all"
---@param id string      a capability
---@param match? any     of count, any and all: the value to look for, or { above = 20 }
---@return homey.Value
function aggregate.new(home, wanted, read, way, id, match)
  capability.check_id(id)
  local what, row, directory = "devices:" .. way, ways[way], home.directory
  local def = definition(directory:select(wanted), id)
  -- raises an error when no device has this capability
  filter.prepare(directory, { capability = id })
  if row.numeric then check_numeric(def, what) end
  local matches = not row.numeric and matcher(def, match, what) or nil
  local here ---@type homey.Device[]  the devices that are included, while the value is followed

  local function compute(devices)
    local values = values_of(devices, id, row.numeric)
    if row.numeric and #values == 0 then return nil end
    return row[1](values, matches)
  end

  local source = {}

  function source.facts()
    if row.type then return { type = row.type } end
    return definition(here or {}, id)
  end

  function source.follow(changed)
    local list = {}
    here = list
    local stop = members.follow(Cache.of(home, "device"), home, wanted, id, list, changed)
    return function()
      here = nil
      stop()
    end
  end

  function source.now() return compute(here), last_update(here, id) end

  function source.read()
    local devices = members.with_capability(directory:select(wanted), id)
    read(devices)
    return compute(devices)
  end

  return Value.new(home, describe(wanted, way, id), source)
end

return aggregate
