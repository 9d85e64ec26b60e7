--- Relative values: toggles, steps and percentages, and selections with unreachable devices.
-- Runs hardly any C code: not under Valgrind.
local failure = require "spec.support.failure"
local household = require "spec.support.household"
local houses = require "spec.support.house"
local log = require "homey.util.log"

local house, home, core_loop, advance, said

household.each(function(...)
  house, home, core_loop, advance = ...
  said = {}
  log.to(function(level, text) said[#said + 1] = level .. ": " .. text end)
end)

local function lamp() return home:device(houses.lamp) end

local function sent()
  local list = {}
  for _, request in ipairs(core_loop.sent) do
    if request.method == "PUT" then list[#list + 1] = request.body.value end
  end
  return list
end

local function value(id, capability) return house.raw[id].capabilitiesObj[capability].value end

describe("a change that is in flight", function()
  it("is the base of a second toggle", function()
    local seen = {}
    home:spawn(function() seen[1] = lamp():toggle() end)
    home:spawn(function() seen[2] = lamp():toggle() end)
    advance(5)
    assert.same({ false, true }, sent())
    assert.same({ false, true }, seen)
    assert.is_true(value(houses.lamp, "onoff"))
  end)

  it("is the base of a toggle while events arrive", function()
    lamp():on("onoff", function() end)
    advance(1)
    for _ = 1, 3 do home:spawn(function() lamp():toggle() end) end
    advance(5)
    assert.same({ false, true, false }, sent())
  end)

  it("is the base of the next step", function()
    for _ = 1, 3 do home:spawn(function() lamp():set("dim", "+0.1") end) end
    advance(5)
    assert.same({ 0.6, 0.7, 0.8 }, sent())
  end)

  it("counts for only_if_changed", function()
    home:spawn(function() lamp():set("onoff", false) end)
    home:spawn(function() lamp():set("onoff", false, { only_if_changed = true }) end)
    home:spawn(function() lamp():set("onoff", true, { only_if_changed = true }) end)
    advance(5)
    assert.same({ false, true }, sent())
  end)

  it("counts no longer once it failed", function()
    core_loop:on("PUT " .. houses.path(houses.lamp, "onoff"),
      require("spec.support.fake_core_loop").fail("hub", "no.", 500))
    failure(lamp().toggle, lamp())
    failure(lamp().toggle, lamp())
    assert.same({ false, false }, sent())
  end)

  it("is the base of the next one in a batch", function()
    local homey = require "homey"
    homey.batch(function()
      assert.is_false(lamp():toggle())
      assert.is_true(lamp():toggle())
      lamp():set("dim", "+10%")
      lamp():set("dim", "+10%")
    end)
    assert.equal(2, #sent())
    assert.is_true(value(houses.lamp, "onoff"))
    assert.near(0.7, value(houses.lamp, "dim"), 1e-9)
  end)
end)

describe("a text for a number", function()
  local cases = {
    { "50%", 0.5 }, { "0%", 0 }, { "100%", 1 }, { "12.5%", 0.125 }, { "+10%", 0.6 },
    { "-10%", 0.4 }, { "+0.1", 0.6 },
    { "-0.1", 0.4 }, { "+80%", 1 }, { "-3", 0 },
  }
  for _, case in ipairs(cases) do
    it(("sets dim from 0.5 by %s to %s"):format(case[1], case[2]), function()
      lamp():set("dim", case[1])
      assert.near(case[2], value(houses.lamp, "dim"), 1e-9)
    end)
  end

  it("is a percentage of the device's range", function()
    home:device(houses.heater):set("target_temperature", "50%")
    assert.near(25, value(houses.heater, "target_temperature"), 1e-9)
    home:device(houses.heater):set("target_temperature", "+0.5")
    assert.near(25.5, value(houses.heater, "target_temperature"), 1e-9)
  end)

  it("with a sign is absolute where negatives exist", function()
    house.raw[houses.heater].capabilitiesObj.target_temperature.min = -10
    home:device(houses.heater):set("target_temperature", "-5")
    assert.equal(-5, value(houses.heater, "target_temperature"))
    home:device(houses.heater):set("target_temperature", "+5")
    assert.equal(5, value(houses.heater, "target_temperature"))
  end)

  for _, case in ipairs {
    { "dim", "110%", "dim takes a number from 0 to 1" },
    { "dim", "0.5", "dim takes a number from 0 to 1" },
    { "dim", "-10%%", "dim takes a number" }, { "dim", "5 %", "dim takes a number" },
    { "onoff", "50%", "means nothing for it" },
    { "onoff", "+1", "onoff takes true or false" },
  } do
    it(("is refused when invalid: %s = %s"):format(case[1], case[2]), function()
      local err = failure(lamp().set, lamp(), case[1], case[2])
      assert.equal("invalid", err.kind)
      assert.is_truthy(err.message:find(case[3], 1, true), err.message)
      assert.same({}, sent())
    end)
  end

  it("is a text for a text capability", function()
    house.raw[houses.heater].capabilitiesObj.note = {
      type = "string", setable = true, getable = true, value = "",
    }
    core_loop:on("PUT " .. houses.path(houses.heater, "note"), {})
    home:device(houses.heater):set("note", "+10%")
    assert.same({ "+10%" }, sent())
  end)

  it("is refused as a step from no value", function()
    house.raw[houses.lamp].capabilitiesObj.dim.value = require("homey").null
    local err = failure(lamp().set, lamp(), "dim", "+10%")
    assert.same({ "invalid",
      "Kitchen/Lamp: dim has no value yet that could be changed by a step." },
      { err.kind, err.message })
  end)

  it("steps each device of a selection from its value", function()
    house.raw[houses.hall_lamp].capabilitiesObj.dim.value = 0.2
    home:devices { name = "Lamp" }:set("dim", "+10%")
    assert.near(0.6, value(houses.lamp, "dim"), 1e-9)
    assert.near(0.3, value(houses.hall_lamp, "dim"), 1e-9)
  end)

  it("is checked by guards as the resulting value", function()
    home:guard { capability = "dim", never = true, allow = { 0.6 } }
    lamp():set("dim", "+10%")
    assert.equal("forbidden", failure(lamp().set, lamp(), "dim", "+10%").kind)
  end)
end)

describe("a selection with an unreachable device", function()
  local lights

  before_each(function()
    house.raw[houses.hall_lamp].available = false
    house.raw[houses.hall_lamp].unavailable_message = "gone"
    lights = home:devices { class = "light" }
  end)

  it("sets the others, warns, and returns the failures", function()
    local failed = lights:set("onoff", false)
    assert.equal(1, #failed)
    assert.equal(houses.hall_lamp, failed[1].device.id)
    assert.equal("unavailable", failed[1].error.kind)
    assert.same({ false, false }, sent())
    assert.equal(1, #said)
    assert.matches("^warning: 1 of 3 changes failed: Hall/Lamp: it is unavailable", said[1])
  end)

  it("raises with strict = true after setting the others", function()
    assert.equal("unavailable", failure(lights.set, lights, "onoff", false, { strict = true }).kind)
    assert.same({ false, false }, sent())
    assert.same({}, said)
  end)

  it("raises when every device fails", function()
    for id in pairs(house.raw) do house.raw[id].available = false end
    lights:refresh()
    local err = failure(lights.set, lights, "onoff", false)
    assert.equal("unavailable", err.kind)
    assert.same({}, sent())
  end)

  it("raises an invalid or blocked value before a request", function()
    assert.equal("invalid", failure(lights.set, lights, "onoff", "on").kind)
    home:guard { device = houses.lamp, never = true }
    assert.equal("forbidden", failure(lights.set, lights, "onoff", false).kind)
    assert.same({}, sent())
  end)

  it("continues in a batch", function()
    local homey = require "homey"
    homey.batch(function()
      lights:set("onoff", false)
      home:device(houses.heater):set("target_temperature", 18)
    end)
    assert.equal(3, #sent())
    assert.equal(1, #said)
  end)
end)

describe("a selection", function()
  it("returns an empty list without failures", function()
    assert.same({}, home:devices({ class = "light" }):set("onoff", false))
    assert.same({}, home:devices({ class = "lock" }):set("onoff", false))
    assert.same({}, said)
  end)
end)

describe("a relative value with `within`", function()
  local virtual, light

  before_each(function()
    virtual = require("homey.sim").home(nil, { quiet = true })
    light = virtual:device "Kitchen/Lamp"
    virtual:operate(light, "dim", 0.3)
  end)
  after_each(function() virtual:close() end)

  for _, case in ipairs { { "50%", 0.5 }, { "+10%", 0.4 }, { "-0.1", 0.2 } } do
    it(("is computed once the hub is back: %s"):format(case[1]), function()
      local err
      virtual:drop "2 min"
      virtual:spawn(function()
        err = select(2, virtual.homey.try(light.set, light, "dim", case[1], { within = "1 h" }))
      end)
      virtual:advance "10 min"
      assert.is_nil(err)
      assert.equal(case[2], math.floor(light:get "dim" * 100 + 0.5) / 100)
    end)
  end

  it("is sent once when only its answer was lost", function()
    virtual:fail { kind = "timeout", device = "Kitchen/Lamp", executed = true, method = "PUT" }
    virtual:spawn(function() light:set("dim", "+10%", { within = "1 h" }) end)
    virtual:advance "10 min"
    assert.equal(0.4, math.floor(light:get "dim" * 100 + 0.5) / 100)
  end)

  it("is computed for a device without known values", function()
    local other = require("homey.sim").home(nil, { quiet = true })
    local id = light.id
    other:drop "2 min"
    other:spawn(function() other:device(id):set("dim", "50%", { within = "1 h" }) end)
    other:advance "10 min"
    assert.equal(0.5, other:device(id):get "dim")
    assert.same({}, other:logged "error")
    other:close()
  end)
end)
