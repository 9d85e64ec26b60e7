--- Websocket frames of a server.
---
--- lua-http builds them. It does not read them: its reader raises when a frame of more than 125
--- bytes arrives in pieces, and accepts unmasked frames of a client.
local bit = require "http.bit"
local websocket = require "http.websocket"

local frames = {}

local max_frame = 16 * 1024 * 1024 -- bytes

--- The bytes of a frame.
---@param opcode integer
---@param data string
---@param fin? boolean  false where more frames of the message follow
---@return string
function frames.bytes(opcode, data, fin)
  return websocket.build_frame { FIN = fin ~= false, opcode = opcode, data = data }
end

--- The bytes of a close frame.
---@param code? integer
---@param reason? string
---@return string
function frames.close(code, reason)
  return websocket.build_frame(websocket.build_close(code, reason))
end

local function number(bytes)
  local n = 0
  for i = 1, #bytes do n = n * 256 + bytes:byte(i) end
  return n
end

local function unmasked(data, mask)
  local out = {}
  for i = 1, #data do
    out[i] = string.char(bit.bxor(data:byte(i), mask:byte((i - 1) % 4 + 1)))
  end
  return table.concat(out)
end

-- Exactly n bytes; nil when the connection ends or is silent for longer.
local function read(socket, n, timeout)
  if n == 0 then return "" end
  local bytes = socket:xread(n, "b", timeout)
  return bytes and #bytes == n and bytes or nil
end

--- Read the next frame.
---@param socket userdata
---@param timeout number  seconds
---@return {fin: boolean, opcode: integer, data: string}?  nil at the end or after the timeout
---@return string? problem  with a malformed frame
function frames.read(socket, timeout)
  local head = read(socket, 2, timeout)
  if not head then return nil end
  local first, length = head:byte(1, 2)
  if first % 128 >= 16 then return nil, "reserved bits of a frame are set" end
  if length < 128 then return nil, "a frame that is not masked" end
  length = length - 128
  if length >= 126 then
    local bytes = read(socket, length == 126 and 2 or 8, timeout)
    if not bytes then return nil end
    length = number(bytes)
  end
  if length > max_frame then return nil, "a frame that is too large" end
  local mask = read(socket, 4, timeout)
  local data = mask and read(socket, length, timeout)
  if not data then return nil end
  return { fin = first >= 128, opcode = first % 16, data = unmasked(data, mask) }
end

return frames
