-- Reading again what a cache keeps: after each gap in the events, and now and then where nothing tells us.

local Task = require "homey.task.task"
local home_log = require "homey.task.home_log"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local raised = require "homey.util.error_text"
local show = require "homey.util.format"
local resource_types = require "homey.model.resource_types"
local try = require "homey.task.try"
local visible = require("homey.util.text").visible

local settle = 0.1        -- seconds for which confirmations are gathered before a reading, unless all are there sooner
local again, most = 5, 60 -- seconds until a reading that failed is tried again: at first, and at most
local stays_away = 600    -- seconds for which the list is read for what it has lost, until that is taken to be deleted
local by_list = 3         -- devices from which on one list is politer than single readings

---@class homey.Resync
---@field cache homey.Cache
---@field dirty table<string|homey.Device, true>  kinds and devices that are to be read
---@field pending? fun()    cancels the reading that is to come, or is there while one goes on
---@field failed boolean    what is to come is another try of what failed
---@field to_come boolean    no reading goes on
---@field absent table<any, number>  what a reading did not find any more, and when
---@field looking? fun()    cancels the next look for that
---@field look? number      seconds until then
---@field delay? number     until the next try, after one that failed
local Resync = { __name = "homey.Resync" }
Resync.__index = Resync

local resync = {}

--- What keeps a cache true; nothing is read yet.
---@param cache homey.Cache
---@return homey.Resync
function resync.new(cache)
  return setmetatable({ cache = cache, dirty = {}, doubted = {}, absent = {}, failed = false, to_come = false }, Resync)
end

local function start(self, seconds)
  local scheduler = self.cache.home.scheduler
  self.to_come = true
  self.pending = scheduler:background_timer(seconds, function()
    self.to_come = false
    Task.start(scheduler, {}, self.sync, self)
  end)
end

--- Read a list, or one device, soon: together with whatever else asks for that now.
---@param what string|homey.Device
function Resync:soon(what)
  self.dirty[what] = true
  if not (self.pending or self.closed) then start(self, settle) end
end

--- The same, of what the hub has just begun to tell of: it answers again, so that what failed need wait no longer.
---@param what string|homey.Device
function Resync:anew(what)
  if self.failed then
    self.pending()
    self.pending, self.failed, self.delay = nil, false, again / 2
  end
  self:soon(what)
end

--- All that is subscribed has been confirmed, there is nothing to gather any more: what is dirty is read at once.
function Resync:settled()
  if self.closed or self.delay or not self.to_come then return end
  self.pending()
  start(self, 0)
end

local function by_id(a, b)
  return a.id < b.id
end

-- What is dirty, in the same order in every run.
local function wanted(self)
  local kinds, devices, all = {}, {}, false
  for what in pairs(self.dirty) do
    if type(what) == "string" then
      kinds[#kinds + 1], all = what, all or what == "device"
    else
      devices[#devices + 1] = what
    end
  end
  self.dirty = {}
  table.sort(kinds)
  table.sort(devices, by_id)
  if all then return kinds, {} end
  if #devices <= by_list then return kinds, devices end
  kinds[#kinds + 1] = "device"
  return kinds, {}
end

local function confirmations(entries)
  local list = {}
  for key, entry in pairs(entries) do list[key] = entry.topic and entry.topic.confirmed end
  return list
end

local function read_kinds(self, kinds)
  local cache, devices, began = self.cache, {}, self.cache.home.scheduler.core_loop:now()
  local confirmed = confirmations(cache.followed)
  for _, kind in ipairs(kinds) do
    if resource_types[kind].uri then devices = confirmations(cache.watched) end
  end
  local _, err = try(cache.home.directory.read, cache.home.directory, kinds)
  for _, kind in ipairs(kinds) do
    local registry, followed = cache.home.directory:registry(kind), cache.followed[kind]
    local is_read = registry.asked and registry.asked >= began
    if is_read and followed then followed.synced, followed.old = confirmed[kind], false end
    for id, at in pairs(is_read and resource_types[kind].uri and devices or {}) do
      if cache.watched[id] then cache.watched[id].synced = at end
    end
  end
  if err then raise(err) end
  for _, kind in ipairs(kinds) do
    if cache.home.directory:registry(kind).empty_since then
      raise(new_error("unavailable", ("the hub lists no %ss: it may still be starting."):format(kind)))
    end
  end
end

local function read_device(self, device)
  local entry = self.cache.watched[device]
  if not entry then return end
  local confirmed = entry.topic and entry.topic.confirmed
  device:refresh()
  entry.synced = confirmed
end

-- What could not be read is read after a while.
local function failed(self, err)
  if not self.delay then
    home_log.throttled(self.cache.home, "resync", "warning", "the home could not be read again, and is tried later: " .. raised(err))
  end
  self.delay, self.failed = math.min((self.delay or again / 2) * 2, most), true
  start(self, self.delay)
end

--- Read what is dirty; whoever listens hears what was missed.
function Resync:sync()
  self.failed = false
  local kinds, devices = wanted(self)
  local failure
  local function attempt(what, f, ...)
    local _, err = try(f, ...)
    if not err then return end
    -- a device that is not found may be gone, or the hub is still starting: the list tells
    if what ~= kinds and type(err) == "table" and err.kind == "not_found" then
      self.dirty.device = true
      return
    end
    failure = failure or err
    for _, each in ipairs(what) do self.dirty[each] = true end
  end
  if #kinds > 0 then attempt(kinds, read_kinds, self, kinds) end
  for _, device in ipairs(devices) do attempt({ device }, read_device, self, device) end
  self.pending = nil
  if self.closed then return end
  if failure and next(self.dirty) then return failed(self, failure) end
  if self.delay then self.cache.subscriptions:ask_again() end
  self.delay = nil
  if next(self.dirty) then start(self, settle) end
end

-- ---- what a reading does not find any more ------------------------------------------------------------------

-- What is still absent, by kind; those that stayed away for too long are told of for the last time.
local function sort_absent(self, now)
  local kinds, lost = {}, {}
  for resource, since in pairs(self.absent) do
    if now - since >= stays_away then lost[#lost + 1] = resource else kinds[getmetatable(resource).kind] = true end
  end
  table.sort(lost, by_id)
  for _, resource in ipairs(lost) do
    self.absent[resource] = nil
    self.cache:lost(resource)
  end
  return kinds
end

local function look_for_absent(self)
  self.look = math.min((self.look or again / 2) * 2, most)
  self.looking = self.cache.home.scheduler:background_timer(self.look, function()
    self.looking = nil
    local kinds = sort_absent(self, self.cache.home.scheduler.core_loop:now())
    for kind in pairs(kinds) do
      if self.cache:is_fresh() then self:soon(kind) end -- else it is read once the hub is back
    end
    if next(kinds) and not self.closed then look_for_absent(self) end
  end)
end

--- A reading does not find something any more, which may come of a hub that is starting: its list is read again, ever more
--- seldom, for ten minutes.
---@param resource any
function Resync:miss(resource)
  if self.closed then return end
  self.absent[resource] = self.cache.home.scheduler.core_loop:now()
  if self.looking then self.looking() end
  self.look = nil
  look_for_absent(self)
end

--- It is there again, or was deleted.
---@param resource any
function Resync:forget(resource)
  self.absent[resource] = nil
  if next(self.absent) or not self.looking then return end
  self.looking()
  self.looking = nil
end

-- ---- where nothing tells us --------------------------------------------------------------------------------

local function poll(self)
  local cache = self.cache
  self.polling = cache.home.scheduler:background_timer(cache.home.poll, function()
    self.polling = nil
    if self.closed or not cache.subscriptions.refused then return end
    for kind in pairs(cache.followed) do self:soon(kind) end
    poll(self)
  end)
end

--- The hub takes no websockets: ask it what has changed.
---@param told table  what the connection told
function Resync:poll(told)
  if self.polling then return end
  local home = self.cache.home
  home_log.throttled(home, "no websockets", "warning", ("the hub takes no websockets (%s): it is asked every %s s what has changed.")
    :format(visible(tostring(told.message or told.status or "refused")), show(home.poll)))
  poll(self)
end

--- Values of a kind are listened to of which the hub may not tell: ask it now and then, until it has shown that it does.
---@param kind string
function Resync:doubt(kind)
  local cache, every = self.cache, resource_types[kind].unsure
  if not every or self.doubted[kind] or self.closed then return end
  self.doubted[kind] = cache.home.scheduler:background_timer(every, function()
    self.doubted[kind] = nil
    if cache.followed[kind] and cache.followed[kind].proven or not cache:is_watched(kind) then return end
    if cache:is_fresh() then self:soon(kind) end
    self:doubt(kind)
  end)
end

--- Nothing is read any more.
function Resync:close()
  self.closed = true
  for _, cancel in pairs(self.doubted) do cancel() end
  if self.looking then self.looking() end
  if self.pending then self.pending() end
  if self.polling then self.polling() end
end

return resync
