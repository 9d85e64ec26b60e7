local RateLimit = require "homey.write.rate_limit"
local Scope = require "homey.task.scope"
local houses = require "spec.support.house"
local logins = require "spec.support.logins"
local advance = require "spec.support.advance"
local set_limits = require "homey.automation.limits"
local sim = require "homey.sim"

local failure = logins.failure

describe("too many changes", function()
  local here, home, core_loop, scope, said

  before_each(function()
    here, said = houses.new(), {}
    home, core_loop = here.home, here.core_loop
    scope = Scope.new {
      scheduler = home.scheduler, name = "evening", log = function(level, text)
        said[#said + 1] = level .. ": " .. text
      end,
    }
  end)

  after_each(function()
    scope:close()
    home:close()
  end)

  local function motion()
    core_loop:tell("homey:device:" .. houses.sensor, "capability",
      { capabilityId = "alarm_motion", value = true, transactionId = "other" })
    home:step()
  end

  -- A handler that sets a lamp on each motion. Returns the counts of calls and of failures.
  local function flooder(lamp)
    local seen = { calls = 0, errors = {} }
    lamp = home:device(lamp or "Kitchen/Lamp")
    scope.on_error = function(err) seen.errors[#seen.errors + 1] = err end
    scope:run(function()
      home:device("Motion"):on("alarm_motion", function()
        seen.calls = seen.calls + 1
        lamp:set("dim", seen.calls % 10 / 10)
      end)
    end)
    advance(home, 1)
    core_loop:said()
    return seen
  end

  local function puts()
    local n = 0
    for _, line in ipairs(core_loop:said()) do
      if line:find "^PUT" then n = n + 1 end
    end
    return n
  end

  it("by one handler are delayed over 10 a second", function()
    local seen = flooder()
    for _ = 1, 15 do motion() end
    assert.same({ 15, 10 }, { seen.calls, puts() })
    assert.equal(5, #seen.errors)
    assert.equal("rate_limited", seen.errors[1].kind)
    assert.matches(
      "Kitchen/Lamp: dim = .* is held back: .*rate_limit_spec%.lua:%d+ makes more than 10 changes "
        .. "in one second",
      seen.errors[1].message)
    advance(home, 1.1)
    assert.equal(1, puts())
    motion()
    assert.equal(1, puts())
  end)

  it("are logged once", function()
    flooder()
    for _ = 1, 30 do
      motion()
      advance(home, 0.05)
    end
    assert.equal(1, #said)
    assert.matches("^warning: Kitchen/Lamp: dim", said[1])
    advance(home, 70)
    for _ = 1, 30 do motion() end
    assert.equal(2, #said)
  end)

  it("are delayed over 300 a minute", function()
    flooder()
    for _ = 1, 400 do
      motion()
      advance(home, 0.125)
    end
    assert.equal(300, puts())
    advance(home, 60)
    assert.equal(1, puts())
    motion()
    assert.equal(1, puts())
  end)

  describe("that have stopped", function()
    local function value(capability)
      return here.raw[houses.lamp].capabilitiesObj[capability].value
    end

    local function operate(capability, to)
      core_loop:tell("homey:device:" .. houses.hall_lamp, "capability",
        { capabilityId = capability, value = to, transactionId = "other" })
      home:step()
    end

    -- The kitchen lamp follows the hall lamp.
    local function follow(options)
      scope.on_error = function() end
      scope:run(function()
        for _, id in ipairs { "dim", "onoff" } do
          home:device("Hall/Lamp"):on(id, function(to)
            home:device("Kitchen/Lamp"):set(id, to, options)
          end)
        end
      end)
      advance(home, 1)
      core_loop:said()
    end

    local function slide()
      for i = 1, 15 do operate("dim", i / 20) end
    end

    it("send the newest delayed value once", function()
      follow()
      slide()
      assert.equal(10, puts())
      assert.equal(0.5, value "dim")
      advance(home, 1.1)
      assert.same({ 1, 0.75 }, { puts(), value "dim" })
      assert.matches("^info: Kitchen/Lamp: dim = 0.75, which was held back, is set now%.$",
        said[#said])
      advance(home, 300)
      assert.equal(0, puts())
    end)

    it("send the newest value of each capability", function()
      follow()
      slide()
      for i = 1, 4 do operate("onoff", i % 2 == 1) end
      advance(home, 1.1)
      assert.same({ 12, 0.75, false }, { puts(), value "dim", value "onoff" })
    end)

    it("send nothing after a later set or the script's end", function()
      follow()
      slide()
      home:device("Kitchen/Lamp"):set("dim", 0.1)
      advance(home, 70)
      assert.equal(0.1, value "dim")
      slide()
      advance(home, 0.1)
      scope:close()
      advance(home, 70)
      assert.equal(0.5, value "dim")
    end)

    it("count delayed changes", function()
      set_limits(home.scheduler, { per_minute = 10 })
      follow()
      slide()
      advance(home, 59)
      assert.equal(10, puts())
      advance(home, 1.1)
      assert.equal(1, puts())
      for _ = 1, 12 do operate("dim", 0.3) end
      assert.equal(9, puts())
    end)

    it("leave the value to a set that retries", function()
      follow { within = "1 min" }
      slide()
      advance(home, 6)
      assert.same({ 11, 0.75 }, { puts(), value "dim" })
    end)

    it("end with the home", function()
      follow()
      slide()
      home:close()
      core_loop:advance(10)
      home:step()
      assert.equal(10, puts())
    end)
  end)

  describe("that cause each other", function()
    local here, lamp, bedside

    before_each(function()
      here = sim.home(nil, { quiet = true })
      lamp, bedside = here:device "Hall/Lamp", here:device "Bedroom/Bedside lights"
    end)

    after_each(function() here:close() end)

    -- Switches the lamp once; returns how often it is set in the following minutes.
    local function sets()
      here:operate(lamp, "onoff", not lamp:get "onoff")
      here:advance "1 min"
      here:forget()
      here:advance "5 min"
      return #here:sent()
    end

    it("end when a lamp is set by its own echo", function()
      lamp:on("onoff", function(on) lamp:set("onoff", not on) end)
      assert.equal(0, sets())
    end)

    it("end when two lamps follow each other", function()
      lamp:on("onoff", function(on) bedside:set("onoff", not on) end)
      bedside:on("onoff", function(on) lamp:set("onoff", on) end)
      assert.equal(0, sets())
    end)
  end)

  it("of one device leave others free", function()
    flooder()
    for _ = 1, 15 do motion() end
    local passed = 0
    scope:run(function()
      home:device("Motion"):on("alarm_motion", { once = true }, function()
        home:device("Hall/Lamp"):set("dim", 0.2)
        passed = passed + 1
      end)
    end)
    motion()
    advance(home, 1)
    assert.equal(1, passed)
  end)

  it("exclude changes that were not sent", function()
    local calls = 0
    scope:run(function()
      home:device("Motion"):on("alarm_motion", function()
        home:device("Kitchen/Lamp"):set("onoff", true, { only_if_changed = true })
        calls = calls + 1
      end)
    end)
    advance(home, 1)
    for _ = 1, 30 do motion() end
    advance(home, 1)
    assert.same({ 30, 0 }, { calls, #said })
  end)

  it("are delayed outside handlers as well", function()
    local lamp = home:device("Kitchen/Lamp")
    for i = 1, 30 do lamp:set("dim", i % 10 / 10) end
    assert.equal(30, puts())
  end)

  it("are limited by homey.limits", function()
    set_limits(home.scheduler, { per_second = 3, per_minute = 5 })
    flooder()
    for _ = 1, 10 do motion() end
    assert.equal(3, puts())
    advance(home, 1.5)
    for _ = 1, 10 do motion() end
    assert.equal(2, puts())
  end)

  it("are forgotten after their window", function()
    local flood = RateLimit.new(home.scheduler.limits)
    for i = 1, 1000 do flood:admit("device " .. i, 1000 + i / 1000, "x:1") end
    for i = 1, 1000 do flood:admit("one", 1010 + i, "x:1") end
    local kept, moments = 0, 0
    for _, times in pairs(flood.devices) do
      kept = kept + 1
      for key in pairs(times) do moments = moments + (type(key) == "number" and 1 or 0) end
    end
    assert.same({ 1, 60 }, { kept, moments })
  end)
end)

describe("homey.limits", function()
  local scheduler

  before_each(function() scheduler = houses.new().home.scheduler end)

  it("changes only the named limits", function()
    set_limits(scheduler, { compute = "2 s", queued = 5 })
    assert.same({ compute = 2, parallel = 1000, queued = 5, per_second = 10, per_minute = 300 },
      scheduler.limits)
  end)

  it("holds while its script runs, the last one winning", function()
    local first, second = Scope.new { scheduler = scheduler }, Scope.new { scheduler = scheduler }
    local function say(by, limits) by:run(set_limits, scheduler, limits) end
    local limits = scheduler.limits
    say(first, { per_second = 2, queued = 5 })
    say(second, { per_second = 4, compute = 1 })
    say(first, { per_minute = 60 })
    assert.same({ compute = 1, parallel = 1000, queued = 5, per_second = 2, per_minute = 60 },
      limits)
    say(second, { per_second = 3 })
    assert.equal(3, limits.per_second)
    second:close()
    assert.same({ compute = 5, parallel = 1000, queued = 5, per_second = 2, per_minute = 60 },
      limits)
    assert.equal(1, first:count())
    first:close()
    assert.same({ compute = 5, parallel = 1000, queued = 100, per_second = 10, per_minute = 300 },
      limits)
    assert.equal(limits, scheduler.limits)
  end)

  it("changes nothing when one limit is invalid", function()
    for _, case in ipairs {
      { nil, "takes a table" }, { { per_second = 0 }, "per_second" },
      { { per_minute = 1.5 }, "per_minute" },
      { { queued = "many" }, "queued" }, { { parallel = 0 }, "parallel" },
      { { compute = "soon" }, "compute" }, { { compute = 0 }, "compute" },
      { { per_secnod = 1 }, "did you mean 'per_second'" },
      { { queued = 1, compute = -1 }, "compute" },
      { { per_second = math.huge }, "per_second" }, { { per_second = 0 / 0 }, "per_second" },
    } do
      local err = failure(set_limits, scheduler, case[1])
      assert.equal("invalid", err.kind)
      assert.matches(case[2], err.message, 1, true)
      assert.same({ compute = 5, parallel = 1000, queued = 100, per_second = 10, per_minute = 300 },
        scheduler.limits)
    end
  end)
end)
