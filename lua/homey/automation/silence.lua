-- Silence: evaluates the option `silent` of a trigger. The handler is called once when the hub has
-- had no report of a value for that time, and again only after a report and another silence.
--
-- The time of the last report comes from the hub, so a restart neither misses a silence nor reports
-- one twice.

local events = require "homey.realtime.event"
local hub_clock = require "homey.time.hub_clock"
local known_facts = require "homey.model.known"
local lazy = require "homey.util.lazy"
local timestamp = require "homey.time.timestamp"

local held_record = lazy "homey.automation.held_record"

local again = 10 -- seconds until the next check while no events arrive

---@class homey.Silence
---@field resource homey.Device|homey.Resource
---@field key string
---@field seconds number   the option `silent`
---@field heard number     when something was heard last, on the monotonic clock
---@field reported? string|number  the last report for which the handler was called
local Silence = {}
Silence.__index = Silence

-- The key of the trigger in the record; see held_record.
local function name_of(self)
  return ("%s %s %s silent=%s"):format(self.place:gsub(":%d+$", ""), self.resource.id, self.key,
    self.seconds)
end

-- The time of the last report: the hub's text, or the time at which this program received it.
local function last_report(self)
  local known = self.resource.record and known_facts.of(self.resource, self.key)
  return known and known_facts.text(known) or self.heard, known
end

-- Seconds since the last report. A time in the future is ignored.
local function age(self, report)
  local core_loop = self.scheduler.core_loop
  local ms = type(report) == "string" and timestamp.ms(report)
  local by_hub = ms and core_loop:time() - hub_clock.ours(self.cache.home, ms)
  return by_hub and by_hub >= 0 and by_hub or core_loop:now() - self.heard
end

-- Reports whether all reports of the value are known, also those during a gap in the events.
local function is_known(self)
  local cache, kind = self.cache, getmetatable(self.resource).kind
  if cache.subscriptions.refused then return true end
  if kind == "device" then return cache:knows(self.resource) end
  return cache:has(kind)
end

local function was_called(self, report)
  if self.reported == report then return true end
  return self.place ~= nil and type(report) == "string"
    and held_record.has_fired(self.cache.home, name_of(self), report)
end

local function call(self, report, known)
  self.reported = report
  if self.place and type(report) == "string" then
    held_record.note(self.cache.home, name_of(self), report)
  end
  local event = events.of_value(self.cache, self.resource, self.key, known and known.value, {
    silent = self.seconds,
  })
  self.fire(event, event.value, self.resource, event)
end

local look

local function look_in(self, seconds)
  if self.timer then self.timer() end
  self.timer = self.scheduler:later(seconds, function()
    self.timer = nil
    look(self)
  end)
end

-- Calls the handler, or waits for the rest of the time.
function look(self)
  local report, known = last_report(self)
  local left = self.seconds - age(self, report)
  if left > 0 then return look_in(self, left) end
  if not is_known(self) then return look_in(self, again) end
  if not was_called(self, report) then call(self, report, known) end
end

local function on_event(self, event)
  if event.gone then
    if self.timer then self.timer() end
    self.timer = nil
    return
  end
  if event.key ~= self.key and not event.back then return end
  self.heard = self.scheduler.core_loop:now()
  look_in(self, self.seconds)
end

local silence = {}

--- Watch for silence: call fire after `options.silent` without a report of the value.
---@param cache homey.Cache
---@param resource homey.Device|homey.Resource
---@param key string
---@param options homey.TriggerOptions  checked
---@param fire fun(event: homey.Event, value: any, resource: any, event: homey.Event)
---@param place? string  "evening.lua:12"
---@return fun() stop
function silence.start(cache, resource, key, options, fire, place)
  local scheduler = cache.home.scheduler
  local self = setmetatable({
    cache = cache, scheduler = scheduler, resource = resource, key = key, fire = fire,
    place = place, seconds = options.silent, heard = scheduler.core_loop:now(),
  }, Silence)
  local stop = cache:watch(resource, function(event) on_event(self, event) end)
  look(self)
  return function()
    stop()
    if self.timer then self.timer() end
  end
end

return silence
