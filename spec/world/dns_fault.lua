-- A DNS server with faults, in front of a good one: forwards each question and delays, loses or
-- refuses it first.
--   dns_fault.lua LISTEN-IP UPSTREAM-PORT DELAY-SECONDS LOSE-COUNT RCODE NAME-PATTERN
-- LOSE-COUNT: so many questions of each name and type are not answered; -1: none ever is. RCODE:
-- answered in place of the good server; -1: it answers. What does not fit NAME-PATTERN has no
-- faults.
local uv = require "luv"

local ip, upstream, delay, lose, rcode, pattern = arg[1], tonumber(arg[2]), tonumber(arg[3]),
  tonumber(arg[4]),
  tonumber(arg[5]), arg[6]
local asked = {}

--- The name that a packet asks for, in lower case, and the position behind the question.
local function question(packet)
  local labels, at = {}, 13
  while true do
    local length = packet:byte(at)
    if not length or length > 63 then return nil end
    if length == 0 then break end
    labels[#labels + 1] = packet:sub(at + 1, at + length)
    at = at + length + 1
  end
  return table.concat(labels, "."):lower(), at + 5
end

local function refusal(packet, behind)
  local flags = string.char(0x81, 0x80 + rcode)
  return packet:sub(1, 2) .. flags .. "\0\1\0\0\0\0\0\0" .. packet:sub(13, behind - 1)
end

local function lost(key)
  asked[key] = (asked[key] or 0) + 1
  return lose < 0 or asked[key] <= lose
end

local server = assert(uv.new_udp())
assert(server:bind(ip, 53))

local function answer(packet, from)
  server:send(packet, from.ip, from.port, function() end)
end

local function answer_late(packet, from, seconds)
  local timer = uv.new_timer()
  timer:start(math.floor(seconds * 1000), 0, function()
    timer:close()
    answer(packet, from)
  end)
end

local function forward(packet, from, seconds)
  local socket = uv.new_udp()
  socket:bind("127.0.0.1", 0)
  socket:recv_start(function(_, reply)
    if not reply then return end
    socket:close()
    answer_late(reply, from, seconds)
  end)
  socket:send(packet, "127.0.0.1", upstream, function() end)
end

server:recv_start(function(_, packet, from)
  local name, behind = question(packet or "")
  if not name then return end
  if not name:find(pattern) then return forward(packet, from, 0) end
  if lost(packet:sub(13, behind - 1):lower()) then return end
  if rcode >= 0 then return answer_late(refusal(packet, behind), from, delay) end
  forward(packet, from, delay)
end)
uv.run()
