local sim = require "homey.sim"

describe("blinds that go with the sun", function()
  local home

  local function open(time)
    home = sim.home(nil, { time = time })
    home:operate("Living room/Blinds", "windowcoverings_set", 0)
    home:load "sun_blinds.lua"
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
    home:load "sun_blinds.lua"
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
end)
