--- Dashboards: what widgets of apps keep, and the choices of their settings.
local build = require "homey.sim.home.build"

---@type homey.sim.Handlers
local dashboards = {}

dashboards.getAppWidgetAutocomplete = function(call)
  if not call:list("appwidgets")[call.args.id] then
    return call:not_found("AppWidget", call.args.id)
  end
  return call:ok(build.array())
end

local function for_store(handle)
  return function(call)
    local store = call:list("widgetstores")[call.args.id]
    if not store then return call:not_found("WidgetStore", call.args.id) end
    return handle(call, store)
  end
end

dashboards.getWidgetStoreState = for_store(function(call, store)
  return call:ok(store.state or {})
end)

dashboards.setWidgetStoreState = for_store(function(call, store)
  local state = {}
  if not call.args.replace then
    for name, value in pairs(store.state or {}) do state[name] = value end
  end
  for name, value in pairs(call.args.state) do state[name] = value end
  call.model:update("widgetstores", store.id, { state = state })
  return call:ok(state)
end)

return dashboards
