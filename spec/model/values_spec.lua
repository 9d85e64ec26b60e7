--- Computed numbers, and devices that redefine a standard capability: in every call that sets or
--- compares a value.
-- Runs hardly any C code: not under Valgrind.
local failure = require "spec.support.failure"
local household = require "spec.support.household"
local houses = require "spec.support.house"

local house, home, core_loop, advance

household.each(function(...) house, home, core_loop, advance = ... end)

local function heater() return home:device(houses.heater) end
local function lamp() return home:device(houses.lamp) end

local function redefine(id, capability, definition)
  definition.setable, definition.getable = true, true
  house.raw[id].capabilitiesObj[capability] = definition
  table.insert(house.raw[id].capabilities, capability)
  core_loop:on("PUT " .. houses.path(id, capability), function(request)
    definition.value = request.body.value
    return { value = request.body.value }
  end)
end

local function sent()
  local list = {}
  for _, request in ipairs(core_loop.sent) do
    if request.method == "PUT" then list[#list + 1] = request.body.value end
  end
  return list
end

local function report(id, capability, value)
  house.raw[id].capabilitiesObj[capability].value = value
  core_loop:tell("homey:device:" .. id, "capability", { capabilityId = capability, value = value })
end

describe("an app's capability with a system id", function()
  for _, case in ipairs {
    {
      "fan_speed", { type = "enum", values = { { id = "low" }, { id = "high" } } }, "high", "low",
      "medium",
    },
    { "thermostat_mode", { type = "number", min = 0, max = 3 }, 2, 1, "heat" },
    { "target_temperature", { type = "string" }, "warm", "cold", 21 },
    {
      "onoff", { type = "enum", values = { { id = "on" }, { id = "off" }, { id = "boost" } } },
      "boost", "off", true,
    },
    { "dim", { type = "number", min = 0, max = 100 }, 80, 20, 101 },
  } do
    it(("follows the device's own limits: %s"):format(case[1]), function()
      redefine(houses.heater, case[1], case[2])
      heater():set(case[1], case[3])
      heater():set(case[1], case[4])
      assert.same({ case[3], case[4] }, sent())
      assert.equal("invalid", failure(heater().set, heater(), case[1], case[5]).kind)
      assert.equal(2, #sent())
    end)
  end
end)

describe("a computed number", function()
  local sum = 0
  for _ = 1, 20 do sum = sum + 0.05 end

  it("is rounded to a bound after a rounding error", function()
    lamp():set("dim", sum)
    lamp():set("dim", 0.3 - 0.1 - 0.2)
    assert.equal("Kitchen/Lamp", tostring(home:device("Kitchen/Lamp")))
    lamp():set("dim", sum)
    home:devices { name = "Lamp" }:set("dim", 0.3 - 0.1 - 0.2)
    assert.same({ 1, 0, 1, 0, 0 }, sent())
  end)

  it("equal to the value is not sent by only_if_changed", function()
    house.raw[houses.lamp].capabilitiesObj.dim.value = 0.3
    lamp():set("dim", 0.1 + 0.2, { only_if_changed = true })
    assert.same({}, sent())
  end)

  it("matches a trigger", function()
    local count, from = 0, 0
    lamp():on("dim", { to = 0.1 + 0.2 }, function() count = count + 1 end)
    lamp():on("dim", { from = 0.1 + 0.2 }, function() from = from + 1 end)
    advance(1)
    report(houses.lamp, "dim", 0.3)
    advance(1)
    assert.same({ 1, 0 }, { count, from })
    report(houses.lamp, "dim", 0.4)
    advance(1)
    assert.same({ 1, 1 }, { count, from })
  end)

  it("matches homey.wait", function()
    report(houses.lamp, "dim", 0.3)
    assert.is_true(home:wait(lamp(), "dim", 0.1 + 0.2, "1 min"))
    assert.is_false(home:wait(lamp(), "dim", 0.31, "1 min"))
  end)

  it("matches a guard", function()
    home:guard { capability = "dim", never = true, allow = { 0.3 } }
    lamp():set("dim", 0.1 + 0.2)
    assert.equal("forbidden", failure(lamp().set, lamp(), "dim", 0.4).kind)
    assert.equal(1, #sent())
  end)

  it("equal to a bound is neither above nor below", function()
    local above, below, back = 0, 0, 0
    lamp():on("dim", { above = 0.3 }, function() above = above + 1 end)
    lamp():on("dim", { below = 0.1 + 0.2 }, function() below = below + 1 end)
    lamp():on("dim", { above = 0.3, hysteresis = 0.1 }, function() back = back + 1 end)
    advance(1)
    for _, value in ipairs { 0.1 + 0.2, 0.3, 0.4, 0.3 - 0.1, 0.4, 0.3 } do
      report(houses.lamp, "dim", value)
      advance(1)
    end
    assert.same({ 2, 1, 1 }, { above, below, back }) -- it was above from the start
    assert.is_false(home:wait(lamp(), "dim", { below = 0.1 + 0.2 }, "1 min"))
  end)

  it("matches a trigger and a wait of a variable", function()
    local count = 0
    local guests = home:variable("Guests")
    guests:on({ to = 0.1 + 0.2 }, function() count = count + 1 end)
    advance(1)
    house.set(household.guests, 0.3)
    advance(1)
    assert.equal(1, count)
    assert.is_true(home:wait(guests, 0.1 + 0.2, "1 min"))
  end)
end)

describe("a guard on a capability", function()
  it("applies to sub-capabilities, not the reverse", function()
    redefine(houses.lamp, "onoff.1", { type = "boolean" })
    local guard = home:guard { device = houses.lamp, capability = "onoff", never = true }
    assert.equal("forbidden", failure(lamp().set, lamp(), "onoff.1", true).kind)
    guard:cancel()
    home:guard { device = houses.lamp, capability = "onoff.1", never = true }
    lamp():set("onoff", true)
    assert.equal("forbidden", failure(lamp().set, lamp(), "onoff.1", true).kind)
    assert.same({ true }, sent())
  end)
end)

describe("a home that is not the default", function()
  it("spawns tasks", function()
    local task = home:spawn(function(a, b) return a + b end, 1, 2)
    assert.equal(3, task:wait())
  end)
end)

describe("an event with a part of a device", function()
  it("leaves the other values unchanged", function()
    local device = home:device("Kitchen/Lamp")
    local updates = {}
    home:on("device.update", function(_, event) updates[#updates + 1] = event end)
    advance(1)
    house.raw[houses.lamp].available = false
    core_loop:tell("homey:manager:devices", "device.update",
      { id = houses.lamp, available = false })
    advance(1)
    assert.same({ "Lamp", "light", false, houses.kitchen },
      { device.name, device.class, device.available, device.zone.id })
    assert.equal(0.5, device:get "dim")
    assert.equal(1, device.capabilities.dim.max)
    house.raw[houses.lamp].note, house.raw[houses.lamp].warningMessage = "new", "low"
    core_loop:tell("homey:manager:devices", "device.update",
      { id = houses.lamp, note = "new", warningMessage = "low" })
    advance(1)
    assert.same({ false, "new", "low" }, { device.available, device.note, device.warning_message })
    house.raw[houses.lamp].available, house.raw[houses.lamp].warningMessage = true, nil
    core_loop:tell("homey:manager:devices", "device.update",
      { id = houses.lamp, available = true, warningMessage = require("homey").null })
    advance(1)
    assert.same({ true, "new" }, { device.available, device.note })
    assert.is_nil(device.warning_message)
    assert.equal("Kitchen/Lamp", tostring(device))
    assert.equal(3, #updates)
  end)
end)
