--- Items of a home from short descriptions: { name = "Lamp", zone = "Hall", ... }.
---
--- The descriptions are checked; the items are in the form of the hub.
local build = require "homey.sim.home.build"
local core = require "homey.core"
local facts = require "homey.sim.home.capabilities"
local invalid = require "homey.util.invalid"
local Model = require "homey.sim.home.model"
local short_items = require "homey.sim.home.short_items"
local option_tables = require "homey.sim.options"
local options = require "homey.util.options"
local suggest = require "homey.util.suggest"
local format = require "homey.util.format"

local null, array = core.null, build.array
local shorthand = {}

---@class homey.sim.Maker
---@field data table             the home of the items
---@field id fun(): string       returns a new id
---@field changed string         time of their values, ISO 8601
---@field new_zone fun(zone: table)  adds a zone

local function hint_of(name, known) return suggest.hint(tostring(name), suggest.keys(known)) end

local function check_name(given, kind, member)
  if type(given) ~= "table" then
    invalid("a %s is a table such as { name = \"Lamp\" }, not %s.", kind, format(given))
  end
  local name = given[member]
  if type(name) ~= "string" or name == "" then
    invalid("a %s needs a `%s`, which is text, not %s.", kind, member, format(name))
  end
end

local function read_item(kind, given)
  local member = option_tables[kind].named_by or "name"
  check_name(given, kind, member)
  return options.read(option_tables[kind], given, ("%s: a %s"):format(given[member], kind))
end

local function set_of(words)
  local set = {}
  for name in words:gmatch("%S+") do set[name] = true end
  return set
end

-- ---- zones ----

-- The zone for which f is true; of several the one with the least id, so that all runs are the
-- same.
local function find_zone(zones, f)
  local found
  for id, zone in pairs(zones) do
    if f(zone) and (not found or id < found) then found = id end
  end
  return found
end

local function child_of(zones, parent, name)
  return find_zone(zones, function(zone)
    return zone.name == name and (parent == nil or zone.parent == parent)
  end)
end

local function top_of(zones)
  return find_zone(zones, function(zone) return zone.parent == null or zone.parent == nil end)
end

local function new_zone(maker, name, parent)
  local zone = build.zone(maker.id(), name, parent, "default")
  maker.new_zone(zone)
  return zone.id
end

--- The id of a zone, by its id, its name or "Parent/Name". An unknown zone is added.
---@param maker homey.sim.Maker
---@param ref? string
---@return string id
function shorthand.zone_id(maker, ref)
  local zones = maker.data.zones
  local top = top_of(zones) or new_zone(maker, "Home")
  if ref == nil or zones[ref] then return ref or top end
  if type(ref) ~= "string" or ref == "" then
    invalid("a zone is given by its name, such as \"Kitchen\", not by %s.", format(ref))
  end
  local parent
  for name in ref:gmatch("[^/]+") do
    parent = child_of(zones, parent, name) or new_zone(maker, name, parent or top)
  end
  return parent
end

--- A zone: { name = "Attic", parent = "Upstairs" }.
---@param maker homey.sim.Maker
---@param given table
---@return table
function shorthand.zone(maker, given)
  given = read_item("zone", given)
  return build.zone(maker.id(), given.name, shorthand.zone_id(maker, given.parent),
    given.icon or "default")
end

-- ---- devices ----

local function check_value(given, capability, value)
  local problem = value ~= nil and value ~= null and Model.value_problem(capability, value)
  if problem then
    invalid("%s: %s cannot be %s: %s.", given.name, capability.id, format(value), problem)
  end
end

-- A value, or { value = 20, min = 5, max = 30 }.
local function capability_row(given, id, value)
  if type(id) ~= "string" or not facts[id:match("^[^.]*")] then
    invalid("%s: there is no capability %s%s", given.name, format(id), hint_of(id, facts))
  end
  local with = type(value) == "table" and value or {}
  if type(value) == "table" then value = with.value end
  local overrides = {}
  for name, each in pairs(with) do overrides[name] = each end
  overrides.value = nil
  check_value(given, build.capability(id, value, nil, overrides), value)
  return { id, value, with = overrides }
end

local function capability_rows(given)
  local rows = {}
  if type(given.capabilities) ~= "table" or not next(given.capabilities) then
    invalid("%s: a device needs `capabilities`, such as { onoff = false, dim = 0.5 }.", given.name)
  end
  for id, value in pairs(given.capabilities) do
    if type(id) == "number" then id, value = value, nil end
    rows[#rows + 1] = capability_row(given, id, value)
  end
  table.sort(rows, function(a, b) return a[1] < b[1] end)
  return rows
end

--- A device: { name = "Lamp", zone = "Kitchen", class = "light", capabilities = { onoff = false,
--- dim = 0.5 } }.
---@param maker homey.sim.Maker
---@param given table
---@return table
function shorthand.device(maker, given)
  given = read_item("device", given)
  local more = {}
  for _, name in ipairs {
    "available", "unavailableMessage", "note", "virtualClass", "energy", "settings", "flags",
  } do
    more[name] = given[name]
  end
  local id = given.id or maker.id()
  return build.device({
    id = id, name = given.name, zone = shorthand.zone_id(maker, given.zone),
    class = given.class or "other", driver = given.driver or "com.example.made:up",
    capabilities = capability_rows(given), changed = maker.changed, icon = (id:gsub("-", "")),
  }, more)
end

-- ---- variables, flows, users ----

local variable_types = set_of "boolean number string"

--- A variable: { name = "Guests", value = 2 }.
---@param maker homey.sim.Maker
---@param given table
---@return table
function shorthand.variable(maker, given)
  given = read_item("variable", given)
  if not variable_types[type(given.value)] then
    invalid("%s: the value of a variable is a number, text, true or false, not %s.", given.name,
      format(given.value))
  end
  return { id = maker.id(), name = given.name, type = type(given.value), value = given.value }
end

--- A flow: { name = "Good night" }.
---@param maker homey.sim.Maker
---@param given table
---@return table
function shorthand.flow(maker, given)
  given = read_item("flow", given)
  return {
    id = maker.id(), name = given.name, folder = given.folder or null,
    enabled = given.enabled ~= false,
    triggerable = given.triggerable ~= false, trigger = {
      id = "homey:manager:flow:programmatic_trigger", args = {},
    },
    conditions = array(), actions = array(),
  }
end

--- A user: { name = "Vera", present = true }.
---@param maker homey.sim.Maker
---@param given table
---@return table
function shorthand.user(maker, given)
  given = read_item("user", given)
  return {
    id = maker.id(), name = given.name, role = given.role or "user", athomId = null,
    enabled = given.enabled ~= false, enabledUntil = null, properties = {},
    present = given.present == true,
    asleep = given.asleep == true, avatar = null, verified = true, inviteUrl = null,
    localUsername = null,
  }
end

for kind, make in pairs(short_items) do
  shorthand[kind] = function(maker, given)
    return make(maker, read_item(kind, given), shorthand.zone_id)
  end
end

---@alias homey.sim.Kind
---| "device"
---| "zone"
---| "variable"
---| "flow"
---| "user"
---| "folder"
---| "mood"
---| "alarm"
---| "notification"
---| "app"
---| "dashboard"

--- The kinds of items, and the list of each in the data of a home.
---@type table<homey.sim.Kind, string>
shorthand.kinds = {
  device = "devices", zone = "zones", variable = "variables", flow = "flows", user = "users",
  folder = "flowfolders", mood = "moods", alarm = "alarms", notification = "notifications",
  app = "apps",
}

--- All kinds of items that change and remove take: those without a short description, too.
shorthand.lists = { dashboard = "dashboards" }
for kind, list in pairs(shorthand.kinds) do shorthand.lists[kind] = list end

--- The list of a kind. Raises where the kind is unknown.
---@param kind any
---@param method string  for the message
---@return string list
function shorthand.kind(kind, method)
  local lists = method == "add" and shorthand.kinds or shorthand.lists
  if type(kind) == "string" and lists[kind] then return lists[kind] end
  return invalid("%s takes a kind first, such as 'device' or 'mood', not %s%s", method,
    format(kind), type(kind) == "string" and hint_of(kind, lists) or ".")
end

--- Whether an item is in the form of the hub, with an id, and not a short description.
---@param kind string
---@param given table
---@return boolean
function shorthand.is_whole(kind, given)
  if kind == "device" then return type(given.capabilitiesObj) == "table" end
  return type(given.id) == "string"
end

return shorthand
