local Scheduler = require "homey.task.scheduler"
local Task = require "homey.task.task"
local fake = require "spec.support.fake_core_loop"
local try = require "homey.task.try"

describe("the scheduler", function()
  local core_loop, scheduler

  before_each(function()
    core_loop = fake.new()
    scheduler = Scheduler.new(core_loop)
  end)

  after_each(function() assert.is_true(core_loop:idle()) end)

  it("blocks the main program until the answer", function()
    scheduler:sleep(3)
    assert.equal(1003, core_loop:now())
  end)

  it("raises an error as an object", function()
    local client = core_loop:client {}
    core_loop:on("GET /x", fake.fail("hub", "no.", 500, "renew"))
    local _, err = pcall(scheduler.await, scheduler, (client:request("GET", "/x")))
    assert.same({ "hub", "no.", 500, "renew" }, { err.kind, err.message, err.status, err.step })
  end)

  it("keeps answers without a waiter", function()
    local early, late = scheduler:expect(core_loop:timer(1)), scheduler:expect(core_loop:timer(2))
    assert.is_true(scheduler:collect(late))
    assert.is_true(early.done)
    assert.is_true(scheduler:collect(early))
  end)

  it("settles many calls, good and bad", function()
    local client = core_loop:client {}
    core_loop:on("GET /good", 1)
    local answers = {}
    for i, path in ipairs { "/good", "/bad", "/good" } do
      answers[i] = scheduler:expect((client:request("GET", path)))
    end
    scheduler:settle(answers)
    assert.same({ 1, 1 }, { answers[1].value, answers[3].value })
    assert.equal("not_found", answers[2].error.kind)
  end)

  it("runs tasks while the main program blocks", function()
    local heard = {}
    Task.start(scheduler, nil, function()
      for i = 1, 3 do
        scheduler:sleep(1)
        heard[i] = core_loop:now()
      end
    end)
    scheduler:sleep(2.5)
    assert.same({ 1001, 1002 }, heard)
    scheduler:run()
    assert.same({ 1001, 1002, 1003 }, heard)
  end)

  it("blocks in a foreign coroutine", function()
    local co = coroutine.create(function()
      scheduler:sleep(1)
      return "done"
    end)
    assert.same({ true, "done" }, { coroutine.resume(co) })
  end)

  it("passes each message to a listener", function()
    local lines = {}
    scheduler.listeners[77] = function(line) lines[#lines + 1] = line end
    core_loop:hand_out(77, "a")
    core_loop:hand_out(77, "b")
    scheduler:step()
    assert.same({ "a", "b" }, lines)
  end)

  it("re-raises an error and keeps later answers", function()
    local got
    scheduler.background[core_loop:timer(0)] = function() error("oh no", 0) end
    scheduler.background[core_loop:timer(0)] = function() got = true end
    assert.same({ false, "oh no" }, { pcall(scheduler.step, scheduler) })
    assert.is_nil(got)
    scheduler:step()
    assert.is_true(got)
  end)

  it("runs until no task waits", function()
    Task.start(scheduler, nil, function() scheduler:sleep(60) end)
    scheduler:run()
    assert.equal(1060, core_loop:now())
  end)

  it("runs until stopped, and again later", function()
    local rounds = 0
    local task = Task.start(scheduler, nil, function()
      while true do
        scheduler:sleep(1)
        rounds = rounds + 1
        if rounds % 5 == 0 then scheduler:stop() end
      end
    end)
    scheduler:run()
    assert.equal(5, rounds)
    scheduler:run()
    assert.equal(10, rounds)
    task:cancel()
    scheduler:step()
  end)

  it("refuses to run inside a task", function()
    local _,
      err = Task.start(scheduler, nil, function() return try(scheduler.run, scheduler) end):wait()
    assert.equal("invalid", err.kind)
  end)

  it("suspends a host's coroutines by the host", function()
    local woken, result
    local co = coroutine.create(function()
      scheduler:sleep(1)
      result = core_loop:now()
    end)
    local detach = scheduler:attach(function(root)
      if root ~= co then return nil end
      return {
        wake = function()
          woken = true
          assert(coroutine.resume(co))
        end,
        sleep = function() coroutine.yield() end,
      }
    end)
    assert(coroutine.resume(co))
    assert.equal("suspended", coroutine.status(co))
    core_loop:advance(1)
    scheduler:step()
    assert.same({ true, 1001 }, { woken, result })
    detach()
    assert.same({}, scheduler.hosts)
  end)
end)
