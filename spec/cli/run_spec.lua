-- `homey run` as a process against the simulated hub, with a user, an editor and a service manager.
local command = require "spec.support.command"
local core = require "homey.core"
local cs = require "cqueues.socket"
local logins = require "spec.support.logins"
local support = require "spec.support.sim"

describe("homey run", function()
  local sim, env, folder, scripts

  setup(function() sim = support.start() end)
  teardown(support.stop)

  before_each(function()
    logins.reset(sim)
    folder = command.folder()
    scripts = folder .. "/scripts"
    logins.shell("mkdir " .. scripts)
    env = command.with_key(sim, folder .. "/state")
  end)
  after_each(command.tidy)

  local function write(name, text) command.write(scripts .. "/" .. name, text) end
  local function start(...) return command.start(env, "run", ...) end

  local function end_by(process, signal)
    process:signal(signal)
    return process:ended()
  end

  it("runs each file of a folder with one login", function()
    write("evening.lua", [[
      local homey = require "homey"
      homey.login("somebody@example.com", "else")
      homey.device("Hall/Motion"):on("alarm_motion", { to = true }, function()
        homey.device("Kitchen/Lamp"):set("onoff", true)
        print("lit")
      end)
      print("listens")
      homey.run()
    ]])
    write("_module.lua", "error 'a module is no script'")
    write("evening_spec.lua", "error 'nor is a test'")
    local process = start(scripts)
    process:wait_for "evening.lua: started"
    process:wait_for "evening.lua: listens"
    sim:operate("Hall/Motion", "alarm_motion", false)
    command.until_true("the lamp goes on", function()
      sim:operate("Hall/Motion", "alarm_motion", true)
      return sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value
    end)
    process:wait_for "evening.lua: lit"
    assert.equal(0, end_by(process, "TERM"))
    assert.falsy(process:said():find("module", 1, true))
    assert.falsy(process:said():find("nor is", 1, true))
    assert.falsy(process:said():find(sim.pat_options.token, 1, true))
  end)

  it("gives a script its arguments, from words and from homey.conf.lua", function()
    local script = [[
      local homey = require "homey"
      homey.login()
      local args = homey.args { lamp = "device", level = { "number", default = 0.5 } }
      args.lamp:set("dim", args.level)
      print("set", args.lamp)
    ]]
    write("a.lua", script)
    write("_b.lua", script)
    write("homey.conf.lua",
      "return { { '_b.lua', name = 'two', args = { lamp = 'Hall/Lamp', level = 0.7 } } }")
    local process = start(scripts .. "/a.lua", "lamp=Kitchen/Lamp", scripts)
    for _, text in ipairs { "a.lua: set\tKitchen/Lamp", "_b.lua (two): set\tHall/Lamp",
      "a.lua needs the argument `lamp`" } do
      command.until_true(text, function() return process:said():find(text, 1, true) end)
    end
    assert.equal(0.5, sim:device("Kitchen/Lamp").capabilitiesObj.dim.value)
    assert.equal(0.7, sim:device("Hall/Lamp").capabilitiesObj.dim.value)
    assert.equal(0, end_by(process, "TERM"))
  end)

  it("reloads, keeps state, survives errors, ends deleted files", function()
    local text = "local s = require 'homey'.state('count'); s.n = (s.n or 0) + 1; print('run', s.n)"
    write("a.lua", text)
    local process = start(scripts)
    process:wait_for "a.lua: run\t1"
    write("a.lua", text .. " -- again")
    process:wait_for "a.lua: run\t2"
    process:wait_for "a.lua: reloaded"
    write("a.lua", "local = ")
    process:wait_for "a.lua: .*The previous version keeps running"
    write("b.lua", "print 'new'")
    process:wait_for "b.lua: started"
    os.remove(scripts .. "/b.lua")
    process:wait_for "b.lua: removed"
    -- replaced by a rename
    logins.shell(("printf '%%s' \"%s\" > %s/.tmp && mv %s/.tmp %s/a.lua")
      :format(text, scripts, scripts, scripts))
    process:wait_for "a.lua: run\t3"
    assert.equal(0, end_by(process, "INT"))
  end)

  it("reloads next to a task that computes, and stops it", function()
    write("busy.lua", [[
      local homey = require "homey"
      homey.limits { compute = "1 h" }
      homey.after("0.1 s", function() print "computing" while true do end end)
    ]])
    write("a.lua", "print 'first'")
    local process = start(scripts)
    process:wait_for "busy.lua: computing"
    write("a.lua", "print 'second'")
    process:wait_for "a.lua: second"
    assert.matches(
      "busy.lua: .*this ran for 1.5 s without pausing while something else was due, and was "
        .. "stopped", process:said())
    assert.equal(0, end_by(process, "INT"))
  end)

  it("reports a failed file and starts it when saved", function()
    write("a.lua", [[
      local homey = require "homey"
      homey.every("0.05 s", function() print "still here" end)
      local function switch() homey.device("Nonesuch"):set("onoff", true) end
      switch()
    ]])
    local process = start(scripts)
    process:wait_for "a.lua: stopped%. Save the file to restart it%."
    local said = process:said()
    assert.matches("a.lua:3: there is no device 'Nonesuch'", said, 1, true)
    assert.matches("stack traceback:\n%s+%S*a.lua:3: in", said)
    assert.is_nil(said:find("lua/homey/", 1, true))
    write("a.lua", "print 'mended'")
    process:wait_for "a.lua: mended"
    said = process:said()
    -- it may wait for the hub before
    assert.is_nil(said:find("still here", said:find "stopped. Save", true))
    assert.equal(0, end_by(process, "INT"))
  end)

  it("completes the reverts of a killed run", function()
    write("a.lua", [[
      local homey = require "homey"
      homey.device("Kitchen/Lamp"):set("onoff", true, { revert_after = "6 s" })
      homey.sleep "1100 ms"
      print "kept"
    ]])
    local function is_on() return sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value end
    sim:operate("Kitchen/Lamp", "onoff", false)
    local process = start(scripts)
    process:wait_for "a.lua: kept"
    end_by(process, "KILL")
    assert.is_true(is_on())
    write("a.lua", "require 'homey'.every('1 h', function() end)")
    process = start(scripts)
    command.until_true("the lamp goes off", function() return not is_on() end)
    assert.equal(0, end_by(process, "TERM"))
  end)

  it("reports an empty folder and starts added files", function()
    write("a_test.lua", "print 'a test'")
    local process = start(scripts)
    process:wait_for("warning: there is no automation in " .. scripts:gsub("%p", "%%%0") .. " yet")
    write("b.lua", "print 'new'")
    process:wait_for "b.lua: new"
    assert.equal(0, end_by(process, "TERM"))
  end)

  it("continues when a handler raises", function()
    write("a.lua", "\nrequire 'homey'.every('100 ms', function() error 'nothing works' end)")
    write("b.lua", "require 'homey'.every('100 ms', function() print 'ticks' end)")
    local process = start(scripts)
    process:wait_for "error: a.lua: .*a.lua:2: nothing works"
    process:wait_for "b.lua: ticks"
    process:wait_for "b.lua: ticks"
    assert.equal(0, end_by(process, "TERM"))
  end)

  it("continues when a file calls os.exit", function()
    write("a.lua",
      "require 'homey'.after('100 ms', function() os.exit(3) end) require 'homey'.run()")
    write("b.lua", "require 'homey'.every('100 ms', function() print 'ticks' end)")
    local process = start(scripts)
    process:wait_for "error: a.lua: stopped: the script called os.exit%(3%)"
    process:wait_for "b.lua: ticks"
    write("a.lua", "print 'well'")
    process:wait_for "a.lua: well"
    assert.equal(0, end_by(process, "TERM"))
  end)

  it("reloads everything on SIGHUP", function()
    write("a.lua", "print 'well'")
    local process = start(scripts)
    process:wait_for "a.lua: well"
    process:signal "HUP"
    process:wait_for "Reloading all"
    process:wait_for "a.lua: well"
    assert.equal(0, end_by(process, "TERM"))
  end)

  it("logs JSON on request", function()
    write("a.lua", [[print '"quoted" ö']])
    local process = start("--json", scripts)
    process:wait_for "quoted"
    assert.equal(0, end_by(process, "TERM"))
    local lines = 0
    for line in process:said():gmatch "[^\n]+" do
      local entry = core.decode(line)
      assert.matches("^%d%d%d%d%-%d%d%-%d%dT", entry.time)
      assert.is_string(entry.level)
      if entry.file == "a.lua" and entry.text == '"quoted" ö' then lines = lines + 1 end
    end
    assert.equal(1, lines)
  end)

  it("changes nothing in a dry run", function()
    write("a.lua", "require 'homey'.device('Kitchen/Lamp'):set('dim', 0.11) print 'done'")
    local process = start("--dry-run", scripts)
    process:wait_for "dry run, not sent: Kitchen/Lamp: dim = 0.11"
    process:wait_for "done"
    assert.equal(0, end_by(process, "TERM"))
    assert.not_equal(0.11, sim:device("Kitchen/Lamp").capabilitiesObj.dim.value)
  end)

  it("notifies systemd of ready, alive and stopping", function()
    local path = folder .. "/notify"
    local manager = assert(cs.listen { path = path, type = cs.SOCK_DGRAM })
    manager:setmode("bn", "bn")
    manager:onerror(function(_, _, code) return code end)
    env.NOTIFY_SOCKET, env.WATCHDOG_USEC = path, "200000"
    write("a.lua", "print 'well'")
    local process, heard = start(scripts), ""
    local function hears(what)
      command.until_true("systemd hears " .. what, function()
        heard = heard .. (manager:recv(-4096, "b") or "")
        return heard:find(what, 1, true)
      end)
    end
    hears "READY=1"
    hears "WATCHDOG=1"
    process:signal "TERM"
    hears "STOPPING=1"
    assert.equal(0, process:ended())
    manager:close()
  end)

  it("waits for a hub that is off", function()
    write("a.lua", "print 'well'")
    sim:fault { kind = "status", status = 503, times = 1 }
    local process = start(scripts)
    process:wait_for "Next attempt in"
    process:wait_for "a.lua: well"
    assert.equal(0, end_by(process, "TERM"))
  end)

  it("logs that the hub is lost and back", function()
    write("a.lua", "require 'homey'.on('connect', function() print 'listens' end)")
    local process = start(scripts)
    process:wait_for "listens"
    sim:drop "1 s"
    process:wait_for "warning: lost the connection to the hub: %C+"
    process:wait_for "info: reconnected to the hub after %d+ s"
    assert.equal(0, end_by(process, "TERM"))
  end)

  it("ends with a message when waiting is useless", function()
    write("a.lua", "print 'well'")
    env.HOMEY_TOKEN = "no:such:key"
    local process = start(scripts)
    assert.equal(3, process:ended())
    assert.matches("API key", process:said())
  end)

  describe("with a dead login", function()
    local email

    before_each(function()
      email = sim.options.email
      env = {
        HOMEY_STATE_DIR = folder .. "/state", HOMEY_CAFILE = sim.cafile,
        HOMEY_CONNECT_TO = table.concat(sim.options.connect_to, ","),
      }
      write("a.lua",
        "require 'homey'.device('Hall/Motion'):on('alarm_motion', function() end) print 'listens'")
    end)

    local function log_in()
      command.write(folder .. "/typed", sim.options.password .. "\n")
      local code, _,
        err = command.piped(env, "<" .. logins.quoted(folder .. "/typed"), "login", email)
      assert.same({ 0, "" }, { code, err })
    end

    local function count(text, pattern) return select(2, text:gsub(pattern, "")) end

    it("asks for a login once and starts when stored", function()
      local process = start(scripts)
      process:wait_for("error: no login is stored here%. %C+ Log in with `homey login`%. This "
        .. "program then continues by itself%.")
      log_in()
      process:wait_for "logged in to Sunny House"
      process:wait_for "a.lua: listens"
      assert.equal(1, count(process:said(), "error:"))
      assert.equal(0, end_by(process, "TERM"))
    end)

    it("continues after a change of the password", function()
      log_in()
      local process = start(scripts)
      process:wait_for "a.lua: listens"
      for _, token in ipairs { "refresh", "access", "bearer" } do sim:expire(token) end -- in this
      sim:kick() -- order, since it could renew the bearer in between
      process:wait_for("error: %C+expired%C+ Log in with `homey login`%. This program then "
        .. "continues by itself%.")
      local before = #sim:log()
      core.pause(2.5)
      assert.equal(before, #sim:log()) -- a refused login is not tried again
      log_in()
      process:wait_for "logged in to Sunny House"
      assert.is_nil(process:said():find("table:", 1, true))
      assert.equal(0, end_by(process, "TERM"))
    end)

    it("ends on a signal meanwhile", function()
      local process = start(scripts)
      process:wait_for "homey login"
      assert.equal(0, end_by(process, "TERM"))
    end)
  end)

  it("sleeps while nothing happens", function()
    local function wakes(pid)
      return tonumber(command.read(("/proc/%d/status"):format(pid))
        :match "voluntary_ctxt_switches:%s*(%d+)")
    end
    for i = 1, 5 do
      write(i .. ".lua",
        "require 'homey'.device('Hall/Motion'):on('alarm_motion', function() end) print 'listens'")
    end
    sim:set { ping_interval = 25000, ping_timeout = 20000 }
    local process = start(scripts)
    for _ = 1, 5 do process:wait_for "listens" end
    if wakes(process.pid) then -- only Linux counts wake-ups
      -- after the start
      command.until_true("it wakes up ten times a second at most", function()
        local before = wakes(process.pid)
        core.pause(1)
        return wakes(process.pid) - before <= 10
      end)
    end
    assert.equal(0, end_by(process, "TERM"))
  end)

  -- Sanitizers and Valgrind use memory, too; only Linux reports resident memory.
  if command.slow == 1 and command.read "/proc/self/status" ~= "" then
    it("runs fifty automations in less than 15 MB", function()
      logins.shell(("cp examples/automations/_*.lua %s"):format(scripts))
      for i = 1, 5 do
        logins.shell(("for f in $(grep -L 'homey.args\\|sim.home' examples/automations/[a-z]*.lua "
          .. '| head -n 10); do cp "$f" "%s/%d_${f##*/}"; done'):format(scripts, i))
      end
      local process = start(scripts)
      for _ = 1, 50 do process:wait_for "lua: started" end
      command.until_true("it needs less than 15 MB", function()
        local resident = command.read(("/proc/%d/status"):format(process.pid))
          :match "VmRSS:%s*(%d+)"
        return tonumber(resident) < 15000
      end)
      assert.equal(0, end_by(process, "TERM"))
      assert.falsy(process:said():find("error:", 1, true))
    end)
  end
end)

describe("the service files", function()
  it("are valid for their managers", function()
    logins.shell "sh -n examples/openwrt/homey.init"
    local text = command.read "examples/systemd/homey.service"
    for _, line in ipairs { "Type=notify", "WatchdogSec=60", "ExecReload=/bin/kill %-HUP %$MAINPID",
      "Restart=on%-failure" } do
      assert.matches("\n" .. line .. "\n", text)
    end
  end)
end)
