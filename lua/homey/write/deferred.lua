-- Deferred writes: the newest value of each capability that the rate limit has refused. It is sent
-- when no other follows, so that a lamp that follows a slider gets the slider's last value.
--
-- Invariant: a later set replaces a deferred write. The rate limit counts a deferred write when it
-- is sent.

local Task = require "homey.task.task"
local fiber = require "homey.task.fiber"
local home_log = require "homey.task.home_log"
local lifecycle = require "homey.task.lifecycle"
local raise = require "homey.util.raise"
local retry = require "homey.write.retry"
local try = require "homey.task.try"
local write = require "homey.write.write"

local quiet = 1 -- a write is sent at the earliest so many seconds after it was deferred

local deferred = {}

-- A write that the rate limit refuses again is deferred again.
local function send(each)
  local _, err = try(each.home.write, each.home, { each })
  if err then
    if type(err) ~= "table" or err.kind ~= "rate_limited" then raise(err) end
    return
  end
  home_log.of(each.home)("info", write.describe(each) .. ", which was held back, is set now.")
end

--- Send a write later, unless another set of the capability follows.
---@param each homey.Write
function deferred.keep(each)
  local home = each.device.home
  local scheduler, scope, later = home.scheduler, fiber.scope(), retry.claim(each)
  local seconds = math.max(home.rate_limit:opens(each.device.id, scheduler.core_loop:now()), quiet)
  local forget
  local function over()
    later.retry.wake = nil
    forget()
  end
  local stop = scheduler:later(seconds, function()
    over()
    if scope and scope.closed then return end
    Task.start(scheduler, { scope = scope, cause = each.cause, logged = scope ~= nil }, send, later)
  end)
  function later.retry.wake()
    over()
    stop()
  end
  forget = lifecycle.on_close(home, later.retry.wake)
end

return deferred
