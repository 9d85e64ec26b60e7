-- Record of the `held` triggers that have fired, and for which change of their value, so that a
-- restart neither loses one whose time ended meanwhile nor calls one again that was called before
-- it.
--
-- Each home of a program that runs has a file to itself; what ended programs have left in theirs is
-- read as well. A dry run and a home without a folder remember it in memory.

local records = require "homey.state.records"

local NAME = "held"
-- seconds for which a record is kept: what was held for longer fires again after a restart
local lasting = 172800

local held_record = {}

-- What all files hold, ours included.
local function read_all(home)
  local all = {}
  for n = 1, home.state_dir and records.most or 0 do
    for key, entry in pairs(records.peek(home, NAME, n)) do
      local known = all[key]
      if type(entry) == "table" and type(entry.at) == "number"
        and not (known and known.at >= entry.at) then
        all[key] = entry
      end
    end
  end
  return all
end

local function open(home)
  if not home.state_dir or home.dry_run then return {} end
  return records.open_first(home, NAME) or {}
end

local function record_of(home)
  if not home.held_records then home.held_records = { before = read_all(home) } end
  return home.held_records
end

--- Was the trigger called for this change, by this program or one before it?
---@param home homey.Home
---@param key string      by which the trigger is known again
---@param updated string  when the value came to be so, by the hub's clock
---@return boolean
function held_record.has_fired(home, key, updated)
  local entry = record_of(home).before[key]
  return entry ~= nil and entry.updated == updated
end

--- It is called now: on disk when this returns, where there is one.
---@param home homey.Home
---@param key string
---@param updated string
function held_record.note(home, key, updated)
  local record, now = record_of(home), home.scheduler.core_loop:time()
  record.entries = record.entries or open(home)
  for each, entry in pairs(record.entries) do
    if type(entry) ~= "table" or type(entry.at) ~= "number" or now - entry.at > lasting then
      record.entries[each] = nil
    end
  end
  local entry = { updated = updated, at = now }
  record.entries[key], record.before[key] = entry, entry
  records.save(record.entries)
end

return held_record
