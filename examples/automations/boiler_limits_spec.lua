local sim = require "homey.sim"

describe("the boiler's limits", function()
  local home, boiler, script

  before_each(function()
    home = sim.home(nil, { time = "2026-01-12 06:00", quiet = true })
    home:operate("Bathroom/Boiler", "onoff", false)
    script = home:load "boiler_limits.lua"
    boiler = home:device "Bathroom/Boiler"
  end)
  after_each(function() home:close() end)

  local function warm(degrees) home:operate(boiler, "measure_temperature", degrees) end

  it("keep it between two temperatures", function()
    warm(44)
    assert.is_true(boiler:get "onoff")
    warm(50)
    assert.is_true(boiler:get "onoff")
    warm(55)
    assert.is_false(boiler:get "onoff")
    warm(46)
    assert.is_false(boiler:get "onoff")
  end)

  it("let it heat four hours a day, and tell once", function()
    warm(40)
    home:advance "4 h"
    assert.is_false(boiler:get "onoff")
    warm(39)
    assert.is_false(boiler:get "onoff")
    assert.match("has heated for four hours", home:variable("Message"):get())
    home:advance_to "00:00"
    assert.is_true(boiler:get "onoff")
  end)

  it("make it hot once a week", function()
    home:advance_to "2026-01-18 02:00" -- a Sunday
    assert.is_true(boiler:get "onoff")
    warm(56)
    assert.is_true(boiler:get "onoff")
    warm(62)
    assert.is_false(boiler:get "onoff")
  end)

  -- Stops the program, and starts it again after this time.
  local function restart(time, meanwhile)
    script:stop()
    if meanwhile then meanwhile() end
    home:advance(time)
    script = home:load "boiler_limits.lua"
  end

  it("begin a new day also where midnight passes during a restart", function()
    warm(40)
    home:advance "4 h"
    assert.is_false(boiler:get "onoff")
    home:advance_to "23:59"
    restart "2 min"
    assert.is_true(boiler:get "onoff")
    home:advance "3 h"
    assert.is_true(boiler:get "onoff")
  end)

  it("count what was heated before a restart", function()
    warm(40)
    home:advance "2 h"
    restart "1 min"
    home:advance "119 min"
    assert.is_true(boiler:get "onoff")
    home:advance "2 min"
    assert.is_false(boiler:get "onoff")
    restart "1 min"
    assert.is_false(boiler:get "onoff")
  end)

  it("end the heating that became enough during a restart", function()
    warm(40)
    restart("5 min", function() warm(56) end)
    assert.is_false(boiler:get "onoff")
  end)

  it("make it hot though a restart was at that time, and not twice", function()
    home:advance_to "2026-01-18 01:59"
    restart "2 min"
    assert.is_true(boiler:get "onoff")
    warm(62)
    restart "2 min"
    assert.is_false(boiler:get "onoff")
  end)
end)
