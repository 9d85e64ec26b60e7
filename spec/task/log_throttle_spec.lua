-- Log throttle: repeated failures, in virtual time.
local Scheduler = require "homey.task.scheduler"
local fake = require "spec.support.fake_core_loop"
local new_error = require "homey.error"
local log_throttle = require "homey.task.log_throttle"

describe("a line that repeats", function()
  local scheduler, said

  before_each(function() scheduler, said = Scheduler.new(fake.new()), {} end)

  local function put(level, text) said[#said + 1] = level .. ": " .. text end
  local function say(key, text, burst)
    log_throttle.say(scheduler, key, "warning", text, put, burst)
  end

  it("is logged once, then counted every ten minutes", function()
    for i = 1, 130 do
      say("a", "no " .. i)
      scheduler:sleep(10)
    end
    scheduler:sleep(600)
    assert.same({
      "warning: no 1", "warning: no 60 ... and 59 more like it in the last 10 min",
      "warning: no 120 ... and 60 more like it in the last 10 min",
      "warning: no 130 ... and 10 more like it in the last 10 min",
    }, said)
  end)

  it("is counted at the end of the program", function()
    say("a", "no 1")
    say("b", "not that")
    for i = 2, 4 do say("a", "no " .. i) end
    log_throttle.flush(scheduler)
    log_throttle.flush(scheduler)
    scheduler:step()
    assert.same({ "warning: no 1", "warning: not that",
      "warning: no 4 ... and 3 more like it in the last 10 min" }, said)
    assert.same({}, scheduler.background)
  end)

  it("needs no timer until it repeats", function()
    say("a", "no")
    assert.same({}, scheduler.background)
  end)

  it("is logged again after ten quiet minutes", function()
    say("a", "no")
    scheduler:sleep(601)
    say("a", "no again")
    assert.same({ "warning: no", "warning: no again" }, said)
  end)

  it("is logged as often as its burst", function()
    for i = 1, 5 do say("a", "no " .. i, 3) end
    assert.same({ "warning: no 1", "warning: no 2", "warning: no 3" }, said)
  end)

  it("does not hide other lines", function()
    say("a", "no")
    say("b", "not that either")
    assert.same({ "warning: no", "warning: not that either" }, said)
  end)

  it("takes bounded memory for any keys", function()
    for i = 1, 5000 do say("key " .. i, "no") end
    local n = 0
    for _ in pairs(scheduler.throttled) do n = n + 1 end
    assert.is_true(n <= 501, n)
    scheduler:sleep(1300)
    say("a", "no")
    n = 0
    for _ in pairs(scheduler.throttled) do n = n + 1 end
    assert.is_true(n <= 2, n)
  end)

  it("has no traceback for hub, network and login errors", function()
    local function is(kind, more) return log_throttle.is_expected(new_error(kind, "no.", more)) end
    for _, kind in ipairs { "offline", "timeout", "network", "tls", "unavailable", "rate_limited",
      "cancelled", "expired" } do
      assert.same({ kind, true }, { kind, is(kind) })
    end
    for _, kind in ipairs { "invalid", "not_found", "ambiguous", "forbidden", "protocol" } do
      assert.same({ kind, false }, { kind, is(kind) })
    end
    assert.same({ true, false, true }, {
      is("hub", { status = 503 }), is("hub", { status = 400 }), is("protocol", { status = 302 }),
    })
    local off, wrong = new_error("offline", "no."), new_error("invalid", "no.")
    assert.same({ true, false },
      { is("offline", { errors = { off, off } }), is("offline", { errors = { off, wrong } }) })
    assert.same({ false, false }, { log_throttle.is_expected "no", log_throttle.is_expected {} })
  end)
end)
