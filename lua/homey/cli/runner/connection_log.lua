-- Says that the connection to the hub is lost, now and then that it still is, and that it is back. Where it comes and goes all
-- the time, five of each are told in ten minutes, and the others counted.

local text = require "homey.util.text"
local log_throttle = require "homey.util.log_throttle"

local reminder = 900 -- seconds
local burst = 5      -- outages in ten minutes that are told one by one

---@class homey.cli.Outage
---@field scheduler homey.Scheduler
---@field say fun(level: string, text: string)
---@field since? number    when the connection was lost, on the clock that never jumps; nil while it is up
---@field reason? string   what the last try to get it back came to
---@field remind? fun()    cancels the next reminder
local Outage = { __name = "homey.cli.Outage" }
Outage.__index = Outage

--- The state of a connection that is up, or was never tried.
---@param scheduler homey.Scheduler
---@param say fun(level: string, text: string)
---@return homey.cli.Outage
function Outage.new(scheduler, say)
  return setmetatable({ scheduler = scheduler, say = say }, Outage)
end

-- {longer than, of so many seconds each, called}
local units = { { 172800, 86400, "days" }, { 7200, 3600, "h" }, { 120, 60, "min" }, { 0, 1, "s" } }

local function in_words(seconds)
  for _, unit in ipairs(units) do
    if seconds >= unit[1] then return ("%d %s"):format(math.floor(seconds / unit[2] + 0.5), unit[3]) end
  end
end

local function length(self)
  return in_words(self.scheduler.core_loop:now() - self.since)
end

local function remind_later(self)
  self.remind = self.scheduler:aside(reminder, function()
    self.say("warning", ("the hub is lost for %s now: %s"):format(length(self), self.reason))
    remind_later(self)
  end)
end

--- No reminder any more.
function Outage:close()
  if self.remind then self.remind() end
  self.remind = nil
end

local on_state = {}

-- A bearer that was renewed and a move to a better address are no outage.
function on_state.disconnected(self, told)
  self.reason = text.sentence(text.visible(told.message or "the connection broke"))
  if self.since or told.handover then return end
  self.since = self.scheduler.core_loop:now()
  log_throttle.say(self.scheduler, "outage: lost", "warning", "the hub is lost: " .. self.reason, self.say, burst)
  remind_later(self)
end

function on_state.connected(self)
  if not self.since then return end
  self:close()
  log_throttle.say(self.scheduler, "outage: back", "info", ("the hub is back, after %s."):format(length(self)), self.say, burst)
  self.since = nil
end

on_state.refused = on_state.connected -- it is there, and will be asked now and then

function on_state.failed(self)
  self:close()
end

--- Take what the connection tells of itself; see homey.h.
---@param told {state: string, message: string?}
function Outage:hear(told)
  if on_state[told.state] then on_state[told.state](self, told) end
end

return Outage
