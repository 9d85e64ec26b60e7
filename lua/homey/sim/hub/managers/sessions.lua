--- Sessions of the hub: the caller's own, and in version 2 all of them.
local core = require "homey.core"
local encoding = require "homey.sim.http.encoding"

---@type homey.sim.Handlers
local sessions = {}

local function array(list) return setmetatable(list, core.array) end

local function describe(call, session)
  local scopes = session.scopes or { "homey" }
  local reply = {
    id = session.id, type = session.type, scopes = array(scopes),
    intersectedScopes = array(scopes),
  }
  if session.type == "OAUTH" and call.version == 2 then
    local now = call.context.state.now()
    reply.createdAt = session.created or encoding.iso(now)
    reply.expiresAt = session.ends or encoding.iso(now + 86400)
    reply.lastUsed = session == call.session
    reply.clientName, reply.agent = "Simulated client", "unknown"
  end
  return reply
end

sessions.getSessionMe = function(call) return call:ok(describe(call, call.session)) end

sessions.getSessions = function(call)
  local out, own = {}, call.session
  for _, session in pairs(call.context.state.bearers) do
    out[session.id] = describe(call, session)
  end
  if own then out[own.id] = out[own.id] or describe(call, own) end
  return call:ok(out)
end

sessions.deleteSession = function(call)
  local state = call.context.state
  for bearer, session in pairs(state.bearers) do
    if session.id == call.args.id then
      state.bearers[bearer] = nil
      state:count "logouts"
      return call:ok()
    end
  end
  return call:not_found("Session", call.args.id)
end

return sessions
