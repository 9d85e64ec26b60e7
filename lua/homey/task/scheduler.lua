-- Scheduler: drives one event loop (the core loop) and hands each of its answers to whoever waits
-- for it. All homes over the C core share one scheduler, so that a step of any of them drives them
-- all; a home in virtual time has its own. How tasks wait for answers is in answers.lua.

local answers = require "homey.task.answers"
local fiber = require "homey.task.fiber"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local new_error = require "homey.error"
local raise = require "homey.util.raise"

local task_failure = lazy "homey.task.task_failure"

---@class homey.Scheduler
---@field core_loop homey.core.Loop
---@field waiting table<integer, homey.Answer|fun(value: any, err: homey.Error?)>  for one answer
---@field listeners table<integer, fun(value: any, err: homey.Error?)>  for every answer
---@field background table<integer, function>  timers that do not keep `run` going
---@field hosts function[]       attached loops, see Scheduler:attach
---@field homes table<homey.Home, true>  the homes that it drives, held weakly
---@field failures homey.Task[]  failed tasks that nobody waited for
---@field autosaves {autosave: homey.Autosave?}[]  held weakly
---@field active_handles integer  handles that may be called later, and so keep `run` going
---@field stopped boolean        homey.stop was called
---@field active boolean         something ran since the autosaves were scheduled
---@field was_driven? boolean    the program, or its host, has turned the loop
---@field is_shared? boolean     it is the one over the C core, which lives as long as the program
---@field end_warning? any       see lifecycle.warn_if_never_run
---@field limits homey.Limits
---@field limits_said? table  lists of homey.LimitsSaid, and `default`; see automation/limits.lua
---@field throttled? table<string, homey.Throttled>  see util/log_throttle.lua
---@field error_listeners? homey.Listeners  called with what handlers and scripts raise
local Scheduler = { __name = "homey.Scheduler" }
Scheduler.__index = Scheduler

for name, method in pairs(answers) do Scheduler[name] = method end

---@class homey.Limits
---@field compute number     seconds for which a task may compute without waiting
---@field parallel integer   calls of a handler that may wait side by side
---@field queued integer     calls of a handler that may wait for their turn
---@field per_second integer changes of one device in any second
---@field per_minute integer changes of one device in any minute

--- A scheduler over a core loop.
---@param core_loop homey.core.Loop
---@return homey.Scheduler
function Scheduler.new(core_loop)
  return setmetatable({
    core_loop = core_loop, waiting = {}, listeners = {}, background = {}, hosts = {}, failures = {},
    autosaves = {},
    homes = setmetatable({}, { __mode = "k" }), active_handles = 0, stopped = false, active = false,
    limits = { compute = 5, parallel = 1000, queued = 100, per_second = 10, per_minute = 300 },
  }, Scheduler)
end

local shared

--- The scheduler over the C core that all homes of this Lua state share.
---@return homey.Scheduler
function Scheduler.shared()
  if not shared then
    shared = Scheduler.new(require("homey.core").loop())
    shared.is_shared = true
  end
  return shared
end

--- Close every home over the C core and persist what has changed, as a program does before os.exit.
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

--- Have an autosave save whenever something ran, for as long as something else holds it.
---@param autosave {schedule: fun(self), flush: fun(self)}
function Scheduler:add_autosave(autosave)
  table.insert(self.autosaves, setmetatable({ autosave = autosave }, weak))
end

--- Forget an autosave.
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

--- Persist everything that has changed: states and the journal.
function Scheduler:flush()
  each_autosave(self, "flush")
end

-- ---- turning the loop ---------------------------------------------------------------------------

-- The receiver of an answer; one that gets a single answer is forgotten.
local function receiver_of(self, id)
  local timer = self.background[id]
  if timer then
    self.background[id] = nil
    return timer
  end
  local waiter = self.waiting[id]
  if waiter then self.waiting[id] = nil else waiter = self.listeners[id] end
  if waiter then self.active = true end
  return waiter
end

-- Hand out the answers that the core has collected. An error of a receiver reaches the caller; the
-- answers behind it stay in the core until the next call.
local function drain(self)
  for id, value, kind, message, status, step, retry_after in self.core_loop.next, self.core_loop do
    local receiver = receiver_of(self, id)
    if receiver then
      local err = kind
        and new_error(kind, message, { status = status, step = step, retry_after = retry_after })
          or nil
      if kind == "cancelled" then self.listeners[id] = nil end
      if type(receiver) == "table" then
        answers.fulfil(receiver, value, err)
      else
        receiver(value, err)
      end
    end
  end
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

--- Do whatever is due, without waiting.
function Scheduler:step()
  self.was_driven = true
  self.core_loop:step()
  drain(self)
  schedule_autosaves(self)
  raise_failure(self)
end

-- Wait for the next answers and hand them out.
local function turn(self)
  if not next(self.waiting) and self.active_handles == 0 then
    invalid("this waits for something that cannot happen any more.")
  end
  schedule_autosaves(self)
  self.core_loop:wait()
  drain(self)
end

--- Turn the loop until a condition holds, without putting anybody to sleep: for what must be over
--- before a home is closed.
---@param holds fun(): boolean
---@param seconds number  at most
function Scheduler:finish(holds, seconds)
  local deadline = self.core_loop:now() + seconds
  while not holds() and self.core_loop:now() < deadline do
    self.core_loop:wait(0.1)
    drain(self)
  end
end

--- Turn the loop until `stop` is called, or until nothing can happen any more.
function Scheduler:run()
  local root, task = fiber.current()
  if root and task then invalid("homey.run() is for the main program, not for a task.") end
  self.active, self.was_driven = true, true
  for home in pairs(self.homes) do home:resume() end
  raise_failure(self)
  while not self.stopped and (next(self.waiting) or self.active_handles > 0) do
    turn(self)
    raise_failure(self)
  end
  self.stopped = false
  self:flush()
end

--- Make `run` return.
function Scheduler:stop()
  self.stopped = true
end

-- ---- hosts, and how to sleep --------------------------------------------------------------------

--- The descriptor that a host's loop polls for reading, to call `step` then.
---@return integer
function Scheduler:fd()
  self.was_driven = true
  return self.core_loop:fd()
end

--- Let a host's loop put its own coroutines to sleep.
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

-- Sleeps by turning the loop, where nothing can yield.
local Blocker = {}
Blocker.__index = Blocker

function Blocker.wake() end

function Blocker:sleep()
  local task = self.task
  if task and task.interrupt then task:halt(self) end
  if not (task and task.interrupt) then turn(self.scheduler) end
  return task and task:take_interrupt()
end

--- How the caller sleeps: it yields if something else can run then, else it turns the loop.
---@return homey.Sleeper
function Scheduler:sleeper()
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

-- ---- timers -------------------------------------------------------------------------------------

local longest = 2000000 -- seconds that one timer of the core loop can hold

--- Call f once, after so many seconds.
---@param seconds number
---@param f fun()
---@param wall? boolean  as Loop:timer takes it: f may be called early, when the clock was set
---@return fun() cancel
function Scheduler:later(seconds, f, wall)
  local id
  local function wait(left)
    id = self.core_loop:timer(math.min(left, longest), wall)
    self.waiting[id] = function(_, err)
      if err then return end
      if left > longest and not wall then return wait(left - longest) end
      f()
    end
  end
  wait(seconds)
  return function()
    if not self.waiting[id] then return end
    self.waiting[id] = nil
    self.core_loop:cancel(id)
  end
end

--- Call f once, after so many seconds, if the loop turns until then: this timer does not keep `run`
--- going.
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

--- Wait so many seconds.
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
