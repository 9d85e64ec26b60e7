-- homey.fetch with real names: DNS, the authorities of the system, a service that is away.
local world = require "spec.world.world"

local script = [[
local function tell(url)
  local reply, err = homey.try(homey.fetch, url, { timeout = "20 s" })
  print(reply and reply.status or err.kind .. ": " .. err.message)
end
]]

world.scene("a fetch finds a name and trusts the system's authorities", { every = true },
  function(sim)
  local run = world.run(script .. [[
    tell "https://api.athom.com/nothing"
    tell "https://nowhere.athom.com/"
    tell "https://203.0.113.11/"
  ]])
  local first, second, third = run.out:match "^([^\n]*)\n([^\n]*)\n([^\n]*)\n$"
  assert.equal("404", first, run.err)
  assert.matches("^network: nowhere.athom.com cannot be found by name", second)
  assert.matches("^tls: 203.0.113.11 showed a certificate that cannot be trusted", third)
  assert.is_true(world.services(sim).api > 0)
end)

world.scene("a fetch from a service that is away freezes no task",
  function()
  world.blackhole(world.ip.api)
  local run = world.run(script .. [[
    local turns, done = 0, false
    local ticker = homey.spawn(function()
      while not done do
        homey.sleep "100 ms"
        turns = turns + 1
      end
    end)
    local _, err = homey.try(homey.fetch, "https://api.athom.com/", { timeout = "2 s" })
    done = true
    ticker:wait()
    print(err.kind, turns > 0)
  ]])
  assert.equal("timeout\ttrue\n", run.out, run.err)
end)
