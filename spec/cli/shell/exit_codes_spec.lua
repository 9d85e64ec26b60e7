-- Exit codes of the command, each by a failure that has it; with --json the error is an object.
local command = require "spec.support.command"
local core = require "homey.core"
local exit_codes = require "homey.cli.exit_codes"
local logins = require "spec.support.logins"
local page = require "spec.support.page"

local quoted, unpack = logins.quoted, table.unpack or unpack -- luacheck: compat

describe("the exit code of homey", function()
  local env, sim, folder

  setup(function()
    env, sim = command.at_sim()
    folder = command.folder()
  end)
  teardown(command.leave_sim)
  after_each(function() sim:clear() end)

  local function with(changes)
    local set = {}
    for _, each in ipairs { env, changes } do
      for name, value in pairs(each) do set[name] = value:gsub("^NONE$", folder .. "/none") end
    end
    return set
  end

  local bug = [[package.preload["homey.cli.state_text"] = function() error "it is broken" end]]

  -- kind, code, arguments, environment, what the simulator does
  for what, case in pairs {
    ["of a condition that is false"] = { nil, 1, { "condition", "on", "device=Hall/Siren" } },
    ["of an answer that makes no sense"] = { "protocol", 1, { "devices" },
      sim = { kind = "html", route = "zones" } },
    ["of a wrong option"] = { "invalid", 2, { "devices", "--zoen", "x" } },
    ["of a wrong value"] = { "invalid", 2, { "variable", "Guests", "many" } },
    ["of a login that is refused"] = { "unauthorized", 3, { "devices" },
      env = { HOMEY_TOKEN = "1:2:3" } },
    ["of no login"] = { "credentials", 3, { "devices" },
      env = { HOMEY_TOKEN = "", HOMEY_ADDRESS = "", HOMEY_STATE_DIR = "NONE" } },
    ["of what is not there"] = { "not_found", 4, { "get", "Kitchen/Lmap" } },
    ["of a hub that is away"] = { "offline", 5, { "devices" },
      env = { HOMEY_ADDRESS = "http://127.0.0.1:1" } },
    ["of a hub that does not answer in time"] = { "timeout", 5, { "devices", "--timeout", "0.3s" },
      sim = { kind = "hang", route = "zones" } },
    ["of a hub that refuses"] = { "forbidden", 6, { "zones" },
      sim = { kind = "status", route = "zones", status = 403 } },
    ["of a hub that fails"] = { "hub", 6, { "zones" },
      sim = { kind = "status", route = "zones", status = 500 } },
    ["of a mistake in homey"] = { "bug", 70, { "devices" }, env = { LUA_INIT = bug } },
  } do
    it(case[2] .. " is that " .. what, function()
      if case.sim then sim:fault(case.sim) end
      local code, _, err = command.run(with(case.env or {}), unpack(case[3]))
      assert.equal(case[2], code, err)
      if not case[1] then return assert.equal("", err) end
      assert.matches("^homey " .. case[3][1] .. ": %S", err)
    end)

    if case[1] and case[3][1] == "devices" or case[3][1] == "get" then
      it(("%d comes with an object for a program %s"):format(case[2], what), function()
        if case.sim then sim:fault(case.sim) end
        local words = { unpack(case[3]) }
        words[#words + 1] = "--json"
        local code, out, err = command.run(with(case.env or {}), unpack(words))
        assert.same({ case[2], "" }, { code, out }, err)
        local object = assert(core.decode(err), err)
        assert.same({ case[3][1], case[1], case[2] }, { object.command, object.kind, object.code })
        assert.matches("%S", object.message)
        assert.is_true(object.hint == core.null or object.hint:find "%.$" ~= nil)
        assert.matches("^[^\n]+\n$", err)
      end)
    end
  end

  it("0 is that of what is done", function()
    assert.same({ 0, "", "" }, { command.run(env, "set", "Hall/Lamp", "onoff", "on") })
  end)

  it("is documented for each kind of error", function()
    local listed, text = {}, page.read "docs/command.md"
    for _, each in ipairs(exit_codes.meanings) do
      listed[each[1]] = true
      assert.truthy(text:find(("\n| %d | "):format(each[1]), 1, true), each[1])
    end
    for kind, code in pairs(exit_codes.of_kind) do assert.is_true(listed[code], kind) end
    assert.is_true(listed[exit_codes.usage] and listed[exit_codes.bug])
  end)

  it("keeps the service from a restart after 2 and 3", function()
    assert.matches("\nRestartPreventExitStatus=2 3\n", page.read "examples/systemd/homey.service")
    assert.equal(2, (command.run(env, "run", "/nothing/here")))
    assert.equal(3, (command.run(with { HOMEY_TOKEN = "1:2:3", HOMEY_STATE_DIR = "" }, "run",
      "examples/automations/motion_light.lua")))
  end)

  describe("130 of Ctrl-C comes without a word", function()
    for what, words in pairs {
      ["while the hub hangs"] = { "get", "Kitchen/Lamp" },
      ["while a list is awaited"] = { "devices", "--json" },
      ["while something is changed"] = { "set", "Kitchen/Lamp", "onoff", "on" },
      ["in a request"] = { "api", "GET", "/api/manager/system/" },
    } do
      it(what, function()
        sim:reset_log()
        sim:fault { kind = "hang" }
        local process = command.start(env, unpack(words))
        command.until_true("it asks the hub", function() return #sim:log() > 0 end)
        process:signal "INT"
        assert.same({ 130, "" }, { process:ended(), process:said() })
      end)
    end

    it("while it watches", function()
      local process = command.start(env, "watch", "--jsonl")
      command.until_true("it watches", function()
        sim:operate("Hall/Motion", "alarm_motion", math.random() < 0.5)
        return process:said() ~= ""
      end)
      process:signal "INT"
      assert.equal(130, process:ended())
      assert.is_nil(process:said():find("homey", 1, true), process:said())
    end)

    it("while it reads its input", function()
      logins.shell("mkfifo " .. quoted(folder .. "/input"))
      local held = assert(io.open(folder .. "/input", "r+")) -- nothing comes, and it does not end
      local line = "{ bin/homey api POST /x - <%s/input >%s/out 2>&1 & "
        .. "echo $! >%s/pid; wait $!; echo $? >%s/code; } 2>/dev/null &"
      os.execute((line:gsub("%%s", folder)))
      command.until_true("it has started", function()
        local pid = command.read(folder .. "/pid"):match "%d+"
        local name = pid and command.read(("/proc/%s/cmdline"):format(pid))
        return name and name:find("bin/homey\0api", 1, true) and not name:find("^/bin/sh")
      end)
      core.pause(0.2 * command.slow)
      os.execute("kill -INT $(cat " .. quoted(folder .. "/pid") .. ")")
      command.until_true("it ends", function() return command.read(folder .. "/code") ~= "" end)
      held:close()
      assert.equal("130\n", command.read(folder .. "/code"))
      assert.equal("", command.read(folder .. "/out"))
    end)

    it("at the password", function()
      local words = { "env", logins.exits, "HOMEY_STATE_DIR=" .. quoted(folder .. "/none") }
      local program = table.concat(words, " ") .. " bin/homey login --password me@example.com; "
        .. "echo ended with $?"
      local pipe = io.popen(("perl spec/support/terminal.pl Password: '\\003' sh -c %s")
        :format(quoted(program)))
      local shown = pipe:read "*a":gsub("\r", "")
      pipe:close()
      assert.equal("Password: \nended with 130\n", shown)
    end)
  end)
end)
