-- homey login, homey logout. The password is typed without echo, or read from the standard input;
-- never from the command line, which every user of the machine can read.

local arguments = require "homey.cli.arguments"
local homey = require "homey"
local interruptible = require "homey.cli.interruptible"
local invalid = require "homey.util.invalid"
local output = require "homey.cli.output"
local system = require "homey.system"
local text = require "homey.util.text"

local visible = text.visible

local commands = {
  login = {
    name = "login", takes = "[E-MAIL]", most = 1,
    text = "Log in to the cloud with an e-mail address and a password. The password is not stored.",
    more =
      "Asks for what is missing. Without a terminal it reads the e-mail address, the password "
        .. "and,\n"
      .. "with --code, the one-time code from the standard input, one a line. HOMEY_EMAIL and\n"
      .. "HOMEY_PASSWORD are used if set, else HOMEY_TOKEN and HOMEY_ADDRESS: an API key and the\n"
      .. "address of its hub.",
    options = {
      { name = "hub", value = "NAME", type = "text",
        doc = "the Homey, by name or id, where the account has several" },
      { name = "code", type = "boolean", doc = "ask for a one-time code too" },
    },
  },
  logout = {
    name = "logout", takes = "", text = "End the session at the hub and delete the stored login.",
  },
}

local function read_line(prompt, secret)
  local terminal = system.isatty(0)
  local line
  if terminal and secret then
    line = system.secret(prompt .. ": ")
    io.stderr:write "\n"
  else
    if terminal then io.stderr:write(prompt, ": ") end
    line = io.stdin:read "*l"
  end
  line = line and line:gsub("\r$", "")
  if not line or line == "" then invalid("no %s was given.", text.lower(prompt)) end
  return line
end

local function from_environment(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

local run = {}

-- A login that is stored nowhere is a failure of this command. The reason was logged already.
local function report_login(home, how)
  output(("Logged in to %s %s.\n"):format(visible(home.name or home.id), how))
  if home.state_dir and not home.warned then
    output(("The login is stored in %s.\n"):format(visible(home.state_dir)))
    return 0
  end
  io.stderr:write "homey: the login could not be stored. The next command will not find it.\n"
  return 1
end

-- Asks the hub for its name: without a request the key would not be checked.
local function log_in_by_key(options)
  local home, code = interruptible(function()
    return homey.login { hub = options.hub, fresh = true }
  end)
  return code or report_login(home, "by its API key")
end

function run.login(options, rest)
  local email = rest[1] or from_environment "HOMEY_EMAIL"
  if not email and from_environment "HOMEY_TOKEN" then return log_in_by_key(options) end
  email = email or read_line "E-mail address"
  local given = {
    email = email,
    password = from_environment "HOMEY_PASSWORD" or read_line("Password", true),
    otp = options.code and read_line "One-time code" or nil,
    hub = options.hub,
    fresh = true,
  }
  local home, code = interruptible(function() return homey.login(given) end)
  return code or report_login(home, "as " .. email)
end

function run.logout()
  local _, code = interruptible(homey.logout)
  if code then return code end
  output "Logged out.\n"
  return 0
end

local account = {}

--- homey login, homey logout.
---@param list string[]
---@param name "login"|"logout"
---@return integer code
function account.main(list, name)
  local options, rest = arguments.read(commands[name], list)
  if not options then return rest --[[@as integer]] end
  return run[name](options, rest)
end

return account
