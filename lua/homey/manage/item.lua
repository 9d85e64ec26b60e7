-- Items of the hub: creates, changes and removes the item behind a resource, by its row of
-- resource_types.

local call = require "homey.manage.call"
local new_error = require "homey.error"
local normalize = require "homey.model.normalize"
local raise = require "homey.util.raise"
local resource_types = require "homey.model.resource_types"

local realtime = require("homey.util.lazy") "homey.realtime.pipeline"

local item = {}

-- The operation of a kind: "updateDevice".
local function operation_of(kind, verb, resource)
  local items = resource_types[kind].items
  local one = resource and resource.record and resource.record.advanced and items[2] or items[1]
  return verb .. one.all:match "^get(.+)s$", one.name
end

-- Applies the new state of an item, from the event of the hub or from the answer: the first counts.
local function apply(home, kind, name, verb, raw)
  if home.cache then return realtime.item(home.cache, kind, name, verb, raw) end
  local registry = home.directory:registry(kind)
  if verb == "delete" then registry:drop(raw.id) else registry:take_one(raw, name) end
end

-- The devices that a change of a resource changes, by its kind.
local devices_of = {}

function devices_of.device(device) return { device } end

function devices_of.zone(zone) return zone:devices() end

-- Those that belong to an app: their drivers are "homey:app:<id>:<driver>".
function devices_of.app(app)
  local list, uri = {}, "homey:app:" .. app.id
  for _, device in ipairs(app.home:devices()) do
    local driver = device.driver_id or ""
    if device.owner_uri == uri or driver:sub(1, #uri + 1) == uri .. ":" then
      list[#list + 1] = device
    end
  end
  return list
end

--- Refuse a change of a guarded device, of a zone with one, or the removal of an app with one.
---@param each homey.Write
---@return homey.Error?
function item.objection(each)
  local list = devices_of[getmetatable(each.resource).kind]
  for _, device in ipairs(list and list(each.resource) or {}) do
    local why = each.home.guards:objection(device)
    if why then return new_error("forbidden", ("%s: %s"):format(each.words, why)) end
  end
end

--- Read the facts of a resource if they are unknown.
---@param resource any
function item.need(resource)
  if resource.gone or not resource.record then resource:refresh() end
end

--- Change members of an item.
---@param resource any
---@param words string                what it does: "rename Kitchen/Lamp to 'Light'"
---@param changes table<string, any>  by the hub's names
---@param facts? table<string, any>   the facts that follow
function item.change(resource, words, changes, facts)
  local kind = getmetatable(resource).kind
  local operation, name = operation_of(kind, "update", resource)
  call.run {
    home = resource.home, manager = resource_types[kind].manager, operation = operation,
    args = { id = resource.id, [name] = changes },
    resource = resource, words = words, facts = facts, objection = item.objection,
  }
end

--- Note that an item was removed, unless an event of the hub has said so.
---@param resource any
function item.gone(resource)
  local kind = getmetatable(resource).kind
  apply(resource.home, kind, resource_types[kind].items[1].name, "delete", { id = resource.id })
end

--- Remove an item.
---@param resource any
---@param words string
function item.remove(resource, words)
  local home, kind = resource.home, getmetatable(resource).kind
  local operation = operation_of(kind, "delete", resource)
  call.run {
    home = home, manager = resource_types[kind].manager, operation = operation,
    args = { id = resource.id }, resource = resource, words = words, expects = resource,
    objection = item.objection,
  }
  if not home.dry_run then item.gone(resource) end
end

--- Create an item.
---@param home homey.Home
---@param kind string
---@param words string
---@param fields table<string, any>  by the hub's names
---@return any  the resource; nil in a dry run
function item.create(home, kind, words, fields)
  local operation, name = operation_of(kind, "create")
  local raw = call.run {
    home = home, manager = resource_types[kind].manager, operation = operation,
    args = { [name] = fields }, words = words, expects = kind .. "\0" .. tostring(fields.name),
  }
  if home.dry_run then return nil end
  if not normalize.has_id(raw) then
    raise(new_error("protocol",
      ("the hub answered no %s to '%s'. It may exist all the same."):format(kind, words)))
  end
  apply(home, kind, name, "create", raw)
  return home.directory:by_id(kind, raw.id)
end

return item
