-- `held`: with `debounce`, in homey.wait for several conditions, and for a device that is deleted
-- or missing for a while.
-- Runs hardly any C code: not under Valgrind.
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

  it("does not fire when it ended within the debounce", function()
    home:operate(motion, "alarm_motion", false)
    home:advance "1 h"
    assert.same({}, fired)
  end)

  it("fires when it ended for less than the debounce", function()
    home:operate(motion, "alarm_motion", false)
    home:advance "40 s"
    home:operate(motion, "alarm_motion", true)
    home:advance "1 h"
    assert.same({ "true 20:13" }, fired)
  end)
end)

describe("homey.wait for all of several conditions", function()
  it("sees a value cross its bound again", function()
    local lamp, weather, met = home:device "Hall/Lamp", home:device "Garden/Weather", nil
    lamp:set("onoff", false)
    home:operate(weather, "measure_temperature", 20)
    home.homey.spawn(function()
      met = home.homey.wait {
        all = { { weather, "measure_temperature", { above = 24, hysteresis = 1 } },
          { lamp, "onoff", true } }, timeout = "1 h",
      }
    end)
    for _, value in ipairs { 25, 23.5, 30 } do
      home:operate(weather, "measure_temperature", value)
    end
    assert.is_nil(met)
    home:operate(lamp, "onoff", true)
    assert.is_true(met)
  end)

  it("restarts when one condition ends", function()
    local lamp, motion, met = home:device "Hall/Lamp", home:device "Hall/Motion", nil
    lamp:set("onoff", false)
    home:operate(motion, "alarm_motion", false)
    home.homey.spawn(function()
      met = home.homey.wait {
        all = { { motion, "alarm_motion", true }, { lamp, "onoff", true } }, timeout = "1 h",
      }
    end)
    for _, value in ipairs { true, false } do home:operate(motion, "alarm_motion", value) end
    home:operate(lamp, "onoff", true)
    home:advance "1 min"
    assert.is_nil(met)
    home:operate(motion, "alarm_motion", true)
    assert.is_true(met)
  end)
end)

describe("a device that is gone and comes back", function()
  local door, told
  local facts = {
    id = "11111111-1111-4111-8111-111111111111", name = "Door", zone = "Hall", class = "sensor",
    capabilities = { alarm_contact = false },
  }

  local function come_back(value)
    home:drop "1 min"
    home:remove("device", "Door")
    home:advance "2 min"
    facts.capabilities.alarm_contact = value
    home:add("device", facts)
    home:advance "30 min"
  end

  before_each(function()
    facts.capabilities.alarm_contact = false
    home:add("device", facts)
    door, told = home:device "Door", {}
    door:on("alarm_contact", function(value) told[#told + 1] = "is " .. tostring(value) end)
    door:on("alarm_contact", { to = true, held = "10 min" }, function()
      told[#told + 1] = "held"
    end)
    home:advance "1 min"
    home:operate(door, "alarm_contact", true)
  end)

  it("restarts `held`, and reports a difference", function()
    come_back(false)
    assert.same({ "is true", "is false" }, told)
  end)

  it("reports a value that it now has", function()
    home:operate(door, "alarm_contact", false)
    come_back(true)
    assert.same({ "is true", "is false", "is true", "held" }, told)
  end)

  it("restarts `held` with an equal value", function()
    come_back(true)
    assert.same({ "is true", "held" }, told)
  end)

  it("ends a wait, or one of several alternatives", function()
    local lamp, errors = home:device "Hall/Lamp", {}
    lamp:set("onoff", false)
    for i, wanted in ipairs {
      { any = { { door, "alarm_contact", false }, { lamp, "onoff", true } } },
      { all = { { door, "alarm_contact", false }, { lamp, "onoff", true } } },
    } do
      home.homey.spawn(function()
        errors[i] = select(2, home.homey.try(home.homey.wait, wanted)) or "met"
      end)
    end
    home:remove("device", door)
    home:advance "1 min"
    assert.is_nil(errors[1])
    assert.equal("not_found", errors[2].kind)
    assert.matches("Door was deleted at the hub", errors[2].message)
    lamp:set("onoff", true)
    assert.equal("met", errors[1])
  end)
end)
