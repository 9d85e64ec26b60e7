-- homey get, set, toggle: values of devices.
local command = require "spec.support.command"
local core = require "homey.core"

local unpack = table.unpack or unpack -- luacheck: compat

describe("values of devices by the homey command", function()
  local env, sim

  setup(function() env, sim = command.at_sim() end)
  teardown(command.leave_sim)

  local function run(...) return command.succeed(env, ...) end

  local function value(device, id)
    return sim:device(device).capabilitiesObj[id].value
  end

  it("are shown with unit, range and age", function()
    local out = "\n" .. run("get", "Living room/Thermostat")
    local time = "\t%d+%-%d%d%-%d%dT%d%d:%d%d:%d%d[+-]%d%d:%d%d\n"
    assert.matches("\nmeasure_temperature\t20.1\t\194\176C\t%-\tfalse" .. time, out)
    assert.matches("\ntarget_temperature\t[%d.]+\t\194\176C\t5 to 30\ttrue" .. time, out)
    assert.matches("\nthermostat_mode\tauto\t%-\theat, cool, auto, off\ttrue" .. time, out)
  end)

  it("are JSON for programs", function()
    for _, fact in ipairs((core.decode(run("get", "Living room/Thermostat", "--json")))) do
      if fact.id == "target_temperature" then
        assert.same({ "number", 5, 30, 0.5, "\194\176C", true, "Target temperature" },
          { fact.type, fact.min, fact.max, fact.step, fact.unit, fact.settable, fact.title })
        return
      end
    end
    error "target_temperature is missing"
  end)

  it("are an object for one capability", function()
    sim:operate("Kitchen/Lamp", "dim", 0.6)
    local fact = core.decode(run("get", "Kitchen/Lamp", "dim", "--json"))
    assert.same({ "dim", 0.6, "0 to 1" }, { fact.id, fact.value, fact.range })
    assert.is_nil(fact.unit)
    assert.equal("dim=0.6\n", run("get", "Kitchen/Lamp", "dim", "--format", "{id}={value}"))
  end)

  it("fit a terminal, with the home's time zone in the header", function()
    local out = command.on_terminal(env, "get", "Kitchen/Lamp")
    assert.matches("^CAPABILITY +VALUE +UNIT +RANGE +SETTABLE +SINCE %(Europe/%a+%)\n", out)
    assert.matches("\ndim +[%d.]+ +%- +0 to 1 +true +%d", out)
  end)

  it("are set, several at once", function()
    sim:operate("Kitchen/Lamp", "dim", 0.5)
    assert.equal("", run("set", "Kitchen/Lamp", "onoff", "1", "dim", "+10%"))
    assert.is_true(value("Kitchen/Lamp", "onoff"))
    assert.near(0.6, value("Kitchen/Lamp", "dim"), 1e-9)
    run("set", "Kitchen/Lamp", "onoff", "0")
    assert.is_false(value("Kitchen/Lamp", "onoff"))
  end)

  it("are set in all devices of a zone and a class", function()
    sim:operate("Kitchen/Lamp", "onoff", true)
    sim:operate("Hall/Lamp", "onoff", true)
    sim:operate("Bedroom/Bedside lights", "onoff", true)
    run("set", "--zone", "Downstairs", "--class", "light", "onoff", "off")
    assert.same({ false, false, true }, { value("Kitchen/Lamp", "onoff"),
      value("Hall/Lamp", "onoff"), value("Bedroom/Bedside lights", "onoff") })
  end)

  it("are sent with the duration", function()
    run("set", "Kitchen/Lamp", "dim", "20%", "--duration", "2s")
    local body
    for _, request in ipairs(sim:log()) do
      if request.method == "PUT" then body = request.body end
    end
    assert.matches('"duration":2000', type(body) == "table" and core.encode(body) or body)
  end)

  it("are set back when the time is over", function()
    sim:operate("Kitchen/Lamp", "onoff", false)
    local process = command.start(env, "set", "Kitchen/Lamp", "onoff", "on", "--revert-after", "1")
    command.until_true("it is on", function() return value("Kitchen/Lamp", "onoff") end)
    assert.equal(0, process:ended())
    assert.is_false(value("Kitchen/Lamp", "onoff"))
  end)

  it("are switched over", function()
    sim:operate("Kitchen/Lamp", "onoff", false)
    assert.equal("true\n", run("toggle", "Kitchen/Lamp"))
    assert.equal("false\n", run("toggle", "Kitchen/Lamp", "onoff"))
    assert.is_false(value("Kitchen/Lamp", "onoff"))
    assert.matches("because `homey toggle` set it", run("why", "Kitchen/Lamp", "onoff"))
  end)

  it("lists the devices that could not be set", function()
    for _, name in ipairs { "Kitchen/Lamp", "Hall/Lamp" } do
      sim:update("devices", sim:device(name).id, { available = false })
    end
    local code, out, err = command.run(env, "set", "--zone", "Downstairs", "--class", "light",
      "onoff", "on")
    for _, name in ipairs { "Kitchen/Lamp", "Hall/Lamp" } do
      sim:update("devices", sim:device(name).id, { available = true })
    end
    assert.same({ 5, "" }, { code, out })
    assert.matches("homey set: [^\n]*Kitchen/Lamp[^\n]*\n", err)
    assert.matches("homey set: [^\n]*Hall/Lamp[^\n]*\n", err)
    assert.matches("\nhomey set: 2 changes failed%.\n$", err)
  end)

  for what, case in pairs {
    ["a capability without a value"] = { { "set", "Kitchen/Lamp", "onoff", "on", "dim" }, 2,
      "a capability needs a value: 'dim' has none" },
    ["a device alone"] = { { "set", "Kitchen/Lamp" }, 2, "it takes DEVICE" },
    ["a capability twice"] = { { "set", "Kitchen/Lamp", "dim", "1", "dim", "0" }, 2,
      "'dim' is given twice" },
    ["a value of one of several"] = { { "set", "Kitchen/Lamp", "onoff", "on", "dim", "5" }, 2,
      "Kitchen/Lamp: dim takes a number from 0 to 1, not 5%." },
    ["a value of a zone"] = { { "set", "--zone", "Kitchen", "dim", "much" }, 2,
      "Kitchen/Lamp: dim takes a number from 0 to 1, not 'much'" },
    ["a zone without such devices"] = {
      { "set", "--zone", "Kitchen", "--class", "lock", "locked", "yes" }, 4,
      "there is no device of class 'lock' in zone 'Kitchen' with locked%." },
    ["a time"] = { { "set", "Kitchen/Lamp", "onoff", "on", "--duration", "long" }, 2,
      "%-%-duration takes a time" },
    ["what cannot be switched over"] = { { "toggle", "Kitchen/Lamp", "dim" }, 2,
      "Kitchen/Lamp: dim is [%d.]+ and cannot be toggled" },
  } do
    it("refuses, and sends nothing: " .. what, function()
      local before = value("Kitchen/Lamp", "onoff")
      local code, out, err = command.run(env, unpack(case[1]))
      assert.same({ case[2], "" }, { code, out })
      assert.matches(case[3], err)
      assert.equal(before, value("Kitchen/Lamp", "onoff"))
    end)
  end
end)
