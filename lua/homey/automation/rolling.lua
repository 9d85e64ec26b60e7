-- Rolling values of one capability: its mean, least or greatest value during the last minutes, and
-- its change in that time. A device is watched from the first call on, until the script ends, so
-- that the values of the past are known.

local Cache = require "homey.realtime.cache"
local Handle = require "homey.task.handle"
local Scope = require "homey.task.scope"
local Value = require "homey.automation.value"
local Window = require "homey.automation.window"
local capability = require "homey.model.capability"
local duration = require "homey.util.duration"
local format = require "homey.util.format"
local hub_clock = require "homey.time.hub_clock"
local invalid = require "homey.util.invalid"
local known_facts = require "homey.model.known"
local members = require "homey.automation.members"

local TICKS = 60     -- how often a mean is computed while its window passes
local SOONEST = 0.05 -- seconds between two computations that no report causes
local SHORTEST = 1   -- seconds of a window

---@class homey.History    the values of a capability in a window
---@field device homey.Device
---@field key string       the capability
---@field window homey.Window
---@field changed? fun(event: table)  while somebody listens to the value
---@field cancel? fun()    stops the timer of the next computation
local History = {}
History.__index = History

local function now_of(self)
  return self.device.home.scheduler.core_loop:now()
end

-- The time of the hub's last report, on the monotonic clock.
local function reported_at(self, known)
  local ms, home = known and known_facts.ms(known), self.device.home
  local ago = ms and home.scheduler.core_loop:time() - hub_clock.ours(home, ms) or 0
  return now_of(self) - math.max(ago, 0)
end

local function known_value(self, event)
  local record = (not event.gone or event.found) and self.device.record
  local known = record and record.available and record.capabilities[self.key]
  return known and type(known.value) == "number" and known.value or nil, known
end

-- Starts with the known value, as if it had been so for the whole time: a first short peak must not
-- count for more than a later one.
local function begin(self)
  self.window:clear()
  self.window:add(now_of(self) - self.window.seconds, (known_value(self, {})))
end

local plan

local function tell(self, event)
  if self.changed then self.changed(event) end
  plan(self)
end

-- Recomputes on a timer: the result also changes as time passes.
function plan(self)
  if self.cancel then self.cancel() end
  self.cancel = nil
  local wait = self.changed and self.window:next(now_of(self))
  if not wait then return end
  wait = math.max(math.min(wait, self.window.seconds / TICKS), SOONEST)
  self.cancel = self.device.home.scheduler:background_timer(wait, function()
    self.cancel = nil
    tell(self, {})
  end)
end

local function on_event(self, event)
  if event.base and not event.anew then
    begin(self)
  else
    local value, known = known_value(self, event)
    self.window:add(event.missed and reported_at(self, known) or now_of(self), value)
  end
  tell(self, event)
end

--- Call changed(event) when the result may be another one.
---@param changed fun(event: table)
---@return fun() stop
function History:follow(changed)
  self.changed = changed
  plan(self)
  return function()
    self.changed = nil
    plan(self)
  end
end

local function numeric(device, id, what)
  capability.check_id(id)
  local known = known_facts.of(device, id)
  if not known then device:value(id) end -- raises the error
  if known.type and known.type ~= "number" then
    invalid("%s takes a capability with numbers, and %s is a %s.", what, id, known.type)
  end
  return known
end

local function history_of(device, id, seconds)
  local self = setmetatable({
    device = device, key = id, window = Window.new(seconds),
  }, History)
  local cache = Cache.of(device.home, "device")
  local stop = members.follow_one(cache, device, id, function(event) on_event(self, event) end)
  begin(self)
  return self, function()
    stop()
    self.changed = nil
    plan(self)
  end
end

local function source_of(history, device, id, how)
  local source = {}
  function source.facts() return known_facts.of(device, id) or {} end
  function source.follow(changed) return history:follow(changed) end
  function source.now() return history.window[how](history.window, now_of(history)) end
  source.read = function() return (source.now()) end
  return source
end

-- Name of a result -> its suffix in the text of the value.
local hows = { mean = "", min = ", 'min'", max = ", 'max'" }

-- scope -> home -> the values that the script has made, by what they are
local kept = setmetatable({}, { __mode = "k" })

local function values_in(scope, home)
  kept[scope] = kept[scope] or setmetatable({}, { __mode = "k" })
  kept[scope][home] = kept[scope][home] or {}
  return kept[scope][home]
end

-- Makes a value, or returns the existing one of the script: that one has the history.
local function value_of(device, id, window, how, what)
  numeric(device, id, "device:" .. what)
  local seconds = duration.seconds(window, "device:" .. what)
  if seconds < SHORTEST then
    invalid("device:%s takes a time of 1 s or more, not %s.", what, format(window))
  end
  local scope = Scope.current(device.home.scheduler)
  local key = table.concat({ how, device.id, id, seconds }, " ")
  local values = values_in(scope, device.home)
  -- the first value counts for a whole window, so it must not be an old one
  if not values[key] then device:refresh() end
  if values[key] then return values[key] end
  local text = ("%s:%s('%s', %s)"):format(tostring(device), what, id,
    format(window) .. (hows[how] or ""))
  local history, stop = history_of(device, id, seconds)
  local value = Value.new(device.home, text, source_of(history, device, id, how))
  values[key] = value
  Handle.new(scope, text, function()
    values[key] = nil
    stop()
  end, device.home, true)
  return value
end

local rolling = {}

--- The mean, least or greatest value during the last minutes.
---@param device homey.Device
---@param id string
---@param window number|string  seconds, or "5 min"
---@param how? "mean"|"min"|"max"
---@return homey.Value
function rolling.over(device, id, window, how)
  how = how or "mean"
  if not hows[how] then
    invalid("device:rolling takes 'mean', 'min' or 'max', not %s.", format(how))
  end
  return value_of(device, id, window, how, "rolling")
end

--- The change in the last minutes.
---@param device homey.Device
---@param id string
---@param window number|string
---@return homey.Value
function rolling.rate(device, id, window)
  return value_of(device, id, window, "change", "rate")
end

return rolling
