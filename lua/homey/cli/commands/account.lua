-- homey login, homey logout. Passwords, keys and codes are typed without echo, or read from the
-- standard input; never from the command line, which every user of the machine can read.

local arguments = require "homey.cli.arguments"
local browser = require("homey.util.lazy") "homey.cli.account.browser"
local home_options = require "homey.cli.home_options"
local homey = require "homey"
local input = require "homey.cli.input"
local interruptible = require "homey.cli.interruptible"
local invalid = require "homey.util.invalid"
local new_error = require "homey.error"
local output = require "homey.cli.output"
local raise = require "homey.util.raise"
local stored = require "homey.cli.stored"
local system = require "homey.system"
local text = require "homey.util.text"
local try = require "homey.task.try"

local visible = text.visible
local patience = 300 -- seconds for allowing access in a browser

local commands = {
  login = {
    name = "login", takes = "[E-MAIL]", most = 1,
    text = "Log in to the cloud, or to a hub by its API key. Passwords are not stored.",
    more =
      "Without an option it asks for the e-mail address and the password, or uses HOMEY_EMAIL and\n"
      .. "HOMEY_PASSWORD, else HOMEY_TOKEN and HOMEY_ADDRESS: an API key and the address of its\n"
      .. "hub. Without a terminal it reads what it asks for from the standard input, one a line.\n"
      .. "Over SSH use --code, or paste into --browser.",
    options = {
      { name = "browser", type = "boolean",
        doc = "allow access in a browser, which is opened where there is a screen" },
      { name = "code", type = "boolean",
        doc = "the same in any browser: paste the code, or the address that it ends at" },
      { name = "token", type = "boolean", doc = "by an API key of the hub, without the cloud" },
      { name = "password", type = "boolean", doc = "by e-mail address and password" },
      { name = "otp", type = "boolean", doc = "with --password: ask for a one-time code too" },
      { name = "address", value = "ADDRESS", type = "text",
        doc = "of the hub at home: 192.168.1.20" },
      { name = "account", value = "NAME", type = "text",
        doc = "store the login under this name, not under its e-mail address" },
      { name = "hub", value = "NAME", type = "text",
        doc = "the Homey, by name or id, where the account has several" },
      { name = "timeout", value = "TIME", type = "duration", min = 0.001, limits = true,
        doc = "fail where it takes longer; 5 min for a browser" },
    },
  },
  logout = {
    name = "logout", takes = "", text = "End the session at the hub and delete the stored login.",
    options = {
      { name = "all", type = "boolean", doc = "every stored login" },
    },
  },
}
home_options.add(commands.logout)

local function from_environment(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

local function tell(sentence, ...)
  io.stderr:write(visible(sentence:format(...)), "\n")
end

-- ---- what a login reports -----------------------------------------------------------------------

-- A login that is stored nowhere is a failure of this command. The reason was logged already.
local function report(folder, warned)
  if folder and not warned then
    output(("The login is stored in %s.\n"):format(visible(folder)))
    return 0
  end
  io.stderr:write "homey: the login could not be stored. The next command will not find it.\n"
  return 1
end

local function report_login(home, how)
  output(("Logged in to %s %s.\n"):format(visible(home.name or home.id), visible(how)))
  return report(home.state_dir, home.warned)
end

-- ---- which way ----------------------------------------------------------------------------------

local ways = { "browser", "code", "token", "password" }

-- The variables that a way does not use.
local unused = {
  browser = { "HOMEY_TOKEN", "HOMEY_PASSWORD" }, code = { "HOMEY_TOKEN", "HOMEY_PASSWORD" },
  token = { "HOMEY_PASSWORD" }, password = { "HOMEY_TOKEN" },
}

local function chosen_way(options)
  local chosen
  for _, way in ipairs(ways) do
    if options[way] and chosen then
      invalid("--%s and --%s are two ways to log in. Give one of them.", chosen, way)
    end
    if options[way] then chosen = way end
  end
  return chosen
end

local function way_of(options, email)
  local way, why = chosen_way(options), nil
  if way then
    why = "--" .. way .. " was given"
  elseif email then
    way, why = "password", "an e-mail address is known"
  elseif options.otp then
    way, why = "password", "--otp was given"
  else
    way = from_environment "HOMEY_TOKEN" and "token" or "password"
  end
  for _, name in ipairs(unused[way]) do
    if why and from_environment(name) then tell("%s is set, but not used: %s.", name, why) end
  end
  return way
end

-- A word that is no e-mail address may be a secret: it is not repeated.
local function email_of(word, options)
  if not word then return nil end
  if options.token or not word:find("@", 1, true) then
    invalid("the only argument is an e-mail address. A password, key or code is not taken from the "
      .. "command line, which other users can read: it is asked for, or read from the standard "
      .. "input.")
  end
  return word
end

-- ---- the ways -----------------------------------------------------------------------------------

local way = {}

-- Logs in; where the account has several Homeys and a person is there, asks for one of them.
local function choose_hub(options, log_in)
  local home, err = try(log_in)
  if home then return home end
  if err.kind ~= "ambiguous" or options.hub or not system.isatty(0) then raise(err) end
  tell("%s", (err.message:gsub(" Name one by `hub`%.$", "")))
  options.hub = input.ask "Name or id of the Homey"
  return log_in()
end

local function given_of(options, more)
  more.hub, more.address, more.account = options.hub, options.address, options.account
  more.fresh = true
  return more
end

function way.password(options, email)
  email = email or from_environment "HOMEY_EMAIL" or input.ask "E-mail address"
  local password = from_environment "HOMEY_PASSWORD" or input.ask("Password", true)
  local home = choose_hub(options, function()
    return homey.login(given_of(options, {
      email = email, password = password, otp = options.otp and input.ask "One-time code" or nil,
    }))
  end)
  return report_login(home, "as " .. email)
end

-- Refuses an address before the key is asked for.
local function check_address(address)
  homey.new({ address = address, token = "none", state_dir = false, journal = false }):close()
  return address
end

local function address_of(options)
  local address = options.address or from_environment "HOMEY_ADDRESS"
  if not address and not system.isatty(0) then
    invalid("the address of the hub is missing. Give it by --address or HOMEY_ADDRESS.")
  end
  return check_address(address or input.ask "Address of the hub")
end

-- Asks the hub for its name: without a request the key would not be checked.
function way.token(options)
  local address = address_of(options)
  local home = homey.login(given_of({
    address = address, hub = options.hub, account = options.account,
  }, { token = from_environment "HOMEY_TOKEN" or input.ask("API key", true) }))
  return report_login(home, "by its API key")
end

-- The tokens go to the store once the whole login has worked: until then the account is not known,
-- and a login that fails replaces none.
local function log_in_by_code(options, code, client)
  local kept
  local store = { load = function() return kept end, save = function(_, login) kept = login end }
  local home = choose_hub(options, function()
    local given = given_of(options, { client = client, store = store })
    given.account, given.fresh = options.account or "default", kept == nil
    given.code = kept == nil and code or false -- it works once; by now the tokens are known
    given.email, given.token, given.password = false, false, false
    return homey.login(given)
  end)
  return home, kept
end

-- Stores it under the name that the cloud has told. Returns the folder, unless that failed.
local function store_login(options, kept, email)
  local login = stored.read(kept)
  if email and login.email and text.lower(login.email) ~= text.lower(email) then
    raise(new_error("credentials",
      ("the browser is logged in as %s, not as %s. Nothing was stored. Log out there, and start "
        .. "again."):format(login.email, email)))
  end
  local folder = home_options.state_dir()
  if not folder then return login end
  local stores, err = try(function()
    stored.add(folder, options.account or login.email or "default", kept)
    return true
  end)
  if not stores then tell("warning: the login cannot be saved: %s", err.message) end
  return login, stores and folder or nil
end

local function by_browser(options, email, opens)
  local client = browser.client(home_options.login().client)
  local code = browser.code(client, { opens = opens, seconds = options.timeout or patience })
  local home, kept = log_in_by_code(options, code, client)
  local login, folder = store_login(options, kept, email)
  output(("Logged in to %s as %s.\n"):format(visible(home.name or home.id),
    visible(login.email or login.account)))
  return report(folder)
end

function way.browser(options, email) return by_browser(options, email, true) end

function way.code(options, email) return by_browser(options, email, false) end

-- ---- the commands -------------------------------------------------------------------------------

local run = {}

function run.login(options, rest)
  local email = email_of(rest[1], options)
  local name = way_of(options, email or from_environment "HOMEY_EMAIL")
  if options.otp and name ~= "password" then
    invalid("--otp is for a login by password, not by --%s.", name)
  end
  return way[name](options, email)
end

-- Ends the sessions on the other hubs of an account. As with the hub in use, one that is out of
-- reach does not matter.
local function end_other_sessions(login, options)
  for _, hub in ipairs(login.hubs) do
    local is_open = hub.session_id and (hub.session_expires or 0) > os.time()
    if is_open and hub.id ~= login.hub then
      local home = homey.new(home_options.of {
        account = login.account, hub = hub.id, timeout = options.timeout,
      })
      try(home.delete, home, "/api/manager/sessions/session/" .. hub.session_id)
      home:close()
    end
  end
end

local function log_out_all(options)
  local folder = home_options.state_dir()
  local list = folder and stored.list(folder) or {}
  if #list == 0 then output "Nobody is logged in.\n" end
  local code = 0
  for _, login in ipairs(list) do
    if login.damaged then
      tell("The stored login %s is damaged. Delete it.", login.file)
      code = 1
    else
      end_other_sessions(login, options)
      homey.new(home_options.of { account = login.account, timeout = options.timeout }):logout()
      output(("Logged out %s: %s.\n"):format(visible(login.account), visible(stored.hubs(login))))
    end
  end
  return code
end

-- Which login commands use now that another was in use before.
local function report_next(list)
  local current = stored.current(list)
  if current then
    output(("Commands now use %s.\n"):format(visible(current.account)))
  elseif #list > 0 then
    output(("Still stored: %s. Choose one with `homey use`.\n"):format(visible(stored.names(list))))
  end
end

function run.logout(options)
  if options.all then return log_out_all(options) end
  local folder = home_options.state_dir()
  local before = folder and stored.list(folder) or {}
  if #before == 0 then
    output "Nobody is logged in.\n"
    return 0
  end
  homey.new(home_options.of(options)):logout()
  output "Logged out.\n"
  local used, after = stored.current(before), stored.list(folder)
  local now_used = stored.current(after)
  if #after < #before and (used and used.file) ~= (now_used and now_used.file) then
    report_next(after)
  end
  return 0
end

local account = { commands = commands }

--- homey login, homey logout.
---@param list string[]
---@param name "login"|"logout"
---@return integer code
function account.main(list, name)
  local options, rest = arguments.read(commands[name], list)
  if not options then return rest --[[@as integer]] end
  local result, code = interruptible(function() return run[name](options, rest) end,
    home_options.limit(commands[name], options))
  return code or result
end

return account
