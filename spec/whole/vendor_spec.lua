-- The vendor's own client, the npm package homey-api, against the simulated cloud and hub: an
-- independent check of the simulator. Skipped with a message where Node or npm is missing; in CI
-- that fails.
-- Runs on one version of Lua only: the client does not use Lua.
local npm = require "spec.support.node.npm"
local support = require "spec.support.sim"

if npm.missing() then
  describe("the vendor's client", function() pending(npm.missing()) end)
  return
end

for _, case in ipairs {
  { "after a login through the whole chain, over TLS", function(sim)
    local client = support.client
    return { "code", support.code(sim), client.id, client.secret, client.redirect_uri }
  end },
  { "with an API key, over http", function(sim)
    return { "token", sim.pat_options.address, sim.pat_options.token }
  end },
} do
  describe("the vendor's client, " .. case[1] .. ",", function()
    local sim, client, lamp

    setup(function()
      sim = support.start { require_homey_id = false }
      lamp = sim:device "Kitchen/Lamp"
      client = npm.start(npm.package("homey-api", "3.20"), "vendor.js", case[2](sim), {
        HOMEY_CONNECT_TO = table.concat(sim.options.connect_to, ","),
        NODE_EXTRA_CA_CERTS = sim.cafile,
      }, "--require '" .. npm.here .. "redirect.js'")
    end)

    teardown(function()
      if client then client:stop() end
      support.stop()
    end)

    it("logs in", function()
      assert.equal(sim.hub_id, client:expect "login (%x+)\n")
    end)

    it("lists devices and zones", function()
      client:tell "list"
      local devices, zones = client:expect "listed (%d+) (%d+)\n"
      local count = 0
      for _ in pairs(sim:get "home.devices") do count = count + 1 end
      assert.equal(count, tonumber(devices))
      assert.is_true(tonumber(zones) > 5)
    end)

    it("receives a change by a person", function()
      client:tell("watch " .. lamp.id)
      assert.equal("true", client:expect "watching (%a+)\n")
      -- it does not wait for the answer to this subscription
      assert.is_truthy(npm.till(function()
        return sim:state().topics["homey:device:" .. lamp.id]
      end))
      sim:operate(lamp.id, "onoff", true)
      assert.equal("true", client:expect "event (%a+)\n")
      sim:update("devices", lamp.id, { name = "Lantern" })
      assert.equal("Lantern", client:expect "updated (%a+)\n")
    end)

    it("sets a value, receives it, and is refused a wrong one", function()
      client:tell("set " .. lamp.id .. " false")
      client:expect "set false\n"
      assert.is_false(sim:device(lamp.id).capabilitiesObj.onoff.value)
      client:tell("wrong " .. lamp.id)
      assert.equal("400", client:expect "refused (%d+)\n")
    end)

    it("reconnects and receives what it missed", function()
      local before = sim:state().counts.sockets
      assert.equal(1, sim:cut_sockets())
      sim:operate(lamp.id, "onoff", true)
      client:expect "event true\n"
      assert.equal(before + 1, sim:state().counts.sockets)
    end)

    it("does nothing that the simulator rejects", function()
      local minded = {}
      for i, complaint in ipairs(sim:complaints()) do
        minded[i] = complaint.text .. " at " .. complaint.path
      end
      assert.same({}, minded)
    end)
  end)
end
