-- What was done at home, and why: the last things that happened in memory, and every change of our own in a file of
-- state_dir, a line of JSON each, so that a question can be asked after a restart, too.
--
-- Nothing is made of what happens before somebody asks, or it is written: an entry in memory is the event, the change or
-- the outcome itself. What last made a value what it is stays in memory, however much happens after it.
--
-- Invariant: what waits to be written is bounded. A disk that is full or read-only is told of once and stops nothing: the newest
-- entries wait in memory, and are written when there is room.

local JournalFile = require "homey.journal.journal_file"
local Autosave = require "homey.state.autosave"
local core = require "homey.core"
local log = require "homey.util.log"
local text = require "homey.util.text"
local normalize = require "homey.model.normalize"

local heard = 256 -- entries in memory
local most = 1000 -- lines that wait to be written; twice as many where they cannot be

---@class homey.Entry
---@field kind "event"|"call"|"answer"|"echo"
---@field at number             seconds since 1970
---@field device? string        its id; where it is no device:
---@field variable? string
---@field user? string
---@field flow? string
---@field name? string          its name, or what is called in its place
---@field capability? string
---@field value? any
---@field handler? string       "evening.lua:12", who calls
---@field because? string       "Hall/Motion: alarm_motion became true", what a handler was called for
---@field because_at? number
---@field error? string         why a call failed
---@field missed? boolean       found by reading again
---@field again? boolean        of an event: the value was reported once more, and is what it was
---@field hub_at? number        when, by the clock of the hub, where that told
---@field cause? integer        the entry that led to it: of a call the event, of an answer and an echo the call
---@field n? integer            its own number
---@field run? string           in which run of which program it was made

---@class homey.Latest  of one capability
---@field by homey.Event|table   the event from elsewhere, or the outcome of our own change, that made it what it is
---@field again? homey.Event     by which the same was reported since

---@class homey.Journal
---@field file? homey.JournalFile
---@field troubled? boolean  what was to be written last could not be
---@field latest table<string, table<string, homey.Latest>>  by device and capability
local Journal = { __name = "homey.Journal" }
Journal.__index = Journal

local lasting = { call = true, answer = true, echo = true }

--- A journal; no file is touched until something is written.
---@param scheduler homey.Scheduler
---@param folder? string  nil: it is kept in memory alone
---@return homey.Journal
function Journal.new(scheduler, folder)
  return setmetatable({
    scheduler = scheduler, ring = {}, latest = {}, n = 0, pending = {}, run = core.uuid():sub(1, 8),
    file = folder and JournalFile.new(folder),
  }, Journal)
end

function Journal:__tostring()
  return ("homey.Journal: %d entries"):format(self.n)
end

-- ---- what is in memory ----

local function is_again(event)
  return event.old ~= nil and event.old == event.value and not event.missed
end

-- Seconds of the hub's own clock, where it has told a time.
local function hub_time(told)
  local ms = normalize.time(told)
  return ms and ms / 1000
end

local function of_event(event, run)
  local resource = event.subject or event.device
  return {
    kind = "event", at = event.at, device = event.device and resource.id, variable = event.variable and resource.id,
    user = event.user and resource.id, flow = event.flow and resource.id, name = tostring(resource),
    capability = event.capability, value = event.value, missed = event.missed, again = is_again(event) or nil,
    hub_at = hub_time(event.raw), n = event.entry, run = run,
  }
end

local nothing = {}

local function of_change(change, run)
  local device, cause = change.device, change.cause or nothing
  return {
    kind = "call", at = change.at, device = device.id, name = tostring(device), capability = change.capability,
    value = change.value, handler = change.place or cause.handler, cause = cause.entry, because = cause.text, because_at = cause.at,
    n = change.entry, run = run,
  }
end

local function of_outcome(outcome, run)
  local change = outcome.of
  return {
    kind = "answer", at = outcome.at, device = change.device.id, capability = change.capability, error = outcome.error,
    hub_at = hub_time(change.answer and change.answer.value), cause = change.entry, n = outcome.n, run = run,
  }
end

-- The entry that something is: one already, an outcome, an event, or a change.
local function entry_of(self, it)
  if it.kind then return it end
  if it.of then return of_outcome(it, self.run) end
  return (it.name and of_event or of_change)(it, self.run)
end

-- ---- writing ----

-- Entries as they are written: a call whose answer is there already has it in its own line.
local function rows_of(self, items)
  local rows, calls = {}, {}
  for _, it in ipairs(items) do
    local call = it.of and calls[it.of]
    if call then
      local answer = entry_of(self, it)
      call.answer, call.answered, call.answered_hub, call.refusal = it.n, it.at, answer.hub_at, it.error
    else
      local row = entry_of(self, it)
      rows[#rows + 1], calls[it] = row, row
    end
  end
  return rows
end

local function lines_of(rows)
  local lines = {}
  for _, row in ipairs(rows) do
    local line = core.encode(row)
    lines[#lines + 1] = line and text.visible_json(line)
  end
  return lines
end

local function tell_trouble(self, problem)
  if problem and not self.troubled then
    log("error", ("the journal of changes cannot be kept: %s It waits in memory until it can be."):format(
      text.sentence(tostring(problem))))
  elseif self.troubled and not problem then
    log("info", "the journal of changes is kept again.")
  end
  self.troubled = problem ~= nil
end

-- What cannot be written waits for the next time, the newest of it.
local function put_back(self, items)
  local first = #items - most
  for i = math.max(first, 0) + 1, #items do table.insert(self.pending, items[i]) end
end

local function write(self)
  local items = self.pending
  if #items == 0 then return end
  self.pending = {}
  local ok, problem = self.file:append(lines_of(rows_of(self, items)))
  if not ok then put_back(self, items) end
  tell_trouble(self, not ok and (problem or "why is not known.") or nil)
end

-- Have something written down.
local function keep(self, it)
  if self.closed then return end
  self.autosave = self.autosave or Autosave.new(self.scheduler, function() write(self) end)
  local pending = self.pending
  pending[#pending + 1] = it
  if #pending < most then return end
  if not self.troubled then return self.autosave:flush() end
  if #pending >= 2 * most then -- the disk is still full
    self.pending = {}
    put_back(self, pending)
  end
end

-- Keep something in memory, in place of the oldest.
local function remember(self, it)
  local n = self.n + 1
  self.n = n
  self.ring[n % heard] = it
  return n
end

-- Keep in memory what made a value what it is, apart from whatever else happens.
local function keep_latest(self, id, capability, by)
  local of_device = self.latest[id]
  if not of_device then
    of_device = {}
    self.latest[id] = of_device
  end
  local latest = of_device[capability]
  if latest and by.name and is_again(by) then
    latest.again = by
  elseif latest then
    latest.by, latest.again = by, nil
  else
    of_device[capability] = { by = by, again = nil }
  end
end

--- Note something.
---@param entry homey.Entry
---@return integer n  by which others may name it as their cause
function Journal:add(entry)
  local n = remember(self, entry)
  entry.n, entry.run = n, self.run
  if self.file and lasting[entry.kind] then keep(self, entry) end
  return n
end

--- Note that a change is being sent.
---@param change homey.Change  which then knows its number
function Journal:sent(change)
  local n = self.n + 1
  self.n, self.ring[n % heard], change.entry = n, change, n
  if self.file then keep(self, change) end
end

--- Note that it was answered.
---@param change homey.Change
---@param at number
---@param problem? string  why it was refused
function Journal:answered(change, at, problem)
  local n = self.n + 1
  local outcome = { of = change, at = at, error = problem, n = n }
  self.n, self.ring[n % heard] = n, outcome
  if self.file then keep(self, outcome) end
  if not problem then keep_latest(self, change.device.id, change.capability, outcome) end
end

--- Note the echo of a change.
---@param event homey.Event  which then knows its number
function Journal:echo(event)
  event.entry = self:add {
    kind = "echo", at = event.at, hub_at = hub_time(event.raw), device = event.device and event.device.id,
    variable = event.variable and event.variable.id, user = event.user and event.user.id,
    flow = event.flow and event.flow.id, capability = event.capability, value = event.value, cause = event.call,
  }
end

--- Note what was heard of a device. Nothing is made of it unless somebody asks: such events are many.
---@param event homey.Event  which then knows its number
function Journal:hear(event)
  event.entry = remember(self, event)
  if event.capability then keep_latest(self, event.device.id, event.capability, event) end
end

--- Write what waits to be written; nothing is written any more.
function Journal:close()
  if self.autosave then self.autosave:close() end
  self.closed = true
end

-- ---- reading ----

local function is_entry(value)
  return type(value) == "table" and lasting[value.kind] and type(value.at) == "number" and type(value.n) == "number"
end

-- The answer that was written with its call.
local function answer_in(row)
  return {
    kind = "answer", at = row.answered, hub_at = row.answered_hub, device = row.device, capability = row.capability,
    error = row.refusal, cause = row.n, n = row.answer, run = row.run,
  }
end

-- What the files hold; lines that are torn are passed over, and those that were written twice, since the disk was full when they
-- were written first.
local function read(self, into)
  local oldest, seen = self.n - heard, {}
  local function take(entry)
    if not is_entry(entry) or entry.run == self.run and entry.n > oldest then return end
    local id = tostring(entry.run) .. " " .. entry.n
    if entry.run and seen[id] then return end
    seen[id] = true
    into[#into + 1] = entry
  end
  local problem = self.file:each(function(row)
    take(row)
    if is_entry(row) and row.answer then take(answer_in(row)) end
  end)
  if problem and not self.warned then log("warning", "the journal of changes is not read: " .. problem) end
  self.warned = self.warned or problem ~= nil
end

-- By their time; those of the same moment as they were written.
local function sort(entries)
  local place = {}
  for i, entry in ipairs(entries) do place[entry] = i end
  table.sort(entries, function(a, b)
    if a.at ~= b.at then return a.at < b.at end
    return place[a] < place[b]
  end)
end

-- What `latest` holds and the ring does not any more. Our own changes are in the file, where there is one.
local function add_latest(self, into)
  local function add(it, n)
    if n <= self.n - heard then into[#into + 1] = entry_of(self, it) end
  end
  for _, of_device in pairs(self.latest) do
    for _, latest in pairs(of_device) do
      local by, again = latest.by, latest.again
      if by.name then add(by, by.entry) end
      if by.of and not self.file then
        add(by.of, by.of.entry)
        add(by, by.n)
      end
      if again then add(again, again.entry) end
    end
  end
end

-- What could not be written, and is not among the last things any more.
local function add_pending(self, into)
  for _, it in ipairs(self.pending) do
    if (it.n or it.entry) <= self.n - heard then into[#into + 1] = entry_of(self, it) end
  end
end

--- All that is known, oldest first.
---@return homey.Entry[]
function Journal:entries()
  local entries = {}
  if self.autosave and not self.closed then self.autosave:flush() end
  if self.file then read(self, entries) end
  add_pending(self, entries)
  add_latest(self, entries)
  for n = math.max(1, self.n - heard + 1), self.n do entries[#entries + 1] = entry_of(self, self.ring[n % heard]) end
  sort(entries)
  return entries
end

return Journal
