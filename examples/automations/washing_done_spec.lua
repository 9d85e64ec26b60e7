local sim = require "homey.sim"

describe("the washing machine that is done", function()
  local home, script

  before_each(function()
    home = sim.home(nil, { time = "2026-01-10 10:00", quiet = true })
    script = home:load "washing_done.lua"
  end)
  after_each(function() home:close() end)

  local function power(watts) home:operate("Bathroom/Washing machine", "measure_power", watts) end
  local function told()
    local n = 0
    for _, each in ipairs(home.sent) do
      if each.path:find "/trigger$" then n = n + 1 end
    end
    return n
  end

  it("is reported three minutes after it last used power", function()
    power(2000)
    home:advance "1 h"
    power(3)
    home:advance "2 min"
    power(120) -- it was only a pause
    home:advance "10 min"
    power(2)
    home:advance "179 s"
    assert.equal(0, told())
    home:advance "2 s"
    assert.equal(1, told())
    assert.equal("The washing is done.", home:variable("Message"):get())
  end)

  it("is reported again every half hour, three times at most", function()
    power(2000)
    power(2)
    home:advance "3 h"
    assert.equal(4, told())
  end)

  it("begins anew with the next wash", function()
    power(2000)
    power(2)
    home:advance "10 min"
    power(2000)
    home:advance "3 h"
    assert.equal(1, told())
    power(2)
    home:advance "5 min"
    assert.equal(2, told())
  end)

  -- Stops the program, and starts it again after this time.
  local function restart(time, meanwhile)
    script:stop()
    if meanwhile then meanwhile() end
    home:advance(time)
    script = home:load "washing_done.lua"
  end

  it("is reported though a restart was during the wash, or at its end", function()
    power(2000)
    home:advance "10 min"
    restart "1 min"
    home:advance "10 min"
    restart("30 s", function() power(2) end)
    home:advance "151 s"
    assert.equal(1, told())
    home:advance "3 h"
    assert.equal(4, told())
  end)

  it("is reported though it began and ended during a restart", function()
    power(2000)
    home:advance "1 min"
    restart("1 h", function() power(2) end)
    home:advance "3 min"
    assert.equal(1, told())
  end)

  it("is noticed where it began during a restart", function()
    restart("1 min", function() power(2000) end)
    home:advance "10 min"
    power(2)
    home:advance "4 min"
    assert.equal(1, told())
  end)

  it("is reported no more often because of restarts, and the next wash begins anew", function()
    power(2000)
    power(2)
    home:advance "40 min"
    restart "1 min"
    home:advance "3 h"
    assert.equal(4, told())
    power(2000)
    restart "1 min"
    power(120)
    power(2000)
    power(2)
    home:advance "5 min"
    assert.equal(5, told())
  end)
end)
