local sim = require "homey.sim"

describe("waking up with light", function()
  local home, light

  before_each(function()
    home = sim.home(nil, { time = "2026-06-12 05:00", quiet = true }) -- a Friday
    light = home:device "Bedroom/Bedside lights" -- off
    home:load "wake_up.lua"
  end)
  after_each(function() home:close() end)

  it("gets brighter for half an hour", function()
    home:advance_to "06:45"
    assert.is_true(light:get "onoff")
    assert.is_true(math.abs(light:get "dim" - 0.5) < 0.05, light:get "dim")
    home:advance_to "07:00"
    assert.equal(1, light:get "dim")
  end)

  it("ends when somebody touches the light", function()
    home:advance_to "06:40"
    home:operate(light, "onoff", false)
    home:forget()
    home:advance_to "08:00"
    assert.equal(0, #home.sent)
  end)

  it("leaves a light alone that is on, a weekend, and an empty house", function()
    home:operate(light, "onoff", true)
    home:forget()
    home:advance_to "09:00"
    assert.equal(0, #home.sent)
    home:operate(light, "onoff", false)
    home:advance_to "2026-06-14 09:00" -- a Sunday
    assert.equal(0, #home.sent)
    for _, user in ipairs(home:users()) do home:change("user", user, { present = false }) end
    home:advance_to "2026-06-15 09:00"
    assert.equal(0, #home.sent)
  end)
end)
