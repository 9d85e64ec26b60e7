-- Computed values: an average, a rolling mean, a function of devices. They exist only in this
-- program. While it has listeners, a value is computed after each change of its sources, and its
-- changes pass the same triggers and waits as those of a capability.

local Listeners = require "homey.realtime.listeners"
local arguments = require "homey.util.arguments"
local capability = require "homey.model.capability"
local events = require "homey.realtime.event"
local hub_clock = require "homey.time.hub_clock"
local lazy = require "homey.util.lazy"
local timestamp = require "homey.time.timestamp"

local single_flight = lazy "homey.task.single_flight"
local trigger = lazy "homey.automation.trigger"
local unknown_name = lazy "homey.util.unknown_name"
local wait = lazy "homey.automation.wait"

---@class homey.ValueSource    where a value comes from
---@field facts fun(): table  type, step, decimals and units of the value
---@field follow fun(changed: fun(event: table)): fun()  calls changed(event) when it may have
---       changed; returns a function to stop
---@field now fun(): any, string?  the value, from what events have told; the hub's time of its last
---       change
---@field read fun(): any      the value, read from the hub where events do not keep it current

-- ---- feed ---------------------------------------------------------------------------------------

---@class homey.Feed           the listeners of a value; for them it is as the cache of a home
---@field home homey.Home
---@field source homey.ValueSource
---@field subject homey.Value
---@field value any            while there are listeners
---@field updated? string      when it changed last, by the hub's clock
local Feed = { __name = "homey.Feed" }
Feed.__index = Feed

-- The time by the hub's clock, as triggers expect it of a capability.
local function hub_time(home)
  local ahead = -hub_clock.ours(home, 0)
  return timestamp.text((home.scheduler.core_loop:time() + ahead) * 1000)
end

-- Equality in which NaN equals NaN, unlike ==.
local function is_same(a, b)
  if a ~= a then return b ~= b end
  return a == b or type(a) == "number" and type(b) == "number" and capability.is_close(a, b)
end

-- Computes the value after an event of a source, and notifies of a change.
local function update(self, event)
  local value, updated = self.source.now()
  local old = self.value
  local is_anew = is_same(value, old)
  if is_anew and not event.anew then return end
  self.value, self.updated = value, updated or hub_time(self.home)
  self.listeners:notify("value", events.of_value(self, self.subject, "value", value, {
    old = old, own = event.own, cause = event.cause, missed = event.missed, polled = event.polled,
    entry = event.entry, call = event.call, base = event.base, anew = is_anew or nil,
  }))
end

local function follow(self)
  self.stop = self.source.follow(function(event) update(self, event) end)
  local updated
  self.value, updated = self.source.now()
  self.updated = updated or hub_time(self.home)
end

--- Call f(event) for each change of the value.
---@param _ any  the value, as for the cache of a home
---@param f fun(event: homey.Event)
---@return fun() stop
function Feed:watch(_, f)
  -- it may wait for lists, and another listener may come meanwhile
  if not self.stop then single_flight(self, "follow", self.home.scheduler, follow, self) end
  local leave = self.listeners:join("value", f)
  return function()
    leave()
    if self.listeners:has "value" or not self.stop then return end
    local stop = self.stop
    self.stop, self.value = nil, nil
    stop()
  end
end

-- ---- the value ----------------------------------------------------------------------------------

---@class homey.Value
---@field home homey.Home  the home of the devices that it comes from
---@field package id string       what it is, as text
---@field package feed homey.Feed
local methods = {}
local Value = { __name = "homey.Value", kind = "value" }

--- Make a value.
---@package
---@param home homey.Home
---@param text string  what it is
---@param source homey.ValueSource
---@return homey.Value
function Value.new(home, text, source)
  local self = setmetatable({ home = home, id = text, record = false, readings = false }, Value)
  self.feed = setmetatable({
    home = home, source = source, subject = self, listeners = Listeners.new(),
  }, Feed)
  return self
end

--- Reports whether something is a value.
---@package
function Value.is(value)
  return getmetatable(value) == Value
end

function Value.__index(_, key)
  return methods[key] or unknown_name("a value", key, "get on wait home", "feed record readings")
end

function Value.__tostring(self)
  return self.id
end

function Value.__concat(a, b)
  return tostring(a) .. tostring(b)
end

--- Its facts, in the form of a capability.
---@package
---@param key string
---@return homey.Capability?
function methods:known(key)
  if key ~= "value" then return nil end
  local feed, facts = self.feed, self.feed.source.facts()
  return {
    id = key, type = facts.type, step = facts.step, decimals = facts.decimals,
    units = facts.units, getable = true, value = feed.value, updated = feed.updated,
  }
end

--- The value now. It is read from the hub, unless events keep it up to date.
--- Raises: not_found, request.
---@return any  nil while no device has a value
function methods:get()
  return self.feed.source.read()
end

--- Call f for each change of the value, or only for those that the options choose.
--- Raises: invalid, not_found, request.
---@param options? homey.TriggerOptions  may be left out
---@param f fun(value: any, from: homey.Value, event: homey.Event)
---@return homey.Handle
function methods:on(options, f)
  return trigger.on_value(self, options, f)
end

--- Wait until the value is so, as homey.wait does: power:wait({ below = 5 }, "1 h"). Without a
--- value, any change ends the wait.
--- Raises: invalid, not_found, cancelled.
---@param value? any  or options, as { above = 24 }
---@param timeout? number|string
---@return boolean  false when the time is over
function methods:wait(value, timeout)
  return wait(self, value, timeout)
end

return arguments.check_methods(Value, methods, "value", "get/0 on/2 wait/2")
