--- Triggers with unknown values, with repeated values, and with a hub whose clock differs.
-- Runs hardly any C code: not under Valgrind.
local core = require "homey.core"
local failure = require "spec.support.failure"
local household = require "spec.support.household"
local houses = require "spec.support.house"

local house, home, core_loop, advance, count

household.each(function(...)
  house, home, core_loop, advance = ...
  count = 0
end)

local function heater() return home:device(houses.heater) end
local function lamp() return home:device(houses.lamp) end
local function tick() count = count + 1 end

local function stamp(seconds)
  return os.date("!%Y-%m-%dT%H:%M:%S", math.floor(seconds)) .. ".000Z"
end

local function report(id, capability, value, at)
  house.raw[id].capabilitiesObj[capability].value = value
  if at then house.raw[id].capabilitiesObj[capability].lastUpdated = stamp(at) end
  core_loop:tell("homey:device:" .. id, "capability", {
    capabilityId = capability, value = value, transactionTime = at and math.floor(at * 1000),
  })
end

local function temperature(value) report(houses.heater, "target_temperature", value) end

describe("a value that is unknown between two others", function()
  it("fires `above` once", function()
    heater():on("target_temperature", { above = 24 }, tick)
    advance(1)
    for _, value in ipairs { 25, core.null, 25.5, core.null, 26 } do temperature(value) end
    advance(1)
    assert.equal(1, count)
  end)

  it("keeps `held` running", function()
    heater():on("target_temperature", { above = 24, held = "10 min" }, tick)
    advance(1)
    temperature(25)
    advance(300)
    temperature(core.null)
    advance(60)
    temperature(25)
    advance(239)
    assert.equal(0, count)
    advance(2)
    assert.equal(1, count)
  end)

  it("is skipped in comparisons", function()
    local seen = {}
    lamp():on("onoff", { to = true }, function(value, _, event)
      seen[#seen + 1] = tostring(event.old) .. ">" .. tostring(value)
    end)
    advance(1)
    for _, value in ipairs { false, core.null, true, core.null, true } do
      report(houses.lamp, "onoff", value)
    end
    advance(1)
    assert.same({ "false>true" }, seen)
  end)

  it("is ignored by a trigger without options", function()
    heater():on("target_temperature", function(value)
      assert.equal("number", type(value))
      tick()
    end)
    advance(1)
    for _, value in ipairs { 21, core.null, 22 } do temperature(value) end
    advance(1)
    assert.equal(2, count)
  end)

  it("matches `to` and `from` with homey.null", function()
    local from = 0
    heater():on("target_temperature", { to = core.null }, tick)
    heater():on("target_temperature", { from = { core.null, 30 } }, function() from = from + 1 end)
    advance(1)
    for _, value in ipairs { core.null, 21, 30, 31 } do temperature(value) end
    advance(1)
    assert.same({ 1, 2 }, { count, from })
  end)

  it("is returned as homey.null", function()
    house.raw[houses.heater].capabilitiesObj.target_temperature.value = core.null
    assert.equal(core.null, heater():get("target_temperature"))
    assert.equal("target_temperature",
      (failure(heater().set, heater(), "target_temperature",
        "+10%").message:match "target_temperature"))
  end)
end)

describe("a sensor that repeats its value", function()
  for _, options in ipairs { { held = "5 min" }, { held = "5 min", to = false },
    { held = "5 min", from = true } } do
    it("neither fires nor restarts `held`"
      .. (options.to == false and ", with `to`" or options.from and ", with `from`" or ""),
      function()
        lamp():on("onoff", options, tick)
        advance(1)
        report(houses.lamp, "onoff", false)
        for _ = 1, 4 do
          advance(60)
          report(houses.lamp, "onoff", false)
        end
        advance(59)
        assert.equal(0, count)
        advance(2)
        assert.equal(1, count)
        for _ = 1, 20 do
          report(houses.lamp, "onoff", false)
          advance(60)
        end
        assert.equal(1, count)
      end)
  end
end)

describe("debounce", function()
  it("reports a restless meter after ten times its duration", function()
    heater():on("shine", { debounce = "30 s" }, tick)
    advance(1)
    for i = 1, 60 do
      report(houses.heater, "shine", i % 10)
      advance(10)
    end
    assert.equal(2, count)
  end)

  it("reports once when the value is quiet", function()
    heater():on("shine", { debounce = "30 s" }, tick)
    advance(1)
    for i = 1, 5 do
      report(houses.heater, "shine", i)
      advance(10)
    end
    advance(31)
    assert.equal(1, count)
  end)
end)

describe("held with a hub clock five minutes slow", function()
  local slow = -300
  local function hub_time() return core_loop:time() + slow end

  before_each(function()
    core_loop:on("PUT " .. houses.path(houses.hall_lamp, "onoff"), function(request)
      return {
        transactionId = request.body.transactionId, transactionTime = math.floor(hub_time() * 1000),
        value = request.body.value,
      }
    end)
    home:on("device.capability", function() end)
    advance(1)
    -- its answer tells the time of the hub
    home:device(houses.hall_lamp):set("onoff", false)
  end)

  it("fires by our clock for earlier values", function()
    report(houses.lamp, "onoff", false, hub_time())
    advance(60)
    lamp():on("onoff", { to = false, held = "10 min" }, tick)
    advance(538)
    assert.equal(0, count)
    advance(4)
    assert.equal(1, count)
  end)
end)

describe("held across a gap in the events", function()
  it("counts from the hub's time of change", function()
    lamp():on("onoff", { to = false, held = "10 min" }, tick)
    advance(1)
    core_loop:break_off()
    advance(1)
    house.raw[houses.lamp].capabilitiesObj.onoff.value = false
    house.raw[houses.lamp].capabilitiesObj.onoff.lastUpdated = stamp(core_loop:time())
    advance(240)
    core_loop:come_back()
    advance(355)
    assert.equal(0, count)
    advance(10)
    assert.equal(1, count)
  end)
end)

describe("held over sockets with a slow hub clock", function()
  local support = require "spec.support.sim"
  local sim

  setup(function() sim = support.start { clock_ahead = -300 } end)
  teardown(support.stop)

  it("uses the date of the hub's answers", function()
    local options = { state_dir = false }
    for name, value in pairs(sim.pat_options) do options[name] = value end
    local real = require("homey").new(options)
    local lamp = real:device "Kitchen/Lamp"
    sim:operate(lamp.id, "onoff", not lamp:get "onoff")
    local ahead = real.client:clock()
    assert.is_true(ahead < -298 and ahead > -302, ahead)
    local value = lamp:get "onoff"
    local since = require("homey.time.timestamp").ms(lamp.capabilities.onoff.updated)
    local ours = require("homey.time.hub_clock").ours(real, since)
    assert.is_true(math.abs(ours - os.time()) < 60, ours - os.time())
    local started, over = os.time(), false
    -- true for five minutes by the hub's clock
    lamp:on("onoff", { to = value, held = "2 s" }, function() over = true end)
    real:wait(lamp, "onoff", { to = value, held = "2 s" })
    while not over and os.time() - started < 60 do real.scheduler:sleep(0.05) end
    assert.is_true(over)
    real:close()
  end)
end)
