-- Record of the `held` triggers that have fired, and of the change of the value for which each has.
-- After a restart, a trigger whose time ended meanwhile is called, and one that was called before
-- the restart is not called again.
--
-- Each home of a running program writes a file of its own, and reads the files of earlier programs
-- as well. A dry run and a home without a folder keep the record in memory.

local records = require "homey.state.records"

local NAME = "held"
-- seconds for which an entry is kept: a trigger that fired earlier fires again after a restart
local lasting = 172800

local held_record = {}

-- The entries of all files, including the file of this home.
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

--- Reports whether the trigger was called for this change, by this program or an earlier one.
---@param home homey.Home
---@param key string      identifies the trigger across restarts
---@param updated string  time of the change, by the hub's clock
---@return boolean
function held_record.has_fired(home, key, updated)
  local entry = record_of(home).before[key]
  return entry ~= nil and entry.updated == updated
end

--- Note that the trigger is called now. When the home has a folder, the note is on disk when this
--- returns.
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
