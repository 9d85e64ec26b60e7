-- The whole chain, a change and events, with an e-mail address and a password and nothing else.
local world = require "spec.world.world"

local script = [[
homey.login(email, password)
local lamp = homey.device "Kitchen/Lamp"
lamp:on("dim", function(value) print("dim is " .. value) end)
lamp:set("onoff", true)
print("lamp is on: " .. tostring(lamp:get "onoff"))
homey.run()
]]

world.scene("logs in, sets a value and hears events over TLS", { every = true }, function(sim)
  local process = world.start(script)
  process:wait_for "lamp is on: true"
  world.wait_for("it listens", function() return sim:state().sockets == 1 end)
  sim:operate("Kitchen/Lamp", "dim", 0.25)
  process:wait_for "dim is 0.25"
  assert.is_true(sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value)
  local services = world.services(sim)
  assert.is_true(services.secure > 0)
  assert.is_nil(services.remote)
  assert.is_nil(services.plain)
end)
