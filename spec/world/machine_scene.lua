-- Unusual machines: without a home folder, a locale, a time zone or an open stderr, with few
-- descriptors, or stopped for minutes.
local world = require "spec.world.world"

local once = [[
homey.login(email, password)
homey.device("Kitchen/Lamp"):set("onoff", true)
print "done"
]]

local function is_on(sim) return sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value == true end

-- A program that prints to a file, since its stdout may be closed.
local function told(path) return world.read(world.folder .. "/" .. path) end

world.scene("works in the C locale", function(sim)
  local run = world.run(once, { env = { LANG = "C", LC_ALL = "C" } })
  assert.equal("done\n", run.out, run.err)
  assert.is_true(is_on(sim))
end)

world.scene("works without /etc/localtime and without zoneinfo", function(sim)
  world.shell "rm -f /etc/localtime /etc/timezone; mount -t tmpfs none /usr/share/zoneinfo"
  local run = world.run(once .. [[
    local _, err = homey.try(homey.at, "sunset", print)
    print(err.kind, (err.message:find("zone", 1, true)) ~= nil)
    homey.every("1 h", print):cancel()
  ]])
  assert.equal("done\ninvalid\ttrue\n", run.out, run.err)
  assert.is_true(is_on(sim))
end)

world.scene("takes the time zone as a rule when zoneinfo is missing", function()
  world.shell "rm -f /etc/localtime /etc/timezone; mount -t tmpfs none /usr/share/zoneinfo"
  local run = world.run [[
    homey.login{ email = email, password = password, timezone = "CET-1CEST,M3.5.0,M10.5.0/3" }
    homey.at("sunset", print):cancel()
    homey.at("22:30 mon-fri", print):cancel()
    print "done"
  ]]
  assert.equal("done\n", run.out, run.err)
end)

world.scene("works with stdin, stdout and stderr closed", function(sim)
  world.write(world.folder .. "/closed.lua", ([[
    local homey = require "homey"
    homey.login(%q, %q)
    homey.log("warning", "nobody reads this")
    homey.device("Kitchen/Lamp"):set("onoff", true)
    local file = io.open("/run/world/told", "w")
    file:write "done"
    file:close()
  ]]):format(world.email, world.password))
  local run = world.command { "sh", "-c", 'exec "$HOMEY_LUA" /run/world/closed.lua <&- >&- 2>&-' }
  assert.equal(0, run.code, run.err)
  assert.equal("done", told "told")
  assert.is_true(is_on(sim))
end)

world.scene("works with twenty descriptors", function(sim)
  world.write(world.folder .. "/few.lua", ([[
    local homey = require "homey"
    homey.login(%q, %q)
    homey.device("Kitchen/Lamp"):on("dim", function(value) print("dim is " .. value) io.stdout:flush() end)
    homey.devices{ class = "light" }:set("onoff", true)
    print "done"
    io.stdout:flush()
    homey.run()
  ]]):format(world.email, world.password))
  local process = world.start_command {
    "sh", "-c", 'ulimit -n 20; exec "$HOMEY_LUA" /run/world/few.lua',
  }
  process:wait_for "done"
  world.wait_for("it listens", function() return sim:state().sockets == 1 end)
  sim:operate("Kitchen/Lamp", "dim", 0.25)
  process:wait_for "dim is 0.25"
end)

local function nobody(command)
  world.shell [[
    { echo 'root:x:0:0:root:/root:/bin/sh'
      echo 'nobody:x:65534:65534:nobody:/proc/nonexistent:/usr/sbin/nologin'; } >/etc/passwd]]
  return "exec unshare --user --map-user=65534 --map-group=65534 " .. command
end

world.scene("tells a user without a home folder how to store a login", function()
  world.write(world.folder .. "/nobody.lua", ([[
    local homey = require "homey"
    local _, err = homey.try(homey.login, %q, %q)
    print(err.kind, err.message:find("state_dir", 1, true) ~= nil)
    homey.login{ email = %q, password = %q, state_dir = "/run/world/kept" }
    homey.device("Kitchen/Lamp"):set("onoff", true)
    print "done"
  ]]):format(world.email, world.password, world.email, world.password))
  for _, env in ipairs { { HOME = false }, { HOME = "/proc/nonexistent" } } do
    local run = world.command({ "sh", "-c", nobody '"$HOMEY_LUA" /run/world/nobody.lua' },
      { env = env })
    assert.equal("invalid\ttrue\ndone\n", run.out, run.err)
  end
end)

-- WORLD_STOP=300 stops it for longer.
world.scene("receives missed events after it was stopped for minutes", { limit = 420 },
  function(sim)
  local process = world.start [[
    homey.login(email, password)
    local lamp = homey.device "Kitchen/Lamp"
    lamp:on("dim", function(value) print("dim is " .. value) end)
    homey.every("10 s", function() print "tick" end)
    lamp:set("onoff", true)
    print "done"
    homey.run()
  ]]
  process:wait_for "done"
  world.wait_for("it listens", function() return sim:state().sockets == 1 end)
  process:signal "STOP"
  world.sleep(5)
  sim:operate("Kitchen/Lamp", "dim", 0.25)
  world.sleep(tonumber(os.getenv "WORLD_STOP") or 65)
  local before = #process:out()
  process:signal "CONT"
  process:wait_for("dim is 0.25", 40)
  sim:operate("Kitchen/Lamp", "dim", 0.75)
  process:wait_for("dim is 0.75", 40)
  local _, ticks = process:out():sub(before + 1):gsub("tick", "")
  assert.is_true(ticks <= 5, "missed ticks are made up for: " .. ticks)
  assert.equal("", process:err())
end)
