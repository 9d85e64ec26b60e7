-- Schedules calls at times of day, for all `homey.at` of a scheduler with one timer. Each check
-- runs the entries that have become due since the last one: time has passed, the clock was set, or
-- the machine has slept.
--
-- Invariant: each time of an entry runs at most once, and none is lost, even when the clock is set
-- back. For this an entry keeps the spans of clock time that it has been through; a new span begins
-- when the entry is added and when the clock is set. A clock that goes back by more than a day was
-- wrong before: times in that span may run again, unless the clock jumps there once more. Nothing
-- runs before the time is plausible: a machine without a battery-backed clock starts in 1970.

local log = require "homey.util.log"

local clock = {}

local plausible = 1577836800 -- 2020-01-01: no hub of this kind was asked anything before
local on_time = 60           -- seconds by which a thing may be late and still be on time
local in_time = 900          -- the same for one that says nothing of being missed
local wrong = 86400          -- a clock that goes back by more was wrong before, and is right now
-- of an entry: a clock that is set back more often than that is no clock
local most_spans = 16
local moment = 0.001         -- seconds: no two times are closer to each other

clock.plausible = plausible

---@class homey.ClockEntry
---@field next fun(after: number): number?   the first time after this one, seconds since 1970
---@field call fun(at: number, missed: boolean)
---@field missed? "run"|"skip"
---@field over fun(never: boolean)  called when there is no next time; never: there was none at all
---@field log fun(level: string, text: string)
---@field what string        for the log
---@field order? integer     this field and those below are set by the clock
---@field added? number      when it was added, on the monotonic clock
---@field due? number        the next time
---@field never? boolean     there was no next time when it was added
---@field from? number       start of the current span
---@field spans? {from: number, to: number, doubted: boolean?}[]  the spans before it

---@class homey.Clock
---@field scheduler homey.Scheduler
---@field entries table<homey.ClockEntry, true>
---@field seen? number  the latest time since the clock was set back
local Clock = { __name = "homey.Clock" }
Clock.__index = Clock

--- The clock of a scheduler.
---@param scheduler homey.Scheduler
---@return homey.Clock
function clock.of(scheduler)
  scheduler.clock = scheduler.clock
    or setmetatable({ scheduler = scheduler, entries = {}, order = 0 }, Clock)
  return scheduler.clock
end

-- ---- one entry ----------------------------------------------------------------------------------

-- The span in which a time has run already.
local function span_of(entry, at, with_doubted)
  for _, span in ipairs(entry.spans) do
    if span.from <= at and at <= span.to and (with_doubted or not span.doubted) then return span end
  end
end

-- The next time after another one that has not run yet.
local function plan(entry, after)
  local at = entry.next(after)
  local span = at and span_of(entry, at)
  while span do
    at = entry.next(span.to)
    span = at and span_of(entry, at)
  end
  entry.due = at
end

-- Ends the current span and begins a new one.
local function new_span(entry, to, from)
  if to >= entry.from then table.insert(entry.spans, { from = entry.from, to = to }) end
  if #entry.spans > most_spans then table.remove(entry.spans, 1) end
  entry.from = from
end

-- The last due time before another one that has not run. Searches backwards, since there may be
-- many.
local function last_due(entry, before)
  local width, found = on_time, nil
  repeat
    width = width * 4
    local at = entry.next(math.max(entry.due - moment, before - width))
    while at and at < before do
      if not span_of(entry, at, true) then found = at end
      at = entry.next(at)
    end
  until found or before - width < entry.due
  return found
end

local function is_to_run(entry, late)
  if entry.missed then return entry.missed == "run" end
  return late <= in_time
end

-- Times that were due before `before` were missed: they run once, or not at all.
local function take_missed(entry, now, before, list)
  local last = last_due(entry, before)
  local late = last and now - last
  local to_run = late and is_to_run(entry, late)
  if to_run then
    list[#list + 1] = { entry = entry, at = last, missed = true }
  elseif late then
    entry.log("info",
      ("%s was missed by %d min and is skipped."):format(entry.what, math.floor(late / 60)))
  end
  new_span(entry, entry.due - moment, to_run and last or before)
  plan(entry, math.max(last or 0, before - moment))
end

-- Collects the times that are due, to be called later.
local function take_due(entry, now, list)
  local before = now - on_time
  if entry.due and entry.due < before then take_missed(entry, now, before, list) end
  while entry.due and entry.due <= now do
    list[#list + 1] = { entry = entry, at = entry.due, missed = false }
    plan(entry, entry.due)
  end
end

-- Its first span begins when it was added, even if the time was not known then.
local function begin_first_span(entry, now, passed)
  entry.spans, entry.from = {}, now - passed
  plan(entry, entry.from)
  entry.never = entry.due == nil
end

local function set_back(entry, seen, now)
  new_span(entry, seen, now)
  if seen - now > wrong then
    for _, span in ipairs(entry.spans) do span.doubted = true end
  end
  plan(entry, now)
end

-- ---- all of them --------------------------------------------------------------------------------

local look

local function seconds_to_wait(self, now)
  if now < plausible then return on_time end
  local first = math.huge
  for entry in pairs(self.entries) do first = math.min(first, entry.due or first) end
  return math.min(math.max(first - now, moment), wrong)
end

local function stop_timer(self)
  if self.cancel then self.cancel() end
  self.cancel, self.soon = nil, false
end

local function set_timer(self, seconds)
  stop_timer(self)
  self.cancel = self.scheduler:later(seconds, function()
    self.cancel, self.soon = nil, false
    look(self)
  end, true)
end

-- Updates the entries after time has passed or the clock was set: the due calls, in order.
local function collect(self, now)
  local list, mono, seen = {}, self.scheduler.core_loop:now(), self.seen
  local is_set_back = seen and now < seen - on_time
  for entry in pairs(self.entries) do
    if not entry.from then
      begin_first_span(entry, now, mono - entry.added)
    elseif is_set_back then
      set_back(entry, seen, now)
    end
    take_due(entry, now, list)
  end
  self.seen = is_set_back and now or math.max(seen or now, now)
  table.sort(list, function(a, b)
    if a.at ~= b.at then return a.at < b.at end
    return a.entry.order < b.entry.order
  end)
  return list
end

local function end_those_over(self)
  local list = {}
  for entry in pairs(self.entries) do
    if entry.from and not entry.due then list[#list + 1] = entry end
  end
  for _, entry in ipairs(list) do
    self.entries[entry] = nil
    entry.over(entry.never)
  end
  if not next(self.entries) then stop_timer(self) end
end

-- Sets the timer before the calls: a call may wait, and time passes meanwhile.
function look(self)
  local now, list = self.scheduler.core_loop:time(), {}
  if now >= plausible then
    list = collect(self, now)
  elseif not self.warned then
    self.warned = true
    log("warning",
      "This machine does not know the time yet. Rules for a time of day wait until its clock is "
        .. "set.")
  end
  if next(self.entries) then set_timer(self, seconds_to_wait(self, now)) end
  for _, each in ipairs(list) do
    if self.entries[each.entry] then each.entry.call(each.at, each.missed) end
  end
  end_those_over(self)
end

--- Add an entry. It runs at its times from now on.
---@param entry homey.ClockEntry
---@return fun() remove
function Clock:add(entry)
  self.order = self.order + 1
  entry.order, entry.added = self.order, self.scheduler.core_loop:now()
  self.entries[entry] = true
  if not self.soon then
    set_timer(self, 0)
    self.soon = true
  end
  return function()
    self.entries[entry] = nil
    if not next(self.entries) then stop_timer(self) end
  end
end

--- Compute the next times anew, as after a change of the time zone.
function Clock:replan()
  local now = self.scheduler.core_loop:time()
  for entry in pairs(self.entries) do
    if entry.from then plan(entry, math.max(now, self.seen or now)) end
  end
  if next(self.entries) then
    set_timer(self, 0)
    self.soon = true
  end
end

return clock
