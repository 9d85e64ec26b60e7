-- Runs hardly any C code: not under Valgrind.
local Condition = require "homey.time.condition"
local Location = require "homey.time.location"
local Rule = require "homey.time.rule"
local calendar = require "homey.time.calendar"

local slow = tonumber(os.getenv "HOMEY_TEST_SLOW" or "1")

-- Almanac data: place, date, then dawn, sunrise, sunset, dusk. false: no such event that day.
local almanac = {
  { "Europe/Amsterdam", 52.37, 4.9, 2026, 3, 20, "06:09", "06:43", "18:53", "19:27" },
  { "Europe/Amsterdam", 52.37, 4.9, 2026, 6, 21, "04:28", "05:18", "22:06", "22:56" },
  { "Europe/Amsterdam", 52.37, 4.9, 2026, 12, 21, "08:07", "08:48", "16:29", "17:10" },
  { "America/New_York", 40.71, -74.01, 2026, 3, 20, "06:32", "06:59", "19:08", "19:36" },
  { "America/New_York", 40.71, -74.01, 2026, 6, 21, "04:52", "05:25", "20:31", "21:04" },
  { "America/New_York", 40.71, -74.01, 2026, 12, 21, "06:46", "07:17", "16:32", "17:03" },
  { "Australia/Sydney", -33.87, 151.21, 2026, 3, 20, "06:33", "06:58", "19:07", "19:32" },
  { "Australia/Sydney", -33.87, 151.21, 2026, 6, 21, "06:32", "07:00", "16:54", "17:22" },
  { "Australia/Sydney", -33.87, 151.21, 2026, 12, 21, "05:11", "05:41", "20:05", "20:35" },
  { "Asia/Singapore", 1.35, 103.82, 2026, 3, 20, "06:48", "07:09", "19:15", "19:36" },
  { "Asia/Singapore", 1.35, 103.82, 2026, 12, 21, "06:39", "07:01", "19:04", "19:27" },
  { "Atlantic/Reykjavik", 64.15, -21.94, 2026, 3, 20, "06:41", "07:29", "19:43", "20:31" },
  -- sets after midnight
  { "Atlantic/Reykjavik", 64.15, -21.94, 2026, 6, 21, false, "02:55", "00:04", false },
  { "Atlantic/Reykjavik", 64.15, -21.94, 2026, 12, 21, "10:03", "11:22", "15:29", "16:49" },
  -- a day ahead of its sun
  { "Pacific/Kiritimati", 1.87, -157.43, 2026, 6, 21, "06:02", "06:25", "18:38", "19:01" },
  { "Europe/Oslo", 69.65, 18.96, 2026, 6, 21, false, false, false, false },
  { "Europe/Oslo", 69.65, 18.96, 2026, 12, 21, "09:31", false, false, "13:53" },
}

local function minutes(text) return text:sub(1, 2) * 60 + text:sub(4, 5) end

describe("the sun", function()
  for _, row in ipairs(almanac) do
    local place = Location.new { timezone = row[1], latitude = row[2], longitude = row[3] }
    local day = calendar.days(row[4], row[5], row[6])
    it(("at %s on %d-%02d-%02d matches almanacs"):format(row[1], row[4], row[5], row[6]), function()
      for i, event in ipairs { "dawn", "sunrise", "sunset", "dusk" } do
        local at, expected = place:sun(event, day), row[6 + i]
        assert.equal(expected == false, at == nil, event)
        if expected then
          assert.near(minutes(expected), place:wall(at) % 86400 / 60, 1.01, event)
        end
      end
    end)
  end

  it("rises and sets once a day all year", function()
    local place = Location.new { timezone = "Europe/Amsterdam", latitude = 52.37, longitude = 4.9 }
    local first = calendar.days(2026, 1, 1)
    for day = first, first + 365 do
      local rise, set = place:sun("sunrise", day), place:sun("sunset", day)
      assert.equal(day, math.floor(place:wall(rise) / 86400))
      assert.equal(day, math.floor(place:wall(set) / 86400))
      assert.is_true(place:sun("dawn", day) < rise and rise < set and set < place:sun("dusk", day))
      assert.is_true(rise - place:sun("sunrise", day - 1) > 82800)
    end
  end)

  it("stays above its height between events", function()
    for _, row in ipairs(almanac) do
      local place = Location.new { timezone = row[1], latitude = row[2], longitude = row[3] }
      local day = calendar.days(row[4], row[5], row[6])
      local rise, set = place:sun("sunrise", day), place:sun("sunset", day)
      if rise then
        assert.is_false(place:is_sun_above("sunrise", rise - 90))
        assert.is_true(place:is_sun_above("sunrise", rise + 90))
        assert.is_true(place:is_sun_above("sunrise", set - 90))
        assert.is_false(place:is_sun_above("sunrise", set + 90))
      end
    end
  end)

  -- A rule, the condition that begins then, and the one that ends.
  local changes = {
    { "sunrise", "day", "night" }, { "sunset", "night", "day" }, { "dawn", "light", "dark" },
    { "dusk", "dark", "light" },
  }
  for _, row in ipairs {
    { "Europe/Amsterdam", 52.37, 4.9 }, { "America/New_York", 40.71, -74.01 },
    { "Australia/Sydney", -33.87, 151.21 },
    { "Europe/Oslo", 69.65, 18.96 }, { "Europe/Helsinki", 66.6, 25.7 },
    { "Atlantic/Reykjavik", 65.73, -20 }, { "UTC", -89.9, 10 },
  } do
    it(("switches day and night at each event, at %s %g"):format(row[1], row[2]), function()
      local place = Location.new { timezone = row[1], latitude = row[2], longitude = row[3] }
      local first = calendar.days(2026, 1, 1) * 86400
      for _, change in ipairs(changes) do
        local rule, begins, ends = Rule.parse(change[1]), Condition.parse(change[2]),
          Condition.parse(change[3])
        local at, count = rule:next(first, place), 0
        while at and at < first + 366 * 86400 do
          local is_right = begins:holds(at, place) and not ends:holds(at, place)
            and ends:holds(at - 1, place)
            and begins:holds(at + 0.9, place) and ends:holds(at - 0.001, place)
          assert.is_true(is_right, change[1] .. " at " .. os.date("!%Y-%m-%d %H:%M:%S", at))
          at, count = rule:next(at, place), count + 1
        end
        assert.is_true(count >= (row[2] < -89 and 1 or 80), count)
      end
    end)

    it(("agrees with its events every ten minutes, at %s %g"):format(row[1], row[2]), function()
      local place = Location.new { timezone = row[1], latitude = row[2], longitude = row[3] }
      local first = calendar.days(2026, 1, 1)
      for _, kind in ipairs { { "sunrise", "sunset" }, { "dawn", "dusk" } } do
        local list = {}
        for day = first - 2, first + 367 do
          for i, event in ipairs(kind) do
            local at = place:sun(event, day)
            if at then list[#list + 1] = { at = at, is_up = i == 1 } end
          end
        end
        table.sort(list, function(a, b) return a.at < b.at end)
        local k, is_up = 1, place:is_sun_above(kind[1], first * 86400)
        for at = first * 86400, (first + 365) * 86400, 600 * slow do
          while list[k] and list[k].at <= at do is_up, k = list[k].is_up, k + 1 end
          if place:is_sun_above(kind[1], at) ~= is_up then
            error(kind[1] .. os.date(" is wrong at !%Y-%m-%d %H:%M", at))
          end
        end
      end
    end)
  end

  it("handles the poles and the date line", function()
    local summer, winter = calendar.days(2026, 6, 21), calendar.days(2026, 12, 21)
    for _, latitude in ipairs { 90, -90 } do
      for _, longitude in ipairs { -180, 0, 180 } do
        local place = Location.new { timezone = "UTC", latitude = latitude, longitude = longitude }
        assert.is_nil(place:sun("sunrise", summer))
        assert.equal(latitude > 0, place:is_sun_above("sunrise", summer * 86400))
        assert.equal(latitude < 0, place:is_sun_above("dawn", winter * 86400))
      end
    end
  end)
end)
