-- The `homey` command: dispatches to its subcommands. Each is a module with
-- main(arguments, name, cli) -> exit code and `commands`, their declarations, loaded when one of
-- them is called. exit_codes.lua has the codes of failures, which are described on stderr.

local failure = require "homey.cli.failure"
local lazy = require "homey.util.lazy"
local output = require "homey.cli.output"
local system = require "homey.system"

local error_text = lazy "homey.util.error_text"
local help = lazy "homey.cli.help"
local suggest = lazy "homey.util.suggest"

---@class homey.cli.Row  { name, module, text }, or the heading of those that follow
---@field heading? string

local rows = { ---@type homey.cli.Row[]
  { heading = "The login" },
  { "login", "homey.cli.commands.account", "log in; later commands need no password" },
  { "logout", "homey.cli.commands.account", "end the session and forget the login" },
  { "status", "homey.cli.commands.status", "show who is logged in, and which hub is used" },
  { "use", "homey.cli.commands.status", "choose the stored account or hub that commands use" },
  { "discover", "homey.cli.commands.discover", "find the hubs in the local network" },
  { "doctor", "homey.cli.commands.doctor", "find out why the hub cannot be reached" },
  { heading = "What a home has" },
  { "devices", "homey.cli.commands.lists", "list the devices with their state" },
  { "zones", "homey.cli.commands.lists", "list the zones" },
  { "flows", "homey.cli.commands.lists", "list the flows" },
  { "variables", "homey.cli.commands.lists", "list the variables" },
  { "users", "homey.cli.commands.lists", "list the users" },
  { "moods", "homey.cli.commands.lists", "list the moods" },
  { "apps", "homey.cli.commands.lists", "list the apps" },
  { "cards", "homey.cli.commands.lists", "list the flow cards" },
  { heading = "Values" },
  { "get", "homey.cli.commands.get", "show the values of a device" },
  { "set", "homey.cli.commands.set", "change a value of a device, or of many" },
  { "toggle", "homey.cli.commands.set", "switch a device over" },
  { "variable", "homey.cli.commands.start", "show or change a variable" },
  { "watch", "homey.cli.commands.watch", "print what devices report, as it comes" },
  { "insights", "homey.cli.commands.recorded", "show what the hub has recorded" },
  { "energy", "homey.cli.commands.recorded", "show the power of the home now" },
  { heading = "Flows, moods, messages" },
  { "start", "homey.cli.commands.start", "start a flow" },
  { "mood", "homey.cli.commands.start", "set a mood" },
  { "notify", "homey.cli.commands.messages", "write a notification to the timeline" },
  { "push", "homey.cli.commands.messages", "send a push message to a user" },
  { "say", "homey.cli.commands.messages", "say a text by a speaker" },
  { "action", "homey.cli.commands.cards", "run the action of a flow card" },
  { "condition", "homey.cli.commands.cards", "decide the condition of a flow card" },
  { heading = "Automations" },
  { "run", "homey.cli.commands.run", "run automations until it is stopped" },
  { "test", "homey.cli.commands.test", "test automations in virtual time" },
  { "repl", "homey.cli.commands.repl", "Lua with the home at hand" },
  { "record", "homey.cli.commands.record", "record what happens in the home" },
  { "replay", "homey.cli.commands.record", "play a recording against automations" },
  { "sim", "homey.cli.commands.sim", "serve a simulated home" },
  { "why", "homey.cli.commands.journal", "explain why a value is as it is" },
  { "journal", "homey.cli.commands.journal", "show what was sent, and why" },
  { heading = "The home as a whole" },
  { "export", "homey.cli.commands.tree", "write the home as a tree of files" },
  { "plan", "homey.cli.commands.tree", "show what `homey apply` would change" },
  { "apply", "homey.cli.commands.tree", "make the home as a tree of files says" },
  { "types", "homey.cli.commands.types", "print the types of this home for editors" },
  { "lint", "homey.cli.commands.lint", "find what is wrong in the home" },
  { "api", "homey.cli.commands.api", "call an operation of the hub" },
  { "operations", "homey.cli.commands.operations", "list the operations of the hub" },
  { heading = "This command" },
  { "help", "homey.cli.commands.man", "list the commands, or describe one" },
  { "man", "homey.cli.commands.man", "show the manual, or the page of a command" },
  { "completion", "homey.cli.commands.completion", "print a completion script for a shell" },
  { "version", "homey.cli.commands.man", "print the version" },
}

local cli = { rows = rows }

local function find(name)
  for _, row in ipairs(rows) do
    if row[1] == name then return row end
  end
end

--- The main function of a command.
---@param name string
---@return (fun(list: string[], name: string, cli: table): integer)?  nil where there is none
function cli.main_of(name)
  local row = find(name)
  return row and require(row[2]).main
end

--- The declaration of a command.
---@param name string
---@return homey.cli.Command?  nil where there is none
function cli.command(name)
  local row = find(name)
  local declared = row and require(row[2]).commands
  return declared and declared[name]
end

--- The names of all commands.
---@return string[]
function cli.names()
  local list = {}
  for _, row in ipairs(rows) do list[#list + 1] = row[1] end
  return list
end

-- An error object stays as it is; any other error is a bug and gets a traceback.
local function explain(err)
  if failure.is_error(err) then return err end
  return debug.traceback((error_text(err)), 2)
end

-- Commands that need a stored login, and the kinds of error that a new login ends.
local needs_no_login = {
  login = true, discover = true, doctor = true, run = true, test = true, sim = true,
  completion = true,
}
local login_errors = { credentials = true, expired = true }

local function attempt(name, f, list)
  local ok, result = xpcall(function() return f(list, name) end, explain)
  if ok then return result end
  local can_log_in = not needs_no_login[name] and failure.is_error(result)
    and login_errors[result.kind]
  return failure.report(name, result, list, can_log_in and "Log in with `homey login`." or nil)
end

local aliases = { ["--help"] = "help", ["-h"] = "help", ["--version"] = "version",
  ["-v"] = "version", ["-V"] = "version" }

local function tail(list)
  local rest = {}
  for i = 2, #list do rest[i - 1] = list[i] end
  return rest
end

local function run(list)
  local name = list[1]
  if not name then
    io.stderr:write(help.overview(rows))
    return 2
  end
  local real = aliases[name] or name
  if find(real) then
    return attempt(real, function(rest) return cli.main_of(real)(rest, real, cli) end, tail(list))
  end
  return failure.report_usage("", cli.unknown(name), list, "See 'homey help'.")
end

--- What is wrong with the name of a command that does not exist.
---@param name string
---@return string sentence
function cli.unknown(name)
  if name:find "^%-" then
    return ("there is no option %s here: options come behind the command."):format(name)
  end
  return ("there is no command '%s'%s"):format(name, suggest.hint(name, cli.names()))
end

-- os.exit saves nothing: the homes that a command has opened are closed before it.
local function close_homes()
  require("homey.task.scheduler").close_shared()
  return 0
end

-- What `print` could not write: it raises no error.
local function check_output()
  local ok, why, errno = system.written()
  if not ok then output.fail(why, errno) end
  return 0
end

--- Run a command line.
---@param list string[]  the arguments of the program
---@return integer code  exit code
function cli.main(list)
  system.begin()
  local name, code = list[1] or "", run(list)
  local closed = attempt(name, close_homes, {})
  if code == 0 then code = closed end
  return code == 0 and attempt(name, check_output, {}) or code
end

return cli
