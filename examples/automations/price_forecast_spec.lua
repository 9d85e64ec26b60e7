local sim = require "homey.sim"

describe("washing by the price forecast", function()
  local home, socket
  local url = "https://api.example.com/prices"

  before_each(function()
    home = sim.home(nil, { time = "2026-01-10 21:00", quiet = true })
    socket = home:device "Bathroom/Washing machine"
    home:operate(socket, "onoff", false)
    home:load "price_forecast.lua"
  end)
  after_each(function() home:close() end)

  -- Prices from 22:00 on, of twelve hours.
  local function prices(list)
    local from = home.homey.now() + 3600
    local items = {}
    for i, price in ipairs(list) do
      items[i] = { start = from + (i - 1) * 3600, price = price }
    end
    return items
  end

  -- The hours of the night in which it runs.
  local function washed()
    local hours = {}
    home:advance_to "22:30"
    for _ = 1, 10 do
      if socket:get "onoff" then hours[#hours + 1] = home:date():sub(12, 13) end
      home:advance "1 h"
    end
    return table.concat(hours, " ")
  end

  it("runs in the cheapest hours in a row", function()
    home:web { [url] = { json = prices { 9, 9, 9, 9, 9, 3, 1, 2, 9, 0, 0, 0 }, delay = "3 s" } }
    assert.equal("03 04 05", washed())
  end)

  it("does not wash into the morning", function()
    home:web { [url] = { json = prices { 5, 5, 5, 9, 9, 9, 9, 9, 0, 0, 0, 0 } } }
    assert.equal("22 23 00", washed())
  end)

  for name, reply in pairs {
    ["fails"] = { status = 503, body = "busy" }, ["sends no JSON"] = { body = "<html>" },
  } do
    it("runs at two when the service " .. name, function()
      home:web { [url] = reply }
      assert.equal("02 03 04", washed())
      assert.matches("no prices", home:logged("warning")[1].text)
    end)
  end
end)
