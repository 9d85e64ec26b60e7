-- Captive portal: every name resolves to one box, which redirects plain http and has its own
-- certificate.
local world = require "spec.world.world"

local box_ip = "203.0.113.99"
local options = {
  status = 302, location = "http://portal.example/welcome", hosts = { "portal.example" },
}

-- The boxes of a portal, which answers on ports 80 and 443 of every address, also of the hub.
local function portal()
  world.address.add(box_ip)
  local boxes = { world.box(box_ip, options), world.box(world.ip.hub, options) }
  world.dns.start { all = box_ip }
  return boxes
end

local function assert_told_nothing(boxes)
  for _, box in ipairs(boxes) do
    for _, secret in ipairs { "[Bb]earer", "Sunny", "password", "token" } do
      assert.not_matches(secret, box:out())
    end
  end
end

local try = [[
local ok, err = pcall(function()
  homey.login(email, password)
  return homey.get "/api/manager/system/name"
end)
print(ok and "logged in" or err.kind .. ": " .. err.message)
]]

world.scene("a captive portal gets no password at the first login", {
  sim = { listen = world.listen_without("secure", "plain") },
}, function()
  local boxes = portal()
  local run = world.run(try)
  assert.matches("^tls: .*certificate", run.out)
  assert.matches("Check for the login page of this network", run.out)
  assert.is_true(run.took < 5, run.took)
  assert_told_nothing(boxes)
end)

world.scene("a captive portal gets no token of a stored login", function(sim)
  assert.equal("logged in\n", world.run(try).out)
  sim:listen { secure = false, plain = false }
  local boxes = portal()
  local run = world.run(try)
  assert.matches(
    "^tls: .*192%-168%-1%-20%.homey%.homeylocal%.com showed a certificate that cannot be trusted",
    run.out)
  assert.matches("Check for the login page of this network", run.out)
  assert_told_nothing(boxes)
  world.dns.start()
  assert.equal("logged in\n", world.run(try).out)
end)

world.scene("events of the hub arrive when the provider answers every name",
  function(sim)
  local process = world.start [[
    homey.login(email, password)
    homey.device("Kitchen/Lamp"):on("dim", function(value) print("dim is " .. value) end)
    homey.run()
  ]]
  world.wait_for("it listens", function() return sim:state().sockets == 1 end)
  world.address.add(box_ip)
  local box = world.box(box_ip, options)
  world.dns.start { all = box_ip }
  sim:hang_up()
  sim:operate("Kitchen/Lamp", "dim", 0.25)
  process:wait_for "dim is 0.25"
  assert_told_nothing { box }
end)

world.scene("an error names a captive portal when the hub has no TLS", {
  sim = { api_version = 2, listen = world.listen_without("secure") },
}, function(sim)
  assert.equal("logged in\n", world.run(try).out)
  sim:listen { plain = false, remote = false }
  local boxes = portal()
  local run = world.run(try, { seconds = 40 })
  assert.matches("http://192%.168%.1%.20 redirects to another page, as no Homey does", run.out)
  assert.matches("Check for the login page of this network", run.out)
  assert_told_nothing(boxes)
end)

-- Ends the portal after some seconds: names resolve again, and the hub has its address back.
local function through(sim, boxes, seconds)
  world.sleep(seconds)
  for _, box in ipairs(boxes) do
    box:signal "KILL"
    box:ended()
  end
  sim:listen(world.listen())
  world.dns.start()
end

world.scene("a program receives events after a captive portal is passed",
  { limit = 120 }, function(sim)
  world.write(world.folder .. "/listener.lua", [[
    require("homey").device("Kitchen/Lamp"):on("dim", function(value) print("dim is " .. value) end)
  ]])
  local login = world.command({ "bin/homey", "login" },
    { env = { HOMEY_EMAIL = world.email, HOMEY_PASSWORD = world.password } })
  assert.equal(0, login.code, login.err)
  local process = world.start_command({ "bin/homey", "run", world.folder .. "/listener.lua" },
    { merged = true })
  world.wait_for("it listens", function() return sim:state().sockets == 1 end)
  sim:listen { secure = false, plain = false, remote = false }
  sim:hang_up()
  local boxes = portal()
  sim:operate("Kitchen/Lamp", "dim", 0.25)
  through(sim, boxes, 15)
  process:wait_for("dim is 0.25", 60)
  local _, warnings = process:out():gsub("warning: ", "")
  assert.equal(1, warnings, process:out())
  assert_told_nothing(boxes)
end)

world.scene("`within` waits until a captive portal is passed", { limit = 120 }, function(sim)
  assert.equal("logged in\n", world.run(try).out)
  sim:listen { secure = false, plain = false, remote = false }
  local boxes = portal()
  local process = world.start [[
    homey.login(email, password)
    homey.device("ff469433-66b3-458d-ad73-14530d8f9b39"):set("onoff", true, { within = "3 min" })
    print "set"
  ]]
  through(sim, boxes, 8)
  process:wait_for("set", 60)
  assert.is_true(sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value)
  local _, warnings = process:err():gsub("warning: ", "")
  assert.equal(1, warnings, process:err())
  assert_told_nothing(boxes)
end)
