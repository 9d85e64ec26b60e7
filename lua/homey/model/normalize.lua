-- Normalizes and checks all data of a hub: what it answers or sends, v2 or v3, is checked for type and range and becomes one
-- shape. No request is made here: JSON values in, records out. A field with an impossible value counts as missing, so that one
-- odd device, of an app with a mistake, spoils no other; the caller may have it reported.
--
-- The tables `records`, `capability_fields` and `of_place` say which fields of the hub are read, and what each may be.

local core = require "homey.core"
local is_number = require("homey.util.number_text").is_finite

local normalize = {}

-- Every device takes another path through this file: LuaJIT would spend ten times as long on traces of it as it takes
-- to run, for the first list of a program.
if rawget(_G, "jit") then jit.off(true, true) end

local null = core.null

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

-- v2 titles may be tables keyed by language.
local function title(value)
  if type(value) ~= "table" then return text(value) end
  local _, any = next(value)
  return text(value.en) or text(any)
end

-- ---- what a field may be ---------------------------------------------------------------------------------------

local last_moment = 4102444800000 -- ms: 2100-01-01; no clock of a hub that is right shows more

local function is_text(value) return type(value) == "string" end

local function is_id(value) return type(value) == "string" and value ~= "" end

local function is_flag(value) return type(value) == "boolean" end

local function is_table(value) return type(value) == "table" end

local function is_title(value) return title(value) ~= nil or type(value) == "table" and next(value) == nil end

local function is_moment(value) return type(value) == "number" and value >= 0 and value < last_moment end

local function is_value(value) return is_flag(value) or is_text(value) or is_number(value) end

local lua_types = { boolean = "boolean", number = "number", string = "string", enum = "string" }

local checks = {
  text = is_text, id = is_id, flag = is_flag, number = is_number, title = is_title, moment = is_moment, value = is_value,
  table = is_table,
  kind = function(value) return value == "number" or value == "string" or value == "boolean" end,
}

---@alias homey.Report fun(what: string, field: string, value: any)  is told of what is odd

local function ignore() end

-- A field of the hub's: missing, null and odd are nothing. What an event leaves out, or tells wrong, is as it was.
local function read_field(raw, row, before, report, what)
  local value = raw[row[2]]
  if value == nil then return before end
  if value == null then return nil end
  if not checks[row[3]](value) then
    report(what, row[2], value)
    return before
  end
  if row[3] == "title" then return title(value) end
  return value
end

-- Of each kind: what a fact is called here, which field of the hub's it is, and what that may be.
local records = {
  device = {
    { "name", "name", "text" }, { "zone", "zone", "text" }, { "class", "class", "text" },
    { "virtual_class", "virtualClass", "text" }, { "note", "note", "text" }, { "available", "available", "flag" },
    { "unavailable_message", "unavailableMessage", "title" }, { "warning_message", "warningMessage", "title" },
    { "ready", "ready", "flag" }, { "driver_uri", "driverUri", "text" }, { "driver_id", "driverId", "text" },
    { "owner_uri", "ownerUri", "text" },
  },
  zone = { { "name", "name", "text" }, { "parent", "parent", "text" }, { "icon", "icon", "text" } },
  flowfolder = { { "name", "name", "text" }, { "parent", "parent", "text" } },
  flow = {
    { "name", "name", "text" }, { "enabled", "enabled", "flag" }, { "folder", "folder", "text" },
    { "triggerable", "triggerable", "flag" }, { "broken", "broken", "flag" },
  },
  variable = { { "name", "name", "text" }, { "type", "type", "kind" }, { "value", "value", "value" } },
  user = {
    { "name", "name", "text" }, { "role", "role", "text" }, { "present", "present", "flag" }, { "asleep", "asleep", "flag" },
  },
}

local nothing = {}

local function read_record(kind, raw, before, report)
  local record = { id = raw.id }
  before, report = before or nothing, report or ignore
  local rows = records[kind]
  for i = 1, #rows do
    local row = rows[i]
    local value = raw[row[2]]
    if type(value) ~= row[4] then value = read_field(raw, row, before[row[1]], report, kind) end
    record[row[1]] = value
  end
  record.name = record.name or raw.id
  return record
end

-- Nearly all fields are right at the first look: their type says so.
for _, rows in pairs(records) do
  for _, row in ipairs(rows) do row[4] = row[3] == "text" and "string" or row[3] == "flag" and "boolean" end
end

--- The items of a list reply, which is an array or an object keyed by id.
---@param reply any
---@param report? homey.Report
---@param kind? string  of its items, for the report
---@return table[]
function normalize.list(reply, report, kind)
  local items = {}
  if type(reply) ~= "table" then return items end
  for key, item in pairs(reply) do
    if type(item) == "table" then
      if not is_id(item.id) then item.id = is_id(key) and key or nil end
      if item.id then items[#items + 1] = item end
    end
    if report and not (type(item) == "table" and item.id) then report("list", kind or "item", item) end
  end
  return items
end

--- The full id of a driver, capability, log, card or token: v2 splits it into uri and id.
---@param raw table
---@return string
function normalize.id(raw)
  local id, uri = raw.id, given(raw.uri)
  if not uri or id:sub(1, #uri + 1) == uri .. ":" then return id end
  return uri .. ":" .. id
end

-- The shape of what v2 names by uri and id: both become the full id, the uri also the owner.
local function joined(raw)
  raw.id, raw.ownerUri = normalize.id(raw), given(raw.ownerUri) or given(raw.uri)
  raw.uri, raw.uriObj = nil, nil
  return raw
end

--- A driver, a capability definition, a log, a flow card definition or a flow token, with its full id.
normalize.driver, normalize.definition, normalize.log, normalize.card, normalize.token = joined, joined, joined, joined, joined

--- An app: its colour has one name.
---@param raw table
---@return table
function normalize.app(raw)
  raw.color, raw.brandColor = given(raw.color) or given(raw.brandColor), nil
  return raw
end

local function enum_values(raw, report, what)
  local values = {}
  for _, each in ipairs(table_of(raw)) do
    local value = type(each) == "table" and { id = text(each.id), title = title(each.title) } or { id = text(each) }
    if value.id then values[#values + 1] = value else report(what, "values", each) end
  end
  return #values > 0 and values or nil
end

---@class homey.Capability
---@field id string
---@field type "boolean"|"number"|"string"|"enum"
---@field title? string
---@field value any          the last known value
---@field updated? string    when it changed, by the clock of the hub
---@field min? number
---@field max? number
---@field step? number       the smallest difference between values
---@field decimals? integer  digits after the point
---@field units? string      such as "°C"
---@field values? {id: string, title: string?}[]  of an enum
---@field settable boolean  it can be set
---@field getable boolean   it has a value that can be read
---@field package reading? homey.Reading  what the device made of the value that was set last

local capability_fields = {
  { "min", "min", "number" }, { "max", "max", "number" }, { "step", "step", "number" }, { "decimals", "decimals", "number" },
  { "units", "units", "title", "string" }, { "values", "values", "table", "table" },
}

-- What a capability says of its values, where it says anything: most have none of these.
local function add_bounds(known, raw, report, what)
  for i = 1, #capability_fields do
    local row = capability_fields[i]
    local value = raw[row[2]]
    if value and value ~= null then
      if type(value) ~= row[4] then value = read_field(raw, row, nil, report, what) end
      known[row[1]] = value
    end
  end
  if known.values then known.values = enum_values(known.values, report, what) end
  if known.step and known.step <= 0 then known.step = nil end
  if known.min and known.max and known.min > known.max then
    report(what, "min", known.min)
    known.min, known.max = nil, nil
  end
  return known
end

-- A value that a capability of this type can have; nil where it is none.
local function value_of_type(kind, value)
  local has, wanted = type(value), lua_types[kind]
  if has == wanted and has ~= "number" then return value end
  if has == "number" and (wanted == "number" or not wanted) then return is_number(value) and value or nil end
  if not wanted and is_value(value) then return value end
end

local function unless_false(value, id, field, report)
  if value ~= nil and value ~= null and value ~= false then report(id, field, value) end
  return value ~= false
end

--- A capability of a device. A home has thousands: what calls would look nice in is spelled out, and what is missing
--- costs none.
---@param id string
---@param raw table  of capabilitiesObj
---@param report? homey.Report
---@return homey.Capability
function normalize.capability(id, raw, report)
  local kind, value, updated, name = raw.type, raw.value, raw.lastUpdated, raw.title
  local settable, getable = raw.setable, raw.getable
  report = report or ignore
  if kind ~= nil and type(kind) ~= "string" then
    if kind ~= null then report(id, "type", kind) end
    kind = nil
  end
  if value == null then
    value = nil
  elseif value ~= nil and (type(value) ~= lua_types[kind] or kind == "number" and value - value ~= 0) then
    local right = value_of_type(kind, value)
    if right == nil then report(id, "value", value) end
    value = right
  end
  if updated ~= nil and type(updated) ~= "string" then
    if updated ~= null then report(id, "lastUpdated", updated) end
    updated = nil
  end
  if name and type(name) ~= "string" then name = title(name) end
  if settable ~= true then settable = unless_false(settable, id, "setable", report) end
  if getable ~= true then getable = unless_false(getable, id, "getable", report) end
  local min, units = raw.min, raw.units
  if not ((min and min ~= null) or (units and units ~= null) or raw.max or raw.step or raw.decimals or raw.values) then
    return { id = id, type = kind, title = name, value = value, updated = updated, settable = settable, getable = getable }
  end
  return add_bounds({ -- with room for them
    id = id, type = kind, title = name, value = value, updated = updated, min = nil, max = nil, step = nil, decimals = nil,
    units = nil, values = nil, settable = settable, getable = getable,
  }, raw, report, id)
end

local function driver_id(uri, id)
  if not uri or not id or id:sub(1, #uri + 1) == uri .. ":" then return id end
  return uri .. ":" .. id
end

-- Those of a device; nil where the hub tells none at all.
local function capabilities(raw, report)
  local objects, ids = given(raw.capabilitiesObj), given(raw.capabilities)
  if objects ~= nil and type(objects) ~= "table" then report("device", "capabilitiesObj", objects) end
  if ids ~= nil and type(ids) ~= "table" then report("device", "capabilities", ids) end
  if type(objects) ~= "table" and type(ids) ~= "table" then return nil end
  local known, capability = {}, normalize.capability
  for id, each in pairs(table_of(objects)) do
    if type(id) == "string" and type(each) == "table" then
      known[id] = capability(id, each, report)
    elseif each ~= null then
      report("device", "capabilitiesObj", each)
    end
  end
  for _, id in ipairs(table_of(ids)) do
    if type(id) == "string" and not known[id] then known[id] = capability(id, {}) end
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

--- A device.
---@param raw table
---@param before? homey.DeviceFacts  of an event: what it was, and still is in all that the event leaves out
---@param report? homey.Report
---@return homey.DeviceFacts
function normalize.device(raw, before, report)
  report = report or ignore
  local record = read_record("device", raw, before, report)
  record.driver_id = driver_id(record.driver_uri, record.driver_id)
  record.owner_uri, record.driver_uri = record.owner_uri or record.driver_uri, nil
  record.available, record.ready = record.available ~= false, record.ready ~= false
  record.capabilities = capabilities(raw, report) or before and before.capabilities or {}
  return record
end

local function names(words)
  local wanted = {}
  for name in words:gmatch("%S+") do wanted[name] = true end
  return wanted
end

local of_device = names [[id name zone class virtualClass driverUri driverId ownerUri note available unavailableMessage
  warningMessage ready capabilities]]
of_device.capabilitiesObj = {
  ["*"] = names "type value lastUpdated title min max step decimals units values setable getable",
}

--- The options of the requests for a device, for all of them, for all zones: what is read of the answer, and what the
--- call is named on the socket.
normalize.one_device = { only = of_device }
normalize.all_devices = {
  only = { ["*"] = of_device }, operation = "getDevices", manager = "homey:manager:devices", args = {},
}
normalize.all_zones = { operation = "getZones", manager = "homey:manager:zones", args = {} }

local of_flow = names "id name enabled folder triggerable broken"

--- The same for all flows, standard or advanced; what they are made of is much, and not read.
normalize.all_flows = { only = { ["*"] = of_flow }, operation = "getFlows", manager = "homey:manager:flow", args = {} }
normalize.all_advanced_flows = {
  only = { ["*"] = of_flow }, operation = "getAdvancedFlows", manager = "homey:manager:flow", args = {},
}
normalize.all_folders = { operation = "getFlowFolders", manager = "homey:manager:flow", args = {} }
normalize.all_variables = { operation = "getVariables", manager = "homey:manager:logic", args = {} }
normalize.all_users = { operation = "getUsers", manager = "homey:manager:users", args = {} }

--- The same for one device, by its id, where a socket may carry it.
---@param id string
---@return table options
function normalize.the_device(id)
  return { only = of_device, operation = "getDevice", manager = "homey:manager:devices", args = { id = id } }
end

---@class homey.ZoneFacts
---@field id string
---@field name string
---@field parent string?  the parent's id
---@field icon string?

--- A zone.
---@param raw table
---@param before? homey.ZoneFacts
---@param report? homey.Report
---@return homey.ZoneFacts
function normalize.zone(raw, before, report)
  return read_record("zone", raw, before, report)
end

---@class homey.FolderFacts
---@field id string
---@field name string
---@field parent string?  the parent's id

--- A folder of flows.
---@param raw table
---@param before? homey.FolderFacts
---@param report? homey.Report
---@return homey.FolderFacts
function normalize.folder(raw, before, report)
  return read_record("flowfolder", raw, before, report)
end

---@class homey.FlowFacts
---@field id string
---@field name string
---@field enabled boolean
---@field folder string?      the folder's id
---@field triggerable boolean
---@field broken boolean?     where the hub tells
---@field advanced boolean

--- A flow, standard or advanced.
---@param raw table
---@param before? homey.FlowFacts
---@param item string  "flow" or "advancedflow"
---@param report? homey.Report
---@return homey.FlowFacts
function normalize.flow(raw, before, item, report)
  local record = read_record("flow", raw, before, report)
  record.enabled, record.triggerable = record.enabled ~= false, record.triggerable ~= false
  record.advanced = item == "advancedflow"
  return record
end

---@class homey.VariableFacts
---@field id string
---@field name string
---@field type "number"|"string"|"boolean"
---@field value number|string|boolean|nil

--- A variable.
---@param raw table
---@param before? homey.VariableFacts
---@param report? homey.Report
---@return homey.VariableFacts
function normalize.variable(raw, before, report)
  local record = read_record("variable", raw, before, report)
  local value = record.value
  record.type = record.type or type(value)
  if value ~= nil and type(value) ~= record.type then
    if report then report("variable", "value", value) end
    record.value = nil
    if before and before.type == record.type then record.value = before.value end
  end
  return record
end

---@class homey.UserFacts
---@field id string
---@field name string
---@field role string?
---@field present boolean?  nil where the hub does not know
---@field asleep boolean?

--- A user.
---@param raw table
---@param before? homey.UserFacts
---@param report? homey.Report
---@return homey.UserFacts
function normalize.user(raw, before, report)
  return read_record("user", raw, before, report)
end

-- ---- what a hub tells by itself --------------------------------------------------------------------------------

--- The time of an event or an answer, ms since 1970; nil where it tells none that can be.
---@param raw any
---@return number?
function normalize.time(raw)
  local ms = type(raw) == "table" and raw.transactionTime
  return is_moment(ms) and ms or nil
end

--- What an event tells of a capability; nothing where it names none. Its value is for normalize.value.
---@param raw any
---@param report homey.Report
---@return string? id
---@return string? transaction
---@return number? time  ms since 1970
function normalize.told(raw, report)
  if type(raw) ~= "table" or not is_id(raw.capabilityId) then
    report("event", "capabilityId", type(raw) == "table" and raw.capabilityId or raw)
    return nil
  end
  local time = raw.transactionTime
  if time ~= nil and not is_moment(time) then
    if time ~= null then report("event", "transactionTime", time) end
    time = nil
  end
  return raw.capabilityId, text(raw.transactionId), time
end

--- A value that a capability can have, or nothing for null; false, and it is reported, where it is neither.
---@param known homey.Capability
---@param value any
---@param report homey.Report
---@return boolean right
---@return any value
function normalize.value(known, value, report)
  if value == null or value == nil then return true, nil end
  local right = value_of_type(known.type, value)
  if right == nil then report(known.id, "value", value) end
  return right ~= nil, right
end

--- The value that a hub says it has taken; the one that was sent where it says none of its type.
---@param reply any
---@param sent any
---@return any
function normalize.answered(reply, sent)
  if type(reply) ~= "table" then return sent end
  local value = reply.value
  if value ~= sent and type(value) == type(sent) and is_value(value) then return value end
  return sent
end

local of_place = {
  latitude = function(value) return is_number(value) and value >= -90 and value <= 90 end,
  longitude = function(value) return is_number(value) and value >= -180 and value <= 180 end,
  timezone = is_text,
}
of_place.timeZone = of_place.timezone

--- What a hub tells of where it is or of its clock; on some firmware inside { value = ... }.
---@param raw any
---@param report? homey.Report
---@return {latitude: number?, longitude: number?, timezone: string?}
function normalize.place(raw, report)
  local told, place = raw, {}
  if type(told) == "table" and type(told.value) == "table" then told = told.value end
  if type(told) ~= "table" then return place end
  for name, check in pairs(of_place) do
    local value = given(told[name])
    if value ~= nil and not check(value) then
      if report then report("home", name, value) end
    elseif value ~= nil then
      place[name == "timeZone" and "timezone" or name] = value
    end
  end
  return place
end

--- Does an event or an answer name what it is about?
---@param raw any
---@return boolean
function normalize.has_id(raw)
  return type(raw) == "table" and is_id(raw.id)
end

--- A hub's own name; nil where it tells none.
---@param raw any
---@return string?
function normalize.name(raw)
  return text(raw)
end

--- An event's name and data as the realtime connection hands them on; nil where it has no name.
---@param told any
---@return string? event
---@return any data
function normalize.event(told)
  if type(told) ~= "table" or type(told[1]) ~= "string" then return nil end
  return told[1], told[2]
end

return normalize
