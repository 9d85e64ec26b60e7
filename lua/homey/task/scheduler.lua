-- Scheduler: runs one event loop (the core loop) and passes each answer to the task that waits for
-- it. All homes over the C core share one scheduler, so that a step of one of them runs them all. A
-- home in virtual time has its own. answers.lua has the functions that wait for answers.

local answers = require "homey.task.answers"
local fiber = require "homey.task.fiber"
local lazy = require "homey.util.lazy"
local new_error = require "homey.error"
local raise = require "homey.util.raise"

local invalid = lazy "homey.util.invalid"
local task_failure = lazy "homey.task.task_failure"

--- What the core tells of an event: its data and name; of a device's value in the usual form the
--- value, "capability", the capability's id, the transaction's id, and the time in ms since 1970.
---@alias homey.Listener fun(value: any, err: homey.Error?, name: string?, ...: any)

---@class homey.Taker  gets the values of one device, without a call in between
---@field take fun(cache: homey.Cache, resource: homey.Device, value: any, id: string, transaction:
---   string?, time: number?)
---@field cache homey.Cache
---@field resource homey.Device

---@class homey.Scheduler
---@field core_loop homey.core.Loop
---@field waiting table<any, homey.Answer|true>  by id of the core loop; true: a promise, by itself
---@field listeners table<integer, homey.Listener>  get every answer and event
---@field takers table<integer, homey.Taker>  get the values of devices in place of the listeners
---@field taken_now number|false   the clocks when the events were taken that are now passed on;
---@field taken_time? number       false: not read yet, see take_clocks
---@field depth integer  of calls that pass on answers: 2 where a receiver runs the loop. An error
---       of a receiver leaves it too high: then events are not used again
---@field background table<integer, function>  timers that do not keep `run` going
---@field hosts function[]       attached loops, see Scheduler:attach
---@field homes table<homey.Home, true>  the homes that it drives, held weakly
---@field failures homey.Task[]  failed tasks that nobody waited for
---@field autosaves {autosave: homey.Autosave?}[]  held weakly
---@field active_handles integer  handles that may be called later, for which `run` waits
---@field stopped boolean        homey.stop was called
---@field active boolean         something ran since the autosaves were scheduled
---@field was_driven? boolean    the program or its host has run the loop
---@field is_shared? boolean     it is the scheduler of the C core and lives as long as the program
---@field end_warning? any       see lifecycle.warn_if_never_run
---@field limits homey.Limits
---@field limits_said? table  lists of homey.LimitsSaid, and `default`; see automation/limits.lua
---@field throttled? table<string, homey.Throttled>  see task/log_throttle.lua
---@field error_listeners? homey.Listeners  called with the errors of handlers and scripts
local Scheduler = { __name = "homey.Scheduler" }
Scheduler.__index = Scheduler

for name, method in pairs(answers) do Scheduler[name] = method end

local fulfil = answers.fulfil

---@class homey.Limits
---@field compute number     seconds that a task may compute without waiting
---@field parallel integer   calls of a handler that may run at the same time
---@field queued integer     calls of a handler that may be queued
---@field per_second integer changes of one device in any second
---@field per_minute integer changes of one device in any minute

--- Make a scheduler for a core loop.
---@param core_loop homey.core.Loop
---@return homey.Scheduler
function Scheduler.new(core_loop)
  return setmetatable({
    core_loop = core_loop, depth = 0,
    waiting = {}, listeners = {}, takers = {}, background = {}, hosts = {},
    failures = {}, autosaves = {},
    homes = setmetatable({}, { __mode = "k" }), active_handles = 0, stopped = false, active = false,
    limits = { compute = 5, parallel = 1000, queued = 100, per_second = 10, per_minute = 300 },
  }, Scheduler)
end

local shared

--- The scheduler of the C core, which all homes of this Lua state share.
---@return homey.Scheduler
function Scheduler.shared()
  if not shared then
    shared = Scheduler.new(require("homey.core").loop())
    shared.is_shared = true
  end
  return shared
end

--- Close every home over the C core and save all changes. A program calls it before os.exit.
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

-- ---- autosaves ----------------------------------------------------------------------------------

local weak = { __mode = "v" }

--- Add an autosave. It is scheduled when something ran, and is held weakly.
---@param autosave {schedule: fun(self), flush: fun(self)}
function Scheduler:add_autosave(autosave)
  table.insert(self.autosaves, setmetatable({ autosave = autosave }, weak))
end

--- Remove an autosave.
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
  if self.autosaves[1] then each_autosave(self, "schedule") end
end

--- Save all changes of states and the journal.
function Scheduler:flush()
  each_autosave(self, "flush")
end

-- ---- running the loop ---------------------------------------------------------------------------

-- Settles the answer that waits for an id, or calls its background timer.
local function hand_over(self, id, value, err, hub_ms)
  local waiting = self.waiting
  local answer = waiting[id]
  if answer then
    waiting[id], self.active = nil, true
    return fulfil(answer, value, err, hub_ms)
  end
  local timer = self.background[id]
  if timer then
    self.background[id] = nil
    timer(value, err)
  end
end

local function hand_over_failure(self, id, kind, message, status, step, retry_after)
  local fields = { status = status, step = step, retry_after = retry_after }
  local err, listener = new_error(kind, message, fields), self.listeners[id]
  if not listener then return hand_over(self, id, nil, err) end
  if kind == "cancelled" then self.listeners[id] = nil end
  self.active = true
  listener(nil, err)
end

-- Passes the answers that the core has collected to their receivers. An error of a receiver is
-- raised; the remaining answers stay in the core until the next call. A listener gets the name of
-- an event of the hub, too, and what else the core tells of it.
local function drain(self)
  local core_loop, listeners, takers = self.core_loop, self.listeners, self.takers
  local depth = self.depth
  self.taken_now, self.depth = false, depth + 1
  for id, value, kind, a, b, c, d in core_loop.next, core_loop do
    local taker = not kind and b and takers[id]
    local listener = not taker and listeners[id]
    if taker then
      self.active = true
      taker.take(taker.cache, taker.resource, value, b, c, d)
    elseif kind then
      hand_over_failure(self, id, kind, a, b, c, d)
    elseif listener then
      self.active = true
      listener(value, nil, a, b, c, d)
    else
      hand_over(self, id, value, nil, a)
    end
  end
  self.depth = depth
end

--- Read the clocks for the events that are being passed to listeners: once for all that were taken
--- together. The time is in `taken_now` and `taken_time`.
---@return number now
function Scheduler:take_clocks()
  self.taken_now, self.taken_time = self.core_loop:now(), self.core_loop:time()
  return self.taken_now
end

--- Remember a failed task that nobody waited for; the next step or run raises its error.
---@param task homey.Task
function Scheduler:add_failure(task)
  table.insert(self.failures, task)
  self.core_loop:timer(0) -- so that a host calls step
end

local function raise_failure(self)
  local task = table.remove(self.failures, 1)
  while task do
    if not task.watched then
      local err = task:failure()
      task_failure.notify_listeners(task, err)
      raise(err)
    end
    task = table.remove(self.failures, 1)
  end
end

--- Do all work that is due, without waiting.
function Scheduler:step()
  self.was_driven = true
  self.core_loop:step()
  drain(self)
  schedule_autosaves(self)
  raise_failure(self)
end

--- Wait for the next answers and pass them to their receivers.
---@package
function Scheduler:turn()
  if self.active_handles == 0 and not next(self.waiting) then
    invalid("this waits for something that cannot happen any more.")
  end
  schedule_autosaves(self)
  self.core_loop:wait()
  drain(self)
end

--- Run the loop until a condition holds, without yielding: for work that must end before a home is
--- closed.
---@param holds fun(): boolean
---@param seconds number  at most
function Scheduler:finish(holds, seconds)
  local deadline = self.core_loop:now() + seconds
  while not holds() and self.core_loop:now() < deadline do
    self.core_loop:wait(0.1)
    drain(self)
  end
end

--- Run the loop until `stop` is called, or until nothing is left to wait for.
function Scheduler:run()
  local root, task = fiber.current()
  if root and task then invalid("homey.run() is for the main program, not for a task.") end
  self.active, self.was_driven = true, true
  for home in pairs(self.homes) do home:resume() end
  raise_failure(self)
  while not self.stopped and (next(self.waiting) or self.active_handles > 0) do
    self:turn()
    raise_failure(self)
  end
  self.stopped = false
  self:flush()
end

--- Make `run` return.
function Scheduler:stop()
  self.stopped = true
end

-- ---- hosts and sleepers -------------------------------------------------------------------------

--- The descriptor that a host's loop polls for reading. The host calls `step` when it is readable.
---@return integer
function Scheduler:fd()
  self.was_driven = true
  return self.core_loop:fd()
end

--- Attach a host's loop, whose coroutines may then wait in calls of homey.
---@param host fun(root: thread, inside: boolean): homey.Sleeper?  nil: no coroutine of the host
---@return fun() detach
function Scheduler:attach(host)
  table.insert(self.hosts, host)
  return function()
    for i, each in ipairs(self.hosts) do
      if each == host then return table.remove(self.hosts, i) end
    end
  end
end

-- Sleeper that runs the loop, for a caller that cannot yield.
local Blocker = {}
Blocker.__index = Blocker

function Blocker.wake() end

function Blocker:sleep()
  local task = self.task
  if task and task.interrupt then task:halt(self) end
  if not (task and task.interrupt) then self.scheduler:turn() end
  return task and task:take_interrupt()
end

--- The sleeper of the caller. It yields when the caller is a coroutine that can; else it runs the
--- loop.
---@return homey.Sleeper
function Scheduler:sleeper()
  return self:sleeper_in(fiber.current())
end

--- The same, for a caller that knows what runs: see fiber.current.
---@param root? thread
---@param task? homey.Task
---@param inside? boolean
---@return homey.Sleeper
function Scheduler:sleeper_in(root, task, inside)
  self.active = true
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

-- ---- timers -------------------------------------------------------------------------------------

local longest = 2000000 -- seconds that one timer of the core loop can hold

--- Call f once, after some seconds.
---@param seconds number
---@param f fun()
---@param wall? boolean  as for Loop:timer: f may be called early, when the clock was set
---@return fun() cancel
function Scheduler:later(seconds, f, wall)
  local id
  local function wait(left)
    id = self.core_loop:timer(math.min(left, longest), wall)
    local answer = { id = id, done = false }
    answer.sleeper = { wake = function()
      if answer.error then return end
      if left > longest and not wall then return wait(left - longest) end
      f()
    end }
    self.waiting[id] = answer
  end
  wait(seconds)
  return function()
    if not self.waiting[id] then return end
    self.waiting[id] = nil
    self.core_loop:cancel(id)
  end
end

--- Call f once, after some seconds. `run` does not wait for this timer.
---@param seconds number
---@param f fun()
---@return fun() cancel
function Scheduler:background_timer(seconds, f)
  local id = self.core_loop:timer(seconds)
  self.background[id] = f
  return function()
    if not self.background[id] then return end
    self.background[id] = nil
    self.core_loop:cancel(id)
  end
end

--- Wait for some seconds.
---@param seconds number
function Scheduler:sleep(seconds)
  self.was_driven = true
  while seconds > longest do
    self:await(self.core_loop:timer(longest))
    seconds = seconds - longest
  end
  self:await(self.core_loop:timer(seconds))
end

return Scheduler
