local uv = require "luv"
local homey = require "homey"
local host_loop = require "spec.support.host_loop"
local support = require "spec.support.sim"

describe("homey in luv's loop", function()
  local attach = require "homey.loop.luv"
  local sim, home, lamp, detach

  setup(function() sim, home, lamp = host_loop.start() end)
  teardown(support.stop)

  before_each(function()
    detach = attach(home)
    host_loop.slow_down(sim)
  end)
  after_each(function()
    detach()
    uv.run() -- closes released handles; an open one would hang here
    host_loop.check(sim, home)
  end)

  -- Counts ticks while f runs in a coroutine of the host; returns f's results.
  local function ticks_during(f)
    local ticks, result, done = 0, nil, false
    local timer = uv.new_timer()
    timer:start(20, 20, function() ticks = ticks + 1 end)
    coroutine.wrap(function()
      result = f()
      done = true
      timer:close()
      detach()
    end)()
    assert.is_false(done) -- it returned to the host
    uv.run()
    assert.is_true(done)
    return ticks, result
  end

  local function given() return sim, home, lamp end

  for _, test in ipairs(host_loop.tests) do
    it(test[1], function() test[2](given, ticks_during) end)
  end

  it("drives tasks", function()
    local task = homey.spawn(function()
      local value = lamp:set("onoff", true):get("onoff")
      detach()
      return value
    end)
    uv.run()
    assert.equal("done", task.status)
    assert.is_true(task:wait())
  end)
end)
