-- Retry of writes: set(..., { within = "1 h" }) sends a write again, with backoff, that failed
-- because the hub or the device is out of reach.
--
-- Invariant: the last set of a capability counts. It stops the retries of an earlier one, which
-- then reports no error.

local backoff = require "homey.util.backoff"
local home_log = require "homey.task.home_log"
local hub_clock = require "homey.time.hub_clock"
local known_facts = require "homey.model.known"
local lifecycle = require "homey.task.lifecycle"
local error_text = require "homey.util.error_text"
local format = require "homey.util.format"
local write = require "homey.write.write"

---@class homey.Retry
---@field ends number   end of the retries, on the monotonic clock
---@field over boolean  a later set has replaced it
---@field tried number  start of the last try, on that clock
---@field set number    time of the set, seconds since 1970
---@field wake? fun()   ends the wait for the next try

local retry = {}

--- Make a retry that ends after some seconds.
---@param home homey.Home
---@param seconds number
---@return homey.Retry
function retry.new(home, seconds)
  local now = home.scheduler.core_loop:now()
  return { ends = now + seconds, tried = now, set = home.scheduler.core_loop:time(), over = false }
end

local function give_way(mine)
  mine.over = true
  if mine.wake then mine.wake() end
end

--- Note that these writes are the last ones of their capabilities; stop the retries of earlier
--- ones.
---@param home homey.Home
---@param writes homey.Write[]
function retry.begin(home, writes)
  home.retries = home.retries or setmetatable({}, { __mode = "k" })
  for _, each in ipairs(writes) do
    local of = home.retries[each.device] or {}
    local before = of[each.capability]
    if not each.restores then
      home.retries[each.device], of[each.capability] = of, each.retry
      if before and before ~= each.retry then give_way(before) end
    end
  end
end

--- Copy a write that is sent later, once. As for a write that is retried, a later set replaces it.
---@param each homey.Write
---@return homey.Write later
function retry.claim(each)
  local later = write.again(each)
  later.retry = retry.new(each.device.home, 0)
  retry.begin(each.device.home, { later })
  return later
end

--- Reports whether a write of this capability waits for its next try.
---@param device homey.Device
---@param capability string
---@return boolean
function retry.waits(device, capability)
  local of = device.home.retries and device.home.retries[device]
  local mine = of and of[capability]
  return mine and mine.wake ~= nil or false
end

-- The indexes of the writes to try again. A write that a later set has replaced has not failed.
local function indexes_to_retry(writes, now)
  local places = {}
  for i, each in ipairs(writes) do
    local mine = each.retry
    if mine and mine.over then
      each.failure = nil
    elseif mine and now < mine.ends and backoff.is_transient(each.failure) then
      places[#places + 1] = i
    end
  end
  return places
end

local function log_retry(home, writes, places)
  local each = writes[places[1]]
  local others = #places > 1 and (" and %d more"):format(#places - 1) or ""
  local text = ("%s: %s = %s%s could not be set yet, and is tried again: %s"):format(
    tostring(each.device), each.capability, format(each.value == nil and each.given or each.value),
    others, error_text(each.failure))
  home_log.throttled(home, ("retry %s %s"):format(each.device.id, each.capability), "warning", text,
    home_log.of(home))
end

-- Reports whether an event shows that somebody else has set the capability after this write. When a
-- reading found the change, the hub's time of the change is compared.
local function is_overtaken(each, event)
  if event.capability ~= each.capability or event.own or event.value == event.old then
    return false
  end
  if not event.missed then return true end
  local known = known_facts.of(each.device, each.capability)
  local at = known and known_facts.ms(known)
  return at ~= nil and hub_clock.ours(each.device.home, at) > each.retry.set
end

-- Stops a retry when somebody else changes the capability.
local function watch(home, waiting)
  local stops = {}
  for i, each in ipairs(home.cache and waiting or {}) do
    stops[i] = home.cache:watch(each.device, function(event)
      if is_overtaken(each, event) then give_way(each.retry) end
    end)
  end
  return function()
    for _, stop in ipairs(stops) do stop() end
  end
end

-- Waits until the next try may succeed, a write is replaced, or the time of a retry is over.
local function pause(home, waiting, tries)
  local scheduler = home.scheduler
  local promise, seconds, devices, since = scheduler:promise(), backoff.delay(tries), {}, math.huge
  local function wake() scheduler:resolve(promise, true) end
  for i, each in ipairs(waiting) do
    each.retry.wake, devices[i] = wake, each.device
    seconds = math.min(seconds, each.retry.ends - scheduler.core_loop:now())
    since = math.min(since, each.retry.tried)
  end
  local unwatch = watch(home, waiting)
  local forget = lifecycle.on_close(home, wake) -- the next try raises the error
  local stop = backoff.later(home, seconds, devices, since, wake)
  scheduler:settle_then(promise, function()
    stop()
    unwatch()
    forget()
    for _, each in ipairs(waiting) do each.retry.wake = nil end
  end)
end

--- Try failed writes again, as long as they may succeed and are not replaced.
---@param home homey.Home
---@param writes homey.Write[]  each retry replaces its write in this list
---@param try_again fun(home: homey.Home, writes: homey.Write[])
function retry.go_on(home, writes, try_again)
  local tries, places = 1, indexes_to_retry(writes, home.scheduler.core_loop:now())
  if #places > 0 then log_retry(home, writes, places) end
  while #places > 0 do
    local list = {}
    for i, place in ipairs(places) do list[i] = write.again(writes[place]) end
    pause(home, list, tries)
    local wanted = {}
    for i, place in ipairs(places) do
      if list[i].retry.over then
        writes[place].failure = nil
      else
        list[i].retry.tried = home.scheduler.core_loop:now()
        writes[place], wanted[#wanted + 1] = list[i], list[i]
      end
    end
    try_again(home, wanted)
    tries, places = tries + 1, indexes_to_retry(writes, home.scheduler.core_loop:now())
  end
end

return retry
