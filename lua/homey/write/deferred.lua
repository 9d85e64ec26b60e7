-- Deferred writes: of each capability the newest value that the rate limit has delayed, sent once
-- no other follows. What follows a slider would else stay where it was when it was delayed.
--
-- Invariant: a later set takes its place, as it does of any that waits; and it is counted like any
-- other.

local Task = require "homey.task.task"
local fiber = require "homey.task.fiber"
local home_log = require "homey.task.home_log"
local lifecycle = require "homey.task.lifecycle"
local raise = require "homey.util.raise"
local retry = require "homey.write.retry"
local try = require "homey.task.try"
local write = require "homey.write.write"

local quiet = 1 -- seconds without another that is delayed, after which a flood is over

local deferred = {}

-- A write that is delayed again waits again.
local function send(each)
  local _, err = try(each.home.write, each.home, { each })
  if err then
    if type(err) ~= "table" or err.kind ~= "rate_limited" then raise(err) end
    return
  end
  home_log.of(each.home)("info", write.describe(each) .. ", which was held back, is set now.")
end

--- Send a write later, if no other follows it.
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
