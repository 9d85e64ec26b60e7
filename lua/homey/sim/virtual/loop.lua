--- The loop of a home in virtual time: a clock that stands still until somebody waits or advances it, and what is to
--- happen at which moment of it. The methods that a scheduler calls of homey.core's loop, and a few to move the clock.
---
--- Kept true: what is due at the same moment happens in the order in which it was planned. Every moment is a whole number
--- of ticks, which numbers hold exactly, so that a time of day is reached to the point, and never just missed.
local heap = require "homey.sim.virtual.heap"
local invalid = require "homey.util.invalid"
local show = require "homey.util.format"

local unpack = table.unpack or unpack -- luacheck: compat

---@class homey.sim.Event
---@field id integer
---@field at number        by the loop's clock
---@field act? fun()       what is done; without it the id is answered `true`
---@field wall? boolean    whoever waits for it waits for a time of day

---@class homey.sim.Loop
---@field clock number     seconds since the beginning
---@field epoch number     seconds from 1970 to the beginning, by the clock of the machine
local Loop = { __name = "homey.sim.Loop" }
Loop.__index = Loop

local tick = 1 / 1024 -- seconds

--- The next whole tick, so that nothing comes too early.
---@param seconds number
---@return number
function Loop.whole(seconds)
  return math.ceil(seconds / tick) * tick
end

--- A loop.
---@param epoch number  seconds since 1970 at its beginning
---@return homey.sim.Loop
function Loop.new(epoch)
  return setmetatable({
    clock = 0, epoch = Loop.whole(epoch), ids = 0, heap = {}, pending = {}, ready = {}, first = 1,
  }, Loop)
end

function Loop:__tostring()
  return ("homey.sim.Loop: %s s"):format(show(self.clock))
end

-- ---- what is to happen ----

--- A number that nothing else here has.
---@return integer
function Loop:id()
  self.ids = self.ids + 1
  return self.ids
end

--- Plan an event, so many seconds from now.
---@param seconds number
---@param event {act: fun()?, wall: boolean?}
---@return integer id
function Loop:plan(seconds, event)
  event.id, event.at = self:id(), self.clock + Loop.whole(math.max(seconds, 0))
  self.pending[event.id] = event
  heap.push(self.heap, event)
  return event.id
end

--- Hand out an answer now: id, value or id, nil, kind, message, status, step.
---@param id integer
---@param ... any
function Loop:hand_out(id, ...)
  self.ready[#self.ready + 1] = { n = select("#", ...), id, ... }
end

--- When something happens next, by the loop's clock; nil for never.
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

--- Move the clock, to a moment before which nothing is due.
---@param moment number
function Loop:move_to(moment)
  self.clock = math.max(self.clock, moment)
end

--- Set the clock of the machine, as a time server does. Timers go on as they were; who waits for a time of day looks again.
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
    self:hand_out(event.id, true)
  end
end

-- ---- as homey.core's loop ----

--- Do what is due.
function Loop:step()
  local due = self.heap[1]
  while due and due.at <= self.clock do
    heap.pop(self.heap)
    if self.pending[due.id] then
      self.pending[due.id] = nil
      if due.act then due.act() else self:hand_out(due.id, true) end
    end
    due = self.heap[1]
  end
end

--- Let time go by until something happens, so many seconds at most.
---@param seconds? number
function Loop:wait(seconds)
  self:step()
  local due = self:due()
  if not due and not seconds then invalid("nothing is planned in this home any more: this would wait for ever.") end
  self:move_to(math.min(due or math.huge, seconds and self.clock + seconds or math.huge))
  self:step()
end

--- The next answer; nothing where there is none.
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

--- Answered after so many seconds.
---@param seconds number
---@param wall? boolean  it is for a time of day
---@return integer id
function Loop:timer(seconds, wall)
  return self:plan(seconds, { wall = wall })
end

--- Answered `cancelled` in place of what it waits for.
---@param id integer
function Loop:cancel(id)
  if not self.pending[id] then return end
  self.pending[id] = nil
  self:hand_out(id, nil, "cancelled", "cancelled before it was answered.")
end

--- Seconds on a clock that never jumps.
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
