-- Tasks: functions that can wait without blocking others. Each runs in a coroutine, which the
-- scheduler resumes when an answer comes.
--
-- A task runs at once, up to its first wait. Cancelling it raises an error of kind "cancelled"
-- where it waits, and abandons what it waited for; a task that is not waiting gets the error at its
-- next wait. It can catch the error to clean up, and may wait for that during the grace period.
-- After that, or once its script has ended, every wait raises. A task that ignores even this is
-- never resumed.
--
-- PUC 5.1 cannot yield across pcall. There, a wait inside pcall does not yield but runs the event
-- loop itself, so that the other tasks continue. homey.try has no such limit.

local coroutine = require "homey.util.coroutines"
local fiber = require "homey.task.fiber"
local lazy = require "homey.util.lazy"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local watchdog = require "homey.task.watchdog"

local invalid = lazy "homey.util.invalid"
local format = lazy "homey.util.format"
local task_failure = lazy "homey.task.task_failure"
local resume = watchdog.resume
local unpack = table.unpack or unpack -- luacheck: compat
local nothing = {}
local yielded = {} -- what a sleeping task yields, and no other code can

local grace_period = 10 -- seconds for which a cancelled task may still wait, to clean up
local most_ignored = 10 -- errors that a task may catch after its grace period

---@class homey.Task : homey.Sleeper
---@field status "running"|"waiting"|"done"|"failed"|"cancelled"  its state, or how it ended
---@field package scheduler homey.Scheduler
---@field package co? thread  until it has ended
---@field package interrupt? homey.Error  raised at its next wait
---@field package reason? homey.Error|false  the error of its cancellation
---@field package grace? fun()            cancels the timer of its grace period
---@field package ignored? integer        errors that it caught since its grace period; nil before
---@field package watched? boolean        another task waits, or waited, for it
---@field package scope? homey.Scope      the scope that it belongs to
---@field package cause? homey.Cause|false  the cause of its start; see get_cause
---@field package event? any              of a call of a handler whose cause was not asked for yet
---@field package handler? homey.Handler  of a call of a handler
---@field package outer? homey.Task|false  of a call in its first turn: the call around it
---@field package logged? boolean         a failure is logged in its scope and not raised
---@field package ended? fun(task: homey.Task)  called when it has ended
local Task = { __name = "homey.Task" }
Task.__index = Task

function Task:__tostring()
  return ("homey.Task: %s"):format(self.status)
end

local function finish(task, status)
  task.status = status
  fiber.set_task(task.co, nil)
  task.co = nil -- it may run the next task, and would keep what that leaves on its stack
  if task.grace then task.grace() end
  if task.scope then task.scope:remove(task) end
  for waiter in pairs(task.waiters or nothing) do waiter:wake() end
  if status == "failed" and not task.watched then task_failure.report(task) end
  if task.ended then task:ended() end
end

-- `state` is "hooked" when the function has left a hook.
local function succeed(task, state, ...)
  local count = select("#", ...)
  task.results, task.count = count > 0 and { ... } or nothing, count
  if state == true then fiber.put_back(task.co) end
  finish(task, "done")
end

-- Reports whether an error is that of the task's cancellation. It may be another error of kind
-- "cancelled": of an abandoned answer, or of a coroutine of the task. A task that the watchdog
-- stopped fails with the watchdog's error.
local function was_cancelled(task, err)
  if task.ignored == most_ignored then return true end
  return task.reason
    and (err == task.reason or type(err) == "table" and err.kind == "cancelled")
end

local function fail(task, err)
  task.err = err
  if was_cancelled(task, err) then return finish(task, "cancelled") end
  task.traceback = task_failure.traceback(task.co, err)
  finish(task, "failed")
end

local function check_yield(task, what)
  if what == yielded then return end
  fail(task,
    new_error("invalid",
      "a task may wait only by functions of homey, but this one called coroutine.yield."))
end

-- For what the watchdog returns.
local function after_resume(task, state, ...)
  if state == "yielded" then return check_yield(task, (...)) end
  if not state then return fail(task, (...)) end
  return succeed(task, state, ...)
end

-- The fields of a task of the program: the scope and the cause of the caller.
local function inherited(f)
  if type(f) ~= "function" then invalid("homey.spawn takes a function, not %s.", format(f)) end
  watchdog.tame(f)
  local _, parent = fiber.current()
  if not parent then return {} end
  return { scope = parent.scope, cause = parent:get_cause(), logged = parent.logged }
end

--- Start a task.
---@package
---@param scheduler homey.Scheduler  the scheduler that runs it
---@param fields? table  scope, cause, logged, watched, ended: see the fields of homey.Task
---   this table becomes the task; nil: it continues what the caller does, in the same scope, for
---   the same cause
---@param f function
---@param ... any  its arguments
---@return homey.Task
function Task.start(scheduler, fields, f, ...)
  local task, co = setmetatable(fields or inherited(f), Task), fiber.take()
  task.scheduler, task.co, task.status = scheduler, co, "running"
  if task.scope then task.scope:add(task) end
  fiber.set_task(co, task)
  after_resume(task, resume(scheduler.limits.compute, co, f, ...))
  return task
end

-- ---- calls of handlers --------------------------------------------------------------------------

-- Most calls end in their first turn. Until then nothing else refers to the task of a call: it is a
-- member of its scope only from its first wait on, and its cause is made when it is asked for. So
-- the handler keeps the task for its next call, with its coroutine.

local innermost = false -- the task in its first turn; each has the one around it in `outer`

local function new_call(handler)
  local scope, co = handler.scope, fiber.take()
  local task = setmetatable({ -- with all fields: the table never grows
    scope = scope, scheduler = scope.scheduler, handler = handler, event = false, cause = false,
    status = "running", co = co, logged = true, ended = nil, reason = false, outer = false,
  }, Task)
  fiber.set_task(co, task)
  return task
end

-- The event may be gone when the wait is over.
local function begin_wait(task)
  local scope = task.scope
  task:get_cause()
  if not scope.closed then scope:add(task) end
  task.handler:track(task)
end

-- After a first turn that did not simply end.
local function go_on(task, state, what)
  after_resume(task, state, what)
  if not task:finished() then begin_wait(task) end
end

--- Call the function of a handler as a task. Nobody gets its results.
---@package
---@param handler homey.Handler
---@param event any  what it is called for; handler:cause_of(event) makes a cause of it
---@param a? any     the arguments, of which the last is not nil
---@param b? any
---@param c? any
function Task.call(handler, event, a, b, c)
  local task = handler.spare
  if task then handler.spare = false else task = new_call(handler) end
  task.event, task.outer = event, innermost
  innermost = task
  local limit, co, f = handler.limits.compute, task.co, handler.f
  local state, what
  if c ~= nil then
    state, what = resume(limit, co, f, a, b, c)
  elseif b ~= nil then
    state, what = resume(limit, co, f, a, b)
  else
    state, what = resume(limit, co, f, a)
  end
  innermost = task.outer
  if state ~= true or task.reason then return go_on(task, state, what) end
  task.event, handler.spare = false, task
  if task.cause then task.cause = false end
end

--- Add the calls of a scope that are in their first turn to its members.
---@package
---@param scope homey.Scope
---@param members table<table, integer>  changed: member -> its place in the order
function Task.add_calls(scope, members)
  local task, place = innermost, 2 ^ 53 -- behind all other members
  while task do
    if task.scope == scope then members[task] = place end
    task, place = task.outer, place - 1
  end
end

--- The cause of its start. That of a call is made when it is first asked for.
---@package
---@return homey.Cause?
function Task:get_cause()
  local event = self.event
  if event then self.cause, self.event = self.handler:cause_of(event), false end
  return self.cause or nil
end

-- -------------------------------------------------------------------------------------------------

--- Resume the task if it waits. It then checks whether its answer has come.
---@package
function Task:wake()
  if self.status == "waiting" and coroutine.status(self.co) == "suspended" then
    after_resume(self, resume(self.scheduler.limits.compute, self.co))
  end
end

--- Sleep until woken. Called inside the task.
---@package
---@return homey.Error? reason  to give up
function Task:sleep()
  if not self.interrupt then
    self.status = "waiting"
    coroutine.yield(yielded)
    self.status = "running"
  elseif self.ignored == most_ignored then
    self.scheduler:drop(self)
    finish(self, "cancelled")
    coroutine.yield(yielded) -- for ever
  end
  return self:take_interrupt()
end

--- End a task that ignores its cancellation where it cannot yield. Called inside the task.
---@package
---@param sleeper homey.Sleeper
function Task:halt(sleeper)
  if self.ignored ~= most_ignored then return end
  self.scheduler:drop(sleeper)
  watchdog.halt(self.co, "this was cancelled, and ignored that.")
  -- without a watchdog the task continues, and its waits run the loop again
  self.interrupt = nil
end

--- The reason to give up a wait. It is returned once, and after the grace period at every wait.
---@package
---@return homey.Error?
function Task:take_interrupt()
  local reason = self.interrupt
  if self.ignored then self.ignored = self.ignored + 1 else self.interrupt = nil end
  return reason
end

--- Report whether the task has ended.
---@return boolean
function Task:finished()
  return self.status ~= "running" and self.status ~= "waiting"
end

local function interrupt(task)
  task.interrupt = task.reason
  task:wake()
end

local function end_grace(task)
  task.ignored = task.ignored or 0
  interrupt(task)
end

--- Cancel the task. Its wait, or its next wait, raises an error of kind `cancelled`. A task that
--- has ended is not changed.
function Task:cancel()
  if self:finished() then return end
  self.reason = self.reason or new_error("cancelled", "this task was cancelled.")
  if self.scope and self.scope.closed then return end_grace(self) end
  if self.grace then return end -- it is in its grace period already
  interrupt(self)
  if self:finished() then return end
  self.grace = self.scheduler:background_timer(grace_period, function() end_grace(self) end)
end

--- The error of the task, with the place where it was raised.
---@package
---@return any
function Task:failure()
  return task_failure.of(self)
end

--- Wait until the task has ended. Returns its results, or raises its error.
--- Raises: cancelled.
---@return any ...
function Task:wait()
  self.watched = true
  local _, me = fiber.current()
  if me == self then invalid("a task cannot wait for itself.") end
  self.waiters = self.waiters or {}
  while not self:finished() do
    local sleeper = self.scheduler:sleeper()
    self.waiters[sleeper] = true
    local reason = sleeper:sleep()
    self.waiters[sleeper] = nil
    if reason then raise(reason) end
  end
  if self.results then return unpack(self.results, 1, self.count) end
  raise(self.err)
end

return Task
