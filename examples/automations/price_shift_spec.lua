local sim = require "homey.sim"

describe("the boiler that heats when energy is cheap", function()
  local home, boiler, script

  before_each(function()
    home = sim.home(nil, { time = "2026-01-10 00:00", quiet = true })
    home:operate("Bathroom/Boiler", "onoff", false)
    boiler = home:device "Bathroom/Boiler"
  end)
  after_each(function() home:close() end)

  local function start() script = home:load "price_shift.lua" end

  -- The hours of the coming day in which it heats.
  local function heated()
    local hours = {}
    for hour = 0, 23 do
      home:advance "30 min"
      if boiler:get "onoff" then hours[#hours + 1] = hour end
      home:advance "30 min"
    end
    return hours
  end

  -- The prices of a day: 0.30, and others in some hours.
  local function prices(date, others)
    local list = {}
    for hour = 0, 23 do list[hour + 1] = others[hour] or 0.30 end
    local all = home.model.data.electricity_prices or {}
    all[date], home.model.data.electricity_prices = list, all
  end

  local cheap = { [3] = 0.11, [13] = 0.05, [14] = -0.02, [23] = 0.10 }

  it("heats in the four cheapest hours of each day", function()
    prices("2026-01-10", cheap)
    prices("2026-01-11", { [1] = 0.2, [2] = 0.2, [8] = 0.1, [9] = 0.1 })
    start()
    assert.same({ 3, 13, 14, 23 }, heated())
    assert.same({ 1, 2, 8, 9 }, heated())
    assert.same({}, home:logged "warning")
  end)

  it("heats by night where there are no prices, and says so once a day", function()
    local path = "/api/manager/energy/price/electricity/dynamic"
    home:answer { path = path, status = 500, reply = { error = "no prices" } }
    start()
    assert.same({ 2, 3, 4, 5 }, heated())
    assert.match("heating by night", home:logged("warning")[1].text)
    assert.equal(2, #home:logged "warning") -- the next day has begun
  end)

  it("heats whatever it costs when the water is cold", function()
    prices("2026-01-10", cheap)
    start()
    home:advance_to "12:00"
    home:operate(boiler, "measure_temperature", 35)
    assert.is_true(boiler:get "onoff")
    home:operate(boiler, "measure_temperature", 48)
    home:advance_to "12:15"
    assert.is_false(boiler:get "onoff")
  end)

  it("heats in the same hours whenever it is restarted", function()
    prices("2026-01-10", cheap)
    start()
    local hours = {}
    home:advance "59 min"
    for hour = 1, 23 do
      script:stop()
      home:advance "2 min" -- over the full hour
      start()
      if boiler:get "onoff" then hours[#hours + 1] = hour end
      home:advance "58 min"
    end
    assert.same({ 3, 13, 14, 23 }, hours)
  end)
end)
