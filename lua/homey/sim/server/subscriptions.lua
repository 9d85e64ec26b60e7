--- Who hears of what: the sessions that are open, the uris each has subscribed to, and a home whose changes are told.
local engine = require "homey.sim.server.socketio"
local told = require "homey.sim.hub.event_of"

local unpack = table.unpack or _G.unpack

---@class homey.sim.Subscriptions
---@field context homey.sim.Context
---@field sessions table<homey.sim.Session, boolean>  those in the namespace and those on their way there
local Subscriptions = { __name = "homey.sim.Subscriptions" }
Subscriptions.__index = Subscriptions

--- Nobody yet; what changes in the home is told from now on.
---@param context homey.sim.Context
---@return homey.sim.Subscriptions
function Subscriptions.new(context)
  local s = setmetatable({ context = context, sessions = {} }, Subscriptions)
  context.model:listen(function(...)
    if not next(s.sessions) then return end
    for _, event in ipairs(told.by(context, ...)) do s:publish(unpack(event)) end
  end)
  return s
end

--- Tell all who have subscribed to a uri.
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
      text = text or engine.event(session.nsp, uri, event, data)
      session:tell(uri, event, data, text)
    end
  end
end

--- Keep back what is to be told, until `release`.
function Subscriptions:hold() self.held = {} end

--- Tell what was kept back.
function Subscriptions:release()
  local held = self.held or {}
  self.held = nil
  for _, event in ipairs(held) do self:publish(unpack(event, 1, 3)) end
end

--- The sessions that are open, in no order; f may end them.
---@param f fun(session: homey.sim.Session)
---@return integer count
function Subscriptions:each(f)
  local list = {}
  for session in pairs(self.sessions) do list[#list + 1] = session end
  for _, session in ipairs(list) do f(session) end
  return #list
end

--- What is subscribed to, over all sessions: uri to how many.
---@return table<string, integer>
function Subscriptions:topics()
  local out = {}
  for session in pairs(self.sessions) do
    for uri in pairs(session.topics) do out[uri] = (out[uri] or 0) + 1 end
  end
  return out
end

return Subscriptions
