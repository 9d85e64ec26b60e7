-- homey help, version.

local arguments = require "homey.cli.arguments"
local failure = require "homey.cli.failure"
local help = require "homey.cli.help"
local output = require "homey.cli.output"

local commands = {
  help = {
    name = "help", takes = "[COMMAND]", most = 1,
    text = "List the commands, or describe one: homey help set",
    options = {
      { name = "no-pager", type = "boolean", doc = "print it at once, in place of by PAGER" },
    },
  },
  version = { name = "version", takes = "", text = "Print the version of homey." },
}

local run = {}

function run.help(options, rest, cli)
  local name = rest[1]
  output.has_pager = not options["no-pager"]
  if not name or name == "help" then return output.long(help.overview(cli.rows)) end
  local main = cli.main_of(name)
  if main then return main({ "--help" }, name, cli) end
  return failure.report_usage("", cli.unknown(name), rest, "See 'homey help'.")
end

function run.version()
  output(("homey %s\n"):format(require("homey.core").version))
end

--- homey help, version.
---@param list string[]
---@param name string
---@param cli table  homey.cli: the rows and declarations of all commands
---@return integer code
local function main(list, name, cli)
  local options, rest = arguments.read(commands[name], list)
  if not options then return rest --[[@as integer]] end
  return run[name](options, rest, cli) or 0
end

return { main = main, commands = commands }
