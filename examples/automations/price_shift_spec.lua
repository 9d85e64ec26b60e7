local sim = require "homey.sim"

describe("the boiler that heats when energy is cheap", function()
  local home, boiler, script

  before_each(function()
    home = sim.home(nil, { time = "2026-01-10 00:00", quiet = true })
    home:operate("Bathroom/Boiler", "onoff", false)
    script = home:load "price_shift.lua"
    boiler = home:device "Bathroom/Boiler"
  end)
  after_each(function() home:close() end)

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

  local function prices(list) home:change("variable", "Energy prices", { value = list }) end

  it("heats in the four cheapest hours", function()
    local list = {}
    for hour = 1, 24 do list[hour] = "0.30" end
    list[4], list[14], list[15], list[24] = "0.11", "0.05", "-0.02", "0.10"
    prices(table.concat(list, ", "))
    assert.same({ 3, 13, 14, 23 }, heated())
  end)

  it("heats by night where there are no prices, and says so", function()
    assert.same({ 2, 3, 4, 5 }, heated())
    assert.match("0 prices, not 24", home.logged[1].text)
  end)

  it("heats whatever it costs when the water is cold", function()
    home:advance_to "12:00"
    home:operate(boiler, "measure_temperature", 35)
    assert.is_true(boiler:get "onoff")
    home:operate(boiler, "measure_temperature", 48)
    home:advance_to "13:00"
    assert.is_false(boiler:get "onoff")
  end)

  -- The program is down for so long.
  local function restart(time, meanwhile)
    script:stop()
    if meanwhile then meanwhile() end
    home:advance(time)
    script = home:load "price_shift.lua"
  end

  it("heats in the same hours whenever it is restarted", function()
    local list = {}
    for hour = 1, 24 do list[hour] = "0.30" end
    list[4], list[14], list[15], list[24] = "0.11", "0.05", "-0.02", "0.10"
    prices(table.concat(list, ", "))
    local hours = {}
    home:advance "59 min"
    for hour = 1, 23 do
      restart "2 min" -- over the full hour
      if boiler:get "onoff" then hours[#hours + 1] = hour end
      home:advance "58 min"
    end
    assert.same({ 3, 13, 14, 23 }, hours)
  end)
end)
