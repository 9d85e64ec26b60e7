local sim = require "homey.sim"

describe("the battery watch", function()
  local home, script

  before_each(function()
    home = sim.home(nil, { time = "2026-01-10 08:00", quiet = true })
    script = home:load "battery_watch.lua"
  end)
  after_each(function() home:close() end)

  local function message() return home:variable("Message"):get() end

  it("says nothing while all is well", function()
    home:advance "3 days"
    assert.equal(0, #home.sent)
  end)

  it("names what is low, once a week", function()
    home:operate("Hall/Motion", "measure_battery", 9)
    home:operate("Kitchen/Window", "alarm_battery", true)
    home:advance_to "09:00"
    assert.match("Hall/Motion has a low battery", message())
    assert.match("Kitchen/Window has a low battery", message())
    home:forget():advance "6 days"
    assert.equal(0, #home.sent)
    home:advance "1 day"
    assert.equal(2, #home.sent) -- the message, and the flow that sends it
  end)

  it("forgets a battery that was changed", function()
    home:operate("Hall/Motion", "measure_battery", 9)
    home:advance_to "09:00"
    home:operate("Hall/Motion", "measure_battery", 100)
    home:advance "1 day"
    home:operate("Hall/Motion", "measure_battery", 8)
    home:forget():advance "1 day"
    assert.equal(2, #home.sent)
  end)

  it("names what is out of reach", function()
    home:change("device", "Hall/Front door", { available = false })
    home:advance_to "09:00"
    assert.match("Hall/Front door is out of reach", message())
  end)

  -- Stops the program, and starts it again after this time.
  local function restart(time, meanwhile)
    script:stop()
    if meanwhile then meanwhile() end
    home:advance(time)
    script = home:load "battery_watch.lua"
  end

  it("looks once a day whenever it is restarted", function()
    home:operate("Hall/Motion", "measure_battery", 9)
    home:advance_to "08:59"
    restart "2 min" -- nothing is known of the day before
    assert.equal(0, #home.sent)
    home:advance "1 day"
    assert.equal(2, #home.sent)
    home:forget():advance_to "10:00"
    restart "1 min"
    home:advance_to "08:59"
    home:operate("Kitchen/Window", "alarm_battery", true)
    restart "2 min"
    assert.equal("Kitchen/Window has a low battery.", message())
    home:forget():advance "6 days"
    restart "1 min"
    assert.equal(2, #home.sent) -- a week is over for Hall/Motion only
  end)
end)
