-- Clock of `homey sim --virtual`: computes how far to advance the virtual time, from the real time
-- that has passed and a speed.

---@class homey.cli.VirtualClock
---@field loop homey.sim.Loop
---@field now fun(): number  monotonic seconds of the machine
---@field speed number       virtual seconds in one second
---@field paused boolean
---@field since number       when speed or pause were set last
---@field base number        the virtual time at that moment, by the clock of the loop
local Clock = { __name = "homey.cli.VirtualClock" }
Clock.__index = Clock

local ticks = 1024 -- a second

--- A clock that runs.
---@param loop homey.sim.Loop
---@param now fun(): number
---@param speed number
---@return homey.cli.VirtualClock
function Clock.new(loop, now, speed)
  return setmetatable({
    loop = loop, now = now, speed = speed, paused = false, since = now(), base = loop:now(),
  }, Clock)
end

--- Restart from the present: the virtual time was moved, or the machine could not keep up.
function Clock:rebase() self.since, self.base = self.now(), self.loop:now() end

--- Change the speed, or stop and continue.
---@param changes {speed: number?, paused: boolean?}
function Clock:set(changes)
  self:rebase()
  if changes.speed then self.speed = changes.speed end
  if changes.paused ~= nil then self.paused = changes.paused end
end

--- Return the seconds of virtual time that are due, rounded down to ticks so that rounding errors
--- do not add up.
---@return number
function Clock:due()
  if self.paused then return 0 end
  local due = self.base + (self.now() - self.since) * self.speed - self.loop:now()
  return math.max(math.floor(due * ticks) / ticks, 0)
end

--- Return the state of the clock for the page.
---@return {time: number, speed: number, paused: boolean}
function Clock:facts()
  return { time = self.loop:time(), speed = self.speed, paused = self.paused }
end

return Clock
