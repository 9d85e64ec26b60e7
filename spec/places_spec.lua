-- Where a home is: what the hub tells of it, and what becomes of a rule where it does not.
local sim = require "homey.sim"

describe("where a home is", function()
  local home

  before_each(function() home = sim.home(nil, { time = "2026-06-10 20:00", quiet = true }) end)
  after_each(function() home:close() end)

  for _, case in ipairs { { "clock", "22:30" }, { "geolocation", "sunset" } } do
    it(("is asked again where the hub has trouble to tell: %s"):format(case[1]), function()
      home:fail { status = 503, path = case[1] }
      local _, err = home.homey.try(home.at, home, case[2], function() end)
      assert.same({ "hub", 503 }, { err.kind, err.status })
      local fired = 0
      home:at(case[2], function() fired = fired + 1 end)
      home:advance "1 d"
      assert.equal(1, fired)
    end)
  end

  it("is refused where the hub does not tell and this machine knows no more than the name of its own", function()
    home:fail { status = 404, path = "clock", times = 2 }
    local getenv, open = os.getenv, io.open
    os.getenv = function(name) return name == "TZ" and "Nowhere/Land" or nil end -- luacheck: ignore 122
    io.open = function(path, ...) -- luacheck: ignore 122
      return not path:find "^/etc/" and not path:find "zoneinfo" and open(path, ...) or nil
    end
    local _, err = home.homey.try(home.at, home, "22:30", function() end)
    os.getenv, io.open = getenv, open -- luacheck: ignore 122
    assert.equal("invalid", err.kind)
    assert.matches("^this machine is in the time zone 'Nowhere/Land', which is not known on this machine", err.message)
    home.timezone = "CET-1CEST,M3.5.0,M10.5.0/3"
    local fired
    home:at("22:30", function(event) fired = home:date(event.at) end)
    home:advance "1 d"
    assert.matches("22:30:00$", fired)
  end)

  it("is that of this machine where the hub does not tell", function()
    home:fail { status = 404, path = "clock" }
    home:at("22:30", function() end)
    assert.is_not_nil(home.place)
  end)
end)
