-- Reverts: set(..., { revert_after = "5 min" }) sets a capability back to its earlier value, unless
-- somebody else changes it first. A revert survives the end of its script and a restart of the
-- program.
--
-- Invariant: a revert stays stored until it is done, is no longer needed, or can never be done.
-- While the hub is unreachable it is tried again, with backoff. A value that somebody else has
-- changed meanwhile is not set back.

local Cache = require "homey.realtime.cache"
local Task = require "homey.task.task"
local backoff = require "homey.util.backoff"
local capability = require "homey.model.capability"
local clock = require "homey.time.clock"
local home_log = require "homey.task.home_log"
local invalid = require "homey.util.invalid"
local known_facts = require "homey.model.known"
local lifecycle = require "homey.task.lifecycle"
local log = require "homey.util.log"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local error_text = require "homey.util.error_text"
local retry = require "homey.write.retry"
local store = require "homey.write.revert_store"
local try = require "homey.task.try"
local write = require "homey.write.write"

local clock_check = 60 -- seconds between two checks whether the machine's clock is set
local moving = 60 -- seconds that a blind may take to reach its position
local fading = 2 -- seconds that a lamp may take to reach its level
local still = 10 -- seconds without a report after which a device counts as no longer moving

---@class homey.Revert  a capability that will be set back
---@field device homey.Device
---@field id string       of the capability
---@field value any       the value to set back to
---@field set any         the value that was set
---@field from? any       the value before the set
---@field settles? number end of the time that the device may be moving, on the monotonic clock
---@field heard? number   when it last reported a value, on that clock
---@field cause homey.Cause
---@field renews? boolean it replaces a revert to the same value
---@field tries integer   failed tries since it was due
---@field tried? number    when the last try began, on that clock
---@field logged? boolean a failure was logged
---@field stop fun()      ends the wait for its time, or for the next try
---@field unwatch? fun()  stops to watch the device
---@field forget fun()    removes the function that runs when the home is closed

local revert = {}

local armed = setmetatable({}, { __mode = "k" }) -- device -> capability -> homey.Revert

local function of(device)
  armed[device] = armed[device] or {}
  return armed[device]
end

local function is_armed(back)
  return of(back.device)[back.id] == back
end

local function disarm(back)
  if not is_armed(back) then return end
  of(back.device)[back.id] = nil
  back.forget()
  back.stop()
  if back.unwatch then back.unwatch() end
end

local function drop(back)
  if not is_armed(back) then return end
  disarm(back)
  store.forget(back.device, back.id)
end

-- Reports whether the device still has the value that was set. A device may round: 0.39 for 0.4.
local function is_so(back, value)
  local known = back.device.record and back.device.record.capabilities[back.id]
  return capability.is_near(known or {}, value, back.set)
end

local function is_between(value, a, b)
  return type(value) == "number" and type(a) == "number" and type(b) == "number"
    and (value - a) * (value - b) <= 0
end

-- Reports whether a value is an intermediate one of a device that moves to the value that was set,
-- and so was not set by somebody else.
local function is_on_its_way(back, value)
  if not back.settles or not is_between(value, back.from, back.set) then return false end
  local now = back.device.home.scheduler.core_loop:now()
  return now < back.settles and (not back.heard or now - back.heard < still)
end

local function is_ours(back, value)
  return is_so(back, value) or is_on_its_way(back, value)
end

-- ---- setting back -------------------------------------------------------------------------------

local function log_failure(back, level, words, err)
  home_log.throttled(back.device.home, ("revert %s %s %s"):format(back.device.id, back.id, words),
    level,
    ("%s: %s %s: %s"):format(tostring(back.device), back.id, words, error_text(err)))
end

local try_once

local function start_try(back)
  local scheduler = back.device.home.scheduler
  back.cause.at, back.tried = scheduler.core_loop:time(), scheduler.core_loop:now()
  Task.start(scheduler, { cause = back.cause }, try_once, back)
end

-- Tries again later. `err` is the error of the last try, or nil when a retry of a set comes first.
local function try_later(back, err)
  if err and not back.logged then
    log_failure(back, "warning", "could not be set back yet. It is tried again", err)
  end
  back.logged, back.tries = back.logged or err ~= nil, back.tries + 1
  back.stop = backoff.later(back.device.home, backoff.delay(back.tries), { back.device },
    back.tried, function() start_try(back) end)
end

-- Sets the value back, unless somebody else has changed it. In a dry run nothing was set, so there
-- is nothing to compare. The pipeline then calls revert.overruled, which drops the revert.
local function set_back(back)
  local device = back.device
  device:get(back.id)
  local value = device:value(back.id)
  if not is_armed(back) then return true end
  if not device.home.dry_run and not is_ours(back, value) then
    drop(back)
    return true
  end
  local each = write.value(device, back.id, back.value)
  each.restores = true
  device.home:write { each }
  return true
end

-- Errors that stay the same, however often the program tries.
local permanent = { invalid = true, forbidden = true, not_found = true }

local function is_unknown(err)
  return type(err) == "table" and err.kind == "not_found"
end

-- Reports whether a device that was not found has been deleted. A hub that is starting finds no
-- device either, but then its list of devices is empty.
local function is_gone(device)
  local cache = device.home.cache
  if device.gone then return not (cache and cache:may_return(device)) end
  local list = try(device.home.devices, device.home)
  for _, each in ipairs(list or {}) do
    if each == device then return false end
  end
  return list ~= nil and #list > 0
end

local starting = 10 -- tries during which a hub that is starting may not know the device yet

function try_once(back)
  -- a retry of a set of this capability goes first
  if retry.waits(back.device, back.id) then return try_later(back) end
  local done, err = try(set_back, back)
  if done or not is_armed(back) then return end
  local unknown = is_unknown(err)
  if unknown and is_gone(back.device) then return drop(back) end
  if backoff.is_transient(err) or unknown and back.tries < starting then
    return try_later(back, err)
  end
  log_failure(back, "error", "could not be set back", err)
  -- the next run tries again
  if type(err) == "table" and permanent[err.kind] then drop(back) else disarm(back) end
end

-- ---- waiting ------------------------------------------------------------------------------------

local function wait(back, seconds)
  back.stop = back.device.home.scheduler:later(seconds, function() start_try(back) end)
end

-- Waits until the time `at`, which an earlier run has stored, and at most for `seconds`. A machine
-- without a battery starts with a wrong clock: then it first waits until the clock is set.
local function wait_until(back, at, seconds)
  local scheduler = back.device.home.scheduler
  local ends = scheduler.core_loop:now() + seconds
  local function step()
    local now, left = scheduler.core_loop:time(), ends - scheduler.core_loop:now()
    if now >= clock.plausible then return wait(back, math.max(0, math.min(at - now, seconds))) end
    if left <= 0 then return start_try(back) end
    back.stop = scheduler:later(math.min(left, clock_check), step, true)
  end
  step()
end

local function nothing() end

local function arm(device, id, fields)
  local back, home = fields, device.home
  back.device, back.id, back.tries, back.stop = device, id, 0, nothing
  back.forget = lifecycle.on_close(home, function() disarm(back) end) -- the store keeps it
  home.reverting = true
  of(device)[id] = back
  return back
end

local function watch(back)
  back.unwatch = back.device.home.cache:watch(back.device, function(event)
    if event.capability ~= back.id then return end
    if event.value ~= event.old and not event.own and not is_ours(back, event.value) then
      return drop(back)
    end
    if not event.own then back.heard = back.device.home.scheduler.core_loop:now() end
  end)
end

local function describe_cause(device, id)
  return ("revert_after was over for %s: %s"):format(tostring(device), id)
end

-- The time by which the device has reached the value. A blind takes longer than a lamp, and so does
-- a set with a duration.
local function settled_at(each)
  local sent, now = each.options.sent, each.device.home.scheduler.core_loop:now()
  local slow = sent or each.capability:find "^windowcoverings"
  return now + (slow and math.max(moving, sent and sent.duration / 1000 or 0) or fading)
end

local function store_revert(each, value, seconds)
  local home = each.device.home
  if home.dry_run then return end
  store.note(each.device, each.capability, {
    value = value, set = each.value, at = home.scheduler.core_loop:time() + seconds,
    seconds = seconds,
  })
end

-- Starts a revert that sets the value back after `seconds`. It replaces a pending one of the
-- capability.
local function begin(each, value, seconds, entry)
  local device, id = each.device, each.capability
  local before = of(device)[id]
  local renews = before ~= nil and before.value == value
  if before then disarm(before) end
  if not (each.revert and each.revert.noted) then store_revert(each, value, seconds) end
  local from = each.revert and each.revert.from
  local settles = settled_at(each)
  local back = arm(device, id,
    { value = value, set = each.value, from = from, renews = renews, settles = settles, cause = {
    text = describe_cause(device, id), depth = 0, entry = entry,
    handler = each.place or each.cause and each.cause.handler,
  } })
  wait(back, seconds)
  watch(back)
  return back
end

-- ---- called by the pipeline ---------------------------------------------------------------------

-- Asks the guards about the value to set back to. This is done when the revert is requested, so
-- that no guard can stop it later.
local function check_guards(each, value)
  local guards = each.home.guards
  local why = guards and guards:objection(each.device, each.capability, value)
  if not why then return end
  local back = { device = each.device, capability = each.capability, value = value }
  raise(new_error("forbidden", ("%s is not sent: %s"):format(write.describe(back), why)))
end

--- Note the value to which a capability will be set back. When a revert of it is pending, that
--- revert's value is used.
---@param each homey.Write
---@param seconds number
function revert.before(each, seconds)
  local device, id = each.device, each.capability
  Cache.of(device.home, "device")
  device.home:resume()
  local waiting, from = of(device)[id], device:value(id)
  local value = from
  if waiting and is_ours(waiting, from) then value = waiting.value end
  -- At a retry the device may already have the new value: the first try was carried out, and its
  -- answer was lost.
  local known = known_facts.of(device, id)
  if each.revert and capability.is_near(known, value, each.value) then return end
  if value == nil then
    invalid("%s: %s has no value yet that it could be set back to.", tostring(device), id)
  end
  check_guards(each, value)
  each.revert = { value = value, seconds = seconds, from = from }
end

--- Store the reverts of writes that are about to be sent, on disk: the program may be killed at any
--- moment after that.
---@param home homey.Home
---@param writes homey.Write[]
function revert.note(home, writes)
  local noted = false
  for _, each in ipairs(writes) do
    if each.revert then
      store_revert(each, each.revert.value, each.revert.seconds)
      each.revert.noted, noted = true, true
    end
  end
  if noted and not home.dry_run then store.save(home) end
end

--- Start the wait of the revert when its write is sent. The answer may get lost, or the task may
--- have ended when it comes.
---@param each homey.Write
function revert.arm(each)
  each.revert.back = begin(each, each.revert.value, each.revert.seconds, each.entry)
end

--- Note that the write took effect. Somebody else's change may have dropped the revert since the
--- write was sent. The hub made that change first, so the revert starts again.
---@param each homey.Write
function revert.made(each)
  local back = each.revert.back
  if not (back and is_armed(back)) then revert.arm(each) end
end

--- Drop the revert of a write that failed, unless the hub may have carried out the write.
---@param each homey.Write
---@param err homey.Error
function revert.failed(each, err)
  local back = each.revert.back
  if back and not back.renews and not backoff.is_transient(err) and err.kind ~= "cancelled" then
    drop(back)
  end
end

--- Restart the wait of a pending revert. Called for a write that was skipped because the device
--- already has the value.
---@param each homey.Write
---@param seconds number
function revert.renew(each, seconds)
  Cache.of(each.device.home, "device")
  each.device.home:resume()
  local waiting = of(each.device)[each.capability]
  if not (waiting and is_so(waiting, each.value)) then return end
  begin(each, waiting.value, seconds, waiting.cause.entry)
  if not each.device.home.dry_run then store.save(each.device.home) end
end

--- Drop a pending revert. Called when the program sets the capability without revert_after, and
--- when the revert itself has set it back.
---@param each homey.Write
function revert.overruled(each)
  local waiting = of(each.device)[each.capability]
  if waiting then drop(waiting) end
end

--- Reports whether a capability of a device will be set back.
---@param device homey.Device
---@param id string
---@return boolean
function revert.waits(device, id)
  return of(device)[id] ~= nil
end

-- ---- after a restart ----------------------------------------------------------------------------

local function resume_one(home, entry)
  local device, id = home:device(entry.device), entry.capability
  if of(device)[id] then return nil end -- this run has set it already
  local back = arm(device, id, { value = entry.value, set = entry.set, cause = {
    text = describe_cause(device, id) .. ", as a run before this one asked", depth = 0,
  } })
  wait_until(back, entry.at,
    entry.seconds or math.max(0, entry.at - home.scheduler.core_loop:time()))
  return back
end

-- Drops the reverts of values that somebody else has changed, and watches the others for changes.
local function drop_outdated(backs)
  for _, back in ipairs(backs) do
    if is_armed(back) then
      if not back.unwatch then watch(back) end
      local value, err = try(back.device.get, back.device, back.id)
      local gone = is_unknown(err) and is_gone(back.device)
      if gone or not err and not is_so(back, value) then drop(back) end
    end
  end
  return true
end

-- Watches the devices of the reverts as soon as the hub answers. The reverts wait meanwhile.
local function watch_all(home, backs, tries)
  local began = home.scheduler.core_loop:now()
  local done, err = try(function()
    Cache.of(home, "device")
    return drop_outdated(backs)
  end)
  if done or not home.client then return end
  if not backoff.is_transient(err) then
    return log("warning", "pending reverts cannot be watched: " .. error_text(err), home.label)
  end
  local forget
  local stop = backoff.later(home, backoff.delay(tries), {}, began, function()
    forget()
    Task.start(home.scheduler, {}, watch_all, home, backs, tries + 1)
  end)
  forget = lifecycle.on_close(home, stop)
end

--- Continue the reverts that earlier runs have stored. One whose value somebody else has changed is
--- dropped.
---@param home homey.Home
function revert.resume(home)
  local backs = {}
  for _, entry in ipairs(store.left(home)) do backs[#backs + 1] = resume_one(home, entry) end
  if #backs > 0 then watch_all(home, backs, 1) end
end

return revert
