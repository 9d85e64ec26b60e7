-- Whole login chain, a change and events, from an e-mail address and a password.
local world = require "spec.world.world"

local script = [[
homey.login(email, password)
local lamp = homey.device "Kitchen/Lamp"
lamp:on("dim", function(value) print("dim is " .. value) end)
lamp:set("onoff", true)
print("lamp is on: " .. tostring(lamp:get "onoff"))
homey.run()
]]

-- Returns the services that answered a program that logs in, sets a value and gets an event.
local function play(sim)
  local process = world.start(script)
  process:wait_for "lamp is on: true"
  world.wait_for("it listens", function() return sim:state().sockets == 1 end)
  sim:operate("Kitchen/Lamp", "dim", 0.25)
  process:wait_for "dim is 0.25"
  assert.is_true(sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value)
  assert.equal("", process:err())
  local names = {}
  for name in pairs(world.services(sim)) do names[#names + 1] = name end
  table.sort(names)
  return table.concat(names, " ")
end

world.scene("logs in, sets a value and receives events over TLS", { every = true }, function(sim)
  assert.equal("accounts api secure", play(sim))
end)

world.scene("does the same when the hub has only a cloud name", {
  sim = { listen = world.listen_without("secure", "plain") },
}, function(sim)
  assert.equal("accounts api remote", play(sim))
end)

world.scene("does the same away from home, by the cloud name", function(sim)
  world.blackhole(world.ip.hub)
  assert.equal("accounts api remote", play(sim))
end)

world.scene("does the same over plain http when the hub has no TLS", {
  sim = { listen = world.listen_without("secure", "remote") },
}, function(sim)
  assert.equal("accounts api plain", play(sim))
end)

world.scene("the C example logs in and switches a lamp", function(sim)
  local lamp = sim:device "Kitchen/Lamp"
  local run = world.command({ os.getenv "HOMEY_TEST_BUILD" .. "/examples/switch", lamp.id, "on" }, {
    env = { HOMEY_EMAIL = world.email, HOMEY_PASSWORD = world.password },
  })
  assert.same({ 0, "" }, { run.code, run.err })
  assert.is_true(sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value)
end)

-- Runs the command in a terminal, types a text at the prompt, and returns what the terminal shows.
local function at_terminal(prompt, keys, ...)
  return world.command({ "perl", "spec/support/terminal.pl", prompt, keys, "bin/homey", ... }).out
end

world.scene("the command logs in at a terminal and switches a lamp", function(sim)
  local shown = at_terminal("Password: ", world.password .. "\\r", "login", world.email)
  local told = "Password: \r\nLogged in to Sunny House as " .. world.email .. ".\r\n"
  assert.equal(told, shown:sub(1, #told))
  assert.matches("^The login is stored in /%S+%.\r\n$", shown:sub(#told + 1))
  assert.equal("", at_terminal("none", "", "set", "Kitchen/Lamp", "onoff", "on"))
  assert.is_true(sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value)
end)
