-- set(..., { revert_after = "5 min" }): the value goes back to what it was, unless somebody changes it before that. The
-- going back outlives the script that asked for it, and a restart of the program, since the lamp would stay on otherwise.

local Mirror = require "homey.mirror"
local Task = require "homey.task"
local invalid = require "homey.invalid"
local log = require "homey.log"
local pending = require "homey.pending"
local try = require "homey.try"

local revert = {}

local armed = setmetatable({}, { __mode = "k" }) -- device -> capability -> {value=, stop=, handle=}

local function of(device)
  armed[device] = armed[device] or {}
  return armed[device]
end

local function disarm(device, id)
  local each = of(device)[id]
  of(device)[id] = nil
  if not each then return end
  device.home.handles[each.handle] = nil
  each.stop()
end

local function drop(device, id)
  disarm(device, id)
  pending.forget(device, id)
end

--- Remember what a capability is set back to. Where it is on its way back already, that is what it was before.
---@param each homey.Change
---@param seconds number
function revert.before(each, seconds)
  local device, id = each.device, each.capability
  Mirror.of(device.home, "device")
  local waiting = of(device)[id]
  local value
  if waiting then value = waiting.value else value = device:value(id) end
  if value == nil then
    invalid("%s: %s has no value yet that it could be set back to.", tostring(device), id)
  end
  each.revert = { value = value, seconds = seconds }
end

local function go_back(device, id, value)
  local ok, err = try(function() return device:set(id, value) end)
  if not ok then log("error", ("%s: %s could not be set back: %s"):format(tostring(device), id, tostring(err)), device.home.label) end
end

-- Set it back in so many seconds, unless it changes.
local function wait(device, id, value, seconds, cause)
  local home = device.home
  local stop_timer = home.reactor:later(seconds, function()
    drop(device, id)
    cause.at = home.reactor.seam:time()
    Task.start(home.reactor, { cause = cause }, go_back, device, id, value)
  end)
  local unwatch = home.live:watch(device, function(event)
    if event.capability == id and event.value ~= event.old then drop(device, id) end
  end)
  local handle = {}
  function handle.cancel() disarm(device, id) end -- the home is closed: what is due stays in the books
  home.handles[handle] = true
  of(device)[id] = { value = value, handle = handle, stop = function()
    stop_timer()
    unwatch()
  end }
end

local function words(device, id)
  return ("revert_after was over for %s: %s"):format(tostring(device), id)
end

--- The change was made: wait, then set it back.
---@param each homey.Change
function revert.arm(each)
  local device, id, back = each.device, each.capability, each.revert
  disarm(device, id)
  if not device.home.dry_run then
    pending.note(device, id, {
      value = back.value, set = each.value, at = device.home.reactor.seam:time() + back.seconds,
    })
  end
  wait(device, id, back.value, back.seconds, {
    text = words(device, id), depth = 0, entry = each.entry, handler = each.place or each.cause and each.cause.handler,
  })
end

local function rearm(home, entry)
  local device, id = home:device(entry.device), entry.capability
  local now, err = try(device.get, device, id)
  if err and err.kind ~= "not_found" then now = entry.set end -- nobody can be asked now: better set back than left on
  if now ~= entry.set then return pending.forget(device, id) end
  local left = math.max(entry.at - home.reactor.seam:time(), 0)
  wait(device, id, entry.value, left, { text = words(device, id) .. ", as a run before this one asked", depth = 0 })
end

--- Go on with what a program before this one has left to be set back: what nobody has changed since.
---@param home homey.Home
function revert.resume(home)
  for _, entry in ipairs(pending.left(home)) do
    local ok, err = try(function()
      rearm(home, entry)
      return true
    end)
    if not ok then log("warning", "what was to be set back is not: " .. tostring(err), home.label) end
  end
end

return revert
