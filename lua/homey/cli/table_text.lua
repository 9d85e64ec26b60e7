-- Tables for people: on a terminal a header and aligned columns that fit its width, elsewhere
-- fields with tabs between them and no header.

local cell = require "homey.cli.cell"
local screen = require "homey.cli.screen"

local table_text = {}

---@class homey.cli.Column  { title, field of a fact }
---@field rest? boolean  it is shortened first where the line is too long
---@field piped? boolean  it is left out on a terminal
---@field whole? boolean  it is never shortened
---@field width? integer  on a terminal, of facts that come one by one
---@field style? fun(fact: table): string?  "bad" or "quiet": how a cell stands out

local least = 8 -- columns of a cell that is shortened
local gap = "  "

-- Takes from one column what it can give down to a width; the surplus that is left.
local function shrink(widths, i, to, surplus)
  local less = math.min(surplus, math.max(widths[i] - to, 0))
  widths[i] = widths[i] - less
  return surplus - less
end

-- The widest column that may be shortened.
local function widest_of(widths, columns)
  local widest
  for i, column in ipairs(columns) do
    local can_shrink = not column.whole and widths[i] > least
    if can_shrink and (not widest or widths[i] > widths[widest]) then widest = i end
  end
  return widest
end

-- Takes from the columns what is too much: first from titles that are wider than what is below
-- them, then from the columns marked `rest`, then from the widest.
local function fit(widths, contents, columns, surplus)
  for i in ipairs(columns) do surplus = shrink(widths, i, math.max(contents[i], least), surplus) end
  for i, column in ipairs(columns) do
    if column.rest then
      surplus = shrink(widths, i, math.max(cell.width(column[1]), least), surplus)
    end
  end
  while surplus > 0 do
    local widest = widest_of(widths, columns)
    if not widest then return end
    surplus = shrink(widths, widest, widths[widest] - 1, surplus)
  end
end

local function widths_of(rows, columns)
  local contents, widths, sum = {}, {}, 0
  for i, column in ipairs(columns) do
    contents[i] = 0
    for _, cells in ipairs(rows) do contents[i] = math.max(contents[i], cell.width(cells[i])) end
    widths[i] = math.max(contents[i], cell.width(column[1]))
    sum = sum + widths[i] + (i > 1 and #gap or 0)
  end
  fit(widths, contents, columns, math.max(sum - screen.width(), 0))
  return widths
end

-- A line of cells, each with its style.
local function line_of(cells, widths, styles, color)
  local parts = {}
  for i, text in ipairs(cells) do
    text = widths[i] and cell.cut(text, widths[i]) or text
    local padding = (" "):rep((widths[i] or 0) - cell.width(text))
    parts[i] = screen.styled(text, styles[i], color) .. (i < #cells and padding or "")
  end
  return (table.concat(parts, gap):gsub("%s+$", "")) .. "\n"
end

local function styles_of(columns, fact)
  local styles = {}
  for i, column in ipairs(columns) do styles[i] = column.style and column.style(fact) end
  return styles
end

local function aligned(list, rows, columns, color)
  local widths, titles, styles, lines = widths_of(rows, columns), {}, {}, {}
  for i, column in ipairs(columns) do titles[i], styles[i] = column[1], "title" end
  lines[1] = line_of(titles, widths, styles, color)
  for n, cells in ipairs(rows) do
    lines[n + 1] = line_of(cells, widths, styles_of(columns, list[n]), color)
  end
  return table.concat(lines)
end

local function separated(list, rows, columns, color)
  local lines = {}
  for n, cells in ipairs(rows) do
    local styles = styles_of(columns, list[n])
    for i, text in ipairs(cells) do cells[i] = screen.styled(text, styles[i], color) end
    lines[n] = table.concat(cells, "\t") .. "\n"
  end
  return table.concat(lines)
end

local function on_terminal(columns)
  local shown = {}
  for _, column in ipairs(columns) do
    if not column.piped then shown[#shown + 1] = column end
  end
  return shown
end

local function cells_of(columns, fact, write)
  local cells = {}
  for i, column in ipairs(columns) do cells[i] = write(fact[column[2]]) end
  return cells
end

--- A table of facts.
---@param list table[]
---@param columns homey.cli.Column[]
---@param write fun(value: any): string  a value as text
---@param color? "auto"|"always"|"never"
---@return string
function table_text.of(list, columns, write, color)
  local is_terminal, rows = screen.is_terminal(), {}
  if is_terminal then columns = on_terminal(columns) end
  for i, fact in ipairs(list) do rows[i] = cells_of(columns, fact, write) end
  return (is_terminal and aligned or separated)(list, rows, columns, color)
end

--- A line of a fact that comes alone: the widths of its columns are known before the facts are.
---@param fact table
---@param columns homey.cli.Column[]
---@param write fun(value: any): string
---@param color? "auto"|"always"|"never"
---@return string
function table_text.line(fact, columns, write, color)
  local cells = cells_of(columns, fact, write)
  if not screen.is_terminal() then return separated({ fact }, { cells }, columns, color) end
  local padded = {}
  for i, column in ipairs(columns) do
    padded[i] = math.max(column.width or 0, cell.width(cells[i]))
  end
  return line_of(cells, padded, styles_of(columns, fact), color)
end

return table_text
