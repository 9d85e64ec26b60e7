-- homey devices, zones, flows, variables, users, moods, apps, cards: tables and what programs read.
local command = require "spec.support.command"
local core = require "homey.core"
local facts = require "homey.cli.facts"

local unpack = table.unpack or unpack -- luacheck: compat

describe("the lists of the homey command", function()
  local env

  setup(function() env = command.at_sim() end)
  teardown(command.leave_sim)

  local function run(...) return command.succeed(env, ...) end

  for name, line in pairs {
    devices = "\nHall/Front door\tlock\tlocked, closed, 91 %%\t%x+%-",
    zones = "\nDownstairs/Kitchen\t%x+%-", flows = "\ttrue\tfalse\tfalse\t%x+%-",
    variables = "Guests\tnumber\t2\t%x+%-", users = "Vera\towner\ttrue\tfalse\t%x+%-",
    moods = "Dinner\t%x+%-", apps = "HomeyScript\t[%d.]+\trunning\tcom.athom.homeyscript\n",
    cards = "action\tTurn on\thomey:device:",
  } do
    it(("has the %s, a line each, with tabs"):format(name), function()
      assert.matches(line, "\n" .. run(name))
    end)

    it(("has the %s in JSON, and in JSON lines"):format(name), function()
      local all = assert(core.decode(run(name, "--json")))
      local lines = 0
      for each in run(name, "--jsonl"):gmatch "[^\n]+" do
        lines = lines + 1
        assert.is_string(assert(core.decode(each)).id)
      end
      assert.equal(#all, lines)
      assert.is_true(lines > 0)
    end)
  end

  it("gives devices with all their values", function()
    for _, device in ipairs((core.decode(run("devices", "--json")))) do
      if device.path == "Hall/Lamp" then
        assert.same({ "Hall/Lamp", "Lamp", "Hall", "light", true, true },
          { device.path, device.name, device.zone, device.class, device.available,
            device.values.onoff })
        return
      end
    end
    error "Hall/Lamp is missing"
  end)

  for what, case in pairs {
    ["a name"] = { { "devices", "lamp" }, "Hall/Lamp Kitchen/Lamp" },
    ["a part of a name"] = { { "devices", "*boil*" }, "Bathroom/Boiler" },
    ["a zone and a class"] = {
      { "devices", "--zone", "Upstairs", "--class", "light" }, "Bedroom/Bedside lights",
    },
    ["a capability"] = { { "devices", "--capability", "locked" }, "Hall/Front door" },
    ["a number"] = { { "devices", "--where", "measure_battery<70" }, "Upstairs/Smoke detector" },
    ["a flag"] = { { "devices", "--where", "locked = yes" }, "Hall/Front door" },
    ["a text"] = {
      { "devices", "--where", "thermostat_mode = auto" }, "Living room/Thermostat",
    },
    ["nothing that fits"] = { { "devices", "--where", "measure_battery > 100" }, "" },
  } do
    it("filters by " .. what, function()
      local words = case[1]
      words[#words + 1] = "--format={path}"
      local found = run(unpack(words)):gsub("\n$", ""):gsub("\n", " ")
      assert.equal(case[2], found)
    end)
  end

  it("prints each as a format says", function()
    assert.equal("Lamp:\t0.6\n", (run("devices", "Kitchen/Lamp", "--format", [[{name}:\t{dim}]])))
  end)

  for what, case in pairs {
    ["a condition"] = { { "devices", "--where", "dim ~ 3" }, 2, "%-%-where takes a capability" },
    ["a field"] = { { "devices", "--format", "{nmae}" }, 2, "no field 'nmae'.*'name'" },
    ["a zone"] = { { "devices", "--zone", "Atic" }, 4, "there is no zone 'Atic'" },
    ["a capability"] = { { "devices", "--where", "dmi=1" }, 4, "capability 'dmi'.*'dim'" },
  } do
    it("names a mistyped part: " .. what, function()
      local code, out, err = command.run(env, unpack(case[1]))
      assert.same({ case[2], "" }, { code, out })
      assert.matches(case[3], err)
    end)
  end

  it("tells an error to a program as an object, on one line of stderr", function()
    local code, out, err = command.run(env, "devices", "--json", "--zone", "Atic")
    assert.same({ 4, "" }, { code, out })
    local told = assert(core.decode(err))
    assert.same({ "devices", "not_found", 4, core.null },
      { told.command, told.kind, told.code, told.hint })
    assert.matches("there is no zone 'Atic'", told.message)
    local stranger = { HOMEY_STATE_DIR = env.HOMEY_STATE_DIR .. "-none" }
    local _
    code, _, err = command.run(stranger, "devices", "--jsonl")
    told = assert(core.decode(err))
    assert.equal(3, code)
    assert.equal("Log in with `homey login`.", told.hint)
  end)

  it("fits a terminal, with a header", function()
    env.COLUMNS = "50"
    local out = command.on_terminal(env, "devices")
    env.COLUMNS = nil
    assert.matches("^DEVICE +CLASS +STATE\n", out)
    for line in out:gmatch "[^\n]+" do
      local _, width = line:gsub("[^\128-\191]", "")
      assert.is_true(width <= 50, line)
    end
    assert.matches("\nHall/Lamp +light +on", out)
  end)
end)

describe("a fact as text", function()
  for value, shown in pairs { ["a\27b"] = "a\\x1bb", [true] = "true", [0.5] = "0.5" } do
    it("is " .. shown, function() assert.equal(shown, facts.text(value)) end)
  end

  it("is a dash for nothing", function()
    assert.equal("-", facts.text(nil))
    assert.equal("-", facts.text(core.null))
  end)
end)
