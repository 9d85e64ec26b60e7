--- Automations against the simulated server: own events, ramps, snapshots, silence, reach.
local homey = require "homey"
local support = require "spec.support.sim"

describe("over sockets", function()
  local sim, home

  setup(function()
    sim = support.start()
    home = homey.new(sim.options)
  end)
  teardown(function()
    home:close()
    support.stop()
  end)

  -- Runs the home until a condition is true. The limit only ends hanging tests.
  local function wait(what)
    home:spawn(function()
      while not what() do homey.sleep(0.02) end
    end):wait()
  end

  it("an own event reaches a handler that sets a lamp", function()
    home:on("my.light", function(value) home:device("Kitchen/Lamp"):set("onoff", value) end)
    home:spawn(function() homey.emit("my.light", true) end)
    wait(function() return sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value end)
  end)

  it("a ramp reaches its value", function()
    home:device("Kitchen/Lamp"):set { onoff = true, dim = 0.1 }
    assert.is_true(home:device("Kitchen/Lamp"):ramp("dim", 0.5, "2 s"):wait())
    assert.equal(0.5, home:device("Kitchen/Lamp"):get "dim")
  end)

  it("a snapshot is restored", function()
    local lights = home:devices { class = "light", available = true }
    local before = lights:snapshot()
    lights:set("onoff", true)
    assert.same({}, before:restore())
    assert.same(before.values, lights:snapshot().values)
  end)

  it("a device out of reach is reported, and leaves a selection", function()
    local heard
    local lights = home:devices { class = "light", zone = "Kitchen", available = true }
    assert.equal(1, #lights)
    home:device("Kitchen/Lamp"):on("available", { to = false, once = true },
      function(_, device) heard = tostring(device) end)
    wait(function() return home.connected end)
    sim:update("devices", "ff469433-66b3-458d-ad73-14530d8f9b39", { available = false })
    wait(function() return heard end)
    assert.equal("Kitchen/Lamp", heard)
    assert.equal(0, #lights)
    sim:update("devices", "ff469433-66b3-458d-ad73-14530d8f9b39", { available = true })
    wait(function() return #lights == 1 end)
  end)

  it("`where` decides when a handler would be called", function()
    local calls, wanted = 0, false
    local handle = home:devices { zone = "Hall", where = function() return wanted end }
      :on("alarm_motion", { to = true }, function() calls = calls + 1 end)
    local seen = 0
    home:device("Hall/Motion"):on("alarm_motion", function() seen = seen + 1 end)
    for _, value in ipairs { true, false } do
      local before = seen
      sim:operate("Hall/Motion", "alarm_motion", value)
      wait(function() return seen > before end)
    end
    assert.equal(0, calls)
    wanted = true
    sim:operate("Hall/Motion", "alarm_motion", true)
    wait(function() return calls == 1 end)
    handle:cancel()
  end)

  it("an aligned interval follows the clock", function()
    local event
    local handle = home:every(2, { aligned = true }, function(each) event = event or each end)
    wait(function() return event end)
    handle:cancel()
    assert.equal(0, event.at % 2)
  end)

  it("a random time is the same for two rules that are written alike", function()
    local first = home:at("12:00 +- 5 min", function() end)
    local second = home:at("12:00 \194\177 5 min", function() end)
    assert.is_true(first.active and second.active)
    first:cancel()
    second:cancel()
  end)

  it("a silent sensor is reported", function()
    local heard
    home:device("Garden/Weather"):on("measure_temperature", { silent = "1 s", once = true },
      function(_, device) heard = tostring(device) end)
    wait(function() return heard end)
    assert.equal("Garden/Weather", heard)
  end)
end)
