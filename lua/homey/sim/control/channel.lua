--- Control channel: plain HTTP on loopback, for the Sim handle and for other programs.
---
--- The handle sends one JSON object for each call; other programs use the paths of http_control.
--- homey.page.guard refuses requests of web pages, since a browser of this computer reaches the
--- port, too.
local core = require "homey.core"
local guard = require "homey.page.guard"
local h1 = require "http.h1_connection"
local actions = require "homey.sim.control.actions"
local http_control = require "homey.sim.control.http_control"
local request = require "homey.sim.http.request"
local response = require "homey.sim.http.response"
local server = require "homey.sim.server.server"

local function call_action(context, state, body)
  local call = assert(core.decode(body))
  local action = actions[call.op] or error("there is no action '" .. tostring(call.op) .. "'.", 0)
  local value = action(context, call.args, state)
  if value == nil then value = core.null end
  return { ok = true, value = value }
end

-- The answer to a call of the handle, as JSON.
local function answer(context, state, body)
  local ok, reply = pcall(call_action, context, state, body)
  if not ok then reply = { ok = false, error = tostring(reply) } end
  local json, problem = core.encode(reply)
  return json or assert(core.encode { ok = false, error = problem })
end

local function answer_of(context, state, req)
  return guard.refusal(req) or http_control.answer(context, state, req)
    or response.raw_json(200, answer(context, state, req.body))
end

local channel = {}

--- Serve the control channel.
---@param queue userdata
---@param context homey.sim.Context
---@param state homey.sim.Server
---@return integer port
function channel.start(queue, context, state)
  return server.listen(queue, function(socket)
    local connection = h1.new(socket, "server", 1.1)
    connection:setmaxline(request.max_line)
    while true do
      local req = request.read(connection, 3600)
      if not req then break end
      local reply = answer_of(context, state, req)
      reply.method = req.method
      if not socket:xwrite(response.bytes(reply), "bn", 60) then break end
    end
    socket:close()
  end)
end

return channel
