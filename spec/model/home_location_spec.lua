-- Location of a home: read from the hub, missing at the hub, and changed while rules use it.
-- Runs hardly any C code: not under Valgrind.
local sim = require "homey.sim"

describe("a home's location", function()
  local home

  before_each(function() home = sim.home(nil, { time = "2026-06-10 20:00", quiet = true }) end)
  after_each(function() home:close() end)

  for _, case in ipairs { { "clock", "22:30" }, { "geolocation", "sunset" } } do
    it(("is read again after a failure of the hub: %s"):format(case[1]), function()
      home:fail { status = 503, path = case[1] }
      local _, err = home.homey.try(home.at, home, case[2], function() end)
      assert.same({ "hub", 503 }, { err.kind, err.status })
      local fired = 0
      home:at(case[2], function() fired = fired + 1 end)
      home:advance "1 d"
      assert.equal(1, fired)
    end)
  end

  it("is refused when neither hub nor machine knows it", function()
    home:fail { status = 404, path = "clock", times = 2 }
    local getenv, open = os.getenv, io.open
    os.getenv = function(name) -- luacheck: ignore 122
      return name == "TZ" and "Nowhere/Land" or nil
    end
    io.open = function(path, ...) -- luacheck: ignore 122
      return not path:find "^/etc/" and not path:find "zoneinfo" and open(path, ...) or nil
    end
    local _, err = home.homey.try(home.at, home, "22:30", function() end)
    os.getenv, io.open = getenv, open -- luacheck: ignore 122
    assert.equal("invalid", err.kind)
    assert.matches(
      "^this machine is in the time zone 'Nowhere/Land', which is not known on this machine",
      err.message)
    home.timezone = "CET-1CEST,M3.5.0,M10.5.0/3"
    local fired
    home:at("22:30", function(event) fired = home:date(event.at) end)
    home:advance "1 d"
    assert.matches("22:30:00$", fired)
  end)

  it("falls back to this machine's", function()
    home:fail { status = 404, path = "clock" }
    home:at("22:30", function() end)
    assert.is_not_nil(home.place)
  end)
end)

describe("a home whose location changes at the hub", function()
  local home, told

  before_each(function()
    home, told = sim.home(nil, { time = "2026-06-10 20:00", quiet = true }), {}
  end)
  after_each(function() home:close() end)

  local function note(word)
    return function(event) told[#told + 1] = word .. os.date("!%H:%M", event.at) end
  end

  it("uses the new time zone within an hour", function()
    home:at("22:30", note "late ")
    home:at("sunset", note "sunset ")
    home.model.data.clock = { timezone = "America/New_York" }
    assert.is_true(home:is "20:00 - 20:30")
    home:advance "61 min" -- 15:01 over there
    assert.equal("America/New_York", home.timezone)
    assert.is_true(home:is "15:00 - 15:30")
    assert.is_false(home:is "20:00 - 22:00")
    home:advance "12 h"
    assert.same({ "sunset 20:01", "late 02:30" }, told)
    assert.equal("info", home.logged[#home.logged].level)
    assert.matches("the hub has moved to another location: 'America/New_York'",
      home.logged[#home.logged].text)
  end)

  it("uses the sun of the new location", function()
    home:at("sunset", note "sunset ")
    home.model.data.geolocation.location.value = { latitude = 40.71, longitude = -74.01 }
    home:advance "61 min"
    assert.equal(40.71, home.place.latitude)
  end)

  it("keeps the old location after a failure", function()
    home:at("22:30", note "late ")
    home:fail { status = 503, path = "clock", times = 1 }
    home:advance "61 min"
    assert.equal("Europe/Amsterdam", home.timezone)
    home.model.data.clock = { timezone = "Moon/Mare_Nubium" }
    home:advance "10 h"
    assert.same({ "late 20:30" }, told)
    assert.equal(1, #home:logged "warning")
    assert.matches("Moon/Mare_Nubium", home:logged("warning")[1].text)
  end)

  it("stops reading it once it is fixed or closed", function()
    home.timezone, home.latitude, home.longitude = "Europe/Amsterdam", 52.37, 4.9
    home:at("sunset", note "sunset ")
    home.model.data.clock = { timezone = "America/New_York" }
    home:advance "3 h"
    assert.equal("Europe/Amsterdam", home.timezone)
    for _, request in ipairs(home.requests) do assert.is_nil(request.path:find "clock") end
  end)
end)
