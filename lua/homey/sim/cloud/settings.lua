--- Settings of the simulated cloud and hub: one row each, with type, default and meaning.

local format = require "homey.util.format"
local option_reader = require "homey.util.options"

local settings = {}

local function check_string(value)
  if type(value) == "string" then return value end
  return nil, ("takes text, not %s."):format(format(value))
end

-- A switch that has further values beside true and false.
local function check_switch(value)
  if type(value) ~= "table" then return value end
  return nil, "takes true, false or another value, not a table."
end

local function text(name, default, doc)
  return { name = name, type = "text", default = default, check = check_string, doc = doc }
end

local function flag(name, default, doc)
  return { name = name, type = "boolean", default = default, doc = doc }
end

local function switch(name, default, annotation, doc)
  return {
    name = name, type = "any", default = default, annotation = annotation, check = check_switch,
    doc = doc,
  }
end

local function seconds(name, default, doc)
  return { name = name, type = "number", unit = "seconds", default = default, doc = doc }
end

local function members(name, default, doc)
  return { name = name, type = "table", default = default, doc = doc }
end

local clients = {
  ["598d85a330e1bb0c0d75b8eb"] = {
    secret = "ba93fc861b204732607169fb29c2708f1da7e17f",
    redirect_uris = { "https://developer.athom.com" },
  },
  ["5a8d4ca6eb9f7a2c9d6ccf6d"] = {
    secret = "e3ace394af9f615857ceaa61b053f966ddcfb12a",
    redirect_uris = { "http://localhost" },
  },
  ["7d2a5e91c03b4f68a1d9e257"] = {
    secret = "0b6f7c2e9d184a35b7e0c1f2938475a6d5e4f310",
    redirect_uris = { "http://localhost/oauth2/callback", "http://localhost:8123/" },
  },
}

local pat = "5d1f0c1e-2b7a-4c55-9f0e-6a1b93d7e840:c7a4e9b2-61d3-4f0a-8e5c-2f9d3b7a1064:"
  .. "7e1c5a90d2f4b8636a0e9d1c47b25f83e06a9d14"

--- The settings of the simulator, options of sim.start, sim.home and sim:set.
---@type homey.OptionRows
settings.rows = {
  what = "the simulator", class = "homey.sim.Settings",
  doc = "Settings of the simulator: options of sim.start, sim.home and sim:set.",
  { name = "api_version", type = "integer", default = 3, doc = "version of the hub's API: 2 or 3" },
  text("mode", "302",
    "\"302\" (authorise redirects at once) or \"consent\" (after a page with Allow)"),
  members("consent", {}, "variants of that page, see homey.sim.cloud.consent_page"),
  text("email", "sunny@example.com", "e-mail address of the account"),
  text("password", "Sunny & warm = 20+5 % ö", "its password"),
  switch("otp", false, "string|false", "one-time code that the login requires"),
  members("clients", clients,
    "OAuth clients of the cloud: id to { secret =, redirect_uris = { ... } }"),
  members("homeys", {}, "further Homeys of the account: { id =, name =, ... }, without hubs"),
  switch("rotation", true, "boolean|string",
    "each refresh returns a new refresh token; \"omit\": none at all"),
  flag("theft_revokes", false, "reuse of a refresh token revokes all tokens of that login"),
  text("credentials", "both",
    "client credentials at the token endpoint: \"both\", \"body\" or \"basic\""),
  text("refresh", "on", "\"on\", \"unsupported\" (unsupported_grant_type) or \"missing\" (404)"),
  text("seed_refresh", "tokens",
    "refresh at the delegation URL: \"tokens\", \"delegation\" or \"missing\""),
  text("delegation", "json",
    "\"json\" (a JSON string), \"text\" (unquoted) or \"object\" ({\"token\":})"),
  flag("password_grant", true, "the cloud knows the OAuth password grant"),
  flag("double_slash", true, "`//authorise` and `//delegation/token` exist"),
  members("authorise", { accounts = true, oauth2 = true, api = true },
    "paths that exist: { accounts =, oauth2 =, api = } booleans"),
  members("lifetimes", { code = 30, access = 3660, bearer = 86400, jwt = 300, refresh = false },
    "seconds: code, access, bearer, jwt, refresh; false: no limit"),
  switch("expires_in", false, "integer|false", "`expires_in` in place of the true lifetime"),
  switch("hub", true, "boolean|string", "true, false (connections are closed) or \"hang\""),
  switch("cloud", true, "boolean|string",
    "the same for accounts, api and the cloud address of the hub"),
  switch("hub_at_address", false, "string|false", "id of another hub that answers at the address"),
  flag("starting", false, "the hub has just restarted: its lists are empty"),
  switch("fatal", false, "string|false", "ping answers 403: \"subscription\" or \"serial\""),
  members("addresses", {}, "members of homeys[] in user/me; false removes one"),
  text("address_port", "https",
    "certificate of the secure local address: https, expired, wrong_host, unknown_ca"),
  flag("plain_tokens", true, "false: a token over plain http is refused, with a complaint"),
  flag("require_homey_id", true, "false: a hub request without X-Homey-ID is no complaint"),
  flag("strict", true, "false: complaints are recorded, but no request is refused"),
  text("value_reply", "bare", "GET of one capability: \"bare\" or \"object\""),
  text("pat", pat, "personal access token of the hub"),
  members("pat_scopes", { "homey" }, "its scopes"),
  seconds("clock_ahead", 0, "how far the clocks of hub and cloud are ahead of this machine"),
  text("local_username", "porch", "name of the local user of the hub"),
  text("local_password", "light at 7", "its password"),
  seconds("idle_timeout", 120, "time until an idle connection is closed"),
  seconds("ping_interval", 25, "time between two pings of a websocket client"),
  seconds("ping_timeout", 5, "time that a client waits for a pong"),
  text("echo", "before",
    "the event of a set over a websocket is \"before\" its answer or \"after\""),
}

local rows = {}
for _, row in ipairs(settings.rows) do rows[row.name] = row end

local merged = { lifetimes = true, authorise = true, addresses = true, clients = true }

local function copy(value)
  if type(value) ~= "table" then return value end
  local out = {}
  for k, v in pairs(value) do out[k] = copy(v) end
  return out
end

local function check(name, value)
  local row = rows[name]
  if not row then error("the simulator has no setting '" .. tostring(name) .. "'.", 0) end
  local checked, problem = option_reader.check(row, value, "the simulator")
  if problem then error(("the setting '%s' %s"):format(name, problem), 0) end
  return checked
end

--- Change settings. Of tables such as `lifetimes`, single members.
---@param into homey.sim.Settings
---@param changes table
---@return homey.sim.Settings into
function settings.apply(into, changes)
  for name, value in pairs(changes) do
    check(name, value)
    if merged[name] then
      for k, v in pairs(value) do into[name][k] = copy(v) end
    else
      into[name] = copy(value)
    end
  end
  return into
end

--- New settings: the defaults with changes.
---@param changes? table
---@return homey.sim.Settings
function settings.new(changes)
  local defaults = {}
  for name, row in pairs(rows) do defaults[name] = copy(row.default) end
  return settings.apply(defaults, changes or {})
end

--- Whether there is a setting of this name.
---@param name string
---@return boolean
function settings.has(name) return rows[name] ~= nil end

return settings
