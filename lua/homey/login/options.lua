-- Login options: the rows of homey.login's options. They are completed from the environment,
-- checked before anything is sent, and passed to the core under its names.

local lazy = require "homey.util.lazy"
local options = require "homey.util.options"

local format = lazy "homey.util.format"
local invalid = lazy "homey.util.invalid"
local core = lazy "homey.core"
local timezone = lazy "homey.time.timezone"

local login_options = {}

local a_text = { type = "text" }

local function check_timezone(value)
  local name, problem = options.check(a_text, value)
  if name then timezone.named(name) end
  return name, problem
end

-- Header lines, sorted, from a list of lines or a table of names and values.
local function check_headers(value)
  if type(value) ~= "table" then
    return nil, ("takes a table of header lines, not %s."):format(format(value))
  end
  local lines = {}
  for key, each in pairs(value) do
    local line, problem = options.check(a_text, each)
    if type(key) == "string" and line then line = key .. ": " .. line end
    if line then line, problem = options.check(a_text, line) end
    if problem then return nil, problem end
    lines[#lines + 1] = line
  end
  table.sort(lines)
  return lines
end

local client_rows = {
  what = "the option `client`", class = "homey.ClientOptions",
  doc = "An OAuth client other than those of this library.",
  { name = "id", type = "text", env = "HOMEY_CLIENT_ID", doc = "the client's id" },
  { name = "secret", type = "text", env = "HOMEY_CLIENT_SECRET", doc = "its secret" },
  { name = "redirect_uri", type = "text", env = "HOMEY_REDIRECT_URI",
    doc = "its registered redirect URI" },
}

local function check_client(value, row, what)
  if type(value) == "table" then
    return options.read(client_rows, value, ("%s: `%s`"):format(what, row.name))
  end
  local names = {}
  for i, preset in ipairs(core.presets) do
    if preset.name == value then
      local uri = preset.redirect_uri
      return { id = preset.client_id, secret = preset.client_secret, redirect_uri = uri }
    end
    names[i] = preset.name
  end
  return nil, ("takes '%s' or a table with an id, not %s.")
    :format(table.concat(names, "', '"), format(value))
end

local function check_store(value)
  if type(value) ~= "table" then
    return nil, ("takes a table of functions, not %s."):format(format(value))
  end
  for _, key in ipairs { "load", "save" } do
    if type(value[key]) ~= "function" then return nil, ("needs a function `%s`."):format(key) end
  end
  if value.lock ~= nil and type(value.lock) ~= "function" then
    return nil, "has a `lock` that is no function."
  end
  return value
end

local function check_trace(value)
  if type(value) == "boolean" or type(value) == "function" then return value end
  return nil, ("takes true or false, or a function, not %s."):format(format(value))
end

--- The options of homey.login and homey.new.
---@type homey.OptionRows
login_options.rows = {
  what = "homey.login", class = "homey.Options", example = "{ email = ..., password = ... }",
  doc = "The options of homey.login and homey.new. False ignores the environment.",
  off = true,
  { name = "email", type = "text", env = "HOMEY_EMAIL", doc = "e-mail address of the account" },
  { name = "password", type = "text", env = "HOMEY_PASSWORD", doc = "its password; never stored" },
  { name = "otp", type = "text", doc = "one-time code, if the account asks for one" },
  { name = "hub", type = "text", env = "HOMEY_HUB",
    doc = "name or id of the hub, if the account has several" },
  { name = "address", type = "text", env = "HOMEY_ADDRESS",
    doc = "URL of the hub at home, or its IP address, which is reached by https" },
  { name = "token", type = "text", env = "HOMEY_TOKEN",
    doc = "an API key of the hub; needs `address`" },
  { name = "username", type = "text",
    doc = "a local user of the hub; needs `password` and `address`" },
  { name = "code", type = "text", doc = "an authorization code from the browser" },
  { name = "refresh_token", type = "text", doc = "a refresh token of the account" },
  { name = "client", type = "table", fields = client_rows, check = check_client,
    annotation = "string|homey.ClientOptions",
    doc = "the OAuth client: 'developer', 'localhost', or a table with an id" },
  { name = "endpoints", type = "table", doc = "base URLs of the cloud", fields = {
    what = "the option `endpoints`", class = "homey.EndpointOptions",
    doc = "Base URLs of the cloud.",
    { name = "accounts", type = "text", doc = "base URL of the login" },
    { name = "api", type = "text", doc = "base URL of the API" },
    { name = "energy", type = "text", doc = "its energy API; needed beside an `api` of your own" },
    { name = "weather", type = "text", doc = "its weather API; likewise" },
  } },
  { name = "account", type = "text", default_text = "the e-mail address, else the hub's address",
    doc = "name under which the login is stored" },
  { name = "state_dir", type = "text", env = "HOMEY_STATE_DIR",
    default_text = "$XDG_STATE_HOME/homey, else ~/.local/state/homey",
    annotation = "string|false", doc = "folder of logins, states and the journal; false for none" },
  { name = "store", type = "table", annotation = "homey.Store", check = check_store,
    doc = "storage of logins, in place of `state_dir`" },
  { name = "cafile", type = "text", env = "HOMEY_CAFILE", default_text = "the system's",
    doc = "certificates of trusted authorities, a PEM file" },
  { name = "connect_to", type = "list", env = "HOMEY_CONNECT_TO",
    doc = "redirects connections: lines HOST:PORT:TO-HOST:TO-PORT, as in curl" },
  { name = "headers", type = "table", annotation = "string[]|table<string, string>",
    check = check_headers, doc = "header lines added to every request to the hub" },
  { name = "user_agent", type = "text", doc = "the User-Agent header" },
  { name = "scheme", type = "text",
    doc = "URL scheme of the Origin and Referer headers of the login" },
  { name = "timeout", type = "duration", min = 0.001,
    default_text = "10 s; 30 s for hubs of before 2023", doc = "longest silence in one exchange" },
  { name = "max_reply", type = "integer", unit = "bytes", min = 1, default_text = "64 MiB",
    doc = "largest accepted reply" },
  { name = "stale", type = "duration", min = 0.001, default_text = "60 s",
    doc = "time without a message of the hub after which its values count as stale" },
  { name = "poll", type = "duration", min = 0.001, default = 10,
    doc = "time between two reads when the hub accepts no websocket" },
  { name = "timezone", type = "text", env = "HOMEY_TIMEZONE", check = check_timezone,
    default_text = "the hub's, else this machine's",
    doc = "time zone: 'Europe/Amsterdam' or 'CET-1CEST,M3.5.0,M10.5.0/3'" },
  { name = "latitude", type = "number", unit = "degrees", min = -90, max = 90,
    default_text = "the hub's", doc = "degrees north, for sunrise and sunset" },
  { name = "longitude", type = "number", unit = "degrees", min = -180, max = 180,
    default_text = "the hub's", doc = "degrees east" },
  { name = "refresh", type = "text", values = { "auto", "official", "seed" },
    default_text = "'auto'", doc = "how an access token is refreshed" },
  { name = "password_grant", type = "boolean", default_text = "false",
    doc = "logs in by the OAuth password grant" },
  { name = "plain_http", type = "text", values = { "auto", "allow", "never" },
    default_text = "'auto'",
    doc = "allows plain http to the hub; 'auto': only to hubs without TLS" },
  { name = "fresh", type = "boolean", default_text = "false", doc = "ignores the stored login" },
  { name = "journal", type = "boolean", default_text = "true",
    doc = "keeps a journal of changes, which homey.why reads" },
  { name = "dry_run", type = "boolean", env = "HOMEY_DRY_RUN", default_text = "false",
    doc = "logs changes instead of sending them" },
  { name = "trace", type = "boolean", env = "HOMEY_TRACE", check = check_trace,
    default_text = "false", annotation = "boolean|fun(line: string)",
    doc = "gets a line for each exchange, without secrets; true: stderr" },
}

-- ---- the environment ----------------------------------------------------------------------------

local ways_in = { "email", "token", "username", "code", "refresh_token" }

local function variable(getenv, name)
  local value = getenv(name)
  if value == nil or value == "" then return nil end
  local checked, problem = options.check(a_text, value)
  if problem then invalid("the environment: `%s` %s", name, problem) end
  return checked
end

-- A script that names its kind of login gets no other kind from the environment. A password may
-- still come from there.
local function is_unwanted(given)
  local named
  for _, way in ipairs(ways_in) do named = named or given[way] end
  if not named then return {} end
  return { email = true, token = true, password = not (given.email or given.username) }
end

local parse = {}

function parse.boolean(value)
  return value ~= nil and value ~= "0"
end

function parse.list(value)
  local list = {}
  for each in (value or ""):gmatch "[^,%s]+" do list[#list + 1] = each end
  return #list > 0 and list or nil
end

-- Fills in missing options from the environment.
local function add_variables(rows, given, getenv, skip)
  for _, row in ipairs(rows) do
    if given[row.name] == nil and row.env and not skip[row.name] then
      local value = variable(getenv, row.env)
      if parse[row.type] then value = parse[row.type](value) end
      given[row.name] = value
    end
  end
  return given
end

-- The folder for the state of programs. A program that the system starts often has no HOME.
local function default_state_dir(getenv, home_folder)
  local state = variable(getenv, "XDG_STATE_HOME")
  if state and state:sub(1, 1) == "/" then return state .. "/homey" end
  local home = variable(getenv, "HOME") or home_folder()
  return home and home:gsub("/$", "") .. "/.local/state/homey"
end

-- Without a store, each run would have to log in again. API keys and local users need no store.
local function need_state_dir(given)
  if given.state_dir ~= nil or given.store then return end
  if not (given.email or given.code or given.refresh_token) then return end
  invalid("there is no folder to keep the login in. Set HOME or HOMEY_STATE_DIR, or give "
    .. "`state_dir`; state_dir = false keeps it nowhere.")
end

local function add_environment(given, getenv, home_folder)
  add_variables(login_options.rows, given, getenv, is_unwanted(given))
  if given.timezone then check_timezone(given.timezone) end
  if given.client == nil then
    local client = add_variables(client_rows, {}, getenv, {})
    given.client = next(client) and client or nil
  end
  if given.state_dir == nil and not given.store then
    given.state_dir = default_state_dir(getenv, home_folder)
  end
  need_state_dir(given)
end

-- ---- names in the core --------------------------------------------------------------------------

local same = {
  "email", "password", "otp", "hub", "address", "token", "username", "code", "refresh_token",
  "account", "user_agent", "scheme", "headers", "connect_to", "cafile", "state_dir", "timeout",
  "stale", "max_reply", "refresh", "password_grant", "fresh", "plain_http",
}

local function is_empty(value)
  return type(value) == "table" and next(value) == nil
end

local function for_core(given)
  local settings = {}
  for _, name in ipairs(same) do
    if not is_empty(given[name]) then settings[name] = given[name] or nil end
  end
  local client, endpoints = given.client or {}, given.endpoints or {}
  settings.client_id, settings.client_secret = client.id, client.secret
  settings.redirect_uri = client.redirect_uri
  settings.accounts_url, settings.api_url = endpoints.accounts, endpoints.api
  settings.energy_url, settings.weather_url = endpoints.energy, endpoints.weather
  settings.store, settings.trace = given.store and true, given.trace and true or nil
  if settings.store then settings.state_dir = nil end
  return settings
end

--- Check options and complete them from the environment.
---@param given? homey.Options
---@param getenv? fun(name: string): string?
---@param home_folder? fun(): string?  of the user, where the environment does not tell
---@return table settings  the core's options
---@return homey.Options   as completed
function login_options.read(given, getenv, home_folder)
  local read = options.read(login_options.rows, given)
  if (read.latitude == nil) ~= (read.longitude == nil) then
    invalid("homey.login: `latitude` and `longitude` go together. Give both of them.")
  end
  add_environment(read, getenv or os.getenv, home_folder or core.home_folder)
  return for_core(read), read
end

return login_options
