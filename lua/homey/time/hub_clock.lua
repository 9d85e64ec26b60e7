-- Offset between the hub's clock and ours. A hub stamps its values by its own clock, which may be
-- minutes off: stamps are converted to our clock before they are compared. The offset comes from
-- the answers to our writes, which have the hub's time in milliseconds, and before the first of
-- them from the Date header of any answer.

local hub_clock = {}

local samples = 8     -- of the last answers; the quickest tells most
-- seconds by which a sample differs from those before where one of the clocks was set
local jump = 60
local pause = 1 -- seconds between two samples

local function greatest(known)
  local most = known[1]
  for i = 2, #known do
    if known[i] > most then most = known[i] end
  end
  return most
end

--- Note the time that the hub has just sent.
---@param home homey.Home
---@param ms number  milliseconds since 1970, by the hub's clock
---@param now? number  when that was received, by ours; nil: now
function hub_clock.note(home, ms, now)
  now = now or home.scheduler.core_loop:time()
  local known = home.hub_ahead
  if known and now - known.noted < pause and now >= known.noted then return end
  local ahead = ms / 1000 - now
  if not known or ahead - known.most > jump or known.most - ahead > jump then
    known = { most = ahead, oldest = 1 }
    home.hub_ahead = known
  end
  known.noted = now
  local at = known.oldest
  local lost = known[at]
  known[at], known.oldest = ahead, at % samples + 1
  -- transit time makes the hub seem to be behind: the greatest offset is the most accurate
  if ahead > known.most then
    known.most = ahead
  elseif lost == known.most then
    known.most = greatest(known)
  end
end

--- Convert a time of the hub to our clock.
---@param home homey.Home
---@param ms number  milliseconds since 1970, by the hub's clock
---@return number  seconds since 1970, by ours
function hub_clock.ours(home, ms)
  local known, client = home.hub_ahead, home.client
  local ahead = known and known.most or client and client:clock() or 0
  return ms / 1000 - ahead
end

return hub_clock
