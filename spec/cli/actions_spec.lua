-- homey start, mood, variable, notify, push, say, action, condition, api, operations.
local command = require "spec.support.command"
local core = require "homey.core"

local unpack = table.unpack or unpack -- luacheck: compat

describe("the homey command", function()
  local env, sim

  setup(function() env, sim = command.at_sim() end)
  teardown(command.leave_sim)
  before_each(function() sim:reset_log() end)

  local function run(...) return command.succeed(env, ...) end

  -- The last request that changed something: "POST /api/...", and its body as text.
  local function sent()
    local last
    for _, request in ipairs(sim:log()) do
      if request.method ~= "GET" and request.path:find "^/api/manager/" then last = request end
    end
    if not last then return nil end
    local body = last.body
    return last.method .. " " .. last.path, type(body) == "table" and core.encode(body) or body
  end

  for what, case in pairs {
    ["starts a flow"] = { { "start", "Evening/Cosy evening" },
      "^POST /api/manager/flow/flow/21c8f0a5%-[%x-]+/trigger$" },
    ["starts a flow with tokens"] = { { "start", "Evening/Cosy evening", "level=21", "who=Vera" },
      "^POST /api/manager/flow/flow/test$", { '"level":21[,}]', '"who":"Vera"' } },
    ["sets a mood"] = { { "mood", "Dinner" },
      "^POST /api/manager/moods/mood/d27e9b34%-[%x-]+/set$" },
    ["writes a notification"] = { { "notify", "The laundry", "is done" },
      "^POST .*create_notification/run$", { '"text":"The laundry is done"' } },
    ["sends a push message"] = { { "push", "Vera", "Dinner is ready" },
      "^POST .*push_text/run$", { '"text":"Dinner is ready"', "Vera" } },
    ["says a text"] = { { "say", "Hello" }, "^POST .*/run$", { '"Hello"' } },
    ["changes a variable of numbers"] = { { "variable", "Guests", "-3" },
      "^PUT /api/manager/logic/variable/", { '"value":%-3' } },
    ["changes a variable of true and false"] = { { "variable", "On holiday", "on" },
      "^PUT /api/manager/logic/variable/", { '"value":true' } },
    ["changes a variable of text"] = { { "variable", "House mode", "1" },
      "^PUT /api/manager/logic/variable/", { '"value":"1"' } },
    ["runs the action of a card"] = { { "action", "Dim to", "device=Kitchen/Lamp", "dim=0.3" },
      "^POST .*dim/run$", { '"dim":0.3' } },
  } do
    it(what, function()
      assert.equal("", run(unpack(case[1])))
      local request, body = sent()
      assert.matches(case[2], request)
      for _, pattern in ipairs(case[3] or {}) do assert.matches(pattern, body) end
    end)
  end

  it("shows a variable, bare and as JSON", function()
    run("variable", "Guests", "2")
    assert.equal("2\n", run("variable", "Guests"))
    local fact = core.decode(run("variable", "Guests", "--json"))
    assert.same({ "Guests", "number", 2 }, { fact.name, fact.type, fact.value })
  end)

  it("runs the card of the device that is named", function()
    run("action", "on", "device=Kitchen/Lamp")
    assert.is_true(sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value)
    run("action", "off", "device=Kitchen/Lamp")
    assert.is_false(sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value)
  end)

  it("decides a condition, and ends with 0 or 1", function()
    sim:operate("Hall/Lamp", "onoff", true)
    assert.equal("true\n", run("condition", "on", "device=Hall/Lamp"))
    sim:operate("Hall/Lamp", "onoff", false)
    assert.same({ 1, "false\n", "" },
      { command.run(env, "condition", "on", "device=Hall/Lamp") })
  end)

  it("calls an operation by its official name", function()
    local id = sim:device("Hall/Lamp").id
    assert.equal("Lamp", core.decode(run("api", "devices.getDevice", "id=" .. id)).name)
    assert.is_table(core.decode(run("api", "devices.getDevices"))[id])
  end)

  it("gives an operation its parameters by their types", function()
    local made = core.decode(run("api", "logic.createVariable",
      [[variable={"name":"Made here","type":"string","value":"5"}]]))
    assert.same({ "Made here", "5" }, { made.name, made.value })
    run("api", "logic.deleteVariable", "id=" .. made.id)
    assert.matches("^DELETE /api/manager/logic/variable/" .. made.id:gsub("%-", "%%-") .. "$",
      (sent()))
  end)

  it("sends any request, with the JSON in an argument or on its input", function()
    local path = "/api/manager/devices/device/" .. sim:device("Kitchen/Lamp").id
      .. "/capability/onoff"
    assert.equal("homey5q", core.decode(run("api", "GET", "/api/manager/system/")).homeyModelId)
    run("api", "PUT", path, '{"value":true}')
    assert.is_true(sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value)
    local file = command.folder() .. "/body"
    command.write(file, '{"value":false}\n')
    assert.equal(0, (command.piped(env, "<" .. file, "api", "PUT", path, "-")))
    assert.is_false(sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value)
  end)

  it("lists operations without a login", function()
    local code, out, err = command.run({ HOMEY_STATE_DIR = command.folder() }, "operations",
      "getdevice", "settings")
    assert.same({ 0, "" }, { code, err })
    assert.equal("devices.getDeviceSettingsObj\t{ id = string }\tGET\t"
      .. "/api/manager/devices/device/:id/settings_obj\n", out)
    for _, fact in ipairs((core.decode(run("operations", "--json")))) do
      assert.matches("^[%w_]+%.%w+$", fact.name)
    end
  end)

  for what, case in pairs {
    ["a flow"] = { { "start", "Cosy evenin" }, 4, "there is no flow 'Cosy evenin'" },
    ["a token without a value"] = { { "start", "Cosy evening", "level" }, 2,
      "an argument is NAME=VALUE, not 'level'" },
    ["a mood"] = { { "mood", "Diner" }, 4, "did you mean 'Dinner'" },
    ["a value of a variable"] = { { "variable", "Guests", "many" }, 2,
      "Guests takes a number, not 'many'" },
    ["a user"] = { { "push", "Nobody", "Hello" }, 4, "Nobody" },
    ["a speaker"] = { { "say", "Hello", "--device", "Kitchen/Lamp" }, 4,
      "Kitchen/Lamp has no flow card that says a text" },
    ["a card"] = { { "action", "dance" }, 4, "there is no action 'dance'" },
    ["a card of many devices"] = { { "action", "on" }, 4, "'on' may be any of" },
    ["a condition"] = { { "condition", "nothing" }, 4, "there is no condition 'nothing'" },
    ["an operation"] = { { "api", "devices.getDevic" }, 2, "did you mean 'getDevice'" },
    ["a manager"] = { { "api", "device.getDevices" }, 2, "has no manager 'device'" },
    ["a method"] = { { "api", "PATCH", "/api" }, 2, "not 'PATCH'" },
    ["JSON"] = { { "api", "PUT", "/api/manager/x", "{bad" }, 2, "the body is not valid JSON" },
    ["a body of GET"] = { { "api", "GET", "/api", "{}" }, 2, "GET takes a path and nothing else" },
  } do
    it("refuses in a sentence, and sends nothing: " .. what, function()
      local code, out, err = command.run(env, unpack(case[1]))
      assert.same({ case[2], "" }, { code, out })
      assert.matches("^homey " .. case[1][1] .. ": ", err)
      assert.truthy(err:find(case[3], 1, true), err)
      assert.is_nil((sent()))
    end)
  end
end)
