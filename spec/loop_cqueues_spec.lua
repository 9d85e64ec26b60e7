local cqueues = require "cqueues"
local homey = require "homey"
local forgetful = require "spec.support.forgetful"
local support = require "spec.support.sim"

describe("homey in a cqueues controller", function()
  local attach = require "homey.loop.cqueues"
  local sim, home, lamp

  setup(function()
    sim = support.start()
    home = homey.login(forgetful(sim.pat_options))
    lamp = home:device(sim:device("Kitchen/Lamp").id)
  end)
  teardown(support.stop)

  before_each(function() sim:fault { kind = "delay", seconds = 0.2, route = "hub", times = 1 } end)
  after_each(function()
    sim:clear()
    assert.same({}, home.reactor.hosts)
    assert.is_nil(next(home.reactor.waiting))
  end)

  -- Ticks while f runs in a coroutine of the controller; what f returned.
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

  it("lets timers go on while a coroutine sets a device", function()
    local ticks = ticks_during(function() lamp:set("onoff", true) end)
    assert.is_true(ticks >= 4)
    assert.is_true(sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value)
  end)

  it("lets a coroutine wait inside a try, and sleep", function()
    local ticks, value = ticks_during(function()
      homey.sleep("50 ms")
      local value, err = homey.try(function() return lamp:set("onoff", false):get("onoff") end)
      assert(value ~= nil, err)
      return value
    end)
    assert.is_true(ticks >= 4)
    assert.is_false(value)
  end)

  it("drives tasks", function()
    local task = homey.spawn(function() return lamp:set("onoff", true):get("onoff") end)
    local _, value = ticks_during(function()
      while not task:finished() do cqueues.sleep(0.01) end
      return task:wait()
    end)
    assert.is_true(value)
  end)

  it("needs no adapter to be polled", function()
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
    assert.is_true(ticks >= 4)
  end)

  it("blocks where there is nothing to yield to", function()
    assert.is_false(lamp:set("onoff", false):get("onoff"))
  end)
end)
