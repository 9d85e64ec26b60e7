-- homey login, homey logout. Passwords, keys and codes are typed without echo, or read from the
-- standard input; never from the command line, which every user of the machine can read.

local arguments = require "homey.cli.arguments"
local home_options = require "homey.cli.home_options"
local interruptible = require "homey.cli.interruptible"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local visible = require("homey.util.text").visible

local logout = lazy "homey.cli.account.logout"
local ways = lazy "homey.cli.account.ways"

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

local function tell(sentence, ...)
  io.stderr:write(visible(sentence:format(...)), "\n")
end

-- ---- which way ----------------------------------------------------------------------------------

local names = { "browser", "code", "token", "password" }

-- The variables that a way does not use.
local unused = {
  browser = { "HOMEY_TOKEN", "HOMEY_PASSWORD" }, code = { "HOMEY_TOKEN", "HOMEY_PASSWORD" },
  token = { "HOMEY_PASSWORD" }, password = { "HOMEY_TOKEN" },
}

local function chosen_way(options)
  local chosen
  for _, way in ipairs(names) do
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
    way = home_options.variable "HOMEY_TOKEN" and "token" or "password"
  end
  for _, name in ipairs(unused[way]) do
    if why and home_options.variable(name) then tell("%s is set, but not used: %s.", name, why) end
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

-- ---- the commands -------------------------------------------------------------------------------

local run = {}

function run.login(options, rest)
  local email = email_of(rest[1], options)
  local name = way_of(options, email or home_options.variable "HOMEY_EMAIL")
  if options.otp and name ~= "password" then
    invalid("--otp is for a login by password, not by --%s.", name)
  end
  return ways[name](options, email)
end

function run.logout(options)
  return options.all and logout.all(options) or logout.one(options)
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
