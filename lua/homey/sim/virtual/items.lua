--- The home in virtual time as a test handles it: things found by their names, changed as people and devices change them.
--- Wrong names and values are told before anything happens.
local Model = require "homey.sim.home.model"
local Resolver = require "homey.model.resolve"
local core = require "homey.core"
local invalid = require "homey.util.invalid"
local make = require "homey.sim.home.shorthand"
local near = require "homey.util.suggest"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local show = require "homey.util.format"
local text = require "homey.sim.http.encoding"

local null = core.null

---@class homey.sim.Items
---@field model homey.sim.Model
---@field resolvers table<string, homey.Resolver>  by kind, while nothing of it changes
local Items = { __name = "homey.sim.Items" }
Items.__index = Items

--- The items of a simulated home.
---@param context homey.sim.Context
---@return homey.sim.Items
function Items.new(context)
  local self = setmetatable({ model = context.model, state = context.state, resolvers = {}, ids = {} }, Items)
  self.model:listen(function(event)
    if event ~= "capability" and event ~= "flow" then self.resolvers, self.ids = {}, {} end
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
  for id, item in pairs(data[make.kinds[kind]]) do
    local above = kind == "device" and item.zone or kind == "zone" and item.parent
    list[#list + 1] = { id = id, name = item.name, path = path_of(data.zones, above), resource = id }
  end
  table.sort(list, function(a, b) return a.id < b.id end)
  self.resolvers[kind] = Resolver.new(list)
  return self.resolvers[kind]
end

--- The id of an item by its id, its name, or an object that has one; raises where there is none.
---@param kind string
---@param ref any
---@return string id
function Items:id(kind, ref)
  if type(ref) == "table" then ref = ref.id end
  if type(ref) ~= "string" or ref == "" then invalid("a %s is named by its id or its name, not by %s.", kind, show(ref)) end
  if self.model.data[make.kinds[kind]][ref] then return ref end
  local key = kind .. "\0" .. ref
  self.ids[key] = self.ids[key] or resolver(self, kind):find(ref, kind)
  return self.ids[key]
end

local function label(self, device)
  local zone = self.model.data.zones[device.zone]
  return zone and zone.name .. "/" .. device.name or device.name
end

-- ---- what happens ----

local function capability_of(self, device, id)
  if type(id) ~= "string" then invalid("a capability is named by text such as 'onoff', not by %s.", show(id)) end
  local known = device.capabilitiesObj
  if known[id] then return known[id] end
  raise(new_error("not_found", ("%s: it has no capability '%s'%s"):format(label(self, device), id,
    near.hint(id, near.keys(known)))))
end

--- A device reports a value.
---@param ref string|homey.Device
---@param id string
---@param value any
function Items:operate(ref, id, value)
  local device = self.model.data.devices[self:id("device", ref)]
  local capability = capability_of(self, device, id)
  if value == nil and capability.getable == false then value = true end
  local problem = value ~= null and Model.value_problem(capability, value)
  if problem then invalid("%s: %s cannot become %s: %s.", label(self, device), id, show(value), problem) end
  self.model:operate(device.id, id, value)
end

local function maker(self)
  return {
    data = self.model.data, changed = text.iso(self.model.now()), id = function() return self.state:uuid() end,
    new_zone = function(zone) self.model:create("zones", zone) end,
  }
end

--- Something comes.
---@param kind string
---@param given table
---@return string id
function Items:add(kind, given)
  local kinds = make.kind(kind, "add")
  if type(given) ~= "table" then invalid("add takes what a %s is like as a table, not %s.", kind, show(given)) end
  local item = make.is_whole(kind, given) and given or make[kind](maker(self), given)
  if type(item.id) ~= "string" or type(item.name) ~= "string" then
    invalid("a %s as the hub words it has an `id` and a `name`, both text.", kind)
  end
  if self.model.data[kinds][item.id] then invalid("there is a %s with the id %s already.", kind, item.id) end
  self.model:create(kinds, item)
  return item.id
end

local function wrong_type(item, name, value)
  local old = item[name]
  return old ~= nil and old ~= null and value ~= null and type(old) ~= type(value)
end

--- Somebody changes something.
---@param kind string
---@param ref any
---@param changes table
function Items:change(kind, ref, changes)
  local kinds = make.kind(kind, "change")
  if type(changes) ~= "table" then invalid("change takes what is new as a table such as { name = \"Lamp\" }, not %s.", show(changes)) end
  local item, new = self.model.data[kinds][self:id(kind, ref)], {}
  for name, value in pairs(changes) do
    if item[name] == nil and name ~= "unavailableMessage" and name ~= "note" then
      invalid("%s: a %s has no %s%s", item.name, kind, show(name), near.hint(tostring(name), near.keys(item)))
    end
    if wrong_type(item, name, value) then
      invalid("%s: its %s is a %s, not %s.", item.name, name, type(item[name]), show(value))
    end
    new[name] = value
  end
  if new.zone then new.zone = make.zone_id(maker(self), new.zone) end
  if kind == "zone" and new.parent and new.parent ~= null then new.parent = make.zone_id(maker(self), new.parent) end
  self.model:update(kinds, item.id, new)
end

--- Something goes; a zone only once nothing is in it.
---@param kind string
---@param ref any
function Items:remove(kind, ref)
  local kinds = make.kind(kind, "remove")
  local id = self:id(kind, ref)
  if kind == "zone" then
    for _, device in pairs(self.model.data.devices) do
      if device.zone == id then invalid("%s is in this zone: move or remove it first.", label(self, device)) end
    end
  end
  self.model:delete(kinds, id)
end

return Items
