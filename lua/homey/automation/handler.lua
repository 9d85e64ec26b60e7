-- Handler: a function of the user that is called for events. Each call is a task, so that it may
-- wait. An error in it is logged with its place and stops only that call.

local Task = require "homey.task.task"
local events = require "homey.realtime.event"
local invalid = require "homey.util.invalid"
local format = require "homey.util.format"
local watchdog = require "homey.task.watchdog"

local call = Task.call

---@alias homey.Mode
---| "parallel"  # calls run side by side
---| "single"    # events are ignored while a call runs
---| "restart"   # a running call is cancelled and a new one begins
---| "queued"    # one call after the other

---@class homey.Cause      the cause of an event or a change
---@field text string      "Hall/Motion: alarm_motion became true"
---@field handler? string  place of the handler that was called for it: "evening.lua:12"
---@field at number        seconds since 1970
---@field package entry? integer   its number in the journal
---@field package depth integer    number of changes of this program that led to it
---@field package chain? integer  of an own event: length of its chain of events, see own_events
---@field package of_error? boolean  an "error" event: a failure in its handler is only logged

---@class homey.Handler
---@field f function
---@field mode homey.Mode
---@field call fun(self, event: any, a: any, b: any, c: any)  calls it, as the mode says
---@field limits homey.Limits
---@field spare homey.Task|false  the task of an ended call, used again by the next call
---@field make_cause? fun(event: any): homey.Cause
---@field scope homey.Scope
---@field place string  "evening.lua:12"
---@field count integer  calls that have not ended
---@field options? table  those of its trigger or timer
---@field calls? integer  all calls, where they are counted
---@field called? number  when the last of them began, seconds since 1970
local Handler = { __name = "homey.Handler" }
Handler.__index = Handler

local modes = {}

--- The place where a function was defined: "evening.lua:12".
---@param f function
---@return string
local function place_of(f)
  local info = debug.getinfo(f, "S")
  if info.what == "C" then return "a C function" end
  return ("%s:%d"):format(info.short_src, info.linedefined)
end

-- Counts the calls of a handler.
local function count_calls(self)
  local f, core_loop = self.f, self.scope.scheduler.core_loop
  self.calls = 0
  self.f = function(...)
    self.calls, self.called = self.calls + 1, core_loop:time()
    return f(...)
  end
  return self
end

--- Turn the counting of calls on or off, for handlers that are made later. A count costs time in
--- each call, and only the page of `homey run --http` shows it.
---@param on boolean
function Handler.count_calls(on)
  Handler.made = on and count_calls or nil
end

--- Make a handler. handler:call(event, a, b, c) calls it, with one to three arguments.
---@param f any         the user's function
---@param mode? homey.Mode
---@param scope homey.Scope
---@param what string   name of the function that takes it, for the error
---@param make_cause? fun(event: any): homey.Cause  default: the event itself is the cause
---@return homey.Handler
function Handler.new(f, mode, scope, what, make_cause)
  if type(f) ~= "function" then invalid("%s takes a function to call, not %s.", what, format(f)) end
  mode = mode or "parallel"
  watchdog.tame(f)
  local handler = setmetatable({
    f = f, mode = mode, call = modes[mode], make_cause = make_cause, scope = scope,
    limits = scope.scheduler.limits, place = place_of(f), running = {}, count = 0, queue = {},
    spare = false,
  }, Handler)
  return Handler.made and Handler.made(handler) or handler
end

--- The cause of a call for an event.
---@param event any
---@return homey.Cause
function Handler:cause_of(event)
  local cause = self.make_cause and self.make_cause(event) or event
  cause.handler = self.place
  return cause
end

-- Ignores an event, since the number of waiting calls is bounded. Warns once, and again only after
-- half of these calls have ended.
local function ignore_event(self)
  if not self.overflowed then
    self.scope:log("warning",
      ("%s cannot keep up with its events: some are ignored."):format(self.place))
  end
  self.overflowed = true
end

-- Runs when a call that has waited ends: starts queued calls until one of them waits.
local function on_end(task)
  local self = task.handler
  self.running[task], self.count = nil, self.count - 1
  while self.queue[1] and self.count == 0 and not self.scope.closed do
    local waiting = table.remove(self.queue, 1)
    call(self, waiting.event, waiting.a, waiting.b, waiting.c)
  end
  if self.count <= self.limits.parallel / 2 and #self.queue <= self.limits.queued / 2 then
    self.overflowed = false
  end
end

--- Note that a call waits.
---@package
---@param task homey.Task
function Handler:track(task)
  task.ended = on_end
  self.running[task], self.count = true, self.count + 1
end

-- The arguments are named, since that costs less than `...`: there are three at most, and the last
-- is never nil.

function modes.parallel(self, event, a, b, c)
  if self.scope.closed then return end
  if self.count >= self.limits.parallel then return ignore_event(self) end
  return call(self, event, a, b, c)
end

function modes.single(self, event, a, b, c)
  if not (self.scope.closed or next(self.running)) then return call(self, event, a, b, c) end
end

function modes.restart(self, event, a, b, c)
  if self.scope.closed then return end
  for task in pairs(self.running) do task:cancel() end
  return call(self, event, a, b, c)
end

function modes.queued(self, event, a, b, c)
  if self.scope.closed then return end
  if not next(self.running) then return call(self, event, a, b, c) end
  if #self.queue >= self.limits.queued then return ignore_event(self) end
  self.queue[#self.queue + 1] = { event = events.keep(event), a = a, b = b, c = c }
end

return Handler
