-- Offset between the hub's clock and ours. A hub stamps its values by its own clock, which may be minutes off: a stamp is
-- converted to our clock before anything is computed from it. The offset comes from the answers to our own writes, which have
-- the hub's time in milliseconds, and before the first of them from the Date header of any answer.

local hub_clock = {}

local samples = 8     -- of the last answers; the quickest tells most
local jump = 60       -- seconds by which a sample differs from those before where one of the clocks was set

--- The hub has just said what time it is.
---@param home homey.Home
---@param ms number  milliseconds since 1970, by the hub's clock
function hub_clock.note(home, ms)
  local ahead, known = ms / 1000 - home.scheduler.core_loop:time(), home.hub_ahead
  if not known or math.abs(ahead - known.most) > jump then known = {} end
  known[#known + 1] = ahead
  if #known > samples then table.remove(known, 1) end
  -- an answer takes time to come, so that the hub seems to be behind by that: the greatest is the nearest to the truth
  known.most = known[1]
  for _, each in ipairs(known) do known.most = math.max(known.most, each) end
  home.hub_ahead = known
end

--- A time of the hub by our clock.
---@param home homey.Home
---@param ms number  milliseconds since 1970, by the hub's clock
---@return number  seconds since 1970, by ours
function hub_clock.ours(home, ms)
  local known, client = home.hub_ahead, home.client
  local ahead = known and known.most or client and client:clock() or 0
  return ms / 1000 - ahead
end

return hub_clock
