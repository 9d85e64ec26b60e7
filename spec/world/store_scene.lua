-- Stored logins on machines without HOME, with a full disk or a read-only disk.
local world = require "spec.world.world"

local folder = world.folder .. "/state"

local function env(more)
  local all = { HOMEY_STATE_DIR = folder }
  for name, value in pairs(more or {}) do all[name] = value end
  return all
end

local credentials = { HOMEY_EMAIL = world.email, HOMEY_PASSWORD = world.password }

-- A folder with its own file system, which all programs of the scene see.
local function mount(where, options)
  world.shell(("mkdir -p %s && mount -t tmpfs -o mode=700,%s tmpfs %s")
    :format(where, options, where))
end

local function log_in()
  local login = world.command({ "bin/homey", "login" }, { env = env(credentials) })
  assert.same({ 0, "" }, { login.code, login.err })
end

local function is_lit(sim) return sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value end

local function lit(sim, value)
  return function() return is_lit(sim) == value end
end

-- A program that stays, and uses its login when the scene asks it to.
local staying = [[
  homey.login()
  homey.device("Hall/Motion"):on("alarm_motion", function(value) homey.device("Kitchen/Lamp"):set("onoff", value) end)
  print "done"
  homey.run()
]]

local function stay(sim)
  local process = world.start(staying, { env = env() })
  process:wait_for "done"
  world.wait_for("it listens", function() return sim:state().sockets == 1 end)
  return process
end

local function is_warned_once(process)
  local _,
    warnings = process:err()
      :gsub("warning: the login cannot be saved yet, and is kept in memory", "")
  local _, lines = process:err():gsub("\n", "")
  assert.equal(1, warnings, process:err())
  assert.is_true(lines <= 2, process:err()) -- the second is about the journal
end

local function tokens_run_out(sim)
  sim:expire "bearer"
  sim:expire "access"
end

world.scene("stores a login when HOME is not set", function(sim)
  world.shell "mkdir -p /root; mount -t tmpfs -o mode=700 tmpfs /root"
  local login = world.command({ "bin/homey", "login" }, {
    env = { HOME = false, HOMEY_EMAIL = world.email, HOMEY_PASSWORD = world.password },
  })
  assert.same({ 0, "" }, { login.code, login.err })
  assert.matches("\nThe login is stored in /root/%.local/state/homey%.\n$", login.out)
  local set = world.command({ "bin/homey", "set", "Kitchen/Lamp", "onoff", "on" },
    { env = { HOME = false } })
  assert.same({ 0, "", "" }, { set.code, set.out, set.err })
  assert.is_true(is_lit(sim))
end)

world.scene("continues with a full disk, and saves its login later", { limit = 180 },
  function(sim)
  mount(folder, "size=64k")
  log_in()
  local process = stay(sim)
  world.shell(("cat /dev/zero >%s/ballast 2>/dev/null; true"):format(folder))
  tokens_run_out(sim)
  sim:operate("Hall/Motion", "alarm_motion", true)
  world.wait_for("the lamp is on", lit(sim, true))
  tokens_run_out(sim)
  sim:operate("Hall/Motion", "alarm_motion", false)
  world.wait_for("the lamp is off", lit(sim, false))
  is_warned_once(process)
  world.shell(("rm %s/ballast"):format(folder))
  world.sleep(65) -- it tries again after 30 s and after 60 s
  process:signal "KILL"
  local get = world.command({ "bin/homey", "get", "Kitchen/Lamp", "onoff" }, { env = env() })
  assert.same({ 0, "false\n", "" }, { get.code, get.out, get.err })
end)

world.scene("works with a read-only disk", function(sim)
  mount(folder, "size=1m")
  log_in()
  world.shell("mount -o remount,bind,ro " .. folder)
  local set = world.command({ "bin/homey", "get", "Kitchen/Lamp", "onoff" }, { env = env() })
  assert.equal(0, set.code, set.err)
  local process = stay(sim)
  tokens_run_out(sim)
  sim:operate("Hall/Motion", "alarm_motion", true)
  world.wait_for("the lamp is on", lit(sim, true))
  is_warned_once(process)
end)
