-- Plain http, at home and in a foreign network whose impostor repeats the id of the hub's ping.
local world = require "spec.world.world"

-- Impostor: answers on port 80 like the hub, with the id of the request. Prints what it receives.
local stranger = [[
local cqueues = require "cqueues"
local sockets = require "cqueues.socket"
io.stdout:setvbuf "line"
local queue = cqueues.new()
local function serve(socket)
  socket:onerror(function(_, _, why) return why end)
  socket:setmode("b", "b")
  while true do
    local id, line = "", socket:xread("*L", 60)
    if not line then return socket:close() end
    while line and line ~= "\r\n" do
      print((line:gsub("%s+$", "")))
      id = line:match "^[Xx]%-[Hh]omey%-[Ii][Dd]: (%S+)" or id
      line = socket:xread("*L", 60)
    end
    socket:xwrite(("HTTP/1.1 200 OK\r\nX-Homey-ID: %s\r\nX-Homey-Version: 3.2.0\r\nContent-Type: application/json\r\n" ..
      "Content-Length: 4\r\n\r\ntrue"):format(id), "bn", 10)
  end
end
local listener = assert(sockets.listen { host = arg[1], port = 80, reuseaddr = true })
assert(listener:listen())
queue:wrap(function() for socket in listener:clients() do queue:wrap(serve, socket) end end)
print "ready"
assert(queue:loop())
]]

local once = [[
local ok, err = pcall(function()
  homey.login(%s)
  return homey.get "/api/manager/system/name"
end)
print(ok and err or err.kind .. ": " .. err.message)
]]

local function run(login)
  return world.run(once:format(login or "email, password"), { seconds = 40 })
end

local function listens(sim)
  local process = world.start [[
    homey.login(email, password)
    homey.device("Kitchen/Lamp"):on("dim", function(value) print("dim is " .. value) end)
    homey.run()
  ]]
  world.wait_for("it listens", function() return sim:state().sockets == 1 end)
  return process
end

-- A network in which another machine has the hub's local address.
local function go_away(sim)
  sim:listen { secure = false, plain = false }
  sim:hang_up()
  sim:reset_log()
  local process = world.serve(stranger, world.ip.hub)
  process:wait_for "ready"
  return process
end

local function assert_told_nothing(process)
  for _, secret in ipairs { "[Bb]earer", "Authorization", "Cookie", "/login", "socket%.io",
    "/api/manager/devices" } do
    assert.not_matches(secret, process:out())
  end
end

world.scene("an impostor gets no token, and the cloud name is used",
  function(sim)
  assert.equal("Sunny House\n", run().out)
  local process = go_away(sim)
  assert.equal("Sunny House\n", run().out)
  assert.equal("Sunny House\n", run("{ email = email, password = password, fresh = true }").out)
  assert.is_true(world.services(sim).remote > 0)
  assert_told_nothing(process)
end)

world.scene("an impostor gets no token at the first login",
  function(sim)
  local process = go_away(sim)
  sim:set { addresses = { localUrlSecure = "https://192-168-1-20.homey.homeylocal.com",
    localUrl = "http://192.168.1.20" } }
  assert.equal("Sunny House\n", run().out)
  assert_told_nothing(process)
end)

world.scene("an impostor gets no token when the hub has no other address",
  function(sim)
  assert.equal("Sunny House\n", run().out)
  local process = go_away(sim)
  sim:listen { remote = false }
  assert.matches("^offline: ", run().out)
  assert_told_nothing(process)
  -- proves that the check above would see a token
  run "{ email = email, password = password, plain_http = 'allow' }"
  assert.matches("[Bb]earer", process:out())
end)

world.scene("an impostor gets no token from a program that listens",
  { limit = 120 }, function(sim)
  local process = listens(sim)
  local there = go_away(sim)
  world.wait_for("it listens by the cloud name", function()
    return sim:state().sockets == 1 and world.services(sim).remote
  end, 60)
  sim:operate("Kitchen/Lamp", "dim", 0.25)
  process:wait_for "dim is 0.25"
  assert_told_nothing(there)
end)

world.scene("an address given with http:// is left when TLS has worked there",
  function(sim)
  assert.equal("Sunny House\n",
    run("{ email = email, password = password, address = 'http://192.168.1.20' }").out)
  local process = go_away(sim)
  assert.equal("Sunny House\n",
    run("{ email = email, password = password, address = 'http://192.168.1.20' }").out)
  assert_told_nothing(process)
end)

world.scene("an address given without http:// never uses plain http", {
  sim = { listen = world.listen_without("secure") },
}, function(sim)
  local run = run "{ address = '192.168.1.20', token = 'a:b:c' }"
  assert.matches("^%a+: .*https://192", run.out)
  assert.is_nil(world.services(sim).plain)
end)

local old = { sim = { api_version = 2, listen = world.listen_without("secure") } }

world.scene("a hub without TLS is reached at its local address, with events", old, function(sim)
  local process = listens(sim)
  sim:operate("Kitchen/Lamp", "dim", 0.25)
  process:wait_for "dim is 0.25"
  local services = world.services(sim)
  assert.is_true(services.plain > 0)
  assert.is_nil(services.remote)
end)

world.scene("a hub without TLS is reached by its cloud name with plain_http = never",
  old, function(sim)
  assert.equal("Sunny House\n",
    run("{ email = email, password = password, plain_http = 'never' }").out)
  local services = world.services(sim)
  assert.is_true(services.remote > 0)
  assert.is_nil(services.plain)
end)
