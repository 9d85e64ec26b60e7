--- Loads the home of a simulation: Sunny House, a file, or a table.
---
--- The items are in the form of the hub, or short descriptions. A given table is copied.
local build = require "homey.sim.home.build"
local core = require "homey.core"
local encoding = require "homey.sim.http.encoding"
local facts = require "homey.sim.home.capabilities"
local invalid = require "homey.util.invalid"
local shorthand = require "homey.sim.home.shorthand"
local format = require "homey.util.format"
local validate = require "homey.sim.home.validate"

local is_id = require("homey.util.text").is_id
local null = core.null
local home_data = {}

local function read_file(path)
  local file, problem = io.open(path, "rb")
  local bytes = file and file:read "*a"
  if file then file:close() end
  if not bytes then
    invalid("the home cannot be read: %s.", problem or path .. " is not a file")
  end
  local data, message = core.decode(bytes)
  if message then invalid("the home in %s is not JSON: %s", path, message) end
  return data
end

-- A copy, made with JSON, so that all values are known to be valid in it.
local function copy_of(given)
  local encoded, problem = core.encode(given)
  if not encoded then invalid("a home can have only values that JSON has: %s", problem) end
  return (core.decode(encoded))
end

-- ---- items ----

local singular = {}
for one, many in pairs(shorthand.kinds) do singular[many] = one end

-- Zones first, since the others are in them.
local order = {
  "zones", "devices", "variables", "flows", "users", "flowfolders", "moods", "alarms",
  "notifications", "apps",
}

local function sorted_keys(list)
  local keys = {}
  for key in pairs(list) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    if type(a) == type(b) then return a < b end
    return type(a) == "number"
  end)
  return keys
end

-- Adds the members that a hub always has, where a file lacks them.
local function complete_capability(id, capability)
  local known, value = facts[id:match "^[^.]*"] or {}, capability.value
  if capability.id == nil then capability.id = id end
  if capability.type == nil then
    capability.type = known.type or value ~= null and type(value) or "boolean"
  end
  for _, name in ipairs { "setable", "getable" } do
    if type(capability[name]) ~= "boolean" then capability[name] = known[name] ~= false end
  end
end

local function complete_device(device)
  if device.capabilities == nil then
    device.capabilities = build.array(sorted_keys(device.capabilitiesObj))
  end
  for id, capability in pairs(device.capabilitiesObj) do
    if type(id) == "string" and type(capability) == "table" then
      complete_capability(id, capability)
    end
  end
end

-- variables = { Guests = 2 } and zones = { "Kitchen" } are short for lists of tables.
local function description_of(kind, key, item)
  if kind == "variables" and type(item) ~= "table" then return { name = key, value = item } end
  if kind == "zones" and type(item) == "string" then return { name = item } end
  if type(item) == "table" then return item end
  return invalid("the home: each item of `%s` is a table, not %s.", kind, format(item))
end

-- Replaces a list of the home by an object with ids as keys. validate.lua refuses incomplete items.
local function convert_items(maker, kind)
  local data, items, one = maker.data, {}, singular[kind]
  local given = data[kind]
  if given == nil or given == null then given = {} end
  if type(given) ~= "table" then
    invalid("the home: `%s` is a list, not %s.", kind, format(given))
  end
  data[kind] = items
  for _, key in ipairs(sorted_keys(given)) do
    local item = description_of(kind, key, given[key])
    local key_is_id = type(key) == "string" and (item.capabilitiesObj or is_id(key))
    if item.id == nil and key_is_id then item.id = key end
    if not shorthand.is_whole(one, item) then item = shorthand[one](maker, item) end
    if kind == "devices" and type(item.capabilitiesObj) == "table" then complete_device(item) end
    items[tostring(item.id)] = item
  end
end

-- ---- the home ----

local homey_defaults = {
  id = "5a1f7c0e93b8d24e6f10a7c2", name = "A home", apiVersion = 3, platform = "local",
  softwareVersion = "12.5.0",
}

local function fill_homey(data)
  if data.homey == nil then data.homey = {} end
  if type(data.homey) ~= "table" then return end
  if data.homey.id == nil then data.homey.id = data.homey._id end
  for name, value in pairs(homey_defaults) do
    if data.homey[name] == nil then data.homey[name] = value end
  end
end

local function is_degrees(value)
  return type(value) == "number" and value >= -180 and value <= 180
end

local function is_location(value)
  return type(value) == "table" and is_degrees(value.latitude) and is_degrees(value.longitude)
end

local function fill_location(data)
  local location = data.location or { latitude = 52.37, longitude = 4.9 }
  local timezone = data.timezone or "Europe/Amsterdam"
  if not is_location(location) then
    invalid("the home: `location` is { latitude = 52.4, longitude = 4.9 }, in degrees, not %s.",
      format(location))
  end
  if data.clock == nil then data.clock = { timezone = timezone } end
  if data.geolocation == nil then
    data.geolocation = { location = { value = location }, address = { value = null } }
  end
  if type(data.clock) ~= "table" or type(data.clock.timezone) ~= "string" then
    invalid("the home: `timezone` is text such as \"Europe/Amsterdam\", not %s.", format(timezone))
  end
end

local function fill(data)
  for key in pairs(data) do
    local plural = key ~= "user" and shorthand.kinds[key]
    if plural then invalid("a home has no `%s`: use a list `%s`.", key, plural) end
  end
  fill_homey(data)
  fill_location(data)
end

--- Load a home.
---@param given? string|table  path of a JSON file, or a table; Sunny House by default
---@param bytes fun(n: integer): string  random bytes for new ids
---@param now number  seconds since 1970
---@return table data  its lists by name, as a hub answers them
function home_data.read(given, bytes, now)
  if given == nil then return require "homey.sim.home.sunny_house"() end
  local data = type(given) == "string" and read_file(given) or given
  if type(data) ~= "table" then
    invalid("a home is the path of a file, or a table such as { devices = { ... } }, not %s.",
      format(data))
  end
  data = copy_of(data)
  fill(data)
  local maker = {
    data = data, changed = encoding.iso(now),
    id = function() return encoding.uuid(bytes(16)) end,
    new_zone = function(zone) data.zones[zone.id] = zone end,
  }
  for _, kind in ipairs(order) do convert_items(maker, kind) end
  return validate(data)
end

return home_data
