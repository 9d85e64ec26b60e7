-- After a power cut the machine starts before its network, the internet or the hub.
local world = require "spec.world.world"

local credentials = { HOMEY_EMAIL = world.email, HOMEY_PASSWORD = world.password }

local function log_in()
  local login = world.command({ "bin/homey", "login" }, { env = credentials })
  assert.equal(0, login.code, login.err)
end

local function start(options)
  world.write(world.folder .. "/automation.lua", [[
    local homey = require "homey"
    local lamp = homey.device "Kitchen/Lamp"
    lamp:on("dim", function(value) print("dim is " .. value) end)
    lamp:set("onoff", true)
    print "ready"
  ]])
  options = options or {}
  options.merged = true
  return world.start_command({ "bin/homey", "run", world.folder .. "/automation.lua" }, options)
end

-- The program runs and listens, and has logged little.
local function assert_runs(sim, process)
  process:wait_for("ready", 90)
  world.wait_for("it listens", function() return sim:state().sockets == 1 end)
  sim:operate("Kitchen/Lamp", "dim", 0.25)
  process:wait_for "dim is 0.25"
  local count = 0
  for line in process:out():gmatch "[^\n]+" do
    if line:find " warning: " or line:find " error: " then count = count + 1 end
  end
  assert.is_true(count <= 3, process:out())
end

-- What is missing at the start: how to remove it, and how to bring it back.
local missing = {
  ["the network"] = {
    function() world.client "ip link set c0 down" end,
    function() world.client "ip link set c0 up; ip route add default via 192.168.1.1" end,
  },
  ["an address"] = {
    function() world.client "ip address flush dev c0" end,
    function()
      world.client "ip address add 192.168.1.50/24 dev c0; ip route add default via 192.168.1.1"
    end,
  },
  ["the hub, its line dead,"] = {
    function()
      world.blackhole(world.ip.hub)
      world.blackhole(world.ip.remote)
    end,
    function()
      world.restore(world.ip.hub)
      world.restore(world.ip.remote)
    end,
  },
}

for what, change in pairs(missing) do
  world.scene(what .. " is up 15 s after a program with a stored login", { limit = 150 },
    function(sim)
    log_in()
    change[1]()
    local process = start()
    world.sleep(15)
    change[2]()
    assert_runs(sim, process)
  end)
end

local away = {
  ["the network"] = missing["the network"],
  ["DNS"] = { world.dns.silence, world.dns.answer },
  ["the hub, its line dead,"] = missing["the hub, its line dead,"],
}

for what, change in pairs(away) do
  world.scene(what .. " is up 15 s after a program that logs in for the first time",
    { limit = 150 }, function(sim)
    change[1]()
    local process = start { env = credentials }
    world.sleep(15)
    change[2]()
    assert_runs(sim, process)
  end)
end
