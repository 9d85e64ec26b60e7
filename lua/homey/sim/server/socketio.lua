--- The packets of Socket.IO 2 over Engine.IO 3: text in, values out, and back. Knows no sockets.
local core = require "homey.core"

local engine = {}

local outer = {
  ["0"] = "open", ["1"] = "close", ["2"] = "ping", ["3"] = "pong", ["4"] = "message", ["5"] = "upgrade", ["6"] = "noop",
}
local inner = { ["0"] = "connect", ["1"] = "disconnect", ["2"] = "event", ["3"] = "ack", ["4"] = "error" }

local digits = {}
for digit, name in pairs(inner) do digits[name] = digit end

---@class homey.sim.Packet
---@field engine string  "open", "close", "ping", "pong", "message", "upgrade" or "noop"
---@field kind? string   of a message: "connect", "disconnect", "event", "ack" or "error"
---@field nsp? string    of a message: its namespace
---@field ack? integer   by which an answer is known
---@field data string    what follows, "" where nothing does

--- A packet as it came; nil for what is none, and for binary ones, which a hub does not speak.
---@param text string
---@return homey.sim.Packet?
function engine.read(text)
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
function engine.message(kind, nsp, ack, json)
  local id = ack and ("%.0f"):format(ack) or ""
  return "4" .. digits[kind] .. (nsp == "/" and "" or nsp .. ",") .. id .. (json or "")
end

--- The text of the first packet.
---@param sid string
---@param interval number  seconds between two pings of the client
---@param timeout number   seconds that it waits for an answer
---@return string
function engine.open(sid, interval, timeout)
  return ('0{"sid":"%s","upgrades":[],"pingInterval":%.0f,"pingTimeout":%.0f}'):format(
    sid, interval * 1000, timeout * 1000)
end

--- The text of an event.
---@param nsp string
---@param uri string
---@param event string
---@param data any
---@return string
function engine.event(nsp, uri, event, data)
  return engine.message("event", nsp, nil, assert(core.encode(setmetatable({ uri, event, data }, core.array))))
end

return engine
