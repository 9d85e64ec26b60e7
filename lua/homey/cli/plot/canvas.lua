-- Canvas of dots, printed as characters: Braille, eight dots each, or one `*` where the terminal
-- has no UTF-8.

local canvas = {}

local bits = { { 1, 2, 4, 64 }, { 8, 16, 32, 128 } } -- of a Braille character, by column and row

---@class homey.cli.Canvas
---@field columns integer   of characters
---@field rows integer
---@field width integer     of dots
---@field height integer
---@field wide integer      dots of a character, side by side
---@field tall integer      dots of a character, one above the other
---@field cells table<integer, integer>
local Canvas = {}
Canvas.__index = Canvas

--- An empty canvas.
---@param columns integer  characters
---@param rows integer
---@param has_unicode boolean
---@return homey.cli.Canvas
function canvas.new(columns, rows, has_unicode)
  local wide, tall = has_unicode and 2 or 1, has_unicode and 4 or 1
  return setmetatable({
    columns = columns, rows = rows, width = columns * wide, height = rows * tall, wide = wide,
    tall = tall, cells = {},
  }, Canvas)
end

--- Draw a dot. One outside the canvas is ignored.
---@param x integer  from the left, from 0
---@param y integer  from the top, from 0
function Canvas:dot(x, y)
  if x < 0 or y < 0 or x >= self.width or y >= self.height then return end
  local i = math.floor(y / self.tall) * self.columns + math.floor(x / self.wide)
  local bit = bits[x % self.wide + 1][y % self.tall + 1]
  local cell = self.cells[i] or 0
  if math.floor(cell / bit) % 2 == 0 then self.cells[i] = cell + bit end
end

--- Draw a line of dots from one to another.
---@param x1 integer
---@param y1 integer
---@param x2 integer
---@param y2 integer
function Canvas:line(x1, y1, x2, y2)
  local count = math.max(math.abs(x2 - x1), math.abs(y2 - y1), 1)
  for i = 0, count do
    self:dot(math.floor(x1 + (x2 - x1) * i / count + 0.5),
      math.floor(y1 + (y2 - y1) * i / count + 0.5))
  end
end

local function braille(cell) -- U+2800 and the dots
  return string.char(226, 160 + math.floor(cell / 64), 128 + cell % 64)
end

--- A row as text.
---@param row integer  from 0
---@return string
function Canvas:text(row)
  local parts = {}
  for column = 0, self.columns - 1 do
    local cell = self.cells[row * self.columns + column]
    parts[#parts + 1] = not cell and " " or self.tall == 1 and "*" or braille(cell)
  end
  return table.concat(parts)
end

return canvas
