local Reactor = require "homey.task.scheduler"
local Task = require "homey.task.task"
local fake = require "spec.support.fake_seam"
local try = require "homey.task.try"

describe("the reactor", function()
  local seam, reactor

  before_each(function()
    seam = fake.new()
    reactor = Reactor.new(seam)
  end)

  after_each(function() assert.is_true(seam:idle()) end)

  it("blocks the main program until its answer is there", function()
    reactor:sleep(3)
    assert.equal(1003, seam:now())
  end)

  it("raises an error as an object", function()
    local client = seam:client {}
    seam:on("GET /x", fake.fail("hub", "no.", 500, "renew"))
    local _, err = pcall(reactor.await, reactor, (client:request("GET", "/x")))
    assert.same({ "hub", "no.", 500, "renew" }, { err.kind, err.message, err.status, err.step })
  end)

  it("keeps answers that come before anybody waits for them", function()
    local early, late = reactor:expect(seam:timer(1)), reactor:expect(seam:timer(2))
    assert.is_true(reactor:collect(late))
    assert.is_true(early.done)
    assert.is_true(reactor:collect(early))
  end)

  it("settles many, good and bad", function()
    local client = seam:client {}
    seam:on("GET /good", 1)
    local answers = {}
    for i, path in ipairs { "/good", "/bad", "/good" } do answers[i] = reactor:expect((client:request("GET", path))) end
    reactor:settle(answers)
    assert.same({ 1, 1 }, { answers[1].value, answers[3].value })
    assert.equal("not_found", answers[2].error.kind)
  end)

  it("lets tasks go on while the main program blocks", function()
    local heard = {}
    Task.spawn(reactor, function()
      for i = 1, 3 do
        reactor:sleep(1)
        heard[i] = seam:now()
      end
    end)
    reactor:sleep(2.5)
    assert.same({ 1001, 1002 }, heard)
    reactor:run()
    assert.same({ 1001, 1002, 1003 }, heard)
  end)

  it("blocks in a coroutine that nobody schedules", function()
    local co = coroutine.create(function()
      reactor:sleep(1)
      return "done"
    end)
    assert.same({ true, "done" }, { coroutine.resume(co) })
  end)

  it("hands every line to a listener, under one id", function()
    local lines = {}
    reactor.listeners[77] = function(line) lines[#lines + 1] = line end
    seam:hand_out(77, "a")
    seam:hand_out(77, "b")
    reactor:step()
    assert.same({ "a", "b" }, lines)
  end)

  it("passes on what a waiter raises, and keeps the answers behind it", function()
    local got
    reactor.waiting[seam:timer(0)] = function() error("oh no", 0) end
    reactor.waiting[seam:timer(0)] = function() got = true end
    assert.same({ false, "oh no" }, { pcall(reactor.step, reactor) })
    assert.is_nil(got)
    reactor:step()
    assert.is_true(got)
  end)

  it("runs until nobody waits", function()
    Task.spawn(reactor, function() reactor:sleep(60) end)
    reactor:run()
    assert.equal(1060, seam:now())
  end)

  it("runs until it is stopped, and again later", function()
    local rounds = 0
    local task = Task.spawn(reactor, function()
      while true do
        reactor:sleep(1)
        rounds = rounds + 1
        if rounds % 5 == 0 then reactor:stop() end
      end
    end)
    reactor:run()
    assert.equal(5, rounds)
    reactor:run()
    assert.equal(10, rounds)
    task:cancel()
    reactor:step()
  end)

  it("refuses to be run inside a task", function()
    local _, err = Task.spawn(reactor, function() return try(reactor.run, reactor) end):wait()
    assert.equal("invalid", err.kind)
  end)

  it("puts a host's coroutines to sleep by the host's way", function()
    local woken, result
    local co = coroutine.create(function()
      reactor:sleep(1)
      result = seam:now()
    end)
    local detach = reactor:attach(function(root)
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
    seam:advance(1)
    reactor:step()
    assert.same({ true, 1001 }, { woken, result })
    detach()
    assert.same({}, reactor.hosts)
  end)
end)
