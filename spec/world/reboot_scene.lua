-- Restart of the hub: it is down, and then lists no devices for ten seconds.
local world = require "spec.world.world"

local automation = [[
  local homey = require "homey"
  local lamp = homey.device "Kitchen/Lamp"
  lamp:on("dim", function(value) print("dim is " .. value) end)
  homey.devices { class = "light", zone = "Kitchen" }:on("onoff", function(value, device)
    print(("%s is %s"):format(device.name, value and "on" or "off"))
  end)
  print "ready"
]]

local function run(sim, text)
  world.write(world.folder .. "/automation.lua", text)
  local login = world.command({ "bin/homey", "login" },
    { env = { HOMEY_EMAIL = world.email, HOMEY_PASSWORD = world.password } })
  assert.equal(0, login.code, login.err)
  if sim then sim:reset_log() end
  return world.start_command({ "bin/homey", "run", world.folder .. "/automation.lua" },
    { merged = true })
end

local function warnings(process)
  local list = {}
  for line in process:out():gmatch "[^\n]+" do
    if line:find " warning: " or line:find " error: " then list[#list + 1] = line end
  end
  return list
end

world.scene("triggers continue when a restarted hub lists nothing for 10 s",
  { limit = 120 }, function(sim)
  local process = run(sim, automation)
  world.wait_for("it listens", function() return sim:state().sockets == 1 end)
  sim:operate("Kitchen/Lamp", "dim", 0.5)
  process:wait_for "dim is 0.5"
  sim:set { starting = true }
  sim:drop "3 s"
  world.sleep(13)
  sim:operate("Kitchen/Lamp", "dim", 0.75)
  sim:operate("Kitchen/Lamp", "onoff", true)
  sim:set { starting = false }
  process:wait_for("dim is 0.75", 60)
  if not process:out():find "Lamp is on" then process:wait_for("Lamp is on", 10) end
  sim:operate("Kitchen/Lamp", "dim", 0.25)
  process:wait_for "dim is 0.25"
  sim:operate("Kitchen/Lamp", "onoff", false)
  process:wait_for "Lamp is off"
  assert.is_true(#warnings(process) <= 2, process:out())
end)

world.scene("an automation starts while the hub lists nothing",
  { limit = 120, sim = { starting = true } }, function(sim)
  local process = run(sim, automation)
  process:wait_for("starting", 20)
  world.sleep(5)
  sim:set { starting = false }
  process:wait_for("ready", 60)
  world.wait_for("it listens", function() return sim:state().sockets == 1 end)
  sim:operate("Kitchen/Lamp", "dim", 0.25)
  process:wait_for "dim is 0.25"
  assert.is_true(#warnings(process) <= 3, process:out())
end)

world.scene("a command reports a hub that lists nothing, and `within` waits", {
  limit = 90, sim = { starting = true },
}, function(sim)
  local run = world.run [[
    homey.login(email, password)
    local ok, err = pcall(function() homey.device("Kitchen/Lamp"):set("onoff", true) end)
    print(ok and "set" or err.kind .. ": " .. err.message)
  ]]
  assert.matches("^unavailable: .*starting", run.out)
  local lamp = sim:device "Kitchen/Lamp"
  local process = world.start(([[
    homey.login(email, password)
    homey.device(%q):set("onoff", true, { within = "1 min" })
    print "set"
  ]]):format(lamp.id))
  world.sleep(5)
  sim:set { starting = false }
  process:wait_for("set", 40)
  assert.is_true(sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value)
end)
