-- Records of resources: reads the facts in the data of a hub, by the rows of resource_types. Each
-- fact is checked. An impossible value counts as missing and is reported, so that one broken item
-- does not affect the others.

local core = require "homey.core"
local is_number = require("homey.util.number_text").is_finite
local resource_types = require "homey.model.resource_types"

local record = {}

-- LuaJIT does not compile this file: every item takes another path through it, and for the first
-- list of a program the compilation takes ten times as long as the interpreter.
if rawget(_G, "jit") then jit.off(true, true) end

local null = core.null

local function text(value)
  return type(value) == "string" and value or nil
end

--- A text that v2 may send as a table keyed by language.
---@param value any
---@return string?
function record.title(value)
  if type(value) ~= "table" then return text(value) end
  local _, any = next(value)
  return text(value.en) or text(any)
end

local LAST_MOMENT = 4102444800000 -- ms: 2100-01-01; a later time counts as invalid

-- Checks of a field, by name: each reports whether a value is possible.
local checks = {}

function checks.text(value) return type(value) == "string" end

function checks.id(value) return type(value) == "string" and value ~= "" end

function checks.flag(value) return type(value) == "boolean" end

function checks.table(value) return type(value) == "table" end

function checks.title(value)
  return record.title(value) ~= nil or type(value) == "table" and next(value) == nil
end

function checks.moment(value)
  return type(value) == "number" and value >= 0 and value < LAST_MOMENT
end

function checks.value(value)
  return type(value) == "boolean" or type(value) == "string" or is_number(value)
end

function checks.kind(value) return value == "number" or value == "string" or value == "boolean" end

checks.number = is_number

record.checks, record.LAST_MOMENT = checks, LAST_MOMENT

---@alias homey.Report fun(what: string, field: string, value: any)  called with invalid data

local function ignore() end

--- Read a field. A missing or invalid field gives `before`; null gives nil.
---@param raw table
---@param field string
---@param check string
---@param before any
---@param report homey.Report
---@param what string
---@return any
function record.read_field(raw, field, check, before, report, what)
  local value = raw[field]
  if value == nil then return before end
  if value == null then return nil end
  if not checks[check](value) then
    report(what, field, value)
    return before
  end
  if check == "title" then return record.title(value) end
  return value
end

-- The Lua type of most values of a check. A value of this type needs no further check.
local types = { text = "string", flag = "boolean" }

local nothing = {}

--- Make the record of an item.
---@param kind string
---@param raw table
---@param before? table  for an event: earlier facts, for those that are not in the event
---@param item? string   the hub's name of the item
---@param report? homey.Report
---@return table
function record.read(kind, raw, before, item, report)
  local row, facts = resource_types[kind], { id = raw.id }
  local old = before or nothing
  report = report or ignore
  for i = 1, #row.facts do
    local fact = row.facts[i]
    local name, field, check = fact[1], fact[2], fact[3]
    local value = raw[field]
    if type(value) ~= types[check] then
      value = record.read_field(raw, field, check, old[name], report, kind)
    end
    facts[name] = value
  end
  facts.name = facts.name or raw.id
  if row.complete then row.complete(facts, before, item, report) end
  return facts
end

-- The fields to read of an item, in the form of the option `only` of a request.
local fields = {}

local function fields_of(kind)
  if not fields[kind] then
    local row, only = resource_types[kind], { id = true }
    for _, fact in ipairs(row.facts) do only[fact[2]] = true end
    for name, value in pairs(row.more_fields or nothing) do only[name] = value end
    fields[kind] = only
  end
  return fields[kind]
end

--- The options of a request for a list.
---@param kind string
---@param item homey.ResourceItem
---@return table
function record.list_request(kind, item)
  return {
    only = { ["*"] = fields_of(kind) }, operation = item.all, args = {},
    manager = "homey:manager:" .. resource_types[kind].manager,
  }
end

--- The options of a request for one item.
---@param kind string
---@param id string
---@return table
function record.one_request(kind, id)
  local row = resource_types[kind]
  return {
    only = fields_of(kind), operation = row.items[1].one, args = { id = id },
    manager = "homey:manager:" .. row.manager,
  }
end

--- The items of a list reply, which is an array or an object keyed by id.
---@param reply any
---@param report? homey.Report
---@param kind? string  of its items
---@return table[]
function record.list(reply, report, kind)
  local items = {}
  if type(reply) ~= "table" then return items end
  local normalize = kind and resource_types[kind].normalize
  for key, item in pairs(reply) do
    if type(item) == "table" then
      if not checks.id(item.id) then item.id = checks.id(key) and key or nil end
      if normalize then normalize(item) end
      if item.id then items[#items + 1] = item end
    end
    if report and not (type(item) == "table" and item.id) then
      report("list", kind or "item", item)
    end
  end
  return items
end

return record
