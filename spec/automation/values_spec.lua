-- Values of values: aggregates of selections, rolling values, values of functions, with triggers
-- and waits.
local homey = require "homey"
local sim = require "homey.sim"
local support = require "spec.support.sim"
local without_state = require "spec.support.without_state"

local home, script, seen

before_each(function()
  home = sim.home(nil, { time = "2026-01-10 12:00", quiet = true })
  script, seen = home.homey, {}
end)

after_each(function()
  assert.same({}, home:logged "error")
  home:close()
end)

local function note(value) seen[#seen + 1] = value end

local function clock() return home:date():sub(12, 16) end

local function refused(message, f, ...)
  local _, err = homey.try(f, ...)
  assert.equal("invalid", err.kind)
  assert.match(message, err.message)
end

describe("a value of a selection", function()
  local devices, first, second

  before_each(function()
    for i = 1, 2 do
      home:add("device", { name = "Meter " .. i, zone = "Cellar", class = "sensor",
        capabilities = {
          measure_power = { value = i * 10, decimals = 1 }, alarm_contact = false,
        } })
    end
    devices = home:devices { zone = "Cellar" }
    first, second = devices[1], devices[2]
  end)

  for _, case in ipairs {
    { "average", 15, 25 }, { "sum", 30, 50 }, { "min", 10, 20 }, { "max", 20, 30 },
  } do
    it("follows its devices: " .. case[1], function()
      local value = devices[case[1]](devices, "measure_power")
      assert.equal(case[2], value:get())
      value:on(note)
      home:operate(first, "measure_power", 30)
      assert.same({ case[3] }, seen)
      assert.equal(case[3], value:get())
    end)
  end

  it("counts values, and asks for any and all", function()
    local count, any, all = devices:count "alarm_contact", devices:any "alarm_contact",
      devices:all("alarm_contact", false)
    assert.same({ 0, false, true }, { count:get(), any:get(), all:get() })
    for _, each in ipairs { count, any, all } do each:on(note) end
    home:operate(first, "alarm_contact", true)
    assert.same({ 1, true, false }, seen)
    assert.same({ 1, true, false }, { count:get(), any:get(), all:get() })
  end)

  it("counts by bounds", function()
    assert.equal(1, devices:count("measure_power", { above = 15 }):get())
    assert.is_true(devices:any("measure_power", { below = 15 }):get())
    assert.is_true(devices:all("measure_power", { above = 5, below = 25 }):get())
    assert.equal(2, devices:count("measure_power", { to = { 10, 20 } }):get())
  end)

  it("includes devices that are added, and leaves out those that are removed", function()
    local sum = devices:sum "measure_power"
    sum:on(note)
    home:add("device",
      { name = "Meter 3", zone = "Cellar", capabilities = { measure_power = 100 } })
    home:advance "1 s"
    home:remove("device", "Meter 1")
    home:advance "1 s"
    assert.same({ 130, 120 }, seen)
    assert.equal(120, sum:get())
  end)

  it("leaves out devices that are out of reach or have no value", function()
    local average, all = devices:average "measure_power", devices:all("measure_power", 20)
    average:on(note)
    home:change("device", first, { available = false })
    home:advance "1 s"
    assert.same({ 20 }, seen)
    assert.is_true(all:get())
    home:change("device", second, { available = false })
    home:advance "1 s"
    assert.is_nil(average:get())
    assert.is_false(all:get())
    home:change("device", first, { available = true })
    home:advance "1 s"
    assert.equal(10, average:get())
    assert.same({ 20, 10 }, seen)
  end)

  it("takes the options of `on`", function()
    local sum = devices:sum "measure_power"
    sum:on({ above = 35, hysteresis = 4 }, function(value) note("above " .. value) end)
    sum:on({ above = 35, held = "5 min" }, function() note("held " .. clock()) end)
    sum:on({ above = 35, once = true }, function() note "once" end)
    sum:on({ debounce = "1 min" }, function(value) note("quiet " .. value) end)
    for _, power in ipairs { 20, 12, 20 } do
      home:operate(first, "measure_power", power)
      home:advance "10 s"
    end
    home:advance "10 min"
    assert.same({ "above 40", "once", "quiet 40", "held 12:05" }, seen)
  end)

  it("tells who changed it, and what it was", function()
    local lamp, event = home:device "Hall/Lamp", nil
    local count = home:devices { zone = "Hall", class = "light" }:count "onoff"
    local before = count:get()
    count:on({ own = false }, function() note "not own" end)
    count:on(function(_, from, told)
      assert.equal(count, from)
      event = told
    end)
    lamp:set("onoff", not lamp:get "onoff")
    assert.same({ true, before, {} }, { event.own, event.old, seen })
  end)

  it("leads homey.why to its cause", function()
    home:devices { zone = "Cellar" }:any "alarm_contact":on({ to = true }, function()
      home:device("Hall/Lamp"):set("onoff", true)
    end)
    home:device("Hall/Lamp"):set("onoff", false)
    home:operate(first, "alarm_contact", true)
    assert.match("because devices{ zone = 'Cellar' }:any%('alarm_contact'%) became true",
      (home:why("Hall/Lamp", "onoff")))
  end)

  it("calls a trigger without options for a step of the capability", function()
    local average = devices:average "measure_power"
    average:on(note)
    for _, power in ipairs { 10.02, 10.04, 10.06, 10.2 } do
      home:operate(first, "measure_power", power)
    end
    assert.same({ 15.1 }, seen)
  end)

  it("is waited for", function()
    local sum = devices:sum "measure_power"
    script.spawn(function()
      note(sum:wait({ above = 100 }, "1 min"))
      note(script.wait(sum, { above = 100, held = "1 min" }))
      note(script.wait { any = { { sum, 7 }, { first, "alarm_contact", true } } })
    end)
    home:advance "2 min"
    home:operate(first, "measure_power", 200)
    home:advance "2 min"
    home:operate(first, "alarm_contact", true)
    assert.same({ false, true, 2 }, seen)
  end)

  it("follows nothing without listeners", function()
    local handle = devices:sum "measure_power":on(note)
    home:advance "1 s"
    handle:cancel()
    for resource in pairs(home.cache.watched) do
      assert.is_not_equal(first, resource)
      assert.is_not_equal(second, resource)
    end
  end)

  it("keeps its value while the hub restarts", function()
    devices:any("alarm_contact", false):on(note)
    home:advance "1 s"
    home:restart "10 s"
    home:advance "1 min"
    assert.same({}, seen)
  end)

  it("refuses what cannot be", function()
    refused("devices:average takes a capability with numbers, and alarm_contact is a boolean",
      devices.average, devices, "alarm_contact")
    refused("devices:count takes the value to look for", devices.count, devices, "measure_power")
    refused("`to` is a number here, not true", devices.any, devices, "measure_power", true)
    refused("has no option 'abov'; did you mean 'above'", devices.all, devices, "measure_power",
      { abov = 3 })
    refused("takes one of", devices.all, devices, "measure_power", {})
    refused("devices:sum%(...%)", devices.sum, home, "measure_power")
    local _, err = homey.try(devices.sum, devices, "measure_powr")
    assert.same({ "not_found", true },
      { err.kind, err.message:find("did you mean 'measure_power'", 1, true) ~= nil })
    local sum = devices:sum "measure_power"
    refused("`to` is a number here, not true", sum.on, sum, { to = true }, note)
    refused("a value has no 'gett'", function() return sum.gett end)
  end)
end)

describe("`held` of a value", function()
  local path, loaded

  before_each(function()
    path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write [[
      local homey = require "homey"
      homey.login()
      homey.devices { class = "light", zone = "Hall" }:all("onoff", false)
        :on({ to = true, held = "10 min" }, function() homey.log("info", "fired") end)
    ]]
    file:close()
  end)

  after_each(function() os.remove(path) end)

  local function restart(time)
    if loaded then loaded:stop() end
    home:advance(time)
    loaded = home:load(path)
  end

  it("goes on after a restart, and fires once", function()
    local lamp = home:device "Hall/Lamp"
    lamp:set("onoff", true)
    restart "0 s"
    home:advance "1 min"
    lamp:set("onoff", false)
    home:advance "5 min"
    restart "1 min"
    home:advance "20 min"
    restart "1 min"
    home:advance "20 min"
    local fired = {}
    for _, line in ipairs(home.logged) do
      if line.text == "fired" then fired[#fired + 1] = home:date("%H:%M", line.at) end
    end
    assert.same({ "12:11" }, fired)
  end)
end)

describe("a rolling value", function()
  local washer

  before_each(function() washer = home:device "Bathroom/Washing machine" end)

  local function power(watts) home:operate(washer, "measure_power", watts) end

  it("is the mean of the last minutes, weighted by time", function()
    power(0)
    local mean = washer:rolling("measure_power", "5 min")
    home:advance "10 min"
    power(1000)
    home:advance "1 min"
    assert.near(200, mean:get(), 0.01)
    power(500)
    home:advance "2 min"
    assert.near(400, mean:get(), 0.01)
    power(0)
    home:advance "10 min"
    assert.near(0, mean:get(), 0.01)
  end)

  it("fires when the mean crosses a bound, between two reports as well", function()
    power(0)
    local mean = washer:rolling("measure_power", "10 min")
    mean:on({ above = 500 }, function() note("above " .. clock()) end)
    mean:on({ below = 500 }, function() note("below " .. clock()) end)
    power(1000)
    home:advance "8 min"
    power(0)
    home:advance "1 h"
    assert.same({ "above 12:05", "below 12:13" }, seen)
  end)

  it("ignores a short peak right after its start", function()
    power(0)
    washer:rolling("measure_power", "10 min"):on({ above = 500 }, note)
    power(1000)
    home:advance "1 min"
    power(0)
    home:advance "1 h"
    assert.same({}, seen)
  end)

  it("has a least and a greatest value", function()
    power(5)
    local least, most = washer:rolling("measure_power", "5 min", "min"),
      washer:rolling("measure_power", "5 min", "max")
    most:on(function(value) note(value .. " " .. clock()) end)
    power(9)
    home:advance "1 min"
    power(7)
    assert.same({ 5, 9 }, { least:get(), most:get() })
    home:advance "10 min"
    assert.same({ 7, 7 }, { least:get(), most:get() })
    assert.same({ "9 12:00", "7 12:06" }, seen)
  end)

  it("is the change in the last minutes", function()
    local bath = home:devices { capability = "measure_temperature" }[1]
    home:operate(bath, "measure_temperature", 20)
    local rate = bath:rate("measure_temperature", "1 min")
    rate:on({ above = 2 }, function(value) note(value .. " " .. clock()) end)
    assert.equal(0, rate:get())
    home:advance "10 min"
    home:operate(bath, "measure_temperature", 21)
    home:advance "30 s"
    home:operate(bath, "measure_temperature", 23)
    assert.equal(3, rate:get())
    home:advance "30 s"
    assert.equal(2, rate:get())
    home:advance "10 min"
    assert.equal(0, rate:get())
    assert.same({ "3 12:10" }, seen)
  end)

  it("leaves out the time in which the device is out of reach", function()
    power(100)
    local mean = washer:rolling("measure_power", "10 min")
    home:change("device", washer, { available = false })
    home:advance "5 min"
    home:change("device", washer, { available = true })
    power(200)
    home:advance "5 min"
    assert.near(200, mean:get(), 0.01)
  end)

  it("is one for a device, a capability and a time", function()
    assert.equal(washer:rolling("measure_power", "5 min"), washer:rolling("measure_power", 300))
    assert.is_not_equal(washer:rolling("measure_power", "5 min"),
      washer:rate("measure_power", "5 min"))
  end)

  it("ends with the script that made it", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write [[
      local homey = require "homey"
      homey.login()
      homey.device("Bathroom/Washing machine"):rolling("measure_power", "5 min")
    ]]
    file:close()
    local loaded = home:load(path)
    os.remove(path)
    home:advance "1 s"
    assert.is_not_nil(home.cache.watched[washer])
    loaded:stop()
    assert.is_nil(home.cache.watched[washer])
  end)

  it("refuses what cannot be", function()
    refused("takes a capability with numbers, and onoff is a boolean", washer.rolling, washer,
      "onoff", "5 min")
    refused("takes a time of 1 s or more, not 0", washer.rolling, washer, "measure_power", 0)
    refused("device:rate takes a time such as", washer.rate, washer, "measure_power", "soon")
    refused("'mean', 'min' or 'max', not 'median'", washer.rolling, washer, "measure_power",
      "5 min", "median")
  end)
end)

describe("homey.value", function()
  local lamp, washer, guests

  before_each(function()
    lamp, washer = home:device "Hall/Lamp", home:device "Bathroom/Washing machine"
    guests = home:variable "Guests"
    lamp:set("onoff", true)
    home:operate(washer, "measure_power", 10)
  end)

  it("computes with each change of what it depends on", function()
    local value = script.value(function()
      return lamp:get "onoff" and washer:get "measure_power" + guests.value or -1
    end, { lamp, washer, guests })
    assert.equal(12, value:get())
    value:on(note)
    home:operate(washer, "measure_power", 20)
    guests:set(3)
    lamp:set("onoff", false)
    home:operate(washer, "measure_power", 30) -- the same value
    assert.same({ 22, 23, -1 }, seen)
  end)

  it("depends on selections and on other values", function()
    local lights = home:devices { class = "light" }
    local on = lights:count "onoff"
    local half = script.value(function() return on:get() > #lights / 2 end, on)
    local names = script.value(function()
      local list = {}
      for _, light in ipairs(home:devices { class = "light" }) do
        if light:get "onoff" then list[#list + 1] = light.name end
      end
      return table.concat(list, ", ")
    end, lights)
    half:on({ to = false }, function() note "few" end)
    names:on({ to = "" }, function() note "none" end)
    home:advance "1 s"
    lights:set("onoff", true)
    home:advance "1 s"
    lights:set("onoff", false)
    home:advance "1 s"
    table.sort(seen)
    assert.same({ "few", "none" }, seen)
  end)

  it("depends on zones", function()
    local hall = lamp.zone
    local value = script.value(function() return hall.active and "busy" or "quiet" end, hall)
    assert.equal("quiet", value:get())
    value:on(note)
    home:advance "1 s"
    home:change("zone", "Hall", { active = true })
    home:advance "1 s"
    assert.same({ "busy" }, seen)
  end)

  it("may wait in its function", function()
    local value = script.value(function()
      script.sleep "1 s"
      return washer:get "measure_power" * 2
    end, washer)
    value:on({ above = 100, held = "1 min" }, function(now) note(now .. " " .. clock()) end)
    home:advance "1 min"
    home:operate(washer, "measure_power", 60)
    home:operate(washer, "measure_power", 80)
    home:advance "5 min"
    assert.same({ "160 12:02" }, seen)
  end)

  it("is followed once by several that listen at the same time", function()
    local slow = sim.home(nil, { time = "2026-01-10 12:00", quiet = true, latency = 0.2 })
    local variable = slow:variable(guests.id)
    local value = slow.homey.value(function() return variable.value end, variable)
    local handles = {}
    for i = 1, 3 do
      slow:spawn(function()
        handles[i] = value:on(function(now) note(i .. " " .. now) end)
      end)
    end
    slow:advance "10 s"
    slow:change("variable", "Guests", { value = 7 })
    slow:advance "10 s"
    table.sort(seen)
    assert.same({ "1 7", "2 7", "3 7" }, seen)
    for _, handle in ipairs(handles) do handle:cancel() end
    assert.is_nil(slow.cache.watched[variable])
    slow:close()
  end)

  it("stays when its function fails, which is logged", function()
    local value = script.value(function()
      if washer:get "measure_power" > 50 then error "too much" end
      return washer:get "measure_power"
    end, washer)
    value:on(note)
    home:operate(washer, "measure_power", 60)
    home:operate(washer, "measure_power", 40)
    assert.same({ 40 }, seen)
    assert.match("values_spec.lua:%d+: too much", home:logged("error")[1].text)
    home:forget()
  end)

  it("is nil until it is known, and waited for by its first value", function()
    local value = script.value(function() return guests.value end, guests)
    script.spawn(function() note(value:wait(2, "1 min")) end)
    home:advance "1 s"
    assert.same({ true }, seen)
  end)

  it("refuses what cannot be", function()
    refused("takes a function that returns the value, not 3", script.value, 3, lamp)
    refused("and a list of what it depends on", script.value, note)
    refused("and a list of what it depends on", script.value, note, {})
    refused("other values, not on 5", script.value, note, { lamp, 5 })
    refused("other values, not on a table", script.value, note, { lamp, {} })
  end)

  it("refuses a function that reads its own value, and reads others, also later", function()
    local own
    own = script.value(function() return own:get() end, { lamp })
    for _ = 1, 2 do
      local ok, err = script.try(own.get, own)
      assert.is_nil(ok)
      assert.same({ "invalid", "the function of a value reads the value itself." },
        { err.kind, err.message })
    end
    local inner = script.value(function() return 2 end, { lamp })
    local outer = script.value(function() return inner:get() + inner:get() end, { lamp })
    assert.equal(4, outer:get())
    local failing = script.value(function() error("mine", 0) end, { lamp })
    for _ = 1, 2 do
      local _, err = script.try(failing.get, failing)
      assert.equal("mine", err)
    end
  end)
end)

for version = 2, 3 do
  it(("values follow a hub over sockets, version %d"):format(version), function()
    local server = support.start { api_version = version }
    local real = homey.new(without_state(server.options))
    local lights, washer = real:devices { class = "light" },
      real:device "Bathroom/Washing machine"
    local lamp = real:device "Hall/Lamp"
    lamp:set("onoff", true)
    local count = lights:count "onoff"
    local before = count:get()
    local most = washer:rolling("measure_power", "5 min", "max")
    local double = real:value(function() return washer:get "measure_power" * 2 end, { washer })
    server:operate(lamp.id, "onoff", false)
    assert.is_true(count:wait(before - 1, "20 s"))
    server:operate(washer.id, "measure_power", 321)
    assert.is_true(double:wait(642, "20 s"))
    assert.is_true(most:wait({ above = 320 }, "20 s"))
    real:close()
    support.stop()
  end)
end
