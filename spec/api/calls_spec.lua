-- Calls by official names in virtual time: what is checked, what is sent, how it prints.
local fake = require "spec.support.fake_core_loop"
local homey = require "homey"
local sim = require "homey.sim"

local home, api

before_each(function()
  home = sim.home(nil, { quiet = true })
  api = home.api
end)

after_each(function() home:close() end)

local function failure(f, ...)
  local value, err = homey.try(f, ...)
  assert.is_nil(value)
  assert.is_table(err, tostring(err))
  return err
end

local function lamp() return home:device "Kitchen/Lamp" end

local function last() return home.requests[#home.requests] end

describe("an operation", function()
  it("reads what the hub has", function()
    assert.equal("Lamp", api.devices.getDevice { id = lamp().id }.name)
    assert.is_table(api.zones.getZones())
    assert.is_table(api.zones.getZones {})
  end)

  it("changes the hub", function()
    api.devices.setCapabilityValue { deviceId = lamp().id, capabilityId = "onoff", value = true }
    assert.is_true(lamp():get "onoff")
    assert.equal("Kitchen/Lamp: onoff = true", tostring(home.sent[1]))
    local zone = api.zones.createZone {
      zone = { name = "Attic", icon = "attic", parent = home:zone("Kitchen").id },
    }
    assert.equal("Attic", api.zones.getZone { id = zone.id }.name)
    api.zones.deleteZone { id = zone.id }
    assert.equal("not_found", failure(api.zones.getZone, { id = zone.id }).kind)
  end)

  it("takes the options of a request", function()
    assert.is_table(api.zones.getZones({}, { timeout = "5 s" }))
    assert.matches("no option 'timout'; did you mean 'timeout'",
      failure(api.zones.getZones, {}, { timout = 5 }).message)
  end)

  it("is called in a handler, and waits there", function()
    home:close()
    home = sim.home(nil, { quiet = true, latency = 0.5 })
    local got, meanwhile
    home:after("1 s", function() got = home.api.devices.getDevice { id = lamp().id }.name end)
    home:after("1.1 s", function() meanwhile = got == nil end)
    home:advance "5 s"
    assert.equal("Lamp", got)
    assert.is_true(meanwhile)
  end)
end)

describe("homey.try of an operation", function()
  it("waits in a handler while others run", function()
    home:close()
    home = sim.home(nil, { quiet = true, latency = 0.5 })
    local got, err, meanwhile
    home:after("1 s", function()
      got = homey.try(home.api.zones.getZones)
      err = select(2, homey.try(home.api.zones.getZone, { id = "x" }))
    end)
    home:after("1.1 s", function() meanwhile = got == nil end)
    home:advance "10 s"
    assert.is_table(got)
    assert.equal("not_found", err.kind)
    assert.is_true(meanwhile)
  end)
end)

describe("a call of an operation", function()
  local function each(cases)
    for _, case in ipairs(cases) do
      it("refuses " .. case[1], function()
        local before = #home.requests
        local err = failure(case[2])
        assert.equal("invalid", err.kind)
        assert.equal(case[3], err.message)
        assert.equal(before, #home.requests)
      end)
    end
  end

  each {
    { "an unknown parameter", function() api.devices.getDevice { ID = "x" } end,
      "homey.api.devices.getDevice has no parameter 'ID'; did you mean 'id'?" },
    { "one that is like no other", function() api.devices.getDevice { capability = "x" } end,
      "homey.api.devices.getDevice has no parameter 'capability'. It takes id." },
    { "one where there are none", function() api.zones.getZones { id = "x" } end,
      "homey.api.zones.getZones has no parameter 'id'. It takes none." },
    { "a missing parameter", function() api.devices.getDevice() end,
      "homey.api.devices.getDevice needs `id`: text." },
    { "a wrong type in the path", function() api.devices.getDevice { id = 5 } end,
      "homey.api.devices.getDevice: `id` takes text, not a number." },
    { "a device in place of its id", function()
      api.devices.getDevice { id = home:device "ff469433-66b3-458d-ad73-14530d8f9b39" }
    end, "homey.api.devices.getDevice: `id` takes text, not an object. Give its `id`." },
    { "an empty id", function() api.devices.getDevice { id = "" } end,
      "homey.api.devices.getDevice: `id` cannot be ''." },
    { "an id that is no UTF-8", function() api.devices.getDevice { id = "\255" } end,
      "homey.api.devices.getDevice: `id` cannot be '\\xff', which is not valid UTF-8." },
    { "an id that leaves its place", function() api.devices.getDevice { id = "../zones" } end,
      "a path has no segment '.' or '..': '/api/manager/devices/device/..%2Fzones' is not sent." },
    { "null in the path", function() api.devices.getDevice { id = homey.null } end,
      "homey.api.devices.getDevice: `id` takes text, not null." },
    { "a wrong type in the query", function() api.energy.getLiveReport { zone = true } end,
      "homey.api.energy.getLiveReport: `zone` takes text, not a boolean." },
    { "a wrong type in the body", function() api.apps.installFromAppStore { id = {} } end,
      "homey.api.apps.installFromAppStore: `id` takes text, not a table." },
    { "a function", function()
      api.apps.setAppSetting { id = "a", name = "b", value = print }
    end, "homey.api.apps.setAppSetting: `value` takes any value, not a function." },
    { "a list for an object", function()
      api.devices.setDeviceSettings { id = "a", settings = { 1, 2 } }
    end, "homey.api.devices.setDeviceSettings: `settings` takes a table with named members, "
      .. "not a table." },
    { "an unknown member of an object", function()
      api.zones.createZone { zone = { name = "X", icon = "y", parnet = "z" } }
    end, "homey.api.zones.createZone: `zone` has no member 'parnet'; did you mean 'parent'?" },
    { "a missing member", function()
      api.zones.createZone { zone = { name = "X", icon = "y" } }
    end, "homey.api.zones.createZone: `zone` needs `parent`: text." },
    { "a wrong member", function()
      api.zones.createZone { zone = { name = "X", icon = "y", parent = 3 } }
    end, "homey.api.zones.createZone: `zone`: `parent` takes text, not a number." },
    { "a list that is none", function()
      api.flow.createFlow {
        flow = { name = "X", trigger = { id = "a" }, conditions = { a = 1 }, actions = {} },
      }
    end, "homey.api.flow.createFlow: `flow`: `conditions` takes a list, not a table." },
    { "an id alone", function() api.devices.getDevice "x" end,
      "homey.api.devices.getDevice takes a table of parameters, such as "
      .. "homey.api.devices.getDevice{ id = \"...\" }, not text." },
    { "a colon", function() api.devices:getDevice { id = "x" } end,
      "homey.api.devices.getDevice is called with a dot: homey.api.devices.getDevice{ ... }." },
    { "a third argument", function() api.devices.getDevice({ id = "x" }, {}, 3) end,
      "homey.api.devices.getDevice takes a table of parameters and one of options." },
    { "an assignment to a manager", function() api.devices.x = 1 end,
      "'x' cannot be assigned: homey.api.devices holds only operations of the hub." },
    { "an assignment to an operation", function() api.devices.getDevice.x = 1 end,
      "'x' cannot be assigned: homey.api.devices.getDevice is an operation, which is called." },
  }

  it("names no value, which may be a secret", function()
    local err = failure(api.users.loginLocal, {
      clientId = "a", clientName = "b", username = "c", password = 739114,
    })
    assert.matches("`password` takes text, not a number", err.message)
    assert.is_nil(err.message:find("739114", 1, true))
  end)
end)

describe("an unknown name", function()
  for _, case in ipairs {
    { function() return api.device end,
      "homey.api has no manager 'device'; did you mean 'devices' or 'vdevice'? print(homey.api) "
      .. "lists all." },
    { function() return api.qqq end,
      "homey.api has no manager 'qqq'. print(homey.api) lists all." },
    { function() return api.flow.getFlwos end,
      "homey.api.flow has no operation 'getFlwos'; did you mean 'getFlows' or 'getFlow'? "
      .. "print(homey.api.flow) lists all." },
  } do
    it("is refused: " .. case[2], function()
      local err = failure(case[1])
      assert.equal("invalid", err.kind)
      assert.equal(case[2], err.message)
    end)
  end

  it("is nil where a tool looks for a field of its own", function()
    assert.is_nil(api.__name)
    assert.is_nil(api[1])
    assert.is_nil(api.flow._NAME)
  end)
end)

describe("what is printed", function()
  it("of all is the managers, as they are typed", function()
    local text = tostring(api)
    assert.matches("^homey%.api: 51 managers\n", text)
    assert.matches(" flow\n", text)
    assert.matches(" speech_output ", text)
    assert.matches("^homey%.api%.speech_output%.getVoices", tostring(api.speech_output.getVoices))
  end)

  it("of a manager is its operations with their parameters", function()
    home.api_version = nil
    local text = tostring(api.logic)
    assert.matches("^homey%.api%.logic: 7 operations\n", text)
    assert.matches("\n  updateVariable{ id = string, variable = object }\n?", text)
    assert.matches("\n  triggerWebhook{ event = string, %[tag = string%] }", text)
  end)

  it("of a manager is what the hub at hand has", function()
    api.zones.getZones()
    assert.is_nil(tostring(api.logic):find "triggerWebhook")
  end)

  it("of an operation is its signature", function()
    api.zones.getZones()
    assert.equal("homey.api.flow.getFlow{ id = string } -- GET /api/manager/flow/flow/:id",
      tostring(api.flow.getFlow))
    assert.equal("homey.api.zones.getZones() -- GET /api/manager/zones/zone",
      tostring(api.zones.getZones))
    assert.equal("call homey.api.zones.getZones() -- GET /api/manager/zones/zone",
      "call " .. api.zones.getZones)
  end)

  it("of an operation is each variant before a login", function()
    assert.equal("homey.api.drivers.getDriver{ uri = string, id = string } -- GET "
      .. "/api/manager/drivers/driver/:uri/:id, Homey of 2016 to 2019\n"
      .. "homey.api.drivers.getDriver{ id = string } -- GET /api/manager/drivers/driver/:id, "
      .. "Homey Pro of 2023 or later", tostring(homey.api.drivers.getDriver))
  end)
end)

describe("the variant of the hub", function()
  local function home_of(version, platform)
    local core_loop = fake.new()
    local one = fake.home(core_loop)
    rawset(one, "api_version", version)
    rawset(one, "platform", platform)
    rawset(one, "address", "http://hub")
    return one, core_loop
  end

  for _, case in ipairs {
    { 2, "local", { uri = "homey:app:a", id = "b" },
      "GET /api/manager/drivers/driver/homey:app:a/b" },
    { 3, "local", { id = "homey:app:a:b" }, "GET /api/manager/drivers/driver/homey:app:a:b" },
    { nil, nil, { id = "homey:app:a:b" }, "GET /api/manager/drivers/driver/homey:app:a:b" },
  } do
    it(("is taken: %s %s"):format(tostring(case[1]), tostring(case[2])), function()
      local one, core_loop = home_of(case[1], case[2])
      core_loop:on(case[4], { name = "b" })
      assert.equal("b", one.api.drivers.getDriver(case[3]).name)
      assert.same({ case[4] }, core_loop:said())
    end)
  end

  for _, case in ipairs {
    { 2, "local", "devices", "getCapabilityValue",
      "homey.api.devices.getCapabilityValue does not exist on this hub (Homey of 2016 to 2019), "
      .. "only on Homey Pro of 2023 or later and on Homey Cloud." },
    { 3, "local", "devices", "getCapabilities",
      "homey.api.devices.getCapabilities does not exist on this hub (Homey Pro of 2023 or "
      .. "later), only on Homey of 2016 to 2019." },
    { 3, "cloud", "alarms", "getAlarms",
      "homey.api.alarms.getAlarms does not exist on this hub (Homey Cloud), only on Homey of "
      .. "2016 to 2019 and on Homey Pro of 2023 or later." },
  } do
    it("has no " .. case[4] .. " on " .. case[1] .. " " .. case[2], function()
      local one, core_loop = home_of(case[1], case[2])
      local err = failure(one.api[case[3]][case[4]], {})
      assert.equal("invalid", err.kind)
      assert.equal(case[5], err.message)
      assert.same({}, core_loop:said())
    end)
  end

  it("of v2 takes any body", function()
    local one, core_loop = home_of(2, "local")
    core_loop:on("POST /api/manager/zones/zone", function(request) return request.body end)
    assert.same({ whatever = 1 }, one.api.zones.createZone { zone = { whatever = 1 } })
  end)

  it("uploads an app as a form", function()
    local one, core_loop = home_of(2, "local")
    local sent
    core_loop:on("POST /api/manager/devkit/", function(request)
      sent = request
      return { session = "x" }
    end)
    local answer = one.api.devkit.runApp {
      app = "\31\139\0\255", env = "{}", debug = "false", purgeSettings = "false",
    }
    assert.equal("x", answer.session)
    assert.matches("^multipart/form%-data; boundary=homey%-", sent.options.content_type)
    assert.is_truthy(sent.body:find('name="app"; filename="app.tar.gz"', 1, true))
    assert.is_truthy(sent.body:find("\r\n\r\n\31\139\0\255\r\n", 1, true))
    assert.is_truthy(sent.body:find('name="env"\r\n\r\n{}\r\n', 1, true))
    assert.is_nil(sent.options.operation)
    assert.matches("needs `app`: text", failure(one.api.devkit.runApp, {}).message)
  end)
end)

describe("what is sent", function()
  local core_loop, one

  before_each(function()
    core_loop = fake.new()
    one = fake.home(core_loop)
    rawset(one, "api_version", 3)
    rawset(one, "address", "http://hub")
  end)

  local function sent(f, answer)
    local request
    setmetatable(core_loop.routes, { __index = function()
      return function(asked)
        request = asked
        return answer or true
      end
    end })
    f(one.api)
    return request
  end

  for _, case in ipairs {
    { "a/b?c#d e", "a%2Fb%3Fc%23d%20e" }, { "100%", "100%25" }, { "homey:app:a", "homey:app:a" },
    { "é", "%C3%A9" }, { "a..b", "a..b" },
  } do
    it("has the id " .. case[1] .. " in one segment of the path", function()
      local request = sent(function(names) names.devices.getDevice { id = case[1] } end)
      assert.equal("/api/manager/devices/device/" .. case[2], request.path)
    end)
  end

  it("has its query encoded", function()
    local request = sent(function(names)
      names.flow.getFlowCardAutocomplete {
        type = "flowcardaction", uri = "homey:manager:x", id = "a:b", name = "who",
        query = "a&b=c d",
        args = { ["k&"] = "v/1", list = { 1, 2.5 }, flag = true, empty = homey.null },
      }
    end)
    assert.equal("/api/manager/flow/flowcardaction/homey:manager:x/a:b/autocomplete?name=who"
      .. "&query=a%26b%3Dc%20d&args%5Bempty%5D=&args%5Bflag%5D=true&args%5Bk%26%5D=v%2F1"
      .. "&args%5Blist%5D%5B%5D=1&args%5Blist%5D%5B%5D=2.5", request.path)
    assert.is_nil(request.body)
  end)

  it("has a body of members, of one object, or an empty one", function()
    local setting = sent(function(names)
      names.apps.setAppSetting { id = "a", name = "b", value = homey.null }
    end)
    assert.same({ value = homey.null }, setting.body)
    local zone = sent(function(names)
      names.zones.updateZone { id = "z", zone = { name = "N" } }
    end)
    assert.same({ name = "N" }, zone.body)
    assert.same({}, sent(function(names) names.flow.triggerFlow { id = "f" } end).body)
    assert.is_nil(sent(function(names) names.flow.deleteFlow { id = "f" } end).body)
  end)

  it("has null where a member may be cleared", function()
    local request = sent(function(names)
      names.flow.updateFlow { id = "f", flow = { folder = homey.null } }
    end)
    assert.same({ folder = homey.null }, request.body)
  end)

  it("has an empty list as one", function()
    local request = sent(function(names)
      names.flow.updateFlow { id = "f", flow = { conditions = {} } }
    end)
    assert.equal('{"conditions":[]}', require("homey.core").encode(request.body))
  end)

  it("leaves the caller's tables as they are", function()
    local flow = { conditions = {} }
    sent(function(names) names.flow.updateFlow { id = "f", flow = flow } end)
    assert.is_nil(getmetatable(flow.conditions))
  end)

  it("names the operation for the socket, with its arguments", function()
    local request = sent(function(names)
      names.devices.updateDevice { id = "d", device = { name = "N" } }
    end)
    assert.equal("updateDevice", request.options.operation)
    assert.equal("homey:manager:devices", request.options.manager)
    assert.same({ id = "d", device = { name = "N" } }, request.options.args)
  end)

  it("is sent over HTTP when the hub accepts it only there", function()
    local request = sent(function(names)
      names.users.loginLocal { clientId = "a", clientName = "b", username = "c", password = "d" }
    end)
    assert.equal("/api/manager/users/login-local", request.path)
    assert.is_nil(request.options.operation)
  end)

  it("names the scope that is missing", function()
    core_loop:on("POST /api/manager/flow/flow/f/trigger",
      fake.fail("forbidden", "the hub forbids it (Missing Scopes)", 403))
    core_loop:on("GET /api/manager/zones/zone",
      fake.fail("forbidden", "the hub forbids it (Missing Scopes)", 403))
    core_loop:on("GET /api/manager/zwave/state",
      fake.fail("forbidden", "the hub forbids it (Missing Scopes)", 403))
    core_loop:on("DELETE /api/manager/users/user/u",
      fake.fail("forbidden", "the hub forbids it (Must Be Owner)", 403))
    local err = failure(one.api.flow.triggerFlow, { id = "f" })
    assert.equal("forbidden", err.kind)
    assert.equal(403, err.status)
    assert.equal("this login lacks the scope homey.flow.start, which flow.triggerFlow needs. Log "
      .. "in with one that has it, or make a new API key.", err.message)
    assert.matches("homey%.zone%.readonly", failure(one.api.zones.getZones).message)
    assert.matches("^the hub forbids it", failure(one.api.zwave.getState).message)
    assert.matches("Must Be Owner", failure(one.api.users.deleteUser, { id = "u" }).message)
  end)
end)

describe("a change by an operation", function()
  it("is refused by a guard", function()
    local guard = home:guard { device = lamp(), never = true }
    local err = failure(api.devices.setCapabilityValue,
      { deviceId = lamp().id, capabilityId = "onoff", value = true })
    assert.equal("forbidden", err.kind)
    assert.same({}, { home.sent[1] })
    guard:cancel()
  end)

  it("is noted in the journal with its line", function()
    lamp():refresh()
    api.devices.setCapabilityValue { deviceId = lamp().id, capabilityId = "onoff", value = true }
    assert.matches("onoff has been true since .* because .*calls_spec%.lua:%d+ set it",
      (home:why("Kitchen/Lamp", "onoff")))
  end)

  it("by a flow card is refused by a guard, too", function()
    home:guard { device = lamp(), never = true }
    local err = failure(api.flow.runFlowCardAction, {
      uri = "homey:device:" .. lamp().id, id = "homey:device:" .. lamp().id .. ":on", args = {},
    })
    assert.equal("forbidden", err.kind)
    assert.matches("its flow card is not run", err.message)
  end)

  it("is logged and not sent in a dry run", function()
    home.dry_run = true
    api.zones.deleteZone { id = home:zone("Kitchen").id }
    home:settle()
    assert.is_nil(home.sent[1])
    assert.matches("dry run, not sent: DELETE /api/manager/zones/zone/",
      home.logged[#home.logged].text)
    assert.equal("GET", last().method)
  end)

  it("shows no secret in a dry run", function()
    home.dry_run = true
    api.users.loginLocal {
      clientId = "a", clientName = "b", username = "c", password = "correct horse",
    }
    home:settle()
    assert.is_nil(home.logged[#home.logged].text:find("correct horse", 1, true))
  end)
end)

describe("homey.api", function()
  it("is of the default home", function()
    local names = home.homey.api
    assert.equal("Lamp", names.devices.getDevice { id = lamp().id }.name)
    assert.equal(names, home.homey.api)
  end)

  it("is listed and refuses mistyped names without a login, and is called with one", function()
    assert.matches("51 managers", tostring(homey.api))
    assert.equal("expired", failure(homey.api.zones.getZones).kind)
  end)

  it("says that a home was closed", function()
    api.zones.getZones()
    home:close()
    assert.equal("cancelled", failure(api.zones.getZones).kind)
  end)

  it("is loaded by the first that names it", function()
    local code = [[
      local homey = require "homey"
      local home = require("spec.support.house").new().home
      home:device("Kitchen/Lamp"):set("onoff", true)
      for name in pairs(package.loaded) do assert(not name:find "^homey%.api", name) end
      print(homey.api.zones.getZones)
      assert(package.loaded["homey.api.api"] and not package.loaded["homey.api.cloud"])
    ]]
    assert.matches("^homey%.api%.zones%.getZones%(%)[^\n]*\n$",
      require "spec.support.output_of"(code))
  end)
end)
