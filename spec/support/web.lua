--- Web server in this process, for specs of homey.fetch: HTTP/1.1 on loopback, with or without TLS,
--- on cqueues, whose queue a task of homey drives by homey.poll.
---
---     local server = web.start(function(request)
---       return { status = 200, headers = { "Content-Type: text/plain" }, body = "hello" }
---     end)
---     server.url .. "/x"; server.requests[1].headers["x-test"]; server:stop()
---
--- A handler returns a reply; a text, which is sent as it is before the connection is closed; or
--- nothing, which closes the connection. It may call cqueues.sleep.
local certificates = require "homey.sim.server.certificates"
local cqueues = require "cqueues"
local cs = require "cqueues.socket"
local homey = require "homey"

local web = {}

local Server = {}
Server.__index = Server

local function quiet(_, _, why) return why end

local function read_head(socket)
  local first = socket:xread("*l", 30)
  if not first then return nil end
  local method, path = first:match "^(%S+) (%S+) HTTP/1.1\r?$"
  local request = { method = method, path = path, headers = {}, lines = {} }
  local line = socket:xread("*l", 30)
  while line and line ~= "\r" do
    local name, value = line:match "^([^:]+):%s*(.-)\r?$"
    request.headers[name:lower()] = value
    request.lines[#request.lines + 1] = line:gsub("\r$", "")
    line = socket:xread("*l", 30)
  end
  return line and request
end

local function read_request(socket)
  local request = read_head(socket)
  local length = request and tonumber(request.headers["content-length"] or 0)
  if request then request.body = length > 0 and socket:xread(length, 30) or "" end
  return request
end

local function text_of(reply)
  local body = reply.body or ""
  local lines = { ("HTTP/1.1 %d Status"):format(reply.status or 200) }
  for _, line in ipairs(reply.headers or {}) do lines[#lines + 1] = line end
  if reply.status ~= 204 then lines[#lines + 1] = "Content-Length: " .. #body end
  return table.concat(lines, "\r\n") .. "\r\n\r\n" .. body
end

local function serve(self, socket, context)
  socket:onerror(quiet)
  socket:setmode("b", "bn")
  self.connections = self.connections + 1
  if context and not socket:starttls(context, 30) then return socket:close() end
  local reply
  repeat
    local request = read_request(socket)
    if request then self.requests[#self.requests + 1] = request end
    reply = request and self.handler(request, socket)
    if type(reply) == "string" then
      socket:xwrite(reply, "bn", 30)
    elseif reply then
      socket:xwrite(text_of(reply), "bn", 30)
    end
  until type(reply) ~= "table"
  socket:shutdown "rw"
  socket:close()
end

-- The task that runs the server.
local function drive(self)
  while not self.stopped do
    homey.poll(self.queue, "r", self.queue:timeout() or 60)
    assert(self.queue:step(0))
  end
end

--- Start a server.
---@param handler fun(request: table, socket: any): table|string|nil
---@param context? any  of TLS
---@return table server
function web.start(handler, context)
  local self = setmetatable({
    queue = cqueues.new(), requests = {}, handler = handler, connections = 0,
  }, Server)
  self.listener = assert(cs.listen { host = "127.0.0.1", port = 0 })
  assert(self.listener:listen())
  self.port = select(3, self.listener:localname())
  self.origin = (context and "https://localhost:" or "http://localhost:") .. self.port
  self.queue:wrap(function()
    local socket = self.listener:accept() -- not in a `for`: Lua 5.1 cannot yield in its iterator
    while socket do
      self.queue:wrap(serve, self, socket, context)
      socket = self.listener:accept()
    end
  end)
  self.task = homey.spawn(drive, self)
  return self
end

--- A context of TLS for the name localhost, and the file of the authority that signed it.
---@param path string  where the file is written
---@return any context
function web.tls(path)
  local authority = certificates.authority "Test CA"
  local file = assert(io.open(path, "w"))
  file:write(tostring(authority.cert))
  file:close()
  return certificates.server(authority, { hosts = { "localhost" } })
end

function Server:stop()
  self.stopped = true
  self.task:cancel()
  self.listener:close()
end

--- All that a server of this machine says to bytes, until it closes the connection.
---@param port integer
---@param bytes string
---@return string
function web.said_to(port, bytes)
  local socket = cs.connect { host = "127.0.0.1", port = port }
  socket:onerror(quiet)
  socket:setmode("b", "bn")
  socket:xwrite(bytes, "bn", 30)
  socket:shutdown "w"
  local said = socket:xread("*a", 30)
  socket:close()
  return said or ""
end

return web
