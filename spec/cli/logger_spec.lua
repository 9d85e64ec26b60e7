-- The log of `homey run`: its lines and its limits.
-- Runs hardly any C code: not under Valgrind.
local Logger = require "homey.cli.runner.logger"
local core = require "homey.core"

describe("the log of homey run", function()
  local time, lines

  before_each(function() time, lines = 1700000000, {} end)

  local function logger(options)
    options = options or {}
    options.time, options.write = function() return time end, function(line)
      lines[#lines + 1] = line
    end
    return Logger.new(options)
  end

  it("writes a line with time, level and file", function()
    logger():log("warning", "no.", "a.lua")
    logger():log("info", "yes.")
    assert.matches("^%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d warning: a%.lua: no%.\n$", lines[1])
    assert.matches("info: yes%.\n$", lines[2])
  end)

  it("omits lines below the chosen level", function()
    local quiet = logger { least = "warning" }
    quiet:log("info", "yes.")
    quiet:log("error", "no.")
    assert.equal(1, #lines)
  end)

  it("limits different texts of a file and counts the rest", function()
    local log = logger()
    for i = 1, 2500 do log:log("info", "line " .. i, "busy.lua") end
    log:log("info", "well", "calm.lua")
    assert.equal(1001, #lines)
    assert.matches("calm%.lua: well", lines[1001])
    time = time + 600
    log:log("info", "again", "busy.lua")
    assert.equal(1003, #lines)
    assert.matches(
      "warning: busy%.lua: 1500 lines were dropped: there were more than 1000 in 10 min%.",
      lines[1002])
    assert.matches("busy%.lua: again", lines[1003])
  end)

  it("continues when the clock is set back", function()
    local log = logger()
    for i = 1, 1500 do log:log("info", "line " .. i) end
    time = 10
    log:log("info", "again")
    assert.matches("info: again", lines[#lines])
  end)

  it("cuts long text between characters", function()
    logger { json = true }:log("info", "a" .. ("\195\182"):rep(50000))
    assert.is_true(#lines[1] < 8192 + 200, #lines[1])
    assert.matches("%.%.%. %(%d+ bytes more%)$", core.decode(lines[1]).text)
  end)
end)
