-- Promise: a result that comes later, such as from a callback of another library. Any number of
-- tasks wait for it.
--
-- Invariant: nothing but its holders and those who wait for it keeps a promise. So one that is
-- never settled is collected, and does not keep homey.run going.

local arguments = require "homey.util.arguments"
local duration = require "homey.util.duration"
local new_error = require "homey.error"
local raise = require "homey.util.raise"

local unpack = table.unpack or unpack -- luacheck: compat

---@class homey.Promise
---@field status "pending"|"resolved"|"rejected"  its state
---@field package scheduler homey.Scheduler
---@field package waiters homey.Sleeper[]  in the order in which they began to wait
---@field package results? table
---@field package count? integer
---@field package err? any
local Promise = { __name = "homey.Promise" }
Promise.__index = Promise

--- Make a promise.
---@package
---@param scheduler homey.Scheduler  the scheduler that runs those who wait
---@return homey.Promise
function Promise.new(scheduler)
  return setmetatable({ scheduler = scheduler, status = "pending", waiters = {} }, Promise)
end

function Promise:__tostring()
  return "homey.Promise: " .. self.status
end

-- Those who are woken may wait again, so the list is taken first.
local function wake_all(self)
  local waiters = self.waiters
  self.waiters = {}
  for _, sleeper in ipairs(waiters) do sleeper:wake() end
end

local function settle(self, status)
  self.status = status
  wake_all(self)
  return true
end

--- Settle the promise with results. Whoever waits for it continues before this returns. It may be
--- called anywhere, such as in a callback of another library. Only the first call of resolve or
--- reject counts.
---@param ... any  what wait returns
---@return boolean settled  false when it was settled before
function Promise:resolve(...)
  if self.status ~= "pending" then return false end
  self.results, self.count = { ... }, select("#", ...)
  return settle(self, "resolved")
end

--- Settle the promise with an error. Whoever waits for it continues before this returns. Only the
--- first call of resolve or reject counts.
---@param err any  what wait raises: a text, or an error object
---@return boolean settled  false when it was settled before
function Promise:reject(err)
  if self.status ~= "pending" then return false end
  self.err = err == nil and "this promise was rejected without a reason." or err
  return settle(self, "rejected")
end

local function stop_waiting(self, sleeper)
  sleeper.drop = nil
  for i, each in ipairs(self.waiters) do
    if each == sleeper then return table.remove(self.waiters, i) end
  end
end

-- Sleeps until the promise is settled or the time is over. Returns the reason to give up, if any.
local function sleep(self, timer)
  local sleeper, reason = self.scheduler:sleeper(), nil
  while self.status == "pending" and not (reason or timer.is_over) do
    self.waiters[#self.waiters + 1], sleeper.drop = sleeper, timer.stop
    reason = sleeper:sleep()
    stop_waiting(self, sleeper)
  end
  return reason
end

-- The timer of one who waits. It wakes all; each looks whether its own time is over.
local function start_timer(self, seconds)
  local timer = { is_over = false, stop = function() end }
  if not seconds then return timer end
  timer.stop = self.scheduler:later(seconds, function()
    timer.is_over = true
    wake_all(self)
  end)
  return timer
end

--- Wait until the promise is settled. Returns its results, or raises its error. In the main program
--- it runs tasks and handlers meanwhile.
--- Raises: timeout, cancelled, invalid.
---@param timeout? number|string  the longest wait: "5 s"; without it there is no limit
---@return any ...
function Promise:wait(timeout)
  local seconds = timeout ~= nil and duration.seconds(timeout, "the timeout of promise:wait")
  self.scheduler.was_driven = true
  if self.status == "pending" then
    local timer = start_timer(self, seconds)
    local reason = sleep(self, timer)
    timer.stop()
    if reason then raise(reason) end
  end
  if self.status == "resolved" then return unpack(self.results, 1, self.count) end
  if self.status == "rejected" then raise(self.err) end
  raise(new_error("timeout", ("the promise was not settled within %g s."):format(seconds)))
end

return arguments.check_methods(Promise, Promise, "promise", "reject/1 wait/1")
