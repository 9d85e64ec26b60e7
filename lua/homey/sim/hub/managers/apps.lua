--- Apps: starts and stops them, installs and removes them, and their settings.
local encoding = require "homey.sim.http.encoding"

---@type homey.sim.Handlers
local apps = {}

local function for_app(handle)
  return function(call)
    local app = call:list("apps")[call.args.id]
    if not app then return call:not_found("App", call.args.id) end
    return handle(call, app)
  end
end

local function changer(changes)
  return for_app(function(call, app)
    call.model:update("apps", app.id, changes)
    return call:ok()
  end)
end

apps.enableApp = changer { enabled = true, state = "running" }
apps.disableApp = changer { enabled = false, state = "stopped" }

-- It stops and runs again: who listens hears both.
apps.restartApp = for_app(function(call, app)
  if app.enabled == false then return call:refuse(400, "App Not Enabled") end
  call.model:update("apps", app.id, { state = "stopped" })
  call.model:update("apps", app.id, { state = "running", crashed = false })
  return call:ok()
end)

apps.garbageCollectApp = for_app(function(call) return call:ok() end)

apps.uninstallApp = for_app(function(call, app)
  call.model:delete("apps", app.id)
  return call:ok()
end)

apps.installFromAppStore = function(call)
  local id = call.args.id
  local known = call:list("apps")[id]
  local app = known or call.model:create("apps", {
    id = id, name = id, version = call.args.version or "1.0.0", origin = "appstore",
    channel = call.args.channel or "live",
  })
  return call:ok { id = app.id, version = app.version }
end

apps.getAppLocales = for_app(function(call) return call:ok { en = {} } end)

apps.getAppUsage = for_app(function(call, app)
  return call:ok(app.usage or { cpu = 0, mem = 31457280 })
end)

apps.getAppStd = for_app(function(call, app)
  return call:ok { stdout = "", stderr = "", app = app.id,
    date = encoding.iso(call.context.state.now()) }
end)

-- ---- settings ----

local function settings_of(call)
  local all = call.data.app_settings or {}
  call.data.app_settings = all
  all[call.args.id] = all[call.args.id] or {}
  return all[call.args.id]
end

-- The item `appsettings` of version 3 has an id, as all items do.
apps.getAppSettings = for_app(function(call, app)
  local out = {}
  for name, value in pairs(settings_of(call)) do out[name] = value end
  if call.version == 3 then out.id = app.id end
  return call:ok(out)
end)

apps.getAppSetting = for_app(function(call) return call:ok(settings_of(call)[call.args.name]) end)

local function set(call, value)
  settings_of(call)[call.args.name] = value
  call.model:publish("homey:manager:apps", "appsettings.update", { id = call.args.id })
  return call:ok()
end

apps.setAppSetting = for_app(function(call) return set(call, call.args.value) end)
apps.unsetAppSetting = for_app(function(call) return set(call, nil) end)

return apps
