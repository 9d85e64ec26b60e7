--- `available`: as a filter, as a trigger, as something to wait for.
-- Runs hardly any C code: not under Valgrind.
local sim = require "homey.sim"

local home, calls

before_each(function()
  home, calls = sim.home(nil, { time = "2026-01-10 12:00", quiet = true }), {}
end)
after_each(function() home:close() end)

local function set_available(ref, value) home:change("device", ref, { available = value }) end

local function note(value, device, event)
  calls[#calls + 1] = ("%s %s %s"):format(tostring(device), tostring(value), event.name)
end

describe("available", function()
  it("is a trigger of a device, with the options of any other", function()
    home:device("Hall/Lamp"):on("available", note)
    home:device("Hall/Lamp"):on("available", { to = false, held = "10 min" }, function()
      calls[#calls + 1] = "held " .. home:date():sub(12, 16)
    end)
    set_available("Hall/Lamp", false)
    assert.same({ "Hall/Lamp false device.available" }, calls)
    home:advance "1 h"
    assert.equal("held 12:10", calls[2])
    set_available("Hall/Lamp", true)
    assert.equal("Hall/Lamp true device.available", calls[3])
  end)

  it("is a trigger of a selection, and an event of the home", function()
    home:devices { class = "light" }:on("available", { to = false }, note)
    home:on("device.available", function(value) calls[#calls + 1] = tostring(value) end)
    set_available("Kitchen/Lamp", false)
    assert.same({ "Kitchen/Lamp false device.available", "false" }, calls)
  end)

  it("is found by a reading after a gap", function()
    home:device("Hall/Lamp"):on("available", note)
    home:drop "1 min"
    set_available("Hall/Lamp", false)
    home:advance "5 min"
    assert.same({ "Hall/Lamp false device.available" }, calls)
  end)

  it("can be waited for", function()
    local lamp, back = home:device "Hall/Lamp", nil
    set_available("Hall/Lamp", false)
    home:spawn(function() back = home:wait(lamp, "available", true, "1 h") end)
    home:advance "1 min"
    assert.is_nil(back)
    set_available("Hall/Lamp", true)
    assert.is_true(back)
  end)

  it("is a filter", function()
    local gone, all = #home:devices { available = false }, #home:devices()
    assert.equal(all - gone, #home:devices { available = true })
    set_available("Hall/Lamp", false)
    assert.equal(gone + 1, #home:devices { available = false })
    assert.equal("1 device: Hall/Lamp", tostring(home:devices { available = false, zone = "Hall" }))
    local ok, err = home.homey.try(home.devices, home, { available = "no" })
    assert.is_nil(ok)
    assert.matches("available", err.message)
  end)
end)
