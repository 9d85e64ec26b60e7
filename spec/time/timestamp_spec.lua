-- Runs hardly any C code: not under Valgrind.
local timestamp = require "homey.time.timestamp"

describe("a timestamp", function()
  local cases = {
    { "1970-01-01T00:00:00.000Z", 0 }, { "2026-03-29T01:00:00.000Z", 1774746000000 },
    { "2000-02-29T23:59:59.999Z", 951868799999 }, { "2100-03-01T00:00:00.500Z", 4107542400500 },
    { "1999-12-31T23:59:59.001Z", 946684799001 },
  }

  for _, case in ipairs(cases) do
    it("is read and written: " .. case[1], function()
      for _ = 1, 2 do
        assert.equal(case[2], timestamp.ms(case[1]))
        assert.equal(case[1], timestamp.text(case[2]))
      end
    end)
  end

  it("accepts no fraction and a number", function()
    assert.equal(1774746000000, timestamp.ms "2026-03-29T01:00:00Z")
    assert.equal(5, timestamp.ms(5))
  end)

  it("is nil for any other text", function()
    for _, wrong in ipairs {
      "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z", ("9"):rep(100), "",
      "yesterday", "2026-03-29", "2026-03-29T01:00:00.000+01:00", {}, true,
    } do
      for _ = 1, 2 do assert.is_nil(timestamp.ms(wrong)) end
    end
    assert.is_nil(timestamp.ms(nil))
  end)

  it("stays the same among thousands", function()
    for round = 1, 2 do
      for i = 0, 2999 do
        local ms = 1774746000000 + i * 997
        assert.equal(ms, timestamp.ms(timestamp.text(ms)), round)
      end
    end
  end)
end)
