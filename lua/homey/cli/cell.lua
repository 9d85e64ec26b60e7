-- Width of text on a terminal: characters that take two columns, or none, and text cut to fit.

local cell = {}

-- First and last code points, in order.
local none = { { 0x300, 0x36F }, { 0x200B, 0x200D }, { 0x20D0, 0x20FF }, { 0xFE00, 0xFE0F } }
local two = {
  { 0x1100, 0x115F }, { 0x231A, 0x231B }, { 0x23E9, 0x23EC }, { 0x26A1, 0x26A1 },
  { 0x2E80, 0x303E }, { 0x3041, 0xA4CF }, { 0xAC00, 0xD7A3 }, { 0xF900, 0xFAFF },
  { 0xFE30, 0xFE6F }, { 0xFF00, 0xFF60 }, { 0xFFE0, 0xFFE6 }, { 0x1F300, 0x1F64F },
  { 0x1F680, 0x1F6FF }, { 0x1F900, 0x1F9FF }, { 0x20000, 0x3FFFD },
}

local function is_in(ranges, code)
  for _, range in ipairs(ranges) do
    if code <= range[2] then return code >= range[1] end
  end
  return false
end

local function code_of(character)
  local first = character:byte()
  local code = first % (#character == 2 and 32 or #character == 3 and 16 or 8)
  for i = 2, #character do code = code * 64 + character:byte(i) % 64 end
  return code
end

local character = "[^\128-\191][\128-\191]*"

local function columns_of(one)
  if #one == 1 then return 1 end
  local code = code_of(one)
  return is_in(none, code) and 0 or is_in(two, code) and 2 or 1
end

--- The columns that a line of UTF-8 takes.
---@param line string
---@return integer
function cell.width(line)
  if not line:find "[\128-\255]" then return #line end
  local sum = 0
  for one in line:gmatch(character) do sum = sum + columns_of(one) end
  return sum
end

local ellipsis = "\226\128\166"

--- A line cut to a width; its last column is then an ellipsis.
---@param line string
---@param width integer
---@return string
function cell.cut(line, width)
  if cell.width(line) <= width then return line end
  local sum, last = 0, 0
  for start, one in line:gmatch("()(" .. character .. ")") do
    sum = sum + columns_of(one)
    if sum > width - 1 then break end
    last = start + #one - 1
  end
  return line:sub(1, last) .. ellipsis
end

--- A line filled with blanks to a width.
---@param line string
---@param width integer
---@return string
function cell.padded(line, width)
  return line .. (" "):rep(width - cell.width(line))
end

return cell
