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

  it("a silent sensor is reported", function()
    local heard
    home:device("Garden/Weather"):on("measure_temperature", { silent = "1 s", once = true },
      function(_, device) heard = tostring(device) end)
    wait(function() return heard end)
    assert.equal("Garden/Weather", heard)
  end)
end)
