local Handler = require "homey.automation.handler"
local Scheduler = require "homey.task.scheduler"
local Scope = require "homey.task.scope"
local fiber = require "homey.task.fiber"
local fake = require "spec.support.fake_core_loop"
local logins = require "spec.support.logins"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local collect_all = require "spec.support.collect_all"
local try = require "homey.task.try"

local failure = logins.failure

describe("a handler", function()
  local scheduler, scope, said, noted

  before_each(function()
    scheduler, said, noted = Scheduler.new(fake.new()), {}, {}
    scope = Scope.new {
      scheduler = scheduler, name = "evening", log = function(level, text)
        said[#said + 1] = level .. ": " .. text
      end,
    }
  end)

  after_each(function() scope:close() end)

  local function note(what) noted[#noted + 1] = what end
  local function handler(f, mode) return Handler.new(f, mode, scope, "on") end
  local function call(which, ...)
    which:call({ text = "it happened", at = scheduler.core_loop:time(), depth = 0 }, ...)
  end

  it("counts its calls, not the events that it ignores, where that is asked for", function()
    local before = handler(note)
    Handler.count_calls(true)
    local counted = handler(function(what)
      note(what)
      scheduler:sleep(1)
    end, "single")
    Handler.count_calls(false)
    for i = 1, 3 do
      call(before, i)
      call(counted, i)
    end
    assert.same({ 1, 1, 2, 3 }, noted)
    assert.same({ 1, scheduler.core_loop:time() }, { counted.calls, counted.called })
    assert.is_nil(before.calls)
  end)

  local function slow(name)
    note("+" .. name)
    scheduler:sleep(10)
    note("-" .. name)
  end

  for mode, expected in pairs {
    parallel = { "+a", "+b", "+c", "-a", "-b", "-c" }, single = { "+a", "-a" },
    restart = { "+a", "+b", "+c", "-c" },
    queued = { "+a", "-a", "+b", "-b", "+c", "-c" },
  } do
    it("in the mode '" .. mode .. "' is called " .. table.concat(expected, " "), function()
      local slowly = handler(slow, mode)
      for _, name in ipairs { "a", "b", "c" } do
        call(slowly, name)
        scheduler:sleep(1)
      end
      scheduler:run()
      assert.same(expected, noted)
      assert.same({ {}, {} }, { slowly.running, said })
    end)
  end

  it("that ended keeps nothing alive", function()
    local weak = setmetatable({}, { __mode = "k" })
    local function call_with_something()
      local given, kept = {}, {}
      weak[given], weak[kept] = true, true
      call(handler(function() note(kept) end), given)
      noted = {}
    end
    call_with_something()
    collect_all()
    assert.is_nil(next(weak))
  end)

  it("is parallel by default", function()
    assert.equal("parallel", handler(slow).mode)
  end)

  it("requires a function", function()
    for _, f in ipairs { 1, "x", {} } do assert.equal("invalid", failure(handler, f).kind) end
  end)

  it("receives all its arguments, after queueing too", function()
    local echo = handler(function(...)
      note(select("#", ...))
      note((select(2, ...)))
      scheduler:sleep(1)
    end, "queued")
    call(echo, nil, "x", "the event")
    call(echo, nil, "y", "the event")
    scheduler:run()
    assert.same({ 3, "x", 3, "y" }, noted)
  end)

  it("that raises is logged with place and traceback", function()
    local bad = handler(function() error("oh no") end)
    local good = handler(note)
    call(bad)
    call(good, "went on")
    call(bad)
    scheduler:run()
    assert.same({ "went on" }, noted)
    assert.equal(2, #said)
    assert.matches(
      "^error: .*handler_spec%.lua:%d+: oh no\nstack traceback:.*handler_spec%.lua:%d+", said[1])
  end)

  it("that raises an error object is logged likewise", function()
    local bad = handler(function()
      scheduler:sleep(1)
      raise(new_error("not_found", "there is no lamp."))
    end)
    call(bad)
    scheduler:run()
    assert.equal(1, #said)
    assert.matches(
      "^error: spec/automation/handler_spec%.lua:%d+: there is no lamp%.\nstack "
        .. "traceback:.*handler_spec%.lua:%d+", said[1])
  end)

  it("that finds the hub offline is logged briefly and counted", function()
    local bad = handler(function() raise(new_error("offline", "the hub cannot be reached.")) end)
    for _ = 1, 38 do
      call(bad)
      scheduler:sleep(10)
    end
    assert.equal(1, #said)
    assert.matches("^error: spec/automation/handler_spec%.lua:%d+: the hub cannot be reached%.$",
      said[1])
    scheduler:sleep(300)
    assert.equal(2, #said)
    assert.matches("^error: spec/automation/handler_spec%.lua:%d+: the hub cannot be reached%. "
      .. "%.%.%. and 37 more like it in the last 10 min$", said[2])
  end)

  it("may log an error object, number or table", function()
    scope:log("info", new_error("hub", "the lamp is gone."))
    scope:log("info", 5)
    scope:log("info", { kind = "hub", message = "the lamp is gone, too." })
    scope:log("info", { 1 })
    assert.same({
      "info: the lamp is gone.", "info: 5", "info: the lamp is gone, too.",
      "info: error() was called with { [1] = 1 }.",
    }, said)
  end)

  it("that raises no text is logged with a description", function()
    for _, value in ipairs { { code = 2 },
      setmetatable({}, { __tostring = function() return "mine." end }) } do
      call(handler(function() error(value) end))
    end
    call(handler(function() error() end))
    for i, text in ipairs { "error%(%) was called with { code = 2 }%.", "mine%.",
      "error%(%) was called with nothing%." } do
      assert.matches("^error: " .. text .. "\nstack traceback:.*handler_spec%.lua:%d+", said[i])
    end
  end)

  it("that is cancelled is not logged", function()
    local slowly = handler(slow, "restart")
    call(slowly, "a")
    call(slowly, "b")
    scope:close()
    scheduler:run()
    assert.same({ { "+a", "+b" }, {} }, { noted, said })
  end)

  it("limits its waiting calls and warns once", function()
    scheduler.limits.queued = 3
    local slowly = handler(slow, "queued")
    for i = 1, 10 do call(slowly, tostring(i)) end
    assert.equal(1, #said)
    assert.matches("^warning: .*handler_spec%.lua:%d+ cannot keep up with its events", said[1])
    scheduler:run()
    assert.equal(8, #noted)
    for i = 1, 10 do call(slowly, tostring(i)) end
    assert.equal(2, #said)
  end)

  it("limits its parallel calls and warns once", function()
    scheduler.limits.parallel = 3
    local slowly = handler(slow)
    for i = 1, 10 do call(slowly, tostring(i)) end
    assert.same({ "+1", "+2", "+3" }, noted)
    assert.equal(1, #said)
    assert.matches("^warning: .*handler_spec%.lua:%d+ cannot keep up with its events", said[1])
    scheduler:run()
    assert.same({ 6, 0 }, { #noted, slowly.count })
    for i = 1, 10 do call(slowly, tostring(i)) end
    assert.equal(2, #said)
  end)

  it("that is queued warns once for a full queue, and again after half of it", function()
    scheduler.limits.queued = 10
    local slowly = handler(slow, "queued")
    for _ = 1, 30 do
      call(slowly, "x")
      call(slowly, "x")
      scheduler:sleep(0.9)
    end
    assert.equal(1, #said)
    scheduler:run()
    for _ = 1, 12 do call(slowly, "x") end
    assert.equal(2, #said)
    scheduler:run()
  end)

  it("warns once when it falls behind steadily", function()
    scheduler.limits.parallel = 10
    local slowly = handler(slow)
    for i = 1, 50 do
      call(slowly, tostring(i))
      scheduler:sleep(0.5)
    end
    assert.equal(1, #said)
  end)

  it("that never waits is called each time", function()
    scheduler.limits.parallel = 3
    local quick = handler(note)
    for i = 1, 10 do call(quick, tostring(i)) end
    assert.same({ 10, 0, {} }, { #noted, quick.count, said })
  end)

  it("is not called after its script ended", function()
    local slowly = handler(slow, "queued")
    call(slowly, "a")
    call(slowly, "b")
    scope:close()
    call(slowly, "c")
    scheduler:run()
    assert.same({ "+a" }, noted)
  end)

  it("has a cause", function()
    local given, cause = { text = "it happened", at = 0, depth = 0 }, nil
    handler(function()
      local _, task = fiber.current()
      cause = task:get_cause()
    end):call(given)
    assert.equal(given, cause)
    assert.matches("handler_spec%.lua:%d+$", cause.handler)
  end)

  local function spin() while true do note = note end end
  local function spin_deeper() return spin() end

  -- Computes without waiting.
  local endless = {
    ["in a loop"] = function() while true do note = note end end,
    ["in a loop that catches everything"] = function()
      while true do
        pcall(function() while true do note = note end end)
      end
    end,
    ["under homey.try"] = function()
      while true do
        try(function() while true do note = note end end)
      end
    end,
    ["in a function of the same file"] = function() spin_deeper() end,
    ["in a coroutine of its own"] = function()
      coroutine.wrap(function() while true do note = note end end)()
    end,
    ["in coroutines of its own, catching everything"] = function()
      while true do pcall(coroutine.wrap(function() while true do note = note end end)) end
    end,
    ["after a wait"] = function()
      scheduler:sleep(1)
      while true do note = note end
    end,
  }
  for what, f in pairs(endless) do
    it("that computes too long is stopped: " .. what, function()
      scheduler.limits.compute = 0.2
      call(handler(f))
      scheduler:run()
      assert.equal(1, #said)
      assert.matches("^error: .*ran for 0.2 s without pausing and was stopped", said[1])
      assert.matches("stack traceback:.*handler_spec%.lua:%d+", said[1])
      call(handler(note), "went on")
      assert.same({ "went on" }, noted)
    end)
  end

  it("may compute long when it waits in between", function()
    scheduler.limits.compute = 0.2
    local started = os.clock()
    local patient = handler(function()
      while os.clock() - started < 0.5 do
        local till = os.clock() + 0.05
        while os.clock() < till do note = note end
        scheduler:sleep(0)
      end
      note "done"
    end)
    call(patient)
    scheduler:run()
    assert.same({ { "done" }, {} }, { noted, said })
  end)
end)
