-- Store of pending reverts, in state files on disk (persist), so that a lamp is set back although
-- the program is restarted. Each home of a running program has a file of its own; a program that
-- starts takes over the entries in the files of ended programs.
--
-- Invariant: an entry is removed from a file only when it is on disk in another. Entries of another
-- hub stay in their file. When the disk fails, and in a dry run, entries are kept in memory only.

local lazy = require "homey.util.lazy"
local log = require "homey.util.log"
local error_text = require "homey.util.error_text"

local records = lazy "homey.state.records"

local NAME = "revert_after"

---@class homey.StoredRevert
---@field device string      id
---@field capability string
---@field value any          the value to set back to
---@field set any            the value that was set
---@field at number          when it is due, seconds since 1970
---@field seconds? number    time between the set and `at`
---@field hub? string        id of the hub; nil when it was not known

local store = {}

-- folder and number -> the home of this process that has the file
local owners = setmetatable({}, { __mode = "v" })

local function is_anothers(home, n)
  local owner = owners[home.state_dir .. "/" .. n]
  return owner ~= nil and owner ~= home and owner.client ~= nil
end

local function own(home, n, entries)
  if home.state_dir then owners[home.state_dir .. "/" .. n] = home end
  home.reverts = entries
end

-- Reports whether a home may use a file as its own. One with entries is not free: take_over reads
-- it.
local function is_free(home, n)
  return not home.state_dir or not is_anothers(home, n) and next(records.peek(home, NAME, n)) == nil
end

local function entries_of(home)
  if not home.client or home.dry_run then return {} end
  if home.reverts then return home.reverts end
  local entries, n = records.open_first(home, NAME, function(n) return is_free(home, n) end)
  if entries then
    own(home, n, entries)
  else
    log("warning", "pending reverts would be lost by a restart: " .. error_text(n), home.label)
    home.reverts = {}
  end
  return home.reverts
end

local function key(device, id)
  return device.id .. " " .. id
end

--- Store a pending revert.
---@param device homey.Device
---@param id string
---@param entry {value: any, set: any, at: number, seconds: number}
function store.note(device, id, entry)
  entry.device, entry.capability, entry.hub = device.id, id, rawget(device.home, "id")
  entries_of(device.home)[key(device, id)] = entry
end

--- Save the noted reverts. They are on disk when this returns, unless the disk fails.
---@param home homey.Home
function store.save(home)
  if home.state_dir then records.save(entries_of(home)) end
end

--- Remove a revert that is done or no longer needed.
---@param device homey.Device
---@param id string
function store.forget(device, id)
  entries_of(device.home)[key(device, id)] = nil
end

local function is_sound(entry)
  return type(entry) == "table" and type(entry.device) == "string"
    and type(entry.capability) == "string"
    and type(entry.at) == "number" and entry.value ~= nil
end

local function is_of(home, entry)
  local hub = rawget(home, "id")
  return not hub or type(entry) ~= "table" or not entry.hub or entry.hub == hub
end

-- The names of the entries that belong to a home's hub, and whether these are all entries.
local function names_of(home, entries)
  local names, all = {}, true
  for name, entry in pairs(entries) do
    if is_of(home, entry) then names[#names + 1] = name else all = false end
  end
  return names, all
end

-- Moves entries to the file of the home. They are removed from the other file only after they were
-- written.
local function move(home, names, entries)
  local ours = entries_of(home)
  for _, name in ipairs(names) do
    if ours[name] == nil then ours[name] = entries[name] end
  end
  if not records.save(ours) then return end
  for _, name in ipairs(names) do entries[name] = nil end
end

-- Takes over the entries of a file that no running program uses. A home without a file takes the
-- file itself.
local function take_over(home, n)
  if is_anothers(home, n) or #names_of(home, records.peek(home, NAME, n)) == 0 then return end
  local entries = records.open(home, NAME, n)
  if not entries or entries == home.reverts then return end
  local names, all = names_of(home, entries)
  if all and not home.reverts then return own(home, n, entries) end
  move(home, names, entries)
  records.release(home, entries)
end

--- The reverts that earlier programs have left.
---@param home homey.Home
---@return homey.StoredRevert[]
function store.left(home)
  local list = {}
  if not home.state_dir or home.dry_run then return list end
  for n = 1, records.most do take_over(home, n) end
  for _, entry in pairs(home.reverts or {}) do
    if is_sound(entry) and is_of(home, entry) then list[#list + 1] = entry end
  end
  table.sort(list, function(a, b) return a.at < b.at end)
  return list
end

return store
