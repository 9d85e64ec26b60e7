-- Normalizes and checks the data of a hub: devices and their capabilities, v2 or v3, events and
-- answers. It makes records from decoded JSON, and makes no request. A field with an impossible
-- value counts as missing, and may be reported, so that one broken device does not affect the
-- others. record.lua reads the facts of the other resources.

local core = require "homey.core"
local is_number = require("homey.util.number_text").is_finite
local records = require "homey.model.record"
local resource_types = require "homey.model.resource_types"

local normalize = {}

if rawget(_G, "jit") then jit.off(true, true) end -- see record.lua

local null, checks, title = core.null, records.checks, records.title
local LAST_MOMENT = records.LAST_MOMENT

-- null and missing are alike.
local function given(value)
  if value == null then return nil end
  return value
end

local function text(value)
  return type(value) == "string" and value or nil
end

local function table_of(value)
  return type(value) == "table" and value or {}
end

local lua_types = { boolean = "boolean", number = "number", string = "string", enum = "string" }

local function ignore() end

local function enum_values(raw, report, what)
  local values = {}
  for _, each in ipairs(table_of(raw)) do
    local value = type(each) == "table" and { id = text(each.id), title = title(each.title) }
      or { id = text(each) }
    if value.id then values[#values + 1] = value else report(what, "values", each) end
  end
  return #values > 0 and values or nil
end

---@class homey.Capability
---@field id string         "onoff", "dim", "onoff.2"
---@field type "boolean"|"number"|"string"|"enum"  the type of its value
---@field title? string     its name for people
---@field value any          the last known value
---@field updated? string    when it changed, by the clock of the hub
---@field package moment? number  the same in ms, when it was last told by an event or an answer
---@field min? number       the least value
---@field max? number       the largest value
---@field step? number       the smallest difference between values
---@field decimals? integer  digits after the point
---@field units? string      such as "°C"
---@field values? {id: string, title: string?}[]  of an enum
---@field settable boolean  it can be set
---@field getable boolean   it has a value that can be read
---@field package reading? homey.Reading  the device's reading of the value that was set last

local bounds = {
  { "min", "number", "number" }, { "max", "number", "number" }, { "step", "number", "number" },
  { "decimals", "number", "number" }, { "units", "title", "string" },
  { "values", "table", "table" },
}

-- Checks the bounds, units and values of a capability; most have none.
local function check_bounds(known, report, what)
  for i = 1, #bounds do
    local row = bounds[i]
    local name = row[1]
    local value = known[name]
    if value == false then
      known[name] = nil
    elseif value ~= nil and type(value) ~= row[3] then
      known[name] = records.read_field(known, name, row[2], nil, report, what)
    end
  end
  if known.values then known.values = enum_values(known.values, report, what) end
  if known.step and known.step <= 0 then known.step = nil end
  if known.min and known.max and known.min > known.max then
    report(what, "min", known.min)
    known.min, known.max = nil, nil
  end
end

-- A value, when a capability of this type can have it; else nil.
local function value_of_type(kind, value)
  local has, wanted = type(value), lua_types[kind]
  if has == wanted and has ~= "number" then return value end
  if has == "number" and (wanted == "number" or not wanted) then
    return is_number(value) and value or nil
  end
  if not wanted and checks.value(value) then return value end
end

local function unless_false(value, id, field, report)
  if value ~= nil and value ~= null and value ~= false then report(id, field, value) end
  return value ~= false
end

-- Checks a capability whose members have their names in a record and are not null. A home has
-- thousands, so the decoder has made this table for the record, and the common case makes no calls.
local function check_capability(id, known, report)
  local kind, value, updated, name = known.type, known.value, known.updated, known.title
  if known.id ~= id then known.id = id end
  if kind ~= nil and type(kind) ~= "string" then
    report(id, "type", kind)
    kind, known.type = nil, nil
  end
  if value ~= nil
    and (type(value) ~= lua_types[kind] or kind == "number" and value - value ~= 0) then
    known.value = value_of_type(kind, value)
    if known.value == nil then report(id, "value", value) end
  end
  if updated ~= nil and type(updated) ~= "string" then
    report(id, "lastUpdated", updated)
    known.updated = nil
  end
  if name ~= nil and type(name) ~= "string" then known.title = title(name) end
  if known.settable ~= true then
    known.settable = unless_false(known.settable, id, "setable", report)
  end
  if known.getable ~= true then
    known.getable = unless_false(known.getable, id, "getable", report)
  end
  if known.min ~= nil or known.units ~= nil or known.max ~= nil or known.step ~= nil
    or known.decimals ~= nil or known.values ~= nil then
    check_bounds(known, report, id)
  end
  return known
end

local names = resource_types.device.more_fields.capabilitiesObj["*"]

-- A capability as the decoder makes it of the text.
local function renamed(raw)
  local known = {}
  for field, name in pairs(names) do known[name] = given(raw[field]) end
  return known
end

--- A capability of a device.
---@param id string
---@param raw table  of capabilitiesObj
---@param report? homey.Report
---@return homey.Capability
function normalize.capability(id, raw, report)
  return check_capability(id, renamed(raw), report or ignore)
end

local function driver_id(uri, id)
  if not uri or not id or id:sub(1, #uri + 1) == uri .. ":" then return id end
  return uri .. ":" .. id
end

-- The capabilities in a list or an event of the hub; those of a list have been renamed already.
local function known_capabilities(raw)
  local known, objects = raw.known, given(raw.capabilitiesObj)
  if known ~= nil or type(objects) ~= "table" then return known or objects end
  known = {}
  for id, each in pairs(objects) do
    known[id] = type(each) == "table" and renamed(each) or each
  end
  return known
end

-- The capabilities of a device; nil when the data has no list of them.
local function capabilities(raw, report)
  local known, ids = known_capabilities(raw), given(raw.capabilities)
  if known ~= nil and type(known) ~= "table" then report("device", "capabilitiesObj", known) end
  if ids ~= nil and type(ids) ~= "table" then report("device", "capabilities", ids) end
  if type(known) ~= "table" and type(ids) ~= "table" then return nil end
  known = setmetatable(table_of(known), nil) -- it may be an empty array
  for id, each in pairs(known) do
    if type(id) == "string" and type(each) == "table" then
      check_capability(id, each, report)
    else
      known[id] = nil
      if each ~= null then report("device", "capabilitiesObj", each) end
    end
  end
  for _, id in ipairs(table_of(ids)) do
    if type(id) == "string" and not known[id] then known[id] = check_capability(id, {}, ignore) end
  end
  return known
end

---@class homey.DeviceFacts
---@field id string
---@field name string
---@field zone string?        the zone's id
---@field class string?
---@field virtual_class string?
---@field driver_id string?   full
---@field owner_uri string?
---@field note string?
---@field available boolean
---@field unavailable_message string?
---@field warning_message string?
---@field ready boolean
---@field capabilities table<string, homey.Capability>

--- Make the record of a device.
---@param raw table
---@param before? homey.DeviceFacts  for an event: the earlier facts
---@param report? homey.Report
---@return homey.DeviceFacts
function normalize.device(raw, before, report)
  report = report or ignore
  local facts = records.read("device", raw, before, nil, report)
  facts.driver_id = driver_id(facts.driver_uri, facts.driver_id)
  facts.owner_uri, facts.driver_uri = facts.owner_uri or facts.driver_uri, nil
  facts.available, facts.ready = facts.available ~= false, facts.ready ~= false
  facts.capabilities = capabilities(raw, report) or before and before.capabilities or {}
  return facts
end

-- ---- events and answers -------------------------------------------------------------------------

--- The time of an event or an answer, ms since 1970; nil when it has no valid time.
---@param raw any
---@return number?
function normalize.time(raw)
  local ms = type(raw) == "table" and raw.transactionTime
  return checks.moment(ms) and ms or nil
end

--- The capability, value, transaction and time of an event; nil when it names no capability.
--- normalize.value checks the value.
---@param raw any
---@param report homey.Report
---@return string? id
---@return any value
---@return string? transaction
---@return number? time  ms since 1970
function normalize.told(raw, report)
  local is_table = type(raw) == "table"
  local id = is_table and raw.capabilityId
  if type(id) ~= "string" or id == "" then
    report("event", "capabilityId", is_table and id or raw)
    return nil
  end
  local time, transaction = raw.transactionTime, raw.transactionId
  if time ~= nil and not (type(time) == "number" and time >= 0 and time < LAST_MOMENT) then
    if time ~= null then report("event", "transactionTime", time) end
    time = nil
  end
  return id, raw.value, text(transaction), time
end

--- Check a value of a capability. Null becomes nil. An invalid value is reported.
---@param known homey.Capability
---@param value any
---@param report homey.Report
---@return boolean right  the value is valid
---@return any value
function normalize.value(known, value, report)
  if value == null or value == nil then return true, nil end
  if (value == true or value == false) and known.type == "boolean" then return true, value end
  local right = value_of_type(known.type, value)
  if right == nil then report(known.id, "value", value) end
  return right ~= nil, right
end

--- The value and the time in the hub's answer to a set; the sent value when the answer has none of
--- its type.
---@param answer homey.Answer
---@param sent any
---@return any value
---@return number? time  ms since 1970
function normalize.answered(answer, sent)
  local value, time = answer.value, answer.hub_ms
  if not time then -- in another form than usual
    time = normalize.time(value)
    value = type(value) == "table" and value.value
  end
  if value == sent or type(value) ~= type(sent) or not checks.value(value) then value = sent end
  return value, time
end

local PLACE_FIELDS = {
  latitude = function(value) return is_number(value) and value >= -90 and value <= 90 end,
  longitude = function(value) return is_number(value) and value >= -180 and value <= 180 end,
  timezone = checks.text,
}
PLACE_FIELDS.timeZone = PLACE_FIELDS.timezone

--- The location and the time zone in an answer. On some firmware they are inside { value = ... }.
---@param raw any
---@param report? homey.Report
---@return {latitude: number?, longitude: number?, timezone: string?}
function normalize.place(raw, report)
  local told, place = raw, {}
  if type(told) == "table" and type(told.value) == "table" then told = told.value end
  if type(told) ~= "table" then return place end
  for name, check in pairs(PLACE_FIELDS) do
    local value = given(told[name])
    if value ~= nil and not check(value) then
      if report then report("home", name, value) end
    elseif value ~= nil then
      place[name == "timeZone" and "timezone" or name] = value
    end
  end
  return place
end

--- Reports whether an event or an answer has an id.
---@param raw any
---@return boolean
function normalize.has_id(raw)
  return type(raw) == "table" and checks.id(raw.id)
end

--- The name of a hub; nil when the answer has none.
---@param raw any
---@return string?
function normalize.name(raw)
  return text(raw)
end

--- Reports whether an event of the realtime connection has a name.
---@param name any
---@return boolean
function normalize.is_event(name)
  return type(name) == "string"
end

return normalize
