--- Selections that follow the home: their devices, `where`, snapshots.
-- Runs hardly any C code: not under Valgrind.
local sim = require "homey.sim"

local home

before_each(function() home = sim.home(nil, { time = "2026-01-10 12:00", quiet = true }) end)
after_each(function() home:close() end)

local function refused(f, ...)
  local ok, err = home.homey.try(f, ...)
  assert.is_nil(ok)
  return err
end

describe("a selection", function()
  it("has the devices that match now while events arrive", function()
    local lights = home:devices { zone = "Garden", class = "light" }
    local count = #lights
    home:on("device.create", function() end) -- the home listens
    home:advance "1 s"
    home:add("device", {
      name = "Torch", zone = "Garden", class = "light", capabilities = { onoff = false },
    })
    assert.equal(count + 1, #lights)
    local names = {}
    for i, device in ipairs(lights) do names[i] = device.name end
    assert.matches("Torch", table.concat(names, " "))
    home:change("device", "Torch", { zone = "Kitchen" })
    assert.equal(count, #lights)
    home:change("device", "Torch", { zone = "Garden" })
    home:remove("device", "Torch")
    assert.equal(count, #lights)
  end)

  it("sets the devices that match now, without events too", function()
    local lights = home:devices { class = "light" }
    home:add("device", {
      name = "Torch", zone = "Garden", class = "light", capabilities = { onoff = false },
    })
    home:devices() -- a reading finds the new device
    lights:set("onoff", true)
    assert.is_true(home:device("Torch"):get("onoff"))
  end)

  it("leaves out a device whose zone the hub does not list, and goes on", function()
    local heard = 0
    home:devices { zone = "Hall" }:on("onoff", function() heard = heard + 1 end)
    home:advance "1 s"
    home.model:update("devices", home:device("Kitchen/Lamp").id, { zone = "no such zone" })
    home:drop "10 s"
    home:advance "1 min"
    home:operate("Hall/Lamp", "onoff", false)
    assert.equal(1, heard)
    assert.same({}, home:logged "error")
    assert.equal("Hall/Lamp", tostring(home:devices { zone = "Hall", class = "light" }[1]))
  end)

  it("may change while its devices are read", function()
    local lights, done, err = home:devices { class = "light", zone = "Garden" }, false, nil
    local count, garden = #lights, home:zone("Garden").id
    home:on("device.update", function() end)
    home:advance "1 s"
    home:spawn(function()
      done, err = home.homey.try(lights.refresh, lights)
    end)
    home.model:update("devices", home:device("Hall/Lamp").id, { zone = garden })
    home:advance "1 min"
    assert.is_nil(err)
    assert.equal(lights, done)
    assert.equal(count + 1, #lights)
  end)

  it("follows `available`", function()
    local gone = home:devices { available = false, zone = "Hall" }
    home:on("device.update", function() end)
    home:advance "1 s"
    assert.equal(0, #gone)
    home:change("device", "Hall/Lamp", { available = false })
    assert.equal("Hall/Lamp", tostring(gone[1]))
  end)
end)

describe("`where`", function()
  local function is_on(device) return device.capabilities.onoff.value end

  it("chooses by a function", function()
    local lit = home:devices { class = "light", capability = "onoff", where = is_on }
    local expected = 0
    for _, device in ipairs(home:devices { class = "light", capability = "onoff" }) do
      expected = expected + (device:get "onoff" and 1 or 0)
    end
    assert.equal(expected, #lit)
    assert.is_true(expected > 0)
    lit:set("onoff", false)
    assert.equal(0, #lit:refresh())
  end)

  it("is asked when a handler would be called", function()
    local calls, wanted = {}, false
    home:devices { capability = "alarm_motion", where = function() return wanted end }
      :on("alarm_motion", { to = true }, function(_, device)
        calls[#calls + 1] = tostring(device)
      end)
    home:operate("Hall/Motion", "alarm_motion", true)
    home:operate("Hall/Motion", "alarm_motion", false)
    wanted = true
    home:operate("Hall/Motion", "alarm_motion", true)
    assert.same({ "Hall/Motion" }, calls)
  end)

  it("raises its error to the caller", function()
    assert.matches("mine", tostring(refused(home.devices, home,
      { where = function() error "mine" end })))
    assert.matches("where", refused(home.devices, home, { where = true }).message)
  end)
end)

describe("a snapshot", function()
  local lamp

  before_each(function()
    lamp = home:device "Kitchen/Lamp" -- off, dimmed to 0.6
    home:device("Hall/Lamp"):set { onoff = true, dim = 0.35 }
  end)

  it("restores only changed values", function()
    local before = home:devices { class = "light" }:snapshot()
    lamp:set { onoff = true, dim = 1 }
    home:device("Hall/Lamp"):set { onoff = false, dim = 0.9 }
    home:forget()
    assert.same({}, before:restore())
    assert.is_false(lamp:get "onoff")
    assert.equal(0.6, lamp:get "dim")
    assert.is_true(home:device("Hall/Lamp"):get "onoff")
    assert.equal(0.35, home:device("Hall/Lamp"):get "dim")
    assert.equal(4, #home.sent)
    home:forget()
    before:restore()
    assert.equal(0, #home.sent)
  end)

  it("switches off last, and leaves a lamp that is off alone", function()
    local before = home:devices { name = "Lamp", zone = "Kitchen" }:snapshot()
    lamp:set { onoff = true, dim = 1 }
    home:forget()
    before:restore()
    assert.equal("dim", home.sent[1].capability)
    assert.equal("onoff", home.sent[2].capability)
    lamp:set { dim = 1 }
    lamp:set { onoff = false }
    home:forget()
    before:restore()
    assert.equal(0, #home.sent)
  end)

  it("keeps only the capabilities that are named", function()
    local before = home:devices { class = "light" }:snapshot "onoff"
    assert.same({ onoff = false }, before.values[lamp.id])
    assert.matches("%d+ devices", tostring(before))
    assert.matches("capability", refused(function() home:devices():snapshot { 7 } end).message)
  end)

  it("keeps the colour or the temperature, by the mode of the lamp", function()
    home:add("device", {
      name = "Strip", zone = "Hall", class = "light",
      capabilities = { light_mode = "color", light_hue = 0.2, light_saturation = 1,
        light_temperature = 0.7 },
    })
    local values = home:devices { name = "Strip" }:snapshot().values
    local _, strip = next(values)
    assert.same({ light_mode = "color", light_hue = 0.2, light_saturation = 1 }, strip)
  end)

  it("leaves out devices that were deleted, and returns those that fail", function()
    local before = home:devices { class = "light" }:snapshot()
    lamp:set { onoff = true }
    home:device("Hall/Lamp"):set { onoff = false }
    home:change("device", "Hall/Lamp", { available = false })
    home:remove("device", "Living room/Reading light")
    local failed = before:restore()
    assert.equal(1, #failed)
    assert.equal("Hall/Lamp", tostring(failed[1].device))
    assert.is_false(lamp:get "onoff")
  end)
end)
