-- Help: the overview of the commands, and all of one command, from their rows.

local cell = require "homey.cli.cell"
local options_of = require "homey.cli.options_of"
local screen = require "homey.cli.screen"

local help = {}

local least = 24 -- columns that a description has, however narrow the screen is

-- Breaks a text between words into lines of at most `width` columns.
local function wrapped(text, width)
  local lines, line = {}, nil
  for word in text:gmatch "%S+" do
    if line and cell.width(line) + 1 + cell.width(word) > width then
      lines[#lines + 1], line = line, word
    else
      line = line and line .. " " .. word or word
    end
  end
  lines[#lines + 1] = line
  return lines
end

--- Rows of two columns, the first as wide as it must be, the second broken where the screen ends. A
--- row with a heading begins a group.
---@param rows {[1]: string, [2]: string, heading: string?}[]
---@return string
function help.columns(rows)
  local first, lines = 0, {}
  for _, row in ipairs(rows) do first = math.max(first, #(row[1] or "")) end
  local between = "\n" .. (" "):rep(first + 4)
  local width = math.max(screen.width() - first - 4, least)
  for i, row in ipairs(rows) do
    lines[i] = row.heading and ("\n%s:\n"):format(row.heading)
      or ("  %-" .. first .. "s  %s\n"):format(row[1],
        table.concat(wrapped(row[2], width), between))
  end
  return table.concat(lines)
end

--- The command as it is typed: "homey get [OPTION...] DEVICE [CAPABILITY]".
---@param command homey.cli.Command
---@return string
function help.usage(command)
  return ("homey %s%s%s"):format(command.name, command.options and " [OPTION...]" or "",
    command.takes == "" and "" or " " .. command.takes)
end

--- An option as it is typed: "-f, --follow", "--zone NAME".
---@param row homey.cli.OptionRow
---@param before? string  in place of a short option that is missing
---@return string
function help.option(row, before)
  return (row.short and "-" .. row.short .. ", " or before or "") .. "--" .. row.name
    .. (row.value and " " .. row.value or "")
end

--- What an option does, with its default.
---@param row homey.cli.OptionRow
---@return string
function help.description(row)
  local default = row.default_text or row.default ~= nil and tostring(row.default)
  return row.doc .. (default and (" (default: %s)"):format(default) or "")
end

--- All of a command.
---@param command homey.cli.Command
---@return string
function help.of(command)
  local rows = {}
  for i, row in ipairs(options_of(command)) do
    rows[i] = { help.option(row, "    "), help.description(row) }
  end
  return ("usage: %s\n\n%s\n%s\n%s"):format(help.usage(command), command.text,
    command.more and "\n" .. command.more .. "\n" or "", help.columns(rows))
end

--- The commands in groups.
---@param rows homey.cli.Row[]
---@return string
function help.overview(rows)
  local list = {}
  for i, row in ipairs(rows) do
    list[i] = row.heading and { heading = row.heading } or { row[1], row[3] }
  end
  return "usage: homey COMMAND [OPTION...] [ARGUMENT...]\n" .. help.columns(list)
    .. "\n'homey help COMMAND' describes a command; 'homey man' shows the manual.\n"
end

return help
