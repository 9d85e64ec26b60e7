-- homey help, man, version.

local arguments = require "homey.cli.arguments"
local failure = require "homey.cli.failure"
local help = require "homey.cli.help"
local lazy = require "homey.util.lazy"
local output = require "homey.cli.output"
local screen = require "homey.cli.screen"
local system = require "homey.system"

local pages = lazy "homey.cli.manual.pages"

local commands = {
  help = {
    name = "help", takes = "[COMMAND]", most = 1,
    text = "List the commands, or describe one: homey help set",
    options = {
      { name = "no-pager", type = "boolean", doc = "print it at once, in place of by PAGER" },
    },
  },
  man = {
    name = "man", takes = "[COMMAND]", most = 1,
    text = "Show the manual, or the page of a command: homey man set",
    more = "In a pipe or a file it is roff: homey man set > homey-set.1",
  },
  version = { name = "version", takes = "", text = "Print the version of homey." },
}

local run = {}

local function version() return require("homey.core").version end

local function refuse(cli, name, list)
  return failure.report_usage("", cli.unknown(name), list, "See 'homey help'.")
end

function run.help(options, rest, cli)
  local name = rest[1]
  output.has_pager = not options["no-pager"]
  if not name or name == "help" then return output.long(help.overview(cli.rows)) end
  local main = cli.main_of(name)
  if main then return main({ "--help" }, name, cli) end
  return refuse(cli, name, rest)
end

-- mandoc and man format a page and show it by the pager.
local viewer = "if command -v mandoc >/dev/null; then exec mandoc -a; "
  .. "elif command -v man >/dev/null; then exec man -l -; else exit 127; fi 2>/dev/null"

function run.man(_, rest, cli)
  local name = rest[1]
  if name and not cli.command(name) then return refuse(cli, name, rest) end
  local page = name and pages.of(cli, name, version()) or pages.of_all(cli, version())
  if not screen.is_terminal() then return output(page) end
  if not system.page(viewer, page) then return run.help({}, rest, cli) end
end

function run.version()
  output(("homey %s\n"):format(version()))
end

--- homey help, man, version.
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
