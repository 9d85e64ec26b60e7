-- DNS: answers that are slow, lost, wrong or missing, and other sources of names.
local world = require "spec.world.world"

local log_in = [[
homey.login(email, password)
print("name: " .. homey.get "/api/manager/system/name")
]]

-- Prints the kind and the message of the error of a login.
local fail_to_log_in = [[
local ok, err = pcall(homey.login, email, password)
print(ok and "logged in" or err.kind .. ": " .. err.message)
]]

-- Logs in, and returns how long it took.
local function logs_in(most)
  local run = world.run(log_in, { seconds = most })
  assert.same({ "name: Sunny House\n", "", 0 }, { run.out, run.err, run.code })
  return run.took
end

world.scene("finds names that only /etc/hosts has", { every = true }, function()
  world.dns.stop()
  world.hosts { ["accounts.athom.com"] = world.ip.accounts, ["api.athom.com"] = world.ip.api }
  logs_in(10)
end)

world.scene("waits for answers that take 3 s", function()
  world.dns.start { delay = 3 }
  local took = logs_in(20)
  assert.is_true(took > 6 and took < 12, took) -- accounts and api
end)

world.scene("asks again when the first answers are lost", function()
  world.dns.start { lose = 1 }
  local took = logs_in(30)
  assert.is_true(took > 10 and took < 20, took) -- the system's resolver asks again after 5 s
end)

for _, rcode in ipairs { "NXDOMAIN", "SERVFAIL" } do
  for name, at in pairs { ["accounts.athom.com"] = "the login", ["api.athom.com"] = "the token" } do
    world.scene(("names the host that does not resolve: %s for %s"):format(rcode, at), function()
      world.dns.start { rcode = rcode, only = name }
      local run = world.run(fail_to_log_in, { seconds = 20 })
      assert.matches("^network: .*resolve .*" .. name:gsub("%.", "%%."), run.out)
    end)
  end

  world.scene(("names the hub's cloud name when it does not resolve: %s"):format(rcode),
    {
    sim = { listen = world.listen_without("secure", "plain") },
  }, function()
    world.dns.start { rcode = rcode, only = "connect" }
    local run = world.run(fail_to_log_in, { seconds = 20 })
    assert.matches("^offline: .*" .. world.hub_id .. "%.connect%.athom%.com", run.out)
    assert.matches("resolve", run.out)
  end)
end

for how, fault in pairs {
  ["does not answer"] = world.dns.silence, ["refuses"] = world.dns.stop,
} do
  world.scene("uses a stored login without DNS: the server " .. how, function()
    logs_in(20)
    fault()
    -- the best of several: the machine may be busy
    local took = math.min(logs_in(20), logs_in(20), logs_in(20))
    assert.is_true(took < 2, took)
  end)
end

world.scene("works with a router that drops private addresses from answers", function(sim)
  world.dns.start { names = { ["192-168-1-20.homey.homeylocal.com"] = false } }
  logs_in(10)
  assert.is_nil(world.services(sim).remote)
end)

world.scene("continues with resolved names when DNS fails", { every = true }, function(sim)
  local process = world.start [[
    homey.login(email, password)
    local lamp = homey.device "Kitchen/Lamp"
    lamp:on("dim", function(value)
      lamp:set("onoff", value > 0.5)
      print("dim is " .. value)
    end)
    homey.run()
  ]]
  world.wait_for("it listens", function() return sim:state().sockets == 1 end)
  world.dns.silence()
  sim:operate("Kitchen/Lamp", "dim", 0.75)
  process:wait_for "dim is 0.75"
  sim:drop "1 s"
  world.sleep(1)
  world.wait_for("it listens again", function() return sim:state().sockets == 1 end)
  sim:operate("Kitchen/Lamp", "dim", 0.25)
  process:wait_for "dim is 0.25"
end)

world.scene("uses an A record when the address of the AAAA is dead", { ipv6 = true },
  function()
  world.dns.start { names = world.cloud_names(function(service)
    return { "2001:db8:9::1", world.ip[service] }
  end) }
  local took = logs_in(20)
  assert.is_true(took < 5, took)
end)

world.scene("uses an A record of the cloud name when the AAAA is dead", {
  ipv6 = true, sim = { listen = world.listen_without("secure", "plain") },
}, function()
  world.dns.start { names = world.cloud_names(function(service)
    return { "2001:db8:9::1", world.ip[service] }
  end) }
  local took = logs_in(20)
  assert.is_true(took < 8, took)
end)

world.scene("reaches a cloud that has only AAAA records", {
  ipv6 = true, sim = { listen = world.listen_without("secure", "plain") },
}, function()
  world.dns.start { names = world.cloud_names(function(service) return { world.ip6[service] } end) }
  logs_in(10)
end)

world.scene("asks again for the hub's cloud name when answers are lost", {
  sim = { listen = world.listen_without("secure", "plain") },
}, function()
  world.dns.start { lose = 1 }
  local took = logs_in(40)
  assert.is_true(took > 15 and took < 25, took)
end)

world.scene("names the host that gets no answer at the first login", function()
  world.dns.silence()
  local run = world.run(fail_to_log_in, { seconds = 40 })
  assert.matches("^network: .*resolve .*accounts%.athom%.com", run.out)
end)

world.scene("says for each address why it failed when the hub is off", function()
  logs_in(20)
  world.dns.silence()
  world.address.del(world.ip.hub)
  local run = world.run(fail_to_log_in
    .. "\nprint(select(2, pcall(homey.get, '/api/manager/system/name')))", { seconds = 50 })
  assert.matches("192%-168%-1%-20%.homey%.homeylocal%.com did not answer in time", run.out)
  assert.matches(world.hub_id .. "%.connect%.athom%.com cannot be found by name", run.out)
  -- 15 s for the first name, and less for those after it
  assert.is_true(run.took < 25, run.took)
end)
