--- Effects of flow cards: changes the home for an action, and evaluates a condition.
---
--- Cards that a home defines itself change nothing: a test finds their runs in the requests.
local encoding = require "homey.sim.http.encoding"
local mood_effect = require "homey.sim.home.mood_effect"

local card_effects = {}

-- The item that an argument with choices names.
local function chosen(call, list, given)
  local items = call:list(list)
  if items[given.id] then return items[given.id] end
  for _, item in pairs(items) do
    if item.name == given.name then return item end
  end
end

local actions = {}

actions["homey:manager:notifications:create_notification"] = function(call, args)
  call.model:create("notifications", {
    id = call.context.state:uuid(), ownerUri = "homey:manager:flow", ownerName = "Flow",
    dateCreated = encoding.iso(call.context.state.now()), excerpt = tostring(args.text),
    meta = {},
  })
end

actions["homey:manager:logic:variable_set"] = function(call, args)
  local variable = chosen(call, "variables", args.variable)
  if not variable then return nil, "Variable not found" end
  local value = args.value
  if variable.type == "number" then value = tonumber(value) end
  if variable.type == "boolean" and type(value) == "string" then value = value == "true" end
  if variable.type == "string" then value = tostring(value) end
  local changed, _, message = call.model:set_variable(variable.id, value)
  if not changed then return nil, message end
end

actions["homey:manager:flow:start_flow"] = function(call, args)
  local flow = chosen(call, "flows", args.flow)
  if not flow then return nil, "Flow not found" end
  local started, _, message = call.model:start_flow("flows", flow.id)
  if not started then return nil, message end
end

actions["homey:manager:moods:set_mood"] = function(call, args)
  local mood = chosen(call, "moods", args.mood)
  if not mood then return nil, "Mood not found" end
  mood_effect(call.model, mood)
end

local function set_presence(present)
  return function(call, args)
    local user = chosen(call, "users", args.user)
    if not user then return nil, "User not found" end
    call.model:update("users", user.id, { present = present })
  end
end

actions["homey:manager:presence:set_present"] = set_presence(true)
actions["homey:manager:presence:set_away"] = set_presence(false)

local function act_on_device(call, found, args)
  local row, device = found.row, found.device
  if not row then return nil end
  local value = row.value
  if row.arg then value = args[row.arg] end
  if row.toggle then value = device.capabilitiesObj[found.capability].value ~= true end
  local done, _, message = call.model:set(device.id, found.capability, value)
  if not done then return nil, message end
end

--- Run an action.
---@param call homey.sim.Call
---@param found homey.sim.Card
---@param args table<string, any>
---@return table? tokens  that it returns
---@return string? failure
function card_effects.act(call, found, args)
  if found.device then return act_on_device(call, found, args) end
  local effect = actions[found.card.id]
  if effect then return effect(call, args) end
end

local conditions = {}

conditions["homey:manager:presence:user_present"] = function(call, args)
  local user = chosen(call, "users", args.user)
  return user ~= nil and user.present == true
end

conditions["homey:manager:presence:user_asleep"] = function(call, args)
  local user = chosen(call, "users", args.user)
  return user ~= nil and user.asleep == true
end

conditions["homey:manager:presence:someone_present"] = function(call)
  for _, user in pairs(call:list "users") do
    if user.present == true then return true end
  end
  return false
end

conditions["homey:manager:logic:variable_equals"] = function(call, args)
  local variable = chosen(call, "variables", args.variable)
  return variable ~= nil and tostring(variable.value) == tostring(args.value)
end

conditions["homey:manager:flow:flow_enabled"] = function(call, args)
  local flow = chosen(call, "flows", args.flow)
  return flow ~= nil and flow.enabled == true
end

--- Evaluate a condition. A condition that the home defines itself returns its member `result`.
---@param call homey.sim.Call
---@param found homey.sim.Card
---@param args table<string, any>
---@return boolean
function card_effects.decide(call, found, args)
  if found.device then return found.device.capabilitiesObj[found.capability].value == true end
  local look = conditions[found.card.id]
  if look then return look(call, args) end
  return found.card.result == true
end

return card_effects
