local sim = require "homey.sim"

describe("blinds that go with the sun", function()
  local home, script

  local function open(time)
    home = sim.home(nil, { time = time })
    home:operate("Living room/Blinds", "windowcoverings_set", 0)
    script = home:load "sun_blinds.lua"
  end
  after_each(function() home:close() end)

  local function position() return home:device("Living room/Blinds"):get "windowcoverings_set" end

  it("open at sunrise in winter", function()
    open "2026-01-12 06:00" -- a Monday: the sun rises at about 8:45
    home:advance_to "08:30"
    assert.equal(0, position())
    home:advance_to "09:00"
    assert.equal(1, position())
  end)

  it("open at sunrise on a weekend in the north, where that comes after nine", function()
    home = sim.home(nil, { time = "2026-12-19 00:00" }) -- a Saturday
    home.model.data.clock = { timezone = "Europe/Helsinki" }
    home.latitude, home.longitude = 60.17, 24.94
    home:operate("Living room/Blinds", "windowcoverings_set", 0)
    script = home:load "sun_blinds.lua"
    home:advance_to "09:15"
    assert.equal(0, position())
    home:advance_to "09:30" -- the sun rises at about 9:22
    assert.equal(1, position())
  end)

  it("wait for people on a summer morning, longer at weekends", function()
    open "2026-06-15 04:00" -- a Monday: the sun rises at about 5:20
    home:advance_to "06:59"
    assert.equal(0, position())
    home:advance_to "07:00"
    assert.equal(1, position())
    home:close()
    open "2026-06-14 04:00" -- a Sunday
    home:advance_to "08:59"
    assert.equal(0, position())
    home:advance_to "09:00"
    assert.equal(1, position())
  end)

  it("keep the sun of a hot afternoon out", function()
    open "2026-06-15 11:00"
    home:operate("Living room/Blinds", "windowcoverings_set", 1)
    home:operate("Garden/Weather", "measure_temperature", 27)
    assert.equal(1, position())
    home:advance_to "12:00"
    assert.equal(0.3, position())
    home:advance_to "17:00"
    assert.equal(1, position())
  end)

  it("close at dusk", function()
    open "2026-06-15 12:00"
    home:operate("Living room/Blinds", "windowcoverings_set", 1)
    home:advance_to "22:00"
    assert.equal(1, position())
    home:advance_to "23:30"
    assert.equal(0, position())
  end)

  -- Stops the program, and starts it again after this time.
  local function restart(time, meanwhile)
    script:stop()
    if meanwhile then meanwhile() end
    home:advance(time)
    script = home:load "sun_blinds.lua"
  end

  for _, case in ipairs {
    { "open", "2026-01-12 06:00", "08:40", "15 min", 0, 1 },
    { "open", "2026-06-15 04:00", "06:59", "2 min", 0, 1 },
    { "keep the sun out", "2026-06-15 11:00", "11:59", "2 min", 1, 0.3 },
    { "open again", "2026-06-15 13:00", "16:59", "2 min", 0.3, 1 },
    { "close", "2026-06-15 18:00", "22:30", "1 h", 1, 0 },
    { "stay closed", "2026-06-14 04:00", "05:00", "3 h", 0, 0 },
  } do
    it(("%s though the time for it came in a restart at %s"):format(case[1], case[3]), function()
      open(case[2])
      home:operate("Garden/Weather", "measure_temperature", 27)
      home:advance_to(case[3])
      home:operate("Living room/Blinds", "windowcoverings_set", case[5])
      restart(case[4])
      assert.equal(case[6], position())
    end)
  end

  it("move as ever on a day with a restart every ten minutes", function()
    local function day(pause)
      open "2026-06-15 03:00"
      home:operate("Garden/Weather", "measure_temperature", 27)
      for _ = 1, 144 do
        if pause then restart(pause) else home:advance "1 min" end
        home:advance "9 min"
      end
      local moves = {}
      for i, each in ipairs(home.sent) do moves[i] = each.value end
      return moves
    end
    assert.same({ 1, 0.3, 1, 0 }, day())
    home:close()
    assert.same({ 1, 0.3, 1, 0 }, day "1 min")
  end)

  it("stay where a hand has put them, whenever there is a restart", function()
    open "2026-06-15 06:00"
    for _, time in ipairs { "07:30", "11:00", "12:30", "16:30", "18:00", "21:00" } do
      home:advance_to(time)
      home:operate("Living room/Blinds", "windowcoverings_set", 0.6)
      home:forget()
      restart "5 min"
      assert.equal(0.6, position())
      assert.equal(0, #home.sent)
    end
  end)
end)
