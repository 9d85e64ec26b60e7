-- Proxies of the environment: HTTPS_PROXY and NO_PROXY.
local world = require "spec.world.world"

local proxy_ip = "192.168.1.2"
local proxy_url = "http://192.168.1.2:3128"

local script = [[
local ok, err = pcall(function()
  homey.login(email, password)
  return homey.get "/api/manager/system/name"
end)
print(ok and "logged in" or err.kind .. ": " .. err.message)
]]

for _, name in ipairs { "HTTPS_PROXY", "ALL_PROXY" } do
  world.scene("reaches the cloud through " .. name .. ", and the hub without it",
    function(sim)
    world.address.add(proxy_ip)
    local proxy = world.proxy(proxy_ip)
    world.client "ip route del default"
    local run = world.run(script, { env = { [name] = proxy_url } })
    assert.equal("logged in\n", run.out)
    assert.matches("CONNECT accounts%.athom%.com:443\n", proxy:out())
    assert.matches("CONNECT api%.athom%.com:443\n", proxy:out())
    assert.not_matches("192", proxy:out())
    assert.is_true(world.services(sim).secure > 0)
  end)
end

world.scene("reaches the hub's cloud name through a proxy, with events", {
  sim = { listen = world.listen_without("secure", "plain") },
}, function(sim)
  world.address.add(proxy_ip)
  world.proxy(proxy_ip)
  world.client "ip route del default"
  local process = world.start([[
    homey.login(email, password)
    homey.device("Kitchen/Lamp"):on("dim", function(value) print("dim is " .. value) end)
    homey.run()
  ]], { env = { HTTPS_PROXY = proxy_url } })
  world.wait_for("it listens", function() return sim:state().sockets == 1 end)
  sim:operate("Kitchen/Lamp", "dim", 0.25)
  process:wait_for "dim is 0.25"
end)

world.scene("receives events again after the proxy was down for 10 s", {
  limit = 120, sim = { listen = world.listen_without("secure", "plain") },
}, function(sim)
  world.address.add(proxy_ip)
  local proxy = world.proxy(proxy_ip)
  world.client "ip route del default"
  local process = world.start([[
    homey.login(email, password)
    homey.device("Kitchen/Lamp"):on("dim", function(value) print("dim is " .. value) end)
    homey.on("connect", function() print "connected" end)
    homey.on("disconnect", function() print "lost" end)
    homey.run()
  ]], { env = { ALL_PROXY = proxy_url } })
  process:wait_for "connected"
  proxy:signal "KILL"
  process:wait_for("lost", 30)
  world.sleep(10)
  sim:operate("Kitchen/Lamp", "dim", 0.25)
  world.proxy(proxy_ip)
  process:wait_for("dim is 0.25", 60)
end)

world.scene("connects without the proxy to names in NO_PROXY", function()
  -- no proxy runs
  local run = world.run(script, { env = { HTTPS_PROXY = proxy_url, NO_PROXY = "athom.com" } })
  assert.equal("logged in\n", run.out)
end)

world.scene("names the proxy when it demands a password", function()
  world.address.add(proxy_ip)
  world.proxy(proxy_ip, 407)
  local run = world.run(script, { env = { HTTPS_PROXY = proxy_url } })
  assert.matches("^network: the proxy 192%.168%.1%.2:3128 .* wants a user name and a password",
    run.out)
end)

world.scene("reaches a hub without TLS without the proxy", {
  sim = { api_version = 2, listen = world.listen_without("secure", "remote") },
}, function(sim)
  world.address.add(proxy_ip)
  local proxy = world.proxy(proxy_ip)
  local env = { ALL_PROXY = proxy_url, http_proxy = proxy_url, HTTPS_PROXY = proxy_url }
  assert.equal("logged in\n", world.run(script, { env = env }).out)
  assert.not_matches("192", proxy:out())
  assert.is_true(world.services(sim).plain > 0)
end)

local credentials = "bWU6U2VjcmV0MQ==" -- me:Secret1

world.scene("sends the password of the proxy's URL to the proxy only",
  function(sim)
  world.address.add(proxy_ip)
  local proxy = world.proxy(proxy_ip, 200, credentials)
  world.client "ip route del default"
  local run = world.run(script,
    { env = { HTTPS_PROXY = "http://me:Secret1@192.168.1.2:3128", HOMEY_TRACE = "1" } })
  assert.equal("logged in\n", run.out)
  assert.matches("CONNECT accounts%.athom%.com:443\n", proxy:out())
  assert.not_matches("Secret1", run.err)
  assert.not_matches(credentials, run.err, 1, true)
  for _, entry in ipairs(sim:log()) do
    assert.is_nil((entry.headers or {})["proxy-authorization"])
  end
end)

for what, user in pairs { ["no password"] = "", ["a wrong password"] = "me:Secret2@" } do
  world.scene("names the proxy when it is sent " .. what ,
    function()
    world.address.add(proxy_ip)
    world.proxy(proxy_ip, 200, credentials)
    local run = world.run(script,
      { env = { HTTPS_PROXY = "http://" .. user .. "192.168.1.2:3128" } })
    assert.matches("^network: the proxy 192%.168%.1%.2:3128 .* wants a user name and a password",
      run.out)
    assert.not_matches("Secret2", run.out)
  end)
end

world.scene("names a proxy that does not resolve", function()
  local run = world.run(script, { env = { HTTPS_PROXY = "http://proxy.example:3128" } })
  assert.matches("^network: .*proxy%.example", run.out)
end)
