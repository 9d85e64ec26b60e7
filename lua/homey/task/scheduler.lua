-- Scheduler: drives one event loop (the core loop) and wakes those who wait for its answers. All homes over the C
-- core share one, so that a step of any of them drives them all; a home in virtual time has its own.
--
-- Kept true: an id that was given out is in `waiting` until its answer has come or nobody wants it any more, so an
-- answer is never lost, however long after the request somebody begins to wait for it.

local fiber = require "homey.task.fiber"
local invalid = require "homey.util.invalid"
local new_error = require "homey.error"
local raise = require "homey.util.raise"

---@class homey.Scheduler
---@field core_loop homey.core.Loop
---@field waiting table<integer, homey.Answer|fun(value: any, err: homey.Error?)>  who gets one answer
---@field listeners table<integer, fun(value: any, err: homey.Error?)>  who gets all that comes under an id
---@field hosts function[]       attached loops, see Scheduler:attach
---@field failures homey.Task[]  tasks that failed while nobody waited for them
---@field stopped boolean        homey.stop was called
---@field kept integer           handles that may yet be called, though nothing waits for an answer
---@field limits homey.Limits
---@field homes table<homey.Home, true>  that it drives, as long as anybody holds them
---@field limits_said? {[integer]: homey.LimitsSaid, default: homey.Limits}  why they are what they are, the last one last
---@field quiet table<integer, function>  timers that keep nothing running
---@field autosaves {autosave: homey.Autosave?}[]  none is kept alive by this
---@field active boolean                  something ran since they last looked
---@field end_warning? any                 see lifecycle.warn_if_never_run
---@field lasting? boolean                 it lives as long as the program
---@field throttled? table<string, homey.Throttled>  what was logged lately, see util/log_throttle.lua
---@field error_listeners? homey.Listeners  who hears of what handlers and scripts raise
---@field attended? boolean                somebody waits, or lets a host wait, for what may happen
local Scheduler = { __name = "homey.Scheduler" }
Scheduler.__index = Scheduler

---@class homey.Limits
---@field compute number     seconds for which a task may compute without waiting
---@field parallel integer   calls of a handler that may wait side by side
---@field queued integer     calls of a handler that may wait for their turn
---@field per_second integer changes of one device, in any second
---@field per_minute integer the same in any minute

---@class homey.Answer  what one request will come to
---@field id any
---@field done boolean
---@field value any
---@field error homey.Error?
---@field fiber? homey.Fiber  who sleeps until it is there

---@class homey.Fiber  a way to sleep
---@field wake fun(self)   called from a step when it may have become worth looking
---@field sleep fun(self): homey.Error?  returns after a wake; or sooner, with the reason to give up
---@field drop? fun()      lets go of what it sleeps for

--- A scheduler over a core loop.
---@param core_loop homey.core.Loop
---@return homey.Scheduler
function Scheduler.new(core_loop)
  return setmetatable({
    homes = setmetatable({}, { __mode = "k" }),
    core_loop = core_loop, waiting = {}, listeners = {}, hosts = {}, failures = {}, stopped = false, kept = 0, quiet = {},
    autosaves = {},
    active = false, limits = { compute = 5, parallel = 1000, queued = 100, per_second = 10, per_minute = 300 },
  }, Scheduler)
end

local shared

--- The scheduler over the C core that all homes of this Lua state share.
---@return homey.Scheduler
function Scheduler.shared()
  if not shared then
    shared = Scheduler.new(require("homey.core").loop())
    shared.lasting = true
  end
  return shared
end

--- Close every home over the C core and persist what has changed, before the program ends by os.exit.
function Scheduler.close_shared()
  if not shared then return end
  local homes = {}
  for home in pairs(shared.homes) do homes[#homes + 1] = home end
  for _, home in ipairs(homes) do home:close() end
  shared:flush()
end

function Scheduler:__tostring()
  return "homey.Scheduler"
end

-- Who gets what has come under an id.
local function taker(self, id)
  local quiet = self.quiet[id]
  if quiet then
    self.quiet[id] = nil
    return quiet
  end
  local waiter = self.waiting[id]
  if waiter then self.waiting[id] = nil else waiter = self.listeners[id] end
  if waiter then self.active = true end
  return waiter
end

-- What was expected is there.
local function fulfil(answer, value, err)
  answer.value, answer.error, answer.done = value, err, true
  local fiber_of = answer.fiber
  if fiber_of then fiber_of:wake() end
end

-- Hand each collected answer to whoever waits for it. What a waiter raises reaches the caller; the answers behind it
-- stay parked. A listener whose id is cancelled hears nothing more, and what it holds is let go of.
local function drain(self)
  for id, value, kind, message, status, step, retry_after in self.core_loop.next, self.core_loop do
    local waiter = taker(self, id)
    if waiter then
      local err = kind and new_error(kind, message, { status = status, step = step, retry_after = retry_after }) or nil
      if kind == "cancelled" then self.listeners[id] = nil end
      if type(waiter) == "table" then fulfil(waiter, value, err) else waiter(value, err) end
    end
  end
end

local weak = { __mode = "v" }

--- Have an autosave save after something ran, for as long as something else holds it.
---@param autosave {schedule: fun(self), flush: fun(self)}
function Scheduler:add_autosave(autosave)
  table.insert(self.autosaves, setmetatable({ autosave = autosave }, weak))
end

--- The autosave saves no more.
---@param autosave homey.Autosave
function Scheduler:remove_autosave(autosave)
  for i, each in ipairs(self.autosaves) do
    if each.autosave == autosave then return table.remove(self.autosaves, i) end
  end
end

local function each_autosave(self, method)
  local autosaves = self.autosaves
  for i = #autosaves, 1, -1 do
    local autosave = autosaves[i].autosave
    if autosave then autosave[method](autosave) else table.remove(autosaves, i) end
  end
end

local function schedule_autosaves(self)
  if not self.active then return end
  self.active = false
  each_autosave(self, "schedule")
end

-- Raise what a task raised while nobody waited for it.
local function report(self)
  local task = table.remove(self.failures, 1)
  while task do
    if not task.watched then
      local err = task:failure()
      task:tell_listeners(err)
      raise(err)
    end
    task = table.remove(self.failures, 1)
  end
end

--- Do whatever is due and wait for nothing.
function Scheduler:step()
  self.attended = true
  self.core_loop:step()
  drain(self)
  schedule_autosaves(self)
  report(self)
end

--- Persist everything that has changed: states and the journal.
function Scheduler:flush()
  each_autosave(self, "flush")
end

-- The same for somebody who has nothing else to do.
local function turn(self)
  if not next(self.waiting) and self.kept == 0 then
    invalid("this waits for something that cannot happen any more.")
  end
  schedule_autosaves(self)
  self.core_loop:wait()
  drain(self)
end

--- Turn until something is so, for so many seconds at most: at an end, where nobody may be put to sleep any more.
---@param is_so fun(): boolean
---@param seconds number
function Scheduler:finish(is_so, seconds)
  local till = self.core_loop:now() + seconds
  while not is_so() and self.core_loop:now() < till do
    self.core_loop:wait(0.1)
    drain(self)
  end
end

--- Remember a task that failed while nobody waited for it; the next step or run raises it.
---@param task homey.Task
function Scheduler:failed(task)
  table.insert(self.failures, task)
  self.core_loop:timer(0) -- so that a host turns us
end

--- Turn until Scheduler:stop, or until nothing can happen any more.
function Scheduler:run()
  local root, task = fiber.current()
  if root and task then invalid("homey.run() is for the main program, not for a task.") end
  self.active, self.attended = true, true
  for home in pairs(self.homes) do home:resume() end
  report(self)
  while not self.stopped and (next(self.waiting) or self.kept > 0) do
    turn(self)
    report(self)
  end
  self.stopped = false
  self:flush()
end

--- The descriptor that a host's loop polls for reading, to call step then.
---@return integer
function Scheduler:fd()
  self.attended = true
  return self.core_loop:fd()
end

--- Make Scheduler:run return.
function Scheduler:stop()
  self.stopped = true
end

--- Let a host's loop put its own coroutines to sleep.
---@param host fun(root: thread, inside: boolean): homey.Fiber?  a fiber where the running coroutine is the host's
---@return fun() detach
function Scheduler:attach(host)
  table.insert(self.hosts, host)
  return function()
    for i, each in ipairs(self.hosts) do
      if each == host then return table.remove(self.hosts, i) end
    end
  end
end

local Blocker = {}
Blocker.__index = Blocker

function Blocker.wake() end

function Blocker:sleep()
  local task = self.task
  if task and task.interrupt then task:halt(self) end
  if not (task and task.interrupt) then turn(self.scheduler) end
  return task and task:take_interrupt()
end

--- How the caller sleeps: by yielding where something else could run, else by turning this scheduler.
---@return homey.Fiber
function Scheduler:fiber()
  self.active = true
  local root, task, inside = fiber.current()
  if root and fiber.can_yield() then
    if task then return task end
    for _, host in ipairs(self.hosts) do
      local found = host(root, inside)
      if found then return found end
    end
  end
  if task then return setmetatable({ scheduler = self, task = task }, Blocker) end
  self.blocker = self.blocker or setmetatable({ scheduler = self }, Blocker)
  return self.blocker
end

--- Keep the answer that an id will get.
---@param id integer
---@return homey.Answer
function Scheduler:expect(id)
  local answer = { id = id, done = false, value = nil, fiber = nil }
  self.waiting[id] = answer
  return answer
end

--- Something that Lua itself will answer, by Scheduler:resolve.
---@return homey.Answer
function Scheduler:promise()
  local answer = { done = false }
  answer.id = answer
  self.waiting[answer] = true
  return answer
end

--- Answer what was promised; only the first time counts.
---@param answer homey.Answer
---@param value any
---@param err? homey.Error
function Scheduler:resolve(answer, value, err)
  if answer.done or not self.waiting[answer] then return end
  self.waiting[answer] = nil
  fulfil(answer, value, err)
end

--- Nobody wants this answer any more.
---@param answer homey.Answer
function Scheduler:abandon(answer)
  if answer.done then return end
  self.waiting[answer.id] = nil
  if answer.id ~= answer then self.core_loop:cancel(answer.id) end
end

local longest = 2000000 -- seconds that one timer of the core loop can hold

--- Call f once, so many seconds from now.
---@param seconds number
---@param f fun()
---@param wall? boolean  as Loop:timer takes it
---@return fun() cancel
function Scheduler:later(seconds, f, wall)
  local id
  local function wait(left)
    id = self.core_loop:timer(math.min(left, longest), wall)
    self.waiting[id] = function(_, err)
      if err then return end
      if left > longest and not wall then return wait(left - longest) end
      f() -- sooner than that for a time of day, which may have come sooner, too
    end
  end
  wait(seconds)
  return function()
    if not self.waiting[id] then return end
    self.waiting[id] = nil
    self.core_loop:cancel(id)
  end
end

--- Call f once, so many seconds from now, without keeping anything running for it.
---@param seconds number
---@param f fun()
---@return fun() cancel
function Scheduler:aside(seconds, f)
  local id = self.core_loop:timer(seconds)
  self.quiet[id] = f
  return function()
    if not self.quiet[id] then return end
    self.quiet[id] = nil
    self.core_loop:cancel(id)
  end
end

--- What somebody slept for is wanted no more.
---@param sleeper homey.Fiber
function Scheduler.let_go(sleeper)
  local drop = sleeper.drop
  sleeper.drop = nil
  if drop then drop() end
end

-- Raises the reason where the wait is given up. `drop` is kept with the sleeper: one that will not hear of that is left
-- where it sleeps.
local function sleep_until_done(answer, sleeper, drop)
  local reason
  answer.fiber, sleeper.drop = sleeper, drop
  while not (answer.done or reason) do reason = sleeper:sleep() end
  if not reason then
    sleeper.drop = nil
    return
  end
  Scheduler.let_go(sleeper)
  raise(reason)
end

--- Wait until every answer is there, good or bad.
---@param answers homey.Answer[]
function Scheduler:settle(answers)
  local sleeper
  local function drop()
    for _, each in ipairs(answers) do self:abandon(each) end
  end
  for i = 1, #answers do
    local answer = answers[i]
    if not answer.done then
      sleeper = sleeper or self:fiber()
      sleep_until_done(answer, sleeper, drop)
    end
  end
end

--- Wait until one answer is there, good or bad.
---@param answer homey.Answer
function Scheduler:settle_one(answer)
  if answer.done then return end
  sleep_until_done(answer, self:fiber(), function() self:abandon(answer) end)
end

--- Wait until one answer is there or the wait is given up; `clean` is called either way.
---@param answer homey.Answer
---@param clean fun()
function Scheduler:settle_then(answer, clean)
  if not answer.done then
    sleep_until_done(answer, self:fiber(), function()
      clean()
      self:abandon(answer)
    end)
  end
  clean()
end

--- The value of an answer; raises the error object where it is one.
---@param answer homey.Answer
---@return any value
function Scheduler:collect(answer)
  self:settle_one(answer)
  if answer.error then raise(answer.error) end
  return answer.value
end

--- Wait for the answer to an id: its value, or the error object raised.
---@param id integer
---@return any value
function Scheduler:await(id)
  return self:collect(self:expect(id))
end

--- Wait so many seconds.
---@param seconds number
function Scheduler:sleep(seconds)
  self.attended = true
  while seconds > longest do
    self:await(self.core_loop:timer(longest))
    seconds = seconds - longest
  end
  self:await(self.core_loop:timer(seconds))
end

return Scheduler
