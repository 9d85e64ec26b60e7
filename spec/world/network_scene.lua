-- Network failures: how soon a program receives events again, and how little it logs.
local world = require "spec.world.world"

local listener = [[
  local homey = require "homey"
  homey.device("Kitchen/Lamp"):on("dim", function(value) print("dim is " .. value) end)
]]

-- Starts `homey run` with a program that prints each value of the lamp, and waits until it listens.
local function listen(sim)
  world.write(world.folder .. "/listener.lua", listener)
  local login = world.command({ "bin/homey", "login" },
    { env = { HOMEY_EMAIL = world.email, HOMEY_PASSWORD = world.password } })
  assert.equal(0, login.code, login.err)
  local process = world.start_command({ "bin/homey", "run", world.folder .. "/listener.lua" },
    { merged = true })
  world.wait_for("it listens", function() return sim:state().sockets == 1 end)
  sim:operate("Kitchen/Lamp", "dim", 0.5)
  process:wait_for "dim is 0.5"
  return process
end

-- Its output without the values of the lamp and the first lines.
local function complaints(process)
  local list = {}
  for line in process:out():gmatch "[^\n]+" do
    local said = line:gsub("^%S+ %S+ ", "")
    if not said:find "dim is" and not said:find "logged in" and not said:find "started$" then
      list[#list + 1] = said
    end
  end
  return list
end

local function said_lost_and_back(process)
  local said = complaints(process)
  assert.equal(2, #said, process:out())
  assert.matches("^warning: lost the connection to the hub: ", said[1])
  assert.matches("^info: reconnected to the hub after %d+ s%.$", said[2])
end

world.scene("no packet reaches the hub for 60 s", { limit = 150 }, function(sim)
  local process = listen(sim)
  world.blackhole(world.ip.hub)
  world.blackhole(world.ip.remote)
  world.sleep(60)
  sim:operate("Kitchen/Lamp", "dim", 0.75)
  world.restore(world.ip.hub)
  world.restore(world.ip.remote)
  process:wait_for("dim is 0.75", 60) -- the delay between attempts grows to a minute
  said_lost_and_back(process)
end)

world.scene("the hub refuses connections for 15 s", { limit = 150 }, function(sim)
  local process = listen(sim)
  sim:listen { secure = false, plain = false, remote = false }
  sim:hang_up()
  world.sleep(15)
  sim:operate("Kitchen/Lamp", "dim", 0.75)
  sim:listen(world.listen())
  process:wait_for("dim is 0.75", 60) -- the delay between attempts grows to a minute
  said_lost_and_back(process)
end)

world.scene("the hub at home answers without a default route", { limit = 60 }, function(sim)
  local process = listen(sim)
  world.client "ip route del default"
  sim:operate("Kitchen/Lamp", "dim", 0.25)
  process:wait_for("dim is 0.25", 2)
  assert.same({}, complaints(process))
  sim:operate("Kitchen/Lamp", "dim", 0.75)
  sim:hang_up()
  process:wait_for("dim is 0.75", 20)
  world.client "ip route add default via 192.168.1.1"
end)

world.scene("the machine's cable is unplugged for 20 s", { limit = 150 }, function(sim)
  local process = listen(sim)
  world.client "ip link set c0 down"
  sim:operate("Kitchen/Lamp", "dim", 0.25)
  world.sleep(20)
  world.client "ip link set c0 up; ip route add default via 192.168.1.1"
  sim:operate("Kitchen/Lamp", "dim", 0.75)
  process:wait_for("dim is 0.75", 60) -- the delay between attempts grows to a minute
  assert.is_true(#complaints(process) <= 2, process:out())
end)

world.scene("the cloud name replaces a dead LAN until it is back", { limit = 240 },
  function(sim)
  local process = listen(sim)
  sim:reset_log()
  world.blackhole(world.ip.hub)
  world.wait_for("it comes by the cloud name", function() return world.services(sim).remote end, 60)
  sim:operate("Kitchen/Lamp", "dim", 0.25)
  process:wait_for "dim is 0.25"
  sim:reset_log()
  world.restore(world.ip.hub)
  world.wait_for("it comes over the LAN again", function() return world.services(sim).secure end,
    120)
  sim:operate("Kitchen/Lamp", "dim", 0.75)
  process:wait_for "dim is 0.75"
  said_lost_and_back(process)
end)

world.scene("the machine gets a new address", { limit = 150 }, function(sim)
  local process = listen(sim)
  world.client("ip address del 192.168.1.50/24 dev c0; ip address add 192.168.1.51/24 dev c0; ip "
    .. "route add default via 192.168.1.1")
  sim:operate("Kitchen/Lamp", "dim", 0.25)
  -- connections of the old address hang until the heartbeat closes them
  process:wait_for("dim is 0.25", 60)
  sim:operate("Kitchen/Lamp", "dim", 0.75)
  process:wait_for "dim is 0.75"
  assert.is_true(#complaints(process) <= 2, process:out())
end)

world.scene("the machine has IPv6 only, and reaches the hub by its cloud name",
  { ipv6 = true, limit = 90 }, function(sim)
  world.client "ip -4 address flush dev c0"
  local names = {}
  for name, addresses in pairs(
    world.cloud_names(function(service) return { world.ip6[service] } end)) do
    names[name] = addresses[1]
  end
  world.dns.stop()
  world.hosts(names)
  listen(sim)
  local services = world.services(sim)
  assert.is_true(services.remote > 0)
  assert.is_nil(services.secure)
end)
