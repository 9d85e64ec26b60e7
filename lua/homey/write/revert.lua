-- Reverts: set(..., { revert_after = "5 min" }) sets a capability back to its value before, unless
-- somebody else changes it first. A revert survives the end of its script and a restart of the
-- program.
--
-- Invariant: a revert stays stored until it is done, is not needed any more, or can never be done.
-- While the hub is away it is tried again, with backoff. A value that somebody has changed
-- meanwhile is left as it is.

local Cache = require "homey.realtime.cache"
local Task = require "homey.task.task"
local backoff = require "homey.util.backoff"
local capability = require "homey.model.capability"
local clock = require "homey.time.clock"
local home_log = require "homey.task.home_log"
local invalid = require "homey.util.invalid"
local lifecycle = require "homey.task.lifecycle"
local log = require "homey.util.log"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local raised = require "homey.util.error_text"
local retry = require "homey.write.retry"
local store = require "homey.write.revert_store"
local try = require "homey.task.try"
local write = require "homey.write.write"

local look = 60 -- seconds between two looks at a clock that is not set yet
local moving = 60 -- seconds that a blind may take to reach its position
local fading = 2 -- seconds that a lamp may take to reach its level
local still = 10 -- seconds without a report after which a device does not move any more

---@class homey.Revert  a capability that will be set back
---@field device homey.Device
---@field id string       of the capability
---@field value any       the value that it goes back to
---@field set any         the value that it was set to
---@field from? any       the value just before
---@field settles? number until when the device may be on its way, on the monotonic clock
---@field heard? number   when it last reported a value, on that clock
---@field cause homey.Cause
---@field renews? boolean it replaces a revert to the same value
---@field tries integer   failed tries since it was due
---@field tried? number    when the last try began, on that clock
---@field logged? boolean a failure was logged
---@field stop fun()      ends the wait for its time, or for the next try
---@field unwatch? fun()
---@field forget fun()    undoes that it ends with its home

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

-- Does the device still have the value that was set? It may round it: 0.39 for 0.4.
local function is_so(back, value)
  local known = back.device.record and back.device.record.capabilities[back.id]
  return capability.is_near(known or {}, value, back.set)
end

local function is_between(value, a, b)
  return type(value) == "number" and type(a) == "number" and type(b) == "number"
    and (value - a) * (value - b) <= 0
end

-- Is this an intermediate value on the way to the one that was set? Then nobody else has set it.
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
    ("%s: %s %s: %s"):format(tostring(back.device), back.id, words, raised(err)))
end

local try_once

local function start_try(back)
  local scheduler = back.device.home.scheduler
  back.cause.at, back.tried = scheduler.core_loop:time(), scheduler.core_loop:now()
  Task.start(scheduler, { cause = back.cause }, try_once, back)
end

-- `err`: why the last try failed; nil where another set comes first.
local function try_later(back, err)
  if err and not back.logged then
    log_failure(back, "warning", "could not be set back yet, and is tried again", err)
  end
  back.logged, back.tries = back.logged or err ~= nil, back.tries + 1
  back.stop = backoff.later(back.device.home, backoff.delay(back.tries), { back.device },
    back.tried, function() start_try(back) end)
end

-- In a dry run nothing was set that could be read. The pipeline drops the revert by
-- revert.overruled, as for every set.
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

-- Errors that neither another try nor another run will mend.
local permanent = { invalid = true, forbidden = true, not_found = true }

local function is_unknown(err)
  return type(err) == "table" and err.kind == "not_found"
end

-- A device that is not found may be deleted, or the hub is still starting: the list of devices
-- shows which.
local function is_gone(device)
  local cache = device.home.cache
  if device.gone then return not (cache and cache:may_return(device)) end
  local list = try(device.home.devices, device.home)
  for _, each in ipairs(list or {}) do
    if each == device then return false end
  end
  return list ~= nil and #list > 0
end

local starting = 10 -- tries for which a hub that does not know the device may still be starting

function try_once(back)
  -- another set is about to be tried
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

-- Wait until the time that an earlier run has stored. A wrong clock makes the wait no longer than
-- `seconds`; while the clock is not set, the wait is for that, and for `seconds` at most.
local function wait_until(back, at, seconds)
  local scheduler = back.device.home.scheduler
  local ends = scheduler.core_loop:now() + seconds
  local function step()
    local now, left = scheduler.core_loop:time(), ends - scheduler.core_loop:now()
    if now >= clock.plausible then return wait(back, math.max(0, math.min(at - now, seconds))) end
    if left <= 0 then return start_try(back) end
    back.stop = scheduler:later(math.min(left, look), step, true)
  end
  step()
end

local function nothing() end

local function arm(device, id, fields)
  local back, home = fields, device.home
  back.device, back.id, back.tries, back.stop = device, id, 0, nothing
  back.forget = lifecycle.on_close(home, function() disarm(back) end) -- it stays stored
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

-- Until when the device may be on its way to the value: a blind and a set with a duration take
-- longer.
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

-- Start the wait for the time of a revert.
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

-- Guards are asked now, and not when the value goes back: what was allowed to start is allowed to
-- end.
local function check_guards(each, value)
  local guards = each.home.guards
  local why = guards and guards:objection(each.device, each.capability, value)
  if not why then return end
  local back = { device = each.device, capability = each.capability, value = value }
  raise(new_error("forbidden", ("%s is not sent: %s"):format(write.describe(back), why)))
end

--- Note the value that a capability goes back to. Where a revert is pending already, its value is
--- kept.
---@param each homey.Write
---@param seconds number
function revert.before(each, seconds)
  local device, id = each.device, each.capability
  Cache.of(device.home, "device")
  device.home:resume()
  local waiting, from = of(device)[id], device:value(id)
  local value = from
  if waiting and is_ours(waiting, from) then value = waiting.value end
  -- at another try: the first may have been carried out, and only its answer is lost
  if each.revert and capability.is_near(device:known(id), value, each.value) then return end
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

--- The write is being sent: start the wait now, as its answer may get lost, or its task may have
--- ended when it comes.
---@param each homey.Write
function revert.arm(each)
  each.revert.back = begin(each, each.revert.value, each.revert.seconds, each.entry)
end

--- The write took effect. A change by somebody else while it was in flight came before it.
---@param each homey.Write
function revert.made(each)
  local back = each.revert.back
  if not (back and is_armed(back)) then revert.arm(each) end
end

--- The write failed. Where it may have been carried out all the same, the revert stays.
---@param each homey.Write
---@param err homey.Error
function revert.failed(each, err)
  local back = each.revert.back
  if back and not back.renews and not backoff.is_transient(err) and err.kind ~= "cancelled" then
    drop(back)
  end
end

--- The write was skipped, as the value holds already: a pending revert starts its wait anew.
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

--- The program has set the capability for good, or has set it back: a pending revert is dropped.
---@param each homey.Write
function revert.overruled(each)
  local waiting = of(each.device)[each.capability]
  if waiting then drop(waiting) end
end

-- ---- after a restart ----------------------------------------------------------------------------

local function resume_one(home, entry)
  local device, id = home:device(entry.device), entry.capability
  if of(device)[id] then return nil end -- set again since
  local back = arm(device, id, { value = entry.value, set = entry.set, cause = {
    text = describe_cause(device, id) .. ", as a run before this one asked", depth = 0,
  } })
  wait_until(back, entry.at,
    entry.seconds or math.max(0, entry.at - home.scheduler.core_loop:time()))
  return back
end

-- Drop the reverts of values that somebody has changed since, and watch for changes from now on.
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

-- Watch the reverts as soon as the hub answers. Their waits go on meanwhile.
local function watch_all(home, backs, tries)
  local began = home.scheduler.core_loop:now()
  local done, err = try(function()
    Cache.of(home, "device")
    return drop_outdated(backs)
  end)
  if done or not home.client then return end
  if not backoff.is_transient(err) then
    return log("warning", "pending reverts cannot be watched: " .. raised(err), home.label)
  end
  local forget
  local stop = backoff.later(home, backoff.delay(tries), {}, began, function()
    forget()
    Task.start(home.scheduler, {}, watch_all, home, backs, tries + 1)
  end)
  forget = lifecycle.on_close(home, stop)
end

--- Continue the reverts that an earlier program has left, of values that nobody has changed since.
---@param home homey.Home
function revert.resume(home)
  local backs = {}
  for _, entry in ipairs(store.left(home)) do backs[#backs + 1] = resume_one(home, entry) end
  if #backs > 0 then watch_all(home, backs, 1) end
end

return revert
