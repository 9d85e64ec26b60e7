-- Login by a browser, which runs on the client like homey: real names, certificates and ports.
local world = require "spec.world.world"

local callback = "http://localhost/?code="

-- What a browser does in which somebody is logged in to the cloud. `follow` is where it goes then.
local function browse(url, follow)
  local jwt = world.client(("curl -sS --data-urlencode 'email=%s' --data-urlencode 'password=%s' "
    .. "https://accounts.athom.com/login"):format(world.email, world.password))
    :match '"token":"([^"]+)"'
  return world.client(("curl -sS %s '%s&user_token=%s'"):format(follow, url, assert(jwt)))
end

local function start(...)
  local process = world.start_command({ "bin/homey", "login", ... }, { merged = true })
  local url = process:wait_for "https://api%.athom%.com/oauth2/authorise%S+"
  return process, url
end

local function assert_logged_in()
  local run = world.command { "bin/homey", "status", "--format", "{account} {hub} {address}" }
  assert.equal("sunny@example.com Sunny House https://192-168-1-20.homey.homeylocal.com\n", run.out,
    run.err)
end

world.scene("a browser brings the code of a login to port 80 of this machine", function(sim)
  local process, url = start "--browser"
  assert.matches("homey has the code and logs in now%.", browse(url, "-L"))
  local run = process:ended()
  assert.equal(0, run.code, run.out)
  assert.matches("\nLogged in to Sunny House as sunny@example%.com%.\n", run.out)
  assert_logged_in()
  assert.equal(1, sim:state().counts.authorisations)
end)

world.scene("a user who may not listen on port 80 is told whether another program does", function()
  local options = { before = "setpriv --bounding-set=-net_bind_service", merged = true }
  local free = world.start_command({ "bin/homey", "login", "--browser" }, options)
  free:wait_for "Not waiting for the browser: port 80 cannot be listened on %(Permission denied%)%."
  free:wait_for "The browser is not opened from here: there is no screen here%."
  local other = world.start [[
    local socket = assert(require("homey.system").listen(80))
    print "ready"
    homey.sleep(60)
    socket:close()
  ]]
  other:wait_for "^ready"
  local taken = world.start_command({ "bin/homey", "login", "--browser" }, options)
  taken:wait_for "Not waiting for the browser: port 80 is already in use%."
  taken:wait_for "the program that uses the port would get the code%."
end)

world.scene("a login by browser hears nobody outside this machine", function()
  local process, url = start "--browser"
  local location = browse(url, "-o /dev/null -w '%{redirect_url}'")
  assert.equal(callback, location:sub(1, #callback))
  local ok = pcall(world.shell, ("curl -sS -m 5 '%s'"):format(location:gsub("localhost",
    "192.168.1.50")))
  assert.is_false(ok)
  assert.is_nil(process:code())
  assert.matches("logs in now", world.client(("curl -sS '%s'"):format(location)))
  local run = process:ended()
  assert.equal(0, run.code, run.out)
  assert_logged_in()
end)

world.scene("a login by browser goes on where another program has its port", function()
  world.write(world.folder .. "/web.lua", [[
    local socket = assert(require("homey.system").listen(80))
    io.write "listening\n"
    io.stdout:flush()
    require("homey.core").pause(60)
    socket:close()
  ]])
  local lua = os.getenv "HOMEY_LUA" or "lua5.4"
  local other = world.start_command { lua, world.folder .. "/web.lua" }
  other:wait_for "listening"
  os.execute(("mkfifo %s/typed"):format(world.folder))
  local process = world.start_command({ "sh", "-c",
    ("sleep 60 >%s/typed & exec bin/homey login --browser <%s/typed"):format(world.folder,
    world.folder) }, { merged = true })
  local url = process:wait_for "https://api%.athom%.com/oauth2/authorise%S+"
  process:wait_for "Not waiting for the browser: port 80 is already in use%."
  local location = browse(url, "-o /dev/null -w '%{redirect_url}'")
  world.shell(("echo '%s' >%s/typed"):format(location, world.folder))
  process:wait_for "Logged in to Sunny House as sunny@example%.com%."
  world.wait_for("it ends", function() return process:code() == 0 end)
  assert_logged_in()
end)
