--- Differential tests of spec/oracle, against packages of npm: small in the suite, N times larger
--- with ORACLE=N. Random cases come from seeds, so that a failure can be repeated.
local npm = require "spec.support.node.npm"

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

--- Define a test for each seed: a script of spec/oracle prints a line for each of its cases.
--- Without Node or npm the tests are skipped with a message; in CI they fail.
---@param name string     of the subject
---@param cases string    what it agrees on, after their number
---@param script string   "cron.js", called with the seed and the number of cases
---@param packages string[]  name, version, and others as "name@version name@version"
---@param compare fun(line: string): string[], integer  differences, and how much was compared
---@param least number    of comparisons, for each case
function oracle.compare(name, cases, script, packages, compare, least)
  local busted, assert = require "busted", require "luassert"
  local missing = npm.missing()
  busted.describe(name, function()
    if missing then return busted.pending(missing) end
    local count = oracle.count(400)
    for _, seed in ipairs(oracle.seeds(1)) do
      busted.it(("agrees on %d %s with seed %d"):format(count, cases, seed), function()
        local folder = npm.package(packages[1], packages[2], packages[3])
        local wrong, lines, compared = {}, 0, 0
        local output = npm.output("../../oracle/" .. script, { seed, count }, folder)
        for line in output:gmatch "[^\n]+" do
          local differences, n = compare(line)
          for _, difference in ipairs(differences) do wrong[#wrong + 1] = difference end
          lines, compared = lines + 1, compared + n
        end
        assert.same({}, wrong)
        assert.equal(count, lines)
        assert.is_true(compared > least * count, compared)
      end)
    end
  end)
end

return oracle
