-- Calls by official names against a simulated hub on real sockets: over HTTP, and over the
-- websocket while it is up.
local homey = require "homey"
local logins = require "spec.support.logins"
local support = require "spec.support.sim"

for _, version in ipairs { 3, 2 } do
  describe(("the operations of a hub with API version %d"):format(version), function()
    local sim, home

    setup(function()
      sim = support.start { api_version = version }
      home = homey.new(logins.options(sim.options))
    end)

    teardown(function()
      home:close()
      support.stop()
      logins.tidy()
    end)

    before_each(function() sim:reset_log() end)

    -- The requests since the last reset: "devices GET", with the operation where it came over the
    -- socket.
    local function log()
      local list = {}
      for _, entry in ipairs(sim:log()) do
        if entry.path:find "^/api/manager/devices/device/" then -- no list, read when it connects
          list[#list + 1] = entry.socket or entry.method .. " " .. entry.path
        end
      end
      return list
    end

    it("go over HTTP without a websocket", function()
      local id = home:device("Kitchen/Lamp").id
      sim:reset_log()
      assert.equal("Lamp", home.api.devices.getDevice { id = id }.name)
      home.api.devices.setCapabilityValue { deviceId = id, capabilityId = "onoff", value = true }
      assert.same({
        "GET /api/manager/devices/device/" .. id,
        "PUT /api/manager/devices/device/" .. id .. "/capability/onoff",
      }, log())
      assert.is_true(sim:device(id).capabilitiesObj.onoff.value)
    end)

    it("keep an odd id in its place", function()
      local value, err = homey.try(home.api.devices.getDevice, { id = "a/b?c=d#e" })
      assert.is_nil(value)
      assert.equal("not_found", err.kind)
      assert.same({ "GET /api/manager/devices/device/a%2Fb%3Fc%3Dd%23e" }, log())
    end)

    it("go over the websocket while it is up", function()
      local lamp = home:device "Kitchen/Lamp"
      local handle = home:on("device.create", function() end)
      while not home.connected do home.scheduler:sleep(0.02) end
      sim:reset_log()
      assert.equal("Lamp", home.api.devices.getDevice { id = lamp.id }.name)
      home.api.devices.setCapabilityValue {
        deviceId = lamp.id, capabilityId = "onoff", value = false,
      }
      assert.same({ "getDevice", "setCapabilityValue" }, log())
      assert.is_false(sim:device(lamp.id).capabilitiesObj.onoff.value)
      handle:cancel()
    end)

    if version == 3 then
      it("log another user in without the token of this login", function()
        local user = sim.local_options
        local given = {
          clientId = "a", clientName = "b", username = user.username, password = user.password,
        }
        assert.is_string(home.api.users.loginLocal(given))
        given.password = "wrong"
        local _, err = homey.try(home.api.users.loginLocal, given)
        assert.equal("unauthorized", err.kind)
        assert.equal(401, err.status)
        local id = home:device("Kitchen/Lamp").id
        assert.equal("Lamp", home.api.devices.getDevice { id = id }.name)
        for _, entry in ipairs(sim:log()) do
          local is_login = entry.path:find("login-local", 1, true) ~= nil
          assert.equal(is_login, entry.headers.authorization == nil, entry.path)
        end
      end)
    end

    if version == 2 then
      it("upload an app", function()
        assert.is_string(home.api.devkit.runApp {
          app = "\31\139\0\255", env = "{}", debug = "false", purgeSettings = "false",
        }.session)
      end)
    end

    it("raise no complaint of the hub", function() assert.same({}, sim:complaints()) end)
  end)
end

describe("an operation that the login may not use", function()
  local sim

  setup(function() sim = support.start { pat_scopes = { "homey.flow.readonly" } } end)

  teardown(function()
    support.stop()
    logins.tidy()
  end)

  for _, way in ipairs { "HTTP", "the websocket" } do
    it("is refused over " .. way .. " with the scope that is missing", function()
      local home = homey.new(logins.options(sim.pat_options))
      local id = next(home.api.flow.getFlows())
      if way ~= "HTTP" then
        home:on("flow.create", function() end)
        while not home.connected do home.scheduler:sleep(0.02) end
      end
      for _, case in ipairs {
        { home.api.flow.triggerFlow, { id = id }, "homey.flow.start, which flow.triggerFlow" },
        { home.api.flow.deleteFlow, { id = id }, "homey.flow, which flow.deleteFlow" },
        { home.api.zones.getZones, {}, "homey.zone.readonly, which zones.getZones" },
      } do
        local value, err = homey.try(case[1], case[2])
        assert.is_nil(value)
        assert.equal("forbidden", err.kind)
        assert.is_truthy(err.message:find("lacks the scope " .. case[3] .. " needs", 1, true),
          err.message)
      end
      home:close()
    end)
  end
end)
