-- Ways to log in: by e-mail and password, by an API key, by a browser. Each prompts for missing
-- input, and reports the result.

local browser = require("homey.util.lazy") "homey.cli.account.browser"
local home_options = require "homey.cli.home_options"
local homey = require "homey"
local input = require "homey.cli.input"
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

local function tell(sentence, ...)
  io.stderr:write(visible(sentence:format(...)), "\n")
end

-- ---- what a login reports -----------------------------------------------------------------------

-- This command fails when the login could not be stored. The reason was logged before.
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

-- ---- the ways -----------------------------------------------------------------------------------

--- By name: each takes the options of the command and the e-mail address, if one is known, and
--- gives the exit code.
---@type table<string, fun(options: table, email: string?): integer>
local way = {}

-- Logs in. On a terminal, asks for one of the Homeys when the account has several.
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

--- Log in by e-mail address and password.
---@param options table
---@param email? string
---@return integer code
function way.password(options, email)
  email = email or home_options.variable "HOMEY_EMAIL" or input.ask "E-mail address"
  local password = home_options.variable "HOMEY_PASSWORD" or input.ask("Password", true)
  local home = choose_hub(options, function()
    return homey.login(given_of(options, {
      email = email, password = password, otp = options.otp and input.ask "One-time code" or nil,
    }))
  end)
  return report_login(home, "as " .. email)
end

-- Checks the address before the prompt for the key.
local function check_address(address)
  homey.new({ address = address, token = "none", state_dir = false, journal = false }):close()
  return address
end

local function address_of(options)
  local address = options.address or home_options.variable "HOMEY_ADDRESS"
  if not address and not system.isatty(0) then
    invalid("the address of the hub is missing. Give it by --address or HOMEY_ADDRESS.")
  end
  return check_address(address or input.ask "Address of the hub")
end

--- Log in by an API key of the hub.
---@param options table
---@return integer code
function way.token(options)
  local address = address_of(options)
  local home = homey.login(given_of({
    address = address, hub = options.hub, account = options.account,
  }, { token = home_options.variable "HOMEY_TOKEN" or input.ask("API key", true) }))
  return report_login(home, "by its API key")
end

-- Saves the tokens after the whole login has succeeded: before, the account is unknown, and a
-- failed login must not replace a stored one.
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

-- Stores the login under the account name that the cloud sent. Returns the folder; nil after a
-- failure.
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

--- Log in by a browser that is opened here, and sends the code to this machine.
---@param options table
---@param email? string  refused where the browser is logged in as another
---@return integer code
function way.browser(options, email) return by_browser(options, email, true) end

--- Log in by a code that a person pastes.
---@param options table
---@param email? string  refused where the browser is logged in as another
---@return integer code
function way.code(options, email) return by_browser(options, email, false) end

return way
