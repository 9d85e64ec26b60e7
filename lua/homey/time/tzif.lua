-- TZif files of the time zone database (RFC 8536): past changes as a list, future ones as a POSIX
-- text.
--
-- Invariant: malformed bytes give no zone, and no error.

local Posix = require "homey.time.posix"

---@class homey.time.Tzif
---@field times number[]     of the changes, in order
---@field offsets integer[]  from each change on
---@field first integer      offset before the first change
---@field later? homey.time.Posix  after the last change
local Tzif = { __name = "homey.time.Tzif" }
Tzif.__index = Tzif

local function unsigned(bytes, at)
  local a, b, c, d = bytes:byte(at, at + 3)
  return d and ((a * 256 + b) * 256 + c) * 256 + d
end

local function signed(bytes, at)
  local value = unsigned(bytes, at)
  return value and (value >= 2147483648 and value - 4294967296 or value)
end

local readers = {
  [4] = signed,
  [8] = function(bytes, at)
    local high, low = signed(bytes, at), unsigned(bytes, at + 4)
    return low and high * 4294967296 + low
  end,
}

local function read_header(bytes, at)
  if bytes:sub(at, at + 3) ~= "TZif" then return nil end
  local header, names = { version = bytes:byte(at + 4) },
    { "isut", "isstd", "leap", "time", "type", "char" }
  for i, name in ipairs(names) do header[name] = unsigned(bytes, at + 16 + 4 * i) end
  return header.char and header
end

local function length_of(header, width)
  return header.time * (width + 1) + header.type * 6 + header.char + header.leap * (width + 4)
    + header.isstd + header.isut
end

local function is_fine(zone, header)
  if header.type == 0 or not zone.first then return false end
  for i = 1, header.time do
    if not zone.offsets[i] or i > 1 and zone.times[i] <= zone.times[i - 1] then return false end
  end
  return true
end

local function read_body(bytes, at, header, width)
  if #bytes < at + length_of(header, width) - 1 then return nil end
  local kinds, types = at + header.time * width, at + header.time * (width + 1)
  local zone = setmetatable({ times = {}, offsets = {}, first = signed(bytes, types) }, Tzif)
  for i = 1, header.time do
    zone.times[i] = readers[width](bytes, at + (i - 1) * width)
    local kind = bytes:byte(kinds + i - 1)
    zone.offsets[i] = kind < header.type and signed(bytes, types + 6 * kind) or nil
  end
  return is_fine(zone, header) and zone or nil
end

--- Parse the bytes of a file; nil if they are malformed.
---@param bytes string
---@return homey.time.Tzif?
function Tzif.parse(bytes)
  local header = read_header(bytes, 1)
  if not header then return nil end
  local body = 45
  if header.version < 50 then return read_body(bytes, body, header, 4) end -- before version "2"
  local again = body + length_of(header, 4)
  header = read_header(bytes, again)
  if not header then return nil end
  local zone = read_body(bytes, again + 44, header, 8)
  if not zone then return nil end
  local footer = bytes:match("^\n([^\n]*)\n", again + 44 + length_of(header, 8))
  zone.later = footer and Posix.parse(footer)
  return zone
end

-- Number of changes up to a moment.
local function count_until(times, at)
  local low, high = 0, #times
  while low < high do
    local middle = math.ceil((low + high) / 2)
    if times[middle] <= at then low = middle else high = middle - 1 end
  end
  return low
end

--- The span around a moment in which the offset is constant: from, to (not included), offset.
---@param at number
---@return number from
---@return number to
---@return integer offset
function Tzif:span(at)
  local i, last = count_until(self.times, at), #self.times
  local from, to = self.times[i] or -math.huge, self.times[i + 1] or math.huge
  if i < last or not self.later then return from, to, self.offsets[i] or self.first end
  local begin, finish, offset = self.later:span(at)
  return math.max(begin, from), finish, offset
end

return Tzif
