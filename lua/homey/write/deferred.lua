-- What a flood has kept from being sent: of each capability the newest value, which is sent once the flood is over. What
-- follows a slider would else stay where it was when it was held back.
--
-- Kept true: a later set takes its place, as it does of any that waits; and it is counted like any other.

local fiber = require "homey.task.fiber"
local home_log = require "homey.task.home_log"
local lazy = require "homey.util.lazy"
local lifecycle = require "homey.task.lifecycle"
local raise = require "homey.util.raise"
local show = require "homey.util.format"
local try = require "homey.task.try"
local within = require "homey.write.retry"

local Task = lazy "homey.task.task"
local change = lazy "homey.write.change"

local quiet = 1 -- seconds without another that is held back, after which a flood is over

local flooded = {}

local function tell(each)
  home_log.of(each.device.home)("info", ("%s: %s = %s, which was held back, is set now."):format(
    tostring(each.device), each.capability, show(each.value)))
end

-- Where it is held back once more, it is kept once more.
local function send(each)
  local _, err = try(change.make, each.device.home, { each })
  if not err then return tell(each) end
  if type(err) ~= "table" or err.kind ~= "rate_limited" then raise(err) end
end

--- A change is held back: if no other follows it, it is sent later.
---@param each homey.Change
function flooded.keep(each)
  local home = each.device.home
  local scheduler, scope, later = home.scheduler, fiber.scope(), within.claim(each)
  local seconds = math.max(home.rate_limit:opens(each.device.id, scheduler.core_loop:now()), quiet)
  local forget
  local function over()
    later.within.wake = nil
    forget()
  end
  local stop = scheduler:later(seconds, function()
    over()
    if scope and scope.closed then return end
    Task.start(scheduler, { scope = scope, cause = each.cause, logged = scope ~= nil }, send, later)
  end)
  function later.within.wake()
    over()
    stop()
  end
  forget = lifecycle.on_close(home, later.within.wake)
end

return flooded
