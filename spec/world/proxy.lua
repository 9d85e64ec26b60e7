-- HTTP proxy for CONNECT, which prints each destination.
--   proxy.lua IP PORT STATUS [CREDENTIALS]
-- STATUS: 200, or the status that refuses each request, such as 407. CREDENTIALS: the demanded
-- user:password in base64.
local cqueues = require "cqueues"
local sockets = require "cqueues.socket"

local ip, port, status, credentials = arg[1], tonumber(arg[2]), arg[3], arg[4] or ""
local queue = cqueues.new()
io.stdout:setvbuf "line"

local function quiet(_, _, why) return why end

local function copy(from, to)
  while true do
    local bytes = from:xread(-65536, "b")
    if not bytes or not to:xwrite(bytes, "bn", 60) then break end
  end
  to:shutdown "w"
end

local function serve(socket)
  socket:onerror(quiet)
  socket:setmode("b", "b")
  local first = socket:xread("*L", 10)
  local line, told = first, ""
  while line and line ~= "\r\n" do
    line = socket:xread("*L", 10)
    told = line and line:match "^[Pp]roxy%-[Aa]uthorization: Basic (%S+)" or told
  end
  if not first then return socket:close() end
  print(first:match "^(.-) HTTP" or first)
  if told ~= credentials then
    socket:xwrite(
      'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="proxy"\r\nContent-Length: '
        .. '0\r\nConnection: close\r\n\r\n', "bn", 10)
    socket:shutdown "w"
    return socket:close()
  end
  local host, number = first:match "^CONNECT ([^%s]+):(%d+) "
  if status ~= "200" or not host then
    socket:xwrite(("HTTP/1.1 %s No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
      :format(host and status or "400"), "bn", 10)
    socket:shutdown "w"
    return socket:close()
  end
  local there = sockets.connect { host = host, port = tonumber(number) }
  there:onerror(quiet)
  there:setmode("b", "b")
  if not there:connect(10) then
    socket:xwrite("HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n", "bn", 10)
    return socket:close()
  end
  socket:xwrite("HTTP/1.1 200 Connected\r\n\r\n", "bn", 10)
  queue:wrap(copy, there, socket)
  copy(socket, there)
end

local listener = assert(sockets.listen { host = ip, port = port, reuseaddr = true })
assert(listener:listen())
queue:wrap(function()
  for socket in listener:clients() do queue:wrap(serve, socket) end
end)
print "ready"
assert(queue:loop())
