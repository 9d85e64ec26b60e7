--- A seam with no sockets and a clock that moves only when somebody waits: what homey.core's loop is to the modules
--- above it, answered by tables.
---
---     local seam = fake.new()
---     seam:on("GET /api/manager/zones/zone", {})             -- a value, or a function(request) -> value
---     seam:on("PUT /x", fake.fail("hub", "no.", 500))         -- a failure
---     seam:tell("homey:device:1", "capability", {...})        -- an event, for whoever has subscribed to the uri
---     local home = fake.home(seam)
local Home = require "homey.home"
local core = require "homey.core"
local Reactor = require "homey.task.scheduler"

local fake = {}

local Failure = {}
local Seam = {}
Seam.__index = Seam
local Client = {}
Client.__index = Client

--- A new seam. `latency` is how long an answer takes.
function fake.new()
  return setmetatable({
    clock = 1000, epoch = 1700000000, latency = 0.01, ids = 0, pending = {}, ready = {}, routes = {}, sent = {}, stored = {}, topics = {},
  }, Seam)
end

--- An answer that is a failure.
function fake.fail(kind, message, status, step)
  return setmetatable({ kind, message, status, step }, Failure)
end

--- A home over the seam.
function fake.home(seam, options)
  return Home.new(Reactor.new(seam), seam:client(options or {}))
end

function Seam:on(what, answer)
  self.routes[what] = answer
end

--- "PUT /a/b" for each request so far, and forget them.
function Seam:said()
  local lines = {}
  for i, request in ipairs(self.sent) do lines[i] = request.method .. " " .. request.path end
  self.sent = {}
  return lines
end

function Seam:idle()
  return next(self.pending) == nil and #self.ready == 0
end

local function new_id(seam)
  seam.ids = seam.ids + 1
  return seam.ids
end

local function answer_later(seam, seconds, answer, owner)
  local id = new_id(seam)
  seam.pending[id] = { at = seam.clock + seconds, id = id, answer = answer, owner = owner }
  return id
end

local function earliest(seam)
  local first
  for _, event in pairs(seam.pending) do
    if not first or event.at < first.at or (event.at == first.at and event.id < first.id) then first = event end
  end
  return first
end

local function collect(seam)
  local event = earliest(seam)
  while event and event.at <= seam.clock do
    seam.pending[event.id] = nil
    table.insert(seam.ready, event)
    event = earliest(seam)
  end
end

function Seam:step()
  collect(self)
end

function Seam:wait(seconds)
  collect(self)
  if #self.ready > 0 then return end
  local event = earliest(self)
  if not event and not seconds then error("this would wait for ever", 2) end
  local until_event = event and event.at - self.clock
  self.clock = self.clock + math.min(seconds or until_event, until_event or seconds)
  collect(self)
end

--- Let time pass, for a host that turns the seam itself.
function Seam:advance(seconds)
  self.clock = self.clock + seconds
end

function Seam:next()
  local event = table.remove(self.ready, 1)
  if not event then return nil end
  local answer = event.answer
  if type(answer) == "function" then answer = answer(event.request) end
  if getmetatable(answer) == Failure then return event.id, nil, answer[1], answer[2], answer[3], answer[4] end
  return event.id, answer
end

-- Who waits for a time of day is woken now and then, as by the core.
function Seam:timer(seconds, wall)
  if wall then seconds = math.min(seconds, 20) end
  return answer_later(self, seconds, true)
end

function Seam:cancel(id)
  local event = self.pending[id]
  if event then event.at, event.answer = self.clock, fake.fail("cancelled", "cancelled before it was answered.") end
end

function Seam:now()
  return self.clock
end

function Seam:time()
  return self.clock + self.epoch
end

--- Somebody sets the clock of the machine, which is another than that of its timers.
function Seam:set_time(time)
  self.epoch = time - self.clock
end

--- The machine sleeps: its timers do not notice.
function Seam:suspend(seconds)
  self.epoch = self.epoch + seconds
end

function Seam:fd() -- luacheck: no self
  return 0
end

function Seam:timeout()
  if #self.ready > 0 then return 0 end
  local event = earliest(self)
  return event and math.max(0, event.at - self.clock)
end

--- What comes under an id of its own: a line of trace, a store operation.
function Seam:hand_out(id, value)
  table.insert(self.ready, { id = id, answer = value })
end

function Seam:client(options)
  self.options = options
  if options.refused then return nil, "invalid", options.refused end
  return setmetatable({ seam = self, trace = new_id(self), store = new_id(self), warnings = new_id(self), calls = {} }, Client)
end

local function route(client, request)
  local seam = client.seam
  local answer = seam.routes[request.method .. " " .. request.path]
  if answer == nil then answer = fake.fail("not_found", "the hub has no such thing.", 404) end
  table.insert(seam.sent, request)
  local id = answer_later(seam, seam.latency, answer, client)
  seam.pending[id].request = request
  return id
end

function Client:login()
  return route(self, { method = "LOGIN", path = "" })
end

function Client:logout()
  return route(self, { method = "LOGOUT", path = "" })
end

function Client:request(method, path, body, options)
  if path:find(" ") then return nil, "invalid", "the path holds a space." end
  return route(self, { method = method, path = path, body = body, options = options })
end

local function confirm(seam, id)
  seam:hand_out(id, { "homey:subscribed", core.null })
end

function Client:subscribe(uri)
  local id = new_id(self.seam)
  self.seam.topics[uri] = id
  if uri == "homey:connection" then
    self.seam:hand_out(id, { state = "connecting" })
    self.seam:hand_out(id, { state = "connected", resumed = false })
  elseif not self.seam.down then
    confirm(self.seam, id)
  end
  return id
end

function Client:unsubscribe(id)
  for uri, each in pairs(self.seam.topics) do
    if each == id then self.seam.topics[uri] = nil end
  end
end

--- An event of the hub; nobody hears it while the connection is down.
function Seam:tell(uri, event, data)
  if self.topics[uri] and not self.down then self:hand_out(self.topics[uri], { event, data or core.null }) end
end

--- What the connection itself tells.
function Seam:state(told)
  if self.topics["homey:connection"] then self:hand_out(self.topics["homey:connection"], told) end
end

--- The connection breaks; `told` is what is told of that beside its state.
function Seam:break_off(told)
  self.down = true
  local state = { state = "disconnected", kind = "network", message = "broken.", retry_ms = 1000 }
  for name, value in pairs(told or {}) do state[name] = value end
  self:state(state)
end

--- The connection comes back, and all is subscribed again: as by the core, that is confirmed before it counts as up.
function Seam:come_back()
  self.down = false
  for uri, id in pairs(self.topics) do
    if uri ~= "homey:connection" then confirm(self, id) end
  end
  self:state { state = "connected", resumed = true }
end

function Client:trace_id()
  return self.trace
end

function Client:store_id()
  return self.store
end

function Client:warn_id()
  return self.warnings
end

function Client:stay(whether)
  self.stays = whether
end

--- As homey.core's: the hub has told no time.
function Client:clock() end -- luacheck: no self

function Client:is_renewing()
  return self.renewing or false
end

function Client:store_answer(op, kind, text)
  table.insert(self.seam.stored, { op = op, kind = kind, text = text })
end

function Client:close()
  self.closed = true
  for id, event in pairs(self.seam.pending) do
    if event.owner == self then self.seam:cancel(id) end
  end
end

return fake
