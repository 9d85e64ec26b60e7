local sim = require "homey.sim"

describe("the boiler on solar surplus", function()
  local home, boiler, meter

  before_each(function()
    home = sim.home(nil, { time = "2026-06-12 10:00", quiet = true })
    boiler = home:device "Bathroom/Boiler"
    home:operate(boiler, "onoff", false)
    meter = home:add("device", {
      name = "Meter", zone = "Hall", class = "sensor", capabilities = { measure_power = 300 },
    })
    home:advance "10 s"
    home:load("solar_surplus.lua", { meter = "Hall/Meter" })
  end)
  after_each(function() home:close() end)

  -- The meter reports a power each 10 s for some minutes.
  local function power(watts, minutes)
    for _ = 1, minutes * 6 do
      home:operate(meter, "measure_power", watts)
      home:advance "10 s"
    end
  end

  it("heats when enough is fed in for five minutes, until it is bought", function()
    power(-3000, 2)
    assert.is_false(boiler:get "onoff")
    power(-3000, 5)
    assert.is_true(boiler:get "onoff")
    power(-500, 10)
    assert.is_true(boiler:get "onoff")
    power(800, 6)
    assert.is_false(boiler:get "onoff")
  end)

  it("ignores a cloud and a kettle", function()
    power(-3000, 6)
    power(1500, 1)
    assert.is_true(boiler:get "onoff")
    power(-3000, 6)
    assert.is_true(boiler:get "onoff")
  end)

  it("heats cold water from any power", function()
    power(500, 6)
    home:operate(boiler, "measure_temperature", 35)
    assert.is_true(boiler:get "onoff")
    home:operate(boiler, "measure_temperature", 45)
    home:advance "1 min"
    assert.is_false(boiler:get "onoff")
  end)

  it("names the argument that is missing", function()
    local ok, err = pcall(function() home:load "solar_surplus.lua" end)
    assert.is_false(ok)
    assert.matches("solar_surplus.lua needs the argument `meter`", tostring(err))
  end)
end)
