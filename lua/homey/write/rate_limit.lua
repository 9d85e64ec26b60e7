-- Rate limit of the changes that handlers make (throttle): counts the recent changes of each
-- device, and decides whether it may be changed once more.
--
-- Invariant: for each device, the times of the changes of the last minute are kept. Their number is
-- at most the limit for a minute.

local minute = 60

---@class homey.RateLimit
---@field limits homey.Limits
---@field devices table<string, {first: integer, last: integer, refused: number, [integer]: number}>
local RateLimit = { __name = "homey.RateLimit" }
RateLimit.__index = RateLimit

--- Make a rate limit.
---@param limits homey.Limits  read at each check, so that they may change
---@return homey.RateLimit
function RateLimit.new(limits)
  return setmetatable({ limits = limits, devices = {}, swept = -math.huge }, RateLimit)
end

local function forget_old(times, now)
  while times.first <= times.last and now - times[times.first] >= minute do
    times[times.first] = nil
    times.first = times.first + 1
  end
end

-- Removes the devices that were not changed for a minute.
local function sweep(self, now)
  if now - self.swept < minute then return end
  self.swept = now
  for id, times in pairs(self.devices) do
    forget_old(times, now)
    if times.first > times.last and now - times.refused >= minute then self.devices[id] = nil end
  end
end

local function exceeded(times, limits, now)
  local nth = times[times.last - limits.per_second + 1]
  if nth and now - nth < 1 then return ("%d changes in one second"):format(limits.per_second) end
  if times.last - times.first + 1 >= limits.per_minute then
    return ("%d changes in one minute"):format(limits.per_minute)
  end
end

-- Seconds until the nth change, counted from the last, is `span` seconds old.
local function seconds_left(times, n, span, now)
  local nth = times[times.last - n + 1]
  return nth and math.max(0, nth + span - now) or 0
end

--- Seconds until a device may be changed again, when nothing else changes it until then.
---@param id string
---@param now number
---@return number
function RateLimit:opens(id, now)
  local times, limits = self.devices[id], self.limits
  if not times then return 0 end
  return math.max(seconds_left(times, limits.per_second, 1, now),
    seconds_left(times, limits.per_minute, minute, now))
end

--- Report whether a device may be changed now, and count the change.
---@param id string
---@param now number
---@param handler? string  the handler that changes it: "evening.lua:12"
---@return boolean
---@return string? sentence  the reason for a refusal
---@return boolean? begins   no change of the device was refused in the last minute
function RateLimit:admit(id, now, handler)
  sweep(self, now)
  local times = self.devices[id]
  if not times then
    times = { first = 1, last = 0, refused = -math.huge }
    self.devices[id] = times
  end
  forget_old(times, now)
  local limit = exceeded(times, self.limits, now)
  if not limit then
    times.last = times.last + 1
    times[times.last] = now
    return true
  end
  local begins = now - times.refused >= minute
  times.refused = now
  return false,
    ("%s makes more than %s; homey.limits sets how many may be.")
      :format(handler or "a program", limit), begins
end

return RateLimit
