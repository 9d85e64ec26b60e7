-- What stays so, and what does not: `held` beside `debounce`, and homey.wait for several things at the same time.
local sim = require "homey.sim"

local home

before_each(function() home = sim.home(nil, { time = "2026-01-10 20:00", quiet = true }) end)
after_each(function() home:close() end)

describe("held with debounce", function()
  local motion, fired

  before_each(function()
    motion, fired = home:device "Hall/Motion", {}
    home:advance "1 min"
    motion:on("alarm_motion", { to = true, held = "10 min", debounce = "1 min" }, function(value)
      fired[#fired + 1] = tostring(value) .. " " .. home:date():sub(12, 16)
    end)
    home:operate(motion, "alarm_motion", true)
    home:advance "10 min 30 s"
  end)

  it("does not fire where it has ended within the debounce", function()
    home:operate(motion, "alarm_motion", false)
    home:advance "1 h"
    assert.same({}, fired)
  end)

  it("fires where it has ended for less than the debounce", function()
    home:operate(motion, "alarm_motion", false)
    home:advance "40 s"
    home:operate(motion, "alarm_motion", true)
    home:advance "1 h"
    assert.same({ "true 20:13" }, fired)
  end)
end)

describe("homey.wait for all of several things", function()
  it("knows that a value is beyond a bound again, which was within the slack meanwhile", function()
    local lamp, weather, met = home:device "Hall/Lamp", home:device "Garden/Weather", nil
    lamp:set("onoff", false)
    home:operate(weather, "measure_temperature", 20)
    home.homey.spawn(function()
      met = home.homey.wait {
        all = { { weather, "measure_temperature", { above = 24, hysteresis = 1 } }, { lamp, "onoff", true } }, timeout = "1 h",
      }
    end)
    for _, value in ipairs { 25, 23.5, 30 } do home:operate(weather, "measure_temperature", value) end
    assert.is_nil(met)
    home:operate(lamp, "onoff", true)
    assert.is_true(met)
  end)

  it("is not content with one that is so no more", function()
    local lamp, motion, met = home:device "Hall/Lamp", home:device "Hall/Motion", nil
    lamp:set("onoff", false)
    home:operate(motion, "alarm_motion", false)
    home.homey.spawn(function()
      met = home.homey.wait { all = { { motion, "alarm_motion", true }, { lamp, "onoff", true } }, timeout = "1 h" }
    end)
    for _, value in ipairs { true, false } do home:operate(motion, "alarm_motion", value) end
    home:operate(lamp, "onoff", true)
    home:advance "1 min"
    assert.is_nil(met)
    home:operate(motion, "alarm_motion", true)
    assert.is_true(met)
  end)
end)
