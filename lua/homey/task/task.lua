-- Tasks: functions that wait without keeping anything else waiting.
--
-- A task runs at once, up to its first wait. Cancelling raises an error of kind "cancelled" where it waits, and gives up
-- what it waited for; one that is not waiting is cancelled when it next does. So it can clean up, and may wait for that,
-- but not for long, and not at all once its script has ended: then every wait raises, and one that will not hear of it
-- is left where it is.
--
-- PUC 5.1 cannot yield across pcall: there a wait inside one blocks its task where it is, with all others going on
-- meanwhile from inside that wait. homey.try has no such limit.

local coroutine = require "homey.util.coroutines"
local fiber = require "homey.task.fiber"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local raised = require "homey.util.error_text"
local show = require "homey.util.format"
local log_throttle = require "homey.util.log_throttle"
local watchdog = require "homey.task.watchdog"

local traceback = lazy "homey.task.traceback"
local unpack = table.unpack or unpack -- luacheck: compat
local nobody = {}
local yielded = {} -- what a sleeping task yields, and nobody else can

local grace = 10      -- seconds for which a cancelled task may wait, to clean up
local patience = 10   -- times that it is told again when those are over

---@class homey.Task : homey.Fiber
---@field status "running"|"waiting"|"done"|"failed"|"cancelled"  what has become of it
---@field package scheduler homey.Scheduler
---@field package co thread
---@field package interrupt? homey.Error  to be raised where it next waits
---@field package reason? homey.Error     with which it was cancelled
---@field package grace? fun()             ends the time that it has to clean up
---@field package told? integer           how often it was told again, now that its time is over
---@field package watched? boolean        somebody waits, or waited, for it
---@field package scope? homey.Scope      to which it belongs
---@field package cause? homey.Cause      what set it off
---@field package logged? boolean         what it raises goes to the log of its scope, and not to the program
---@field package ended? fun(task: homey.Task)  called when it is over
local Task = { __name = "homey.Task" }
Task.__index = Task

function Task:__tostring()
  return ("homey.Task: %s"):format(self.status)
end

-- What it raised as the log has it: where, what, and how it came there. A hub that is off is no mistake in a program: how it
-- came there tells nothing.
local function words(task, err)
  if type(err) == "string" then return err end
  local object = type(err) == "table" and err.kind and err or nobody
  local sentence, place = raised(err), object.where and object.where .. ": " or ""
  if sentence:sub(1, #place) ~= place then sentence = place .. sentence end
  local frames = object.traceback or task.traceback
  if log_throttle.is_expected(err) or frames == "" then return sentence end
  return sentence .. "\n" .. frames
end

-- A handler that meets such a failure will meet it again: it is logged once in ten minutes.
local function log_failure(task, err)
  local scope = task.scope
  if not log_throttle.is_expected(err) then return scope:log("error", words(task, err)) end
  local place = err.where or task.cause and task.cause.handler or "a task"
  log_throttle.say(task.scheduler, ("%s %s"):format(tostring(scope.name), place), "error", words(task, err), scope:logger())
end

--- Tell whoever wants to know what failed; but not of what failed in there.
---@package
---@param err any  what it raised
function Task:tell_listeners(err)
  if self.cause and self.cause.of_error then return end
  local listeners = self.scheduler.error_listeners
  if listeners then listeners:notify("error", err, self) end
end

local function report(task)
  if not task.logged then return task.scheduler:failed(task) end
  local err = task:failure()
  local told = type(err) == "table" and err.told
  if not told then log_failure(task, err) end
  if task.scope.on_error then task.scope.on_error(err) end
  if not told then task:tell_listeners(err) end
end

local function finish(task, status)
  task.status = status
  fiber.set_task(task.co, nil)
  if task.grace then task.grace() end
  if task.scope then task.scope:remove(task) end
  for waiter in pairs(task.waiters or nobody) do waiter:wake() end
  if status == "failed" and not task.watched then report(task) end
  if task.ended then task:ended() end
end

local function succeed(task, ...)
  local count = select("#", ...)
  task.results, task.count = count > 0 and { ... } or nobody, count
  fiber.put_back(task.co)
  finish(task, "done")
end

-- Whoever was cancelled may have met that elsewhere, too: in an answer that was given up, in a coroutine of its own. One
-- that was halted has met nothing else.
local function ended_by_cancelling(task, err)
  if task.told == patience then return true end
  return task.reason ~= nil and (err == task.reason or type(err) == "table" and err.kind == "cancelled")
end

local function fail(task, err)
  task.err = err
  if ended_by_cancelling(task, err) then return finish(task, "cancelled") end
  task.traceback = type(err) == "table" and err.kind and traceback(task.co) or debug.traceback(task.co)
  finish(task, "failed")
end

local function after_resume(task, ok, what, ...)
  if not ok then return fail(task, what) end
  if what == fiber.free then return succeed(task, ...) end
  if what ~= yielded then
    fail(task, new_error("invalid", "a task may wait only by homey's own functions, but this one yielded by itself."))
  end
end

-- What a task inherits that a program starts by homey.spawn: the scope and the cause of the task that runs.
local function inherited(f)
  if type(f) ~= "function" then invalid("homey.spawn takes a function, not %s.", show(f)) end
  watchdog.tame(f)
  local _, parent = fiber.current()
  return parent and { scope = parent.scope, cause = parent.cause, logged = parent.logged } or {}
end

--- Start a task.
---@package
---@param scheduler homey.Scheduler  that drives it
---@param fields? {scope: homey.Scope?, cause: homey.Cause?, logged: boolean?, watched: boolean?, ended: function?}
---   this table becomes the task; nil: it continues what the caller does, in its scope, for its cause
---@param f function
---@param ... any  its arguments
---@return homey.Task
function Task.start(scheduler, fields, f, ...)
  local task, co = setmetatable(fields or inherited(f), Task), fiber.take()
  task.scheduler, task.co, task.status = scheduler, co, "running"
  if task.scope then task.scope:add(task) end
  fiber.set_task(co, task)
  after_resume(task, watchdog.resume(scheduler.limits.compute, co, f, ...))
  return task
end

--- Called by whoever has what the task waits for.
---@package
function Task:wake()
  if self.status == "waiting" and coroutine.status(self.co) == "suspended" then
    after_resume(self, watchdog.resume(self.scheduler.limits.compute, self.co))
  end
end

--- Called inside the task: sleep until woken.
---@package
---@return homey.Error? reason  to give up
function Task:sleep()
  if not self.interrupt then
    self.status = "waiting"
    coroutine.yield(yielded)
    self.status = "running"
  elseif self.told == patience then
    self.scheduler.let_go(self)
    finish(self, "cancelled")
    coroutine.yield(yielded) -- for ever
  end
  return self:take_interrupt()
end

--- Called inside the task where it cannot sleep, but would not hear of the reason to give up: ends it, if it can be.
---@package
---@param sleeper homey.Fiber
function Task:halt(sleeper)
  if self.told ~= patience then return end
  self.scheduler.let_go(sleeper)
  watchdog.halt(self.co, "this was cancelled, and would not hear of it.")
  self.interrupt = nil -- nobody watches: it goes on as it likes, but lets the others go on, too
end

--- The reason to give up: once, or whenever it waits when it has had its time to clean up.
---@package
---@return homey.Error?
function Task:take_interrupt()
  local reason = self.interrupt
  if self.told then self.told = self.told + 1 else self.interrupt = nil end
  return reason
end

--- Tell whether it has ended.
---@return boolean
function Task:finished()
  return self.status ~= "running" and self.status ~= "waiting"
end

local function interrupt(task)
  task.interrupt = task.reason
  task:wake()
end

-- From now on every wait raises.
local function end_grace(task)
  task.told = task.told or 0
  interrupt(task)
end

--- Cancel the task. Where it waits, it gets an error of kind `cancelled`. A task that has ended stays as it is.
function Task:cancel()
  if self:finished() then return end
  self.reason = self.reason or new_error("cancelled", "this task was cancelled.")
  if self.scope and self.scope.closed then return end_grace(self) end
  if self.grace then return end -- it cleans up already
  interrupt(self)
  if self:finished() then return end
  self.grace = self.scheduler:aside(grace, function() end_grace(self) end)
end

--- What it raised, with the place where it did.
---@package
---@return any
function Task:failure()
  local err = self.err
  if type(err) == "table" and err.kind then
    err.traceback = err.traceback or self.traceback
    return err
  end
  local text, speaks = raised(err)
  return speaks and err or text .. "\n" .. self.traceback
end

--- Wait until the task has ended. Returns its results, or raises what it raised.
--- Raises: cancelled.
---@return any ...
function Task:wait()
  self.watched = true
  local _, me = fiber.current()
  if me == self then invalid("a task cannot wait for itself.") end
  self.waiters = self.waiters or {}
  while not self:finished() do
    local sleeper = self.scheduler:fiber()
    self.waiters[sleeper] = true
    local reason = sleeper:sleep()
    self.waiters[sleeper] = nil
    if reason then raise(reason) end
  end
  if self.results then return unpack(self.results, 1, self.count) end
  raise(self.err)
end

return Task
