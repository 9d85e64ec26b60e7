-- Who writes down what has changed: at most once a second while something runs, and always before the end: of
-- homey.run, of a script, of a home, and of the program, unless that is killed.
--
-- Kept true: nothing is looked at, and no timer runs, while nothing happens; nothing is kept running for it; and who
-- writes for a home that nobody holds any more goes with it, once all is written.

local last_will = require "homey.task.on_collect"
local leaving = require "homey.task.exit_hook"

local pause = 1 -- seconds between two looks
local moment = 0.05 -- seconds that a change waits for others at least: most programs that change little are over by then

---@class homey.Keeper
---@field scheduler homey.Scheduler
---@field save fun()  writes what has changed since it was last called, if anything has
local Keeper = { __name = "homey.Keeper" }
Keeper.__index = Keeper

--- A keeper, at work from now on.
---@param scheduler homey.Scheduler
---@param save fun()
---@return homey.Keeper
function Keeper.new(scheduler, save)
  local self = setmetatable({ scheduler = scheduler, save = save, written = -math.huge }, Keeper)
  leaving[self] = true
  self.last_will = last_will(function()
    if not self.closed then save() end
  end)
  scheduler:enlist(self)
  return self
end

function Keeper:__tostring()
  return "homey.Keeper"
end

--- Something ran: write what has changed within a second.
function Keeper:look()
  if self.timer then return end
  local left = math.max(self.written + pause - self.scheduler.core_loop:now(), moment)
  self.timer = self.scheduler:aside(left, function() self:write() end)
end

--- Write what has changed, now.
function Keeper:write()
  if self.timer then self.timer() end
  self.timer = nil
  self.written = self.scheduler.core_loop:now()
  self.save()
end

--- Write what has changed, for the last time.
function Keeper:close()
  if self.closed then return end
  self:write()
  self.closed, leaving[self] = true, nil
  self.scheduler:dismiss(self)
end

return Keeper
