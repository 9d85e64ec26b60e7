-- Candidates of a completion: finds the possible words at the cursor, from the rows of the commands
-- and options and from the names in the index.

local KnownNames = require "homey.cli.completion.known_names"
local number_text = require "homey.util.number_text"

local candidates = {}

---@class homey.cli.Candidate  { the whole word, its description }

---@class homey.cli.Typed     what stands before the word
---@field command? table      the row of the command
---@field options table<string, string>
---@field rest string[]       the other arguments
---@field waits? table        the row of an option that waits for its value
---@field open boolean        options may follow: there was no "--"

-- ---- what was typed -----------------------------------------------------------------------------

local function find(list, field, value)
  for _, row in ipairs(list) do
    if row[field] == value then return row end
  end
end

local function option_of(command, word)
  local long = word:match "^%-%-([^=]+)"
  if long then return find(command.options, "name", long), word:match "^%-%-[^=]+=(.*)$" end
  local short = word:match "^%-(%a)$"
  return short and find(command.options, "short", short)
end

local function take(typed, word)
  if typed.waits then
    typed.options[typed.waits.name], typed.waits = word, nil
  elseif typed.open and word == "--" then
    typed.open = false
  elseif typed.open and word:find "^%-%D" then
    local row, value = option_of(typed.command, word)
    if row and row.value and not value then typed.waits = row end
    if row then typed.options[row.name] = value or "" end
  else
    typed.rest[#typed.rest + 1] = word
  end
end

local function read(commands, words)
  local typed = { options = {}, rest = {}, open = true }
  typed.command = find(commands, "name", words[1])
  if typed.command then
    for i = 2, #words do take(typed, words[i]) end
  end
  return typed
end

-- ---- candidates ---------------------------------------------------------------------------------

local function number(value) return number_text.format("%.14g", value) end

local function range_of(known)
  if known.type ~= "number" then return known.type or "" end
  if known.min and known.max then return number(known.min) .. " to " .. number(known.max) end
  return "number"
end

-- The words for a value of a capability.
local function values_of(known)
  if not known then return {} end
  if known.type == "boolean" then return { { "on", "" }, { "off", "" } } end
  local list = {}
  for i, each in ipairs(known.values or {}) do
    list[i] = { each.id, type(each.title) == "string" and each.title or "" }
  end
  return list
end

-- The words for an argument or the value of an option, by its name in capitals.
local words_for = {}

function words_for.DEVICE(known) return known:devices() end

function words_for.ZONE(known) return known:zones() end

function words_for.CLASS(known) return known:classes() end

function words_for.CAPABILITY(known, typed)
  local list, sets = {}, typed.command.takes:find "VALUE"
  for id, each in pairs(known:capabilities(typed.rest[1] or "")) do
    local fits = each.getable
    if sets then fits = each.settable end
    if typed.command.name == "toggle" then fits = each.settable and each.type == "boolean" end
    if fits then list[#list + 1] = { id, range_of(each) } end
  end
  table.sort(list, function(a, b) return a[1] < b[1] end)
  return list
end

function words_for.VALUE(known, typed)
  return values_of(known:capabilities(typed.rest[1] or "")[typed.rest[#typed.rest]])
end

function words_for.COMMAND(_, _, commands)
  local list = {}
  for i, row in ipairs(commands) do list[i] = { row.name, row.text } end
  return list
end

for name, kind in pairs { FLOW = "flow", MOOD = "mood", VARIABLE = "variable", USER = "user",
  APP = "app", action = "action", condition = "condition" } do
  words_for[name] = function(known) return known:list(kind) end
end

function words_for.CARD(known, typed) return known:list(typed.command.name) end

-- An argument of a card may be a device.
words_for["ARG=VALUE"] = function(known)
  local list = {}
  for i, row in ipairs(known:devices()) do list[i] = { "device=" .. row[1], row[2] } end
  return list
end

-- Kind of the argument NAME, by command.
local named = {
  devices = "DEVICE", watch = "DEVICE", zones = "ZONE", flows = "FLOW", variables = "VARIABLE",
  users = "USER", moods = "MOOD", apps = "APP", mood = "MOOD", variable = "VARIABLE",
}
-- Kind of the value of an option, if it differs from the option's name.
local of_option = {
  zone = "ZONE", class = "CLASS", device = "DEVICE", home = "FILE", variable = "VARIABLE",
}

local is_file = { FILE = true, FOLDER = true, DIR = true, PATH = true }

-- Returns the names of a command's arguments, and the index of the first that repeats.
local function parse(takes)
  local list, again, group = {}, nil, nil
  for word in takes:gsub(" |.*", ""):gmatch "%S+" do
    if word:sub(1, 1) == "[" then group = #list + 1 end
    list[#list + 1] = word:gsub("[%[%]]", ""):gsub("%.%.%.$", "")
    if word:find("...", 1, true) then again = group or #list end
    if word:find "%]" then group = nil end
  end
  return list, again
end

local function name_of_argument(typed)
  local list, again = parse(typed.command.takes)
  local n = #typed.rest + 1
  if typed.command.name == "set" and (typed.options.zone or typed.options.class) then n = n + 1 end
  if n > #list and again then n = again + (n - again) % (#list - again + 1) end
  local name = list[n]
  if name == "NAME" then return named[typed.command.name] end
  return name
end

-- Returns the words for an argument: those listed in its name, as in "bash|zsh", or those of its
-- kind.
local function words_of_argument(name, known, typed, commands)
  local kind = name and name:match "^[^|]+"
  if kind and words_for[kind] then return words_for[kind](known, typed, commands) end
  local list = {}
  for word in (name or ""):gmatch "%f[%a]%l+%f[%A]" do list[#list + 1] = { word, "" } end
  return list, is_file[kind]
end

local function options_for(typed)
  local list = {}
  for _, row in ipairs(typed.command.options) do
    if not typed.options[row.name] then list[#list + 1] = { "--" .. row.name, row.doc } end
  end
  return list
end

local function values_of_option(row, typed, known, commands)
  if row.values then
    local list = {}
    for i, value in ipairs(row.values) do list[i] = { value, "" } end
    return list
  end
  local name = of_option[row.name] or row.value
  if is_file[name] then return nil, true end
  local words = words_for[name]
  return words and words(known, typed, commands) or {}
end

local function with_prefix(prefix, list)
  for i, each in ipairs(list or {}) do list[i] = { prefix .. each[1], each[2] } end
  return list
end

local function all(commands, words, current)
  if #words == 0 then return words_for.COMMAND(nil, nil, commands) end
  local typed = read(commands, words)
  if not typed.command then return {} end
  local known = KnownNames.new(typed.options)
  if typed.waits then return values_of_option(typed.waits, typed, known, commands) end
  local option = typed.open and current:match "^(%-%-[^=]+=)"
  if option then
    local row = option_of(typed.command, option)
    if not row then return {} end
    local list, files = values_of_option(row, typed, known, commands)
    return with_prefix(option, list), files
  end
  if typed.open and current:sub(1, 1) == "-" then return options_for(typed) end
  return words_of_argument(name_of_argument(typed), known, typed, commands)
end

-- Rejects names with control characters: they cannot be typed, and could control the terminal.
local function is_typeable(word)
  return word ~= "" and not word:find "[%z\1-\31\127]" and not word:find "\194[\128-\159]"
end

--- Return the candidates for a word.
---@param commands table[]  the rows of the commands
---@param words string[]    the words before it, behind "homey"
---@param current string    what is typed of it
---@return homey.cli.Candidate[]
---@return boolean? files   it is the path of a file
function candidates.of(commands, words, current)
  local list, files = all(commands, words, current)
  local good, seen = {}, {}
  for _, each in ipairs(list or {}) do
    if is_typeable(each[1]) and not seen[each[1]] then
      local about = each[2]:gsub("[%z\1-\31\127]", " "):gsub("\194[\128-\159]", " ")
      good[#good + 1], seen[each[1]] = { each[1], about }, true
    end
  end
  return good, files
end

return candidates
