local uv = require "luv"
local homey = require "homey"
local forgetful = require "spec.support.forgetful"
local support = require "spec.support.sim"

describe("homey in luv's loop", function()
  local attach = require "homey.loop.luv"
  local sim, home, lamp, detach

  setup(function()
    sim = support.start()
    home = homey.login(forgetful(sim.pat_options))
    lamp = home:device(sim:device("Kitchen/Lamp").id)
  end)
  teardown(support.stop)

  before_each(function()
    detach = attach(home)
    sim:fault { kind = "delay", seconds = 0.2, route = "hub", times = 1 }
  end)
  after_each(function()
    sim:clear()
    detach()
    uv.run() -- closes what was let go of; a handle left open would hang it
    assert.same({}, home.reactor.hosts)
    assert.is_nil(next(home.reactor.waiting))
  end)

  -- Ticks while f runs in a coroutine of the host; what f returned.
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
    assert.is_false(done) -- it went back to the host
    uv.run()
    assert.is_true(done)
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

  it("raises errors inside the coroutine", function()
    local _, kind = ticks_during(function()
      local _, err = homey.try(home.get, home, "/api/manager/nonesuch")
      return err.kind
    end)
    assert.equal("not_found", kind)
  end)

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

  it("blocks where there is nothing to yield to", function()
    assert.is_false(lamp:set("onoff", false):get("onoff"))
  end)
end)
