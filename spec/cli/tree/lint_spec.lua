-- homey lint: what is wrong in a home, in virtual time on hubs of both versions, and as a command.
local command = require "spec.support.command"
local core = require "homey.core"
local findings = require "homey.cli.lint.findings"
local lint = require "homey.cli.lint.lint"
local sim = require "homey.sim"

local lamp = "ff469433-66b3-458d-ad73-14530d8f9b39"
local doorbell = "36d9c7e8-b15a-4082-9fe3-74a8b0d5c634"
local garden = "Garden/Garden lights"

for version = 2, 3 do
  describe(("homey lint on a hub of version %d"):format(version), function()
    local home, model

    before_each(function()
      home = sim.home(nil, { api_version = version, quiet = true })
      model = home.model
      local id = home:device(garden).id -- the only thing that is wrong in Sunny House
      model:update("devices", id, { available = true, unavailableMessage = core.null })
      home:advance "1 min"
    end)
    after_each(function() home:close() end)

    -- "error flow Evening/Good night: missing_device"
    local function found(battery)
      home:advance "1 min"
      local lines = {}
      for i, each in ipairs((lint(home, battery or 20))) do
        assert.matches("[.?]$", each.message)
        assert.matches("%.$", each.advice)
        lines[i] = ("%s %s %s: %s"):format(each.severity, each.kind, each.name, each.problem)
      end
      return lines
    end

    local function use(id, args)
      local actions = setmetatable({ { id = id, args = args or {}, group = "then" } }, core.array)
      model:update("flows", home:flow("Cosy evening").id, { actions = actions })
    end

    it("finds nothing in a home where all is well", function()
      assert.same({}, found())
    end)

    it("finds flows that use a device that is gone, and moods with it", function()
      model:delete("devices", lamp)
      assert.same({
        "error flow Evening/Good night: missing_device",
        "warning mood Downstairs/Kitchen/Dinner: mood_device",
        "warning mood Lights out: mood_device",
      }, found())
    end)

    it("finds a trigger of a device that is gone", function()
      model:delete("devices", doorbell)
      assert.same({ "error flow Somebody rings: missing_device" }, found())
    end)

    it("takes a broken flow that is disabled less seriously", function()
      model:delete("devices", lamp)
      model:update("flows", home:flow("Good night").id, { enabled = false })
      assert.equal("warning flow Evening/Good night: missing_device", found()[1])
    end)

    for what, case in pairs {
      ["a card of a missing app"] = { "homey:app:com.none:go", {}, "missing_app" },
      ["a card that is unknown"] = { "homey:manager:notifications:none", {}, "missing_card" },
      ["a variable that is gone"] = {
        "homey:manager:notifications:create_notification",
        { text = "[[homey:manager:logic|00000000-0000-4000-8000-000000000000]]" },
        "missing_variable",
      },
      ["a mood that is gone"] = {
        "homey:manager:moods:set_mood", { mood = { id = "none", name = "Disco" } }, "missing_mood",
      },
      ["a user that is gone"] = {
        "homey:manager:presence:set_present", { user = { id = "none", name = "Ada" } },
        "missing_user",
      },
      ["a flow that is gone"] = {
        "homey:manager:flow:start_flow", { flow = { id = "none", name = "Old" } }, "missing_flow",
      },
    } do
      it("finds flows with " .. what, function()
        use(case[1], case[2])
        assert.same({ "error flow Evening/Cosy evening: " .. case[3] }, found())
      end)
    end

    it("finds devices out of reach, with the reason", function()
      model:update("devices", lamp, { available = false, unavailableMessage = "No power" })
      home:advance "1 min"
      local list = lint(home, 20)
      assert.same({ "error", "unreachable", "No power." },
        { list[1].severity, list[1].problem, list[1].message })
    end)

    it("finds weak batteries", function()
      assert.same({ "warning device Upstairs/Smoke detector: weak_battery" }, found(70))
      home:operate("Upstairs/Smoke detector", "measure_battery", 19)
      assert.same({ "warning device Upstairs/Smoke detector: weak_battery" }, found())
      home:operate("Upstairs/Smoke detector", "measure_battery", 20)
      assert.same({}, found())
      home:operate("Upstairs/Smoke detector", "alarm_battery", true)
      assert.same({ "warning device Upstairs/Smoke detector: weak_battery" }, found())
    end)

    it("finds names that stand for several things", function()
      model:update("devices", home:device("Kitchen/Window").id, { name = "lamp" })
      home:create_variable { name = "Guests", value = 1 }
      local lines = found()
      assert.equal("warning variable Guests: duplicate_name", lines[2])
      assert.matches("^warning device Downstairs/Kitchen/[Ll]amp: duplicate_name$", lines[1])
      assert.equal(2, #lines)
    end)

    it("finds apps that have crashed or are disabled", function()
      model:update("apps", "com.athom.homeyscript", {
        state = "crashed", crashed = true, crashedMessage = "Out of memory",
      })
      assert.same({ "error app HomeyScript: app_crashed" }, found())
      model:update("apps", "com.athom.homeyscript", {
        state = "stopped", crashed = false, enabled = false,
      })
      assert.same({ "warning app HomeyScript: app_disabled" }, found())
    end)

    it("notes empty zones, which are no failure", function()
      home:create_zone { name = "Attic", parent = "Upstairs" }
      assert.same({ "note zone Upstairs/Attic: empty_zone" }, found())
      assert.equal(0, findings.count((lint(home, 20))))
    end)

    it("changes nothing", function()
      home:forget()
      lint(home, 20)
      assert.equal(0, #home.sent)
    end)
  end)
end

describe("the command homey lint", function()
  local env, simulator

  setup(function() env, simulator = command.at_sim() end)
  teardown(command.leave_sim)

  it("ends with 1 where something is wrong, and with 0 where nothing is", function()
    local code, out, err = command.run(env, "lint")
    assert.same({ 1, "" }, { code, err })
    assert.equal("error\tdevice\tGarden/Garden lights\tThe bridge in the shed does not answer.\t"
      .. "Check that it has power and is in range. If so, restart its app.\n", out)
    local json
    code, json = command.run(env, "lint", "--json")
    local list = assert(core.decode(json))
    assert.same({ 1, 1, "error", "unreachable", "device", "Garden/Garden lights" },
      { code, #list, list[1].severity, list[1].problem, list[1].kind, list[1].name })
    simulator:update("devices", list[1].id, { available = true })
    assert.matches("^Nothing found: %d+ devices and %d+ flows are in order%.\n$",
      command.succeed(env, "lint"))
    assert.equal("[]\n", command.succeed(env, "lint", "--json"))
    simulator:update("devices", list[1].id, { available = false })
  end)

  it("tells a person what to do, on a terminal", function()
    assert.matches("error    device Garden/Garden lights: The bridge in the shed does not "
      .. "answer%.\n +Check that it has power", command.on_terminal(env, "lint"))
  end)

  it("refuses a percentage that is none", function()
    local code, _, err = command.run(env, "lint", "--battery", "200")
    assert.equal(2, code)
    assert.matches("%-%-battery", err)
  end)
end)
