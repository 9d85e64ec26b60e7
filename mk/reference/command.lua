-- Tables of docs/command.md: writes them anew from the rows of the commands: `make reference`.
--   lua5.4 mk/reference/command.lua     writes the page
--   dofile "mk/reference/command.lua"   answers its text, for the spec

package.path = "lua/?.lua;lua/?/init.lua;" .. package.path

local path = "docs/command.md"

local cli = require "homey.cli"
local exit_codes = require "homey.cli.exit_codes"
local facts = require "homey.cli.facts"
local help = require "homey.cli.help"
local home_options = require "homey.cli.home_options"

local read = dofile("mk/files.lua").contents

local function escaped(text) return (text:gsub("[|*<]", "\\%0")) end

local function code(text) return "`" .. text:gsub("|", "\\|") .. "`" end

local function table_of(titles, rows)
  local lines = { "| " .. table.concat(titles, " | ") .. " |", ("|---"):rep(#titles) .. "|" }
  for _, row in ipairs(rows) do lines[#lines + 1] = "| " .. table.concat(row, " | ") .. " |" end
  return table.concat(lines, "\n") .. "\n"
end

-- Options that many commands have, which are described once.
local common = {}
for _, set in ipairs {
  { facts.options, "prints a list" }, { home_options.rows, "asks the hub" },
} do
  for _, row in ipairs(set[1]) do common[#common + 1] = { row = row, of = set[2] } end
end

local function is_common(row)
  for _, each in ipairs(common) do
    if each.row.name == row.name and each.row.doc == row.doc then return true end
  end
  return false
end

local function common_options()
  local rows = {}
  for i, each in ipairs(common) do
    rows[i] = { code(help.option(each.row)), each.of, escaped(help.description(each.row)) }
  end
  rows[#rows + 1] = { code "-h, --help", "every command", "show its help" }
  return table_of({ "option", "of a command that", "meaning" }, rows)
end

local parts = {}

parts["exit codes"] = function()
  local rows = {}
  for i, each in ipairs(exit_codes.meanings) do rows[i] = { tostring(each[1]), each[2] } end
  return table_of({ "code", "meaning" }, rows)
end

parts["options"] = function()
  local commands, own = {}, {}
  for _, name in ipairs(cli.names()) do
    local command = cli.command(name)
    commands[#commands + 1] = { code(help.usage(command)), escaped(command.text) }
    for _, row in ipairs(command.options or {}) do
      if not is_common(row) then
        own[#own + 1] = { code(name), code(help.option(row)), escaped(help.description(row)) }
      end
    end
  end
  return table_of({ "command", "what it does" }, commands) .. "\n" .. common_options() .. "\n"
    .. table_of({ "command", "option of its own", "meaning" }, own)
end

local page = read(path):gsub("(<!%-%- made from the rows: ([%w ]+) %-%->\n).-(<!%-%- end %-%->)",
  function(first, name, last) return first .. parts[name]() .. last end)

if arg and arg[0] and arg[0]:find "reference/command%.lua$" then
  local file = assert(io.open(path, "w"))
  file:write(page)
  file:close()
end

return page
