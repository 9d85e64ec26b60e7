--- HTTP requests: reads one from a connection, with everything that server/checks.lua looks at.
local cqueues = require "cqueues"

local request = {}

---@class homey.sim.Request
---@field n integer                   number of the request, counted over all ports
---@field conn integer                number of its connection
---@field port string                 "https", "http", "expired", "wrong_host" or "unknown_ca"
---@field service string?             the service of `listen` that received it
---@field tls boolean
---@field sni string?                 the server name of the TLS handshake
---@field method string
---@field target string               path and query as sent
---@field path string
---@field query string?               without the "?", as sent
---@field version number
---@field headers table<string, string>   by lower-case name; repeated ones joined by ", "
---@field repeated table<string, boolean> names that occur more than once
---@field host string?                without the port, lower case
---@field server string             the simulated server: "accounts", "api" or "hub"
---@field body string
---@field socket string?              the operation of a call over a websocket
---@field broken string?              why the rest could not be read; it is answered with 400

local max_line, max_lines = 32768, 100
local patience = 30 -- seconds for each part of a request

-- A function that returns how long the next part may take.
local function timer(longest)
  if not longest then return function() return patience end end
  local ends = cqueues.monotime() + longest
  return function() return math.max(0, math.min(patience, ends - cqueues.monotime())) end
end

local function read_headers(socket, req, left)
  for _ = 1, max_lines do
    local line = socket:xread("*L", left())
    if not line then return nil, "closed" end
    line = line:gsub("\r?\n$", "")
    if line == "" then return true end
    local name, value = line:match("^([^%s:]+):[ \t]*(.-)[ \t]*$")
    if not name then
      req.broken = "a malformed header line"
      return true
    end
    name = name:lower()
    local before = req.headers[name]
    if before then req.repeated[name] = true end
    req.headers[name] = before and before .. ", " .. value or value
  end
  req.broken = "too many header lines"
  return true
end

-- The size of the next chunk: lua-http's own reader would take a chunk of any size into memory.
local function read_chunk_size(connection, left)
  local line = connection.socket:xread("*L", left())
  local size = line and line:match "^(%x+)[ \t]*;?[^\r\n]*\r?\n$"
  return size and #size <= 8 and tonumber(size, 16) or nil
end

local function read_chunks(connection, req, left, most)
  local parts, total = {}, 0
  while true do
    local size = read_chunk_size(connection, left)
    if not size then
      req.broken = "a malformed chunk"
      return ""
    end
    if size == 0 then break end
    total = total + size
    if total > most then
      req.broken = "a body that is too large"
      return ""
    end
    local chunk = connection:read_body_by_length(size, left())
    if not chunk or #chunk ~= size then return nil end
    parts[#parts + 1] = chunk
    if connection.socket:xread(2, "b", left()) ~= "\r\n" then
      req.broken = "a malformed chunk"
      return ""
    end
  end
  for _ = 1, max_lines do
    local line = connection.socket:xread("*L", left())
    if not line then return nil end
    if line == "\r\n" then return table.concat(parts) end
  end
  req.broken = "too many trailer lines"
  return ""
end

local function read_body(connection, req, left, most)
  local length = req.headers["content-length"]
  local coding = req.headers["transfer-encoding"]
  if not length and not coding then return "" end
  if (req.headers.expect or ""):lower() == "100-continue" then
    connection.socket:xwrite("HTTP/1.1 100 Continue\r\n\r\n", "bn", left())
  end
  if coding then return read_chunks(connection, req, left, most) end
  if not length:find("^%d+$") or #length > 9 then
    req.broken = "a Content-Length that is not a number"
    return ""
  end
  local n = tonumber(length)
  if n == 0 then return "" end
  if n > most then
    req.broken = "a body that is too large"
    return ""
  end
  local body = connection:read_body_by_length(n, left())
  return body and #body == n and body or nil
end

--- Read the next request of a connection.
---@param connection userdata|table  lua-http's
---@param idle number                seconds to wait for its first byte
---@param most_body? integer           bytes of the body; any number by default
---@param longest? number              seconds from its first line to its end; by default each line
---       may take 30 s
---@return homey.sim.Request?  nil when the connection has closed, even in the middle of a request
function request.read(connection, idle, most_body, longest)
  local method, target, version = connection:read_request_line(idle)
  local req = {
    method = method, target = target, version = version, headers = {}, repeated = {}, body = "",
  }
  if not method then
    if connection.socket:pending() == 0 then return nil end
    req.method, req.target, req.version, req.broken = "?", "/", 1.1, "a malformed request line"
  end
  req.path, req.query = req.target:match("^([^?]*)%??(.*)$")
  if not req.target:find("?", 1, true) then req.query = nil end
  if req.broken then return req end
  local left = timer(longest)
  if not read_headers(connection.socket, req, left) then return nil end
  local host = req.headers.host
  req.host = host and host:lower():gsub(":%d+$", "") or nil
  if req.broken then return req end
  local body = read_body(connection, req, left, most_body or math.huge)
  if not body then return nil end
  req.body = body
  return req
end

request.max_line = max_line

return request
