-- The hub itself: system, updates, LED ring, dashboards, weather, sessions.
local failure = require "spec.support.failure"
local homey = require "homey"
local simulator = require "homey.sim"
local support = require "spec.support.sim"
local without_state = require "spec.support.without_state"

local home

local function open(version)
  home = simulator.home(nil, { quiet = true, api_version = version })
  return home
end

after_each(function()
  if home then home:close() end
  home = nil
end)

local function refusal(f, ...)
  local err = failure(f, ...)
  assert.equal("invalid", err.kind)
  return err.message
end

local function last_sent()
  local entry = home.sent[#home.sent]
  return entry and entry.method .. " " .. entry.path
end

for _, version in ipairs { 2, 3 } do
  describe(("the system of a v%d hub"):format(version), function()
    local system

    before_each(function() system = open(version):system() end)

    it("says what it is", function()
      assert.equal("Sunny House", system.name)
      assert.equal("Sunny House", tostring(system))
      assert.match("^%d+%.%d+%.%d+$", system.version)
      assert.match("Homey", system.model)
      assert.is_true(system.uptime > 0)
      assert.equal(system.version, system.info.homeyVersion)
      assert.is_true(system:memory().total > system:memory().free)
      assert.is_true(system:storage().total > 0)
    end)

    it("gets another name", function()
      assert.equal(system, system:rename "Beach House")
      assert.same({ "Beach House", "Beach House", "Beach House" },
        { system.name, home.name, home:system().name })
      assert.match("takes a name, not 5", refusal(system.rename, system, 5))
    end)

    it("restarts only when that is confirmed", function()
      assert.match("call system:reboot{ confirm = true }", refusal(system.reboot, system), 1, true)
      assert.equal(0, #home.sent)
      system:reboot { confirm = true }
      assert.equal("POST /api/manager/system/reboot", last_sent())
    end)

    it("refuses an assignment and suggests names", function()
      assert.match("changes nothing at the hub", refusal(function() system.nane = "x" end))
      assert.match("did you mean 'reboot'", refusal(function() return system.rebot end))
    end)
  end)

  describe(("the updates of a v%d hub"):format(version), function()
    it("are listed, chosen and installed", function()
      local updates = open(version):updates()
      assert.same({ {}, true, "stable" },
        { updates.available, updates.automatic, updates.channel })
      updates:set { automatic = false, channel = "beta" }
      local again = home:updates()
      assert.same({ false, "beta" }, { again.automatic, again.channel })
      assert.match("updates:install{ confirm = true }", refusal(updates.install, updates), 1, true)
      updates:install { confirm = true }
      assert.equal("POST /api/manager/updates/update", last_sent())
      assert.match("empty table", refusal(updates.set, updates, {}))
    end)
  end)

  describe(("the LED ring of a v%d hub"):format(version), function()
    it("has screensavers", function()
      local ring = open(version):ledring()
      assert.equal("off", ring.screensaver)
      assert.equal("Rainbow", ring.screensavers[2].name)
      ring:set { screensaver = "rainbow" }
      assert.same({ "rainbow", "rainbow" }, { ring.screensaver, home:ledring().screensaver })
      assert.match("no screensaver 'rainbo'; did you mean 'rainbow'? It has off, rainbow.",
        refusal(ring.set, ring, { screensaver = "rainbo" }), 1, true)
      assert.match("`brightness` takes a number from 0 to 1, not 2",
        refusal(ring.set, ring, { brightness = 2 }))
      assert.equal(1, #home.sent)
    end)
  end)

  describe(("the weather of a v%d hub"):format(version), function()
    it("is that of the moment, and is heard of", function()
      assert.equal("number", type(open(version):weather().temperature))
      local heard = {}
      home:on("weather", function(weather) heard[#heard + 1] = weather.temperature end)
      home:advance "1 s"
      home:publish("weather", { temperature = 21 })
      home:advance "1 s"
      assert.same({ 21 }, heard)
    end)
  end)

  describe(("the session of a v%d hub"):format(version), function()
    it("is that of this login", function()
      local session = open(version):session()
      assert.same({ "OAUTH", { "homey" } }, { session.type, session.scopes })
    end)
  end)
end

describe("what only some hubs have", function()
  it("is the brightness of the LED ring, on v2", function()
    local ring = open(2):ledring()
    assert.equal(1, ring.brightness)
    assert.equal(0.5, ring:set({ brightness = 0.5 }).brightness)
    assert.equal(0.5, home:ledring().brightness)
  end)

  it("is named with the hubs that have it", function()
    local ring = open(3):ledring()
    assert.is_nil(ring.brightness)
    assert.match("only on Homey of 2016 to 2019", refusal(ring.set, ring, { brightness = 0.5 }))
    assert.match("only on Homey of 2016 to 2019", refusal(home.sessions, home))
    home:close()
    open(2)
    assert.match("homey.dashboards does not exist on this hub .*only on Homey Pro of 2023",
      refusal(home.dashboards, home))
    assert.match("homey.dashboards does not exist", refusal(home.dashboard, home, "Tablet"))
    assert.match("only on Homey Pro", refusal(home.create_dashboard, home, { name = "Tablet" }))
    assert.match("only on Homey Pro", refusal(home.forecast, home))
    assert.match("only on Homey Pro", refusal(home.access_tokens, home))
    assert.equal(0, #home.sent)
  end)

  it("is refused by a hub in the cloud", function()
    open(3).model.data.homey.platform = "cloud"
    for _, act in ipairs {
      home.ledring, home.updates, home.alarms, home.access_tokens, home.sessions,
    } do
      assert.match("does not exist on this hub %(Homey Cloud%), only on Homey", refusal(act, home))
    end
    assert.equal("Sunny House", home:system().name)
    assert.equal(1, #home:dashboards())
  end)

  it("is a list of sessions, on v2", function()
    local sessions = open(2):sessions()
    assert.equal("OAUTH", sessions[1].type)
    assert.equal("Simulated client", sessions[1].client)
  end)

  it("is a forecast, on v3", function()
    assert.equal("number", type(open(3):forecast()[1].temperature))
  end)
end)

describe("a dashboard", function()
  it("is created, changed and removed", function()
    local wall = open(3):create_dashboard { name = "Tablet" }
    assert.same({}, wall.columns)
    assert.equal(wall, home:dashboard "Tablet")
    wall:rename "Wall"
    wall:set_columns { { widgets = { { id = "clock" } } } }
    assert.equal(2, #home:dashboards())
    assert.equal(wall, home:dashboard "Wall")
    assert.same({ "Wall", "clock" }, { wall.name, wall.columns[1].widgets[1].id })
    assert.match("takes a list of columns", refusal(wall.set_columns, wall, "clock"))
    wall:remove { confirm = true }
    assert.same({ "Hall" }, { home:dashboards()[1].name, home:dashboards()[2] })
  end)

  it("is reported as it comes and goes", function()
    open(3)
    local told = {}
    for _, name in ipairs { "dashboard.create", "dashboard.update", "dashboard.delete" } do
      home:on(name, function(dashboard) told[#told + 1] = name .. " " .. dashboard.name end)
    end
    home:advance "1 s"
    local wall = home:create_dashboard { name = "Tablet" }
    wall:rename("Wall"):remove { confirm = true }
    home:advance "1 s"
    assert.same({ "dashboard.create Tablet", "dashboard.update Wall", "dashboard.delete Wall" },
      told)
  end)
end)

describe("what the hub answers wrongly", function()
  local wrong = { "text", homey.null, 5, { { id = 5 }, "x", { id = "a", scopes = "x" } } }

  for i, reply in ipairs(wrong) do
    it(("is not trusted, %d"):format(i), function()
      open(3)
      for _, path in ipairs {
        "/api/manager/system", "/api/manager/system/name", "/api/manager/updates/update",
        "/api/manager/updates/option/autoupdate", "/api/manager/ledring/screensaver",
        "/api/manager/ledring/option/screensaver", "/api/manager/users/pat",
        "/api/manager/sessions/session/me",
      } do
        home:answer { path = path, reply = reply }
      end
      local system, updates, ring = home:system(), home:updates(), home:ledring()
      assert.same({ "table", "table", "table" },
        { type(system.info), type(updates.available), type(ring.screensavers) })
      for _, each in ipairs { system, updates, ring } do assert.is_string(tostring(each)) end
      assert.is_table(home:session().scopes)
      for _, token in ipairs(home:access_tokens()) do assert.is_table(token.scopes) end
    end)
  end
end)

describe("the hub over real sockets", function()
  local sim

  setup(function() sim = support.start() end)
  teardown(support.stop)

  for _, version in ipairs { 3, 2 } do
    it(("has a system, updates, an LED ring and weather: v%d"):format(version), function()
      sim:set { api_version = version }
      homey.login(without_state(sim.options)) -- an account knows the version of its hub
      local system = homey.system()
      system:rename("Beach House"):reboot { confirm = true }
      assert.equal("Beach House", homey.system().name)
      homey.updates():set { automatic = false }
      assert.is_false(homey.updates().automatic)
      homey.ledring():set { screensaver = "rainbow" }
      assert.equal("rainbow", homey.ledring().screensaver)
      assert.equal("number", type(homey.weather().temperature))
      assert.equal("OAUTH", homey.session().type)
    end)
  end

  it("has dashboards", function()
    sim:set { api_version = 3 }
    homey.login(without_state(sim.pat_options))
    assert.equal("PAT", homey.session().type)
    local wall = homey.create_dashboard { name = "Tablet" }
    wall:rename "Wall"
    assert.equal(wall, homey.dashboard "Wall")
    wall:remove { confirm = true }
    assert.equal("not_found", failure(homey.dashboard, "Wall").kind)
  end)
end)
