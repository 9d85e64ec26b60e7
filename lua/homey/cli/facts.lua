-- Facts that a command prints: a table for people, and JSON, JSON lines or a format for programs.

local core = require "homey.core"
local format = require "homey.util.format"
local output = require "homey.cli.output"
local screen = require "homey.cli.screen"
local suggest = require "homey.util.suggest"
local table_text = require "homey.cli.table_text"
local text = require "homey.util.text"
local lazy = require "homey.util.lazy"

local invalid = lazy "homey.util.invalid"

local facts = {}

--- The options of every command that prints facts.
facts.options = {
  { name = "json", type = "boolean", doc = "print a JSON array" },
  { name = "jsonl", type = "boolean", doc = "print one JSON object a line" },
  { name = "format", value = "TEXT", type = "text",
    doc = "print a line for each, with {FIELD} replaced: '{name}\\t{dim}'" },
  { name = "color", value = "WHEN", type = "text", values = { "auto", "always", "never" },
    default_text = "auto: on a terminal, unless NO_COLOR is set", doc = "auto, always or never" },
  { name = "no-pager", type = "boolean",
    doc = "print a long table at once, in place of page by page by PAGER" },
}

--- The options of a command that prints facts: its own, then those of facts.
---@param own homey.cli.OptionRow[]
---@param without? table<string, boolean>  options of facts that the command does not take
---@return homey.cli.OptionRow[]
function facts.with(own, without)
  local rows = {}
  for _, row in ipairs(own) do rows[#rows + 1] = row end
  for _, row in ipairs(facts.options) do
    if not (without and without[row.name]) then rows[#rows + 1] = row end
  end
  return rows
end

--- A value as a person reads it.
---@param value any
---@return string
function facts.text(value)
  if type(value) == "string" then return text.visible(value) end
  if value == nil or value == core.null then return "-" end
  return text.visible_json((core.encode(value)))
end

-- ---- for programs -------------------------------------------------------------------------------

local escapes = { n = "\n", t = "\t", ["\\"] = "\\" }

local function field_of(fact, name)
  if fact[name] ~= nil then return fact[name], true end
  local values = fact.values
  if type(values) == "table" and values[name] ~= nil then return values[name], true end
  return nil, false
end

local function formatted(list, pattern)
  local known, lines = {}, {}
  for _, fact in ipairs(list) do
    for name in pairs(fact) do known[name] = true end
    for name in pairs(type(fact.values) == "table" and fact.values or {}) do known[name] = true end
  end
  for name in pattern:gmatch "{([^{}]*)}" do
    if #list > 0 and not known[name] then
      invalid("--format: there is no field %s%s", format(name),
        suggest.hint(name, suggest.keys(known)))
    end
  end
  pattern = pattern:gsub("\\([nt\\])", escapes)
  for i, fact in ipairs(list) do
    lines[i] = pattern:gsub("{([^{}]*)}", function(name)
      return facts.text((field_of(fact, name)))
    end) .. "\n"
  end
  return table.concat(lines)
end

local function json_lines(list)
  local lines = {}
  for i, fact in ipairs(list) do lines[i] = text.visible_json(assert(core.encode(fact))) .. "\n" end
  return table.concat(lines)
end

--- Print facts.
---@param list table[]
---@param columns homey.cli.Column[]
---@param options {json: boolean?, jsonl: boolean?, format: string?}
function facts.print(list, columns, options)
  if options.json then
    list = setmetatable(list, core.array)
    return output(text.visible_json(assert(core.encode(list))) .. "\n")
  end
  if options.jsonl then return output(json_lines(list)) end
  if options.format then return output(formatted(list, options.format)) end
  if #list == 0 and screen.is_terminal() then return output.note "Nothing found." end
  output.long(table_text.of(list, columns, facts.text, options.color), options)
end

--- Print one fact: a bare value for people and shells, else as a list of one is printed. With
--- --json it is an object.
---@param fact table
---@param bare string
---@param options {json: boolean?, jsonl: boolean?, format: string?}
function facts.print_one(fact, bare, options)
  if options.json then return output(json_lines { fact }) end
  if options.jsonl or options.format then return facts.print({ fact }, {}, options) end
  output(bare .. "\n")
end

--- Print a fact of those that come one by one.
---@param fact table
---@param columns homey.cli.Column[]
---@param options {jsonl: boolean?, format: string?}
function facts.print_line(fact, columns, options)
  if options.jsonl or options.format then return facts.print({ fact }, columns, options) end
  output(table_text.line(fact, columns, facts.text, options.color))
end

return facts
