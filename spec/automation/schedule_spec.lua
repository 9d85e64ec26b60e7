-- Runs hardly any C code: not under Valgrind.
local calendar = require "homey.time.calendar"
local fake = require "spec.support.fake_core_loop"
local homey = require "homey"
local log = require "homey.util.log"

local LOCATION, CLOCK = "GET /api/manager/geolocation/option/location",
  "GET /api/manager/clock/state"

local core_loop, home, heard, logged

local function utc(year, month, day, hour, min)
  return calendar.days(year, month, day) * 86400 + hour * 3600 + min * 60
end

before_each(function()
  core_loop, heard, logged = fake.new(), {}, {}
  core_loop:set_time(utc(2026, 6, 12, 10, 0)) -- noon of a Friday in Amsterdam
  core_loop:on(LOCATION, { value = { latitude = 52.37, longitude = 4.9, accuracy = 10 } })
  core_loop:on(CLOCK, { timezone = "Europe/Amsterdam" })
  home = fake.home(core_loop)
  log.to(function(level, text) logged[#logged + 1] = level .. ": " .. text end)
end)

after_each(function()
  home:close()
  log.to()
end)

local function pass(seconds)
  local till = core_loop.clock + seconds
  repeat
    local due = core_loop:timeout()
    core_loop:advance(math.min(due or seconds, till - core_loop.clock))
    home:step()
  until core_loop.clock >= till and (core_loop:timeout() or 1) > 0
end

local function hear(event)
  heard[#heard + 1] = os.date("!%d %H:%M", math.floor(event.at))
    .. (event.missed and " missed" or "")
end

local function refused(f, ...)
  local ok, err = homey.try(f, home, ...)
  assert.is_nil(ok)
  assert.equal("invalid", err.kind)
  return err.message
end

describe("homey.at", function()
  it("calls the handler in the hub's time zone", function()
    home:at("13:00, 14:00", hear)
    pass(2.5 * 3600)
    assert.same({ "12 11:00", "12 12:00" }, heard)
  end)

  it("passes the time to the handler", function()
    local event
    home:at("13:00", function(...) event = ... end)
    pass(3601)
    assert.same({ name = "time", at = utc(2026, 6, 12, 11, 0), missed = false }, event)
  end)

  it("follows the hub's sun and reads it hourly", function()
    home:at("sunset - 30 min", hear)
    home:at("sunset", hear)
    pass(86400)
    assert.same({ "12 19:32", "12 20:02" }, heard)
    local said = core_loop:said()
    assert.same({ "GET /api/manager/geolocation/option/location", "GET /api/manager/clock/state" },
      { said[1], said[2] })
    assert.is_true(#said > 40 and #said <= 2 + 2 * 24, #said)
  end)

  it("reads no location when it needs no sun", function()
    home:at("13:00", hear)
    assert.same({ "GET /api/manager/clock/state" }, core_loop:said())
  end)

  it("calls once with `once`", function()
    local handle = home:at("*/10 * * * *", { once = true }, hear)
    pass(3600)
    assert.same({ "12 10:10" }, heard)
    assert.is_false(handle.active)
    home.scheduler:run() -- ends when nothing is left to do
  end)

  it("ends with cancel and with its home", function()
    local handle = home:at("*/10 * * * *", hear)
    home:at("*/20 * * * *", hear)
    pass(660)
    handle:cancel()
    pass(600)
    home:close()
    pass(3600)
    assert.same({ "12 10:10", "12 10:20" }, heard)
  end)

  it("ends without a next time, and logs it", function()
    local handle = home:at("13:00 2026-06-12", hear)
    pass(3601)
    assert.same({ "12 11:00" }, heard)
    assert.is_false(handle.active)
    assert.same({ "info: at(\"13:00 2026-06-12\") has no more times." }, logged)
  end)

  it("warns of a rule that never matches", function()
    local handle = home:at("07:00 2020-01-01", hear)
    pass(1)
    assert.is_false(handle.active)
    assert.equal(1, #logged)
    assert.match(
      '^warning: at%("07:00 2020%-01%-01"%) has no time in the future: its function at '
        .. '.*schedule_spec%.lua:%d+ is never called',
      logged[1])
  end)

  it("warns only once the time is known", function()
    core_loop:set_time(3600) -- 1970
    home:at("07:00 2026-06-13", hear)
    home:at("07:00 2020-01-01", hear)
    pass(120)
    for _, line in ipairs(logged) do assert.not_match("has no time in the future", line) end
    core_loop:set_time(utc(2026, 6, 12, 10, 0))
    pass(120)
    assert.match("2020%-01%-01.* has no time in the future", logged[#logged])
    for _, line in ipairs(logged) do assert.not_match("2026", line) end
  end)

  for missed, expected in pairs { run = { "12 13:00 missed" }, skip = {} } do
    it(("catches up with missed = '%s'"):format(missed), function()
      home:at("13:00, 14:00, 15:00", { missed = missed }, hear)
      pass(1)
      core_loop:suspend(4 * 3600)
      pass(21)
      assert.same(expected, heard)
    end)
  end

  it("runs once when summer time begins and ends", function()
    core_loop:set_time(utc(2026, 3, 28, 12, 0))
    home:at("02:30", hear)
    pass(86400)
    assert.same({ "29 01:00" }, heard) -- when the clock goes from 02:00 to 03:00
    core_loop:set_time(utc(2026, 10, 24, 12, 0))
    pass(21)
    heard = {}
    pass(86400)
    assert.same({ "25 00:30" }, heard) -- the first of the two
  end)

  it("logs what the handler raises and continues", function()
    home:at("*/10 * * * *", function() error("oh no") end)
    home:at("*/10 * * * *", hear)
    pass(1201)
    assert.equal(2, #heard)
    assert.equal(2, #logged)
    assert.match("schedule_spec.lua:%d+: oh no", logged[1])
  end)

  it("accepts a mode", function()
    local ended = 0
    home:at("*/10 * * * *", { mode = "single" }, function(event)
      hear(event)
      home.scheduler:sleep(900)
      ended = ended + 1
    end)
    pass(1800)
    assert.same({ "12 10:10", "12 10:30" }, heard)
    assert.equal(1, ended)
  end)

  it("refuses an invalid rule with its position", function()
    assert.equal("at(\"25:00\"): there is no hour 25, at character 1.",
      refused(home.at, "25:00", hear))
    assert.same({}, core_loop:said())
  end)

  it("refuses invalid arguments", function()
    assert.match("^at takes a time such as", refused(home.at, 22, hear))
    assert.match("^at%(\"22:30\"%) takes a function to call, not a table",
      refused(home.at, "22:30", {}))
    assert.match("^at takes a table such as { missed = \"run\" }, not 'x'",
      refused(home.at, "22:30", "x", hear))
    assert.match("at has no option 'mised'; did you mean 'missed'",
      refused(home.at, "22:30", { mised = "run" }, hear))
    assert.match("`mode` takes .*'restrat'; did you mean 'restart'",
      refused(home.at, "22:30", { mode = "restrat" }, hear))
    assert.match("`missed` takes 'run' or 'skip', not true",
      refused(home.at, "22:30", { missed = true }, hear))
    assert.match("`mode` takes", refused(home.at, "22:30", { mode = "x" }, hear))
    assert.equal(0, home.scheduler.active_handles)
  end)
end)

describe("the location of a home", function()
  local function raised(f, ...)
    local ok, err = homey.try(f, home, ...)
    assert.is_nil(ok)
    return err
  end

  it("is read bare or inside a value", function()
    core_loop:on(LOCATION, { latitude = 40.71, longitude = -74.01 })
    assert.is_true(home:is "daytime")
    core_loop:set_time(utc(2026, 6, 12, 2, 0))
    assert.is_false(home:is "daytime")
    assert.equal(2, #core_loop:said())
  end)

  for name, answer in pairs { ["an empty answer"] = {},
    ["no such thing"] = fake.fail("not_found", "no.", 404),
    ["no right to know"] = fake.fail("forbidden", "Missing Scopes", 403),
    ["half of it"] = { value = { latitude = 1 } } } do
    it("is refused with advice when the hub answers " .. name, function()
      core_loop:on(LOCATION, answer)
      local err = raised(home.at, "sunset", hear)
      assert.equal("not_found", err.kind)
      assert.match("^the hub does not tell where it is, so its sun is not known: set its location",
        err.message)
      assert.equal(0, home.scheduler.active_handles)
    end)
  end

  it("is read again after a failure", function()
    core_loop:on(LOCATION, fake.fail("offline", "the hub is off."))
    assert.equal("offline", raised(home.at, "sunset", hear).kind)
    core_loop:on(LOCATION, { latitude = 52.37, longitude = 4.9 })
    core_loop:on(CLOCK, fake.fail("offline", "the hub is off."))
    assert.equal("offline", raised(home.at, "sunset", hear).kind)
    core_loop:on(CLOCK, { timezone = "Europe/Amsterdam" })
    home:at("sunset", hear)
    assert.equal("Europe/Amsterdam", home.timezone)
  end)

  it("has this machine's time zone as a fallback", function()
    core_loop:on(CLOCK, fake.fail("not_found", "no.", 404))
    home:at("13:00", hear)
    assert.is_nil(home.timezone)
    assert.same({}, logged)
  end)

  describe("when the machine's time zone is unknown", function()
    before_each(function()
      core_loop:on(CLOCK, { timezone = "Moon/Tranquility" })
      core_loop:on("GET /api/manager/devices/device", {})
      core_loop:on("GET /api/manager/zones/zone", {})
    end)

    for what, ask in pairs {
      ["rules"] = function() home:at("13:00", hear) end, ["rules of the sun"] = function()
        home:at("sunset - 30 min", hear)
      end,
      ["conditions"] = function() home:is "between 22:00 and 06:00" end,
      ["guards with quiet hours"] = function()
        home:guard { class = "speaker", quiet = "22:00 - 07:00" }
      end,
    } do
      it("refuses " .. what .. " and says what helps", function()
        local err = raised(ask)
        assert.equal("invalid", err.kind)
        assert.matches(
          "^the hub is in the time zone 'Moon/Tranquility', which is not known on this machine",
          err.message)
        assert.matches('tzdata.*timezone = "CET%-1CEST,M3%.5%.0,M10%.5%.0/3".*HOMEY_TIMEZONE',
          err.message)
        home.timezone = "CET-1CEST,M3.5.0,M10.5.0/3"
        ask()
      end)
    end

    it("keeps what needs no time of day", function()
      home:every("1 h", hear)
      home:after("10 s", hear)
      assert.same({}, core_loop:said())
    end)
  end)

  it("comes from the login without a request", function()
    home.timezone, home.latitude, home.longitude = "America/New_York", 40.71, -74.01
    home:at("sunset", hear)
    assert.same({}, core_loop:said())
    pass(86400)
    assert.same({ "13 00:27" }, heard)
  end)
end)

describe("homey.is", function()
  it("evaluates a condition now", function()
    assert.is_true(home:is "daytime and not sun")
    assert.is_true(home:is "fri between 11:00 and 13:00")
    assert.is_false(home:is "between 22:00 and 06:00")
  end)

  it("refuses an invalid condition with its position", function()
    assert.equal(
      "is(\"dytime\"): 'dytime' is not a time or a day, at character 1; did you mean 'daytime'?",
      refused(home.is, "dytime"))
    assert.equal("is takes text, not nothing.", refused(home.is))
  end)
end)

describe("homey.every", function()
  it("calls at each interval", function()
    home:every("15 min", hear)
    pass(3600)
    assert.same({ "12 10:15", "12 10:30", "12 10:45", "12 11:00" }, heard)
  end)

  it("does not drift and skips late calls", function()
    home:every(60, hear)
    pass(61)
    core_loop:advance(200) -- no step meanwhile
    pass(120)
    assert.same({ "12 10:01", "12 10:04", "12 10:05", "12 10:06" }, heard)
  end)

  it("ignores changes of the clock", function()
    home:every("1 h", hear)
    pass(600)
    core_loop:set_time(utc(2027, 1, 1, 0, 0))
    pass(3000)
    assert.same({ "01 00:50" }, heard)
  end)

  it("refuses an invalid duration", function()
    assert.match("every takes a time such as", refused(home.every, "15 parsecs", hear))
    assert.match("1 ms or more, not 0", refused(home.every, 0, hear))
    assert.match("every has no option 'missed'", refused(home.every, 5, { missed = "run" }, hear))
  end)

  it("follows the clock of the home when it is aligned", function()
    core_loop:set_time(utc(2026, 6, 12, 10, 7))
    home:every("15 min", { aligned = true }, hear)
    pass(3600)
    assert.same({ "12 10:15", "12 10:30", "12 10:45", "12 11:00" }, heard)
  end)

  it("is aligned to midnight of the home, also when summer time begins and ends", function()
    core_loop:set_time(utc(2026, 3, 28, 22, 30)) -- 23:30 in Amsterdam, before the night of 23 h
    home:every("2 h", { aligned = true }, hear)
    pass(8 * 3600)
    assert.same({ "28 23:00", "29 02:00", "29 04:00", "29 06:00" }, heard) -- 0:00 4:00 6:00 8:00
    heard = {}
    core_loop:set_time(utc(2026, 10, 24, 21, 30)) -- 23:30, before the night of 25 h
    pass(8 * 3600)
    assert.same({ "24 22:00", "25 00:00", "25 03:00", "25 05:00" }, heard) -- 0:00 2:00 4:00 6:00
  end)

  it("is aligned through the hour that comes twice", function()
    core_loop:set_time(utc(2026, 10, 25, 0, 10)) -- 02:10 in Amsterdam, for the first time
    home:every("30 min", { aligned = true }, hear)
    pass(2 * 3600)
    assert.same({ "25 00:30", "25 01:00", "25 01:30", "25 02:00" }, heard)
  end)

  it("refuses to align what no day is a multiple of", function()
    for _, time in ipairs { "7 min", "36 h", 0.7 } do
      assert.match("a day must be a multiple of the time",
        refused(home.every, time, { aligned = true }, hear))
    end
  end)

  it("ends by cancel, from inside too", function()
    local handle
    handle = home:every("1 min", function(event)
      hear(event)
      if #heard == 2 then handle:cancel() end
    end)
    pass(600)
    assert.equal(2, #heard)
    assert.equal(0, home.scheduler.active_handles)
    pass(1)
    assert.is_true(core_loop:idle())
  end)
end)

describe("homey.after", function()
  it("calls once after the duration", function()
    local handle = home:after("10 s", hear)
    pass(9)
    assert.same({}, heard)
    pass(60)
    assert.same({ "12 10:00" }, heard)
    assert.is_false(handle.active)
  end)

  it("does not call after cancel", function()
    home:after("10 s", hear):cancel()
    pass(60)
    assert.same({}, heard)
    assert.equal(0, home.scheduler.active_handles)
  end)
end)

describe("the next call of a handle", function()
  it("is told for a rule, a repetition and a delay, and for nothing else", function()
    local at = home:at("13:00", hear)
    local aligned, every = home:every("2 h", { aligned = true }, hear), home:every("15 min", hear)
    local after, on = home:after("10 s", hear), home:on("my.bell", hear)
    local now = utc(2026, 6, 12, 10, 0)
    local function all()
      local times = { at:next(), aligned:next(), every:next(), after:next() }
      for i, time in ipairs(times) do times[i] = math.floor(time) end
      return times
    end
    assert.same({ now + 3600, now + 7200, now + 900, now + 10 }, all())
    assert.is_nil(on:next())
    pass(3600)
    assert.same({ now + 25 * 3600, now + 7200, now + 4500 }, all())
    at:cancel()
    assert.is_nil(at:next())
  end)
end)

describe("without a home", function()
  it("time follows this machine's zone", function()
    assert.is_true(homey.is "mon-fri or weekend")
    local count = 0
    homey.every("10 ms", { once = true }, function() count = count + 1 end)
    homey.after("10 ms", function() count = count + 1 end)
    homey.at("12:00", hear):cancel()
    homey.run()
    assert.equal(2, count)
  end)

  it("the sun is refused", function()
    for _, f in ipairs { function() homey.at("sunset", hear) end,
      function() homey.is "daytime" end } do
      local _, err = homey.try(f)
      assert.equal("the sun rises and sets at a home: call homey.login first.", err.message)
    end
  end)
end)
