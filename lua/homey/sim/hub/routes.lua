--- Routes of the hub: ping, login, sessions, devices, flows and the rest of its REST API.
local core = require "homey.core"
local response = require "homey.sim.http.response"
local router = require "homey.sim.http.router"
local encoding = require "homey.sim.http.encoding"
local View = require "homey.sim.home.view"

local json, raw_json = response.json, response.raw_json

local list = {}

-- An error response in the form of this version of the hub.
local function refuse(context, status, message, code)
  local body = { error = code or message, error_description = message }
  body[context.settings.api_version == 2 and "code" or "statusCode"] = status
  return json(status, body)
end

local function not_found(context, what) return refuse(context, 404, "Not Found: " .. what) end

-- Lists that are empty while a hub is starting.
local loaded_late = {
  ["/devices/device"] = true, ["/zones/zone"] = true, ["/flow/flow"] = true,
  ["/flow/advancedflow"] = true, ["/flow/flowfolder"] = true, ["/logic/variable"] = true,
}

local function unless_starting(path, handle)
  local collection, rest = path:match "^(/%w+/%w+)(.*)$"
  if not loaded_late[collection] then return handle end
  return function(context, ...)
    if not context.settings.starting then return handle(context, ...) end
    return rest == "" and json(200, {}) or not_found(context, "it")
  end
end

-- Adds a route below /api/manager that needs a session.
local function manage(method, path, name, handle, body)
  handle = unless_starting(path, handle)
  list[#list + 1] = {
    name = name, method = method, path = "/api/manager" .. path, handle = handle, auth = "hub",
    body = body,
  }
end

-- ---- logins and sessions ----

local fatal = { subscription = "Subscription Inactive", serial = "Invalid Serial Number" }

local function ping(context, req)
  local set = context.settings
  if set.fatal then return json(403, { error = fatal[set.fatal], statusCode = 403 }) end
  local id = encoding.form(req.query or "").id
  return json(200, id == nil or id == context:id_at_address())
end

local function login(context, req)
  local token = type(req.json) == "table" and req.json.token
  local jwt = type(token) == "string" and context.state:alive(context.state.jwts, token)
  context.state:count "hub_logins"
  if not jwt or jwt.kind ~= "delegation" or context:id_at_address() ~= context.hub_id then
    return refuse(context, 401, "Invalid or expired token", "invalid_token")
  end
  return json(200, context.state:bearer "OAUTH")
end

local function login_local(context, req)
  local given, set = type(req.json) == "table" and req.json or {}, context.settings
  context.state:count "local_logins"
  if set.api_version == 2 then return not_found(context, "login-local") end
  if given.username ~= set.local_username or given.password ~= set.local_password then
    return refuse(context, 401, "Invalid Username or Password", "invalid_credentials")
  end
  return json(200, context.state:bearer "OAUTH")
end

local function session_me(context, _, session)
  local reply = {
    id = session.id, type = session.type, scopes = { "homey" }, intersectedScopes = { "homey" },
  }
  if session.type == "OAUTH" and context.settings.api_version == 2 then
    reply.createdAt, reply.expiresAt = session.created, session.ends
    reply.lastUsed = encoding.iso(context.state.now())
    reply.clientName, reply.agent = "Simulated client", "unknown"
  end
  return json(200, reply)
end

local function end_session(context, _, _, id)
  if context.settings.api_version ~= 2 then return not_found(context, "Session") end
  for bearer, session in pairs(context.state.bearers) do
    if session.id == id then
      context.state.bearers[bearer] = nil
      context.state:count "logouts"
      return json(200, core.null)
    end
  end
  return not_found(context, "Session with ID " .. id)
end

list[#list + 1] = {
  name = "ping", method = "GET", path = "/api/manager/system/ping", handle = ping,
}
list[#list + 1] = {
  name = "hub-login", method = "POST", path = "/api/manager/users/login", handle = login,
  auth = "none", body = "json",
}
list[#list + 1] = {
  name = "local-login", method = "POST", path = "/api/manager/users/login-local",
  handle = login_local, auth = "none", body = "json",
}
manage("GET", "/sessions/session/me", "session", session_me)
manage("DELETE", "/sessions/session/:id", "session-delete", end_session)

-- ---- personal access tokens ----

local function pat_refusal(context, session)
  if context.settings.api_version == 2 then return not_found(context, "pat") end
  if session.type == "PAT" then return refuse(context, 403, "Invalid Session Type") end
end

manage("GET", "/users/pat", "pats", function(context, _, session)
  local refused = pat_refusal(context, session)
  if refused then return refused end
  local out = {}
  for _, pat in pairs(context.state.pats) do
    out[pat.id] = { id = pat.id, name = pat.name, scopes = pat.scopes }
  end
  return json(200, out)
end)

manage("POST", "/users/pat", "pat-create", function(context, req, session)
  local refused = pat_refusal(context, session)
  if refused then return refused end
  local state, given = context.state, req.json
  if type(given) ~= "table" or type(given.name) ~= "string" or type(given.scopes) ~= "table" then
    return refuse(context, 400, "Missing Parameter: name or scopes")
  end
  local token = ("%s:%s:%s"):format(state:uuid(), state:uuid(), state:hex(20))
  local pat = {
    id = state:uuid(), type = "PAT", name = given.name, scopes = given.scopes, expires = math.huge,
  }
  state.pats[token] = pat
  return json(200, { id = pat.id, name = pat.name, scopes = pat.scopes, token = token })
end, "json")

manage("DELETE", "/users/pat/:id", "pat-delete", function(context, _, session, id)
  local refused = pat_refusal(context, session)
  if refused then return refused end
  for token, pat in pairs(context.state.pats) do
    if pat.id == id then context.state.pats[token] = nil end
  end
  return json(200, core.null)
end)

-- ---- devices ----

manage("GET", "/devices/device", "devices", function(context)
  return raw_json(200, context.view:devices(context.settings.api_version))
end)

manage("GET", "/devices/device/:id", "device", function(context, _, _, id)
  local device = context.view:device(id, context.settings.api_version)
  if not device then return not_found(context, "Device with ID " .. id) end
  return raw_json(200, device)
end)

manage("PUT", "/devices/device/:id", "device-update", function(context, req, _, id)
  local item = type(req.json) == "table" and context.model:update("devices", id, req.json)
  if not item then return not_found(context, "Device with ID " .. id) end
  return raw_json(200, context.view:device(id, context.settings.api_version))
end, "json")

manage("DELETE", "/devices/device/:id", "device-delete", function(context, _, _, id)
  if not context.model:delete("devices", id) then
    return not_found(context, "Device with ID " .. id)
  end
  return json(200, core.null)
end)

local function put_capability(context, req, _, id, capability)
  local given = type(req.json) == "table" and req.json or {}
  if given.value == nil then return refuse(context, 400, "Missing Parameter: value") end
  local transaction = given.transactionId
  if type(transaction) ~= "string" then transaction = "sim:" .. context.state:uuid() end
  local device, status, message = context.model:set(id, capability, given.value, transaction)
  if not device then return refuse(context, status, message) end
  context.state:count "capability_puts"
  return json(200, {
    value = given.value, transactionId = transaction,
    transactionTime = math.floor(context.state.now() * 1000),
  })
end
manage("PUT", "/devices/device/:id/capability/:capability", "capability", put_capability, "json")

local function get_capability(context, _, _, id, capability)
  local device = context.model.data.devices[id]
  local cap = device and device.capabilitiesObj[capability]
  if not cap or context.settings.api_version == 2 then
    return not_found(context, "Capability " .. capability)
  end
  return json(200, context.settings.value_reply == "object" and { value = cap.value } or cap.value)
end
manage("GET", "/devices/device/:id/capability/:capability", "capability-get", get_capability)

manage("PUT", "/devices/device/:id/settings", "device-settings", function(context, req, _, id)
  local device = context.model.data.devices[id]
  if not device or type(req.json) ~= "table" then
    return not_found(context, "Device with ID " .. id)
  end
  local settings = {}
  for k, v in pairs(device.settings) do settings[k] = v end
  for k, v in pairs(req.json) do settings[k] = v end
  context.model:update("devices", id, { settings = settings })
  return json(200, settings)
end, "json")

-- ---- flows and variables ----

local function flow_routes(path, kind, name)
  manage("GET", path, name .. "s", function(context)
    local out = {}
    for id, flow in pairs(context.model.data[kind]) do
      out[id] = View.flow(flow, context.settings.api_version)
    end
    return json(200, out)
  end)
  manage("GET", path .. "/:id", name, function(context, _, _, id)
    local flow = context.model.data[kind][id]
    if not flow then return not_found(context, "Flow with ID " .. id) end
    return json(200, View.flow(flow, context.settings.api_version))
  end)
  manage("POST", path .. "/:id/trigger", name .. "-trigger", function(context, _, _, id)
    local flow, status, message = context.model:start_flow(kind, id)
    if not flow then return refuse(context, status, message) end
    context.state:count "flows_started"
    return json(200, true)
  end, "optional")
end
flow_routes("/flow/flow", "flows", "flow")
flow_routes("/flow/advancedflow", "advancedflows", "advancedflow")

manage("PUT", "/logic/variable/:id", "variable-update", function(context, req, _, id)
  local given = type(req.json) == "table" and req.json or {}
  if not context.model.data.variables[id] then
    return not_found(context, "Variable with ID " .. id)
  end
  if given.value ~= nil then
    local changed, status, message = context.model:set_variable(id, given.value)
    if not changed then return refuse(context, status, message) end
  end
  if type(given.name) == "string" then
    context.model:update("variables", id, { name = given.name })
  end
  return json(200, context.model.data.variables[id])
end, "json")

-- ---- plain collections ----

local function collection(path, kind, name, writable)
  manage("GET", path, name .. "s", function(context)
    return json(200, context.model.data[kind] or {})
  end)
  manage("GET", path .. "/:id", name, function(context, _, _, id)
    local item = (context.model.data[kind] or {})[id]
    return item and json(200, item) or not_found(context, name .. " with ID " .. id)
  end)
  if not writable then return end
  manage("PUT", path .. "/:id", name .. "-update", function(context, req, _, id)
    local item = type(req.json) == "table" and context.model:update(kind, id, req.json)
    return item and json(200, item) or not_found(context, name .. " with ID " .. id)
  end, "json")
  manage("POST", path, name .. "-create", function(context, req)
    if type(req.json) ~= "table" or type(req.json.name) ~= "string" then
      return refuse(context, 400, "Missing Parameter: name")
    end
    req.json.id = context.state:uuid()
    return json(200, context.model:create(kind, req.json))
  end, "json")
  manage("DELETE", path .. "/:id", name .. "-delete", function(context, _, _, id)
    return context.model:delete(kind, id) and json(200, core.null)
      or not_found(context, name .. " with ID " .. id)
  end)
end

-- Of two routes that match, the exact one or the first is used: this one before "users/user/:id".
manage("GET", "/users/user/me", "user-me", function(context)
  for _, user in pairs(context.model.data.users) do
    if user.role == "owner" then return json(200, user) end
  end
  return not_found(context, "User")
end)
collection("/zones/zone", "zones", "zone", true)
collection("/flow/flow", "flows", "flow", true)
collection("/flow/advancedflow", "advancedflows", "advancedflow", true)
collection("/flow/flowfolder", "flowfolders", "flowfolder", true)
collection("/logic/variable", "variables", "variable", true)
collection("/users/user", "users", "hub-user", true)
collection("/notifications/notification", "notifications", "notification")
collection("/moods/mood", "moods", "mood", true)
collection("/alarms/alarm", "alarms", "alarm", true)
collection("/apps/app", "apps", "app")
collection("/images/image", "images", "image")

manage("GET", "/insights/log", "logs", function(context)
  return json(200, View.owned(context.model.data.insights_logs or {}, context.settings.api_version))
end)
manage("GET", "/flowtoken/flowtoken", "flowtokens", function(context)
  return json(200, View.owned(context.model.data.flowtokens or {}, context.settings.api_version))
end)
manage("GET", "/geolocation/option/:name", "geolocation", function(context, _, _, name)
  local option = (context.model.data.geolocation or {})[name]
  return option and json(200, option) or not_found(context, "Option " .. name)
end)
manage("GET", "/clock/state", "clock", function(context)
  local clock = context.model.data.clock
  if not clock then return not_found(context, "Clock") end
  return json(200, { timezone = clock.timezone, time = encoding.iso(context.state.now()) })
end)
manage("GET", "/system/name", "system-name", function(context)
  return json(200, context.model.data.homey.name)
end)
manage("GET", "/system", "system", function(context)
  local homey = context.model.data.homey
  return json(200, {
    hostname = "homey-" .. context.hub_id, homeyVersion = context:version(),
    platform = homey.platform,
  })
end)

list[#list + 1] = require "homey.sim.hub.websocket_upgrade"

return router.compile(list)
