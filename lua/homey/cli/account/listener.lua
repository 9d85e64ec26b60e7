-- Listener for the callback of the browser: a minimal HTTP server on the loopback addresses. It
-- answers each request with one sentence.
--
-- Invariant: where a browser may look up the name localhost, it listens on ::1, too: another user
-- who listened there would get the code, since browsers try that address first.

local Task = require "homey.task.task"
local poll = require "homey.net.poll"
local system = require "homey.system"
local text = require "homey.util.text"

local patience = 30 -- seconds for one request
local largest = 16 * 1024 -- bytes of a request
local pause = 0.1 -- seconds, after a connection that was closed before accept()
local most = 32 -- connections at once; browsers open some that they do not use

local reasons = { [200] = "OK", [302] = "Found", [400] = "Bad Request", [404] = "Not Found" }

---@class homey.cli.Listener
---@field scheduler homey.Scheduler
---@field sockets homey.system.Socket[]
---@field tasks homey.Task[]  that take the connections
---@field answer fun(method: string, target: string): integer, string, function?, string?
---@field connections table<homey.system.Socket, homey.Task|true>
---@field count integer
local Listener = { __name = "homey.cli.Listener" }
Listener.__index = Listener

local escapes = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

local function page(sentence)
  return "<!DOCTYPE html>\n<html lang=en><meta charset=utf-8><title>homey</title>\n<p>"
    .. text.visible(sentence):gsub('[&<>"]', escapes) .. "</p></html>\n"
end

local function response(method, status, sentence, location)
  local body = page(sentence)
  return table.concat({
    ("HTTP/1.1 %d %s"):format(status, reasons[status]), "Content-Type: text/html; charset=utf-8",
    "Content-Length: " .. #body, "Cache-Control: no-store", "Referrer-Policy: no-referrer",
    "Connection: close" .. (location and "\r\nLocation: " .. location or ""), "",
    method == "HEAD" and "" or body,
  }, "\r\n")
end

-- Reads the head of a request; nil after a timeout.
local function read_head(self, connection)
  local head, ends = "", self.scheduler.core_loop:now() + patience
  repeat
    local left = ends - self.scheduler.core_loop:now()
    if left <= 0 or not poll(self.scheduler, connection:fd(), "r", left) then return nil end
    local piece = connection:read()
    if piece == nil or piece == "" or #head > largest then return nil end
    head = head .. (piece or "")
  until head:find "\r?\n\r?\n"
  return head
end

local function write_all(self, connection, bytes)
  while bytes ~= "" do
    local count = connection:write(bytes)
    if not count then return end
    bytes = bytes:sub(count + 1)
    if bytes ~= "" and not poll(self.scheduler, connection:fd(), "w", patience) then return end
  end
  connection:shut()
end

local function close(self, connection)
  if not self.connections[connection] then return end
  self.connections[connection] = nil
  self.count = self.count - 1
  connection:close()
end

local function serve(self, connection)
  local head = read_head(self, connection)
  local method, target = (head or ""):match "^(%u+) (%S+) HTTP/1%.[01]\r?\n"
  local status, sentence, after, location = 400, "This is not a request that homey understands."
  if method then status, sentence, after, location = self.answer(method, target) end
  if head then write_all(self, connection, response(method, status, sentence, location)) end
  close(self, connection)
  if after then after() end
end

local function take(self, connection)
  if self.count >= most then return connection:close() end
  self.count = self.count + 1
  self.connections[connection] = true -- it may be closed before its task first waits
  local task = Task.start(self.scheduler, {}, serve, self, connection)
  if self.connections[connection] then self.connections[connection] = task end
end

local function accept_all(self, socket)
  while true do
    poll(self.scheduler, socket:fd(), "r")
    local connection = socket:accept()
    if connection then take(self, connection) else self.scheduler:sleep(pause) end
  end
end

local function close_all(sockets)
  for _, socket in ipairs(sockets) do socket:close() end
end

-- The sockets; nil, why there are none, and whether another program listens. A machine may lack
-- IPv6.
local function open_sockets(port, by_name)
  local sockets = {}
  for i, v6 in ipairs(by_name and { false, true } or { false }) do
    local socket, why, taken = system.listen(port, v6)
    if not socket and (i == 1 or taken) then
      close_all(sockets)
      return nil, why, taken
    end
    sockets[#sockets + 1] = socket
  end
  return sockets
end

--- Listen on 127.0.0.1, and on ::1 for those who come by the name localhost.
---@param scheduler homey.Scheduler
---@param place {port: integer, host: string}
---@param answer fun(method: string, target: string): integer, string, function?, string?  the
---   status, the sentence on the page, what is called once the page is sent, and where a redirect
---   leads
---@return homey.cli.Listener?
---@return string? problem  "port 80 is already in use"
---@return boolean? is_taken  another program listens at the port
function Listener.open(scheduler, place, answer)
  local port = place.port
  local sockets, why, taken = open_sockets(port, place.host == "localhost")
  if not sockets then
    return nil, taken and ("port %d is already in use"):format(port)
      or ("port %d cannot be listened on (%s)"):format(port, why), taken
  end
  local self = setmetatable({
    scheduler = scheduler, sockets = sockets, tasks = {}, answer = answer, connections = {},
    count = 0,
  }, Listener)
  for i, socket in ipairs(sockets) do
    self.tasks[i] = Task.start(scheduler, {}, accept_all, self, socket)
  end
  return self
end

--- Stop listening.
function Listener:close()
  local tasks = {}
  for i, task in ipairs(self.tasks) do tasks[i] = task end
  for _, task in pairs(self.connections) do tasks[#tasks + 1] = task end
  for _, task in ipairs(tasks) do task:cancel() end
  for connection in pairs(self.connections) do close(self, connection) end
  close_all(self.sockets)
end

return Listener
