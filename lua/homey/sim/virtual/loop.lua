--- Core loop in virtual time: the clock stands still until a test waits or advances it.
---
--- It has the methods of homey.core's loop that the scheduler calls, and a few to move the clock.
---
--- Invariant: events that are due at the same moment run in the order in which they were planned.
--- Each moment is a whole number of ticks, which a double holds exactly, so that rounding never
--- misses a time of day.
local heap = require "homey.sim.virtual.heap"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local format = require "homey.util.format"

local File = lazy "homey.sim.virtual.file"
local web = lazy "homey.sim.virtual.web"

local unpack = table.unpack or unpack -- luacheck: compat

---@class homey.sim.Event
---@field id integer
---@field at number        by the clock of the loop
---@field act? fun()       runs when it is due; without it the id is answered `true`
---@field wall? boolean    it is for a time of day, and answered early when the clock is set

---@class homey.sim.Loop
---@field clock number     seconds since the start
---@field epoch number     seconds from 1970 to the start, by the clock of the machine
---@field subscriptions table<integer, fun()>  by id: ends the subscription
local Loop = { __name = "homey.sim.Loop" }
Loop.__index = Loop

local tick = 1 / 1024 -- seconds

--- Round up to a whole tick, so that no event is early.
---@param seconds number
---@return number
function Loop.whole(seconds)
  return math.ceil(seconds / tick) * tick
end

--- A loop.
---@param epoch number  seconds since 1970 at its start
---@return homey.sim.Loop
function Loop.new(epoch)
  return setmetatable({
    clock = 0, epoch = Loop.whole(epoch), ids = 0, heap = {}, pending = {}, ready = {},
    first = 1, subscriptions = {},
  }, Loop)
end

function Loop:__tostring()
  return ("homey.sim.Loop: %s s"):format(format(self.clock))
end

-- ---- events ----

--- A new id.
---@return integer
function Loop:id()
  self.ids = self.ids + 1
  return self.ids
end

--- Plan an event in a number of seconds.
---@param seconds number
---@param event {act: fun()?, wall: boolean?}
---@return integer id
function Loop:plan(seconds, event)
  event.id, event.at = self:id(), self.clock + Loop.whole(math.max(seconds, 0))
  self.pending[event.id] = event
  heap.push(self.heap, event)
  return event.id
end

--- Answer an id now: with a value, or with nil, kind, message, status, step.
---@param id integer
---@param ... any
function Loop:answer(id, ...)
  self.ready[#self.ready + 1] = { n = select("#", ...), id, ... }
end

--- The moment of the next event or answer, by the clock of the loop; nil where there is none.
---@return number?
function Loop:due()
  if self.ready[self.first] then return self.clock end
  local top = self.heap[1]
  while top and not self.pending[top.id] do
    heap.pop(self.heap)
    top = self.heap[1]
  end
  return top and top.at
end

--- Move the clock forward. Nothing may be due before that moment.
---@param moment number
function Loop:move_to(moment)
  self.clock = math.max(self.clock, moment)
end

--- Set the clock of the machine, as a time server does. Timers keep their length; those for a time
--- of day are answered now, so that the caller computes them again.
---@param time number  seconds since 1970
function Loop:set_time(time)
  self.epoch = Loop.whole(time) - self.clock
  local woken = {}
  for _, event in pairs(self.pending) do
    if event.wall then woken[#woken + 1] = event end
  end
  table.sort(woken, heap.before)
  for _, event in ipairs(woken) do
    self.pending[event.id] = nil
    self:answer(event.id, true)
  end
end

-- ---- the methods of homey.core's loop ----

--- Run the events that are due.
function Loop:step()
  local due = self.heap[1]
  while due and due.at <= self.clock do
    heap.pop(self.heap)
    if self.pending[due.id] then
      self.pending[due.id] = nil
      if due.act then due.act() else self:answer(due.id, true) end
    end
    due = self.heap[1]
  end
end

--- Advance the clock to the next event, by a number of seconds at most.
---@param seconds? number
function Loop:wait(seconds)
  self:step()
  local due = self:due()
  if not due and not seconds then
    invalid("this would wait forever: no event is planned in this home.")
  end
  self:move_to(math.min(due or math.huge, seconds and self.clock + seconds or math.huge))
  self:step()
end

--- The next answer; nil where there is none.
---@return integer? id
---@return any ...
function Loop:next()
  local item = self.ready[self.first]
  if not item then
    if self.first > 1 then
      self.ready, self.first = {}, 1
    end
    return nil
  end
  self.ready[self.first] = false
  self.first = self.first + 1
  return unpack(item, 1, item.n + 1)
end

--- Tell the transaction of every event. It always does.
function Loop:tell_transactions() end -- luacheck: ignore 212

--- Start a timer; its id is answered after a number of seconds.
---@param seconds number
---@param wall? boolean  it is for a time of day
---@return integer id
function Loop:timer(seconds, wall)
  return self:plan(seconds, { wall = wall })
end

--- An id that is answered only by `release`, or when it is cancelled.
---@return integer id
function Loop:hold()
  local id = self:id()
  self.pending[id] = { id = id }
  return id
end

--- Answer a pending id before it is due.
---@param id integer
---@param ... any  as for `answer`
function Loop:release(id, ...)
  if not self.pending[id] then return end
  self.pending[id] = nil
  self:answer(id, ...)
end

--- Answer a fetch with what the test says: see home:web.
---@param url string
---@param method string
---@param headers string[]  lines "Name: value"
---@param timeout number
---@param max integer
---@param _ integer  redirects: what the test says is final
---@param body? string
---@return integer? id
---@return string? kind
---@return string? message
function Loop:fetch(url, method, headers, timeout, max, _, body)
  return web.fetch(self, url,
    { method = method, headers = headers, timeout = timeout, max = max, body = body })
end

--- Poll a file of the test: see home:file.
---@param fd integer
---@param events integer
---@param timeout? number
---@return integer? id
---@return string? kind
---@return string? message
function Loop:poll(fd, events, timeout)
  local file = File.of(self, fd)
  if file then return file:poll(self, events, timeout) end
  return nil, "invalid", "a home in virtual time waits for no file or socket of the machine. Make "
    .. "one in the test with home:file."
end

--- Read from a file of the test.
---@param fd integer
---@return string|false text
function Loop:read(fd)
  return File.of(self, fd):take()
end

--- End a timer or a subscription; its id is answered `cancelled`.
---@param id integer
function Loop:cancel(id)
  local unsubscribe = self.subscriptions[id]
  if unsubscribe then
    unsubscribe()
  elseif not self.pending[id] then
    return
  end
  self.pending[id] = nil
  self:answer(id, nil, "cancelled", "cancelled before it was answered.")
end

--- Seconds on a monotonic clock.
---@return number
function Loop:now()
  return self.clock
end

--- Seconds since 1970.
---@return number
function Loop:time()
  return self.epoch + self.clock
end

--- Seconds until something is due.
---@return number?
function Loop:timeout()
  local due = self:due()
  return due and math.max(0, due - self.clock)
end

return Loop
