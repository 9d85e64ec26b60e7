-- Some box that is no hub, at an address: answers each request alike, and prints what it was sent.
--   box.lua IP STATUS LOCATION BODY AUTHORITY HOSTS
-- Port 80 is plain; port 443 has a certificate for HOSTS (with "," between), of AUTHORITY (a file)
-- or, where that is empty, of nobody that is known.
package.path = package.path .. ";/usr/share/lua/5.1/?.lua;/usr/share/lua/5.1/?/init.lua"
local certificates = require "homey.sim.server.certificates"
local cqueues = require "cqueues"
local sockets = require "cqueues.socket"

local ip, status, location, body, authority, hosts = arg[1], arg[2], arg[3], arg[4], arg[5], {}
for host in arg[6]:gmatch "[^,]+" do hosts[#hosts + 1] = host end
local ca = authority ~= "" and certificates.read_authority(authority)
  or certificates.authority "Some box"
local ctx = certificates.server(ca, { hosts = hosts })
io.stdout:setvbuf "line"

local function reply()
  return (
    "HTTP/1.1 %s Some\r\n%sContent-Type: text/html\r\nContent-Length: %d\r\nConnection: "
      .. "close\r\n\r\n%s"):format(
    status, location ~= "" and "Location: " .. location .. "\r\n" or "", #body, body)
end

local function quiet(_, _, why) return why end

local function serve(socket, tls)
  socket:onerror(quiet)
  socket:setmode("b", "b")
  if tls and not socket:starttls(ctx, 10) then return socket:close() end
  local length = 0
  repeat
    local line = socket:xread("*L", 10)
    if not line then return socket:close() end
    print((tls and "https " or "http ") .. line:gsub("%s+$", ""))
    length = tonumber(line:match "^[Cc]ontent%-[Ll]ength: (%d+)") or length
  until line == "\r\n"
  if length > 0 then print(socket:xread(length, 10)) end
  socket:xwrite(reply(), "bn", 10)
  socket:shutdown "w"
  socket:close()
end

local queue = cqueues.new()
for port, tls in pairs { [80] = false, [443] = true } do
  local listener = assert(sockets.listen { host = ip, port = port, reuseaddr = true })
  assert(listener:listen())
  queue:wrap(function()
    for socket in listener:clients() do queue:wrap(serve, socket, tls) end
  end)
end
print "ready"
assert(queue:loop())
