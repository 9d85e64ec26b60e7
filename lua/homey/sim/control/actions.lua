--- Control actions of a running simulator, by name: f(context, args, server).
---
--- The Sim handle, the console and the HTTP control use them.
local core = require "homey.core"
local faults = require "homey.sim.server.faults"
local prepared = require "homey.sim.hub.prepared"
local server = require "homey.sim.server.server"
local settings = require "homey.sim.cloud.settings"
local encoding = require "homey.sim.http.encoding"
local text = require "homey.util.text"

local actions = {}

-- Strings that are not UTF-8 are sent as { hex = "..." }.
local function hex_strings(value)
  if type(value) == "string" and not text.is_utf8(value) then
    return { hex = encoding.hex(value) }
  end
  if type(value) ~= "table" then return value end
  local out = setmetatable({}, getmetatable(value))
  for k, v in pairs(value) do out[k] = hex_strings(v) end
  return out
end

local function array(list)
  local out = setmetatable({}, core.array)
  for i, item in ipairs(list) do out[i] = hex_strings(item) end
  return out
end

local function nulls_to_false(value)
  if value == core.null then return false end
  if type(value) == "table" then
    for k, v in pairs(value) do value[k] = nulls_to_false(v) end
  end
  return value
end

--- Add a fault.
---@param context homey.sim.Context
---@param fault table
function actions.fault(context, fault)
  table.insert(context.faults, faults.new(nulls_to_false(fault)))
end

--- Remove all faults and prepared answers.
---@param context homey.sim.Context
function actions.clear(context) context.faults, context.prepared = {}, {} end

--- Prepare an answer of the hub.
---@param context homey.sim.Context
---@param given table  see homey.sim.hub.prepared
function actions.answer(context, given)
  local ok, problem = pcall(prepared.new, context.prepared, given)
  if not ok then error(tostring(problem), 0) end
end

--- The log of requests.
---@param context homey.sim.Context
function actions.log(context) return array(context.log) end

--- Clear the log and the complaints.
---@param context homey.sim.Context
function actions.reset_log(context) context.log, context.complaints = {}, {} end

--- The complaints about requests.
---@param context homey.sim.Context
function actions.complaints(context) return array(context.complaints) end

--- Change settings.
---@param context homey.sim.Context
---@param changes table
function actions.set(context, changes)
  settings.apply(context.settings, nulls_to_false(changes))
end

--- A value inside the simulator, by its path: "settings.email", "home.devices", "faults".
---@param context homey.sim.Context
---@param path string
function actions.get(context, path)
  local value = {
    settings = context.settings, home = context.model.data, ports = context.ports,
    faults = context.faults,
  }
  for name in tostring(path):gmatch("[^.]+") do
    if type(value) ~= "table" then return nil end
    value = value[name]
  end
  return value
end

--- A device in the form of the hub.
---@param context homey.sim.Context
---@param ref string
function actions.device(context, ref) return context.model:device(ref) end

--- Let a device report a value.
---@param context homey.sim.Context
---@param args {device: string, capability: string, value: any}
function actions.operate(context, args)
  local device, _, message = context.model:operate(args.device, args.capability, args.value)
  if not device then error(message, 0) end
end

--- Change members of an item.
---@param context homey.sim.Context
---@param args {kind: string, id: string, changes: table}
function actions.update(context, args)
  return context.model:update(args.kind, args.id, args.changes)
end

--- Add an item.
---@param context homey.sim.Context
---@param args {kind: string, item: table}
function actions.create(context, args) return context.model:create(args.kind, args.item) end

--- Remove an item.
---@param context homey.sim.Context
---@param args {kind: string, id: string}
function actions.delete(context, args) return context.model:delete(args.kind, args.id) end

--- Expire all tokens of a kind.
---@param context homey.sim.Context
---@param kind string
function actions.expire(context, kind) context.state:expire(kind) end

--- Close all connections, and each new one for a time.
---@param _ homey.sim.Context
---@param seconds? number
---@param state homey.sim.Server
function actions.hang_up(_, seconds, state)
  if seconds ~= nil and (type(seconds) ~= "number" or seconds < 0) then
    error("the time is a number of seconds.", 0)
  end
  server.hang_up(state, seconds)
end

--- Listen at other addresses.
---@param context homey.sim.Context
---@param changes table
---@param state homey.sim.Server
function actions.listen(context, changes, state)
  if not context.listening then error("the simulator was started without `listen`.", 0) end
  server.listen_at(state, nulls_to_false(changes))
end

-- Calls f with each session, or with those of a User-Agent. Returns their number.
local function each_session(state, agent, f)
  local count = 0
  state.subscriptions:each(function(session)
    if agent and session.req.headers["user-agent"] ~= agent then return end
    count = count + 1
    f(session)
  end)
  return count
end

--- Close the namespace of sessions.
---@param _ homey.sim.Context
---@param args {agent: string?}
---@param state homey.sim.Server
function actions.kick(_, args, state)
  return each_session(state, args.agent, function(session) session:kick() end)
end

--- Close websockets with a close frame.
---@param _ homey.sim.Context
---@param args {agent: string?}
---@param state homey.sim.Server
function actions.close(_, args, state)
  return each_session(state, args.agent, function(session) session:close(args.code) end)
end

--- Break the connections of websockets.
---@param _ homey.sim.Context
---@param args {agent: string?}
---@param state homey.sim.Server
function actions.cut(_, args, state)
  return each_session(state, args.agent, function(session) session:hang_up() end)
end

local send_methods = { text = "send", binary = "send_binary", raw = "send_raw" }

--- Send any bytes over the websockets.
---@param _ homey.sim.Context
---@param args table
---@param state homey.sim.Server
function actions.say(_, args, state)
  local method = send_methods[args.as or "text"]
  if not method then error("`as` is text, binary or raw, not '" .. tostring(args.as) .. "'.", 0) end
  local bytes = args.hex and encoding.unhex(args.hex) or args.text
  return each_session(state, args.agent, function(session) session[method](session, bytes) end)
end

--- Publish an event.
---@param _ homey.sim.Context
---@param args {uri: string, event: string, data: any}
---@param state homey.sim.Server
function actions.publish(_, args, state)
  state.subscriptions:publish(args.uri, args.event, args.data)
end

--- Counts of the simulator.
---@param context homey.sim.Context
---@param _ any
---@param state homey.sim.Server
function actions.state(context, _, state)
  local summary = context.state:summary()
  summary.requests, summary.connections = state.requests, state.connections
  summary.complaints = #context.complaints
  summary.topics = state.subscriptions:topics()
  summary.sockets = each_session(state, nil, function() end)
  return summary
end

return actions
