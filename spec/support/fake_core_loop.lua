--- Fake core loop: without sockets. Answers come from tables, and the clock advances only in waits.
---
---     local core_loop = fake.new()
---     core_loop:on("GET /api/manager/zones/zone", {})             -- a value, or f(request) ->
---       value
---     core_loop:on("PUT /x", fake.fail("hub", "no.", 500))         -- a failure
---     core_loop:tell("homey:device:1", "capability", {...})        -- an event
---     local home = fake.home(core_loop)
local Home = require "homey.home"
local core = require "homey.core"
local Scheduler = require "homey.task.scheduler"

local fake = {}

local usual_members = {
  capabilityId = true, value = true, transactionId = true, transactionTime = true,
}

local Failure = {}
local CoreLoop = {}
CoreLoop.__index = CoreLoop
local Client = {}
Client.__index = Client

--- A new core loop. `latency` is the time of an answer.
function fake.new()
  return setmetatable({
    clock = 1000, epoch = 1700000000, latency = 0.01, ids = 0, pending = {}, ready = {},
    routes = {}, sent = {}, stored = {}, topics = {},
  }, CoreLoop)
end

--- An answer with an error.
function fake.fail(kind, message, status, step)
  return setmetatable({ kind, message, status, step }, Failure)
end

--- A home on the core loop.
function fake.home(core_loop, options)
  return Home.new(Scheduler.new(core_loop), core_loop:client(options or {}))
end

function CoreLoop:on(what, answer)
  self.routes[what] = answer
end

--- The requests so far as "PUT /a/b". Clears them.
function CoreLoop:said()
  local lines = {}
  for i, request in ipairs(self.sent) do lines[i] = request.method .. " " .. request.path end
  self.sent = {}
  return lines
end

function CoreLoop:idle()
  return next(self.pending) == nil and #self.ready == 0
end

local function new_id(core_loop)
  core_loop.ids = core_loop.ids + 1
  return core_loop.ids
end

local function answer_later(core_loop, seconds, answer, owner)
  local id = new_id(core_loop)
  core_loop.pending[id] = {
    at = core_loop.clock + seconds, id = id, answer = answer, owner = owner,
  }
  return id
end

local function earliest(core_loop)
  local first
  for _, event in pairs(core_loop.pending) do
    if not first or event.at < first.at or (event.at == first.at and event.id < first.id) then
      first = event
    end
  end
  return first
end

local function collect(core_loop)
  local event = earliest(core_loop)
  while event and event.at <= core_loop.clock do
    core_loop.pending[event.id] = nil
    table.insert(core_loop.ready, event)
    event = earliest(core_loop)
  end
end

function CoreLoop:step()
  collect(self)
end

function CoreLoop:wait(seconds)
  collect(self)
  if #self.ready > 0 then return end
  local event = earliest(self)
  if not event and not seconds then error("this would wait for ever", 2) end
  local until_event = event and event.at - self.clock
  self.clock = self.clock + math.min(seconds or until_event, until_event or seconds)
  collect(self)
end

--- Advance the clock, for a host that steps the core loop itself.
function CoreLoop:advance(seconds)
  self.clock = self.clock + seconds
end

-- Reports whether an event is one that the core hands out without a table.
local function is_usual(name, data)
  if name ~= "capability" or type(data) ~= "table" then return false end
  local transaction, time = data.transactionId, data.transactionTime
  for key in pairs(data) do
    if not usual_members[key] then return false end
  end
  return type(data.capabilityId) == "string" and data.capabilityId ~= ""
    and (transaction == nil or type(transaction) == "string")
    and (time == nil or type(time) == "number" and time >= 0 and time < 4102444800000)
end

function CoreLoop:next()
  local event = table.remove(self.ready, 1)
  if not event then return nil end
  local answer = event.answer
  if type(answer) == "function" then answer = answer(event.request) end
  if getmetatable(answer) == Failure then
    return event.id, nil, answer[1], answer[2], answer[3], answer[4]
  end
  if is_usual(event.name, answer) then
    return event.id, answer.value, nil, event.name, answer.capabilityId, answer.transactionId,
      answer.transactionTime
  end
  if event.name then return event.id, answer, nil, event.name end
  return event.id, answer
end

-- Timers for a time of day are answered now and then, as by the core.
function CoreLoop:timer(seconds, wall)
  if wall then seconds = math.min(seconds, 20) end
  return answer_later(self, seconds, true)
end

function CoreLoop:cancel(id)
  for uri, each in pairs(self.topics) do
    if each == id then self.topics[uri] = nil end
  end
  local event = self.pending[id]
  if event then
    event.at, event.answer = self.clock, fake.fail("cancelled", "cancelled before it was answered.")
  end
end

function CoreLoop:now()
  return self.clock
end

function CoreLoop:time()
  return self.clock + self.epoch
end

--- Set the clock of the machine; timers use another one.
function CoreLoop:set_time(time)
  self.epoch = time - self.clock
end

--- Suspend the machine: timers stand still.
function CoreLoop:suspend(seconds)
  self.epoch = self.epoch + seconds
end

function CoreLoop:fd() -- luacheck: no self
  return 0
end

function CoreLoop:timeout()
  if #self.ready > 0 then return 0 end
  local event = earliest(self)
  return event and math.max(0, event.at - self.clock)
end

--- Answers under ids of their own: lines of the trace, store operations.
function CoreLoop:hand_out(id, value, name)
  table.insert(self.ready, { id = id, answer = value, name = name })
end

function CoreLoop:client(options)
  self.options = options
  if options.refused then return nil, "invalid", options.refused end
  return setmetatable({ core_loop = self, trace = new_id(self), store = new_id(self),
    warnings = new_id(self), calls = {} }, Client)
end

local function route(client, request)
  local core_loop = client.core_loop
  local answer = core_loop.routes[request.method .. " " .. request.path]
  if answer == nil then answer = fake.fail("not_found", "the hub has no such thing.", 404) end
  table.insert(core_loop.sent, request)
  local id = answer_later(core_loop, core_loop.latency, answer, client)
  core_loop.pending[id].request = request
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

Client.set_value = require "homey.sim.virtual.set_value"

local function confirm(core_loop, id)
  core_loop:hand_out(id, core.null, "homey:subscribed")
end

function Client:subscribe(uri)
  local id = new_id(self.core_loop)
  self.core_loop.topics[uri] = id
  if uri == "homey:connection" then
    self.core_loop:hand_out(id, { state = "connecting" })
    self.core_loop:hand_out(id, { state = "connected", resumed = false })
  elseif not self.core_loop.down then
    confirm(self.core_loop, id)
  end
  return id
end

--- Send an event of the hub; it is lost while the connection is down.
function CoreLoop:tell(uri, event, data)
  if self.topics[uri] and not self.down then
    self:hand_out(self.topics[uri], data == nil and core.null or data, event)
  end
end

--- Report a state of the connection.
function CoreLoop:state(told)
  if self.topics["homey:connection"] then self:hand_out(self.topics["homey:connection"], told) end
end

--- Break the connection; `told` has further members of its report.
function CoreLoop:break_off(told)
  self.down = true
  local state = { state = "disconnected", kind = "network", message = "broken.", retry_ms = 1000 }
  for name, value in pairs(told or {}) do state[name] = value end
  self:state(state)
end

--- Restore the connection. As by the core, subscriptions are confirmed before it is reported as up.
function CoreLoop:come_back()
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

--- Like homey.core's; the time of the hub is unknown.
function Client:clock() end -- luacheck: no self

function Client:is_renewing()
  return self.renewing or false
end

function Client:store_answer(op, kind, text)
  table.insert(self.core_loop.stored, { op = op, kind = kind, text = text })
end

function Client:close()
  self.closed = true
  for id, event in pairs(self.core_loop.pending) do
    if event.owner == self then self.core_loop:cancel(id) end
  end
end

return fake
