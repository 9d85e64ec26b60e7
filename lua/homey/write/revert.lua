-- set(..., { revert_after = "5 min" }): the value goes back to what it was, unless somebody changes it before that. The
-- going back outlives the script that asked for it, and a restart of the program, since the lamp would stay on otherwise.
--
-- Kept true: it stays in the books until it was done, or need not be, or never can be. A hub that is away just then is
-- asked again until it answers; what somebody has changed meanwhile, as a reading tells, is left as it is.

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

local look = 60 -- seconds between two looks at a clock that does not know yet what time it is
local moving = 60 -- seconds that blinds and the like may take to get where they are set to
local fading = 2 -- seconds that a lamp takes by itself
local still = 10 -- seconds without a report, after which they do not move any more

---@class homey.Revert      a capability that is to be set back
---@field device homey.Device
---@field id string       of the capability
---@field value any       to which it goes back
---@field set any         to which it was set
---@field from? any       what it was just before
---@field settles? number until when it may be on its way, on the clock that never jumps
---@field heard? number   when it last told where it is, on that clock
---@field cause homey.Cause
---@field renews? boolean it has taken the place of one that goes back to the same
---@field tries integer   that have failed since it was due
---@field tried? number    when the last try began, on that clock
---@field told? boolean   the log knows
---@field stop fun()      ends the wait for its time, or for the next try
---@field unwatch? fun()
---@field forget fun()    it does not end with its home any more

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

-- Does a device have the value still that was set? It may word it in its own way: 0.39 for 0.4.
local function is_so(back, value)
  local known = back.device.record and back.device.record.capabilities[back.id]
  return capability.is_near(known or {}, value, back.set)
end

local function is_between(value, a, b)
  return type(value) == "number" and type(a) == "number" and type(b) == "number" and (value - a) * (value - b) <= 0
end

-- Does a device tell where it is on its way to what was set? Nobody else has set it then.
local function is_on_its_way(back, value)
  if not back.settles or not is_between(value, back.from, back.set) then return false end
  local now = back.device.home.scheduler.core_loop:now()
  return now < back.settles and (not back.heard or now - back.heard < still)
end

local function is_ours(back, value)
  return is_so(back, value) or is_on_its_way(back, value)
end

-- ---- going back ---------------------------------------------------------------------------------------------

local function tell(back, level, words, err)
  home_log.throttled(back.device.home, ("revert %s %s %s"):format(back.device.id, back.id, words), level,
    ("%s: %s %s: %s"):format(tostring(back.device), back.id, words, raised(err)))
end

local go_back

local function go(back)
  local scheduler = back.device.home.scheduler
  back.cause.at, back.tried = scheduler.core_loop:time(), scheduler.core_loop:now()
  Task.start(scheduler, { cause = back.cause }, go_back, back)
end

-- `err` is why; nothing where another set is to be waited for.
local function go_again(back, err)
  if err and not back.told then tell(back, "warning", "could not be set back yet, and is tried again", err) end
  back.told, back.tries = back.told or err ~= nil, back.tries + 1
  back.stop = backoff.later(back.device.home, backoff.delay(back.tries), { back.device }, back.tried, function() go(back) end)
end

-- A dry run has not set anything that could be read. Who has set it back is told so by revert.overruled, as of any set.
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

-- What no other try and no other run will mend.
local hopeless = { invalid = true, forbidden = true, not_found = true }

local function is_unknown(err)
  return type(err) == "table" and err.kind == "not_found"
end

-- A device that is not found may be gone, or the hub is still starting: the list tells.
local function is_gone(device)
  local cache = device.home.cache
  if device.gone then return not (cache and cache:may_return(device)) end
  local list = try(device.home.devices, device.home)
  for _, each in ipairs(list or {}) do
    if each == device then return false end
  end
  return list ~= nil and #list > 0
end

local starting = 10 -- so many tries a hub that does not know the device may be one that is starting up

function go_back(back)
  if retry.waits(back.device, back.id) then return go_again(back) end -- it is about to be set anew
  local done, err = try(set_back, back)
  if done or not is_armed(back) then return end
  local unknown = is_unknown(err)
  if unknown and is_gone(back.device) then return drop(back) end
  if backoff.is_transient(err) or unknown and back.tries < starting then return go_again(back, err) end
  tell(back, "error", "could not be set back", err)
  if type(err) == "table" and hopeless[err.kind] then drop(back) else disarm(back) end -- the books are for the next run
end

-- ---- waiting ------------------------------------------------------------------------------------------------

local function wait(back, seconds)
  back.stop = back.device.home.scheduler:later(seconds, function() go(back) end)
end

-- Until a run before this one wanted it. A clock that is wrong makes the wait no longer than it was meant to be; while
-- nobody knows what time it is, it is waited for that, and for the whole of its time at most.
local function wait_until(back, at, seconds)
  local scheduler = back.device.home.scheduler
  local ends = scheduler.core_loop:now() + seconds
  local function step()
    local now, left = scheduler.core_loop:time(), ends - scheduler.core_loop:now()
    if now >= clock.plausible then return wait(back, math.max(0, math.min(at - now, seconds))) end
    if left <= 0 then return go(back) end
    back.stop = scheduler:later(math.min(left, look), step, true)
  end
  step()
end

local function nothing() end

local function arm(device, id, fields)
  local back, home = fields, device.home
  back.device, back.id, back.tries, back.stop = device, id, 0, nothing
  back.forget = lifecycle.on_close(home, function() disarm(back) end) -- what is due stays in the books
  home.reverting = true
  of(device)[id] = back
  return back
end

local function watch(back)
  back.unwatch = back.device.home.cache:watch(back.device, function(event)
    if event.capability ~= back.id then return end
    if event.value ~= event.old and not event.own and not is_ours(back, event.value) then return drop(back) end
    if not event.own then back.heard = back.device.home.scheduler.core_loop:now() end
  end)
end

local function words(device, id)
  return ("revert_after was over for %s: %s"):format(tostring(device), id)
end

-- Until when a device may be on its way to what it was set to just now: blinds, and what was given time, may take a while.
local function settling(each)
  local sent, now = each.options.sent, each.device.home.scheduler.core_loop:now()
  local slow = sent or each.capability:find "^windowcoverings"
  return now + (slow and math.max(moving, sent and sent.duration / 1000 or 0) or fading)
end

local function note(each, value, seconds)
  local home = each.device.home
  if home.dry_run then return end
  store.note(each.device, each.capability, {
    value = value, set = each.value, at = home.scheduler.core_loop:time() + seconds, seconds = seconds,
  })
end

-- It is to be set back so much later.
local function begin(each, value, seconds, entry)
  local device, id = each.device, each.capability
  local before = of(device)[id]
  local renews = before ~= nil and before.value == value
  if before then disarm(before) end
  if not (each.revert and each.revert.noted) then note(each, value, seconds) end
  local from = each.revert and each.revert.from
  local settles = settling(each)
  local back = arm(device, id, { value = value, set = each.value, from = from, renews = renews, settles = settles, cause = {
    text = words(device, id), depth = 0, entry = entry, handler = each.place or each.cause and each.cause.handler,
  } })
  wait(back, seconds)
  watch(back)
  return back
end

-- ---- what a set has to do with it -----------------------------------------------------------------------------

-- A guard is asked now, and not when it goes back: what was allowed to begin is allowed to end.
local function check_guards(each, value)
  local guards = each.home.guards
  local why = guards and guards:objection(each.device, each.capability, value)
  if not why then return end
  local back = { device = each.device, capability = each.capability, value = value }
  raise(new_error("forbidden", ("%s is not sent: %s"):format(write.describe(back), why)))
end

--- Remember what a capability is set back to. Where it is on its way back already, that is what it was before.
---@param each homey.Write
---@param seconds number
function revert.before(each, seconds)
  local device, id = each.device, each.capability
  Cache.of(device.home, "device")
  device.home:resume()
  local waiting, from = of(device)[id], device:value(id)
  local value = from
  if waiting and is_ours(waiting, from) then value = waiting.value end
  -- at another try: the one before was done, and only its answer is lost
  if each.revert and capability.is_near(device:known(id), value, each.value) then return end
  if value == nil then
    invalid("%s: %s has no value yet that it could be set back to.", tostring(device), id)
  end
  check_guards(each, value)
  each.revert = { value = value, seconds = seconds, from = from }
end

--- Write down, on disk, what is to be set back of changes that are about to be sent: the program may be killed at any
--- moment after that.
---@param home homey.Home
---@param changes homey.Write[]
function revert.note(home, changes)
  local noted = false
  for _, each in ipairs(changes) do
    if each.revert then
      note(each, each.revert.value, each.revert.seconds)
      each.revert.noted, noted = true, true
    end
  end
  if noted and not home.dry_run then store.save(home) end
end

--- The change is sent: wait, then set it back. It is written down by now, for the answer may get lost, or whoever wanted it
--- be gone when it comes.
---@param each homey.Write
function revert.arm(each)
  each.revert.back = begin(each, each.revert.value, each.revert.seconds, each.entry)
end

--- The change was made. What somebody else did while it was on its way came before it.
---@param each homey.Write
function revert.made(each)
  local back = each.revert.back
  if not (back and is_armed(back)) then revert.arm(each) end
end

--- The change was refused, or may have been made all the same; that shows when its time is over.
---@param each homey.Write
---@param err homey.Error
function revert.failed(each, err)
  local back = each.revert.back
  if back and not back.renews and not backoff.is_transient(err) and err.kind ~= "cancelled" then drop(back) end
end

--- The change was not sent, since its value is so already: where it is to be set back, its time begins anew.
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

--- The program has set a capability for good, or has set it back: nothing is left to be done.
---@param each homey.Write
function revert.overruled(each)
  local waiting = of(each.device)[each.capability]
  if waiting then drop(waiting) end
end

-- ---- over a restart -------------------------------------------------------------------------------------------

local function take_up(home, entry)
  local device, id = home:device(entry.device), entry.capability
  if of(device)[id] then return nil end -- set anew since
  local back = arm(device, id, { value = entry.value, set = entry.set, cause = {
    text = words(device, id) .. ", as a run before this one asked", depth = 0,
  } })
  wait_until(back, entry.at, entry.seconds or math.max(0, entry.at - home.scheduler.core_loop:time()))
  return back
end

-- What has been changed since then is found now, and what is changed from now on is heard of.
local function look_after(backs)
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

-- While the hub is away they wait for their time: that needs nobody.
local function follow(home, backs, tries)
  local began = home.scheduler.core_loop:now()
  local done, err = try(function()
    Cache.of(home, "device")
    return look_after(backs)
  end)
  if done or not home.client then return end
  if not backoff.is_transient(err) then return log("warning", "what is to be set back is not looked after: " .. raised(err), home.label) end
  local forget
  local stop = backoff.later(home, backoff.delay(tries), {}, began, function()
    forget()
    Task.start(home.scheduler, {}, follow, home, backs, tries + 1)
  end)
  forget = lifecycle.on_close(home, stop)
end

--- Go on with what a program before this one has left to be set back: what nobody has changed since.
---@param home homey.Home
function revert.resume(home)
  local backs = {}
  for _, entry in ipairs(store.left(home)) do backs[#backs + 1] = take_up(home, entry) end
  if #backs > 0 then follow(home, backs, 1) end
end

return revert
