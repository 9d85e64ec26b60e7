local sim = require "homey.sim"

describe("the fan against humidity", function()
  local home, fan

  before_each(function()
    home = sim.home(nil, { time = "2026-01-10 12:00", quiet = true })
    fan = home:device "Bathroom/Fan" -- off, 58 %
    home:load "humidity_fan.lua"
  end)
  after_each(function() home:close() end)

  local function humidity(value) home:operate(fan, "measure_humidity", value) end

  it("runs from 65 % on until it is below 60 %", function()
    humidity(64)
    assert.is_false(fan:get "onoff")
    humidity(70)
    assert.is_true(fan:get "onoff")
    humidity(62)
    assert.is_true(fan:get "onoff")
    humidity(59)
    assert.is_false(fan:get "onoff")
  end)

  it("follows the average of all sensors, not of those outside", function()
    home:add("device", {
      name = "Cellar sensor", zone = "Downstairs", class = "sensor",
      capabilities = { measure_humidity = 50 },
    })
    humidity(75)
    assert.is_false(fan:get "onoff") -- 62.5 %
    home:operate("Garden/Weather", "measure_humidity", 100)
    assert.is_false(fan:get "onoff")
    home:operate("Cellar sensor", "measure_humidity", 60)
    assert.is_true(fan:get "onoff") -- 67.5 %
  end)

  it("is off at night", function()
    humidity(80)
    home:advance_to "23:00"
    assert.is_false(fan:get "onoff")
    home:advance_to "06:30"
    assert.is_true(fan:get "onoff")
  end)
end)
