-- Wrong clocks and suspended machines: handlers are not called in bursts, and times of day are
-- computed again. In virtual time, and once with a real process.
local command = require "spec.support.command"
local core = require "homey.core"
local logins = require "spec.support.logins"
local sim = require "homey.sim"
local support = require "spec.support.sim"

describe("a machine whose clock", function()
  local home, homey, fired

  local function start(time)
    home = sim.home(nil, { time = time, quiet = true })
    homey, fired = home.homey, {}
    local function count(name)
      return function(event) table.insert(fired, name .. " " .. home:date(event.at)) end
    end
    homey.at("22:30", count "at")
    homey.at("7:00", { missed = "run" }, count "run")
    homey.at("7:00", { missed = "skip" }, count "skip")
    homey.every("10 min", count "every")
  end
  after_each(function() home:close() end)

  local function times(name)
    local list = {}
    for _, each in ipairs(fired) do list[#list + 1] = each:match("^" .. name .. " (.*)$") end
    fired = {}
    return list
  end

  it("starts in 1970 keeps rules once it is set", function()
    start "1970-01-01 00:00"
    home:advance "2 h"
    assert.equal(12, #times "every")
    home:set_time "2026-06-10 12:00"
    home:advance "1 min"
    assert.same({}, fired)
    home:advance "11 h"
    local all = fired
    assert.same({ "2026-06-10 22:30:00" }, times "at")
    fired = all
    assert.equal(66, #times "every")
    home:advance "10 h"
    all = fired
    assert.same({ "2026-06-11 07:00:00" }, times "run")
    fired = all
    assert.same({ "2026-06-11 07:00:00" }, times "skip")
  end)

  it("jumps two days calls handlers once and recovers", function()
    start "2026-06-10 12:00"
    home:advance "5 min"
    home:set_time "2026-06-12 12:05"
    home:advance "4 min"
    -- only the last one, for the rules with `missed`
    assert.same({ "run 2026-06-12 07:00:00" }, fired)
    fired = {}
    home:advance "1 min"
    assert.equal(1, #times "every")
    home:set_time "2026-06-10 12:10"
    home:advance "1 min"
    assert.same({}, fired)
    home:advance "11 h"
    assert.same({ "2026-06-10 22:30:00" }, times "at")
  end)
end)

describe("a home that was suspended for five minutes", function()
  it("calls each handler once for missed changes", function()
    local Scheduler, schedule = require "homey.task.scheduler", require "homey.automation.schedule"
    local fake = require "spec.support.fake_core_loop"
    local core_loop = fake.new()
    local scheduler, ticks, late, beats = Scheduler.new(core_loop), 0, 0, {}
    schedule.every(scheduler, nil, nil, "1 s", function() ticks = ticks + 1 end)
    schedule.every(scheduler, nil, nil, "7 s",
      function() beats[#beats + 1] = core_loop.clock - 1000 end)
    schedule.after(scheduler, nil, "10 s", function() late = late + 1 end)
    for _ = 1, 3 do scheduler.core_loop:wait(1) scheduler:step() end
    local before = ticks
    core_loop:advance(300) -- SIGSTOP: the monotonic clock continues, and no step runs
    for _ = 1, 5 do scheduler:step() end
    assert.same({ 1, 1, 1 }, { ticks - before, late, #beats })
    for _ = 1, 30 do
      core_loop:wait(0.5)
      scheduler:step()
    end
    assert.is_true(ticks - before <= 17, ticks - before)
    assert.same({ 303, 308 }, { beats[1], beats[2] }) -- still in step: 308 is 44 * 7
  end)
end)

describe("a program with closed standard descriptors", function()
  after_each(command.tidy)

  for _, closed in ipairs { "1>&-", "2>&-", "0<&- 1>&-", "1>&- 2>&-" } do
    it("writes nothing into other descriptors: " .. closed, function()
      local folder = command.folder()
      command.write(folder .. "/a.lua", ([[
        local loop = require("homey.core").loop()
        local said = io.stderr:write "said" and true or false
        local printed = io.stdout:write "printed" and io.stdout:flush() and true or false
        require "homey.util.log"("error", "logged")
        local file = io.open(%q, "w")
        file:write(tostring(said), " ", tostring(printed))
        file:close()
        loop:close()
      ]]):format(folder .. "/out"))
      local lua = require("homey.sim.control.process").interpreter() or "lua"
      logins.shell(("{ %s %s %s; } >/dev/null 2>&1"):format(lua, folder .. "/a.lua", closed))
      -- the poller reads nothing
      assert.equal("true true", command.read(folder .. "/out"))
    end)
  end
end)

describe("homey run after SIGSTOP", function()
  local server

  setup(function() server = support.start() end)
  teardown(support.stop)
  after_each(command.tidy)

  it("continues without a burst", function()
    local folder = command.folder()
    logins.shell("mkdir " .. folder .. "/scripts")
    command.write(folder .. "/scripts/a.lua", [[
      local homey, last, close = require "homey", 0, 0
      homey.every("50 ms", function(event)
        close = event.at - last < 0.01 and close + 1 or 0 -- only two in a row may be close
        last = event.at
        if close > 2 then print "in a burst" end
      end)
      homey.every("500 ms", function() print "ticks" end)
    ]])
    local process = command.start({
      HOMEY_STATE_DIR = folder .. "/state", HOMEY_ADDRESS = server.pat_options.address,
      HOMEY_TOKEN = server.pat_options.token,
    }, "run", folder .. "/scripts")
    process:wait_for "ticks"
    process:signal "STOP"
    core.pause(2)
    process:signal "CONT"
    for _ = 1, 4 do process:wait_for "ticks" end
    assert.is_nil(process:said():find("in a burst", 1, true))
    process:signal "TERM"
    assert.equal(0, process:ended())
  end)
end)
