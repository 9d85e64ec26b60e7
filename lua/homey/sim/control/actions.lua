--- What can be asked of a running simulator, by name: by its handle, at its prompt, and over plain HTTP.
local core = require "homey.core"
local faults = require "homey.sim.server.faults"
local server = require "homey.sim.server.server"
local settings = require "homey.sim.cloud.settings"
local encoding = require "homey.sim.http.encoding"
local text = require "homey.util.text"

local orders = {}

--- Strings that JSON cannot carry travel as {hex = "..."}.
local function packed(value)
  if type(value) == "string" and not text.is_utf8(value) then return { hex = encoding.hex(value) } end
  if type(value) ~= "table" then return value end
  local out = setmetatable({}, getmetatable(value))
  for k, v in pairs(value) do out[k] = packed(v) end
  return out
end

local function array(list)
  local out = setmetatable({}, core.array)
  for i, item in ipairs(list) do out[i] = packed(item) end
  return out
end

local function given(value)
  if value == core.null then return false end
  if type(value) == "table" then
    for k, v in pairs(value) do value[k] = given(v) end
  end
  return value
end

--- From now on something goes wrong.
---@param context homey.sim.Context
---@param fault table
function orders.fault(context, fault)
  table.insert(context.faults, faults.new(given(fault)))
end

--- Nothing goes wrong any more.
---@param context homey.sim.Context
function orders.clear(context) context.faults = {} end

--- What came.
---@param context homey.sim.Context
function orders.log(context) return array(context.log) end

--- Forget what came.
---@param context homey.sim.Context
function orders.reset_log(context) context.log, context.complaints = {}, {} end

--- What a suspicious server would complain of.
---@param context homey.sim.Context
function orders.complaints(context) return array(context.complaints) end

--- Change settings.
---@param context homey.sim.Context
---@param changes table
function orders.set(context, changes) settings.apply(context.settings, given(changes)) end

--- Something of the simulation, by the path to it: "settings.email", "home.devices", "faults" with how often each may
--- strike still.
---@param context homey.sim.Context
---@param path string
function orders.get(context, path)
  local value = {
    settings = context.settings, home = context.model.data, ports = context.ports, faults = context.faults,
  }
  for name in tostring(path):gmatch("[^.]+") do
    if type(value) ~= "table" then return nil end
    value = value[name]
  end
  return value
end

--- A device as the hub has it.
---@param context homey.sim.Context
---@param ref string
function orders.device(context, ref) return context.model:device(ref) end

--- Somebody at a device.
---@param context homey.sim.Context
---@param what {device: string, capability: string, value: any}
function orders.operate(context, what)
  local device, _, message = context.model:operate(what.device, what.capability, what.value)
  if not device then error(message, 0) end
end

--- Something changes.
---@param context homey.sim.Context
---@param what {kind: string, id: string, changes: table}
function orders.update(context, what) return context.model:update(what.kind, what.id, what.changes) end

--- Something comes to the home.
---@param context homey.sim.Context
---@param what {kind: string, item: table}
function orders.create(context, what) return context.model:create(what.kind, what.item) end

--- Something is taken from the home.
---@param context homey.sim.Context
---@param what {kind: string, id: string}
function orders.delete(context, what) return context.model:delete(what.kind, what.id) end

--- Tokens expire before their time.
---@param context homey.sim.Context
---@param kind string
function orders.expire(context, kind) context.state:expire(kind) end

--- Close every connection; take none for so long.
---@param _ homey.sim.Context
---@param seconds? number
---@param served table
function orders.hang_up(_, seconds, served)
  if seconds ~= nil and (type(seconds) ~= "number" or seconds < 0) then error("the seconds are a number", 0) end
  server.hang_up(served, seconds)
end

--- Listen at other addresses.
---@param context homey.sim.Context
---@param changes table
---@param served table
function orders.listen(context, changes, served)
  if not context.listening then error("it was started without 'listen'", 0) end
  server.listen_at(served, given(changes))
end

--- Sessions do something, all of them or those of a User-Agent; answers how many did.
local function each(served, agent, f)
  local count = 0
  served.subscriptions:each(function(session)
    if agent and session.req.headers["user-agent"] ~= agent then return end
    count = count + 1
    f(session)
  end)
  return count
end

--- Throw sockets out of their namespace.
---@param _ homey.sim.Context
---@param what {agent: string?}
---@param served table
function orders.kick(_, what, served)
  return each(served, what.agent, function(session) session:kick() end)
end

--- Close sockets in good order.
---@param _ homey.sim.Context
---@param what {agent: string?}
---@param served table
function orders.close(_, what, served)
  return each(served, what.agent, function(session) session:close(what.code) end)
end

--- Cut sockets off.
---@param _ homey.sim.Context
---@param what {agent: string?}
---@param served table
function orders.cut(_, what, served)
  return each(served, what.agent, function(session) session:hang_up() end)
end

local ways_to_say = { text = "send", binary = "send_binary", raw = "send_raw" }

--- Say to sockets what a hub never says.
---@param _ homey.sim.Context
---@param what table
---@param served table
function orders.say(_, what, served)
  local method = ways_to_say[what.as or "text"] or error("nothing is said as '" .. tostring(what.as) .. "'", 0)
  local bytes = what.hex and encoding.unhex(what.hex) or what.text
  return each(served, what.agent, function(session) session[method](session, bytes) end)
end

--- Tell those who have subscribed.
---@param _ homey.sim.Context
---@param what {uri: string, event: string, data: any}
---@param served table
function orders.publish(_, what, served) served.subscriptions:publish(what.uri, what.event, what.data) end

--- What the simulation counts.
---@param context homey.sim.Context
---@param _ any
---@param served table
function orders.state(context, _, served)
  local summary = context.state:summary()
  summary.requests, summary.connections = served.requests, served.connections
  summary.complaints = #context.complaints
  summary.topics = served.subscriptions:topics()
  summary.sockets = each(served, nil, function() end)
  return summary
end

return orders
