local sim = require "homey.sim"

describe("the light that follows motion", function()
  local home, lamp, script

  before_each(function()
    home = sim.home(nil, { time = "2026-01-10 20:00", quiet = true })
    home:operate("Hall/Lamp", "onoff", false)
    script = home:load "motion_light.lua"
    lamp = home:device "Hall/Lamp"
  end)
  after_each(function() home:close() end)

  local function motion(seen) home:operate("Hall/Motion", "alarm_motion", seen) end

  it("comes on with motion in the dark, and goes off five minutes after the last motion", function()
    motion(true)
    assert.same({ true, 0.8 }, { lamp:get "onoff", lamp:get "dim" })
    motion(false)
    home:advance "4 min"
    motion(true)
    motion(false)
    home:advance "4 min"
    assert.is_true(lamp:get "onoff")
    home:advance "61 s"
    assert.is_false(lamp:get "onoff")
  end)

  it("is low at night", function()
    home:advance_to "23:30"
    motion(true)
    assert.equal(0.1, lamp:get "dim")
  end)

  it("stays off by day", function()
    home:operate("Hall/Motion", "measure_luminance", 300)
    motion(true)
    assert.is_false(lamp:get "onoff")
  end)

  it("leaves no lamp on though the hub is away when it should go off", function()
    motion(true)
    motion(false)
    home:advance "4 min"
    home:drop "3 min"
    home:advance "4 min"
    assert.is_false(lamp:get "onoff")
  end)

  it("leaves the lamp alone for two hours after a hand on its switch", function()
    motion(true)
    home:operate(lamp, "onoff", false)
    motion(false)
    motion(true)
    home:advance "119 min"
    assert.is_false(lamp:get "onoff")
    motion(false)
    home:advance "2 min"
    motion(true)
    assert.is_true(lamp:get "onoff")
  end)

  -- Stops the program, and starts it again after this time.
  local function restart(time, meanwhile)
    script:stop()
    if meanwhile then meanwhile() end
    home:advance(time)
    script = home:load "motion_light.lua"
  end

  for _, down in ipairs { "10 s", "6 min", "3 h" } do
    it("leaves no lamp on after a restart of " .. down, function()
      motion(true)
      home:advance "1 min"
      restart(down, function() motion(false) end)
      home:advance "5 min"
      assert.is_false(lamp:get "onoff")
    end)
  end

  it("leaves the lamp alone after a hand on its switch, also after a restart", function()
    motion(true)
    home:operate(lamp, "onoff", false)
    motion(false)
    restart "1 h"
    motion(true)
    home:advance "58 min"
    assert.is_false(lamp:get "onoff")
    motion(false)
    home:advance "3 min"
    motion(true)
    assert.is_true(lamp:get "onoff")
  end)
end)
