-- The `homey` command: which commands there are. Each is a module of its own, loaded when it is asked for, with
-- main(arguments, name) -> exit code. 0 is success, 1 a failure told in a sentence on stderr, 2 a wrong command line,
-- 70 a mistake in homey itself.

local arguments = require "homey.cli.arguments"
local near = require "homey.util.suggest"
local output = require "homey.cli.output"
local raised = require "homey.util.error_text"
local visible = require("homey.util.text").visible

local rows = { -- name, module, what it does
  { "login", "homey.cli.commands.account", "log in once; what runs later needs no password" },
  { "logout", "homey.cli.commands.account", "end the session and forget the login" },
  { "devices", "homey.cli.commands.devices", "list the devices" },
  { "get", "homey.cli.commands.devices", "show a value of a device" },
  { "set", "homey.cli.commands.devices", "change a value of a device" },
  { "why", "homey.cli.commands.devices", "tell why a value is as it is" },
  { "run", "homey.cli.commands.run", "run automations, until it is told to end" },
  { "test", "homey.cli.commands.test", "test automations in virtual time" },
  { "sim", "homey.cli.commands.sim", "serve a simulated home" },
}

local cli = {}

local function find(name)
  for _, row in ipairs(rows) do
    if row[1] == name then return row end
  end
end

local function names()
  local list = { "help" }
  for _, row in ipairs(rows) do list[#list + 1] = row[1] end
  return list
end

local function overview()
  local lines = {}
  for i, row in ipairs(rows) do lines[i] = { row[1], row[3] } end
  return "usage: homey COMMAND [ARGUMENT...]\n\n" .. arguments.columns(lines) ..
    "\n'homey help COMMAND' tells more of one, 'homey --version' which homey this is.\n"
end

local function is_error(err)
  return type(err) == "table" and err.kind ~= nil
end

-- What a failure comes to: a sentence where it is one of ours, a traceback where it is a mistake.
local function explain(err)
  if is_error(err) then return err end
  return debug.traceback((raised(err)), 2)
end

-- Commands that need a stored login, and the kinds of error that a new one mends.
local asks = { devices = true, get = true, set = true, why = true }
local no_login = { credentials = true, expired = true }

local function attempt(name, f, list)
  local ok, result = xpcall(function() return f(list, name) end, explain)
  if ok then return result end
  local hint = asks[name] and is_error(result) and no_login[result.kind] and " `homey login` logs in." or ""
  io.stderr:write(("homey %s: %s%s\n"):format(name, visible(raised(result), true), hint))
  return is_error(result) and 1 or 70
end

local function call(row, list)
  return attempt(row[1], function(...) return require(row[2]).main(...) end, list)
end

local special = {}

function special.help(list)
  local row = list[1] and find(list[1])
  if row then return call(row, { "--help" }) end
  if list[1] then return nil end
  output(overview())
  return 0
end

special["--help"], special["-h"] = special.help, special.help

special["--version"] = function()
  output(("homey %s\n"):format(require("homey.core").version))
  return 0
end

local function tail(list)
  local rest = {}
  for i = 2, #list do rest[i - 1] = list[i] end
  return rest
end

local function run(list)
  local name = list[1]
  if not name then
    io.stderr:write(overview())
    return 2
  end
  local rest = tail(list)
  local code = special[name] and attempt(name, special[name], rest)
  if code then return code end
  local row = find(name)
  if row then return call(row, rest) end
  local unknown = special[name] and rest[1] or name
  io.stderr:write(("homey: there is no command '%s'%s See 'homey --help'.\n"):format(unknown, near.hint(unknown, names())))
  return 2
end

-- os.exit saves nothing: the homes that a command has opened are closed before it.
local function close_homes()
  require("homey.task.scheduler").close_shared()
  return 0
end

--- Do what a command line says.
---@param list string[]  the arguments of the program
---@return integer code  with which to end it
function cli.main(list)
  local code = run(list)
  local closed = attempt(list[1] or "", close_homes)
  return code ~= 0 and code or closed
end

return cli
