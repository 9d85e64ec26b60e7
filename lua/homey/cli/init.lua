-- The `homey` command: dispatches to its subcommands. Each is a module with
-- main(arguments, name) -> exit code, loaded when it is called. exit_codes.lua has the codes of
-- failures, which are described on stderr.

local arguments = require "homey.cli.arguments"
local exit_codes = require "homey.cli.exit_codes"
local output = require "homey.cli.output"
local suggest = require "homey.util.suggest"
local error_text = require "homey.util.error_text"
local text = require "homey.util.text"

local visible, visible_json = text.visible, text.visible_json

local rows = { -- name, module, description
  { "login", "homey.cli.commands.account", "log in; later commands need no password" },
  { "logout", "homey.cli.commands.account", "end the session and forget the login" },
  { "status", "homey.cli.commands.status", "show who is logged in, and which hub is used" },
  { "use", "homey.cli.commands.status", "choose the stored account or hub that commands use" },
  { "discover", "homey.cli.commands.discover", "find the hubs in the local network" },
  { "devices", "homey.cli.commands.lists", "list the devices with their state" },
  { "zones", "homey.cli.commands.lists", "list the zones" },
  { "flows", "homey.cli.commands.lists", "list the flows" },
  { "variables", "homey.cli.commands.lists", "list the variables" },
  { "users", "homey.cli.commands.lists", "list the users" },
  { "moods", "homey.cli.commands.lists", "list the moods" },
  { "apps", "homey.cli.commands.lists", "list the apps" },
  { "cards", "homey.cli.commands.lists", "list the flow cards" },
  { "get", "homey.cli.commands.get", "show the values of a device" },
  { "set", "homey.cli.commands.set", "change a value of a device, or of many" },
  { "toggle", "homey.cli.commands.set", "switch a device over" },
  { "start", "homey.cli.commands.start", "start a flow" },
  { "mood", "homey.cli.commands.start", "set a mood" },
  { "variable", "homey.cli.commands.start", "show or change a variable" },
  { "notify", "homey.cli.commands.messages", "write a notification to the timeline" },
  { "push", "homey.cli.commands.messages", "send a push message to a user" },
  { "say", "homey.cli.commands.messages", "say a text by a speaker" },
  { "action", "homey.cli.commands.cards", "run the action of a flow card" },
  { "condition", "homey.cli.commands.cards", "decide the condition of a flow card" },
  { "api", "homey.cli.commands.api", "call an operation of the hub" },
  { "operations", "homey.cli.commands.operations", "list the operations of the hub" },
  { "insights", "homey.cli.commands.recorded", "show what the hub has recorded" },
  { "energy", "homey.cli.commands.recorded", "show the power of the home now" },
  { "watch", "homey.cli.commands.watch", "print what devices report, as it comes" },
  { "why", "homey.cli.commands.journal", "explain why a value is as it is" },
  { "journal", "homey.cli.commands.journal", "show what was sent, and why" },
  { "export", "homey.cli.commands.tree", "write flows, variables, zones, ... as a tree of files" },
  { "run", "homey.cli.commands.run", "run automations until it is stopped" },
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
  local list = { "help", "version" }
  for _, row in ipairs(rows) do list[#list + 1] = row[1] end
  return list
end

local function overview()
  local lines = {}
  for i, row in ipairs(rows) do lines[i] = { row[1], row[3] } end
  return "usage: homey COMMAND [ARGUMENT...]\n\n" .. arguments.columns(lines) ..
    "\n'homey help COMMAND' describes a command, 'homey version' prints the version.\n"
end

local function is_error(err)
  return type(err) == "table" and err.kind ~= nil
end

-- An error object stays as it is; any other error is a bug and gets a traceback.
local function explain(err)
  if is_error(err) then return err end
  return debug.traceback((error_text(err)), 2)
end

-- Commands that need a stored login, and the kinds of error that a new login ends.
local needs_no_login = { login = true, discover = true, run = true, test = true, sim = true }
local login_errors = { credentials = true, expired = true }

local json_options = { ["--json"] = true, ["--jsonl"] = true }

local function wants_json(list)
  for _, word in ipairs(list) do
    if word == "--" then return false end
    if json_options[word] then return true end
  end
  return false
end

-- An error for a program, on one line.
local function json_error(name, err, hint)
  local core = require "homey.core"
  return visible_json(assert(core.encode {
    command = name, kind = is_error(err) and err.kind or "bug", message = error_text(err),
    hint = hint or core.null, code = exit_codes.of(err),
  }))
end

local function attempt(name, f, list)
  local ok, result = xpcall(function() return f(list, name) end, explain)
  if ok then return result end
  if is_error(result) and rawget(result, "silent") then return exit_codes.of(result) end
  local can_log_in = not needs_no_login[name] and is_error(result) and login_errors[result.kind]
  local hint = can_log_in and "Log in with `homey login`." or nil
  local line = wants_json(list) and json_error(name, result, hint)
    or ("homey %s: %s%s"):format(name, visible(error_text(result), true),
      hint and " " .. hint or "")
  io.stderr:write(line, "\n")
  return exit_codes.of(result)
end

local function call(row, list)
  return attempt(row[1], function(...) return require(row[2]).main(...) end, list)
end

local special = {}

function special.help(list)
  local row = list[1] and find(list[1])
  if row then return call(row, { "--help" }) end
  if list[1] and list[1] ~= "help" then return nil end
  output(overview())
  return 0
end

special["--help"], special["-h"] = special.help, special.help

function special.version()
  output(("homey %s\n"):format(require("homey.core").version))
  return 0
end

special["--version"], special["-v"] = special.version, special.version

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
  io.stderr:write(("homey: there is no command '%s'%s See 'homey --help'.\n")
    :format(unknown, suggest.hint(unknown, names())))
  return 2
end

-- os.exit saves nothing: the homes that a command has opened are closed before it.
local function close_homes()
  require("homey.task.scheduler").close_shared()
  return 0
end

--- Run a command line.
---@param list string[]  the arguments of the program
---@return integer code  exit code
function cli.main(list)
  local code = run(list)
  local closed = attempt(list[1] or "", close_homes)
  return code ~= 0 and code or closed
end

return cli
