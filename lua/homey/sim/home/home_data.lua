--- The home that a simulation begins with: Sunny House, a file, or a table; as a hub's list calls answer, or its items in
--- a few words each. Whatever is given stays as it is: the simulation changes a copy.
local build = require "homey.sim.home.build"
local core = require "homey.core"
local facts = require "homey.sim.home.capabilities"
local invalid = require "homey.util.invalid"
local make = require "homey.sim.home.shorthand"
local shape = require "homey.sim.home.validate"
local show = require "homey.util.format"
local encoding = require "homey.sim.http.encoding"

local is_id = require("homey.util.text").is_id
local null = core.null
local home_data = {}

local function read_file(path)
  local file, problem = io.open(path, "rb")
  local bytes = file and file:read "*a"
  if file then file:close() end
  if not bytes then invalid("the home cannot be read: %s.", problem or path .. " is no file") end
  local data, message = core.decode(bytes)
  if message then invalid("the home in %s is no JSON: %s", path, message) end
  return data
end

-- A copy, which is also what JSON can carry.
local function copy_of(given)
  local encoded, problem = core.encode(given)
  if not encoded then invalid("a home is what JSON can carry: %s", problem) end
  return (core.decode(encoded))
end

--- UUIDs that are the same in each run, by a number that is counted up.
---@param seed integer
---@return fun(n: integer): string  so many bytes
function home_data.bytes(seed)
  local state = seed % 2147483647
  if state == 0 then state = 1 end
  return function(n)
    local out = {}
    for i = 1, n do
      state = state * 48271 % 2147483647
      out[i] = string.char(math.floor(state / 256) % 256)
    end
    return table.concat(out)
  end
end

-- ---- its items ----

local singular = {}
for one, many in pairs(make.kinds) do singular[many] = one end

-- In the order in which they are needed, and each in the same order in every run.
local order = { "zones", "devices", "variables", "flows", "users" }

local function sorted_keys(list)
  local keys = {}
  for key in pairs(list) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    if type(a) == type(b) then return a < b end
    return type(a) == "number"
  end)
  return keys
end

-- What a hub always says of a capability, where a file does not.
local function complete(id, capability)
  local known, value = facts[id:match "^[^.]*"] or {}, capability.value
  if capability.id == nil then capability.id = id end
  if capability.type == nil then capability.type = known.type or value ~= null and type(value) or "boolean" end
  for _, name in ipairs { "setable", "getable" } do
    if type(capability[name]) ~= "boolean" then capability[name] = known[name] ~= false end
  end
end

local function complete_device(device)
  if device.capabilities == nil then device.capabilities = build.array(sorted_keys(device.capabilitiesObj)) end
  for id, capability in pairs(device.capabilitiesObj) do
    if type(id) == "string" and type(capability) == "table" then complete(id, capability) end
  end
end

-- variables = { Guests = 2 } and zones = { "Kitchen" } are short for lists of tables.
local function described(kind, key, item)
  if kind == "variables" and type(item) ~= "table" then return { name = key, value = item } end
  if kind == "zones" and type(item) == "string" then return { name = item } end
  if type(item) == "table" then return item end
  return invalid("the home: each of its `%s` is described by a table, not by %s.", kind, show(item))
end

-- A list as an object by id; what is neither whole nor described is left for shape.lua to name.
local function take_items(maker, kind)
  local data, items, one = maker.data, {}, singular[kind]
  local given = data[kind]
  if given == nil or given == null then given = {} end
  if type(given) ~= "table" then invalid("the home: its `%s` are a list, not %s.", kind, show(given)) end
  data[kind] = items
  for _, key in ipairs(sorted_keys(given)) do
    local item = described(kind, key, given[key])
    if item.id == nil and type(key) == "string" and (item.capabilitiesObj or is_id(key)) then item.id = key end
    if not make.is_whole(one, item) then item = make[one](maker, item) end
    if kind == "devices" and type(item.capabilitiesObj) == "table" then complete_device(item) end
    items[tostring(item.id)] = item
  end
end

-- ---- the whole ----

local homey_defaults = {
  id = "5a1f7c0e93b8d24e6f10a7c2", name = "A home", apiVersion = 3, platform = "local", softwareVersion = "12.5.0",
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

local function fill_place(data)
  local location, timezone = data.location or { latitude = 52.37, longitude = 4.9 }, data.timezone or "Europe/Amsterdam"
  if type(location) ~= "table" or not (is_degrees(location.latitude) and is_degrees(location.longitude)) then
    invalid("the home: its `location` is { latitude = 52.4, longitude = 4.9 }, in degrees, not %s.", show(location))
  end
  if data.clock == nil then data.clock = { timezone = timezone } end
  if data.geolocation == nil then data.geolocation = { location = { value = location }, address = { value = null } } end
  if type(data.clock) ~= "table" or type(data.clock.timezone) ~= "string" then
    invalid("the home: its `timezone` is text such as \"Europe/Amsterdam\", not %s.", show(timezone))
  end
end

local function fill(data)
  for key in pairs(data) do
    if make.kinds[key] and key ~= "user" then invalid("a home has no `%s`: they are listed as `%s`.", key, make.kinds[key]) end
  end
  fill_homey(data)
  fill_place(data)
end

--- A home for a simulation.
---@param given? string|table  a file of JSON, or a table; Sunny House where it is left out
---@param bytes fun(n: integer): string  for new ids
---@param now number  seconds since 1970
---@return table data  keyed as the list calls of a hub answer
function home_data.read(given, bytes, now)
  if given == nil then return require "homey.sim.home.sunny_house"() end
  local data = type(given) == "string" and read_file(given) or given
  if type(data) ~= "table" then
    invalid("a home is the path of a file, or a table such as { devices = { ... } }, not %s.", show(data))
  end
  data = copy_of(data)
  fill(data)
  local maker = { data = data, id = function() return encoding.uuid(bytes(16)) end, changed = encoding.iso(now) }
  maker.new_zone = function(zone) data.zones[zone.id] = zone end
  for _, kind in ipairs(order) do take_items(maker, kind) end
  return shape.check(data)
end

return home_data
