local Scheduler = require "homey.task.scheduler"
local Task = require "homey.task.task"
local fake = require "spec.support.fake_core_loop"
local fiber = require "homey.task.fiber"
local raise = require "homey.util.raise"
local new_error = require "homey.error"
local try = require "homey.task.try"

describe("a task", function()
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

  local function spawn(f, ...) return Task.start(scheduler, nil, f, ...) end
  local function sleep(seconds) scheduler:sleep(seconds) end
  local function note(what) log[#log + 1] = what end

  it("runs at once up to its first wait", function()
    local task = spawn(function(a, b)
      note(a + b)
      sleep(1)
      note "after"
    end, 1, 2)
    assert.same({ 3 }, log)
    assert.equal("waiting", task.status)
    assert.equal("homey.Task: waiting", tostring(task))
    scheduler:run()
    assert.same({ 3, "after" }, log)
    assert.equal("done", task.status)
  end)

  it("accepts a C function", function()
    assert.equal("5", spawn(tostring, 5):wait())
    assert.equal("6", spawn(try, tostring, 6):wait())
    assert.equal("7", spawn(function() return (try(tostring, 7)) end):wait())
  end)

  it("returns its results to a waiter", function()
    local task = spawn(function()
      sleep(1)
      return 1, nil, 3
    end)
    assert.equal(3, select("#", task:wait()))
    assert.same({ 1, nil, 3 }, { task:wait() })
  end)

  it("may wait in the iterator of a `for`", function()
    local task = spawn(function()
      local function iterator(_, i)
        sleep(1)
        if i < 3 then return i + 1 end
      end
      for i in iterator, nil, 0 do note(i) end
    end)
    scheduler:run()
    assert.equal("done", task.status)
    assert.same({ 1, 2, 3 }, log)
  end)

  it("takes the coroutine of one that has ended", function()
    local used, count = {}, 0
    for i = 1, 5 do
      local task = spawn(function(...)
        used[coroutine.running()] = true
        return select("#", ...), ...
      end, i, nil)
      assert.same({ 2, i }, { task:wait() })
    end
    for _ in pairs(used) do count = count + 1 end
    assert.equal(1, count)
  end)

  it("raises its error in a waiter", function()
    local task = spawn(function()
      sleep(1)
      raise(new_error("hub", "no."))
    end)
    local _, err = pcall(task.wait, task)
    assert.equal("hub", err.kind)
    scheduler:run()
  end)

  it("fails homey.run when no task waits for it", function()
    spawn(function()
      sleep(1)
      error("oh no")
    end)
    local ok, err = pcall(scheduler.run, scheduler)
    assert.is_false(ok)
    assert.matches("task_spec.lua:%d+: oh no", err)
    assert.matches("stack traceback", err)
  end)

  it("fails the next run after an early failure", function()
    spawn(function() raise(new_error("hub", "no.")) end)
    local _, err = pcall(scheduler.run, scheduler)
    assert.equal("hub", err.kind)
    assert.matches("task_spec.lua", err.traceback)
  end)

  it("names its place when the error has no text", function()
    local spoken = setmetatable({}, { __tostring = function() return "my own." end })
    for _, case in ipairs {
      { nil, "error%(%) was called with nothing%.\nstack traceback" },
      { false, "error%(%) was called with false%." },
      {
        { code = 2, text = "no" },
        "error%(%) was called with { code = 2, text = 'no' }%.\nstack traceback",
      },
      { {}, "error%(%) was called with {}%." }, { spoken, "^my own%.$" },
    } do
      local task = spawn(function() error(case[1]) end)
      assert.equal("failed", task.status)
      local _, err = pcall(scheduler.run, scheduler)
      assert.matches(case[2], tostring(err))
      if case[1] ~= spoken then assert.matches("task_spec.lua:%d+", err) end
    end
  end)

  it("requires a function", function()
    for _, wrong in ipairs { 5, "x", {} } do
      local ok, err = pcall(spawn, wrong)
      assert.same({ false, "invalid" }, { ok, err.kind })
      assert.matches("homey.spawn takes a function, not", err.message)
    end
  end)

  it("is stopped when it computes too long", function()
    scheduler.limits.compute = 0.05
    for _ = 1, 300 do spawn(function() scheduler:sleep(0.001) end) end
    scheduler:sleep(0.01)
    collectgarbage()
    local function compute()
      for _ = 1, 3 do scheduler:sleep(0.001) end
      local n = 0
      while true do n = n + 1 end
    end
    local task = spawn(compute)
    local ok, err = pcall(task.wait, task)
    assert.is_false(ok)
    assert.matches("this ran for 0.05 s without pausing", tostring(err))
    assert.equal(1, spawn(function() return 1 end):wait())
  end)

  if not rawget(_G, "jit") then -- LuaJIT has one hook for all coroutines
    it("removes a hook that it left", function()
      scheduler.limits.compute = 0.05
      spawn(function() debug.sethook(function() end, "l") end)
      local task = spawn(function()
        for _ = 1, 1e9 do note = note end
      end)
      local _, err = pcall(task.wait, task)
      assert.matches("this ran for 0.05 s without pausing", tostring(err))
    end)
  end

  it("takes turns with others", function()
    for _, name in ipairs { "a", "b" } do
      spawn(function()
        for i = 1, 2 do
          sleep(1)
          note(name .. i)
        end
      end)
    end
    scheduler:run()
    assert.same({ "a1", "b1", "a2", "b2" }, log)
  end)

  it("is cancelled where it waits, and cleans up", function()
    local task = spawn(function()
      sleep(1)
      local ok, err = pcall(sleep, 60)
      note(ok)
      note(err.kind)
      sleep(1)
      note "cleaned"
      raise(err)
    end)
    spawn(function()
      sleep(2)
      task:cancel()
    end)
    scheduler:run()
    assert.same({ false, "cancelled", "cleaned" }, log)
    assert.equal("cancelled", task.status)
    assert.equal(1003, core_loop:now())
  end)

  it("abandons what it waited for when cancelled", function()
    local task = spawn(function() sleep(60) end)
    task:cancel()
    scheduler:run()
    assert.equal(1000, core_loop:now())
    assert.equal("cancelled", task.status)
  end)

  it("is cancelled at its next wait when running", function()
    local task
    task = spawn(function()
      sleep(1)
      task:cancel()
      note "still here"
      sleep(1)
      note "never"
    end)
    scheduler:run()
    assert.same({ "still here" }, log)
    assert.equal("cancelled", task.status)
  end)

  it("may wait to clean up, for a limited time", function()
    local task = spawn(function()
      fiber.pcall(sleep, 60)
      fiber.pcall(sleep, 3)
      note "cleaned"
      fiber.pcall(sleep, 60)
      note(fiber.pcall(sleep, 60))
    end)
    task:cancel()
    scheduler:run()
    assert.same({ "cleaned", false }, log)
    assert.equal(1010, core_loop:now())
  end)

  it("cleans up undisturbed when cancelled twice", function()
    local task = spawn(function()
      fiber.pcall(sleep, 60)
      note "cleans"
      sleep(3)
      note "cleaned"
    end)
    task:cancel()
    task:cancel()
    scheduler:run()
    assert.same({ "cleans", "cleaned" }, log)
    assert.equal(1003, core_loop:now())
  end)

  it("ends soon after cancellation, even if it catches errors", function()
    local task = spawn(function()
      while true do
        fiber.pcall(function()
          sleep(1)
          note "went on"
        end)
      end
    end)
    scheduler:sleep(1.5)
    task:cancel()
    scheduler:sleep(60)
    assert.equal("cancelled", task.status)
    assert.is_true(#log <= 11)
  end)

  it("abandons its waits when it is left", function()
    local cleaned = 0
    for _, wait in ipairs {
      function() sleep(3600) end,
      function() scheduler:collect(scheduler:promise()) end,
      function() scheduler:settle { scheduler:promise(), scheduler:promise() } end,
      function()
        scheduler:settle_then(scheduler:promise(), function() cleaned = cleaned + 1 end)
      end,
    } do
      local waits = 0
      local task = spawn(function()
        while true do
          waits = waits + 1
          fiber.pcall(wait)
        end
      end)
      task:cancel()
      scheduler:run()
      assert.equal("cancelled", task.status)
      assert.is_true(waits <= 13)
      if cleaned > 0 then assert.equal(waits, cleaned) end
    end
    assert.equal(1040, core_loop:now())
  end)

  -- also pcall on PUC 5.1
  it("is stopped even if it catches everything without yielding", function()
    local waits, others = 0, 0
    local function wait()
      waits = waits + 1
      sleep(3600)
    end
    local task = spawn(function()
      sleep(1)
      while true do
        pcall(string.gsub, "x", "x", wait)
      end
    end)
    spawn(function()
      for _ = 1, 30 do
        sleep(1)
        others = others + 1
      end
    end)
    scheduler:later(2, function() task:cancel() end)
    local began = os.clock()
    scheduler:run()
    assert.same({ "cancelled", 30, true, true },
      { task.status, others, waits <= 13, os.clock() - began < 1 })
  end)

  it("is not kept alive by try when cancelled", function()
    local task = spawn(function()
      while true do try(sleep, 1) end
    end)
    scheduler:sleep(3)
    task:cancel()
    scheduler:run()
    assert.equal("cancelled", task.status)
  end)

  it("keeps its result when cancelled later", function()
    local task = spawn(function() return 1 end)
    task:cancel()
    assert.equal("done", task.status)
    assert.equal(1, task:wait())
  end)

  it("waits for another task", function()
    local first = spawn(function()
      sleep(2)
      return "x"
    end)
    local second = spawn(function() return first:wait() .. "y" end)
    assert.equal("xy", second:wait())
  end)

  it("cannot wait for itself", function()
    local task
    task = spawn(function()
      sleep(0)
      task:wait()
    end)
    local _, err = pcall(task.wait, task)
    assert.equal("invalid", err.kind)
  end)

  it("reports that two wait for each other", function()
    local a, b
    a = spawn(function()
      sleep(1)
      b:wait()
    end)
    b = spawn(function() a:wait() end)
    local _, err = pcall(a.wait, a)
    assert.equal("invalid", err.kind)
    assert.matches("cannot happen any more", err.message)
    a:cancel()
  end)

  it("may not yield by itself", function()
    local task = spawn(function() coroutine.yield(1) end)
    local _, err = pcall(task.wait, task)
    assert.equal("invalid", err.kind)
    assert.matches("functions of homey", err.message)
  end)

  it("waits inside pcall on every Lua", function()
    local other
    spawn(function()
      sleep(1)
      note(tostring(pcall(sleep, 2)))
      note(other)
    end)
    spawn(function()
      sleep(2)
      other = "went on"
    end)
    scheduler:run()
    assert.same({ "true", "went on" }, log)
  end)

  it("blocks in its own coroutine that nobody schedules", function()
    local task = spawn(function()
      local generate = coroutine.wrap(function()
        sleep(1)
        coroutine.yield(1)
      end)
      return generate()
    end)
    assert.equal(1, task:wait())
  end)

  describe("under try", function()
    it("returns results unchanged", function()
      assert.same({ 1, 2 }, { try(function(...) return ... end, 1, 2) })
      assert.same({ 1, 2 },
        { spawn(function() return try(function(...) return ... end, 1, 2) end):wait() })
    end)

    it("returns nil and the error", function()
      assert.same({ nil, "x" }, { try(error, "x", 0) })
      local err = new_error("hub", "no.")
      local task = spawn(function()
        return try(function()
          sleep(1)
          raise(err)
        end)
      end)
      assert.equal(err, select(2, task:wait()))
    end)

    it("continues when nothing is raised", function()
      spawn(function()
        note(tostring(try(error)))
        note "went on"
      end)
      assert.same({ "nil", "went on" }, log)
    end)

    it("lets others run while it waits, nested too", function()
      spawn(function()
        note(try(function()
          sleep(2)
          return try(function()
            sleep(2)
            return "inner"
          end)
        end))
      end)
      spawn(function()
        sleep(3)
        note "other"
      end)
      scheduler:run()
      assert.same({ "other", "inner" }, log)
    end)
  end)
end)
