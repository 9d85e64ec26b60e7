-- Wrong clocks: a machine that starts in 1970 and sets its clock later, and one that is days ahead.
local world = require "spec.world.world"

local clock = world.folder .. "/clock"

-- faketime reads the time of day of a program from this file; the monotonic clock stays real.
local function env()
  local library =
    world.shell("ls /usr/lib/*/faketime/libfaketime.so.1 /usr/lib*/faketime/libfaketime.so.1 "
      .. "2>/dev/null | head -n 1")
  return {
    LD_PRELOAD = library:match "%S+", FAKETIME_TIMESTAMP_FILE = clock, FAKETIME_NO_CACHE = "1",
    FAKETIME_DONT_FAKE_MONOTONIC = "1",
    FAKETIME_DONT_RESET = "1",
  }
end

world.scene("a clock in 1970 is reported, and the login follows when it is set",
  function(sim)
  world.write(clock, "-20000d")
  local process = world.start([[
    local year = os.date "!%Y"
    print("it is before 1980: " .. tostring(tonumber(year) < 1980))
    local _, err = homey.try(homey.login, email, password)
    print(err.kind, err.message:find("clock", 1, true) ~= nil)
    while not homey.try(homey.login, email, password) do homey.sleep(0.5) end
    homey.device("Kitchen/Lamp"):set("onoff", true)
    print "done"
    local file = io.open "/run/world/go_on"
    while not file do homey.sleep(0.1) file = io.open "/run/world/go_on" end
    homey.device("Kitchen/Lamp"):set("onoff", false)
    print "still there"
  ]], { env = env() })
  process:wait_for "it is before 1980: true"
  process:wait_for "tls\ttrue"
  world.write(clock, "+0d")
  process:wait_for "done"
  world.write(world.folder .. "/go_on", "")
  process:wait_for "still there"
  assert.equal(0, process:ended().code)
  sim:reset_log()
  local run = world.run [[
    homey.login()
    print(homey.device("Kitchen/Lamp"):get "onoff")
  ]]
  assert.equal("false\n", run.out, run.err)
  assert.is_nil(world.services(sim).accounts)
end)

world.scene("a clock two days ahead works, also when it is set", function(sim)
  world.write(clock, "+2d")
  local process = world.start([[
    homey.login(email, password)
    local lamp = homey.device "Kitchen/Lamp"
    lamp:on("dim", function(value) print("dim is " .. value) end)
    homey.at("*/5 * * * *", function() end)
    print "done"
    homey.run()
  ]], { env = env() })
  process:wait_for "done"
  world.wait_for("it listens", function() return sim:state().sockets == 1 end)
  world.write(clock, "+0d")
  sim:operate("Kitchen/Lamp", "dim", 0.25)
  process:wait_for "dim is 0.25"
  sim:reset_log()
  local run = world.run [[
    homey.login()
    print(homey.device("Kitchen/Lamp"):get "dim")
  ]]
  assert.equal("0.25\n", run.out, run.err)
  assert.is_nil(world.services(sim).accounts)
end)
