--- Items of the hub: lists them, gets, creates, changes and deletes one, for all lists alike.
---
--- A row names the list in the home's data. `create` and `change` complete or check what a caller
--- sends; they return it, or nil, a status and a message.
local View = require "homey.sim.home.view"
local core = require "homey.core"
local flow_cards = require "homey.sim.hub.cards.in_flows"

local null = core.null
local items = {}

local function copy(given)
  local out = {}
  for name, value in pairs(given) do out[name] = value end
  return out
end

local function is_variable_value(kind, value)
  return (kind == "number" or kind == "string" or kind == "boolean") and type(value) == kind
end

local function new_variable(_, given)
  local kind = given.type
  if not is_variable_value(kind, given.value) then
    return nil, 400, ("Invalid Value: expected %s"):format(tostring(kind))
  end
  return given
end

local function change_variable(_, given, variable)
  if given.value ~= nil and type(given.value) ~= variable.type then
    return nil, 400, ("Invalid Value: expected %s"):format(variable.type)
  end
  return given
end

local function new_zone(call, given)
  local parent = given.parent
  if parent ~= nil and parent ~= null and not call:list("zones")[parent] then
    return nil, 404, ("Not Found: Zone with ID %s"):format(tostring(parent))
  end
  return given
end

local function new_user(call, given)
  given.name = given.name or null
  given.inviteUrl = "https://homey.app/invite/" .. call.context.state:hex(8)
  given.verified = false
  return given
end

-- By the name of an item in the table of operations.
---@type table<string, {list: string, unnamed?: boolean, create?: function, change?: function}>
local rows = {
  Alarm = { list = "alarms" },
  App = { list = "apps" },
  AppWidget = { list = "appwidgets" },
  AdvancedFlow = {
    list = "advancedflows", create = flow_cards.new_advanced, change = flow_cards.new_advanced,
  },
  Dashboard = { list = "dashboards" },
  Flow = { list = "flows", create = flow_cards.new_flow, change = flow_cards.changed_flow },
  FlowFolder = { list = "flowfolders" },
  Image = { list = "images" },
  MatterNode = { list = "matternodes" },
  Mood = { list = "moods" },
  Notification = { list = "notifications" },
  User = { list = "users", unnamed = true, create = new_user },
  Variable = { list = "variables", create = new_variable, change = change_variable },
  Voice = { list = "voices" },
  WidgetStore = { list = "widgetstores" },
  Zone = { list = "zones", create = new_zone, change = new_zone },
}

local verbs = {}

function verbs.getAll(call, row) return call:ok(View.list(row.list, call:list(row.list),
  call.version)) end

function verbs.getOne(call, row)
  local item = call:list(row.list)[call.args.id]
  if not item then return call:not_found(call.operation.item, call.args.id) end
  return call:ok(View.item(row.list, item, call.version))
end

-- The object of a request that describes the item.
local function given_item(call)
  for _, param in ipairs(call.operation.params) do
    if param.root then
      local given = call.args[param.name]
      return type(given) == "table" and getmetatable(given) ~= core.array and copy(given) or nil
    end
  end
end

function verbs.createOne(call, row)
  local given = given_item(call)
  if not given then return call:refuse(400, "Missing Parameter: " .. row.list) end
  if not row.unnamed and type(given.name) ~= "string" then
    return call:refuse(400, "Missing Parameter: name")
  end
  local status, message
  given.id = call.context.state:uuid()
  if row.create then
    given, status, message = row.create(call, given)
    if not given then return call:refuse(status, message) end
  end
  return call:ok(View.item(row.list, call.model:create(row.list, given), call.version))
end

function verbs.updateOne(call, row)
  local item, given = call:list(row.list)[call.args.id], given_item(call)
  if not item then return call:not_found(call.operation.item, call.args.id) end
  if not given then return call:refuse(400, "Missing Parameter: " .. row.list) end
  local status, message
  if row.change then
    given, status, message = row.change(call, given, item)
    if not given then return call:refuse(status, message) end
  end
  return call:ok(View.item(row.list, call.model:update(row.list, item.id, given), call.version))
end

function verbs.deleteOne(call, row)
  if call.model:delete(row.list, call.args.id) then return call:ok() end
  return call:not_found(call.operation.item, call.args.id)
end

--- The handler of an operation on an item; nil where it is none.
---@param operation homey.api.Operation
---@return fun(call: homey.sim.Call): homey.sim.Response
function items.handler(operation)
  local row, verb = rows[operation.item], verbs[operation.verb]
  if not row or not verb then return nil end
  return function(call) return verb(call, row) end
end

return items
