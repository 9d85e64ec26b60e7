-- Local times as text. Runs hardly any C code: not under Valgrind.
local local_time = require "homey.time.local_time"

describe("a local time", function()
  for text, expected in pairs {
    ["1970-01-01"] = 0, ["1970-01-02 00:00"] = 86400, ["1970-01-01T10:30"] = 37800,
    ["1970-1-1 1:02:03"] = 3723, ["2026-06-12 24:00"] = 1781308800, ["1969-12-31"] = -86400,
  } do
    it("is read: " .. text, function() assert.equal(expected, local_time(text)) end)
  end

  for _, text in ipairs {
    "", "today", "2026-13-01", "2026-02-30", "2026-06-12 25:00", "2026-06-12 10:60",
    "2026-06-12 10", "2026-06-12 10:00:61", "2026-06-12 10:00Z", "10:00", "2026-06-12x",
  } do
    it("is none: " .. text, function() assert.is_nil(local_time(text)) end)
  end
end)
