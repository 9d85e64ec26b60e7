-- Height and direction of the sun, in conditions and in rules.
-- Runs hardly any C code: not under Valgrind.
local Condition = require "homey.time.condition"
local Location = require "homey.time.location"
local Rule = require "homey.time.rule"
local calendar = require "homey.time.calendar"
local sun = require "homey.time.sun"
local try = require "homey.task.try"
local local_time = require "spec.support.local_time"

local amsterdam = Location.new { timezone = "Europe/Amsterdam", latitude = 52.37, longitude = 4.9 }
local tromso = Location.new { timezone = "Europe/Oslo", latitude = 69.65, longitude = 18.96 }

local function at(text, place) return (place or amsterdam):at(local_time(text)) end

describe("the direction of the sun", function()
  -- a place and a moment, height and direction: by the tables of an observatory
  for _, case in ipairs {
    { 52.37, 4.9, { 2026, 6, 21 }, 41400 + 60 * 12.5, 61.07, 180, 1 }, -- near true noon
    { -33.87, 151.21, { 2026, 12, 21 }, 6790, 79.57, 0, 3 },
    { 0, 0, { 2026, 3, 20 }, 21600, -1.8, 90, 0.5 },
    { 0, 0, { 2026, 3, 20 }, 64800, 1.8, 270, 0.5 },
  } do
    it(("is known at %g, %g"):format(case[1], case[2]), function()
      local moment = calendar.days(case[3][1], case[3][2], case[3][3]) * 86400 + case[4]
      local azimuth = sun.azimuth(moment, case[1], case[2])
      assert.near(case[5], sun.height(moment, case[1], case[2]), 0.3)
      assert.near(0, (azimuth - case[6] + 180) % 360 - 180, case[7])
      assert.is_true(azimuth >= 0 and azimuth < 360)
    end)
  end

  it("goes round clockwise in a day in the north", function()
    local before = sun.azimuth(at "2026-06-12 00:00", 52.37, 4.9)
    for minute = 1, 1440 do
      local now = sun.azimuth(at "2026-06-12 00:00" + minute * 60, 52.37, 4.9)
      assert.is_true((now - before) % 360 < 2)
      before = now
    end
  end)
end)

describe("a condition of the place of the sun", function()
  for _, case in ipairs {
    -- condition, a moment at which it holds, and one at which it does not
    { "sun below 4 deg", "2026-06-12 21:23", "2026-06-12 21:22" },
    { "sun above 4 deg", "2026-06-12 21:22", "2026-06-12 21:23" },
    { "sun under -6 degrees", "2026-06-12 22:52", "2026-06-12 22:51" },
    { "sun over 10.5°", "2026-06-12 12:00", "2026-06-12 05:30" },
    { "sun in 120..240 deg", "2026-06-12 12:00", "2026-06-12 09:00" },
    { "sun in 120 deg .. 240 deg", "2026-06-12 12:00", "2026-06-12 18:00" },
    { "sun in 120 - 240 deg", "2026-06-12 12:00", "2026-06-12 18:00" },
    { "sun in 120 to 240 deg", "2026-06-12 12:00", "2026-06-12 18:00" },
    { "sun in 300..60 deg", "2026-06-12 23:00", "2026-06-12 12:00" },
    { "sun in 120..240 deg and sun above 10 deg", "2026-06-12 12:00", "2026-12-12 09:30" },
    { "not sun below 4 deg and not sun", "2026-06-12 12:00", "2026-06-14 12:00" },
    { "mon-fri and sun above 4 deg", "2026-06-12 12:00", "2026-06-13 12:00" },
    { "sat, sun", "2026-06-14 12:00", "2026-06-12 12:00" },
    { "sun 10:00 - 12:00", "2026-06-14 11:00", "2026-06-12 11:00" },
    { "sun 7 pm - 9 pm", "2026-06-14 20:00", "2026-06-12 20:00" },
    { "after sun below 10 deg", "2026-06-12 21:00", "2026-06-12 20:00" },
    { "between sun above 10 deg and 09:00", "2026-06-12 07:00", "2026-06-12 06:00" },
  } do
    it("holds: " .. case[1], function()
      local condition = Condition.parse(case[1])
      assert.is_true(condition:holds(at(case[2]), amsterdam))
      assert.is_false(condition:holds(at(case[3]), amsterdam))
    end)
  end

  it("needs the location", function()
    assert.is_true(Condition.parse("sun below 4 deg").needs_sun)
    assert.is_true(Condition.parse("mon and sun in 1..2 deg").needs_sun)
    assert.is_false(Condition.parse("sun").needs_sun)
  end)

  for text, message in pairs {
    ["sun above 10"] = "'deg' is missing, at the end",
    ["sun above ten deg"] = "'ten' is not a number of degrees, as in 10 deg, at character 11",
    ["sun below 91 deg"] = "the height of the sun lies from %-90 to 90 degrees, at character 11",
    ["sun in 120..400 deg"] = "a direction lies from 0 to 360 degrees, at character 13",
    ["sun in 120..240"] = "'deg' is missing, at the end",
    ["sun in 120 deg"] = "'..' and a second direction, as in 120..240 deg is missing, at the end",
    ["sun in 90..90 deg"] = "these two directions are the same, at character 1",
    ["sun above 10 drg"] = "'drg' is not 'deg', at character 14; did you mean 'deg'",
  } do
    it("says what is wrong: " .. text, function()
      local _, err = try(Condition.parse, text)
      assert.match(message, err.message)
    end)
  end
end)

describe("a rule of the height of the sun", function()
  for rule, expected in pairs {
    ["sun below 4 deg"] = "2026-06-12 21:22:34", ["sun above 10 deg"] = "2026-06-13 06:43:18",
    ["sun below 4 deg - 10 min"] = "2026-06-12 21:12:34",
    ["10 min before sun below 4 deg"] = "2026-06-12 21:12:34",
    ["07:00 sun, sun below 4 deg"] = "2026-06-12 21:22:34",
    ["sun below 4 deg sun"] = "2026-06-14 21:23:40",
    ["sun below -6 deg"] = "2026-06-12 22:51:58", ["07:00 sun"] = "2026-06-14 07:00:00",
  } do
    it("names a time: " .. rule, function()
      local found = Rule.parse(rule):next(at "2026-06-12 12:00", amsterdam)
      assert.equal(expected, os.date("!%Y-%m-%d %H:%M:%S", math.floor(amsterdam:wall(found))))
    end)
  end

  it("skips the days on which the sun does not pass it", function()
    local found = Rule.parse("sun above 10 deg"):next(at("2026-12-01 12:00", tromso), tromso)
    local before = math.floor((found - at("2026-12-01 12:00", tromso)) / 86400)
    assert.is_true(before > 70 and before < 100, before)
    assert.near(10, sun.height(found, tromso.latitude, tromso.longitude), 0.01)
    assert.is_nil(Rule.parse("sun above 80 deg"):next(at "2026-06-12 12:00", amsterdam))
  end)
end)
