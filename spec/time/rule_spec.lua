-- Runs hardly any C code: not under Valgrind.
local Location = require "homey.time.location"
local Rule = require "homey.time.rule"
local calendar = require "homey.time.calendar"
local try = require "homey.task.try"
local local_time = require "spec.support.local_time"

local amsterdam = Location.new { timezone = "Europe/Amsterdam", latitude = 52.37, longitude = 4.9 }

-- The next times of a rule after a moment, in local time.
local function times(rule, after, count, place)
  place = place or amsterdam
  local list, at = {}, place:at(local_time(after))
  local parsed = Rule.parse(rule)
  for i = 1, count do
    at = parsed:next(at, place)
    if not at then break end
    list[i] = os.date("!%m-%d %H:%M", math.floor(place:wall(at)))
  end
  return list
end

describe("a rule with a random shift", function()
  local place = Location.new { timezone = "Europe/Amsterdam", latitude = 52.37, longitude = 4.9,
    seed = "a hub" }

  -- Minutes from 22:00 of the first `count` times.
  local function shifts(rule, count, where)
    local list, at, parsed = {}, where:at(local_time "2026-06-12 00:00"), Rule.parse(rule)
    for i = 1, count do
      at = parsed:next(at, where)
      list[i] = (where:wall(at) % 86400 - 79200) / 60
    end
    return list
  end

  it("is within the shift, spread over it, another one each day", function()
    local list, seen, sum = shifts("22:00 +- 20 min", 400, place), {}, 0
    for _, each in ipairs(list) do
      assert.is_true(each >= -20 and each <= 20)
      seen[math.floor(each)] = true
      sum = sum + each
    end
    local count = 0
    for _ in pairs(seen) do count = count + 1 end
    assert.is_true(count >= 38, count)
    assert.is_true(math.abs(sum / #list) < 2, sum / #list)
    local steps, different = {}, 0
    for i = 2, #list do
      local step = list[i] - list[i - 1]
      different = different + (steps[step] and 0 or 1)
      steps[step] = true
    end
    assert.is_true(different > 300, different)
  end)

  it("is the same when asked again, and another for another rule or home", function()
    local list = shifts("22:00 +- 20 min", 5, place)
    assert.same(list, shifts("22:00 +- 20 min", 5, place))
    assert.same(shifts("22:00 \194\177 20 min", 5, place), list)
    assert.are_not.same(list, shifts("22:00 +- 20 min daily", 5, place))
    assert.are_not.same(list, shifts("22:00 +- 20 min", 5, amsterdam))
  end)

  it("follows another shift, the sun and days", function()
    local noon = place:at(local_time "2026-06-12 12:00")
    local at = Rule.parse("sunset - 30 min +- 5 min fri"):next(noon, place)
    local sunset = Rule.parse("sunset"):next(noon, place)
    assert.is_true(math.abs(at - (sunset - 1800)) <= 300)
    assert.are_not.equal(at, sunset - 1800)
  end)

  it("is refused without a duration", function()
    local _, err = try(Rule.parse, "22:00 +- mon")
    assert.matches("'%+%-' takes a duration", err.message)
  end)
end)

describe("a rule", function()
  for _, case in ipairs {
    { "07:00, 19:30 mon-fri", "2026-06-12 12:00", "06-12 19:30", "06-15 07:00", "06-15 19:30" },
    {
      "07:00 and 08:00 on sat and sun", "2026-06-12 12:00", "06-13 07:00", "06-13 08:00",
      "06-14 07:00",
    },
    {
      "07:00 mon-fri, 09:00 sat, sun", "2026-06-12 12:00", "06-13 09:00", "06-14 09:00",
      "06-15 07:00",
    },
    {
      "07:00 mon; 07:00, 09:00 tue", "2026-06-12 12:00", "06-15 07:00", "06-16 07:00",
      "06-16 09:00",
    },
    {
      "MON-FRI AT 07:00; Sat 08:00", "2026-06-12 12:00", "06-13 08:00", "06-15 07:00",
      "06-16 07:00",
    },
    { "07:00 07:00, 07:00", "2026-06-12 12:00", "06-13 07:00", "06-14 07:00" },
    { "midnight - 30 min mon", "2026-06-12 12:00", "06-14 23:30", "06-21 23:30" },
    { "24:00 fri", "2026-06-12 12:00", "06-13 00:00", "06-20 00:00" },
    { "noon + 23 h fri", "2026-06-12 12:00", "06-13 11:00", "06-20 11:00" },
    { "23:00 + 2 h", "2026-06-12 00:00", "06-12 01:00", "06-13 01:00" },
    { "12 am, 12 pm", "2026-06-12 11:00", "06-12 12:00", "06-13 00:00" },
    {
      "22:00 fri - mon", "2026-06-12 12:00", "06-12 22:00", "06-13 22:00", "06-14 22:00",
      "06-15 22:00", "06-19 22:00",
    },
    { "08:00 last friday", "2026-06-12 12:00", "06-26 08:00", "07-31 08:00", "08-28 08:00" },
    { "08:00 5th mon", "2026-06-12 12:00", "06-29 08:00", "08-31 08:00" },
    { "08:00 last day of month", "2026-01-12 12:00", "01-31 08:00", "02-28 08:00", "03-31 08:00" },
    { "08:00 31st", "2026-01-31 12:00", "03-31 08:00", "05-31 08:00" },
    { "08:00 29 feb", "2026-01-31 12:00", "02-29 08:00", "02-29 08:00" },
    { "08:00 1 dec - 6 jan", "2027-01-05 12:00", "01-06 08:00", "12-01 08:00" },
    { "08:00 dec 24 - dec 25", "2026-06-12 12:00", "12-24 08:00", "12-25 08:00", "12-24 08:00" },
    {
      "08:00 2026-12-31 - 2027-01-02", "2026-06-12 12:00", "12-31 08:00", "01-01 08:00",
      "01-02 08:00",
    },
    { "08:00 24 dec 2026, 25 dec 2027", "2026-06-12 12:00", "12-24 08:00", "12-25 08:00" },
    { "08:00 feb 2028", "2028-02-27 12:00", "02-28 08:00", "02-29 08:00" },
    { "08:00 sat 24 dec - 6 jan", "2026-06-12 12:00", "12-26 08:00", "01-02 08:00" },
    { "08:00 except mon-thu, sat", "2026-06-12 12:00", "06-14 08:00", "06-19 08:00" },
    { "08:00 mon-fri but not 15 jun - 25 jun", "2026-06-12 12:00", "06-26 08:00", "06-29 08:00" },
    { "08:00 – 30 min", "2026-06-12 12:00", "06-13 07:30" }, -- an en dash, as editors write it
    {
      "*/20 8-9 * * *", "2026-06-12 08:30", "06-12 08:40", "06-12 09:00", "06-12 09:20",
      "06-12 09:40", "06-13 08:00",
    },
    { "5/25 * * * *", "2026-06-12 08:30", "06-12 08:55", "06-12 09:05", "06-12 09:30" },
    { "0 9 13 * fri", "2026-06-12 12:00", "06-13 09:00", "06-19 09:00" },
    -- both, since the day starts with a star
    { "0 9 */10 * fri", "2026-06-12 12:00", "07-31 09:00", "08-21 09:00" },
    { "0 0 * * 7", "2026-06-12 12:00", "06-14 00:00", "06-21 00:00" },
    { "0 0 * * 0-0", "2026-06-12 12:00", "06-14 00:00", "06-21 00:00" },
    { "0 0 * * sun-sun", "2026-06-12 12:00", "06-14 00:00", "06-21 00:00" },
    { "0 0 * * sun-0", "2026-06-12 12:00", "06-14 00:00", "06-21 00:00" },
    { "0 0 * * 7-7", "2026-06-12 12:00", "06-14 00:00", "06-21 00:00" },
    { "0 0 * * 7-sun", "2026-06-12 12:00", "06-14 00:00", "06-21 00:00" },
    { "0 0 * * 0-0/2", "2026-06-12 12:00", "06-14 00:00", "06-21 00:00" },
    { "0 0 * * mon-mon", "2026-06-12 12:00", "06-15 00:00", "06-22 00:00" },
    { "0 0 * * 6-0", "2026-06-12 12:00", "06-13 00:00", "06-14 00:00", "06-20 00:00" },
    { "0 0 * * 0-7", "2026-06-12 12:00", "06-13 00:00", "06-14 00:00", "06-15 00:00" },
    { "0 0 * * 0-1", "2026-06-12 12:00", "06-14 00:00", "06-15 00:00", "06-21 00:00" },
    { "08:00 sun - sun", "2026-06-12 12:00", "06-14 08:00", "06-21 08:00" },
    { "0 0 * * fri-sun", "2026-06-12 12:00", "06-13 00:00", "06-14 00:00", "06-19 00:00" },
    { "0 0 29 feb ?", "2026-06-12 12:00", "02-29 00:00" },
    { "@HOURLY", "2026-06-12 12:30", "06-12 13:00", "06-12 14:00" },
    -- summer time begins on 29 March at 02:00, and ends on 25 October at 03:00
    { "02:30", "2026-03-28 12:00", "03-29 03:00", "03-30 02:30" },
    { "02:15, 02:45, 03:00", "2026-03-28 12:00", "03-29 03:00", "03-30 02:15" },
    { "02:30", "2026-10-24 12:00", "10-25 02:30", "10-26 02:30" },
    { "*/30 * * * *", "2026-03-29 01:15", "03-29 01:30", "03-29 03:00", "03-29 03:30" },
    {
      "*/30 * * * *", "2026-10-25 01:15", "10-25 01:30", "10-25 02:00", "10-25 02:30",
      "10-25 02:00", "10-25 02:30", "10-25 03:00",
    },
    { "*/30 2 * * *", "2026-03-28 12:00", "03-29 03:00", "03-30 02:00" },
    { "*/30 2 * * *", "2026-10-24 12:00", "10-25 02:00", "10-25 02:30", "10-26 02:00" },
    { "03:00 - 30 min", "2026-03-28 12:00", "03-29 01:30" },
  } do
    it(("\"%s\" matches at the right times"):format(case[1]), function()
      local expected = {}
      for i = 3, #case do expected[i - 2] = case[i] end
      assert.same(expected, times(case[1], case[2], #expected))
    end)
  end

  it("needs the sun only if it names it", function()
    for text, needed in pairs {
      ["22:30"] = false, noon = false, ["22:30 sun"] = false, sunset = true, ["22:30; dusk"] = true,
      ["@daily"] = false,
    } do
      assert.equal(needed, Rule.parse(text).needs_sun, text)
    end
  end)

  it("skips days without a sunrise", function()
    local tromso = Location.new { timezone = "Europe/Oslo", latitude = 69.65, longitude = 18.96 }
    local list = times("sunrise", "2026-11-26 12:00", 3, tromso)
    assert.match("^11%-27", list[1])
    assert.match("^01%-1", list[2])
    assert.same({}, times("sunrise 21 dec", "2026-06-12 12:00", 1, tromso))
    assert.match("^07%-2", times("sunset", "2026-06-01 12:00", 1, tromso)[1])
  end)

  it("counts a late sunset to its evening", function()
    local reykjavik = Location.new {
      timezone = "Atlantic/Reykjavik", latitude = 64.15, longitude = -21.94,
    }
    assert.same({ "06-21 00:03", "06-28 00:01" },
      times("sunset sat", "2026-06-20 12:00", 2, reykjavik))
  end)

  it("ends when its years are over", function()
    assert.same({ "12-24 08:00" }, times("08:00 2026-12-24", "2026-06-12 12:00", 3))
    assert.same({}, times("08:00 2020-12-24", "2026-06-12 12:00", 3))
  end)

  it("has a readable name", function()
    assert.equal("homey.time.Rule: 22:30", tostring(Rule.parse "22:30"))
  end)
end)

-- ---- compared with the clock, minute by minute --------------------------------------------------

-- Rule; whether it matches a local time; whether it repeats in an hour that occurs twice.
local rules = {
  { "07:00, 19:30 mon-fri", function(t)
    return t.weekday <= 5 and (t.time == 420 or t.time == 1170)
  end },
  { "02:00, 02:15, 02:30, 03:00", function(t)
    return t.time == 120 or t.time == 135 or t.time == 150 or t.time == 180
  end },
  { "midnight, 01:59", function(t) return t.time == 0 or t.time == 119 end },
  { "23:59 last day of the month", function(t)
    return t.time == 1439 and t.day == calendar.month_length(t.month, t.year)
  end },
  { "02:01 first sun, last sun", function(t)
    return t.time == 121 and t.weekday == 7 and (t.day <= 7 or t.day > 24)
  end },
  { "*/15 * * * *", function(t) return t.time % 15 == 0 end, true },
  { "*/7 */2 * * *", function(t) return t.time % 60 % 7 == 0 and t.time % 120 < 60 end, true },
  { "*/15 1-3 * * *", function(t) return t.time % 15 == 0 and t.time >= 60 and t.time < 240 end },
  { "30 2 1,29 * sun", function(t)
    return t.time == 150 and (t.weekday == 7 or t.day == 1 or t.day == 29)
  end },
  { "@daily", function(t) return t.time == 0 end },
}

local zones = {
  { "Europe/Amsterdam", "2026-03-28", "2026-10-24", "2028-02-28" },
  { "America/New_York", "2026-03-07", "2026-10-31", "2026-12-31" },
  { "Australia/Lord_Howe", "2026-04-04", "2026-10-03" }, -- half an hour
  { "Asia/Kolkata", "2026-06-30" },
  { "UTC", "2026-12-31" },
  { "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-28", "2026-10-24" }, -- at midnight
}

local function fields(minute)
  local day = math.floor(minute / 1440)
  local year, month, date = calendar.date(day)
  return {
    year = year, month = month, day = date, weekday = calendar.weekday(day), time = minute % 1440,
  }
end

-- The times of each rule within some days, found by reading the clock each minute. A local time
-- that occurs twice counts once, and skipped times count at the end of the gap, except for rules
-- that follow the clock.
local function watch_clock(place, first, last)
  local found, latest = {}, place:wall(first - 60) / 60
  for i in ipairs(rules) do found[i] = {} end
  for at = first, last, 60 do
    local now = place:wall(at) / 60
    local new = {}
    for minute = math.min(latest + 1, now), now do new[#new + 1] = fields(minute) end
    for i, rule in ipairs(rules) do
      local comes = rule[3] and rule[2](new[#new])
      for k = 1, not rule[3] and now > latest and #new or 0 do comes = comes or rule[2](new[k]) end
      if comes then table.insert(found[i], at) end
    end
    latest = math.max(latest, now)
  end
  return found
end

describe("a rule, minute by minute,", function()
  local came = {}

  for _, zone in ipairs(zones) do
    it("is right in " .. zone[1], function()
      local place = Location.new { timezone = zone[1] }
      for i = 2, #zone do
        local first = place:at(local_time(zone[i] .. " 12:00"))
        local last = first + 1.5 * 86400
        local found = watch_clock(place, first, last)
        for k, rule in ipairs(rules) do
          local parsed, list = Rule.parse(rule[1]), {}
          local at = parsed:next(first - 1, place)
          while at and at <= last do
            list[#list + 1] = at
            at = parsed:next(at, place)
          end
          assert.same(found[k], list, rule[1])
          came[k] = (came[k] or 0) + #list
        end
      end
    end)
  end

  it("matches at least once", function()
    for k, rule in ipairs(rules) do assert.is_true(came[k] > 0, rule[1]) end
  end)

  it("finds the same times from any start", function()
    local place = Location.new {
      timezone = "Australia/Lord_Howe", latitude = -31.55, longitude = 159.08,
    }
    local all = {
      "sunset - 30 min", "dawn + 20 h sat", "24:00 - 23 h, 00:30 + 23 h", "sunrise, noon mon-wed",
    }
    for _, rule in ipairs(rules) do all[#all + 1] = rule[1] end
    for _, text in ipairs(all) do
      local rule = Rule.parse(text)
      local at = place:at(local_time "2026-03-30 12:00")
      for _ = 1, 40 do
        local before = at
        at = rule:next(before, place)
        assert.is_true(at > before, text)
        for part = 1, 3 do
          assert.equal(at, rule:next(before + (at - before) * part / 4, place), text)
        end
        assert.equal(at, rule:next(at - 0.001, place), text)
      end
    end
  end)
end)

-- ---- invalid rules ------------------------------------------------------------------------------

describe("an invalid rule is refused:", function()
  local ask_is = "; homey.is takes a span, such as \"between 22:00 and 06:00\"."
  for _, case in ipairs {
    { "", "a time such as 22:30 or sunset is missing, at the end." },
    { "25:00", "there is no hour 25, at character 1." },
    { "22:60", "there is no minute 60, at character 1." },
    { "22:30:60", "there is no second 60, at character 1." },
    { "24:01", "there is nothing after 24:00, at character 1." },
    { "22:3", "'22:3' is not a time such as 22:30 or 22:30:15, at character 1." },
    { "22:30:", "'22:30:' is not a time such as 22:30 or 22:30:15, at character 1." },
    { "7", "'7' is not a time, at character 1; did you mean '7:00'?" },
    { "22.30", "'22.30' is not a time, at character 1; did you mean '22:30'?" },
    { "0700", "'0700' is not a time, at character 1; did you mean '07:00'?" },
    { "730 mon-fri", "'730' is not a time, at character 1; did you mean '7:30'?" },
    { "2230, 7:00", "'2230' is not a time, at character 1; did you mean '22:30'?" },
    { "0770", "'0770' is not a time, at character 1." },
    { "2560", "'2560' is not a time, at character 1." },
    { "22:00 - 06:00", "this is a span of time, not a moment, at character 7" .. ask_is },
    {
      "between sunset and 06:00", "this is a span of time, not a moment, at character 1" .. ask_is,
    },
    { "from 10 pm to 6 am", "this is a span of time, not a moment, at character 1" .. ask_is },
    { "sunset - dawn", "this is a span of time, not a moment, at character 8" .. ask_is },
    { "22:00 -", "'-' takes a duration, as in sunset - 30 min, at character 7." },
    { "13 pm", "the hours of am and pm are 1 to 12, not 13, at character 1." },
    { "0:30 am", "the hours of am and pm are 1 to 12, not 0, at character 1." },
    {
      "sunst - 30 min",
      "'sunst' is not a time such as 22:30 or sunset, at character 1; did you mean 'sunset'?",
    },
    { "sunset - 30", "'30' needs a unit, as in 30 min, at character 10." },
    { "sunset - 30 m", "there is no unit of time 'm', at character 13; did you mean 'min'?" },
    {
      "sunset - 30 hourz",
      "there is no unit of time 'hourz', at character 13; did you mean 'hours'?",
    },
    { "sunset -", "'-' takes a duration, as in sunset - 30 min, at character 8." },
    { "sunset - 24 h", "this must be less than a day, at character 10." },
    {
      "30 min befor sunset",
      "'befor' is not 'before' or 'after', at character 8; did you mean 'before'?",
    },
    { "30 min before", "a time such as 22:30 or sunset is missing, at the end." },
    {
      "every 15 min",
      "this is a duration, not a time. Use homey.every or homey.after, at character 7.",
    },
    { "mon-fri", "a time such as 22:30 or sunset is missing, at the end." },
    { "07:00 mon-fry", "'fry' is not a day of the week, at character 11; did you mean 'fri'?" },
    { "07:00 mon-", "a day of the week is missing, at the end." },
    {
      "07:00 frday",
      "'frday' is not a time such as 22:30 or sunset, at character 7; did you mean 'friday'?",
    },
    { "07:00 first", "a day of the week, or 'day' is missing, at the end." },
    { "07:00 6th mon", "a month has at most five weeks, at character 7." },
    { "07:00 32nd", "there is no day 32, at character 7." },
    { "07:00 30 feb", "February has no day 30, at character 7." },
    { "07:00 2026-02-29", "February of 2026 has no day 29, at character 7." },
    { "07:00 2026-13-01", "there is no month 13, at character 7." },
    { "07:00 1 dec 2026 - 6 jan", "give a year to both dates or to none, at character 7." },
    { "07:00 2026-12-24 - 2026-12-20", "this ends before it begins, at character 7." },
    { "07:00 mon except mon", "there is no such day, at character 7." },
    { "07:00 first mon 20 dec", "there is no such day, at character 7." },
    { "07:00 except", "a day such as sat or 24 dec is missing, at the end." },
    { "07:00,, 08:00", "',' is not a time such as 22:30 or sunset, at character 7." },
    { "07:00 (mon)", "'(' is not a time such as 22:30 or sunset, at character 7." },
    { "é 07:00 xyzzy", "'é' is not a time such as 22:30 or sunset, at character 1." },
    {
      "* * * *",
      "cron has five fields (minute, hour, day, month, day of the week), and not 4, at the end.",
    },
    {
      "* * * * * *",
      "cron has five fields (minute, hour, day, month, day of the week), and not 6, at character "
        .. "11.",
    },
    { "60 * * * *", "there is no minute 60: it is 0 to 59, at character 1." },
    { "0 24 * * *", "there is no hour 24: it is 0 to 23, at character 3." },
    { "0 0 0 * *", "there is no day of the month 0: it is 1 to 31, at character 5." },
    { "0 0 30 2 *", "there is no such day, at character 5." },
    { "0 0 31 4,6,9,nov *", "there is no such day, at character 5." },
    { "0 7 * * mon,frx", "'frx' is no day of the week, at character 13; did you mean 'fri'?" },
    { "*/0 * * * *", "a step is 1 to 59, at character 1." },
    { "10-5 * * * *", "10-5 ends before it begins, at character 1." },
    { "1,,2 * * * *", "a value is missing, at character 3." },
    { "*-5 * * * *", "'*-5' is no minute, at character 1." },
    { "@dayly", "there is no '@dayly', at character 1; did you mean '@daily'?" },
  } do
    it(("%q"):format(case[1]), function()
      local rule, err = try(Rule.parse, case[1])
      assert.is_nil(rule)
      assert.equal("invalid", err.kind)
      assert.equal(("at(\"%s\"): %s"):format(case[1], case[2]), err.message)
    end)
  end

  it("anything but a short UTF-8 text", function()
    for pattern, wrong in pairs {
      ["^at takes text, not 22%.$"] = 22,
      ["^at takes text in UTF%-8, not '22:30%?'%.$"] = "22:30\255",
      ["^at takes text of at most 1000 characters%.$"] = ("22:30,"):rep(1000),
    } do
      local _, err = try(Rule.parse, wrong)
      assert.equal("invalid", err.kind)
      assert.match(pattern, err.message)
    end
  end)

  it("an excerpt of a long text", function()
    local _, err = try(Rule.parse, ("22:30, "):rep(50) .. "sunst" .. (", 22:30"):rep(50))
    assert.match(
      "^at%(\"%.%.%.[^a-z\"]+sunst[^a-z\"]+%.%.%.\"%): 'sunst' .* at character 351; did you",
      err.message)
  end)

  it("with the name of the function that takes it", function()
    local _, err = try(Rule.parse, "25:00", "quiet")
    assert.equal("quiet(\"25:00\"): there is no hour 25, at character 1.", err.message)
  end)
end)
