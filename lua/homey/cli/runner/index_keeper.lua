-- Keeper of the index: while the hub tells `homey run` of every change, the names in the index are
-- kept true, so that other commands need not read the devices.
--
-- Invariant: from the event of a change of a name, a zone or a capability until that is in the
-- file, the file is not believed. While events do not arrive, the file is not stamped, and after a
-- minute it is believed no more.

local Cache = require "homey.realtime.cache"
local device_facts = require "homey.index.device_facts"
local index = require "homey.index.index"
local index_file = require "homey.index.index_file"
local names = require "homey.index.names"
local try = require "homey.task.try"

local pause = 20 -- seconds between two stamps
local soon = 0.2 -- seconds from a change until it is written
local retry = 1  -- seconds until a file that could not be written is tried again

---@class homey.cli.IndexKeeper
---@field home homey.Home
---@field scope homey.Scope
---@field path? string    of the index; nil while none is kept
---@field known table<string, string>  what the file says of each device and zone, by id
---@field is_old boolean  the file does not say what the lists do
---@field cancel? fun()   ends the wait for the next stamp
local IndexKeeper = { __name = "homey.cli.IndexKeeper" }
IndexKeeper.__index = IndexKeeper

--- A keeper that does nothing yet.
---@param home homey.Home
---@param scope homey.Scope  of its tasks
---@return homey.cli.IndexKeeper
function IndexKeeper.new(home, scope)
  return setmetatable({ home = home, scope = scope, known = {}, is_old = true }, IndexKeeper)
end

local function is_told(self)
  local cache = self.home.cache
  return cache and cache:has "device" and cache:has "zone"
end

-- What the index says of a device or a zone.
local function told_of(resource)
  local record = resource.record
  local facts = record.capabilities and device_facts.pack(record)
  return table.concat({ record.name, record.zone or record.parent or "", facts or "" }, "\0")
end

local function write(self)
  local directory, now = self.home.directory, self.home.scheduler.core_loop:time()
  local body = names.pack(directory)
  self.is_old = not (body and index_file.write(self.path, body, now))
  if self.is_old then index_file.stamp(self.path, 0) end
  self.known = {}
  for _, kind in ipairs { "device", "zone" } do
    for _, each in ipairs(directory:registry(kind).list) do self.known[each.id] = told_of(each) end
  end
end

local keep

local function keep_later(self, seconds)
  if self.cancel then self.cancel() end
  self.cancel = self.home.scheduler:later(seconds, function() keep(self) end)
end

function keep(self)
  self.cancel = nil
  local is_told = is_told(self)
  if is_told then
    local now = self.home.scheduler.core_loop:time()
    if self.is_old or not index_file.stamp(self.path, now) then write(self) end
  end
  keep_later(self, is_told and not self.is_old and pause or retry)
end

-- The file is written a moment later: one event is often followed by more.
local function note_change(self, resource, is_same)
  if is_same and self.known[resource.id] == told_of(resource) then return end
  if not self.is_old then
    index_file.stamp(self.path, 0)
    keep_later(self, soon)
  end
  self.is_old = true
end

local function listen(self, cache)
  for _, kind in ipairs { "device", "zone" } do
    for verb, is_same in pairs { create = false, update = true, delete = false } do
      cache:listen(kind .. "." .. verb, function(_, resource)
        note_change(self, resource, is_same)
      end)
    end
  end
end

--- Keep the index from now on, as long as this cache gets events. A login that may not read the
--- devices has no index.
---@param cache homey.Cache
function IndexKeeper:follow(cache)
  self.scope:run(function()
    local ok = try(Cache.of, self.home, "device")
    self.path = ok and index.path_of(self.home, "names")
    if not self.path then return end
    listen(self, cache)
    if not self.cancel then keep(self) end
  end)
end

--- Keep it no more.
function IndexKeeper:close()
  if self.cancel then self.cancel() end
end

return IndexKeeper
