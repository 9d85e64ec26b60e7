-- home:system, home:updates, home:ledring, home:weather, home:forecast,
-- home:session, home:sessions, home:access_tokens: what the hub itself has.

local AccessToken = require("homey.util.lazy") "homey.manage.access_token"
local Ledring = require("homey.util.lazy") "homey.manage.ledring"
local System = require("homey.util.lazy") "homey.manage.system"
local Updates = require("homey.util.lazy") "homey.manage.updates"
local call = require "homey.manage.call"
local option_tables = require("homey.util.lazy") "homey.manage.options"
local options = require("homey.util.lazy") "homey.util.options"
local records = require "homey.model.record"
local timestamp = require "homey.time.timestamp"

---@class homey.Home
local methods = {}

--- What the hub is: its name, version, model, and since when it runs.
--- Raises: request.
---@return homey.System
function methods:system()
  return System.read(self)
end

--- The updates of the hub's firmware. A hub in the cloud has none.
--- Raises: invalid, request.
---@return homey.Updates
function methods:updates()
  return Updates.read(self)
end

--- The LED ring of the hub. A hub in the cloud has none.
--- Raises: invalid, request.
---@return homey.Ledring
function methods:ledring()
  return Ledring.read(self)
end

--- The weather at the hub now, as the hub sends it: `temperature`, `humidity`, `state`.
--- homey.on("weather", f) hears of changes.
--- Raises: request.
---@return table
function methods:weather()
  return call.read(self, "weather", "getWeather", {})
end

--- The weather of the hours to come, as the hub sends it. A Homey of 2016 to 2019 has none.
--- Raises: invalid, request.
---@return table[]
function methods:forecast()
  return call.read(self, "weather", "getWeatherHourly", {})
end

---@class homey.Session  a login at the hub
---@field id string       its id at the hub
---@field type? string     "OAUTH", "PAT" for an API key, "APP"
---@field scopes string[]  what it allows
---@field client? string   the program that has logged in; nil: not known
---@field created? number  seconds since 1970; nil: not known
---@field expires? number  seconds since 1970; nil: not known

local function seconds(value)
  local ms = timestamp.ms(value)
  return ms and ms / 1000
end

local function text(value) return type(value) == "string" and value or nil end

local function session_of(raw)
  local scopes = {}
  for i, scope in ipairs(type(raw.scopes) == "table" and raw.scopes or {}) do
    scopes[i] = tostring(scope)
  end
  return {
    id = text(raw.id), type = text(raw.type), scopes = scopes, created = seconds(raw.createdAt),
    expires = seconds(raw.expiresAt), client = text(raw.clientName),
  }
end

--- The login of this program at the hub.
--- Raises: request.
---@return homey.Session
function methods:session()
  local raw = call.read(self, "sessions", "getSessionMe", {})
  return session_of(type(raw) == "table" and raw or {})
end

--- All logins at the hub. Only a Homey of 2016 to 2019 lists them.
--- Raises: invalid, request.
---@return homey.Session[]
function methods:sessions()
  local list = {}
  for i, raw in ipairs(records.list(call.read(self, "sessions", "getSessions", {}))) do
    list[i] = session_of(raw)
  end
  table.sort(list, function(a, b) return (a.id or "") < (b.id or "") end)
  return list
end

--- The access tokens (API keys) of the hub, without their secrets. Only a Homey Pro of 2023 or
--- later has them, and an API key cannot read them.
--- Raises: invalid, forbidden, request.
---@return homey.AccessToken[]
function methods:access_tokens()
  return AccessToken.all(self)
end

--- Create an access token (API key). Its secret is answered this once, and stored nowhere.
--- Raises: invalid, forbidden, rate_limited, request.
---@param token homey.NewAccessToken
---@return homey.AccessToken?  nil in a dry run
---@return string? secret      what logs in: homey.login{ address = ..., token = secret }
function methods:create_access_token(token)
  return AccessToken.create(self, options.read(option_tables.new_access_token, token))
end

return methods
