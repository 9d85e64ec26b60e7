-- Plot on a terminal: the line of the values, with both axes.

local canvas = require "homey.cli.plot.canvas"
local scale = require "homey.cli.plot.scale"
local text = require "homey.util.text"

local terminal = {}

local rows = 12
local least = 20 -- minimum width of the plot, in columns
local space = 3  -- minimum columns between two times below the axis

local styles = {
  [true] = { tick = "┤", side = "│", corner = "└", bottom = "─", mark = "┬" },
  [false] = { tick = "+", side = "|", corner = "+", bottom = "-", mark = "+" },
}

-- Reports whether the locale uses UTF-8.
local function has_unicode()
  for _, name in ipairs { "LC_ALL", "LC_CTYPE", "LANG" } do
    local value = os.getenv(name) or ""
    if value ~= "" then return text.lower(value):find "utf%-?8" ~= nil end
  end
  return false
end

local function draw(picture, series)
  local function x_of(at)
    local part = (at - series.from) / (series.to - series.from)
    return math.floor(part * (picture.width - 1) + 0.5)
  end
  local function y_of(value)
    local part = (series.high - value) / (series.high - series.low)
    return math.floor(part * (picture.height - 1) + 0.5)
  end
  for _, line in ipairs(series.lines) do
    local before
    for _, each in ipairs(line) do
      local x, y = x_of(each.at), y_of(each.value)
      if before and series.is_switch then -- a switch has no values in between
        picture:line(before.x, before.y, x, before.y)
        before.x = x
      end
      if before then picture:line(before.x, before.y, x, y) else picture:dot(x, y) end
      before = { x = x, y = y }
    end
  end
end

-- The text of the tick of each row; nil for a row without one.
local function labels_of(series)
  local labels, width = {}, 0
  for _, tick in ipairs(series.y) do
    local part = (series.high - tick.at) / (series.high - series.low)
    labels[math.floor(part * (rows - 1) + 0.5)] = tick.text
    width = math.max(width, #tick.text)
  end
  return labels, width
end

local time_width = 7 -- "2026-06"

-- The axis of time: its line with marks, and the times below.
local function time_axis(series, columns, style, indent)
  local ticks = scale.times(series.place, series.from, series.to,
    math.floor(columns / (time_width + space)))
  local marks, below, used = {}, {}, 0
  for i = 1, columns do marks[i] = style.bottom end
  for _, tick in ipairs(ticks) do
    local part = (tick.at - series.from) / (series.to - series.from)
    local column = math.floor(part * (columns - 1) + 0.5)
    local start = math.max(0, math.min(column - math.floor(#tick.text / 2), columns - #tick.text))
    if start >= used then
      marks[column + 1] = style.mark
      below[#below + 1] = (" "):rep(start - used) .. tick.text
      used = start + #tick.text + 1
      below[#below + 1] = " "
    end
  end
  local blank = (" "):rep(indent)
  return blank .. style.corner .. table.concat(marks) .. "\n" .. blank .. " "
    .. table.concat(below):gsub(" +$", "") .. "\n"
end

--- The plot as text.
---@param series homey.cli.Series
---@param width integer  columns of the screen
---@return string
function terminal.plot(series, width)
  local unicode = has_unicode()
  local style = styles[unicode]
  local labels, indent = labels_of(series)
  local columns = math.max(least, width - indent - 2)
  local picture = canvas.new(columns, rows, unicode)
  draw(picture, series)
  local lines = { text.visible(series.title) .. "\n" }
  for row = 0, rows - 1 do
    local label = labels[row] or ""
    local line = (" "):rep(indent - #label) .. label .. " "
      .. (labels[row] and style.tick or style.side) .. picture:text(row)
    lines[#lines + 1] = line:gsub(" +$", "") .. "\n"
  end
  lines[#lines + 1] = time_axis(series, columns, style, indent + 1)
  return table.concat(lines)
end

return terminal
