local sim = require "homey.sim"

describe("presence with a grace time", function()
  local home, script

  before_each(function()
    home = sim.home(nil, { time = "2026-01-10 18:00", quiet = true })
    script = home:load "presence.lua"
  end)
  after_each(function() home:close() end)

  local function mode() return home:variable("House mode"):get() end
  local function target() return home:device("Living room/Thermostat"):get "target_temperature" end

  it("turns the house down a quarter of an hour after the last one has left", function()
    home:change("user", "Vera", { present = false })
    home:advance "14 min"
    assert.equal("home", mode())
    home:advance "1 min"
    assert.same({ "away", 16 }, { mode(), target() })
    assert.is_false(home:device("Hall/Lamp"):get "onoff")
  end)

  it("ignores a telephone that loses its signal for a while", function()
    home:change("user", "Vera", { present = false })
    home:advance "10 min"
    home:change("user", "Vera", { present = true })
    home:advance "1 h"
    assert.same({ "home", 20.5 }, { mode(), target() })
  end)

  it("stays while anybody is there", function()
    home:change("user", "Otto", { present = true })
    home:change("user", "Vera", { present = false })
    home:advance "1 h"
    assert.equal("home", mode())
  end)

  it("acts once the hub is back when it was away at that moment", function()
    home:change("user", "Vera", { present = false })
    home:advance "14 min"
    home:drop "3 min"
    home:advance "4 min"
    assert.same({ "away", 16 }, { mode(), target() })
    assert.is_false(home:device("Hall/Lamp"):get "onoff")
    home:drop "3 min"
    home:change("user", "Otto", { present = true })
    home:advance "5 min"
    assert.same({ "home", 20.5 }, { mode(), target() })
  end)

  it("turns nothing down when somebody is back before the hub", function()
    home:change("user", "Vera", { present = false })
    home:advance "14 min"
    home:drop "3 min"
    home:advance "2 min"
    home:change("user", "Vera", { present = true })
    home:advance "1 h"
    assert.same({ "home", 20.5 }, { mode(), target() })
  end)

  for _, path in ipairs { "/logic/variable/", "/capability/target_temperature",
    "/devices/device" } do
    it("does all of it though the hub fails for a while at " .. path, function()
      home:change("user", "Vera", { present = false })
      home:advance "14 min"
      home:fail { status = 500, path = path, times = 3, executed = true }
      home:advance "5 min"
      assert.same({ "away", 16 }, { mode(), target() })
      home:change("user", "Vera", { present = true })
      assert.same({ "home", 20.5 }, { mode(), target() })
    end)
  end

  it("restores the temperatures, and switches lights on in the dark", function()
    home:change("user", "Vera", { present = false })
    home:advance "1 h"
    home:change("user", "Otto", { present = true })
    assert.same({ "home", 20.5 }, { mode(), target() })
    assert.is_true(home:device("Hall/Lamp"):get "onoff")
  end)

  -- Stops the program, and starts it again after this time.
  local function restart(time, meanwhile)
    script:stop()
    if meanwhile then meanwhile() end
    home:advance(time)
    script = home:load "presence.lua"
  end

  it("turns the house down after a restart within the quarter of an hour", function()
    home:change("user", "Vera", { present = false })
    home:advance "10 min"
    restart "1 min"
    home:advance "14 min"
    assert.equal("home", mode())
    home:advance "2 min"
    assert.same({ "away", 16 }, { mode(), target() })
  end)

  it("notices who left and who came during a restart", function()
    restart("1 min", function() home:change("user", "Vera", { present = false }) end)
    home:advance "15 min"
    assert.same({ "away", 16 }, { mode(), target() })
    restart "1 min"
    home:advance "1 h"
    assert.same({ "away", 16 }, { mode(), target() })
    restart("1 min", function() home:change("user", "Otto", { present = true }) end)
    assert.same({ "home", 20.5 }, { mode(), target() })
  end)
end)
