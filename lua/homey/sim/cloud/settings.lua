--- Settings of the simulated cloud and hub, with their defaults.

--- Options of `sim.start` and `sim:set`.
---@class homey.sim.Settings
---@field api_version integer   version of the hub's API: 2 or 3
---@field mode string           "302" (authorise redirects at once) or "consent" (after a page with
---                             Allow)
---@field consent table         variants of that page, see homey.sim.cloud.consent_page
---@field email string
---@field password string
---@field otp string|false      one-time code that the login requires
---@field clients table         OAuth clients of the cloud: id -> {secret=, redirect_uris={...}}
---@field homeys table          further Homeys of the account: {id=, name=, ...}, without hubs
---@field rotation boolean      each refresh returns a new refresh token
---@field theft_revokes boolean reuse of a refresh token revokes all tokens of that login
---@field credentials string    client credentials at the token endpoint: "both", "body" or "basic"
---@field refresh string        "on", "unsupported" (unsupported_grant_type) or "missing" (404)
---@field seed_refresh string   refresh at the delegation URL: "tokens", "delegation" or "missing"
---@field delegation string     "json" (a JSON string), "text" (unquoted) or "object" ({"token":})
---@field password_grant boolean
---@field double_slash boolean  `//authorise` and `//delegation/token` exist
---@field authorise table       paths that exist: {accounts=, oauth2=, api=} booleans
---@field lifetimes table       seconds: code, access, bearer, jwt, refresh (false = no limit)
---@field expires_in integer|false  `expires_in` in place of the true lifetime
---@field hub boolean|string    true, false (connections are closed) or "hang"
---@field cloud boolean|string  the same for accounts, api and the cloud address of the hub
---@field hub_at_address string|false  id of another hub that answers at the address
---@field starting boolean      the hub has just restarted: its lists are empty
---@field fatal string|false    ping answers 403: "subscription" or "serial"
---@field addresses table       members of homeys[] in user/me; false removes one
---@field address_port string   certificate of the secure local address: https, expired, wrong_host,
---                             unknown_ca
---@field plain_tokens boolean  false: a token over plain http is refused, with a complaint
---@field require_homey_id boolean  false: a hub request without X-Homey-ID is no complaint
---@field strict boolean        false: complaints are recorded, but no request is refused
---@field value_reply string    GET of one capability: "bare" or "object"
---@field pat string            personal access token of the hub
---@field pat_scopes string[]   its scopes
---@field clock_ahead number    seconds by which the clocks of hub and cloud are ahead of this
---       machine
---@field local_username string
---@field local_password string
---@field idle_timeout number   seconds until an idle connection is closed
---@field ping_interval number  seconds between two pings of a websocket client
---@field ping_timeout number   seconds that a client waits for a pong
---@field echo string           the event of a set over a websocket is "before" its answer or
---       "after"
local defaults = {
  api_version = 3,
  mode = "302",
  consent = {},
  email = "sunny@example.com",
  password = "Sunny & warm = 20+5 % ö",
  otp = false,
  clients = {
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
  },
  homeys = {},
  rotation = true,
  theft_revokes = false,
  credentials = "both",
  refresh = "on",
  seed_refresh = "tokens",
  delegation = "json",
  password_grant = true,
  double_slash = true,
  authorise = { accounts = true, oauth2 = true, api = true },
  lifetimes = { code = 30, access = 3660, bearer = 86400, jwt = 300, refresh = false },
  expires_in = false,
  hub = true,
  cloud = true,
  hub_at_address = false,
  starting = false,
  fatal = false,
  addresses = {},
  address_port = "https",
  plain_tokens = true,
  require_homey_id = true,
  strict = true,
  value_reply = "bare",
  pat = "5d1f0c1e-2b7a-4c55-9f0e-6a1b93d7e840:c7a4e9b2-61d3-4f0a-8e5c-2f9d3b7a1064:"
    .. "7e1c5a90d2f4b8636a0e9d1c47b25f83e06a9d14",
  pat_scopes = { "homey" },
  clock_ahead = 0,
  local_username = "porch",
  local_password = "light at 7",
  idle_timeout = 120,
  ping_interval = 25,
  ping_timeout = 5,
  echo = "before",
}

local merged = { lifetimes = true, authorise = true, addresses = true, clients = true }

local settings = {}

local function copy(value)
  if type(value) ~= "table" then return value end
  local out = {}
  for k, v in pairs(value) do out[k] = copy(v) end
  return out
end

local function check(name, value)
  local default = defaults[name]
  if default == nil then error("the simulator has no setting '" .. tostring(name) .. "'.", 0) end
  local is_switch = type(default) == "boolean" and type(value) ~= "table"
  if type(value) ~= type(default) and not is_switch then
    error(("the setting '%s' is a %s, not a %s."):format(name, type(default), type(value)), 0)
  end
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
  return settings.apply(copy(defaults), changes or {})
end

--- Whether there is a setting of this name.
---@param name string
---@return boolean
function settings.has(name) return defaults[name] ~= nil end

return settings
