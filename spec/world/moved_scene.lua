-- Moved hub: it has a new address, and another machine has the old one.
local world = require "spec.world.world"

local new_ip = "192.168.1.30"

local once = [[
local ok, err = pcall(function()
  homey.login(email, password)
  return homey.get "/api/manager/system/name"
end)
print(ok and "logged in" or err.kind .. ": " .. err.message)
]]

local listener = [[
homey.login(email, password)
homey.device("Kitchen/Lamp"):on("dim", function(value) print("dim is " .. value) end)
homey.run()
]]

-- A program that has logged in and listens.
local function listen(sim)
  local process = world.start(listener)
  world.wait_for("it listens", function() return sim:state().sockets == 1 end)
  return process
end

-- Moves the hub: it answers only at the new address, which the account now has.
local function move(sim, cloud_is_silent)
  world.address.add(new_ip)
  sim:listen { secure = new_ip .. ":443", plain = new_ip .. ":80" }
  if cloud_is_silent then world.blackhole(world.ip.remote) end
  sim:hang_up()
  sim:reset_log()
end

-- Machines at the old address. Each function returns what the machine received, or nothing.
local newcomers = {
  ["nobody"] = function() world.address.del(world.ip.hub) end,
  ["a web server that says 200 to all"] = function() return world.box(world.ip.hub) end,
  ["a device with a certificate of the same domain"] = function()
    return world.box(world.ip.hub,
      { authority = world.authority, hosts = { "*.homey.homeylocal.com" } })
  end,
  ["another Homey"] = function()
    world.sim {
      home = { homey = { id = "5d9f2e8b01c36e47f9a21d58", name = "Next door" }, devices = {} },
      listen = { secure = world.ip.hub .. ":443", plain = world.ip.hub .. ":80" },
    }
  end,
}

-- Never answers: the kernel accepts its connections, and no program reads them.
local silent = [[
local sockets = require "cqueues.socket"
local list = {}
for i, port in ipairs { 80, 443 } do
  list[i] = assert(sockets.listen { host = arg[1], port = port, reuseaddr = true })
  assert(list[i]:listen())
end
io.stdout:write "ready\n"
io.stdout:flush()
require("cqueues").sleep(1000)
]]

newcomers["a box that says nothing"] = function()
  local box = world.serve(silent, world.ip.hub)
  box:wait_for "ready"
  return box
end

local function assert_told_nothing(box)
  if box then assert.not_matches("[Bb]earer", box:out()) end
end

-- An unknown machine may get a ping, and nothing else.
local pinged = "X%-Homey%-ID of an unknown Homey"

local function listening(who, how, cloud_is_silent)
  local name = ("the hub has moved, at its old address is %s, %s"):format(who, how)
  world.scene(name, { limit = 90, complaints = pinged }, function(sim)
    local process = listen(sim)
    move(sim, cloud_is_silent)
    local box = newcomers[who]()
    world.wait_for("it listens at the new address",
      function() return world.services(sim).secure end, 30)
    sim:operate("Kitchen/Lamp", "dim", 0.25)
    process:wait_for "dim is 0.25"
    assert_told_nothing(box)
  end)
end

local function command(who, how, cloud_is_silent)
  local name = ("a command works when the hub has moved, at its old address is %s, %s")
    :format(who, how)
  world.scene(name, { complaints = pinged }, function(sim)
    assert.equal("logged in\n", world.run(once).out)
    move(sim, cloud_is_silent)
    local box = newcomers[who]()
    local run = world.run(once, { seconds = 40 })
    assert.equal("logged in\n", run.out)
    assert.is_true(run.took < 15, run.took)
    assert_told_nothing(box)
    if cloud_is_silent then assert.is_true(world.services(sim).secure > 0) end
  end)
end

for who in pairs(newcomers) do
  listening(who, "and its cloud name is silent", true)
  command(who, "and its cloud name is silent", true)
  command(who, "and its cloud name answers")
end
listening("a web server that says 200 to all", "and its cloud name answers")

world.scene(
  "finds a moved hub without TLS when a web server has its old address", {
  limit = 90, sim = { api_version = 2, listen = world.listen_without("secure") },
}, function(sim)
  local process = listen(sim)
  world.address.add(new_ip)
  sim:listen { plain = new_ip .. ":80" }
  world.blackhole(world.ip.remote)
  sim:hang_up()
  local box = world.box(world.ip.hub)
  sim:reset_log()
  assert.equal("logged in\n", world.run(once, { seconds = 40 }).out)
  world.wait_for("the program listens at the new address",
    function() return sim:state().sockets == 1 end, 120)
  sim:operate("Kitchen/Lamp", "dim", 0.25)
  process:wait_for "dim is 0.25"
  assert_told_nothing(box)
end)

-- No internet: the cloud's addresses do not answer.
local function go_offline() world.client "ip route del default" end

world.scene(
  "a program on the cloud name learns the new address, and continues without internet", {
  limit = 150,
}, function(sim)
  local process = listen(sim)
  move(sim)
  world.box(world.ip.hub)
  world.wait_for("it listens at the new address", function() return world.services(sim).secure end,
    120)
  go_offline()
  sim:hang_up()
  sim:operate("Kitchen/Lamp", "dim", 0.25)
  process:wait_for("dim is 0.25", 60)
end)

world.scene(
  "a command that renews its login learns the new address for later use", {
  limit = 90,
}, function(sim)
  assert.equal("logged in\n", world.run(once).out)
  move(sim)
  world.box(world.ip.hub)
  assert.equal("logged in\n", world.run(once, { seconds = 40 }).out)
  sim:expire "bearer"
  assert.equal("logged in\n", world.run(once, { seconds = 40 }).out)
  go_offline()
  local run = world.run(once, { seconds = 40 })
  assert.equal("logged in\n", run.out)
  assert.is_true(run.took < 5, run.took)
end)

world.scene("a command with an expired access token finds the moved hub",
  { complaints = pinged }, function(sim)
  assert.equal("logged in\n", world.run(once).out)
  move(sim, true)
  newcomers["another Homey"]()
  sim:expire "access"
  assert.equal("logged in\n", world.run(once, { seconds = 40 }).out)
  go_offline()
  assert.equal("logged in\n", world.run(once, { seconds = 40 }).out)
end)

world.scene(
  "short commands learn the new address for use without internet", {
  limit = 90,
}, function(sim)
  assert.equal("logged in\n", world.run(once).out)
  move(sim)
  world.box(world.ip.hub)
  -- each ends when the cloud's relay has answered, and keeps what it has learnt
  for _ = 1, 10 do
    local run = world.run(once, { seconds = 40 })
    assert.equal("logged in\n", run.out)
    if world.services(sim).secure then break end
  end
  go_offline()
  local run = world.run(once, { seconds = 40 })
  assert.equal("logged in\n", run.out)
  assert.is_true(run.took < 5, run.took)
end)

for who in pairs(newcomers) do
  world.scene("`homey login` finds the moved hub, whose old address has " .. who,
    { complaints = pinged }, function(sim)
    assert.equal("logged in\n", world.run(once).out)
    move(sim, true)
    local box = newcomers[who]()
    local login = world.command({ "bin/homey", "login" }, {
      env = { HOMEY_EMAIL = world.email, HOMEY_PASSWORD = world.password }, seconds = 40,
    })
    assert.equal(0, login.code, login.err)
    -- it does not try the old addresses first, which may hang for 5 s
    assert.is_true(login.took < 4, login.took)
    go_offline()
    local run = world.run(once, { seconds = 40 })
    assert.equal("logged in\n", run.out)
    assert.is_true(run.took < 5, run.took)
    assert_told_nothing(box)
  end)
end

world.scene("the hub is found again after 15 s, although user/me lists no address",
  { limit = 150 }, function(sim)
  local process = world.start(listener)
  world.wait_for("it listens", function() return sim:state().sockets == 1 end)
  sim:set { addresses = { localUrlSecure = false, localUrl = false, ipInternal = false,
    remoteUrlForwarded = false, remoteUrl = false } }
  sim:listen { secure = false, plain = false, remote = false }
  sim:hang_up()
  world.sleep(15)
  sim:reset_log()
  sim:listen(world.listen())
  sim:operate("Kitchen/Lamp", "dim", 0.25)
  process:wait_for("dim is 0.25", 60) -- the delay between attempts grows to a minute
  assert.is_true(world.services(sim).secure > 0)
end)
