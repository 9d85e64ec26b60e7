--- `held` over a restart of the program: what was over meanwhile is done, what was done before is not done again.
-- Runs hardly any C code: not under Valgrind.
local logins = require "spec.support.logins"
local sim = require "homey.sim"

local home, folder, calls

-- A run that begins at some time, with the motion sensor quiet since 20:00.
local function run(time, options, on)
  if home then home:close() end
  home = sim.home(nil, { time = "2026-01-10 20:00", quiet = true })
  home:operate("Hall/Motion", "alarm_motion", on or false)
  home:advance_to(time)
  home.state_dir = folder
  local all = { to = false, held = "10 min" }
  for name, value in pairs(options or {}) do all[name] = value end
  home:device("Hall/Motion"):on("alarm_motion", all, function() calls[#calls + 1] = home:date():sub(12, 16) end)
end

before_each(function()
  folder, calls = logins.folder(), {}
  logins.shell("mkdir -m 700 " .. logins.quoted(folder))
end)

after_each(function()
  home:close()
  home = nil
end)

describe("held, whose time was over while the program was down,", function()
  it("is done where it is less than a quarter of an hour late", function()
    run "20:22"
    home:advance "1 s"
    assert.same({ "20:22" }, calls)
    home:advance "2 h"
    assert.same({ "20:22" }, calls)
  end)

  it("is passed over where it is later, or where missed is 'skip'", function()
    run "20:26"
    home:advance "1 h"
    run("20:12", { missed = "skip" })
    home:advance "1 h"
    assert.same({}, calls)
  end)

  it("is done however late where missed is 'run'", function()
    run("22:00", { missed = "run" })
    home:advance "1 s"
    assert.same({ "22:00" }, calls)
  end)

  it("goes on where its time is not over", function()
    run "20:04"
    home:advance "1 h"
    assert.same({ "20:10" }, calls)
  end)
end)

describe("held, that has fired before the restart,", function()
  it("does not fire again, whatever is missed", function()
    run "20:04"
    home:advance_to "20:11"
    assert.same({ "20:10" }, calls)
    run "20:12"
    home:advance "1 h"
    run("20:13", { missed = "run" })
    home:advance "1 h"
    assert.same({ "20:10" }, calls)
  end)

  it("fires again when the value has become so anew", function()
    run "20:04"
    home:advance_to "20:11"
    home:operate("Hall/Motion", "alarm_motion", true)
    home:operate("Hall/Motion", "alarm_motion", false)
    home:advance "11 min"
    assert.equal(2, #calls)
  end)

  it("is not taken for another that waits for something else", function()
    run "20:04"
    home:advance_to "20:11"
    run("20:12", { held = "5 min" })
    home:advance "1 s"
    assert.same({ "20:10", "20:12" }, calls)
  end)
end)

describe("missed", function()
  it("is refused where there is nothing held, and where it is neither 'run' nor 'skip'", function()
    run "20:04"
    local failure = require "spec.support.failure"
    local motion = home:device "Hall/Motion"
    assert.equal("invalid", failure(motion.on, motion, "alarm_motion", { to = false, missed = "run" }, print).kind)
    assert.equal("invalid", failure(motion.on, motion, "alarm_motion", { held = "5 min", missed = "later" }, print).kind)
  end)
end)
