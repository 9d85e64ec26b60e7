-- Plot as an SVG file: follows the light or dark mode of the viewer, and loads no other resources.

local number_text = require "homey.util.number_text"
local scale = require "homey.cli.plot.scale"
local text = require "homey.util.text"

local svg = {}

local width, height = 900, 360
local left, right, top, bottom = 64, 20, 44, 40

local escapes = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

local function escaped(s) return (text.visible(s):gsub('[&<>"]', escapes)) end

local function number(n) return number_text.format("%.1f", n) end

local head = [[
<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" font-family="sans-serif" font-size="13">
<title>%s</title>
<style>
svg { color: #1f2328; background: #ffffff }
.grid { stroke: currentColor; stroke-opacity: 0.15 }
.line { stroke: #0969da; stroke-width: 2; fill: none; stroke-linejoin: round; stroke-linecap: round }
text { fill: currentColor }
@media (prefers-color-scheme: dark) { svg { color: #e6edf3; background: #0d1117 } .line { stroke: #58a6ff } }
</style>
<text x="%d" y="24" font-size="15">%s</text>
]]

local function x_of(series, at)
  return left + (at - series.from) / (series.to - series.from) * (width - left - right)
end

local function y_of(series, value)
  return top + (series.high - value) / (series.high - series.low) * (height - top - bottom)
end

local function grid(x1, y1, x2, y2)
  return ('<line class="grid" x1="%s" y1="%s" x2="%s" y2="%s"/>\n')
    :format(number(x1), number(y1), number(x2), number(y2))
end

local function label(x, y, anchor, words)
  return ('<text x="%s" y="%s" text-anchor="%s">%s</text>\n')
    :format(number(x), number(y), anchor, escaped(words))
end

local function path_of(series, line)
  local parts, before = {}, nil
  for _, each in ipairs(line) do
    local x, y = x_of(series, each.at), y_of(series, each.value)
    if before and series.is_switch then parts[#parts + 1] = ("H%s"):format(number(x)) end
    parts[#parts + 1] = ("%s%s %s"):format(before and "L" or "M", number(x), number(y))
    before = each
  end
  if #line == 1 then parts[#parts + 1] = "h0.1" end -- a single value is a dot
  return ('<path class="line" d="%s"/>\n'):format(table.concat(parts))
end

--- The plot as the text of an SVG file.
---@param series homey.cli.Series
---@return string
function svg.plot(series)
  local parts = { head:format(width, height, escaped(series.title), left, escaped(series.title)) }
  for _, tick in ipairs(series.y) do
    local y = y_of(series, tick.at)
    parts[#parts + 1] = grid(left, y, width - right, y)
    parts[#parts + 1] = label(left - 8, y + 4, "end", tick.text)
  end
  for _, tick in ipairs(scale.times(series.place, series.from, series.to, 10)) do
    local x = x_of(series, tick.at)
    parts[#parts + 1] = grid(x, top, x, height - bottom)
    parts[#parts + 1] = label(x, height - bottom + 20, "middle", tick.text)
  end
  for _, line in ipairs(series.lines) do parts[#parts + 1] = path_of(series, line) end
  parts[#parts + 1] = "</svg>\n"
  return table.concat(parts)
end

return svg
