--- Socket.IO packets: version 2, over Engine.IO 3. From text to values and back, without sockets.
local core = require "homey.core"

local socketio = {}

local outer = {
  ["0"] = "open", ["1"] = "close", ["2"] = "ping", ["3"] = "pong", ["4"] = "message",
  ["5"] = "upgrade", ["6"] = "noop",
}
local inner = {
  ["0"] = "connect", ["1"] = "disconnect", ["2"] = "event", ["3"] = "ack", ["4"] = "error",
}

local digits = {}
for digit, name in pairs(inner) do digits[name] = digit end

---@class homey.sim.Packet
---@field engine string  "open", "close", "ping", "pong", "message", "upgrade" or "noop"
---@field kind? string   of a message: "connect", "disconnect", "event", "ack" or "error"
---@field nsp? string    of a message: its namespace
---@field ack? integer   id for the answer
---@field data string    the rest of the packet, "" where there is none

--- Parse a packet.
---@param text string
---@return homey.sim.Packet?  nil where it is malformed, or binary, which hubs do not use
function socketio.read(text)
  local packet = { engine = outer[text:sub(1, 1)], data = text:sub(2) }
  if not packet.engine then return nil end
  if packet.engine ~= "message" then return packet end
  packet.kind = inner[text:sub(2, 2)]
  if not packet.kind then return nil end
  local rest = text:sub(3)
  packet.nsp = rest:match("^/[^,]*") or "/"
  if packet.nsp ~= "/" then rest = rest:sub(#packet.nsp + 2) end
  packet.nsp = packet.nsp:gsub("%?.*$", "")
  local ack = rest:match("^%d+") or ""
  packet.ack, packet.data = tonumber(ack), rest:sub(#ack + 1)
  return packet
end

--- The text of a message.
---@param kind string
---@param nsp string
---@param ack? integer
---@param json? string
---@return string
function socketio.message(kind, nsp, ack, json)
  local id = ack and ("%.0f"):format(ack) or ""
  return "4" .. digits[kind] .. (nsp == "/" and "" or nsp .. ",") .. id .. (json or "")
end

--- The text of the first packet.
---@param sid string
---@param interval number  seconds between two pings of the client
---@param timeout number   seconds that the client waits for a pong
---@return string
function socketio.open(sid, interval, timeout)
  return ('0{"sid":"%s","upgrades":[],"pingInterval":%.0f,"pingTimeout":%.0f}'):format(
    sid, interval * 1000, timeout * 1000)
end

--- The text of an event.
---@param nsp string
---@param uri string
---@param event string
---@param data any
---@return string
function socketio.event(nsp, uri, event, data)
  local list = setmetatable({ uri, event, data }, core.array)
  return socketio.message("event", nsp, nil, assert(core.encode(list)))
end

return socketio
