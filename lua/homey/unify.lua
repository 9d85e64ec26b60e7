-- What a hub answers, v2 or v3, as one shape. No request is made here: JSON values in, records out. A fact of a type
-- that it cannot have is as good as missing, so that one odd device, of an app with a mistake, spoils no other.

local core = require "homey.core"

local unify = {}

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

--- The items of a list reply, which is an array or an object keyed by id.
---@param reply any
---@return table[]
function unify.list(reply)
  local items = {}
  if type(reply) ~= "table" then return items end
  for key, item in pairs(reply) do
    if type(item) == "table" then
      if type(item.id) ~= "string" then item.id = text(key) end
      if item.id then items[#items + 1] = item end
    end
  end
  return items
end

--- The full id of a driver, capability, log, card or token: v2 splits it into uri and id.
---@param raw table
---@return string
function unify.id(raw)
  local id, uri = raw.id, given(raw.uri)
  if not uri or id:sub(1, #uri + 1) == uri .. ":" then return id end
  return uri .. ":" .. id
end

-- The shape of what v2 names by uri and id: both become the full id, the uri also the owner.
local function joined(raw)
  raw.id, raw.ownerUri = unify.id(raw), given(raw.ownerUri) or given(raw.uri)
  raw.uri, raw.uriObj = nil, nil
  return raw
end

--- A driver, a capability definition, a log, a flow card definition or a flow token, with its full id.
unify.driver, unify.definition, unify.log, unify.card, unify.token = joined, joined, joined, joined, joined

--- An app: its colour has one name.
---@param raw table
---@return table
function unify.app(raw)
  raw.color, raw.brandColor = given(raw.color) or given(raw.brandColor), nil
  return raw
end

local function enum_values(raw)
  local values = {}
  for _, each in ipairs(table_of(raw)) do
    local value = type(each) == "table" and { id = text(each.id), title = title(each.title) } or { id = text(each) }
    if value.id then values[#values + 1] = value end
  end
  return #values > 0 and values or nil
end

---@class homey.Capability
---@field id string
---@field type "boolean"|"number"|"string"|"enum"
---@field title? string
---@field value any          as it was when the device was last read
---@field updated? string    when that was, by the hub's clock
---@field min? number
---@field max? number
---@field step? number
---@field decimals? integer
---@field units? string
---@field values? {id: string, title: string?}[]  of an enum
---@field settable boolean
---@field getable boolean

--- A capability of a device. A home has thousands: what calls would look nice in is spelled out, and what is missing
--- costs none.
---@param id string
---@param raw table  of capabilitiesObj
---@return homey.Capability
function unify.capability(id, raw)
  local kind, value, updated, name = raw.type, raw.value, raw.lastUpdated, raw.title
  local min, max, step, decimals, units = raw.min, raw.max, raw.step, raw.decimals, raw.units
  local values = raw.values
  if kind and type(kind) ~= "string" then kind = nil end
  if value == null then value = nil end
  if updated and type(updated) ~= "string" then updated = nil end
  if min and type(min) ~= "number" then min = nil end
  if max and type(max) ~= "number" then max = nil end
  if step and type(step) ~= "number" then step = nil end
  if decimals and type(decimals) ~= "number" then decimals = nil end
  if name and type(name) ~= "string" then name = title(name) end
  if units and type(units) ~= "string" then units = title(units) end
  if not (min or max or step or units or values) then -- most: half the room does
    return {
      id = id, type = kind, title = name, value = value, updated = updated, decimals = decimals,
      settable = raw.setable ~= false, getable = raw.getable ~= false,
    }
  end
  return {
    id = id, type = kind, title = name, value = value, updated = updated, min = min, max = max, step = step,
    decimals = decimals, units = units, values = values and enum_values(values), settable = raw.setable ~= false,
    getable = raw.getable ~= false,
  }
end

local function driver_id(raw)
  local uri, id = text(raw.driverUri), text(raw.driverId)
  if not uri or not id or id:sub(1, #uri + 1) == uri .. ":" then return id end
  return uri .. ":" .. id
end

local function capabilities(raw)
  local known, capability = {}, unify.capability
  for id, each in pairs(table_of(raw.capabilitiesObj)) do
    if type(id) == "string" and type(each) == "table" then known[id] = capability(id, each) end
  end
  for _, id in ipairs(table_of(raw.capabilities)) do
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
---@return homey.DeviceFacts
function unify.device(raw)
  return {
    id = raw.id, name = text(raw.name) or raw.id, zone = text(raw.zone), class = text(raw.class),
    virtual_class = text(raw.virtualClass), driver_id = driver_id(raw),
    owner_uri = text(raw.ownerUri) or text(raw.driverUri), note = text(raw.note),
    available = given(raw.available) ~= false, unavailable_message = title(raw.unavailableMessage),
    warning_message = title(raw.warningMessage), ready = given(raw.ready) ~= false,
    capabilities = capabilities(raw),
  }
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
unify.one_device = { only = of_device }
unify.all_devices = {
  only = { ["*"] = of_device }, operation = "getDevices", manager = "homey:manager:devices", args = {},
}
unify.all_zones = { operation = "getZones", manager = "homey:manager:zones", args = {} }

local of_flow = names "id name enabled folder triggerable broken"

--- The same for all flows, standard or advanced; what they are made of is much, and not read.
unify.all_flows = { only = { ["*"] = of_flow }, operation = "getFlows", manager = "homey:manager:flow", args = {} }
unify.all_advanced_flows = {
  only = { ["*"] = of_flow }, operation = "getAdvancedFlows", manager = "homey:manager:flow", args = {},
}
unify.all_folders = { operation = "getFlowFolders", manager = "homey:manager:flow", args = {} }
unify.all_variables = { operation = "getVariables", manager = "homey:manager:logic", args = {} }
unify.all_users = { operation = "getUsers", manager = "homey:manager:users", args = {} }

--- The same for one device, by its id, where a socket may carry it.
---@param id string
---@return table options
function unify.the_device(id)
  return { only = of_device, operation = "getDevice", manager = "homey:manager:devices", args = { id = id } }
end

---@class homey.ZoneFacts
---@field id string
---@field name string
---@field parent string?  the parent's id
---@field icon string?

--- A zone.
---@param raw table
---@return homey.ZoneFacts
function unify.zone(raw)
  return { id = raw.id, name = text(raw.name) or raw.id, parent = text(raw.parent), icon = text(raw.icon) }
end

-- What an event leaves out is as it was.
local function told(value, before)
  if value == nil then return before end
  return given(value)
end

---@class homey.FolderFacts
---@field id string
---@field name string
---@field parent string?  the parent's id

--- A folder of flows.
---@param raw table
---@param before? homey.FolderFacts
---@return homey.FolderFacts
function unify.folder(raw, before)
  before = before or {}
  return { id = raw.id, name = told(raw.name, before.name) or raw.id, parent = told(raw.parent, before.parent) }
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
---@return homey.FlowFacts
function unify.flow(raw, before, item)
  before = before or {}
  return {
    id = raw.id, name = told(raw.name, before.name) or raw.id, enabled = told(raw.enabled, before.enabled) ~= false,
    folder = told(raw.folder, before.folder), triggerable = told(raw.triggerable, before.triggerable) ~= false,
    broken = told(raw.broken, before.broken), advanced = item == "advancedflow",
  }
end

---@class homey.VariableFacts
---@field id string
---@field name string
---@field type "number"|"string"|"boolean"
---@field value number|string|boolean|nil

--- A variable.
---@param raw table
---@param before? homey.VariableFacts
---@return homey.VariableFacts
function unify.variable(raw, before)
  before = before or {}
  local value = told(raw.value, before.value)
  return {
    id = raw.id, name = told(raw.name, before.name) or raw.id, type = told(raw.type, before.type) or type(value), value = value,
  }
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
---@return homey.UserFacts
function unify.user(raw, before)
  before = before or {}
  return {
    id = raw.id, name = told(raw.name, before.name) or raw.id, role = told(raw.role, before.role),
    present = told(raw.present, before.present), asleep = told(raw.asleep, before.asleep),
  }
end

return unify
