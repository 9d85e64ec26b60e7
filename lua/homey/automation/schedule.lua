-- Schedule of handlers by time: every, at, after.

local Handle = require "homey.task.handle"
local Handler = require "homey.automation.handler"
local Scheduler = require "homey.task.scheduler"
local Scope = require "homey.task.scope"
local clock = require "homey.time.clock"
local duration = require "homey.util.duration"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local option_reader = require "homey.util.options"
local option_tables = require "homey.automation.options"
local format = require "homey.util.format"

local Condition = lazy "homey.time.condition"
local Rule = lazy "homey.time.rule"
local home_location = lazy "homey.model.home_location"

local schedule = {}

-- The options may be left out: at("22:30", f).
local function arguments(options, f, rows)
  if f == nil then options, f = nil, options end
  return option_reader.read(rows, options), f
end

-- Makes the handle of a timer: begin(handle, fire, handler) starts it, and returns functions that
-- stop it and that tell its next time.
local function attach(scheduler, home, what, options, f, begin)
  local scope = Scope.current(scheduler)
  local handler = Handler.new(f, options.mode, scope, what)
  local handle, stop
  handle = Handle.new(scope, what, function()
    if stop then stop() end
  end, home)
  handle.handler, handler.options = handler, options
  stop, handle.due = begin(handle, function(at, missed)
    if not handle.active then return end
    if options.once then handle:cancel() end
    local cause = { text = what, at = scheduler.core_loop:time(), depth = 0 }
    if home and home.journal then
      cause.entry = home.journal:add {
        kind = "event", at = cause.at, event = what, missed = missed or nil,
      }
    end
    handler:call(cause, { name = "time", at = at, missed = missed })
  end, handler)
  return handle
end

-- Warns when the rule names no time at all: its date is most likely a mistake.
local function no_more(handler, what, never)
  if not never then return handler.scope:log("info", what .. " has no more times.") end
  handler.scope:log("warning",
    ("%s has no time in the future: its function at %s is never called.")
      :format(what, handler.place))
end

-- Calls fire at times of day: next(after) is the first of them after a moment. Ends the handle when
-- there are no more.
local function follow_clock(scheduler, home, what, missed, handle, fire, handler, next)
  local release = home and home_location.follow(home)
  local entry = {
    what = what, missed = missed, log = function(...) handler.scope:log(...) end,
    next = next, call = fire,
    over = function(never)
      no_more(handler, what, never)
      handle:cancel()
    end,
  }
  local remove = clock.of(scheduler):add(entry)
  return function()
    remove()
    if release then release() end
  end, function() return entry.due or next(scheduler.core_loop:time()) end
end

--- Call f at each of the times that a rule names; see docs/time.md.
---@param scheduler homey.Scheduler
---@param home? homey.Home  the handle ends when this home is closed
---@param place fun(needs_sun: boolean): homey.time.Location
---@param rule string
---@param options? homey.TimeOptions  may be left out
---@param f fun(event: {at: number, missed: boolean})
---@return homey.Handle
function schedule.at(scheduler, home, place, rule, options, f)
  options, f = arguments(options, f, option_tables.at)
  if type(rule) ~= "string" then
    invalid("at takes a time such as \"22:30 mon-fri\" or \"sunset - 30 min\", not %s.",
      format(rule))
  end
  local parsed = Rule.parse(rule)
  local here = place(parsed.needs_sun)
  local what = ("at(\"%s\")"):format(rule)
  return attach(scheduler, home, what, options, f, function(handle, fire, handler)
    return follow_clock(scheduler, home, what, options.missed, handle, fire, handler,
      function(after) return parsed:next(after, here) end)
  end)
end

-- Converts a time of the monotonic clock to seconds since 1970.
local function date_of(scheduler, due)
  return scheduler.core_loop:time() + due - scheduler.core_loop:now()
end

local day = 86400 -- seconds

-- Returns the next time after another at which the time since midnight is a multiple of `seconds`.
-- A multiple that the clock skips, such as for daylight saving time, is left out.
local function next_aligned(after, seconds, place)
  local at = after
  repeat
    at = at + seconds - place:wall(at) % day % seconds
  until place:wall(at) % day % seconds < 0.0005
  return at
end

-- Calls f at multiples of a time since midnight.
local function every_aligned(scheduler, home, place, what, seconds, options, f)
  if seconds > day or day % seconds ~= 0 then
    invalid("%s: with `aligned` a day must be a multiple of the time, as of \"15 min\".", what)
  end
  local here = place(false)
  return attach(scheduler, home, what, options, f, function(handle, fire, handler)
    return follow_clock(scheduler, home, what, nil, handle, fire, handler,
      function(after) return next_aligned(after, seconds, here) end)
  end)
end

--- Call f repeatedly, each time after the given time.
---@param scheduler homey.Scheduler
---@param home? homey.Home
---@param place fun(needs_sun: boolean): homey.time.Location
---@param time number|string  seconds, or "15 min"
---@param options? homey.EveryOptions  may be left out
---@param f fun(event: {at: number})
---@return homey.Handle
function schedule.every(scheduler, home, place, time, options, f)
  options, f = arguments(options, f, option_tables.every)
  local seconds = duration.seconds(time, "every")
  if seconds < 0.001 then invalid("every takes a time of 1 ms or more, not %s.", format(time)) end
  local what = ("every(%s)"):format(format(time))
  if options.aligned then
    return every_aligned(scheduler, home, place, what, seconds, options, f)
  end
  return attach(scheduler, home, what, options, f, function(handle, fire)
    local due, cancel = scheduler.core_loop:now() + seconds, nil
    local function wait()
      cancel = scheduler:later(math.max(due - scheduler.core_loop:now(), 0), function()
        local late = scheduler.core_loop:now() - due
        -- missed times are skipped
        due = due + seconds * (1 + math.floor(math.max(late, 0) / seconds))
        if handle.active then wait() end
        fire(scheduler.core_loop:time(), false)
      end)
    end
    wait()
    return function() cancel() end, function() return date_of(scheduler, due) end
  end)
end

--- Call f once, after the given time.
---@param scheduler homey.Scheduler
---@param home? homey.Home
---@param time number|string
---@param options? homey.AfterOptions  may be left out
---@param f fun(event: {at: number})
---@return homey.Handle
function schedule.after(scheduler, home, time, options, f)
  options, f = arguments(options, f, option_tables.after)
  local once = { once = true, mode = options.mode }
  local seconds = duration.seconds(time, "after")
  return attach(scheduler, home, ("after(%s)"):format(format(time)), once, f, function(_, fire)
    local due = scheduler.core_loop:now() + seconds
    return scheduler:later(seconds, function() fire(scheduler.core_loop:time(), false) end),
      function() return date_of(scheduler, due) end
  end)
end

-- Schedules for programs without a home: they use the clock and the time zone of this machine.
schedule.without_home = {}

function schedule.without_home.at(...)
  return schedule.at(Scheduler.shared(), nil, home_location.of_machine, ...)
end

function schedule.without_home.every(...)
  return schedule.every(Scheduler.shared(), nil, home_location.of_machine, ...)
end

function schedule.without_home.after(...)
  return schedule.after(Scheduler.shared(), nil, ...)
end

function schedule.without_home.is(text)
  local condition = Condition.parse(text)
  return condition:holds(Scheduler.shared().core_loop:time(),
    home_location.of_machine(condition.needs_sun))
end

return schedule
