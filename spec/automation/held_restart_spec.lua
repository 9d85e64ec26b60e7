--- `held` across a restart of the program: catches up what fell due, repeats nothing.
-- Runs hardly any C code: not under Valgrind.
local logins = require "spec.support.logins"
local sim = require "homey.sim"

local home, folder, calls

-- A run that starts at a given time; the motion sensor has been quiet since 20:00.
local function run(time, options, on)
  if home then home:close() end
  home = sim.home(nil, { time = "2026-01-10 20:00", quiet = true })
  home:operate("Hall/Motion", "alarm_motion", on or false)
  home:advance_to(time)
  home.state_dir = folder
  local all = { to = false, held = "10 min" }
  for name, value in pairs(options or {}) do all[name] = value end
  home:device("Hall/Motion"):on("alarm_motion", all, function()
    calls[#calls + 1] = home:date():sub(12, 16)
  end)
end

before_each(function()
  folder, calls = logins.folder(), {}
  logins.shell("mkdir -m 700 " .. logins.quoted(folder))
end)

after_each(function()
  home:close()
  home = nil
end)

describe("a `held` that fell due while the program was down", function()
  it("is done within a quarter of an hour", function()
    run "20:22"
    home:advance "1 s"
    assert.same({ "20:22" }, calls)
    home:advance "2 h"
    assert.same({ "20:22" }, calls)
  end)

  it("is skipped later, or with missed = 'skip'", function()
    run "20:26"
    home:advance "1 h"
    run("20:12", { missed = "skip" })
    home:advance "1 h"
    assert.same({}, calls)
  end)

  it("is done at any delay with missed = 'run'", function()
    run("22:00", { missed = "run" })
    home:advance "1 s"
    assert.same({ "22:00" }, calls)
  end)

  it("continues when it is not due yet", function()
    run "20:04"
    home:advance "1 h"
    assert.same({ "20:10" }, calls)
  end)
end)

describe("a `held` that fired before the restart", function()
  it("does not fire again", function()
    run "20:04"
    home:advance_to "20:11"
    assert.same({ "20:10" }, calls)
    run "20:12"
    home:advance "1 h"
    run("20:13", { missed = "run" })
    home:advance "1 h"
    assert.same({ "20:10" }, calls)
  end)

  it("fires again after a new change", function()
    run "20:04"
    home:advance_to "20:11"
    home:operate("Hall/Motion", "alarm_motion", true)
    home:operate("Hall/Motion", "alarm_motion", false)
    home:advance "11 min"
    assert.equal(2, #calls)
  end)

  it("is distinguished from other triggers", function()
    run "20:04"
    home:advance_to "20:11"
    run("20:12", { held = "5 min" })
    home:advance "1 s"
    assert.same({ "20:10", "20:12" }, calls)
  end)
end)

describe("missed", function()
  it("is refused without `held` and for unknown values", function()
    run "20:04"
    local failure = require "spec.support.failure"
    local motion = home:device "Hall/Motion"
    assert.equal("invalid",
      failure(motion.on, motion, "alarm_motion", { to = false, missed = "run" }, print).kind)
    assert.equal("invalid",
      failure(motion.on, motion, "alarm_motion", { held = "5 min", missed = "later" }, print).kind)
  end)
end)
