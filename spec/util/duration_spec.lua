-- Runs hardly any C code: not under Valgrind.
local duration = require "homey.util.duration"

describe("a duration", function()
  for _, case in ipairs {
    { 30, 30 }, { 0, 0 }, { 1.5, 1.5 }, { "30 s", 30 }, { "30s", 30 }, { "1.5 s", 1.5 },
    { ".5 s", 0.5 },
    { "500 ms", 0.5 }, { "5 min", 300 }, { "2 h", 7200 }, { "1 day", 86400 }, { "2 days", 172800 },
    { "1 week", 604800 }, { "1 h 30 min", 5400 }, { " 10 Seconds ", 10 }, { "1 minute", 60 },
    { "3 hours", 10800 },
  } do
    it(("reads %s"):format(tostring(case[1])), function()
      assert.near(case[2], duration.seconds(case[1]), 1e-9)
    end)
  end

  for _, wrong in ipairs {
    "", "30", "s", "5 m", "5 parsecs", "-1 s", "1 h and a bit", -1, 0 / 0, math.huge, true, {},
    "1,5 s", "30 s5",
  } do
    it(("refuses %s"):format(tostring(wrong)), function()
      local ok, err = pcall(duration.seconds, wrong, "homey.sleep")
      assert.is_false(ok)
      assert.equal("invalid", err.kind)
      assert.matches("^homey.sleep takes a time", err.message)
    end)
  end

  it("names what it refuses", function()
    local _, err = pcall(duration.seconds, "5 parsecs")
    assert.matches("not '5 parsecs'", err.message)
  end)
end)
