-- Apps of the hub: list, state, restart, settings, their own APIs and events.
local failure = require "spec.support.failure"
local homey = require "homey"
local simulator = require "homey.sim"
local support = require "spec.support.sim"
local without_state = require "spec.support.without_state"

local id = "com.athom.homeyscript"

for _, version in ipairs { 2, 3 } do
  describe(("an app of a v%d hub"):format(version), function()
    local home, app

    before_each(function()
      home = simulator.home(nil, { quiet = true, api_version = version })
      app = home:app "HomeyScript"
    end)
    after_each(function() home:close() end)

    it("is found by its name and by its id", function()
      assert.equal(id, app.id)
      assert.equal(app, home:app(id))
      assert.equal(4, #home:apps())
      assert.match("did you mean 'HomeyScript'", failure(home.app, home, "HomeyScrip").message)
    end)

    it("says how it fares", function()
      assert.same({ "running", true, "3.8.0", "appstore" },
        { app.state, app.enabled, app.version, app.origin })
      home.model:update("apps", id, { crashed = true, crashedMessage = "out of memory" })
      app:refresh()
      assert.same({ "crashed", "out of memory" }, { app.state, app.crash_message })
    end)

    it("tells when its state changes", function()
      local states = {}
      app:on("state", function(state) states[#states + 1] = state end)
      home:on("app.state", function(state, which) states[#states + 1] = which.id .. state end)
      home:advance "1 s"
      home:change("app", "HomeyScript", { state = "stopped" })
      home:advance "1 s"
      assert.same({ "stopped", id .. "stopped" }, states)
    end)

    it("restarts", function()
      local states = {}
      app:on("state", function(state) states[#states + 1] = state end)
      home:advance "1 s"
      assert.equal(app, app:restart())
      home:advance "1 s"
      assert.same({ "stopped", "running" }, states)
      assert.equal("restart the app HomeyScript", home.journal:entries()[1].name)
    end)

    it("is disabled and enabled", function()
      assert.is_false(app:disable().enabled)
      assert.is_false(app:refresh().enabled)
      assert.is_true(app:enable():refresh().enabled)
    end)

    it("is removed, unless a guard protects a device of it", function()
      local gone = {}
      home:on("app.delete", function(which, event) gone[#gone + 1] = { which.id, event.own } end)
      home:advance "1 s"
      assert.match("app:remove{ confirm = true }", failure(app.remove, app).message, 1, true)
      assert.equal(0, #home.sent)
      app:remove { confirm = true }
      home:advance "1 s"
      assert.same({ { id, true } }, gone)
      assert.equal("not_found", failure(app.restart, app).kind)
      local lamp = home:device "Kitchen/Lamp"
      local guard = home:guard { device = lamp, never = true }
      local other = home:app(assert(lamp.driver_id:match "^homey:app:([^:]+):"))
      assert.equal("forbidden", failure(other.remove, other, { confirm = true }).kind)
      guard:cancel()
      other:remove { confirm = true }
    end)

    it("has settings that are changed and removed", function()
      assert.same({ autocomplete = true }, app.settings)
      app:change_settings { autocomplete = false, theme = "dark" }
      assert.same({ autocomplete = false, theme = "dark" }, app.settings)
      app:change_settings { theme = homey.null }
      assert.same({ autocomplete = false }, app.settings)
      assert.match("takes a table such as", failure(app.change_settings, app, {}).message)
      assert.match("by name, not by 1", failure(app.change_settings, app, { "dark" }).message)
    end)

    it("answers by an API of its own", function()
      assert.equal("hello", app:get("/script").hello.id)
      assert.equal("Hello", app:post("/script/hello/run", {}).returns)
      assert.equal("not_found", failure(app.get, app, "/nothing").kind)
      assert.match("begins with '/', not 'script'", failure(app.get, app, "script").message)
      assert.match("is not sent", failure(app.get, app, "/../devices").message)
      assert.equal("/api/app/" .. id .. "/script/hello/run", home.sent[1].path)
    end)

    it("sends events of its own", function()
      local lines = {}
      home:on("app:" .. id .. ":log", function(data, event)
        lines[#lines + 1] = event.name .. " " .. data.text
      end)
      home:advance "1 s"
      home:publish("app:" .. id .. ":log", { text = "Hello" })
      home:publish("app:" .. id .. ":other", { text = "not asked for" })
      home:advance "1 s"
      assert.same({ "app:" .. id .. ":log Hello" }, lines)
      assert.match("not for 'device.create'. Items are changed by home:change.",
        failure(home.publish, home, "device.create", {}).message)
    end)
  end)
end

describe("an app over real sockets", function()
  local sim

  setup(function()
    sim = support.start()
    homey.login(without_state(sim.pat_options))
  end)
  teardown(support.stop)

  for _, version in ipairs { 3, 2 } do
    it(("of a v%d hub restarts, and has settings and an API"):format(version), function()
      sim:set { api_version = version }
      local app = homey.app(id)
      assert.equal("running", app:restart():refresh().state)
      app:change_settings { theme = "dark" }
      assert.equal("dark", app.settings.theme)
      assert.equal("hello", app:get("/script").hello.id)
    end)
  end

  it("sends its events, and is called by websocket", function()
    sim:set { api_version = 3 }
    local told, states = 0, {}
    homey.on("app:" .. id .. ":update", function() told = told + 1 end)
    local app = homey.app(id)
    app:on("state", function(state) states[#states + 1] = state end)
    homey.sleep(0.2)
    while not homey.connected do homey.sleep(0.02) end
    app:restart()
    while told < 2 or #states < 2 do homey.sleep(0.02) end
    assert.same({ "stopped", "running" }, states)
    app:change_settings { theme = "light" }
    assert.equal("light", app.settings.theme)
  end)
end)
