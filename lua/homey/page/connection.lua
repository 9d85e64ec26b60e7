--- Connection of a browser: reads its requests and sends the answers, in a coroutine of cqueues.
local guard = require "homey.page.guard"
local h1 = require "http.h1_connection"
local request = require "homey.sim.http.request"
local response = require "homey.sim.http.response"
local text = require "homey.util.text"

local most_body = 65536 -- bytes
local idle = 30         -- seconds for which a connection is kept without a request
local longest = 30      -- seconds for the rest of a request
local most_open = 64    -- connections at once; more are closed

local connection = {}

local function is_last(req)
  return req.broken ~= nil or req.version ~= 1.1
    or text.lower(req.headers.connection or ""):find("close", 1, true) ~= nil
end

local function send(socket, answer, last)
  guard.add_headers(answer)
  if last then response.set(answer, "Connection", "close") end
  return socket:xwrite(response.bytes(answer), "bn", idle)
end

local function serve(socket, answer_of)
  local http = h1.new(socket, "server", 1.1)
  http:setmaxline(request.max_line)
  while true do
    local req = request.read(http, idle, most_body, longest)
    if not req then return end
    local answer, last = answer_of(req), is_last(req)
    if answer.serve then return answer.serve(socket) end
    answer.method = req.method
    if not send(socket, answer, last) or last then return end
  end
end

--- A function that serves a connection until it ends. An answer with a function `serve` takes the
--- rest of the connection.
---@param answer_of fun(req: homey.sim.Request): homey.sim.Response
---@return fun(socket: userdata)
function connection.server(answer_of)
  local open = 0
  return function(socket)
    if open >= most_open then return socket:close() end
    open = open + 1
    socket:onerror(function(_, _, code) return code end) -- errors are returned, not raised
    socket:setmode("b", "b")
    serve(socket, answer_of)
    socket:flush("n", 5)
    socket:close()
    open = open - 1
  end
end

return connection
