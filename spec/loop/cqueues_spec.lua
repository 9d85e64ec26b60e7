local cqueues = require "cqueues"
local homey = require "homey"
local host_loop = require "spec.support.host_loop"
local support = require "spec.support.sim"

describe("homey in a cqueues controller", function()
  local attach = require "homey.loop.cqueues"
  local sim, home, lamp

  setup(function() sim, home, lamp = host_loop.start() end)
  teardown(support.stop)

  before_each(function() host_loop.slow_down(sim) end)
  after_each(function() host_loop.check(sim, home) end)

  -- Counts ticks while f runs in a coroutine of the controller; returns f's results.
  local function ticks_during(f)
    local controller, ticks, result, done = cqueues.new(), 0, nil, false
    local detach = attach(home, controller)
    controller:wrap(function()
      result = f()
      done = true
      detach()
    end)
    controller:wrap(function()
      while not done do
        cqueues.sleep(0.02)
        ticks = ticks + 1
      end
    end)
    assert(controller:loop())
    return ticks, result
  end

  local function given() return sim, home, lamp end

  for _, test in ipairs(host_loop.tests) do
    it(test[1], function() test[2](given, ticks_during) end)
  end

  it("drives tasks", function()
    local task = homey.spawn(function() return lamp:set("onoff", true):get("onoff") end)
    local _, value = ticks_during(function()
      while not task:finished() do cqueues.sleep(0.01) end
      return task:wait()
    end)
    assert.is_true(value)
  end)

  it("can be polled without an adapter", function()
    local controller, ticks, value = cqueues.new(), 0, nil
    homey.spawn(function() value = lamp:set("onoff", false):get("onoff") end)
    controller:wrap(function()
      while value == nil do
        cqueues.poll(home)
        home:step()
      end
    end)
    controller:wrap(function()
      while value == nil do
        cqueues.sleep(0.02)
        ticks = ticks + 1
      end
    end)
    assert(controller:loop())
    assert.is_false(value)
    assert.is_true(ticks >= 1) -- a blocked loop has none
  end)
end)
