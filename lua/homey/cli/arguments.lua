-- The arguments of a command, read by a table that says which there are; the same table tells a person.
--
-- Kept true: what is wrong is one sentence on stderr, and nothing has been done yet.

local near = require "homey.util.suggest"
local number_text = require "homey.util.number_text"
local output = require "homey.cli.output"

---@class homey.cli.Option
---@field name string      "json", typed as --json
---@field short? string    "j", typed as -j
---@field value? string    what follows it, in capitals; nil for a flag
---@field text string      what it does

---@class homey.cli.Command
---@field name string
---@field takes string       "FILE|FOLDER...", as a person reads it; "" for nothing
---@field least? integer     arguments that must be there; 0
---@field most? integer      arguments that may be; as many as `least`
---@field text string        what it does, in a line
---@field more? string       what else there is to know, in lines
---@field options? homey.cli.Option[]

local arguments = {}

local help = { name = "help", short = "h", text = "show this" }

local function options_of(command)
  local list = { help }
  for _, option in ipairs(command.options or {}) do table.insert(list, #list, option) end
  return list
end

local function find(command, field, typed)
  for _, option in ipairs(options_of(command)) do
    if option[field] == typed then return option end
  end
end

local function typed_names(command)
  local names = {}
  for i, option in ipairs(options_of(command)) do names[i] = "--" .. option.name end
  return names
end

-- ---- what a person is told ------------------------------------------------------------------------------

--- Rows of two columns, the first as wide as it must be.
---@param rows {[1]: string, [2]: string}[]
---@return string
function arguments.columns(rows)
  local width, lines = 0, {}
  for _, row in ipairs(rows) do width = math.max(width, #row[1]) end
  for i, row in ipairs(rows) do lines[i] = ("  %-" .. width .. "s  %s\n"):format(row[1], row[2]) end
  return table.concat(lines)
end

local function usage(command)
  return ("homey %s%s%s"):format(command.name, #(command.options or {}) > 0 and " [OPTION...]" or "",
    command.takes == "" and "" or " " .. command.takes)
end

--- All there is to know of a command.
---@param command homey.cli.Command
---@return string
function arguments.help(command)
  local rows = {}
  for i, option in ipairs(options_of(command)) do
    local short = option.short and "-" .. option.short .. ", " or "    "
    rows[i] = { short .. "--" .. option.name .. (option.value and " " .. option.value or ""), option.text }
  end
  return ("usage: %s\n\n%s\n%s\n%s"):format(usage(command), command.text,
    command.more and "\n" .. command.more .. "\n" or "", arguments.columns(rows))
end

-- ---- reading --------------------------------------------------------------------------------------------

-- One option: how many further words it took, or nil and what is wrong.
local function take(command, given, word, following)
  local long, value = word:match "^%-%-([^=]+)=(.*)$"
  long = long or word:match "^%-%-(.+)$"
  local option = long and find(command, "name", long) or not long and find(command, "short", word:sub(2))
  if not option then
    return nil, ("there is no option %s%s"):format(word, near.hint("--" .. (long or ""), typed_names(command)))
  end
  if not option.value then
    if value then return nil, ("--%s takes no value."):format(option.name) end
    given[option.name] = true
    return 0
  end
  if not value and not following then return nil, ("--%s needs a value: %s."):format(option.name, option.value) end
  given[option.name] = value or following
  return value and 0 or 1
end

local function read(command, list)
  local given, rest, i, open = {}, {}, 1, true
  while list[i] do
    local word = list[i]
    if open and word == "--" then
      open = false
    elseif open and word:find "^%-." and not number_text.read((word:gsub("%%$", ""))) then -- -0.1 and -10% are values
      local taken, problem = take(command, given, word, list[i + 1])
      if not taken then return nil, problem end
      i = i + taken
    else
      rest[#rest + 1] = word
    end
    i = i + 1
  end
  return given, rest
end

local function wrong_count(command, count)
  local least = command.least or 0
  local most = command.most or least
  if count >= least and count <= most then return nil end
  return most == 0 and "it takes no arguments." or ("it takes %s."):format(command.takes)
end

--- Read the arguments of a command.
---@param command homey.cli.Command
---@param list string[]
---@return table<string, string|true>? options  nil where there is nothing to do any more
---@return string[]|integer rest                then the exit code
function arguments.read(command, list)
  local given, rest = read(command, list)
  local problem = not given and rest or nil
  if given and given.help then
    output(arguments.help(command))
    return nil, 0
  end
  if given then problem = wrong_count(command, #rest) end
  if not problem then return given, rest end
  io.stderr:write(("homey %s: %s See 'homey help %s'.\n"):format(command.name, problem, command.name))
  return nil, 2
end

return arguments
