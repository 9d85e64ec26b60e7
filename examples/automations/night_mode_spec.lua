local sim = require "homey.sim"

describe("night mode", function()
  local home, script

  before_each(function()
    home = sim.home(nil, { time = "2026-01-10 22:00", quiet = true })
    script = home:load "night_mode.lua"
  end)
  after_each(function() home:close() end)

  local function value(device, capability) return home:device(device):get(capability or "onoff") end

  it("begins at eleven: door, heating, lights, and a light to bed for a while", function()
    home:operate("Hall/Front door", "locked", false)
    home:advance_to "23:00"
    assert.equal("night", home:variable("House mode"):get())
    assert.same({ true, 17 },
      { value("Hall/Front door", "locked"), value("Living room/Thermostat", "target_temperature") })
    assert.same({ false, false, true },
      { value "Hall/Lamp", value "Reading light", value "Bedside lights" })
    home:advance "20 min"
    assert.is_false(value "Bedside lights")
  end)

  it("begins though the hub is away at eleven", function()
    home:operate("Hall/Front door", "locked", false)
    home:advance "59 min"
    home:drop "3 min"
    home:advance "5 min"
    assert.equal("night", home:variable("House mode"):get())
    assert.same({ true, 17 },
      { value("Hall/Front door", "locked"), value("Living room/Thermostat", "target_temperature") })
  end)

  it("locks the door though a lamp is out of reach, and though the hub is away when it should be "
    .. "locked", function()
    home:operate("Hall/Front door", "locked", false)
    home:change("device", "Bedroom/Bedside lights", { available = false })
    home:change("variable", "House mode", { value = "night" })
    assert.is_true(value("Hall/Front door", "locked"))
    home:change("variable", "House mode", { value = "home" })
    home:operate("Hall/Front door", "locked", false)
    home:fail { kind = "offline", method = "PUT", path = "/locked", times = 4 }
    home:change("variable", "House mode", { value = "night" })
    assert.is_false(value("Hall/Front door", "locked"))
    home:advance "2 min"
    assert.is_true(value("Hall/Front door", "locked"))
  end)

  it("ends though the hub is away at seven", function()
    home:advance_to "06:59"
    home:drop "3 min"
    home:advance "5 min"
    assert.equal("home", home:variable("House mode"):get())
    assert.equal(20, value("Living room/Thermostat", "target_temperature"))
  end)

  it("begins earlier for whoever asks for it", function()
    home:change("variable", "House mode", { value = "night" })
    assert.is_false(value "Hall/Lamp")
  end)

  it("does not begin while nobody is home", function()
    home:change("variable", "House mode", { value = "away" })
    home:advance_to "23:30"
    assert.equal("away", home:variable("House mode"):get())
  end)

  it("ends at seven", function()
    home:advance_to "07:00"
    assert.equal("home", home:variable("House mode"):get())
    assert.equal(20, value("Living room/Thermostat", "target_temperature"))
  end)

  it("forbids every script music at night, and to unlock the door at any time", function()
    local homey = home.homey
    local speaker, door = home:device "Speaker", home:device "Front door"
    assert.is_truthy(homey.try(speaker.set, speaker, "volume_set", 0.3))
    local _, err = homey.try(door.set, door, "locked", false)
    assert.equal("forbidden", err.kind)
    home:advance_to "23:30"
    _, err = homey.try(speaker.set, speaker, "volume_set", 0.3)
    assert.equal("forbidden", err.kind)
    speaker:set("speaker_playing", false)
  end)

  -- Stops the program, and starts it again after this time.
  local function restart(time, meanwhile)
    script:stop()
    if meanwhile then meanwhile() end
    home:advance(time)
    script = home:load "night_mode.lua"
  end

  it("begins though a restart was at eleven", function()
    home:operate("Hall/Front door", "locked", false)
    home:advance_to "22:59"
    restart "2 min"
    assert.equal("night", home:variable("House mode"):get())
    assert.is_true(value("Hall/Front door", "locked"))
    home:advance "20 min"
    assert.is_false(value "Bedside lights")
  end)

  it("ends though a restart was at seven", function()
    home:advance_to "2026-01-11 06:59"
    restart "2 min"
    assert.equal("home", home:variable("House mode"):get())
    assert.equal(20, value("Living room/Thermostat", "target_temperature"))
  end)

  it("begins for whoever asked for it during a restart", function()
    home:operate("Hall/Front door", "locked", false)
    restart("1 min", function() home:change("variable", "House mode", { value = "night" }) end)
    assert.is_true(value("Hall/Front door", "locked"))
  end)

  it("works as usual on a day with a restart every ten minutes", function()
    local seen = {}
    for hour = 1, 24 do
      for _ = 1, 6 do
        home:advance "9 min"
        restart "1 min"
      end
      seen[hour] = home:variable("House mode"):get()
    end
    -- from 23:00 to 22:00
    assert.equal(("night "):rep(8) .. ("home "):rep(16), table.concat(seen, " ") .. " ")
    assert.same({ false, 20 },
      { value "Hall/Lamp", value("Living room/Thermostat", "target_temperature") })
    assert.equal(1, #home:sent("Hall/Lamp"))
  end)

  it("lights the way to bed for no longer because of a restart", function()
    home:advance_to "23:05"
    restart "1 min"
    home:advance "13 min"
    assert.is_true(value "Bedside lights")
    home:advance "2 min"
    assert.is_false(value "Bedside lights")
  end)

  it("repeats nothing, and undoes nothing that people did, after a restart at any hour",
    function()
    home:advance_to "23:30"
    home:operate("Hall/Lamp", "onoff", true)
    home:forget()
    for _ = 1, 3 do
      restart "2 min"
      home:advance "1 h"
    end
    assert.is_true(value "Hall/Lamp")
    home:change("variable", "House mode", { value = "home" })
    restart "2 min"
    assert.equal("home", home:variable("House mode"):get())
    assert.equal(0, #home.sent)
  end)
end)
