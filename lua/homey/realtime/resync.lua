-- Resynchronization of a cache: reads lists and devices again after each gap in the events, and
-- polls a hub that sends no events.

local Task = require "homey.task.task"
local home_log = require "homey.task.home_log"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local error_text = require "homey.util.error_text"
local format = require "homey.util.format"
local resource_types = require "homey.model.resource_types"
local try = require "homey.task.try"
local visible = require("homey.util.text").visible

local settle = 0.1        -- seconds in which confirmations are collected before a reading
local again, most = 5, 60 -- seconds until a failed reading is repeated: first and longest
local stays_away = 600    -- seconds after which a resource missing in the list counts as deleted
local by_list = 3         -- more devices than this are read with one list request

---@class homey.Resync
---@field cache homey.Cache
---@field dirty table<string|homey.Device, true>  kinds and devices to be read
---@field pending? fun()    cancels the next reading; also set during a reading
---@field failed boolean    the next reading repeats a failed one
---@field to_come boolean   a reading is planned, and none is running
---@field absent table<any, number>  resources that a reading did not find -> time of that
---@field looking? fun()    cancels the next search for them
---@field look? number      seconds until that search
---@field delay? number     seconds until a failed reading is repeated
local Resync = { __name = "homey.Resync" }
Resync.__index = Resync

local resync = {}

--- Make the resynchronization of a cache. Nothing is read yet.
---@param cache homey.Cache
---@return homey.Resync
function resync.new(cache)
  return setmetatable({ cache = cache, dirty = {}, doubted = {}, absent = {}, failed = false,
    to_come = false }, Resync)
end

local function start(self, seconds)
  local scheduler = self.cache.home.scheduler
  self.to_come = true
  self.pending = scheduler:background_timer(seconds, function()
    self.to_come = false
    Task.start(scheduler, {}, self.sync, self)
  end)
end

--- Read a list or a device soon, together with all others that are due now.
---@param what string|homey.Device
function Resync:soon(what)
  self.dirty[what] = true
  if not (self.pending or self.closed) then start(self, settle) end
end

--- Read a list or a device soon, after the hub has confirmed a subscription. The hub answers again,
--- so a failed reading is repeated now, too.
---@param what string|homey.Device
function Resync:anew(what)
  if self.failed then
    self.pending()
    self.pending, self.failed, self.delay = nil, false, again / 2
  end
  self:soon(what)
end

--- Start the planned reading at once, since all subscriptions are confirmed.
function Resync:settled()
  if self.closed or self.delay or not self.to_come then return end
  self.pending()
  start(self, 0)
end

local function by_id(a, b)
  return a.id < b.id
end

-- The kinds and devices to read, in the same order in every run.
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
      raise(new_error("unavailable",
        ("the hub lists no %ss: it may still be starting."):format(kind)))
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

-- Repeats a failed reading after a delay.
local function failed(self, err)
  if not self.delay then
    home_log.throttled(self.cache.home, "resync", "warning",
      "the home could not be read again. It will be retried: " .. error_text(err))
  end
  self.delay, self.failed = math.min((self.delay or again / 2) * 2, most), true
  start(self, self.delay)
end

-- The connection is lost. Everything is read again when it is back: until then a home would only
-- add to what its hub, or a network shared by many homes, has to bear.
local function is_away(self)
  local subscriptions = self.cache.subscriptions
  return not (subscriptions.connected or subscriptions.refused)
end

--- Read all that is dirty, and notify of missed changes.
function Resync:sync()
  if self.failed and is_away(self) then return start(self, self.delay) end
  self.failed = false
  local kinds, devices = wanted(self)
  local failure
  local function attempt(what, f, ...)
    local _, err = try(f, ...)
    if not err then return end
    -- a device that is not found is deleted, or the hub is starting: the list tells the two apart
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

-- ---- resources that a reading no longer finds ---------------------------------------------------

-- The kinds of the absent resources. Those absent for too long are reported as deleted.
local function sort_absent(self, now)
  local kinds, lost = {}, {}
  for resource, since in pairs(self.absent) do
    if now - since >= stays_away then
      lost[#lost + 1] = resource
    else
      kinds[getmetatable(resource).kind] = true
    end
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
      if self.cache:is_fresh() then self:soon(kind) end -- else it is read after reconnecting
    end
    if next(kinds) and not self.closed then look_for_absent(self) end
  end)
end

--- Note that a reading did not find a resource. The hub may be starting, so the list is read again
--- for ten minutes, with growing delays.
---@param resource any
function Resync:miss(resource)
  if self.closed then return end
  self.absent[resource] = self.cache.home.scheduler.core_loop:now()
  if self.looking then self.looking() end
  self.look = nil
  look_for_absent(self)
end

--- Stop to search for a resource, which exists again or was deleted.
---@param resource any
function Resync:forget(resource)
  self.absent[resource] = nil
  if next(self.absent) or not self.looking then return end
  self.looking()
  self.looking = nil
end

-- ---- polling ------------------------------------------------------------------------------------

local function poll(self)
  local cache = self.cache
  self.polling = cache.home.scheduler:background_timer(cache.home.poll, function()
    self.polling = nil
    if self.closed or not cache.subscriptions.refused then return end
    for kind in pairs(cache.followed) do self:soon(kind) end
    poll(self)
  end)
end

--- Poll a hub that accepts no websockets.
---@param told table  the state of the connection
function Resync:poll(told)
  if self.polling then return end
  local home = self.cache.home
  home_log.throttled(home, "no websockets", "warning",
    ("the hub takes no websockets (%s): it is polled every %s s.")
    :format(visible(tostring(told.message or told.status or "refused")), format(home.poll)))
  poll(self)
end

--- Poll a kind whose values the hub may not send, until it has sent one or nobody listens.
---@param kind string
function Resync:doubt(kind)
  local cache, every = self.cache, resource_types[kind].unsure
  if not every or self.doubted[kind] or self.closed then return end
  self.doubted[kind] = cache.home.scheduler:background_timer(every, function()
    self.doubted[kind] = nil
    if cache.followed[kind] and cache.followed[kind].proven or not cache:is_watched(kind) then
      return
    end
    if cache:is_fresh() then self:soon(kind) end
    self:doubt(kind)
  end)
end

--- End all readings.
function Resync:close()
  self.closed = true
  for _, cancel in pairs(self.doubted) do cancel() end
  if self.looking then self.looking() end
  if self.pending then self.pending() end
  if self.polling then self.polling() end
end

return resync
