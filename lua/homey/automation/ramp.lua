-- Ramp: moves a value of a device to another one in small steps, over minutes. It ends when
-- anything but the ramp sets the value, or switches the device off, and when another ramp of the
-- value begins.

local Cache = require "homey.realtime.cache"
local Task = require "homey.task.task"
local backoff = require "homey.util.backoff"
local capability = require "homey.model.capability"
local duration = require "homey.util.duration"
local fiber = require "homey.task.fiber"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local known_facts = require "homey.model.known"
local pipeline = require "homey.write.pipeline"
local raise = require "homey.util.raise"
local try = require "homey.task.try"
local write = require "homey.write.write"

local shortest = 1 -- seconds between two steps
local most = 100   -- steps
local slack = 0.03 -- of the range: a device may report what it was set to so much off

---@class homey.Ramp
---@field device homey.Device
---@field id string        of the capability
---@field known homey.Capability
---@field from number
---@field to number
---@field seconds number
---@field steps integer
---@field low? number      the lowest and the highest value that was set
---@field high? number
---@field ended? boolean   something else has set the value

-- ---- planning -----------------------------------------------------------------------------------

local function numeric(device, id)
  capability.check_id(id)
  local known = known_facts.of(device, id)
  if not known then
    raise(device:error("not_found", capability.missing(device.capabilities, id)))
  end
  if known.type ~= "number" or not (known.min and known.max) then
    raise(device:error("invalid", ("%s has no range, so it cannot be ramped."):format(id)))
  end
  return known
end

-- The value to reach: a number, or a text such as "50%".
local function target_of(device, known, to)
  if type(to) == "string" and capability.is_relative(to) then
    local value, step, sentence = capability.read(known, to)
    if sentence then raise(device:error("invalid", sentence)) end
    to = step and known.value and capability.stepped(known, known.value, step) or value
  end
  local objection = device:objection(known.id, to)
  if objection then raise(objection) end
  return to
end

local function is_off(device)
  local onoff = known_facts.all(device).onoff
  return onoff ~= nil and onoff.settable and onoff.value == false
end

-- A device that is off begins at the bottom of the range, whatever it was dimmed to before.
local function start_of(device, known, to)
  if is_off(device) and to > known.min then return known.min end
  if type(known.value) ~= "number" then
    raise(device:error("invalid", ("%s has no value to start from."):format(known.id)))
  end
  return known.value
end

local function steps_of(known, from, to, seconds)
  local range = known.max - known.min
  local resolution = known.step or known.decimals and 10 ^ -known.decimals or range / most
  local count = math.min(math.abs(to - from) / resolution, seconds / shortest, most)
  return math.max(math.floor(count + 0.5), 1)
end

-- ---- running ------------------------------------------------------------------------------------

-- Reports whether a report is the device's reading of what the ramp has set.
local function is_ours(self, value)
  local margin = slack * (self.known.max - self.known.min)
  return type(value) == "number" and self.low ~= nil
    and value >= self.low - margin and value <= self.high + margin
end

local function ends_it(self, event)
  if event.gone then return true end
  if event.base then return false end
  if event.key == "onoff" then return event.value == false end
  if event.key ~= self.id then return false end
  return not (event.own and is_ours(self, event.value)
    or capability.is_same(self.known, event.value, self.last))
end

-- Sets one step. The next step follows all the same when the hub or the device is out of reach.
local function set_step(self, i)
  local value = i == self.steps and self.to or self.from + (self.to - self.from) * i / self.steps
  value = capability.fit(self.known, value)
  if capability.is_same(self.known, value, self.last) then return end
  self.low = math.min(value, self.last or value)
  self.high = math.max(value, self.last or value)
  self.last = value
  local writes = { write.value(self.device, self.id, value) }
  if self.first and is_off(self.device) and value > self.known.min then
    writes[2] = write.value(self.device, "onoff", true)
  end
  local _, err = try(pipeline.set, self.device.home, writes)
  if err and (i == self.steps or not (backoff.is_transient(err) or err.kind == "unavailable")) then
    raise(err)
  end
  self.first = self.first and err ~= nil
end

-- Sleeps until a moment of the monotonic clock, or until the ramp has ended.
local function sleep_until(self, scheduler, at)
  while not self.ended and scheduler.core_loop:now() < at do
    local sleeper = scheduler:sleeper()
    self.wake = function() sleeper:wake() end
    local cancel = scheduler:later(at - scheduler.core_loop:now(), self.wake)
    local reason = sleeper:sleep()
    cancel()
    self.wake = nil
    if reason then raise(reason) end
  end
end

-- Late steps are skipped: the value follows the time.
local function climb(self, scheduler)
  local began, step = scheduler.core_loop:now(), self.seconds / self.steps
  local i = 0
  while i < self.steps and not self.ended do
    sleep_until(self, scheduler, began + (i + 1) * step)
    if self.ended then break end
    i = math.min(math.floor((scheduler.core_loop:now() - began) / step + 0.001), self.steps)
    set_step(self, i)
  end
  return not self.ended
end

local function finish(self)
  self.ended = true
  if self.wake then self.wake() end
end

-- device -> capability -> the ramp that runs: a later one takes its place
local running = setmetatable({}, { __mode = "k" })

local function take_place(self)
  local ramps = running[self.device] or {}
  running[self.device] = ramps
  local other = ramps[self.id]
  ramps[self.id] = self
  if other then finish(other) end
end

local function leave_place(self)
  local ramps = running[self.device]
  if ramps[self.id] ~= self then return end
  ramps[self.id] = nil
  if next(ramps) == nil then running[self.device] = nil end
end

local function run(self, cache)
  local scheduler = self.device.home.scheduler
  local stop = cache:watch(self.device, function(event)
    if not self.ended and ends_it(self, event) then finish(self) end
  end)
  take_place(self)
  local ok, reached = fiber.pcall(climb, self, scheduler) -- try would not return after a cancel
  leave_place(self)
  stop()
  if not ok then error(reached, 0) end
  return reached
end

--- device:ramp
---@param device homey.Device
---@param id string
---@param to number|string
---@param time number|string
---@return homey.Task
return function(device, id, to, time)
  local seconds = duration.seconds(time, "ramp")
  if seconds <= 0 or seconds > 86400 then
    invalid("ramp takes a time of more than 0 s and at most a day, not %s.", format(time))
  end
  local cache = Cache.of(device.home, "device")
  if not cache:knows(device) then device:refresh() end
  local known = numeric(device, id)
  to = target_of(device, known, to)
  local from = start_of(device, known, to)
  local self = {
    device = device, id = id, known = known, from = from, to = to, seconds = seconds,
    steps = steps_of(known, from, to, seconds), first = true,
  }
  return Task.start(device.home.scheduler, nil, run, self, cache)
end
