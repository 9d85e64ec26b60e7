-- Command line parser: reads the arguments of a command by its option rows.
--
-- Invariant: a wrong argument is reported in one sentence on stderr before anything is done.

local failure = require "homey.cli.failure"
local lazy = require "homey.util.lazy"
local number_text = require "homey.util.number_text"
local options = require "homey.util.options"
local options_of = require "homey.cli.options_of"
local output = require "homey.cli.output"
local suggest = lazy "homey.util.suggest"

local help_text = lazy "homey.cli.help"

---@class homey.cli.OptionRow : homey.OptionRow  a boolean is a flag, anything else takes a value
---@field short? string    "j", typed as -j
---@field value? string    the value, in capitals, as the help shows it

---@class homey.cli.Command
---@field name string
---@field takes string       its arguments as the help shows them: "FILE|FOLDER..."; "" for none
---@field least? integer     number of arguments that it needs; default 0
---@field most? integer      number of arguments that it takes; default `least`
---@field text string        what it does, in one line
---@field more? string       further lines of the help
---@field options? homey.cli.OptionRow[]

local arguments = {}

local function find(command, field, typed)
  for _, row in ipairs(options_of(command)) do
    if row[field] == typed then return row end
  end
end

local function typed_names(command)
  local names = {}
  for i, row in ipairs(options_of(command)) do names[i] = "--" .. row.name end
  return names
end

-- ---- reading ------------------------------------------------------------------------------------

-- A duration in a shell may be short, "5m", or a number of seconds.
local function read_duration(typed)
  return number_text.read(typed) or (typed:gsub("^(%s*%d*%.?%d+)m$", "%1min"))
end

local typed_as = {
  number = number_text.read, integer = number_text.read, duration = read_duration,
}

local function read_value(command, row, typed)
  local reader = typed_as[row.type]
  local value = reader and reader(typed) or typed
  local read, problem = options.check(row, value, "homey " .. command.name)
  return read, problem and ("--%s %s"):format(row.name, problem)
end

-- One option: how many further words it took, or nil and what is wrong.
local function read_option(command, given, word, following)
  local long, value = word:match "^%-%-([^=]+)=(.*)$"
  long = long or word:match "^%-%-(.+)$"
  local row = long and find(command, "name", long)
    or not long and find(command, "short", word:sub(2))
  if not row then
    local name = long and "--" .. long or word:sub(1, 2) -- what follows may be a secret
    return nil, ("there is no option %s%s"):format(name, suggest.hint(name, typed_names(command)))
  end
  if row.type == "boolean" then
    if value then return nil, ("--%s takes no value."):format(row.name) end
    given[row.name] = true
    return 0
  end
  if not value and not following then
    return nil, ("--%s needs a value: %s."):format(row.name, row.value)
  end
  local problem
  given[row.name], problem = read_value(command, row, value or following)
  if problem then return nil, problem end
  return value and 0 or 1
end

-- "-0.1" and "-10%" are values.
local function is_option(word)
  return word:find "^%-." and not number_text.read((word:gsub("%%$", "")))
end

local function read(command, list)
  local given, rest, i, open = {}, {}, 1, true
  while list[i] do
    local word = list[i]
    if open and word == "--" then
      open = false
    elseif open and is_option(word) then
      local count, problem = read_option(command, given, word, list[i + 1])
      if not count then return nil, problem end
      i = i + count
    else
      rest[#rest + 1] = word
    end
    i = i + 1
  end
  return given, rest
end

local function count_problem(command, count)
  local least = command.least or 0
  local most = command.most or least
  if count >= least and count <= most then return nil end
  return most == 0 and "it takes no arguments." or ("it takes %s."):format(command.takes)
end

--- Read the arguments of a command.
---@param command homey.cli.Command
---@param list string[]
---@return table<string, any>? given  the options; nil where there is nothing left to do
---@return string[]|integer rest      the other arguments; else the exit code
function arguments.read(command, list)
  local given, rest = read(command, list)
  local problem = not given and rest or nil
  if given and given.help then
    output.long(help_text.of(command))
    return nil, 0
  end
  if given then problem = count_problem(command, #rest) end
  if not problem then return given, rest end
  return nil, failure.report_usage(command.name, problem, list,
    ("See 'homey help %s'."):format(command.name))
end

return arguments
