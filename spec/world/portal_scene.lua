-- A captive portal: every name leads to one box, which redirects plain http and shows a certificate of its own.
local world = require "spec.world.world"

local box_ip = "203.0.113.99"
local options = { status = 302, location = "http://portal.example/welcome", hosts = { "portal.example" } }

-- The boxes of a portal, which takes whatever goes to port 80 and 443, also to the hub's address at home.
local function portal()
  world.address.add(box_ip)
  local boxes = { world.box(box_ip, options), world.box(world.ip.hub, options) }
  world.dns.start { all = box_ip }
  return boxes
end

local function assert_told_nothing(boxes)
  for _, box in ipairs(boxes) do
    for _, secret in ipairs { "[Bb]earer", "Sunny", "password", "token" } do assert.not_matches(secret, box:out()) end
  end
end

local try = [[
local ok, err = pcall(function()
  homey.login(email, password)
  return homey.get "/api/manager/system/name"
end)
print(ok and "logged in" or err.kind .. ": " .. err.message)
]]

world.scene("a captive portal at the first login is told no password", {
  sim = { listen = world.listen_without("secure", "plain") },
}, function()
  local boxes = portal()
  local run = world.run(try)
  assert.matches("^tls: .*certificate", run.out)
  assert.is_true(run.took < 5, run.took)
  assert_told_nothing(boxes)
end)

world.scene("a captive portal is told nothing of a stored login", function(sim)
  assert.equal("logged in\n", world.run(try).out)
  sim:listen { secure = false, plain = false }
  local boxes = portal()
  local run = world.run(try)
  assert.matches("^tls: .*192%-168%-1%-20%.homey%.homeylocal%.com showed a certificate that cannot be trusted", run.out)
  assert_told_nothing(boxes)
  world.dns.start()
  assert.equal("logged in\n", world.run(try).out)
end)

world.scene("the provider's page for every name: the hub at home is heard all the same", function(sim)
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
