--- Faults of a websocket on demand. The first word of a kind says where it applies.
---
--- kind                    effect                                         parameters (defaults)
--- open_missing            no packet after the upgrade                    -
--- handshake_refused       handshakeClient is answered with an error      status (401), body
--- handshake_unanswered    it is not answered                             -
--- handshake_late          it is answered late                            seconds (1)
--- namespace_refused       the namespace is answered with ERROR           body ("Unauthorized")
--- namespace_unanswered    it is not answered                             -
--- namespace_kicked        it is opened, and closed by the hub            seconds until then (0)
--- subscribe_refused       subscribe is answered with an error            status (403), body
--- subscribe_unanswered    it is not answered                             -
--- subscribe_late          it is answered late                            seconds (1)
--- call_refused            an `api` call is answered with an error        status (500), body
--- call_unanswered         it is carried out, but not answered            -
--- call_late               it is answered late                            seconds (1)
--- call_dropped            it is carried out, and the connection breaks   -
--- pong_missing            a ping is not answered                         -
--- event_missing           an event is lost                               -
--- event_twice             it is sent twice                               -
--- event_untimed           its transactionTime is null                    -
--- event_huge              it has a member `padding`                      bytes of it (4 MiB)
--- event_late              it is sent late                                seconds (1)
--- message_fragmented      a message has many frames                      bytes of each (1000)
--- message_cut             the connection breaks in the middle of a frame bytes of it (half)
--- message_slow            it is sent slowly                              bytes (1) every seconds
---                                                                        (0.001)
---
--- `route` is the uri of a subscribe or an event, or the operation of a call, with * as a wildcard.
--- With `executed = false` the call is not carried out. The upgrade itself is an HTTP request: use
--- route "socket" and the kinds of homey.sim.server.faults.
local core = require "homey.core"
local frames = require "homey.sim.server.frames"
local pieces = require "homey.sim.server.pieces"

local kinds = {}

-- Defines a kind: what happens in place of the usual action, and whether a call is carried out.
local function kind(name, act, executed)
  kinds[name] = { act = act, executed = executed ~= false, point = name:match("^%a+") }
end

local function do_nothing() end

local function error_json(fault, status)
  if fault.body then return assert(core.encode(fault.body)) end
  local json = '{"statusCode":%d,"error":"simulated","error_description":"Simulated failure %d"}'
  return json:format(status, status)
end

local function copy_with(data, more)
  local out = setmetatable({}, getmetatable(data))
  for name, value in pairs(data) do out[name] = value end
  for name, value in pairs(more) do out[name] = value end
  return out
end

for point, status in pairs { handshake = 401, subscribe = 403, call = 500 } do
  kind(point .. "_refused", function(session, fault, packet)
    session:acknowledge(packet, "[" .. error_json(fault, fault.status or status) .. "]")
  end, false)
  kind(point .. "_unanswered", do_nothing)
  kind(point .. "_late", function(session, fault, _, usual)
    session:later(fault.seconds or 1, usual)
  end)
end

kind("call_dropped", function(session) session:hang_up() end)
kind("open_missing", do_nothing)
kind("pong_missing", do_nothing)

kind("namespace_refused", function(session, fault, packet)
  session:message("error", packet.nsp, nil, assert(core.encode(fault.body or "Unauthorized")))
end)
kind("namespace_unanswered", do_nothing)
kind("namespace_kicked", function(session, fault, _, usual)
  usual()
  if not fault.seconds then return session:kick() end
  session:later(fault.seconds, function() session:kick() end)
end)

kind("event_missing", do_nothing)
kind("event_twice", function(_, _, _, usual)
  usual()
  usual()
end)
kind("event_late", function(session, fault, _, usual) session:later(fault.seconds or 1, usual) end)
kind("event_untimed", function(_, _, data, usual)
  usual(copy_with(data, { transactionTime = core.null }))
end)
kind("event_huge", function(_, fault, data, usual)
  usual(copy_with(data, { padding = ("x"):rep(fault.bytes or 4 * 1024 * 1024) }))
end)

-- These return a plan, as faults of HTTP do: see homey.sim.Step.
kind("message_fragmented", function(_, fault, text)
  local size, plan = fault.bytes or 1000, {}
  for at = 1, #text, size do
    local bytes = frames.bytes(at == 1 and 1 or 0, text:sub(at, at + size - 1), at + size > #text)
    plan[#plan + 1] = { write = bytes }
  end
  return plan
end)

kind("message_cut", function(_, fault, text)
  local bytes = frames.bytes(1, text)
  return { { write = bytes:sub(1, fault.bytes or math.floor(#bytes / 2)) }, { close = true } }
end)

kind("message_slow", function(_, fault, text) return pieces(frames.bytes(1, text), fault) end)

return kinds
