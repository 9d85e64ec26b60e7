--- Services of the simulated cloud: its public operations, at api.athom.com, energy-api.athom.com
--- and weather-api.athom.com. A socket checks the token first; in virtual time there is none.
local core = require "homey.core"
local encoding = require "homey.sim.http.encoding"
local response = require "homey.sim.http.response"
local user_me = require "homey.sim.cloud.user_me"

local failure, json = response.failure, response.json

---@class homey.sim.Account  what the cloud keeps beside the user
---@field newsletter? string  its language, when the user has subscribed
---@field installer table
---@field clients table<string, table>

local function account_of(context)
  local state = context.state
  state.account = state.account or { installer = {}, clients = {} }
  return state.account
end

local function fields_of(req, names)
  local given, found = type(req.json) == "table" and req.json or {}, {}
  for name in names:gmatch "%S+" do found[name] = given[name] end
  return found
end

local function merge(into, changes)
  for name, value in pairs(changes) do into[name] = value end
  return into
end

-- ---- the account --------------------------------------------------------------------------------

local function get_user(context) return response.raw_json(200, user_me(context)) end

local function newsletter_status(context)
  return json(200, { subscribed = account_of(context).newsletter ~= nil })
end

local function subscribe(context, req)
  account_of(context).newsletter = fields_of(req, "language").language or context.user.language
  return newsletter_status(context)
end

local function unsubscribe(context)
  account_of(context).newsletter = nil
  return newsletter_status(context)
end

-- Only the user's own information is there.
local function own(handle)
  return function(context, req, user_id)
    if user_id ~= context.user.id then return failure(404, "not_found", "Not Found: User") end
    return handle(context, req)
  end
end

local function get_installer(context) return json(200, account_of(context).installer) end

local function put_installer(context, req)
  return json(200, merge(account_of(context).installer, fields_of(req, "website email phone")))
end

-- ---- its OAuth clients --------------------------------------------------------------------------

local client_fields = "name redirectUri scopes"

local function get_clients(context)
  local list = setmetatable({}, core.array)
  for _, client in pairs(account_of(context).clients) do list[#list + 1] = client end
  table.sort(list, function(a, b) return a.id < b.id end)
  return json(200, list)
end

local function create_client(context, req)
  local client = fields_of(req, client_fields)
  client.id = context.state:hex(12)
  account_of(context).clients[client.id] = client
  return json(200, client)
end

local function client_of(handle)
  return function(context, req, id)
    local client = account_of(context).clients[id]
    if not client then return failure(404, "not_found", "Not Found: Client") end
    return handle(context, req, client)
  end
end

local function update_client(_, req, client)
  return json(200, merge(client, fields_of(req, client_fields)))
end

local function delete_client(context, _, client)
  account_of(context).clients[client.id] = nil
  return response.text(204, "application/json", "")
end

-- ---- energy -------------------------------------------------------------------------------------

local zones = setmetatable({
  { id = "10YNL----------L", version = "1", name = "Netherlands", countryKey = "NL" },
  { id = "10YBE----------2", version = "1", name = "Belgium", countryKey = "BE" },
}, core.array)

local function get_zones() return json(200, zones) end

local function missing(query, names)
  for name in names:gmatch "%S+" do
    if not query[name] then
      return failure(400, "invalid_request", "Missing Parameter: " .. name)
    end
  end
end

local function get_zone(_, req)
  local query = encoding.form(req.query or "")
  local refused = missing(query, "latitude longitude")
  if refused then return refused end
  if not (tonumber(query.latitude) and tonumber(query.longitude)) then
    return failure(400, "invalid_request", "Invalid Location")
  end
  return json(200, zones[1])
end

-- A day with a cheap night and noon, and a dear evening; the same on all days.
local function price_at(hour)
  return math.floor(1000 * (0.12 - 0.06 * math.cos((hour - 19) / 12 * math.pi)
    * math.cos((hour - 1) / 12 * math.pi)) + 0.5) / 1000
end

local function get_prices(_, req)
  local query = encoding.form(req.query or "")
  local refused = missing(query, "zoneId zoneVersion date timezone")
  if refused then return refused end
  if not query.date:find "^%d%d%d%d%-%d%d%-%d%d$" then
    return failure(400, "invalid_request", "Invalid Date")
  end
  local prices = setmetatable({}, core.array)
  for hour = 0, 23 do
    prices[hour + 1] = {
      time = ("%sT%02d:00:00"):format(query.date, hour), price = price_at(hour),
    }
  end
  return json(200, {
    zoneId = query.zoneId, zoneVersion = query.zoneVersion, date = query.date,
    timezone = query.timezone, currency = query.currency or "EUR",
    interval = query.interval or "PT60M", prices = prices,
  })
end

-- ---- weather ------------------------------------------------------------------------------------

local function get_weather(_, req)
  local query = encoding.form(req.query or "")
  return missing(query, "latitude longitude homey") or json(200, {
    temperature = 18.5, humidity = 0.62, pressure = 1014, state = "Clear",
  })
end

-- ---- the table ----------------------------------------------------------------------------------

-- Server, name of the route, method, path, body, handler.
local rows = {
  { "api", "user", "GET", "/user/me", nil, get_user },
  { "api", "newsletter", "GET", "/user/me/newsletter", nil, newsletter_status },
  { "api", "newsletter-create", "POST", "/user/me/newsletter", "json", subscribe },
  { "api", "newsletter-delete", "DELETE", "/user/me/newsletter", nil, unsubscribe },
  { "api", "installer", "GET", "/user/:id/installer-information", nil, own(get_installer) },
  { "api", "installer-update", "PUT", "/user/:id/installer-information", "json",
    own(put_installer) },
  { "api", "clients", "GET", "/user/me/client", nil, get_clients },
  { "api", "client-create", "POST", "/user/me/client", "json", create_client },
  { "api", "client-update", "PUT", "/user/me/client/:id", "json", client_of(update_client) },
  { "api", "client-delete", "DELETE", "/user/me/client/:id", nil, client_of(delete_client) },
  { "energy", "energy-zone", "GET", "/api/v1/zone", nil, get_zone },
  { "energy", "energy-zones", "GET", "/api/v1/zones", nil, get_zones },
  { "energy", "energy-prices", "GET", "/api/v1/day-ahead-prices/electricity", nil, get_prices },
  { "weather", "weather", "GET", "/api/v1/weather", nil, get_weather },
}

local services = {}

--- The routes of a server of the cloud.
---@param server "api"|"energy"|"weather"
---@param guarded? fun(handle: function): function  wraps each handler
---@return homey.sim.Route[]
function services.routes(server, guarded)
  local list = {}
  for _, row in ipairs(rows) do
    if row[1] == server then
      list[#list + 1] = {
        name = row[2], method = row[3], path = row[4], body = row[5], auth = "access",
        handle = guarded and guarded(row[6]) or row[6],
      }
    end
  end
  return list
end

return services
