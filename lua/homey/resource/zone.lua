-- Zones: rooms, floors, the home itself. A zone object is made from an id; its facts are read when
-- they are first needed.

local arguments = require "homey.util.arguments"
local fiber = require "homey.task.fiber"
local new_error = require "homey.error"
local lazy = require "homey.util.lazy"
local raise = require "homey.util.raise"
local visible = require("homey.util.text").visible

local invalid = lazy "homey.util.invalid"
local format = lazy "homey.util.format"
local members = lazy "homey.resource.members"
local unknown_name = lazy "homey.util.unknown_name"

---@class homey.Zone : homey.Item
---@field id string              its id at the hub
---@field name string            its name
---@field parent? homey.Zone   the zone around it
---@field children homey.Zone[]  the zones directly inside it, sorted by name
---@field path string            "Downstairs/Kitchen", without the outermost zone
---@field icon? string           the name of its icon
---@field home homey.Home        the home that it is in
local methods = {}
local Zone = { __name = "homey.Zone", kind = "zone" }

--- Make the object of a zone. No request is made.
---@package
---@param home homey.Home
---@param id string
---@return homey.Zone
function Zone.new(home, id)
  return setmetatable({ home = home, id = id, record = false, read_at = false, gone = false }, Zone)
end

--- Reports whether a value is a zone.
---@package
---@param value any
---@return boolean
function Zone.is(value)
  return getmetatable(value) == Zone
end

local function facts(zone)
  if not zone.record then zone.home.directory:need { "zone" } end
  if not zone.record then
    raise(new_error("not_found", ("there is no zone with the id '%s'."):format(zone.id)))
  end
  return zone.record
end

-- The zones that contain this one, outermost first, followed by the zone itself.
local function line(zone)
  local list = zone.home.directory:around("zone", facts(zone))
  list[#list + 1] = zone
  return list
end

local function names(zones, from)
  local list = {}
  for i = from, #zones do list[#list + 1] = zones[i].record.name end
  return list
end

local fields = {}

function fields.name(zone)
  return facts(zone).name
end

function fields.icon(zone)
  return facts(zone).icon
end

function fields.parent(zone)
  local id = facts(zone).parent
  return id and zone.home.directory:by_id("zone", id) or nil
end

function fields.path(zone)
  local zones = line(zone)
  return table.concat(names(zones, #zones > 1 and 2 or 1), "/")
end

function fields.children(zone)
  facts(zone)
  local list = {}
  for _, each in ipairs(zone.home.directory:list "zone") do
    if each.record.parent == zone.id then list[#list + 1] = each end
  end
  table.sort(list, function(a, b) return a.record.name < b.record.name end)
  return list
end

function Zone.__index(zone, key)
  if methods[key] then return methods[key] end
  if fields[key] then return fiber.from_metamethod(fields[key], zone) end
  local member = members.find("zone", key)
  if member then return members.get(member, zone, methods) end
  return unknown_name("a zone", key, Zone.names(), "record read_at gone since")
end

--- The public names of a zone, separated by spaces.
---@package
---@return string
function Zone.names()
  return "devices names is_in name parent children path icon id home " .. members.names "zone"
end

function Zone.__tostring(zone)
  return visible(zone.record and fields.path(zone) or ("zone %s"):format(zone.id))
end

function Zone.__concat(a, b)
  return tostring(a) .. tostring(b)
end

--- The names of the zones that contain this one, outermost first, and its own name.
--- Raises: not_found, request.
---@return string[]
function methods:names()
  return names(line(self), 1)
end

--- Report whether this zone is the other one or inside it.
--- Raises: invalid, not_found, request.
---@param other homey.Zone
---@return boolean
function methods:is_in(other)
  if type(other) ~= "table" or not other.id then
    invalid("zone:is_in takes a zone, not %s.", format(other))
  end
  for _, each in ipairs(line(self)) do
    if each.id == other.id then return true end
  end
  return false
end

--- The devices in this zone and in the zones inside it.
--- Raises: invalid, not_found, request.
---@param filter? homey.Filter
---@return homey.Selection
function methods:devices(filter)
  if filter ~= nil and type(filter) ~= "table" then
    invalid("zone:devices takes a table such as { class = \"light\" }, not %s.", format(filter))
  end
  local narrowed = { zone = self }
  for key, value in pairs(filter or {}) do
    if key == "zone" then invalid("zone:devices() is about one zone already: leave out `zone`.") end
    narrowed[key] = value
  end
  return self.home:devices(narrowed)
end

return arguments.check_methods(Zone, methods, "zone", "devices/1 names/0 is_in/1")
