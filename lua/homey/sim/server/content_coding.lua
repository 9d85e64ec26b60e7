--- Content codings: gzip, deflate and brotli, without compression.
local bxor = require("http.bit").bxor

local content_coding = {}

local block = 65535

local function little_endian(n, bytes)
  local out = {}
  for i = 1, bytes do
    out[i] = string.char(n % 256)
    n = math.floor(n / 256)
  end
  return table.concat(out)
end

local function big_endian(n, bytes) return little_endian(n, bytes):reverse() end

local crc_table
local function crc_rows()
  if crc_table then return crc_table end
  crc_table = {}
  for i = 0, 255 do
    local c = i
    for _ = 1, 8 do
      local half = math.floor(c / 2)
      c = c % 2 == 1 and bxor(half, 0xEDB88320) % 2 ^ 32 or half
    end
    crc_table[i] = c
  end
  return crc_table
end

--- The CRC-32 at the end of a gzip stream.
---@param s string
---@return integer
function content_coding.crc32(s)
  local rows, c = crc_rows(), 0xFFFFFFFF
  for i = 1, #s do
    c = bxor(rows[bxor(c % 256, s:byte(i))], math.floor(c / 256)) % 2 ^ 32
  end
  return bxor(c, 0xFFFFFFFF) % 2 ^ 32
end

--- The Adler-32 at the end of a zlib stream.
---@param s string
---@return integer
function content_coding.adler32(s)
  local a, b = 1, 0
  for i = 1, #s do
    a = (a + s:byte(i)) % 65521
    b = (b + a) % 65521
  end
  return b * 65536 + a
end

local function stored(s)
  local out, at = {}, 1
  repeat
    local part = s:sub(at, at + block - 1)
    at = at + block
    local last = at > #s
    out[#out + 1] = (last and "\1" or "\0") .. little_endian(#part, 2)
      .. little_endian(65535 - #part, 2) .. part
  until last
  return table.concat(out)
end

local gzip_head = "\31\139\8\0\0\0\0\0\0\255"

--- A gzip stream.
---@param s string
---@return string
function content_coding.gzip(s)
  return gzip_head .. stored(s) .. little_endian(content_coding.crc32(s), 4) .. little_endian(#s, 4)
end

--- Deflate as HTTP defines it: a zlib stream. With `raw` without the zlib frame, as some servers
--- send it.
---@param s string
---@param raw? boolean
---@return string
function content_coding.deflate(s, raw)
  if raw then return stored(s) end
  return "\120\1" .. stored(s) .. big_endian(content_coding.adler32(s), 4)
end

--- Brotli of uncompressed meta-blocks: a window of 16 bits; for each block ISLAST 0, the length
--- less one in four nibbles, ISUNCOMPRESSED 1, the bytes; an empty last block at the end.
---@param s string
---@return string
function content_coding.br(s)
  local out, at = {}, 1
  local window = 2 -- the bit of the window shifts the header of the first block, which doubles it
  while at <= #s do
    local part = s:sub(at, at + 65535)
    out[#out + 1] = little_endian(((#part - 1) * 8 + 2 ^ 19) * window, 3) .. part
    at, window = at + 65536, 1
  end
  out[#out + 1] = s == "" and "\6" or "\3"
  return table.concat(out)
end

local function pack(bits)
  return (bits:gsub("........", function(byte) return string.char(tonumber(byte:reverse(), 2)) end))
end

--- A short gzip stream of a very long text. It ends without its checksum.
---@param bytes integer
---@return string
function content_coding.bomb(bytes)
  local last, fixed, letter = "1", "10", "10101000" -- one block with the fixed codes; an x
  local run = "11000101" .. "00000" -- copy 258 bytes from one byte back
  -- The start and one run fill three bytes, eight runs fill thirteen: the rest is one string
  -- repeated.
  local runs = math.ceil(bytes / 258 / 8)
  return gzip_head .. pack(last .. fixed .. letter .. run) .. pack(run:rep(8)):rep(runs)
end

return content_coding
