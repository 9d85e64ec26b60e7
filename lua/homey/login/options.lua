-- The options of a login: what a script gives and what the environment adds, checked one by one before anything is
-- sent, and put into the words of the core.

local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local show = require "homey.util.format"
local text = require "homey.util.text"

local duration = lazy "homey.util.duration"
local near = lazy "homey.util.suggest"
local timezone = lazy "homey.time.timezone"

---@class homey.Options
---@field email? string            HOMEY_EMAIL
---@field password? string         HOMEY_PASSWORD; never stored
---@field otp? string              one-time code
---@field hub? string              HOMEY_HUB; name or id, where the account has several
---@field address? string          HOMEY_ADDRESS; URL of the hub at home, or its IP alone, for https
---@field token? string            HOMEY_TOKEN; an API key of the hub; needs `address`
---@field username? string         a local user of the hub; needs `password` and `address`
---@field code? string             an authorization code from the browser
---@field refresh_token? string
---@field client? string|{id: string, secret: string?, redirect_uri: string?}  HOMEY_CLIENT_ID, HOMEY_CLIENT_SECRET,
---   HOMEY_REDIRECT_URI; or the name of a client that the core knows: "developer", "localhost"
---@field endpoints? {accounts: string?, api: string?}  base URLs of the cloud
---@field account? string          under which the login is stored; by default the e-mail address, else the address
---@field state_dir? string|false  HOMEY_STATE_DIR, else $XDG_STATE_HOME/homey, else ~/.local/state/homey; false: none
---@field store? homey.Store       in place of state_dir
---@field cafile? string           HOMEY_CAFILE; PEM
---@field connect_to? string[]     HOMEY_CONNECT_TO, comma-separated; "HOST:PORT:TO-HOST:TO-PORT"
---@field headers? string[]|table<string, string>  added to every call to the hub
---@field user_agent? string
---@field scheme? string           of the Origin and Referer headers
---@field timeout? number|string   of silence in one exchange, "10 s"
---@field max_reply? integer       bytes
---@field stale? number|string     silence of the hub after which its facts are called old, "60 s"
---@field poll? number|string      between two readings where the hub takes no websockets, "10 s"
---@field timezone? string         HOMEY_TIMEZONE; "Europe/Amsterdam" or "CET-1CEST,M3.5.0,M10.5.0/3"; by default that
---   of the hub, else that of this machine
---@field latitude? number         degrees north, for the sun; by default where the hub says that it is
---@field longitude? number        degrees east
---@field refresh? "auto"|"official"|"seed"
---@field password_grant? boolean  log in by the OAuth password grant
---@field plain_http? "auto"|"allow"|"never"  "auto": only to hubs that have no TLS of their own
---@field fresh? boolean           do not use the stored login
---@field journal? boolean         false: no journal of changes is kept, and homey.why knows little
---@field dry_run? boolean         HOMEY_DRY_RUN=1; nothing is changed: what would be sent is logged
---@field trace? boolean|fun(line: string)  HOMEY_TRACE=1; each exchange as a line, secrets replaced; true = to stderr

local function wrong(name, problem)
  return invalid("the option `%s` %s.", name, problem)
end

-- Values may be secrets: what is wrong is said by type.
local function a_text(name, value)
  if type(value) ~= "string" then wrong(name, "is text, not a " .. type(value)) end
  if value == "" then wrong(name, "is empty") end
  if value:find("\0", 1, true) then wrong(name, "holds a NUL byte") end
  if not text.is_utf8(value) then wrong(name, "is not valid UTF-8") end
  return value
end

local function a_flag(name, value)
  if type(value) ~= "boolean" then wrong(name, "is true or false, not " .. show(value)) end
  return value
end

local function a_count(name, value)
  if type(value) ~= "number" or value < 1 or value ~= math.floor(value) or value == math.huge then
    wrong(name, "is a whole number of 1 or more, not " .. show(value))
  end
  return value
end

local function a_time(name, value)
  local seconds = duration(value, ("the option `%s`"):format(name))
  if seconds == 0 then wrong(name, "is more than 0") end
  return seconds
end

local function a_timezone(name, value)
  timezone.named(a_text(name, value))
  return value
end

local function some_degrees(most)
  return function(name, value)
    if type(value) == "number" and value >= -most and value <= most then return value end
    return wrong(name, ("is a number of degrees from -%d to %d, not %s"):format(most, most, show(value)))
  end
end

local function a_choice(...)
  local choices = { ... }
  return function(name, value)
    for _, each in ipairs(choices) do
      if value == each then return value end
    end
    return wrong(name, ("is '%s', not %s"):format(table.concat(choices, "' or '"), show(value)))
  end
end

local function a_list(name, value)
  if type(value) ~= "table" then wrong(name, "is a list of text, not " .. show(value)) end
  local list = {}
  for key, each in pairs(value) do
    if type(key) ~= "number" then wrong(name, "is a list of text; it has no place for " .. show(key)) end
    list[key] = a_text(name, each)
  end
  return #list > 0 and list or nil
end

local function some_headers(name, value)
  if type(value) ~= "table" then wrong(name, "is a table of header lines, not " .. show(value)) end
  local lines = {}
  for key, each in pairs(value) do
    each = a_text(name, each)
    lines[#lines + 1] = type(key) == "string" and a_text(name, key) .. ": " .. each or each
  end
  table.sort(lines)
  return #lines > 0 and lines or nil
end

local function the_members(name, value, members)
  if type(value) ~= "table" then wrong(name, "is a table, not " .. show(value)) end
  for key, each in pairs(value) do
    if not members[key] then
      invalid("the option `%s` has no member %s%s", name, show(key), near.hint(tostring(key), near.keys(members)))
    end
    a_text(name .. "." .. key, each)
  end
  return value
end

local function a_preset(name, value)
  local names = {}
  for i, preset in ipairs(require("homey.core").presets) do
    if preset.name == value then return preset end
    names[i] = preset.name
  end
  return wrong(name, ("is '%s' or a table with an id, not %s"):format(table.concat(names, "', '"), show(value)))
end

local function a_client(name, value)
  if type(value) == "string" then
    local preset = a_preset(name, value)
    return { id = preset.client_id, secret = preset.client_secret, redirect_uri = preset.redirect_uri }
  end
  return the_members(name, value, { id = true, secret = true, redirect_uri = true })
end

local function some_endpoints(name, value)
  return the_members(name, value, { accounts = true, api = true })
end

local function a_store(name, value)
  if type(value) ~= "table" then wrong(name, "is a table of functions, not " .. show(value)) end
  for _, key in ipairs { "load", "save" } do
    if type(value[key]) ~= "function" then wrong(name, ("needs a function `%s`"):format(key)) end
  end
  if value.lock ~= nil and type(value.lock) ~= "function" then wrong(name, "has a `lock` that is no function") end
  return value
end

local function a_trace(name, value)
  if type(value) == "function" then return value end
  return a_flag(name, value)
end

local checks = {
  email = a_text, password = a_text, otp = a_text, hub = a_text, address = a_text, token = a_text, username = a_text,
  code = a_text, refresh_token = a_text, account = a_text, state_dir = a_text, cafile = a_text, user_agent = a_text,
  scheme = a_text, client = a_client, endpoints = some_endpoints, store = a_store, connect_to = a_list,
  dry_run = a_flag, journal = a_flag,
  headers = some_headers, timeout = a_time, stale = a_time, poll = a_time,
  timezone = a_timezone, latitude = some_degrees(90), longitude = some_degrees(180),
  max_reply = a_count, refresh = a_choice("auto", "official", "seed"),
  password_grant = a_flag, plain_http = a_choice("auto", "allow", "never"), fresh = a_flag, trace = a_trace,
}
local may_be_false = { password_grant = true, fresh = true, trace = true, dry_run = true, journal = true }

-- `false` means: none, not even from the environment.
local function check_all(given)
  local checked = {}
  for name, value in pairs(given) do
    local check = checks[name]
    if not check then
      invalid("a login has no option %s%s", show(name), near.hint(tostring(name), near.keys(checks)))
    end
    if value == false and not may_be_false[name] then checked[name] = false else checked[name] = check(name, value) end
  end
  return checked
end

-- ---- the environment ----

local variables = {
  state_dir = "HOMEY_STATE_DIR", cafile = "HOMEY_CAFILE", address = "HOMEY_ADDRESS", hub = "HOMEY_HUB",
  email = "HOMEY_EMAIL", password = "HOMEY_PASSWORD", token = "HOMEY_TOKEN", timezone = "HOMEY_TIMEZONE",
}
local client_variables = { id = "HOMEY_CLIENT_ID", secret = "HOMEY_CLIENT_SECRET", redirect_uri = "HOMEY_REDIRECT_URI" }
local ways_in = { "email", "token", "username", "code", "refresh_token" }

local function variable(getenv, name)
  local value = getenv(name)
  if value == nil or value == "" then return nil end
  return a_text(name, value)
end

-- A script that names its way in is not led into another one by the environment; a password may still come from there.
local function unwanted(options)
  local named
  for _, way in ipairs(ways_in) do named = named or options[way] end
  if not named then return {} end
  return { email = true, token = true, password = not (options.email or options.username) }
end

local function client_from(getenv)
  local client = {}
  for member, name in pairs(client_variables) do client[member] = variable(getenv, name) end
  return next(client) and client or nil
end

local function connect_to_from(getenv)
  local list = {}
  for each in (variable(getenv, "HOMEY_CONNECT_TO") or ""):gmatch("[^,%s]+") do list[#list + 1] = each end
  return #list > 0 and list or nil
end

local function flag_from(getenv, name)
  local value = variable(getenv, name)
  return value ~= nil and value ~= "0"
end

-- The folder where programs keep what they know between runs. A program that a system starts often has no HOME.
local function default_state_dir(getenv, home_folder)
  local state = variable(getenv, "XDG_STATE_HOME")
  if state and state:sub(1, 1) == "/" then return state .. "/homey" end
  local home = variable(getenv, "HOME") or home_folder()
  return home and home:gsub("/$", "") .. "/.local/state/homey"
end

-- A login that is kept nowhere would have to be made again with each run; an API key and a local user are given each time.
local function insist_on_a_place(options)
  if options.state_dir ~= nil or options.store then return end
  if not (options.email or options.code or options.refresh_token) then return end
  invalid("there is no folder to keep the login in: set HOME or HOMEY_STATE_DIR, or give `state_dir`; false keeps it nowhere.")
end

local function add_environment(options, getenv, home_folder)
  local skip = unwanted(options)
  for name, from in pairs(variables) do
    if options[name] == nil and not skip[name] then options[name] = variable(getenv, from) end
  end
  if options.timezone then a_timezone("timezone", options.timezone) end
  if options.client == nil then options.client = client_from(getenv) end
  if options.connect_to == nil then options.connect_to = connect_to_from(getenv) end
  if options.trace == nil then options.trace = flag_from(getenv, "HOMEY_TRACE") end
  if options.dry_run == nil then options.dry_run = flag_from(getenv, "HOMEY_DRY_RUN") end
  if options.state_dir == nil and not options.store then options.state_dir = default_state_dir(getenv, home_folder) end
  insist_on_a_place(options)
end

-- ---- into the words of the core ----

local same = {
  "email", "password", "otp", "hub", "address", "token", "username", "code", "refresh_token", "account", "user_agent",
  "scheme", "headers", "connect_to", "cafile", "state_dir", "timeout", "stale", "max_reply", "refresh", "password_grant",
  "fresh", "plain_http",
}

local function for_the_core(options)
  local words = {}
  for _, name in ipairs(same) do words[name] = options[name] or nil end
  local client, endpoints = options.client or {}, options.endpoints or {}
  words.client_id, words.client_secret, words.redirect_uri = client.id, client.secret, client.redirect_uri
  words.accounts_url, words.api_url = endpoints.accounts, endpoints.api
  words.store, words.trace = options.store and true, options.trace and true or nil
  if words.store then words.state_dir = nil end
  return words
end

--- Check options and complete them from the environment.
---@param given? homey.Options
---@param getenv? fun(name: string): string?
---@param home_folder? fun(): string?  of the user, where the environment does not tell
---@return table words      the core's options
---@return homey.Options    as completed
return function(given, getenv, home_folder)
  if given ~= nil and type(given) ~= "table" then
    invalid("the options of a login are a table, not %s.", show(given))
  end
  local options = check_all(given or {})
  if (options.latitude == nil) ~= (options.longitude == nil) then
    invalid("a place has a `latitude` and a `longitude`: give both of them.")
  end
  add_environment(options, getenv or os.getenv, home_folder or require("homey.core").home_folder)
  return for_the_core(options), options
end
