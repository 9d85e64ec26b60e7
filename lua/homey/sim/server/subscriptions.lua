--- Subscriptions of the open websocket sessions: which session gets which events of the home.
local socketio = require "homey.sim.server.socketio"
local event_of = require "homey.sim.hub.event_of"

local unpack = table.unpack or _G.unpack

---@class homey.sim.Subscriptions
---@field context homey.sim.Context
---@field sessions table<homey.sim.Session, boolean>  all that are open, in the namespace or not yet
local Subscriptions = { __name = "homey.sim.Subscriptions" }
Subscriptions.__index = Subscriptions

--- No sessions yet. Changes of the home are published from now on.
---@param context homey.sim.Context
---@return homey.sim.Subscriptions
function Subscriptions.new(context)
  local s = setmetatable({ context = context, sessions = {} }, Subscriptions)
  context.model:listen(function(...)
    if not next(s.sessions) then return end
    for _, event in ipairs(event_of(context, ...)) do s:publish(unpack(event)) end
  end)
  return s
end

--- Send an event to all sessions that have subscribed to its uri.
---@param uri string
---@param event string
---@param data any
function Subscriptions:publish(uri, event, data)
  if self.held then
    table.insert(self.held, { uri, event, data })
    return
  end
  local text
  for session in pairs(self.sessions) do
    if session.topics[uri] then
      text = text or socketio.event(session.nsp, uri, event, data)
      session:send_event(uri, event, data, text)
    end
  end
end

--- Hold events back until `release`.
function Subscriptions:hold() self.held = {} end

--- Publish the events that were held back.
function Subscriptions:release()
  local held = self.held or {}
  self.held = nil
  for _, event in ipairs(held) do self:publish(unpack(event, 1, 3)) end
end

--- Call a function with each open session, in no order. It may end them.
---@param f fun(session: homey.sim.Session)
---@return integer count
function Subscriptions:each(f)
  local list = {}
  for session in pairs(self.sessions) do list[#list + 1] = session end
  for _, session in ipairs(list) do f(session) end
  return #list
end

--- The number of subscriptions of each uri, over all sessions.
---@return table<string, integer>
function Subscriptions:topics()
  local out = {}
  for session in pairs(self.sessions) do
    for uri in pairs(session.topics) do out[uri] = (out[uri] or 0) + 1 end
  end
  return out
end

return Subscriptions
