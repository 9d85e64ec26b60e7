local Promise = require "homey.net.promise"
local Scheduler = require "homey.task.scheduler"
local Task = require "homey.task.task"
local collect_all = require "spec.support.collect_all"
local fake = require "spec.support.fake_core_loop"
local new_error = require "homey.error"
local try = require "homey.task.try"

describe("a promise", function()
  local core_loop, scheduler, log

  before_each(function()
    core_loop = fake.new()
    scheduler = Scheduler.new(core_loop)
    log = {}
  end)

  after_each(function()
    scheduler:step()
    assert.is_true(core_loop:idle())
    assert.same({}, scheduler.waiting)
  end)

  local function note(what) log[#log + 1] = what end
  local function spawn(f, ...) return Task.start(scheduler, nil, f, ...) end

  it("gives its results to all who wait, in order", function()
    local p = Promise.new(scheduler)
    for i = 1, 3 do
      spawn(function()
        local results = { n = select("#", p:wait()), p:wait() }
        note(("%d: %d %s"):format(i, results.n, tostring(results[1])))
      end)
    end
    assert.equal("homey.Promise: pending", tostring(p))
    assert.is_true(p:resolve("door", nil, nil))
    assert.same({ "1: 3 door", "2: 3 door", "3: 3 door" }, log)
    assert.equal("homey.Promise: resolved", tostring(p))
  end)

  it("gives its results at once when it is settled already", function()
    local p = Promise.new(scheduler)
    p:resolve(1, 2)
    assert.same({ 1, 2 }, { p:wait() })
    assert.same({ 1, 2 }, { p:wait "1 s" })
  end)

  it("counts only the first settlement", function()
    local p = Promise.new(scheduler)
    assert.is_true(p:resolve())
    assert.is_false(p:resolve(2))
    assert.is_false(p:reject "no")
    assert.equal(0, select("#", p:wait()))
  end)

  it("raises its error in all who wait", function()
    local p = Promise.new(scheduler)
    for _ = 1, 2 do
      spawn(function()
        local _, err = try(p.wait, p)
        note(err.kind)
      end)
    end
    p:reject(new_error("hub", "no."))
    assert.same({ "hub", "hub" }, log)
    local bare = Promise.new(scheduler)
    bare:reject()
    local _, err = try(bare.wait, bare)
    assert.matches("rejected without a reason", tostring(err))
  end)

  it("may be settled by a task that others wait for", function()
    local p = Promise.new(scheduler)
    spawn(function()
      scheduler:sleep(2)
      p:resolve "later"
    end)
    assert.equal("later", p:wait()) -- the main program runs the loop
  end)

  it("ends a wait when its time is over", function()
    local p = Promise.new(scheduler)
    local began = scheduler.core_loop:now()
    local long = spawn(function() return p:wait "1 min" end)
    local _, err = try(p.wait, p, "3 s")
    assert.equal("timeout", err.kind)
    assert.equal("the promise was not settled within 3 s.", err.message)
    assert.equal(3, scheduler.core_loop:now() - began)
    assert.equal("waiting", long.status)
    p:resolve "yes"
    assert.equal("yes", long:wait())
  end)

  it("is left by a task that is cancelled", function()
    local p = Promise.new(scheduler)
    local first = spawn(function() p:wait "1 min" end)
    local second = spawn(function() return p:wait() end)
    first:cancel()
    assert.equal("cancelled", first.status)
    assert.equal(1, #p.waiters)
    p:resolve(5)
    assert.equal(5, second:wait())
  end)

  it("does not keep the program running", function()
    local p = Promise.new(scheduler)
    local task = spawn(function() p:wait() end)
    scheduler:run()
    assert.equal("waiting", task.status)
    local _, err = try(p.wait, p)
    assert.equal("invalid", err.kind)
    assert.matches("cannot happen any more", err.message)
  end)

  it("is collected when it is never settled", function()
    local weak = setmetatable({}, { __mode = "k" })
    local function forget(waited)
      local p = Promise.new(scheduler)
      weak[p] = true
      if waited then spawn(function() p:wait() end) end
    end
    forget(false)
    -- Lua 5.1 keeps a coroutine that its own weak table leads to
    if _VERSION ~= "Lua 5.1" then forget(true) end
    collect_all()
    assert.is_nil(next(weak))
  end)

  it("wakes each who waits once more", function()
    local first, second = Promise.new(scheduler), Promise.new(scheduler)
    spawn(function()
      note(first:wait())
      note(second:wait())
    end)
    spawn(function() note(second:wait()) end)
    first:resolve "a"
    second:resolve "b"
    assert.same({ "a", "b", "b" }, log)
  end)

  it("refuses wrong calls by name", function()
    local p = Promise.new(scheduler)
    local _, err = try(p.wait, p, "soon")
    assert.matches("the timeout of promise:wait takes a time", err.message)
    _, err = try(p.wait, "5 s")
    assert.equal("promise.wait is called with a colon: promise:wait(...).", err.message)
    _, err = try(p.reject, p, "a", "b")
    assert.matches("takes one argument", err.message)
  end)
end)
