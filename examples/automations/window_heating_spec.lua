local sim = require "homey.sim"

describe("the heating at an open window", function()
  local home, thermostat, script

  before_each(function()
    home = sim.home(nil, { time = "2026-11-10 12:00", quiet = true })
    thermostat = home:device "Living room/Thermostat" -- at 20.5
    script = home:load "window_heating.lua"
  end)
  after_each(function() home:close() end)

  local function target() return thermostat:get "target_temperature" end
  local function open(is_open) home:operate("Kitchen/Window", "alarm_contact", is_open) end

  it("is turned down after a minute, and back when the window is closed", function()
    open(true)
    home:advance "50 s"
    assert.equal(20.5, target())
    home:advance "10 s"
    assert.equal(8, target())
    open(false)
    assert.equal(20.5, target())
  end)

  it("stays when the window is open for a moment", function()
    open(true)
    home:advance "30 s"
    open(false)
    home:advance "1 h"
    assert.equal(20.5, target())
  end)

  it("is left to who turns it meanwhile", function()
    open(true)
    home:advance "1 min"
    home:operate(thermostat, "target_temperature", 22)
    open(false)
    assert.equal(22, target())
  end)

  it("is turned back after a restart", function()
    open(true)
    home:advance "1 min"
    script:stop()
    open(false)
    home:load "window_heating.lua"
    assert.equal(20.5, target())
  end)

  it("takes other devices and temperatures", function()
    script:stop()
    home:load("window_heating.lua", { low = 12, after = "10 s" })
    open(true)
    home:advance "10 s"
    assert.equal(12, target())
  end)
end)
