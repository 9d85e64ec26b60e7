-- Facts that a command prints: a table for people, and JSON, JSON lines or a format for programs.
--
-- On a terminal the table has a header and aligned columns that fit its width. Elsewhere each fact
-- is a line of fields with tabs between them, without a header.

local core = require "homey.core"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local number_text = require "homey.util.number_text"
local output = require "homey.cli.output"
local suggest = require "homey.util.suggest"
local system = require "homey.system"
local text = require "homey.util.text"

local facts = {}

--- The options of every command that prints facts.
facts.options = {
  { name = "json", type = "boolean", doc = "print a JSON array" },
  { name = "jsonl", type = "boolean", doc = "print one JSON object a line" },
  { name = "format", value = "TEXT", type = "text",
    doc = "print a line for each, with {FIELD} replaced: '{name}\\t{dim}'" },
}

---@class homey.cli.Column  { title, field of a fact }
---@field rest? boolean  it is shortened where the line is too long
---@field piped? boolean  it is left out on a terminal
---@field width? integer  on a terminal, of facts that come one by one

--- A value as a person reads it.
---@param value any
---@return string
function facts.text(value)
  if type(value) == "string" then return text.visible(value) end
  if value == nil or value == core.null then return "-" end
  return text.visible_json((core.encode(value)))
end

-- ---- for people ---------------------------------------------------------------------------------

local function cells_of(columns, fact)
  local cells = {}
  for i, column in ipairs(columns) do cells[i] = facts.text(fact[column[2]]) end
  return cells
end

-- Letters of a text in UTF-8, which is about its width on a terminal.
local function width_of(cell)
  local _, count = cell:gsub("[^\128-\191]", "")
  return count
end

local function shortened(cell, width)
  local count, last = 0, 0
  for at in cell:gmatch "()[^\128-\191]" do
    count = count + 1
    if count > width - 1 then return cell:sub(1, last) .. "\226\128\166" end
    last = (cell:find("[^\128-\191]", at + 1) or #cell + 1) - 1
  end
  return cell
end

local function widths_of(rows, columns, screen)
  local widths, sum = {}, 0
  for i in ipairs(columns) do
    widths[i] = 0
    for _, cells in ipairs(rows) do widths[i] = math.max(widths[i], width_of(cells[i])) end
    sum = sum + widths[i] + 2
  end
  for i, column in ipairs(columns) do
    if column.rest and sum - 2 > screen then
      widths[i] = math.max(widths[i] - (sum - 2 - screen), width_of(column[1]), 8)
    end
  end
  return widths
end

local function aligned(rows, columns, screen)
  local titles = {}
  for i, column in ipairs(columns) do titles[i] = column[1] end
  table.insert(rows, 1, titles)
  local widths, lines = widths_of(rows, columns, screen), {}
  for n, cells in ipairs(rows) do
    local line = {}
    for i, cell in ipairs(cells) do
      cell = width_of(cell) > widths[i] and shortened(cell, widths[i]) or cell
      line[i] = i == #cells and cell or cell .. (" "):rep(widths[i] - width_of(cell) + 2)
    end
    lines[n] = (table.concat(line):gsub("%s+$", "")) .. "\n"
  end
  return table.concat(lines)
end

local function separated(rows)
  local lines = {}
  for i, cells in ipairs(rows) do lines[i] = table.concat(cells, "\t") .. "\n" end
  return table.concat(lines)
end

local function of_terminal(columns)
  local shown = {}
  for _, column in ipairs(columns) do
    if not column.piped then shown[#shown + 1] = column end
  end
  return shown
end

local function table_of(list, columns)
  local is_terminal, rows = system.isatty(1), {}
  if is_terminal then columns = of_terminal(columns) end
  for i, fact in ipairs(list) do rows[i] = cells_of(columns, fact) end
  if not is_terminal then return separated(rows) end
  return aligned(rows, columns, number_text.read(os.getenv "COLUMNS" or "") or 80)
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
  output(table_of(list, columns))
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

-- A line of columns whose widths are known before the facts are.
local function padded(cells, columns)
  for i, column in ipairs(columns) do
    cells[i] = cells[i] .. (" "):rep((column.width or 0) - width_of(cells[i]))
  end
  return (table.concat(cells, "  "):gsub("%s+$", "")) .. "\n"
end

--- Print a fact of those that come one by one.
---@param fact table
---@param columns homey.cli.Column[]
---@param options {jsonl: boolean?, format: string?}
function facts.print_line(fact, columns, options)
  if options.jsonl or options.format then return facts.print({ fact }, columns, options) end
  local cells = cells_of(columns, fact)
  output(system.isatty(1) and padded(cells, columns) or separated { cells })
end

return facts
