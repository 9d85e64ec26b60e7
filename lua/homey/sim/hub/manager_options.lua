--- Options of managers: gets, sets and unsets them, for all managers alike. And their states.
local new_defaults = require "homey.sim.hub.manager_defaults"

local manager_options = {}

-- The stored options of a manager. Those of geolocation are a member of the home.
local function stored(call)
  local data, manager = call.data, call.operation.manager
  if manager == "geolocation" then
    data.geolocation = data.geolocation or {}
    return data.geolocation
  end
  data.options = data.options or {}
  data.options[manager] = data.options[manager] or {}
  return data.options[manager]
end

local function get(call, name)
  local option = stored(call)[name]
  if option == nil then
    local manager = new_defaults(call).options[call.operation.manager] or {}
    option = { value = manager[name] }
  end
  if type(option) ~= "table" then option = { value = option } end
  if option.value == nil then return call:not_found("Option " .. name) end
  return call:ok(option)
end

-- Who listens to a manager hears of some options.
local events = { location = "location" }

local function set(call, name)
  stored(call)[name] = { value = call.args.value }
  if events[name] then
    call.model:publish("homey:manager:" .. call.operation.manager, events[name], call.args.value)
  end
  return call:ok { value = call.args.value }
end

local function unset(call, name)
  stored(call)[name] = nil
  return call:ok()
end

local verbs = { get = get, set = set, unset = unset }

local function state(call)
  return call:ok(new_defaults(call).states[call.operation.manager] or {})
end

--- The handler of getOption..., setOption..., unsetOption... and getState; nil for others.
---@param operation homey.api.Operation
---@return fun(call: homey.sim.Call): homey.sim.Response
function manager_options.handler(operation)
  if operation.operation == "getState" then return state end
  local name = operation.path:match "^/option/(%w+)$"
  local verb = name and verbs[operation.operation:match "^(%l+)Option"]
  if not verb then return nil end
  return function(call) return verb(call, name) end
end

return manager_options
