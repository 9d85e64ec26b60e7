--- How much the differential tests of spec/oracle do: little in each run of the suite, more where ORACLE=N asks for N times
--- as much. What is random comes from seeds, so that a failure comes again.
local oracle = {}

local times = tonumber(os.getenv "HOMEY_TEST_ORACLE" or "1")
local slow = tonumber(os.getenv "HOMEY_TEST_SLOW" or "1")

--- So many cases of a run; fewer where each takes longer than usual.
---@param n integer
---@return integer
function oracle.count(n) return math.max(1, math.floor(n / slow)) end

--- The seeds to run with, one for each time as much.
---@param first integer
---@return integer[]
function oracle.seeds(first)
  local seeds = {}
  for i = 1, times do seeds[i] = first + i - 1 end
  return seeds
end

return oracle
