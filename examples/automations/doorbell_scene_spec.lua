local sim = require "homey.sim"

describe("the way to the door", function()
  local home, hall, kitchen

  before_each(function()
    home = sim.home(nil, { time = "2026-01-10 19:00", quiet = true })
    hall, kitchen = home:device "Hall/Lamp", home:device "Kitchen/Lamp"
    home:load "doorbell_scene.lua"
  end)
  after_each(function() home:close() end)

  local function ring() home:operate("Hall/Doorbell", "button") end
  local function is_as_before()
    return hall:get "onoff" and hall:get "dim" == 0.35 and not kitchen:get "onoff"
      and kitchen:get "dim" == 0.6
  end

  it("is lit for two minutes, and then as before", function()
    ring()
    assert.equal(1, hall:get "dim")
    assert.is_true(kitchen:get "onoff")
    home:advance "1 min 59 s"
    assert.is_true(kitchen:get "onoff")
    home:advance "2 s"
    assert.is_true(is_as_before())
  end)

  it("is lit for two minutes more at a second ring", function()
    ring()
    home:advance "1 min"
    ring()
    home:advance "1 min 30 s"
    assert.is_true(kitchen:get "onoff")
    home:advance "1 min"
    assert.is_true(is_as_before())
  end)
end)
