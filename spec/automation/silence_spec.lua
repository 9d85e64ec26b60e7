--- on(capability, { silent = "6 h" }): no report of a value for this long.
-- Runs hardly any C code: not under Valgrind.
local logins = require "spec.support.logins"
local sim = require "homey.sim"

local home, calls, folder

local function note(value, device, event)
  calls[#calls + 1] = ("%s %s %s"):format(tostring(device), tostring(value),
    home:date():sub(12, 16))
  assert.equal("device.capability", event.name)
end

before_each(function()
  home = sim.home(nil, { time = "2026-06-10 12:00", quiet = true })
  calls = {}
end)
after_each(function()
  home:close()
  if folder then logins.shell("rm -rf " .. logins.quoted(folder)) end
  folder = nil
end)

local function weather() return home:device "Garden/Weather" end

describe("on with `silent`", function()
  it("calls once, when nothing was heard for the time", function()
    home:operate("Garden/Weather", "measure_temperature", 5)
    weather():on("measure_temperature", { silent = "6 h" }, note)
    home:advance "5 h 59 min"
    assert.same({}, calls)
    home:advance "1 min"
    assert.same({ "Garden/Weather 5 18:00" }, calls)
    home:advance "3 days"
    assert.equal(1, #calls)
  end)

  it("starts again with each report, also of the same value", function()
    weather():on("measure_temperature", { silent = "2 h" }, note)
    for _ = 1, 5 do
      home:operate("Garden/Weather", "measure_temperature", 7)
      home:advance "1 h 30 min"
    end
    assert.same({}, calls)
    home:advance "30 min"
    assert.same({ "Garden/Weather 7 20:00" }, calls)
    home:operate("Garden/Weather", "measure_temperature", 7)
    home:advance "2 h"
    assert.equal(2, #calls)
  end)

  it("tells of every device of a selection, and of those that are added", function()
    home:devices { zone = "Garden", capability = "measure_temperature" }
      :on("measure_temperature", { silent = "1 h" }, note)
    home:advance "10 min"
    home:add("device", {
      name = "Pond", zone = "Garden", class = "sensor", capabilities = { measure_temperature = 4 },
    })
    home:advance "2 h"
    assert.equal(2, #calls)
    assert.matches("^Garden/Pond 4 ", calls[2])
  end)

  it("does not take an outage of the connection for silence", function()
    home:operate("Garden/Weather", "measure_temperature", 5)
    weather():on("measure_temperature", { silent = "1 h" }, note)
    home:advance "50 min"
    home:drop "20 min"
    home:advance "13 min"
    assert.same({}, calls) -- 13:03, and nothing is known
    home:advance "10 min"
    assert.equal(1, #calls) -- the hub is back, and has had no report
  end)

  it("reports one silence once across a restart", function()
    folder = logins.folder()
    logins.shell("mkdir -m 700 " .. logins.quoted(folder))
    local function run(time)
      home:close()
      home = sim.home(nil, { time = "2026-06-10 12:00", quiet = true })
      home:operate("Garden/Weather", "measure_temperature", 5)
      home:advance_to(time)
      home.state_dir = folder
      weather():on("measure_temperature", { silent = "6 h" }, note)
      home:advance "1 min"
    end
    run "23:00"
    assert.same({ "Garden/Weather 5 23:00" }, calls)
    run "23:30"
    assert.equal(1, #calls)
  end)

  it("says so as the cause", function()
    weather():on("measure_temperature", { silent = "6 h" }, function()
      home:device("Kitchen/Lamp"):set("onoff", true)
    end)
    home:advance "7 h"
    assert.matches("because Garden/Weather: nothing was heard of measure_temperature for 6 h",
      (home:why("Kitchen/Lamp", "onoff")))
  end)

  it("ends by cancel and with `once`", function()
    local handle = weather():on("measure_temperature", { silent = "1 h" }, note)
    handle:cancel()
    weather():on("measure_temperature", { silent = "1 h", once = true }, note)
    home:advance "2 h"
    home:operate("Garden/Weather", "measure_temperature", 7)
    home:advance "2 h"
    assert.equal(1, #calls)
  end)

  it("refuses what it does not go with", function()
    for name, value in pairs { to = 5, above = 5, held = "1 min", debounce = 1, own = false } do
      local ok, err = home.homey.try(function()
        weather():on("measure_temperature", { silent = "1 h", [name] = value }, note)
      end)
      assert.is_nil(ok)
      assert.matches("`silent` does not go with `" .. name, err.message)
    end
  end)
end)
