--- Hub in this process, for specs of the C core: HTTP for a login, and a websocket of which the
--- spec controls each byte. It runs on cqueues; `hub:turn` steps it beside the loop under test.
---
---     local hub = socket_hub.start()
---     hub.on_socket = function(socket) socket:greet() ... end     -- a coroutine for each
---       connection
---     hub:turn()                                                  -- runs without waiting
local cqueues = require "cqueues"
local cs = require "cqueues.socket"
local digest = require "openssl.digest"

local Hub = {}
Hub.__index = Hub
local Socket = {}
Socket.__index = Socket

local HUB_ID = "8f6b874c6de09028016dbcdd"
local GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

local function base64(bytes)
  local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
  return ((bytes:gsub(".", function(c)
    local bits, n = "", c:byte()
    for i = 7, 0, -1 do bits = bits .. math.floor(n / 2 ^ i) % 2 end
    return bits
  end) .. "0000"):gsub("%d%d%d?%d?%d?%d?", function(bits)
    if #bits < 6 then return "" end
    local n = tonumber(bits, 2)
    return alphabet:sub(n + 1, n + 1)
  end) .. ({ "", "==", "=" })[#bytes % 3 + 1])
end

--- Sec-WebSocket-Accept of a key, by RFC 6455.
local function accept_of(key)
  return base64(digest.new("sha1"):final(key .. GUID))
end

-- ---- frames ----

local function length_bytes(n)
  if n < 126 then return string.char(n) end
  if n < 65536 then return string.char(126, math.floor(n / 256), n % 256) end
  local bytes = {}
  for i = 7, 0, -1 do bytes[#bytes + 1] = string.char(math.floor(n / 256 ^ i) % 256) end
  return string.char(127) .. table.concat(bytes)
end

--- The bytes of a frame of a server. `options.fin = false` makes a fragment.
local function frame(text, opcode, fin)
  return string.char((opcode or 1) + (fin == false and 0 or 128)) .. length_bytes(#text) .. text
end

local xor -- of two bytes: Lua 5.1 has no operator for it
do
  local ok, bits = pcall(require, "bit")
  if not ok then ok, bits = pcall(require, "bit32") end
  xor = ok and bits.bxor or assert((loadstring or load) "return function(a, b) return a ~ b end")()
end

local function unmask(bytes, mask)
  local out = {}
  for i = 1, #bytes do out[i] = string.char(xor(bytes:byte(i), mask:byte((i - 1) % 4 + 1))) end
  return table.concat(out)
end

local function number(bytes)
  local n = 0
  for i = 1, #bytes do n = n * 256 + bytes:byte(i) end
  return n
end

-- ---- websockets of the hub ----

--- Send bytes without a frame. With `cut`, only that many, and then the connection ends.
function Socket:raw(bytes)
  local left = self.cut and self.cut - self.sent or #bytes
  self.sent = self.sent + #bytes
  if left > 0 then self.con:xwrite(bytes:sub(1, left), "bn") end
  if self.cut and self.sent >= self.cut then self.con:shutdown "rw" end
end

--- Sends text in one frame.
function Socket:send(text)
  self:raw(frame(text))
end

--- The next message of the client: text and opcode; nil when the connection has ended. It is added
--- to `self.heard`.
function Socket:receive()
  local head = self.con:xread(2, "b")
  if not head or #head < 2 then return nil end
  local opcode, length = head:byte(1) % 16, head:byte(2)
  assert(length >= 128, "a client masks its frames")
  length = length - 128
  if length >= 126 then length = number(assert(self.con:xread(length == 126 and 2 or 8, "b"))) end
  local mask = assert(self.con:xread(4, "b"))
  local text = length > 0 and unmask(assert(self.con:xread(length, "b")), mask) or ""
  self.heard[#self.heard + 1] = opcode == 1 and text or ("<%d>"):format(opcode) .. text
  if opcode == 8 then self.close_code = #text >= 2 and number(text:sub(1, 2)) or 1005 end
  return text, opcode
end

--- Read until a message matches. Pings are answered.
function Socket:expect(pattern)
  while true do
    local text, opcode = self:receive()
    if not text then return nil end
    if opcode == 1 and text:find(pattern) then return text end
    if opcode == 1 and text == "2" then self:send "3" end
  end
end

--- Engine.IO open and root connect.
function Socket:open(interval, timeout)
  self:send(('0{"sid":"s","upgrades":[],"pingInterval":%d,"pingTimeout":%d}'):format(interval
    or 25000, timeout or 5000))
  self:send "40"
end

--- Handshake and namespace; true when the namespace is open.
function Socket:greet(interval, timeout)
  self:open(interval, timeout)
  local hello = self:expect "^42%d+%[\"handshakeClient\""
  if not hello then return false end
  self:send("43" .. hello:match "^42(%d+)" .. '[null,{"namespace":"/api"}]')
  if not self:expect "^40/api," then return false end
  self:send "40/api,"
  return true
end

--- Confirm subscribes, answer pings and calls with `answer(operation, text)` (default null), until
--- the connection ends.
function Socket:serve(answer)
  while true do
    local text, opcode = self:receive()
    if not text or opcode == 8 then return end
    local id, verb = text:match '^42/api,(%d+)%["(%w+)"'
    if text == "2" then
      self:send "3"
    elseif verb == "subscribe" then
      self:send("43/api," .. id .. "[null]")
    elseif verb == "api" then
      local said = answer and answer(text:match '"operation":"(%w+)"', text, id)
      if said ~= false then self:send("43/api," .. id .. "[" .. (said or "null") .. "]") end
    end
  end
end

function Socket:event(uri, event, data)
  self:send(('42/api,["%s","%s",%s]'):format(uri, event, data or "null"))
end

function Socket:close()
  self.con:close()
end

-- ---- HTTP ----

local function respond(con, status, body, more)
  local reply = "HTTP/1.1 %s\r\nContent-Type: application/json\r\nX-Homey-ID: %s\r\n"
    .. "Content-Length: %d\r\n%s\r\n%s"
  con:xwrite(reply:format(status, HUB_ID, #body, more or "", body), "bn")
end

local function read_request(con)
  local line = con:xread("*l", "b")
  local request = line and { method = line:match "^%S+", path = line:match " (%S+)", headers = {} }
  while line do
    line = con:xread("*l", "b")
    line = line and line:gsub("\r$", "")
    if not line then return nil end
    if line == "" then break end
    local name, value = line:match "^([^:]+):%s*(.*)$"
    request.headers[name:lower()] = value
  end
  local length = request and tonumber(request.headers["content-length"] or "0")
  if length and length > 0 then request.body = con:xread(length, "b") end
  return request
end

local function upgraded(self, con, request)
  if self.on_upgrade and self.on_upgrade(con, request, accept_of) then return end
  local socket = setmetatable({ con = con, heard = {}, request = request, sent = 0 }, Socket)
  self.sockets[#self.sockets + 1] = socket
  socket.cut = self.cut_of and self.cut_of(#self.sockets)
  socket:raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    .. "Sec-WebSocket-Accept: " .. accept_of(request.headers["sec-websocket-key"]) .. "\r\n\r\n"
      .. (self.glued or ""))
  self.on_socket(socket, #self.sockets)
  con:close()
end

local function serve(self, con)
  con:onerror(function(_, _, code) return code end)
  con:setmode("bn", "bn")
  if self.tls and not con:starttls(self.tls, 10) then return con:close() end
  while true do
    local request = read_request(con)
    if not request then break end
    self.requests[#self.requests + 1] = request
    if request.path:find "^/socket%.io/" then return upgraded(self, con, request) end
    local status, body = "200 OK", "true"
    if request.path:find "login%-local" then
      self.logins = self.logins + 1
      body = ('"bearer-%d"'):format(self.logins)
    elseif not request.path:find "/system/ping" and not request.path:find "session/me" then
      status, body = self.on_request(request)
    end
    respond(con, status, body)
  end
  con:close()
end

--- Step without waiting.
function Hub:turn()
  assert(self.cq:step(0))
end

function Hub:stop()
  for _, socket in ipairs(self.sockets) do socket.con:close() end
  self.server:close()
  self.cq:reset()
end

--- The number of requests for a path.
function Hub:count(pattern)
  local n = 0
  for _, request in ipairs(self.requests) do
    if request.path:find(pattern) then n = n + 1 end
  end
  return n
end

--- A hub on a free port; with a context over TLS, at a homeylocal name.
---@param tls? userdata
local function start(tls)
  local server = assert(cs.listen { host = "127.0.0.1", port = 0 })
  local _, _, port = server:localname()
  local hub = setmetatable({
    server = server, cq = cqueues.new(), sockets = {}, requests = {}, logins = 0,
    tls = tls, port = port,
    address = (tls and "https://127-0-0-1.homey.homeylocal.com:" or "http://127.0.0.1:") .. port,
    on_socket = function(socket) if socket:greet() then socket:serve() end end,
    on_request = function() return "200 OK", '{"way":"http"}' end,
  }, Hub)
  hub.cq:wrap(function()
    while true do
      local con = server:accept()
      if not con then break end
      hub.cq:wrap(function() serve(hub, con) end)
    end
  end)
  return hub
end

return { start = start, frame = frame, sleep = cqueues.sleep, hub_id = HUB_ID }
