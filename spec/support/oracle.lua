--- Size of the differential tests in spec/oracle: small in the suite, N times larger with ORACLE=N.
--- Random cases come from seeds, so that a failure can be repeated.
local oracle = {}

local times = tonumber(os.getenv "HOMEY_TEST_ORACLE" or "1")
local slow = tonumber(os.getenv "HOMEY_TEST_SLOW" or "1")

--- The number of cases of a run; fewer on a slow run.
---@param n integer
---@return integer
function oracle.count(n) return math.max(1, math.floor(n / slow)) end

--- The seeds of a run, one for each repetition.
---@param first integer
---@return integer[]
function oracle.seeds(first)
  local seeds = {}
  for i = 1, times do seeds[i] = first + i - 1 end
  return seeds
end

return oracle
