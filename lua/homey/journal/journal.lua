-- Journal: events and changes of a home, and their causes. The latest are in memory. Every change
-- by this program is also a line of a file in state_dir, for `homey.why` after a restart.
--
-- An item in memory is the event, the change or the outcome itself; an entry is made from it when
-- it is written or requested. The item that set the present value of a capability stays in memory.
--
-- The event of a value takes the table of the one that leaves the ring for it, unless somebody
-- keeps that one.
--
-- Invariant: the number of items that wait to be written is bounded. A full or read-only disk is
-- logged once, and the newest items wait in memory until there is room.

local core = require "homey.core"
local lazy = require "homey.util.lazy"
local text = require "homey.util.text"

local Autosave = lazy "homey.state.autosave"
local JournalFile = lazy "homey.journal.journal_file"
local log = lazy "homey.util.log"
local entry = lazy "homey.journal.entry"

local most_items = 256    -- in memory
local most_pending = 1000 -- waiting items; twice as many while writing fails

---@class homey.Latest  what made the value of a capability what it is
---@field by homey.Event|table  the event, or the outcome of a change of ours
---@field again homey.Event|false  the last report of the same value since

---@class homey.Journal
---@field file? homey.JournalFile  nil: in memory only
---@field ring table[]        the last items
---@field n integer           number of the last item
---@field pending table[]     items that wait to be written
---@field has_problem? boolean  the last items could not be written
---@field latest table<string, table<string, homey.Latest>>  by device and capability
local Journal = { __name = "homey.Journal" }
Journal.__index = Journal

--- A journal; no file is touched until something is written.
---@param scheduler homey.Scheduler
---@param folder? string  nil: in memory only
---@return homey.Journal
function Journal.new(scheduler, folder)
  if folder then require "homey.state.autosave" end -- while there are descriptors
  return setmetatable({
    scheduler = scheduler, ring = {}, latest = {}, n = 0, pending = {}, run = core.uuid():sub(1, 8),
    file = folder and JournalFile.new(folder),
    hear_value = Journal.hear_value, -- each event calls it: in its own table it is found at once
  }, Journal)
end

function Journal:__tostring()
  return ("homey.Journal: %d entries"):format(self.n)
end

-- ---- writing ------------------------------------------------------------------------------------

local function report_problem(self, problem)
  if problem and not self.has_problem then
    log("error", ("the journal cannot be saved: %s The newest entries are kept in memory."):format(
      text.sentence(tostring(problem))))
  elseif self.has_problem and not problem then
    log("info", "the journal is saved again.")
  end
  self.has_problem = problem ~= nil
end

-- Keeps the newest items for the next attempt.
local function put_back(self, items)
  local first = #items - most_pending
  for i = math.max(first, 0) + 1, #items do table.insert(self.pending, items[i]) end
end

local function write_pending(self)
  local items = self.pending
  if #items == 0 then return end
  self.pending = {}
  local ok, problem = self.file:append(entry.lines(items, self.run))
  if not ok then put_back(self, items) end
  report_problem(self, not ok and (problem or "the reason is unknown.") or nil)
end

local function add_pending(self, item)
  if self.closed then return end
  self.autosave = self.autosave or Autosave.new(self.scheduler, function() write_pending(self) end)
  local pending = self.pending
  pending[#pending + 1] = item
  if #pending < most_pending then return end
  if not self.has_problem then return self.autosave:flush() end
  if #pending >= 2 * most_pending then
    self.pending = {}
    put_back(self, pending)
  end
end

--- Write the waiting items, and stop writing.
function Journal:close()
  if self.autosave then self.autosave:close() end
  self.closed = true
end

-- ---- noting -------------------------------------------------------------------------------------

-- Keeps an item in memory, in place of the oldest.
local function remember(self, item)
  local n = self.n + 1
  self.n = n
  self.ring[n % most_items] = item
  return n
end

-- Returns what the value of a capability is now explained by.
local function set_latest(self, id, capability, by)
  local of_device = self.latest[id]
  if not of_device then
    of_device = {}
    self.latest[id] = of_device
  end
  local latest = of_device[capability]
  if not latest then
    latest = { by = by, again = false }
    of_device[capability] = latest
  elseif by.old == by.value and by.name and entry.is_again(by) then
    latest.again = by
  else
    latest.by = by
    latest.again = false
  end
  return latest
end

--- Note an entry.
---@param new homey.Entry
---@return integer n  by which other entries name it as their cause
function Journal:add(new)
  local n = remember(self, new)
  new.n, new.run = n, self.run
  if self.file and entry.is_lasting(new) then add_pending(self, new) end
  return n
end

--- Note that a change is being sent.
---@param change homey.Write  gets its number
function Journal:sent(change)
  local n = self.n + 1
  self.n, self.ring[n % most_items], change.entry = n, change, n
  if self.file then add_pending(self, change) end
end

--- Note that a change was answered. Its answer becomes the outcome.
---@param change homey.Write
---@param at number
---@param problem? string  why the hub refused it
function Journal:answered(change, at, problem)
  local n, outcome = self.n + 1, change.answer
  outcome.of, outcome.at, outcome.n = change, at, n
  if problem then outcome.problem = problem end
  self.n, self.ring[n % most_items] = n, outcome
  if self.file then add_pending(self, outcome) end
  if problem then return end
  local id, capability = change.device.id, change.capability
  local latest = self.latest[id] and self.latest[id][capability]
  if latest and not latest.again then -- nearly always
    latest.by = outcome
  else
    set_latest(self, id, capability, outcome)
  end
end

--- Note the echo of a change. An event that has a cause would keep that and its causes in memory:
--- then an entry is kept in its place.
---@param event homey.Event  gets its number
function Journal:echo(event)
  local n = self.n + 1
  event.entry = n
  local item = event.cause and entry.echo(event, self.run) or event
  self.n, self.ring[n % most_items] = n, item
  if self.file then add_pending(self, item) end
end

--- Note an event. Its entry is made only when it is requested: there are many events.
---@param event homey.Event  gets its number
function Journal:hear(event)
  local n = self.n + 1
  self.n, self.ring[n % most_items], event.entry = n, event, n
  if event.capability then set_latest(self, event.device.id, event.capability, event) end
end

--- Note the event of a device's value that came from elsewhere, and return it. It lasts until it
--- leaves the ring: who needs it for longer calls events.keep.
---@param make fun(device: homey.Device, id: string, value: any, old: any, change: nil, at: number,
---   hub_ms: number?): homey.Event  makes an event, when there is no table to use again
---@param device homey.Device
---@param id string      of the capability
---@param value any
---@param old any
---@param at number       when it was received
---@param hub_ms? number  the time by the clock of the hub
---@return homey.Event
function Journal:hear_value(make, device, id, value, old, at, hub_ms)
  local n = self.n + 1
  local ring, place = self.ring, n % most_items
  local event = ring[place]
  local latest = event and event.unkept
  -- a receiver that runs the loop, as it cannot yield, still uses the event that it was called for
  if latest and latest.by ~= event and latest.again ~= event and self.scheduler.depth < 2 then
    event.device, event.subject, event.key, event.capability = device, device, id, id
    event.value, event.old, event.at, event.hub_ms = value, old, at, hub_ms
  else
    event = make(device, id, value, old, nil, at, hub_ms)
    ring[place] = event
  end
  self.n, event.entry = n, n
  local of_device = self.latest[device.id]
  latest = of_device and of_device[id]
  if latest and not latest.again and old ~= value then -- nearly always
    latest.by = event
  else
    latest = set_latest(self, device.id, id, event)
  end
  event.unkept = latest
  return event
end

-- Nothing is asked while nobody follows: the methods that note are replaced in this one journal.
local noting = { "add", "sent", "answered" }

--- Call f with each entry of a change that is sent, of its answer, and of all that is not a value
--- of a device. One function at a time. An error in it is dropped.
---@param f fun(entry: homey.Entry)
---@return fun() stop
function Journal:follow(f)
  for _, name in ipairs(noting) do
    self[name] = function(journal, ...)
      local n = Journal[name](journal, ...)
      pcall(f, entry.of(journal.ring[journal.n % most_items], journal.run))
      return n
    end
  end
  return function()
    for _, name in ipairs(noting) do self[name] = nil end
  end
end

-- ---- reading ------------------------------------------------------------------------------------

-- Entries of the files that are not in memory. An item that could not be written at once may be in
-- the file twice.
local function read_files(self, into)
  local oldest, seen = self.n - most_items, {}
  local function add(each)
    if not entry.is_lasting(each) or each.run == self.run and each.n > oldest then return end
    local id = tostring(each.run) .. " " .. each.n
    if each.run and seen[id] then return end
    seen[id] = true
    into[#into + 1] = each
  end
  local problem = self.file:each(function(row) entry.each(row, add) end)
  if problem and not self.warned then log("warning", "the journal cannot be read: " .. problem) end
  self.warned = self.warned or problem ~= nil
end

-- The latest item of each value that has left the ring. Changes by this program are in the file, if
-- there is one.
local function add_latest(self, into)
  local function add(item, n)
    if n <= self.n - most_items then into[#into + 1] = entry.of(item, self.run) end
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

-- Items that have left the ring and could not be written.
local function add_unwritten(self, into)
  for _, item in ipairs(self.pending) do
    if (item.n or item.entry) <= self.n - most_items then
      into[#into + 1] = entry.of(item, self.run)
    end
  end
end

-- Sorts by time, and keeps the order of entries of the same moment.
local function sort(entries)
  local position = {}
  for i, each in ipairs(entries) do position[each] = i end
  table.sort(entries, function(a, b)
    if a.at ~= b.at then return a.at < b.at end
    return position[a] < position[b]
  end)
end

--- All entries, oldest first.
---@return homey.Entry[]
function Journal:entries()
  local entries = {}
  if self.autosave and not self.closed then self.autosave:flush() end
  if self.file then read_files(self, entries) end
  add_unwritten(self, entries)
  add_latest(self, entries)
  for n = math.max(1, self.n - most_items + 1), self.n do
    entries[#entries + 1] = entry.of(self.ring[n % most_items], self.run)
  end
  sort(entries)
  return entries
end

return Journal
