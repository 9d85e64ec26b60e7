-- The clock and the sun of a home: homey.now, homey.date, homey.sun.
local homey = require "homey"
local sim = require "homey.sim"
local facade = require "homey.script.facade"
local support = require "spec.support.sim"
local without_state = require "spec.support.without_state"

local function refused(kind, message, f, ...)
  local _, err = homey.try(f, ...)
  assert.equal(kind, err.kind)
  assert.match(message, err.message)
end

describe("in virtual time", function()
  local home, script

  before_each(function()
    home = sim.home(nil, { time = "2026-06-12 12:00", quiet = true })
    script = home.homey
  end)

  after_each(function() home:close() end)

  it("homey.now is the time of the home", function()
    local before = script.now()
    assert.equal("2026-06-12 12:00:00", script.date())
    home:advance "1 h 30 min"
    assert.near(5400, script.now() - before, 0.001)
    assert.equal("13:30", script.date "%H:%M")
    assert.equal(home:now(), script.now())
  end)

  it("homey.date writes times of the home's time zone", function()
    home:set_time "2026-10-25 03:30"
    assert.equal("2026-10-25 03:30 +0100", script.date "%Y-%m-%d %H:%M %z")
    assert.equal("2026-10-25 02:30", script.date "!%Y-%m-%d %H:%M")
    assert.equal("1970-01-01 01:00:00", script.date(nil, 0))
    local today = script.date "*t"
    assert.same({ 2026, 10, 25, 3, 30, 0, 1, false },
      { today.year, today.month, today.day, today.hour, today.min, today.sec, today.wday,
        today.isdst })
    assert.equal("1970-01-01 01:00:00", home:date(0))
  end)

  it("homey.sun knows where the sun is and when it rises and sets", function()
    local now = script.sun()
    assert.near(55.08, now.elevation, 0.01)
    assert.near(137.1, now.azimuth, 0.1)
    local times = {}
    for name in pairs { rise = 1, set = 1, dawn = 1, dusk = 1 } do
      times[name] = script.date("%d %H:%M:%S", now[name])
    end
    assert.same({
      rise = "13 05:18:04", set = "12 22:02:36", dawn = "13 04:28:42", dusk = "12 22:51:58",
    }, times)
    local later = script.sun(now.set)
    assert.near(-0.833, later.elevation, 0.01)
    assert.is_true(later.set > now.set + 80000)
  end)

  it("the sun of homey.sun, homey.is and homey.at is one", function()
    local fired
    script.at("sun below 4 deg", function(event) fired = event.at end)
    assert.is_true(script.is "sun above 4 deg")
    assert.is_true(script.is "sun in 120..240 deg")
    home:advance_to "22:00"
    assert.near(4, script.sun(fired).elevation, 0.01)
    assert.is_false(script.is "sun above 4 deg")
    assert.is_true(script.is "sun in 300..320 deg")
  end)

  it("a place of the sun is a condition of a guard", function()
    home:guard { class = "light", quiet = "sun above 10 deg", allow = false }
    refused("forbidden", "", function() home:device("Hall/Lamp"):set("onoff", true) end)
    home:advance_to "23:00"
    home:device("Hall/Lamp"):set("onoff", true)
  end)

  it("wrong arguments are refused", function()
    refused("invalid", "'%%Q' has '%%Q'", script.date, "%Q")
    refused("invalid", "homey.date takes seconds since 1970", script.date, "%H", "noon")
    refused("invalid", "homey.sun takes seconds since 1970", script.sun, "noon")
    refused("invalid", "homey.now takes no arguments", script.now, 1)
    refused("invalid", "homey.date takes 2 arguments", script.date, "%H", 0, 0)
    refused("invalid", "is called with a dot", script.now, script)
  end)
end)

describe("without a login", function()
  local script

  before_each(function() script = facade.new {} end)

  it("homey.now and homey.date have the clock of this machine", function()
    assert.near(os.time(), script.now(), 60)
    assert.equal(os.date("%Y-%m-%d %H:%M:%S", 1e9), script.date(nil, 1e9))
    assert.equal(os.date("!%c", 1e9), script.date("!%c", 1e9))
    assert.same(os.date("*t", 1e9), script.date("*t", 1e9))
    assert.equal(os.date "%Y", script.date "%Y")
  end)

  it("homey.sun asks for a login", function()
    refused("invalid", "the sun rises and sets at a home: call homey.login first", script.sun)
  end)
end)

for version = 2, 3 do
  it(("the clock of a hub over sockets, version %d"):format(version), function()
    local server = support.start { api_version = version }
    local real = homey.new(without_state(server.options))
    assert.near(os.time(), real:now(), 60)
    -- a hub of version 2 does not say its time zone
    local zone = version == 3 and "Europe/Amsterdam" or nil
    assert.equal(zone and "2026-06-12 12:00 +0200" or os.date("%Y-%m-%d %H:%M %z", 1781258400),
      real:date("%Y-%m-%d %H:%M %z", 1781258400))
    local place = real:sun(1781258400) -- 2026-06-12 12:00
    assert.near(137.1, place.azimuth, 0.5)
    assert.near(55.08, place.elevation, 0.5)
    real:close()
    support.stop()
  end)
end
