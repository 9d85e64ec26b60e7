--- Websocket upgrade: the HTTP request that opens a websocket, and its checks.
local response = require "homey.sim.http.response"
local encoding = require "homey.sim.http.encoding"

local magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

-- The value of Sec-WebSocket-Accept for a key, by RFC 6455.
local function accept(key)
  local digest = require("openssl.digest").new("sha1"):final(key .. magic)
  return encoding.base64url(digest):gsub("-", "+"):gsub("_", "/") .. "="
end

local function has(list, word)
  for each in (list or ""):gmatch("[^,%s]+") do
    if each:lower() == word then return true end
  end
  return false
end

-- The code and message with which Engine.IO 3 refuses a request; nil where it accepts it.
local function problem(req)
  local query = encoding.form(req.query or "")
  if query.transport ~= "websocket" then return 0, "Transport unknown" end
  if query.EIO ~= "3" then return 5, "Unsupported protocol version" end
  if not has(req.headers.upgrade, "websocket") or not has(req.headers.connection, "upgrade") then
    return 3, "Bad request"
  end
  local version, key = req.headers["sec-websocket-version"], req.headers["sec-websocket-key"]
  if version ~= "13" or not key then return 3, "Bad request" end
end

local function answer(_, req)
  local code, message = problem(req)
  if code then return response.json(400, { code = code, message = message }) end
  local reply = { status = 101, headers = {}, body = "", socket = true }
  response.set(reply, "Upgrade", "websocket")
  response.set(reply, "Connection", "Upgrade")
  response.set(reply, "Sec-WebSocket-Accept", accept(req.headers["sec-websocket-key"]))
  return reply
end

---@type homey.sim.Route
return { name = "socket", method = "GET", path = "/socket.io", handle = answer, auth = "none" }
