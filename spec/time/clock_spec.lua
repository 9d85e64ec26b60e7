-- Clock of scheduled times: each time is served once, also when the machine's clock is set.
-- Runs hardly any C code: not under Valgrind.

local Scheduler = require "homey.task.scheduler"
local clock = require "homey.time.clock"
local fake = require "spec.support.fake_core_loop"
local log = require "homey.util.log"

local day, hour, minute = 86400, 3600, 60
local noon = 1780056000 -- 2026-05-29 12:00 UTC

local core_loop, scheduler, logged, done

before_each(function()
  core_loop, logged, done = fake.new(), {}, {}
  core_loop:set_time(noon)
  scheduler = Scheduler.new(core_loop)
  log.to(function(level, text) logged[#logged + 1] = level .. ": " .. text end)
end)

after_each(function() log.to() end)

-- Advances the clock by some seconds, and runs what is due.
local function pass(seconds)
  local till = core_loop.clock + seconds
  repeat
    local due = core_loop:timeout()
    core_loop:advance(math.min(due or seconds, till - core_loop.clock))
    scheduler:step()
  until core_loop.clock >= till and (core_loop:timeout() or 1) > 0
end

-- A schedule with a fixed interval in seconds, from `first` to `last` after noon.
local function every(seconds, first, last)
  return function(after)
    local at = math.max(noon + (first or 0),
      noon + (math.floor((after - noon) / seconds) + 1) * seconds)
    return at <= noon + (last or math.huge) and at or nil
  end
end

local function add(options)
  return clock.of(scheduler):add {
    what = "it", missed = options.missed, next = options.next,
    over = options.over or function() end,
    log = function(level, text) logged[#logged + 1] = level .. ": " .. text end,
    call = function(at, missed)
      done[#done + 1] = (at - noon) / hour .. (missed and " missed" or "")
      if options.call then options.call() end
    end,
  }
end

-- The times of the calls, in hours from noon.
local function assert_done(...)
  local list = {}
  for i, each in ipairs { ... } do list[i] = type(each) == "number" and each / 1 .. "" or each end
  for i, each in ipairs(done) do done[i] = each:gsub("%.0$", ""):gsub("%.0 ", " ") end
  for i, each in ipairs(list) do list[i] = each:gsub("%.0$", "") end
  assert.same(list, done)
end

describe("the clock", function()
  it("serves each time when due, never earlier", function()
    local early
    add { next = every(hour), call = function()
      early = early or core_loop:time() % hour > hour / 2
    end }
    pass(3 * hour + minute)
    assert_done(1, 2, 3)
    assert.is_nil(early or nil)
  end)

  it("serves equal times in the order of adding", function()
    local order = {}
    for i = 1, 5 do add { next = every(hour), call = function() order[#order + 1] = i end } end
    pass(hour)
    assert.same({ 1, 2, 3, 4, 5 }, order)
  end)

  it("skips a time that was removed", function()
    local remove
    add { next = every(hour), call = function() remove() end }
    remove = add { next = every(hour) }
    pass(hour + 1)
    assert_done(1)
  end)

  it("keeps no timer when all are removed", function()
    local removes = {}
    for i = 1, 3 do removes[i] = add { next = every(hour) } end
    pass(hour + 1)
    for _, remove in ipairs(removes) do remove() end
    pass(1)
    assert.is_true(core_loop:idle())
    assert.is_nil(next(scheduler.waiting))
  end)

  it("accepts new times inside a call", function()
    add { next = every(hour, 0, hour), call = function() add { next = every(2 * hour) } end }
    pass(4 * hour + 1)
    assert_done(1, 2, 4)
  end)

  it("reports that a rule has no next time", function()
    local over = 0
    add { next = every(hour, 0, 2 * hour), over = function() over = over + 1 end }
    add { next = function() end, over = function() over = over + 10 end }
    pass(1)
    assert.equal(10, over)
    pass(2 * hour)
    assert.equal(11, over)
    pass(1)
    assert.is_true(core_loop:idle())
  end)

  it("keeps running while a call waits", function()
    local add_waiting = function()
      add { next = every(hour), call = function()
        require("homey.task.task").start(scheduler, nil, function()
          scheduler:sleep(90 * minute)
        end)
      end }
    end
    add_waiting()
    pass(3 * hour + 1)
    assert_done(1, 2, 3)
  end)
end)

describe("a machine that was suspended", function()
  local cases = { -- name, missed, seconds asleep, what is done
    { "for less than a quarter of an hour does what was due", nil, 70 * minute, { "1 missed" } },
    { "for longer passes it over", nil, 80 * minute, {} },
    {
      "does it once with missed = 'run', however often it was due", "run", 5 * hour + 30 * minute,
      { "5 missed" },
    },
    { "passes it over with missed = 'skip'", "skip", 70 * minute, {} },
    {
      "is in time with missed = 'skip' when it is late by less than a minute", "skip", hour + 30,
      { "1" },
    },
    { "does what it missed, and what is due right now", "run", 5 * hour + 10, { "4 missed", "5" } },
    {
      "does what is due right now, and passes over what it missed", "skip", 5 * hour + 10, { "5" },
    },
    { "for years wakes up at once", "run", 1000 * day + 30 * minute, { 24000 .. " missed" } },
  }
  for _, case in ipairs(cases) do
    it(case[1], function()
      add { next = every(hour), missed = case[2] }
      pass(1)
      core_loop:suspend(case[3] - 2)
      pass(21)
      local expected = case[4]
      assert_done((table.unpack or unpack)(expected)) -- luacheck: compat
      pass(hour)
      assert.equal(#expected + 1, #done)
    end)
  end

  it("logs which times it skipped", function()
    add { next = every(hour), missed = "skip" }
    pass(1)
    core_loop:suspend(90 * minute)
    pass(21)
    assert.same({ "info: it was missed by 30 min and is skipped." }, logged)
  end)

  it("reports each missed time once over years", function()
    local asked = 0
    local minutely = every(minute)
    add { next = function(after)
      asked = asked + 1
      return minutely(after)
    end, missed = "run" }
    pass(1)
    core_loop:suspend(3 * 365 * day + 30)
    pass(21)
    assert.equal(2, #done)
    assert.is_true(asked < 100)
  end)

  it("serves several times that are not late", function()
    add { next = every(20) }
    pass(1)
    core_loop:suspend(50)
    pass(20)
    assert.equal(3, #done)
  end)
end)

describe("a clock that begins in 1970", function()
  before_each(function() core_loop:set_time(100) end)

  it("waits until it is set and warns once", function()
    add { next = every(hour) }
    add { next = every(hour) }
    pass(3 * hour)
    assert_done()
    assert.equal(1, #logged)
    assert.match("warning: This machine does not know the time yet", logged[1])
  end)

  it("serves each time once after it is set", function()
    add { next = every(hour) }
    pass(90)
    core_loop:set_time(noon + 30 * minute)
    pass(2 * hour)
    assert_done(1, 2)
  end)

  it("serves what fell due while unset", function()
    add { next = every(hour) }
    add { next = every(2 * hour), missed = "skip" }
    pass(5 * minute)
    core_loop:set_time(noon + hour + 2 * minute) -- they were added 3 minutes before one o'clock
    pass(21)
    assert_done("1 missed")
    pass(hour)
    assert.equal(3, #done)
  end)

  it("ignores times before it was added", function()
    add { next = every(hour), missed = "run" }
    pass(5 * minute)
    core_loop:set_time(noon + hour + 10 * minute)
    pass(21)
    assert_done()
  end)

  it("waits again when the clock falls back", function()
    core_loop:set_time(noon)
    add { next = every(hour) }
    pass(hour + 1)
    core_loop:set_time(100)
    pass(10 * minute)
    core_loop:set_time(noon + hour + 10 * minute)
    pass(hour)
    assert_done(1, 2)
  end)
end)

describe("a clock that is set back", function()
  it("repeats and loses nothing after one hour", function()
    add { next = every(20 * minute) }
    pass(2 * hour + 5 * minute)
    assert.equal(6, #done)
    core_loop:suspend(-hour)
    pass(hour)
    assert.equal(6, #done)
    pass(hour)
    assert.equal(9, #done)
  end)

  it("serves a due time when it comes again", function()
    add { next = every(hour) }
    pass(hour - 10)
    core_loop:suspend(-30 * minute)
    pass(30 * minute)
    assert_done()
    pass(20)
    assert_done(1)
  end)

  it("serves times that a wrong clock skipped", function()
    add { next = every(hour), missed = "skip" }
    pass(10)
    core_loop:suspend(5 * hour + 30 * minute)
    pass(hour) -- 6 o'clock, it thinks
    assert_done(6)
    core_loop:suspend(-5 * hour - 30 * minute)
    pass(7 * hour)
    assert_done(6, 1 + 1, 3, 4, 5, 7, 8)
  end)

  it("repeats no time that was made up for", function()
    add { next = every(hour), missed = "run" }
    pass(10)
    core_loop:suspend(3 * hour + 30 * minute)
    pass(21)
    core_loop:suspend(-3 * hour - 30 * minute)
    pass(4 * hour)
    assert_done("3 missed", 1, 2, 4)
  end)

  it("serves all times after days of error", function()
    core_loop:set_time(noon + 2 * day)
    add { next = every(6 * hour) }
    pass(13 * hour)
    core_loop:set_time(noon + 10 * minute)
    pass(13 * hour)
    assert_done(54, 60, 6, 12)
    pass(2 * day)
    assert.equal(4 + 8, #done)
  end)

  it("repeats nothing after moving back and forward", function()
    add { next = every(6 * hour), missed = "run" }
    pass(30 * hour + 1)
    assert.equal(5, #done)
    core_loop:suspend(-30 * hour)
    pass(10 * minute)
    core_loop:suspend(30 * hour)
    pass(6 * hour)
    assert.equal(6, #done)
  end)

  it("serves new times that others had already", function()
    pass(3 * hour)
    add { next = every(hour) }
    pass(10)
    core_loop:suspend(-2 * hour)
    pass(hour)
    assert_done(2)
  end)

  local function random_numbers()
    local seed = 4711
    return function(n)
      seed = (seed * 16807) % 2147483647
      return seed % n
    end
  end

  -- Runs through periods in which the clock is wrong by `error_of`, and counts the calls.
  local function live(stretches, seconds, missed, error_of)
    local count, lived, random = {}, 0, random_numbers()
    clock.of(scheduler)
      :add { what = "it", next = every(seconds), over = error, log = function() end,
        missed = missed,
      call = function(at)
        count[(at - noon) / seconds] = (count[(at - noon) / seconds] or 0) + 1
      end }
    for _ = 1, stretches do
      local length = random(10 * seconds) / 2 + 1
      pass(length)
      lived = lived + length
      core_loop:set_time(noon + lived + error_of(random))
    end
    return count, math.floor(lived / seconds)
  end

  for _, missed in ipairs { "run", "skip" } do
    it(("at random, by hours, repeats nothing with missed = '%s'"):format(missed), function()
      local count = live(30, hour, missed, function(random)
        return random(3) == 0 and random(10 * hour) - 5 * hour or 0
      end)
      assert.is_true(next(count) ~= nil)
      for at, n in pairs(count) do assert.equal(1, n, at) end
    end)
  end

  it("serves each time once when it jitters", function()
    local count, total = live(30, hour, "skip", function(random) return random(50) - 25 end)
    for i = 1, total do assert.equal(1, count[i], i) end
  end)
end)

describe("the machine's own clock", function()
  it("is read through the C core", function()
    local real = Scheduler.new(require("homey.core").loop())
    local at = math.floor(real.core_loop:time()) + 1
    local heard
    clock.of(real):add {
      what = "it", log = function() end, over = function() end,
      next = function(after) return after < at and at or nil end,
      call = function(due) heard = { due, real.core_loop:time() } end,
    }
    while not heard do real:sleep(0.1) end
    assert.equal(at, heard[1])
    assert.is_true(heard[2] >= at)
  end)
end)
