--- Items of a home in virtual time: finds them by name, and changes them as people and devices do.
---
--- Names and values are checked before anything changes.
local Model = require "homey.sim.home.model"
local Resolver = require "homey.model.resolve"
local core = require "homey.core"
local invalid = require "homey.util.invalid"
local encoding = require "homey.sim.http.encoding"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local shorthand = require "homey.sim.home.shorthand"
local format = require "homey.util.format"
local suggest = require "homey.util.suggest"

local null = core.null

---@class homey.sim.Items
---@field model homey.sim.Model
---@field resolvers table<string, homey.Resolver>  by kind, until an item changes
---@field ids table<string, string>  found ids by kind and name, until an item changes
local Items = { __name = "homey.sim.Items" }
Items.__index = Items

--- The items of a simulated home.
---@param context homey.sim.Context
---@return homey.sim.Items
function Items.new(context)
  local self = setmetatable({
    model = context.model, state = context.state, resolvers = {}, ids = {},
  }, Items)
  self.model:listen(function(event)
    if event:find "%." then self.resolvers, self.ids = {}, {} end
  end)
  return self
end

-- ---- names ----

local function path_of(zones, id)
  local path, zone = {}, zones[id]
  while zone and #path < 100 do
    table.insert(path, 1, zone.name)
    zone = zones[zone.parent]
  end
  return path
end

local function resolver(self, kind)
  if self.resolvers[kind] then return self.resolvers[kind] end
  local list, data = {}, self.model.data
  for id, item in pairs(data[shorthand.lists[kind]]) do
    local zone = kind == "device" and item.zone or kind == "zone" and item.parent
    local name = item.name or item.excerpt or id
    list[#list + 1] = { id = id, name = name, path = path_of(data.zones, zone), resource = id }
  end
  table.sort(list, function(a, b) return a.id < b.id end)
  self.resolvers[kind] = Resolver.new(list)
  return self.resolvers[kind]
end

--- The id of an item, by its id, its name, or an object with an id. Raises where there is none.
---@param kind string
---@param ref any
---@return string id
function Items:id(kind, ref)
  if type(ref) == "table" then ref = ref.id end
  if type(ref) ~= "string" or ref == "" then
    invalid("a %s is given by its id or its name, not by %s.", kind, format(ref))
  end
  if self.model.data[shorthand.lists[kind]][ref] then return ref end
  local key = kind .. "\0" .. ref
  self.ids[key] = self.ids[key] or resolver(self, kind):find(ref, kind)
  return self.ids[key]
end

-- ---- changes ----

local function capability_of(self, device, id)
  if type(id) ~= "string" then
    invalid("a capability is given by its name, such as 'onoff', not by %s.", format(id))
  end
  local known = device.capabilitiesObj
  if known[id] then return known[id] end
  raise(new_error("not_found", ("%s has no capability '%s'%s"):format(self.model:label(device), id,
    suggest.hint(id, suggest.keys(known)))))
end

--- Let a device report a value.
---@param ref string|homey.Device
---@param id string
---@param value any
function Items:operate(ref, id, value)
  local device = self.model.data.devices[self:id("device", ref)]
  local capability = capability_of(self, device, id)
  if value == nil and capability.getable == false then value = true end
  local problem = value ~= null and Model.value_problem(capability, value)
  if problem then
    invalid("%s: %s cannot become %s: %s.", self.model:label(device), id, format(value), problem)
  end
  self.model:operate(device.id, id, value)
end

local function maker(self)
  return {
    data = self.model.data, changed = encoding.iso(self.model.now()),
    id = function() return self.state:uuid() end,
    new_zone = function(zone) self.model:create("zones", zone) end,
  }
end

--- Add an item.
---@param kind string
---@param given table  a short description, or the item in the form of the hub
---@return string id
function Items:add(kind, given)
  local kinds = shorthand.kind(kind, "add")
  if type(given) ~= "table" then
    invalid("add takes a table that describes the %s, not %s.", kind, format(given))
  end
  local item = shorthand.is_whole(kind, given) and given or shorthand[kind](maker(self), given)
  if type(item.id) ~= "string" or type(item.name or item.excerpt) ~= "string" then
    invalid("a %s in the form of the hub needs an `id` and a `name`, both text.", kind)
  end
  if self.model.data[kinds][item.id] then
    invalid("there is already a %s with the id %s.", kind, item.id)
  end
  self.model:create(kinds, item)
  return item.id
end

local function changes_type(item, name, value)
  local old = item[name]
  return old ~= nil and old ~= null and value ~= null and type(old) ~= type(value)
end

local function check_change(kind, item, name, value)
  if item[name] == nil and name ~= "unavailableMessage" and name ~= "note" then
    local hint = suggest.hint(tostring(name), suggest.keys(item))
    invalid("%s: a %s has no %s%s", item.name, kind, format(name), hint)
  end
  if changes_type(item, name, value) then
    invalid("%s: `%s` is a %s, not %s.", item.name, name, type(item[name]), format(value))
  end
end

--- Change members of an item.
---@param kind string
---@param ref any
---@param changes table
function Items:change(kind, ref, changes)
  local kinds = shorthand.kind(kind, "change")
  if type(changes) ~= "table" then
    invalid("change takes a table of new values such as { name = \"Lamp\" }, not %s.",
      format(changes))
  end
  local item, new = self.model.data[kinds][self:id(kind, ref)], {}
  for name, value in pairs(changes) do
    check_change(kind, item, name, value)
    new[name] = value
  end
  if new.zone then new.zone = shorthand.zone_id(maker(self), new.zone) end
  if kind == "zone" and new.parent and new.parent ~= null then
    new.parent = shorthand.zone_id(maker(self), new.parent)
  end
  self.model:update(kinds, item.id, new)
end

--- Remove an item; a zone only when no device is in it.
---@param kind string
---@param ref any
function Items:remove(kind, ref)
  local kinds = shorthand.kind(kind, "remove")
  local id = self:id(kind, ref)
  if kind == "zone" then
    for _, device in pairs(self.model.data.devices) do
      if device.zone == id then
        invalid("%s is in this zone. Move or remove it first.", self.model:label(device))
      end
    end
  end
  self.model:delete(kinds, id)
end

return Items
