--- The control channel: what the handle asks of the simulator, as one JSON object each over plain HTTP, and what a
--- person does to the home by hand. It listens on loopback only.
local core = require "homey.core"
local h1 = require "http.h1_connection"
local by_hand = require "homey.sim.control.http_control"
local orders = require "homey.sim.control.actions"
local request = require "homey.sim.http.request"
local response = require "homey.sim.http.response"
local server = require "homey.sim.server.server"

local function perform(context, served, body)
  local asked = assert(core.decode(body))
  local order = orders[asked.op] or error("no such operation: " .. tostring(asked.op), 0)
  local value = order(context, asked.args, served)
  if value == nil then value = core.null end
  return { ok = true, value = value }
end

--- The answer to one request of the handle.
---@param context homey.sim.Context
---@param served homey.sim.Server
---@param body string
---@return string json
local function answer(context, served, body)
  local ok, reply = pcall(perform, context, served, body)
  if not ok then reply = { ok = false, error = tostring(reply) } end
  local json, problem = core.encode(reply)
  return json or assert(core.encode { ok = false, error = problem })
end

local control = {}

--- Serve the control channel.
---@param queue userdata
---@param context homey.sim.Context
---@param served homey.sim.Server
---@return integer port
function control.start(queue, context, served)
  return server.listen(queue, function(socket)
    local connection = h1.new(socket, "server", 1.1)
    connection:setmaxline(request.max_line)
    while true do
      local req = request.read(connection, 3600)
      if not req then break end
      local reply = by_hand.answer(context, served, req) or response.raw_json(200, answer(context, served, req.body))
      response.set(reply, "Content-Length", tostring(#reply.body))
      if not socket:xwrite(response.head(reply) .. reply.body, "bn", 60) then break end
    end
    socket:close()
  end)
end

return control
