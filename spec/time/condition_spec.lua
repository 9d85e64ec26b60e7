-- Conditions on the time of day. docs/time_spec.lua checks the table of docs/time.md.
-- Runs hardly any C code: not under Valgrind.

local Condition = require "homey.time.condition"
local Location = require "homey.time.location"
local try = require "homey.task.try"
local local_time = require "spec.support.local_time"

local amsterdam = Location.new { timezone = "Europe/Amsterdam", latitude = 52.37, longitude = 4.9 }

local function holds(text, at, place)
  place = place or amsterdam
  return Condition.parse(text):holds(place:at(local_time(at)), place)
end

describe("a condition", function()
  -- condition, then moments at which it holds, "not", moments at which it does not
  for _, case in ipairs {
    { "between 22:00 and 06:00 fri", "2026-06-12 22:00", "2026-06-13 05:59", "not",
      "2026-06-13 06:00", "2026-06-12 21:59",
      "2026-06-12 05:00" },
    { "fri, 22:00 - 06:00", "2026-06-13 05:59", "not", "2026-06-12 05:59" },
    { "22:00-24:00", "2026-06-12 23:59", "not", "2026-06-13 00:00", "2026-06-12 21:59" },
    { "22:00 to midnight", "2026-06-12 23:59", "not", "2026-06-13 00:00", "2026-06-12 21:59" },
    { "midnight - noon", "2026-06-12 00:00", "2026-06-12 11:59", "not", "2026-06-12 12:00" },
    {
      "07:00 - 09:00, 17:00 - 19:00 mon-fri", "2026-06-12 08:00", "2026-06-12 18:00", "not",
      "2026-06-12 12:00", "2026-06-13 08:00",
    },
    { "07:00 - 09:00, fri", "2026-06-12 08:00", "not", "2026-06-11 08:00", "2026-06-12 12:00" },
    { "until 07:00", "2026-06-12 06:59", "not", "2026-06-12 07:00" },
    { "since 07:00 sat", "2026-06-13 07:00", "not", "2026-06-12 08:00", "2026-06-13 06:59" },
    { "sunset - sunrise", "2026-06-12 23:00", "2026-06-12 03:00", "not", "2026-06-12 12:00" },
    {
      "sunset - sunrise fri", "2026-06-12 23:00", "2026-06-13 03:00", "not", "2026-06-12 03:00",
      "2026-06-13 23:00",
    },
    { "sunset - 1 h - 23:00", "2026-06-12 21:03", "not", "2026-06-12 21:02", "2026-06-12 23:00" },
    {
      "between 05:00 and sunrise", "2026-12-12 06:00", "2026-06-12 05:10", "not",
      "2026-06-12 05:30", "2026-06-12 23:00",
    },
    {
      "between 06:00 and sunrise - 30 min", "2026-12-12 06:10", "not", "2026-06-12 06:10",
      "2026-06-12 23:00",
    },
    -- Friday starts at midnight
    { "2 h before midnight - 06:00 fri", "2026-06-11 23:00", "not", "2026-06-12 23:00" },
    {
      "between 06:00 and sunrise", "2026-12-12 08:00", "not", "2026-06-12 06:10",
      "2026-06-12 23:00",
    },
    {
      "between 17:00 and sunset", "2026-06-12 21:00", "not", "2026-12-12 17:10", "2026-12-13 08:00",
    },
    {
      "between 17:00 and sunrise", "2026-12-12 17:10", "2026-12-13 08:00", "not",
      "2026-12-12 16:00",
    },
    { "first mon", "2026-06-01 12:00", "not", "2026-06-08 12:00" },
    {
      "mon or tue and before 12:00", "2026-06-15 13:00", "2026-06-16 11:00", "not",
      "2026-06-16 13:00",
    },
    { "(mon or tue) and before 12:00", "2026-06-15 11:00", "not", "2026-06-15 13:00" },
    { "not not fri", "2026-06-12 12:00", "not", "2026-06-13 12:00" },
    { "not fri and not sat", "2026-06-14 12:00", "not", "2026-06-13 12:00", "2026-06-12 12:00" },
    { "NOT (Fri OR Sat)", "2026-06-14 12:00", "not", "2026-06-13 12:00", "2026-06-12 12:00" },
    { "except sat", "2026-06-14 12:00", "not", "2026-06-13 12:00" },
    { "day mon-fri", "2026-06-12 12:00", "not", "2026-06-13 12:00", "2026-06-12 02:00" },
    { "mon-fri and dark", "2026-06-12 02:00", "not", "2026-06-13 02:00" },
    -- by the clock, when summer time begins and ends
    {
      "02:00 - 03:00", "2026-10-25 02:30", "not", "2026-10-25 03:00", "2026-03-29 02:30",
      "2026-03-29 03:00",
    },
    {
      "between 22:00 and 06:00", "2026-03-29 03:00", "2026-03-29 05:59", "2026-10-25 05:59", "not",
      "2026-10-25 06:00",
    },
  } do
    it(("\"%s\" holds at the right times"):format(case[1]), function()
      local truth = true
      for i = 2, #case do
        if case[i] == "not" then
          truth = false
        else
          assert.equal(truth, holds(case[1], case[i]), case[i])
        end
      end
    end)
  end

  it("holds twice in the hour that repeats", function()
    local first = amsterdam:at(local_time "2026-10-25 02:30")
    local condition = Condition.parse "02:15 - 02:45"
    for minute = -60, 120, 5 do
      local shown = (minute + 150) % 60
      local expected = minute >= -30 and minute < 90 and shown >= 15 and shown < 45
      assert.equal(expected, condition:holds(first + minute * 60, amsterdam), minute)
    end
  end)

  it("knows polar day and polar night", function()
    local tromso = Location.new { timezone = "Europe/Oslo", latitude = 69.65, longitude = 18.96 }
    for text, moments in pairs {
      daytime = { ["2026-06-21 00:00"] = true, ["2026-12-21 12:00"] = false },
      night = { ["2026-06-21 00:00"] = false, ["2026-12-21 12:00"] = true },
      ["night sun"] = { ["2026-12-21 11:00"] = true, ["2026-12-21 13:00"] = false },
      light = { ["2026-12-21 12:00"] = true, ["2026-12-21 16:00"] = false },
      dark = { ["2026-12-21 12:00"] = false, ["2026-12-21 16:00"] = true },
      -- it does not occur
      ["after sunset"] = { ["2026-06-21 23:00"] = false, ["2026-12-21 23:00"] = false },
      ["between sunset and 23:00"] = { ["2026-06-21 22:00"] = false },
    } do
      for at, expected in pairs(moments) do
        assert.equal(expected, holds(text, at, tromso), text .. " at " .. at)
      end
    end
  end)

  it("agrees with sunrise and sunset", function()
    local day, window = Condition.parse "daytime", Condition.parse "sunrise - sunset"
    for at =
      amsterdam:at(local_time "2026-01-01 00:00"), amsterdam:at(local_time "2027-01-01 00:00"),
        40000 do
      local here, there = day:holds(at, amsterdam), window:holds(at, amsterdam)
      local near = false -- by seconds
      for _, shift in ipairs { -60, 60 } do
        near = near or window:holds(at + shift, amsterdam) ~= there
      end
      assert.is_true(here == there or near)
    end
  end)

  it("needs the sun only if it names it", function()
    for text, needed in pairs {
      ["sun"] = false, ["22:00 - 06:00"] = false, ["after dusk"] = true,
      ["sat or not (mon and dark)"] = true,
      ["between 22:00 and sunrise"] = true, ["daytime"] = true, ["jan"] = false,
    } do
      assert.equal(needed, Condition.parse(text).needs_sun, text)
    end
  end)

  it("has a readable name", function()
    assert.equal("homey.time.Condition: daytime", tostring(Condition.parse "daytime"))
  end)
end)

describe("an invalid condition is refused:", function()
  for _, case in ipairs {
    { "", "a time or a day is missing, at the end." },
    {
      "sunset",
      "this is a moment: write 'after' or 'before' it, or 'to' and another behind it, at "
        .. "character 1.",
    },
    {
      "mon and 22:00",
      "this is a moment: write 'after' or 'before' it, or 'to' and another behind it, at "
        .. "character 9.",
    },
    { "between 22:00", "'and' and a second time is missing, at the end." },
    { "between 22:00 to 06:00", "'to' is not 'and' and a second time, at character 15." },
    { "between 22:00 and", "a time such as 22:30 or sunset is missing, at the end." },
    { "22:00 - 25:00", "there is no hour 25, at character 9." },
    { "22:00 - 22:00", "this window has no length, at character 1." },
    { "mon and", "a time or a day is missing, at the end." },
    { "and mon", "'and' is not a time or a day, at character 1." },
    { "(mon", "')' is missing, at the end." },
    { "mon)", "')' is not 'and' or 'or', at character 4." },
    { "mon adn tue", "'adn' is not 'and' or 'or', at character 5; did you mean 'and'?" },
    { "dytime", "'dytime' is not a time or a day, at character 1; did you mean 'daytime'?" },
    { "daytime and not sn", "'sn' is not a time or a day, at character 17; did you mean 'sun'?" },
    { "not", "a time or a day is missing, at the end." },
    {
      "after sun",
      "'sun' is not a time such as 22:30 or sunset, at character 7; did you mean 'sunset' or "
        .. "'sunrise'?",
    },
    {
      "after 30 min",
      "this is a duration, not a time. Use homey.every or homey.after, at character 7.",
    },
    { "30 feb", "February has no day 30, at character 1." },
    { "mon except mon", "there is no such day, at character 1." },
    { "22:00 - 06:00,", "',' is not 'and' or 'or', at character 14." },
    { "*/15 * * * *", "'*' is not a time or a day, at character 1." },
    { ("("):rep(51), "parentheses are nested too deeply, at character 51." },
  } do
    it(("%q"):format(case[1]), function()
      local condition, err = try(Condition.parse, case[1])
      assert.is_nil(condition)
      assert.equal("invalid", err.kind)
      assert.equal(("is(\"%s\"): %s"):format(case[1], case[2]), err.message)
    end)
  end

  it("names the function that takes it", function()
    local _, err = try(Condition.parse, "25:00 - 26:00", "quiet")
    assert.equal("quiet(\"25:00 - 26:00\"): there is no hour 25, at character 1.", err.message)
    _, err = try(Condition.parse, {}, "quiet")
    assert.equal("quiet takes text, not a table.", err.message)
  end)
end)
