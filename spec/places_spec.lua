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

  it("is that of this machine where the hub does not tell", function()
    home:fail { status = 404, path = "clock" }
    home:at("22:30", function() end)
    assert.is_not_nil(home.place)
  end)
end)
