-- Dates as os.date writes them, in a time zone. Runs hardly any C code: not under Valgrind.
local Location = require "homey.time.location"
local calendar = require "homey.time.calendar"
local date = require "homey.time.date"
local try = require "homey.task.try"

local function at(year, month, day, hour, min)
  return calendar.days(year, month, day) * 86400 + hour * 3600 + (min or 0) * 60
end

local amsterdam, kolkata, sydney, utc = Location.new { timezone = "Europe/Amsterdam" },
  Location.new { timezone = "Asia/Kolkata" }, Location.new { timezone = "Australia/Sydney" },
  Location.new { timezone = "UTC" }

local summer, winter = at(2026, 7, 1, 22, 30), at(2026, 1, 1, 23, 30)

describe("a date", function()
  for _, case in ipairs {
    { amsterdam, "%Y-%m-%d %H:%M:%S", summer, "2026-07-02 00:30:00" },
    { amsterdam, "%Y-%m-%d %H:%M", winter, "2026-01-02 00:30" },
    { amsterdam, "%H:%M %z %Z 100%%", summer, "00:30 +0200 +0200 100%" },
    { amsterdam, "!%H:%M %z", summer, "22:30 +0000" },
    { kolkata, "%H:%M %z", summer, "04:00 +0530" },
    { amsterdam, "%a %A %b %B %d %j", winter, "Fri Friday Jan January 02 002" },
    { amsterdam, "%c", winter, "Fri Jan  2 00:30:00 2026" },
    { amsterdam, "%%z", winter, "%z" },
    { amsterdam, "", winter, "" },
    { amsterdam, "%H:%M:%S", summer + 0.9, "00:30:00" },
    { amsterdam, "%H:%M", at(2026, 3, 29, 1, 0) - 1, "01:59" },
    { amsterdam, "%H:%M", at(2026, 3, 29, 1, 0), "03:00" },
    { utc, "%Y", -86400, "1969" },
  } do
    it(("is written by its format: %s %s"):format(case[1].timezone, case[2]), function()
      assert.equal(case[4], date(case[1], case[2], case[3]))
    end)
  end

  for _, case in ipairs {
    { amsterdam, summer, true }, { amsterdam, winter, false }, { sydney, summer, false },
    { sydney, winter, true }, { kolkata, summer, false },
  } do
    it(("says whether it is summer time: %s"):format(case[1].timezone), function()
      assert.equal(case[3], date(case[1], "*t", case[2]).isdst)
    end)
  end

  it("is the table of os.date, on every day of some years", function()
    for day = calendar.days(2023, 12, 25), calendar.days(2026, 1, 3) do
      local moment = day * 86400 + 45296
      assert.same(os.date("!*t", moment), date(utc, "!*t", moment))
      assert.same(os.date("!*t", moment), date(utc, "*t", moment))
    end
  end)

  it("makes a table that os.time takes", function()
    local moment = at(2026, 2, 28, 23, 59)
    assert.same({ 2026, 3, 1, 0, 59 }, (function()
      local t = date(amsterdam, "*t", moment)
      return { t.year, t.month, t.day, t.hour, t.min }
    end)())
  end)

  for message, arguments in pairs {
    ["'%%Q' has '%%Q', which is none"] = { "%Q", 0 }, ["has '%%'"] = { "%H%", 0 },
    ["seconds since 1970"] = { "%H", "noon" }, ["not NaN"] = { "%H", 0 / 0 },
    ["not infinity"] = { "%H", math.huge }, ["a format such as"] = { 5, 0 },
  } do
    it("refuses what it cannot write: " .. message, function()
      local _, err = try(date, amsterdam, arguments[1], arguments[2])
      assert.equal("invalid", err.kind)
      assert.match(message, err.message)
    end)
  end
end)
