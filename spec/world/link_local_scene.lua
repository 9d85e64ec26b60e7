-- Link-local IPv6 address of a hub: it needs the interface after "%".
local world = require "spec.world.world"

local script = [[
homey.login { address = %q, token = %q }
local lamp = homey.device "Kitchen/Lamp"
lamp:on("dim", function(value) print("dim is " .. value) end)
lamp:set("onoff", true)
print("lamp is on: " .. tostring(lamp:get "onoff"))
homey.run()
]]

-- The link-local address of this side, after the system's duplicate address detection.
local function link_local()
  return world.wait_for("there is a link-local address", function()
    return world.shell("ip -6 address show dev w0 scope link -tentative"):match "inet6 (fe80[%x:]+)"
  end)
end

for how, mark in pairs { ["with %25"] = "%25", ["with the bare %"] = "%" } do
  world.scene("reaches a link-local address whose zone is written " .. how, {
    ipv6 = true, sim = { listen = { plain = "[::]:80" } },
  }, function(sim)
    local ip = link_local()
    local process =
      world.start(script:format("http://[" .. ip .. mark .. "c0]", sim.pat_options.token))
    process:wait_for "lamp is on: true"
    world.wait_for("it listens", function() return sim:state().sockets == 1 end)
    sim:operate("Kitchen/Lamp", "dim", 0.25)
    process:wait_for "dim is 0.25"
    assert.equal("", process:err())
    for _, entry in ipairs(sim:log()) do
      if entry.service then assert.equal("[" .. ip .. "]", entry.host) end
    end
  end)
end

world.scene("the command accepts a link-local address",
  { ipv6 = true, sim = { listen = { plain = "[::]:80" } } }, function(sim)
  local env = {
    HOMEY_ADDRESS = "http://[" .. link_local() .. "%c0]", HOMEY_TOKEN = sim.pat_options.token,
  }
  local run = world.command({ "bin/homey", "set", "Kitchen/Lamp", "onoff", "on" }, { env = env })
  assert.same({ "", "", 0 }, { run.out, run.err, run.code })
  assert.is_true(sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value)
end)
