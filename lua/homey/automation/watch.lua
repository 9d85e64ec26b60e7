-- Evaluates a trigger against one value: a capability of a device, a variable, a fact of a user. An
-- edge detects when the value starts to meet the options; timers measure `held` and `debounce`.

local core = require "homey.core"
local capability = require "homey.model.capability"
local edge = require "homey.automation.edge"
local held_record = require("homey.util.lazy") "homey.automation.held_record"
local hub_clock = require "homey.time.hub_clock"
local known_facts = require "homey.model.known"
local events = require "homey.realtime.event"
local format = require "homey.util.format"

---@class homey.Watch
---@field resource homey.Device|homey.Resource
---@field key string      which of its values
---@field level? boolean  a value that meets the options when the watch starts counts, too
local Watch = {}
Watch.__index = Watch

local function stop_timer(self, name)
  local cancel = self[name]
  self[name] = nil
  if cancel then cancel() end
end

-- The key of the trigger in the record of held triggers. It has no line number: that may change
-- between two runs.
local function name_of(self)
  local parts = { self.place:gsub(":%d+$", ""), self.resource.id, self.key }
  for _, name in ipairs { "to", "from", "above", "below", "held" } do
    if self.options[name] ~= nil then
      parts[#parts + 1] = name .. "=" .. format(self.options[name])
    end
  end
  return table.concat(parts, " ")
end

-- Calls the handler when the time of `held` is over. The record makes this happen once for each
-- change of the value, also across restarts.
local function fire_held(self, event)
  local known = known_facts.of(self.resource, self.key)
  local updated = known and known_facts.text(known)
  if self.place and updated then
    held_record.note(self.cache.home, name_of(self), updated)
  end
  self.fire(event)
end

local function wait_held(self, event, seconds)
  stop_timer(self, "holding")
  self.held = events.keep(event)
  self.holding = self.scheduler:later(seconds, function()
    self.holding = nil
    -- while a change waits for its debounce, the call waits too
    if self.quiet then self.due = event else fire_held(self, event) end
  end)
end

-- The seconds of `held` that remain for a value that changed before this program watched it,
-- computed from the hub's time of the change. Negative when `held` is over; nil when the hub does
-- not send the time.
local function left_of(self, known)
  local since, held = known_facts.ms(known), self.options.held
  if not since then return nil end
  return math.min(held - (self.scheduler.core_loop:time() - hub_clock.ours(self.cache.home, since)),
    held)
end

-- Called when the value starts to meet the options. When a reading found the change, it happened
-- some time ago, and that time counts for `held`.
local function on_begin(self, event)
  local held = self.options.held
  if not held then return self.fire(event) end
  local left = event.missed and left_of(self, known_facts.of(self.resource, self.key)) or held
  wait_held(self, event, math.max(left, 0))
end

local IN_TIME = 900 -- a call at most so many seconds late is made without the option `missed`

-- Reports whether the handler is called for a `held` that ended before the program started.
local function is_to_run(self, known, late)
  if not self.place then return self.level end
  local missed = self.options.missed
  if missed == "skip" or missed == nil and late > IN_TIME then return false end
  return not held_record.has_fired(self.cache.home, name_of(self), known_facts.text(known))
end

-- The seconds of `held` that remain when the watch starts; nil when the handler must not be called.
local function left_to_hold(self, known)
  local left = left_of(self, known)
  if not left then return self.level and self.options.held or nil end
  if left > 0 then return left end
  return is_to_run(self, known, -left) and 0 or nil
end

-- Restarts the timer of `held` from the hub's last report: the value may have changed during a gap
-- in the events.
local function hold_anew(self)
  if not self.holding then return end
  local known = known_facts.of(self.resource, self.key)
  wait_held(self, self.held, left_to_hold(self, known) or 0)
end

-- Starts the watch with the known value.
local function start_with_known(self)
  local known, options = known_facts.of(self.resource, self.key), self.options
  self.edge = edge.new(options, known.value, known.getable, known)
  if self.ended and not self.edge.inside then self.ended() end
  if not known.getable then return end -- it has no value between two reports
  if not self.edge.inside or options.from ~= nil or options.to == nil and not self.edge.bounded then
    return
  end
  local left = options.held and left_to_hold(self, known) or self.level and 0
  if not left then return end
  local event = events.of_value(self.cache, self.resource, self.key, known.value,
    { old = known.value, missed = true })
  if left > 0 then return wait_held(self, event, left) end
  if options.held then fire_held(self, event) else self.fire(event) end
end

local function apply_event(self, event)
  if self.resource.readings then self.edge.known = known_facts.of(self.resource, self.key) end
  local starts, ends = self.edge:enter(event.old, event.value)
  if event.own and self.options.own == false then starts = false end
  -- a report of the same value does not restart `held`
  if self.options.held and starts
    and capability.is_same(self.edge.known, event.old, event.value) then
    return
  end
  if starts or ends then self.due = nil end
  if ends then
    if self.holding then stop_timer(self, "holding") end
    if not starts and self.ended then self.ended() end
  end
  if starts then on_begin(self, event) end
end

-- Makes the call of a `held` that ended during a debounce, when the value was the same after it.
local function fire_due(self)
  local due = self.due
  self.due = nil
  if due then fire_held(self, due) end
end

-- A copy of the event with another old value.
local function since(event, old)
  local copy = {}
  for name, value in pairs(event) do copy[name] = value end
  copy.old = old
  return events.keep(copy)
end

-- A value that keeps changing is applied after PATIENCE times the debounce.
local PATIENCE = 10

local function apply_when_quiet(self, event)
  local now, debounce = self.scheduler.core_loop:now(), self.options.debounce
  if not self.quiet then self.first, self.quiet_by = event.old, now + PATIENCE * debounce end
  local first = self.first
  events.keep(event)
  stop_timer(self, "quiet")
  self.quiet = self.scheduler:later(math.min(debounce, self.quiet_by - now), function()
    self.quiet = nil
    apply_event(self, since(event, first))
    fire_due(self)
  end)
end

local function asks_for_null(options)
  for _, name in ipairs { "to", "from" } do
    local wanted = options[name]
    if wanted == core.null then return true end
    for _, each in ipairs(type(wanted) == "table" and wanted or {}) do
      if each == core.null then return true end
    end
  end
  return false
end

-- Skips a null between two values, such as a device sends while its app restarts: the value after
-- it is compared with the value before it. Returns the event to apply, or nil.
local function beyond_null(self, event)
  if event.value == nil then
    if not self.passed_null then self.passed_null, self.before_null = true, event.old end
    return nil
  end
  if not self.passed_null then return event end
  self.passed_null = false
  return since(event, self.before_null)
end

-- Stops the timers when the resource is gone. When only a reading did not find it (`found`), it may
-- come back: its last value and the event of a running `held` are kept.
local function depart(self, found)
  local known = found and self.resource.record and known_facts.of(self.resource, self.key)
  self.last, self.due, self.kept = nil, nil, nil
  if known then self.last, self.kept = known.value, self.holding and self.held end
  if known and self.quiet then self.last = self.first end
  stop_timer(self, "holding")
  stop_timer(self, "quiet")
  if self.ended then self.ended(not found) end
end

-- Continues when the resource is back. Its value may have changed meanwhile.
local function come_back(self)
  local known, last, kept = known_facts.of(self.resource, self.key), self.last, self.kept
  self.last, self.kept = nil, nil
  if not known then return end
  local is_same = capability.is_same(known, known.value, last)
  if kept and is_same then
    return wait_held(self, kept, math.max(left_of(self, known) or self.options.held, 0))
  end
  if last == nil or is_same then return start_with_known(self) end
  apply_event(self,
    events.of_value(self.cache, self.resource, self.key, known.value,
      { old = last, missed = true }))
end

-- Handles an event that says that the resource is gone, lost (it stayed away) or back.
local function on_presence(self, event)
  if event.lost then return self.ended and self.ended(true) end
  if event.gone then return depart(self, event.found) end
  if event.back then return come_back(self) end
end

-- Handles a reading that shows that the known value was outdated, or may have changed in between.
local function on_base(self, event)
  if event.anew then return hold_anew(self) end
  stop_timer(self, "holding")
  return start_with_known(self)
end

local function on_event(self, event)
  local key = event.key
  if self.stopped or key ~= self.key then
    if not (key or self.stopped) then on_presence(self, event) end
    return
  end
  if event.base then return on_base(self, event) end
  if self.passes_null and self.edge.lasting then event = beyond_null(self, event) end
  if not event then return end
  if self.options.debounce then return apply_when_quiet(self, event) end
  apply_event(self, event)
end

local goes_with_every = { once = true, mode = true, own = true }

-- Reports whether every report of somebody else calls the handler; then no values are compared.
local function is_every(options)
  for name in pairs(options) do
    if not goes_with_every[name] then return false end
  end
  return true
end

-- The value of `to`, when a report of any other value has no effect: nothing ends with it, and no
-- number is the same as another one.
local function only_value(options, ended)
  local to = options.to
  if ended or options.held or options.debounce or type(to) == "table" or type(to) == "number" then
    return nil
  end
  return to
end

local watch = {}

--- Watch a value: call fire(event, value, resource, event) when it starts to meet the options.
---@param cache homey.Cache
---@param resource homey.Device|homey.Resource
---@param key string
---@param options homey.TriggerOptions  checked
---@param fire fun(event: homey.Event, value: any, resource: any, again: homey.Event)
---@param level? boolean  a value that meets the options now counts, too
---@param ended? fun(gone: boolean?)  called when the value stops to meet the options, or is gone
---@param place? string  "evening.lua:12": the trigger's `held` continues after a restart
---@return fun() stop
function watch.start(cache, resource, key, options, fire, level, ended, place)
  local self = setmetatable({
    cache = cache, resource = resource, key = key, options = options, level = level,
    ended = ended,
    fire = function(event) fire(event, event.value, resource, event) end,
    place = place, scheduler = cache.home.scheduler, passes_null = not asks_for_null(options),
    stopped = false, passed_null = false,
  }, Watch)
  local every, only = is_every(options), only_value(options, ended)
  local apply = options.debounce and apply_when_quiet or apply_event
  local stop = cache:watch(resource, function(event, id, value)
    if id == nil or self.passed_null then return on_event(self, event) end
    if id ~= key or only ~= nil and value ~= only then return end
    if every then return fire(event, value, resource, event) end
    return apply(self, event)
  end, true)
  start_with_known(self)
  return function()
    self.stopped = true
    stop()
    stop_timer(self, "holding")
    stop_timer(self, "quiet")
  end
end

return watch
