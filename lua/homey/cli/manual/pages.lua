-- Manual pages: homey(1) and one for each command, in roff, from the rows of the commands.

local exit_codes = require "homey.cli.exit_codes"
local help = require "homey.cli.help"
local login_options = require "homey.login.options"
local options = require "homey.util.options"
local options_of = require "homey.cli.options_of"
local roff = require "homey.cli.manual.roff"

local pages = {}

local variables = { -- beside those of the login
  { "HOMEY_LUA", "the Lua that runs the command" },
  { "COLUMNS, LINES", "the size of the screen, in place of what the terminal says" },
  { "NO_COLOR", "no colour, if it is set" },
  { "PAGER", "shows what is longer than the screen; cat: print it (default: less -FRX)" },
}

local function row_of(cli, name)
  for _, row in ipairs(cli.rows) do
    if row[1] == name then return row end
  end
end

local function exit_status()
  local out = { ".SH \"EXIT STATUS\"\n" }
  for _, each in ipairs(exit_codes.meanings) do
    out[#out + 1] = roff.entry(tostring(each[1]), each[2])
  end
  return table.concat(out)
end

local function add_variables(rows, out)
  for _, row in ipairs(options.all(rows)) do
    if row.env then out[#out + 1] = roff.entry(row.env, row.doc) end
    if row.fields then add_variables(row.fields, out) end
  end
end

local function environment()
  local out = { ".SH ENVIRONMENT\n" }
  add_variables(login_options.rows, out)
  for _, each in ipairs(variables) do out[#out + 1] = roff.entry(each[1], each[2]) end
  return table.concat(out)
end

local function all_commands(cli)
  local out = { ".SH COMMANDS\n" }
  for _, row in ipairs(cli.rows) do
    out[#out + 1] = row.heading and (".SS %s\n"):format(roff.quoted(row.heading))
      or roff.entry(row[1], row[3])
  end
  return table.concat(out)
end

--- The page homey(1).
---@param cli table        homey.cli: the rows and declarations of all commands
---@param version string
---@return string
function pages.of_all(cli, version)
  return roff.head("homey", version, "see and change a Homey home, and run its automations")
    .. ".SH SYNOPSIS\n.B homey\nCOMMAND [OPTION...] [ARGUMENT...]\n"
    .. ".SH DESCRIPTION\n" .. roff.text("homey login once, and every command uses the stored login."
    .. " homey help COMMAND describes a command, as its manual page does: homey man COMMAND."
    .. " The command is also installed as homey-lua, where another program is named homey.") .. "\n"
    .. all_commands(cli) .. environment()
    .. ".SH FILES\n" .. roff.entry("~/.local/state/homey",
      "the stored login, the journal and the states of automations, unless HOMEY_STATE_DIR or "
      .. "XDG_STATE_HOME says otherwise")
    .. exit_status()
end

--- The page of a command.
---@param cli table
---@param name string
---@param version string
---@return string
function pages.of(cli, name, version)
  local command = cli.command(name)
  local out = {
    roff.head("homey-" .. name, version, row_of(cli, name)[3]),
    ".SH SYNOPSIS\n", roff.text(help.usage(command)), "\n.SH DESCRIPTION\n",
    roff.text(command.text), "\n",
  }
  if command.more then out[#out + 1] = roff.lines(command.more) end
  out[#out + 1] = ".SH OPTIONS\n"
  for _, row in ipairs(options_of(command)) do
    out[#out + 1] = roff.entry(help.option(row), help.description(row))
  end
  out[#out + 1] = exit_status()
  out[#out + 1] = ".SH \"SEE ALSO\"\n.BR homey (1)\n"
  return table.concat(out)
end

return pages
