-- Connection log: logs when the connection to the hub is lost, every 15 minutes that it still is,
-- and when it is back. Of each at most five lines are logged in ten minutes; the rest are counted.

local duration = require "homey.util.duration"
local text = require "homey.util.text"
local log_throttle = require "homey.task.log_throttle"

local reminder = 900 -- seconds
local burst = 5      -- lines of a kind in ten minutes

---@class homey.cli.ConnectionLog
---@field scheduler homey.Scheduler
---@field log fun(level: string, text: string)
---@field since? number    when the connection was lost, on the clock that never jumps; nil while it
---   is up
---@field reason? string   why the last attempt to reconnect failed
---@field remind? fun()    cancels the next reminder
local ConnectionLog = { __name = "homey.cli.ConnectionLog" }
ConnectionLog.__index = ConnectionLog

--- A log of a connection that is up, or was never tried.
---@param scheduler homey.Scheduler
---@param log fun(level: string, text: string)
---@return homey.cli.ConnectionLog
function ConnectionLog.new(scheduler, log)
  return setmetatable({ scheduler = scheduler, log = log }, ConnectionLog)
end

local function outage_text(self)
  return duration.text(self.scheduler.core_loop:now() - self.since)
end

local function remind_later(self)
  self.remind = self.scheduler:background_timer(reminder, function()
    self.log("warning",
      ("the hub has been unreachable for %s: %s"):format(outage_text(self), self.reason))
    remind_later(self)
  end)
end

--- Stop the reminders.
function ConnectionLog:close()
  if self.remind then self.remind() end
  self.remind = nil
end

local on_state = {} -- state -> function

-- Renewing a bearer and moving to a better address are no outage.
function on_state.disconnected(self, state)
  self.reason = text.sentence(text.visible(state.message or "the connection broke"))
  if self.since or state.handover then return end
  self.since = self.scheduler.core_loop:now()
  log_throttle.say(self.scheduler, "connection: lost", "warning",
    "lost the connection to the hub: " .. self.reason, self.log, burst)
  remind_later(self)
end

function on_state.connected(self)
  if not self.since then return end
  self:close()
  log_throttle.say(self.scheduler, "connection: back", "info",
    ("reconnected to the hub after %s."):format(outage_text(self)), self.log, burst)
  self.since = nil
end

on_state.refused = on_state.connected -- the hub answers, and will be asked from time to time

function on_state.failed(self)
  self:close()
end

--- Log a state of the connection; homey.h lists them.
---@param state {state: string, message: string?, handover: boolean?}
function ConnectionLog:on_state(state)
  if on_state[state.state] then on_state[state.state](self, state) end
end

return ConnectionLog
