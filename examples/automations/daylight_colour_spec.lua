local sim = require "homey.sim"

describe("lamps in the colour of the daylight", function()
  local home, lamp

  before_each(function()
    home = sim.home(nil, { time = "2026-06-12 04:00", quiet = true })
    lamp = home:device "Living room/Reading light" -- on, white
    home:load "daylight_colour.lua"
  end)
  after_each(function() home:close() end)

  local function colour() return lamp:get "light_temperature" end

  it("are warm in the morning and in the evening, and cold at noon", function()
    home:advance_to "05:30"
    assert.is_true(colour() > 0.8, colour())
    home:advance_to "13:30"
    assert.is_true(colour() <= 0.21, colour())
    home:advance_to "22:30"
    assert.is_true(colour() >= 0.89, colour())
  end)

  it("are left alone while they are off or show a colour", function()
    home:operate(lamp, "onoff", false)
    home:forget()
    home:advance_to "13:00"
    assert.equal(0, #home.sent)
    home:operate(lamp, "onoff", true)
    assert.is_true(colour() < 0.3)
    home:operate(lamp, "light_mode", "color")
    home:forget()
    home:advance "6 h"
    assert.equal(0, #home.sent)
  end)

  it("do not keep each other from it", function()
    home:add("device", {
      name = "Strip", zone = "Hall", class = "light",
      capabilities = { onoff = true, light_temperature = 0.5 },
    })
    home:fail { device = "Living room/Reading light", kind = "unavailable" }
    home:advance "10 min"
    assert.is_true(home:device("Strip"):get "light_temperature" > 0.8)
  end)
end)
