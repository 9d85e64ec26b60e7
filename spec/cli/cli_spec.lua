-- Command `homey`: runs as a process, with output, input and exit codes.
local command = require "spec.support.command"
local logins = require "spec.support.logins"
local support = require "spec.support.sim"

local quoted = logins.quoted

describe("the homey command", function()
  local sim, env, folder

  setup(function() sim = support.start() end)
  teardown(support.stop)

  before_each(function()
    logins.reset(sim)
    folder = command.folder()
    env = command.with_key(sim, folder .. "/state")
  end)
  after_each(command.tidy)

  for what, case in pairs {
    ["says which it is"] = { { "--version" }, 0, "^homey %d+%.%d+%.%d+\n$", "^$" },
    ["says which it is, by a word"] = { { "version" }, 0, "^homey %d+%.%d+%.%d+\n$", "^$" },
    ["says which it is, by a short option"] = { { "-v" }, 0, "^homey %d+%.%d+%.%d+\n$", "^$" },
    ["lists them for who types help twice"] = {
      { "help", "help" }, 0, "\n  set +change a value", "^$",
    },
    ["lists its commands"] = { { "--help" }, 0, "\n  run +run automations.*\n  sim +serve", "^$" },
    ["lists them for who types help"] = { { "help" }, 0, "\n  set +change a value", "^$" },
    ["lists them for who types nothing, as a mistake"] = { {}, 2, "^$", "^usage: homey COMMAND" },
    ["tells all of one command"] = {
      { "help", "run" }, 0, "^usage: homey run %[OPTION...%] FILE|FOLDER.*%-q, %-%-quiet", "^$",
    },
    ["tells the same by its option"] = {
      { "run", "--help" }, 0, "^usage: homey run %[OPTION...%] FILE|FOLDER", "^$",
    },
    ["knows what a mistyped command may mean"] = {
      { "rum" }, 2, "^$",
      "^homey: there is no command 'rum'; did you mean 'run'%? See 'homey help'%.\n$" },
    ["has no help for what is no command"] = {
      { "help", "nothing" }, 2, "^$", "^homey: there is no command 'nothing'%.",
    },
    ["says where options belong"] = {
      { "--json", "devices" }, 2, "^$",
      "there is no option %-%-json here: options come behind the command%.",
    },
    ["knows what a mistyped option may mean"] = {
      { "run", "--jsn", "x" }, 2, "^$",
      "^homey run: there is no option %-%-jsn; did you mean '%-%-json'%? See 'homey help "
        .. "run'%.\n$" },
    ["refuses a value where none goes"] = {
      { "run", "--json=yes", "x" }, 2, "^$", "%-%-json takes no value%.",
    },
    ["wants a value where one goes"] = {
      { "login", "--hub" }, 2, "^$", "%-%-hub needs a value: NAME%.",
    },
    ["refuses too little"] = { { "get" }, 2, "^$", "^homey get: it takes DEVICE %[CAPABILITY%]%." },
    ["refuses too much"] = {
      { "logout", "all" }, 2, "^$", "^homey logout: it takes no arguments%.",
    },
    ["refuses to run nothing"] = { { "run" }, 2, "^$", "^homey run: it takes FILE|FOLDER...%." },
    ["refuses to run what is not there"] = {
      { "run", "/nothing/here" }, 2, "^$",
      "^homey run: there is no file or folder '/nothing/here'%.\n$" },
  } do
    it(what, function()
      local code, out, err = command.run(env, (table.unpack or unpack)(case[1])) -- luacheck: compat
      assert.equal(case[2], code, err)
      assert.matches(case[3], out)
      assert.matches(case[4], err)
    end)
  end

  it("lists the devices", function()
    local code, out, err = command.run(env, "devices")
    assert.same({ 0, "" }, { code, err })
    assert.matches("\nKitchen/Lamp\tlight\to%a+, %d+ %%\t"
      .. sim:device("Kitchen/Lamp").id:gsub("%-", "%%-") .. "\n", out)
  end)

  it("shows all values of a device", function()
    local code, out, err = command.run(env, "get", "Hall/Lamp")
    assert.same({ 0, "" }, { code, err })
    assert.matches("^dim\t%S+\t%-\t0 to 1\ttrue\t", out)
    assert.matches("\nonoff\t%a+\t%-\t%-\ttrue\t", out)
  end)

  for what, words in pairs {
    ["devices"] = { "devices" }, ["a value"] = { "get", "Kitchen/Lamp", "onoff" },
    ["help"] = { "help" },
    ["help on one command"] = { "help", "run" }, ["the version"] = { "--version" },
  } do
    it("fails when the disk is full for " .. what, function()
      local code, out, err = command.piped(env, ">/dev/full",
        (table.unpack or unpack)(words)) -- luacheck: compat
      assert.same({ 1, "" }, { code, out })
      assert.matches("^homey %S+: cannot write the output: No space left on device%.\n$", err)
    end)
  end

  it("fails when the disk is full for a long list", function()
    local many = support.start { devices = 300 }
    local code, _, err = command.piped(command.with_key(many, folder .. "/many"), ">/dev/full",
      "devices")
    assert.equal(1, code)
    assert.matches("^homey devices: cannot write the output", err)
  end)

  describe("that receives a signal", function()
    local cloud

    before_each(function()
      cloud = command.logged_in(sim, folder .. "/cloud")
      sim:set { theft_revokes = true }
      for _, token in ipairs { "bearer", "access" } do sim:expire(token) end
      sim:reset_log()
    end)

    for name, code in pairs { INT = 130, TERM = 143, HUP = 129 } do
      it(name .. " keeps a token that is being renewed", function()
        sim:fault { kind = "delay", route = "refresh", seconds = 0.5, executed = true }
        local process = command.start(cloud, "get", "Kitchen/Lamp", "onoff")
        command.until_true("it renews", function() return #logins.requests(sim, "refresh") > 0 end)
        process:signal(name)
        assert.same({ code, "" }, { process:ended(), process:said() })
        sim:clear()
        local after, _, err = command.run(cloud, "get", "Kitchen/Lamp", "onoff")
        assert.same({ 0, "", 1 }, { after, err, #logins.requests(sim, "refresh") })
      end)
    end

    it("may compute for any time", function()
      local said = logins.finish(logins.start [[
        local scheduler = require("homey.task.scheduler").shared()
        scheduler.limits.compute = 0.2
        print(require "homey.cli.interruptible"(function()
          local began = os.clock()
          while os.clock() - began < 0.5 do end
          return "all of it"
        end))
      ]])
      assert.equal("all of it\n", said)
    end)

    it("ends at once on the second signal", function()
      sim:fault { kind = "hang", route = "refresh" }
      local process = command.start(cloud, "set", "Kitchen/Lamp", "onoff", "true")
      command.until_true("it renews", function() return #logins.requests(sim, "refresh") > 0 end)
      local began = os.time()
      command.until_true("it has ended", function()
        process:signal "TERM"
        return process:code()
      end)
      assert.is_true(os.time() - began < 8 * command.slow)
    end)
  end)

  it("shows and changes a value", function()
    assert.same({ 0, "", "" }, { command.run(env, "set", "Kitchen/Lamp", "onoff", "on") })
    assert.same({ 0, "true\n", "" }, { command.run(env, "get", "Kitchen/Lamp", "onoff") })
    assert.same({ 0, "", "" }, { command.run(env, "set", "Kitchen/Lamp", "dim", "0.25") })
    assert.equal(0.25, sim:device("Kitchen/Lamp").capabilitiesObj.dim.value)
    assert.same({ 0, "0.25\n", "" }, { command.run(env, "get", "Kitchen/Lamp", "dim") })
  end)

  for _, case in ipairs {
    { 0.5, "0.5", "+10%", 0.6 }, { 0.5, "-10%", 0.4 }, { 0.5, "--", "-10%", 0.4 },
    { 0.5, "-0.1", 0.4 }, { 0.5, "+0.1", 0.6 },
    { 0.5, "20%", 0.2 },
  } do
    it(("changes a number by %s"):format(table.concat(case, " ", 2, #case - 1)), function()
      sim:operate("Kitchen/Lamp", "dim", case[1])
      for i = 2, #case - 1 do
        if case[i] ~= "--" then
          local code, out, err
          if case[i - 1] == "--" then
            code, out, err = command.run(env, "set", "Kitchen/Lamp", "dim", "--", case[i])
          else
            code, out, err = command.run(env, "set", "Kitchen/Lamp", "dim", case[i])
          end
          assert.same({ 0, "", "" }, { code, out, err })
        end
      end
      assert.near(case[#case], sim:device("Kitchen/Lamp").capabilitiesObj.dim.value, 1e-9)
    end)
  end

  it("shows no control characters", function()
    local id = sim:device("Kitchen/Lamp").id
    sim:update("devices", id, { name = "L\27[2J\226\128\174\194\155\n", class = "li\27ght" })
    local _, out = command.run(env, "devices")
    assert.truthy(out:find("Kitchen/L\\x1b[2J\\u{202e}\\u{9b}\\n\tli\\x1bght\t", 1, true), out)
    local code, _, err = command.run(env, "set", id, "onoff", "perhaps\27")
    assert.equal(2, code)
    assert.is_nil((out .. err):find "\27")
    sim:update("devices", id, { name = "Lamp", class = "light" })
  end)

  it("records its change for homey why", function()
    assert.equal(0, (command.run(env, "set", "Kitchen/Lamp", "onoff", "on")))
    local code, out, err = command.run(env, "why", "Kitchen/Lamp", "onoff")
    assert.same({ 0, "" }, { code, err })
    assert.matches(
      "^Kitchen/Lamp: onoff has been true since .* because `homey set` set it; the hub confirmed "
        .. "it%.\n$", out)
  end)

  it("records a refused change for homey why", function()
    sim:fault { route = "capability", kind = "status", status = 500 }
    assert.equal(6, (command.run(env, "set", "Kitchen/Lamp", "onoff", "on")))
    -- One line when call and answer are written together, else two.
    assert.matches('"[re][ef]%a+":"the hub could not do it',
      command.read(folder .. "/state/journal.jsonl"))
  end)

  for what, case in pairs {
    ["a device that is not there"] = { { "get", "Kitchen/Lmp", "onoff" },
      "there is no device 'Kitchen/Lmp'; did you mean 'Kitchen/Lamp'%?", 4 },
    ["a switch that is neither on nor off"] = { { "set", "Kitchen/Lamp", "onoff", "maybe" },
      "Kitchen/Lamp: onoff takes true or false, not 'maybe'%." },
    ["a number that is none"] = { { "set", "Kitchen/Lamp", "dim", "much" },
      "Kitchen/Lamp: dim takes a number from 0 to 1, not 'much'%." },
    ["a number out of range"] = {
      { "set", "Kitchen/Lamp", "dim", "5" }, "dim takes a number from 0 to 1, not 5%.",
    },
    ["a part that is more than all"] = {
      { "set", "Kitchen/Lamp", "dim", "150%" }, "dim takes a number from 0 to 1, not 1.5%.",
    },
  } do
    it("refuses in a sentence " .. what, function()
      local code, out, err = command.run(env, (table.unpack or unpack)(case[1])) -- luacheck: compat
      assert.same({ case[3] or 2, "" }, { code, out })
      assert.matches("^homey " .. case[1][1] .. ": [^\n]*" .. case[2] .. "\n$", err)
    end)
  end

  for _, closed in ipairs { "0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-" } do
    it("works with closed descriptors: " .. closed, function()
      sim:operate("Kitchen/Lamp", "onoff", false)
      env.HOMEY_TRACE = "1"
      local words = { "env", logins.exits }
      for name, value in pairs(env) do words[#words + 1] = quoted(name .. "=" .. value) end
      local code =
        os.execute(("%s bin/homey set Kitchen/Lamp onoff on %s"):format(table.concat(words, " "),
        closed:find "2>" and closed or "2>/dev/null " .. closed))
      assert.is_true(code == true or code == 0, code)
      assert.is_true(sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value)
      assert.same({}, sim:complaints())
    end)
  end

  it("works in the C locale with any names", function()
    env.LC_ALL, env.LANG = "C", "C"
    local lamp = sim:device "Kitchen/Lamp"
    sim:operate("Kitchen/Lamp", "onoff", true)
    sim:update("devices", lamp.id, { name = "Läämpchen ☀" })
    local code, out, err = command.run(env, "get", "Kitchen/Läämpchen ☀", "onoff")
    local _, list = command.run(env, "devices")
    sim:update("devices", lamp.id, { name = lamp.name })
    assert.same({ 0, "true\n", "" }, { code, out, err })
    assert.matches("Läämpchen ☀\t", list)
  end)

  describe("login", function()
    before_each(function()
      env = {
        HOMEY_STATE_DIR = folder .. "/state", HOMEY_CAFILE = sim.cafile,
        HOMEY_CONNECT_TO = table.concat(sim.options.connect_to, ","),
      }
    end)

    local function typed(...) return command.piped(env, "<" .. quoted(folder .. "/typed"), ...) end
    local function type_in(...)
      command.write(folder .. "/typed", table.concat({ ... }, "\n") .. "\n")
    end

    local function kept(line_end)
      return "The login is stored in " .. folder .. "/state." .. line_end
    end

    it("fails when it cannot store the login", function()
      local key = sim.pat_options
      env.HOMEY_ADDRESS, env.HOMEY_TOKEN, env.HOMEY_STATE_DIR = key.address, key.token,
        "/sys/homey/state"
      local code, out, err = command.run(env, "login")
      assert.same({ 1, "Logged in to Sunny House by its API key.\n" }, { code, out })
      assert.matches(
        "warning: the login cannot be saved yet, .* cannot make or open the folder "
          .. "/sys/homey/state", err)
      assert.matches("homey: the login could not be stored. The next command will not find it%.\n$",
        err)
    end)

    it("reads credentials from the input and stores the login", function()
      type_in(sim.options.email, sim.options.password)
      local code, out, err = typed "login"
      assert.same({ 0, "" }, { code, err })
      assert.equal("Logged in to Sunny House as " .. sim.options.email .. ".\n" .. kept "\n", out)
      assert.equal(0, (command.run(env, "get", "Kitchen/Lamp", "onoff")))
    end)

    it("takes an API key from the environment", function()
      local key = sim.pat_options
      local with = { HOMEY_ADDRESS = key.address, HOMEY_TOKEN = key.token }
      for name, value in pairs(env) do with[name] = value end
      assert.same({ 0, "Logged in to Sunny House by its API key.\n" .. kept "\n", "" },
        { command.run(with, "login") })
      assert.equal(0, (command.run(env, "get", "Kitchen/Lamp", "onoff")))
    end)

    it("keeps the old login when the API key is refused", function()
      local with = { HOMEY_ADDRESS = sim.pat_options.address, HOMEY_TOKEN = sim.pat_options.token }
      for name, value in pairs(env) do with[name] = value end
      assert.equal(0, (command.run(with, "login")))
      with.HOMEY_TOKEN = "1:2:3"
      local code, out, err = command.run(with, "login")
      assert.same({ 3, "" }, { code, out })
      assert.matches("^homey login: [^\n]+\n$", err)
      assert.is_nil(err:find("1:2:3", 1, true))
      assert.equal(0, (command.run(env, "get", "Kitchen/Lamp", "onoff")))
    end)

    it("refuses a wrong password without showing it", function()
      type_in "not the password"
      local code, out, err = typed("login", sim.options.email)
      assert.same({ 3, "" }, { code, out })
      assert.matches("^homey login: [^\n]+\n$", err)
      assert.is_nil(err:find("not the password", 1, true))
    end)

    it("accepts no password as an argument", function()
      assert.equal(2, (command.run(env, "login", "me@example.com", "secret")))
    end)

    it("names what is missing", function()
      local code, _, err = command.run(env, "login")
      assert.same({ 2, "homey login: no e-mail address was given.\n" }, { code, err })
    end)

    it("asks for a one-time code", function()
      sim:set { otp = "123456" }
      type_in(sim.options.password, "123456")
      local code, _, err = typed("login", "--otp", sim.options.email)
      assert.same({ 0, "" }, { code, err })
    end)

    it("hides the password at a terminal", function()
      local words = { "env", logins.exits }
      for name, value in pairs(env) do words[#words + 1] = quoted(name .. "=" .. value) end
      local pipe =
        io.popen(("perl spec/support/terminal.pl Password: '%s\\r' %s bin/homey login %s"):format(
        sim.options.password, table.concat(words, " "), sim.options.email))
      local shown = pipe:read "*a"
      pipe:close()
      assert.equal("Password: \r\nLogged in to Sunny House as " .. sim.options.email .. ".\r\n"
        .. kept "\r\n", shown)
    end)

    it("is undone by logout", function()
      type_in(sim.options.email, sim.options.password)
      assert.equal(0, (typed "login"))
      assert.same({ 0, "Logged out.\n", "" }, { command.run(env, "logout") })
      assert.is_nil((logins.file(folder .. "/state")))
      local code, _, err = command.run(env, "devices")
      assert.equal(3, code)
      assert.matches("^homey devices: [^\n]+ Log in with `homey login`%.\n$", err)
    end)
  end)
end)

describe("the homey command is started", function()
  after_each(command.tidy)

  local function shell_says(line)
    local pipe = io.popen(("export %s; { %s; } 2>&1"):format(logins.exits, line))
    local text = pipe:read "*a"
    pipe:close()
    return text
  end

  it("by the Lua of the checkout", function()
    local folder = command.folder()
    command.write(folder .. "/lua", "#!/bin/sh\necho started by this one \"$1\"\n")
    logins.shell("chmod +x " .. folder .. "/lua")
    assert.matches("^started by this one [^\n]*bin/homey\n$",
      shell_says("HOMEY_LUA=" .. folder .. "/lua bin/homey --version"))
  end)

  it("by any Lua that has the module", function()
    assert.matches("^homey %d", shell_says "unset HOMEY_LUA; bin/homey --version")
  end)

  it("by no Lua, with a message", function()
    local text =
      shell_says("env -u LUA_PATH -u LUA_CPATH -u HOMEY_LUA PATH=/nothing /bin/sh bin/homey "
        .. "--version; echo $?")
    assert.equal(
      "homey: no Lua here has the module 'homey': install it, or name a Lua that has it in "
        .. "HOMEY_LUA.\n1\n", text)
  end)

  it("by no Lua when the named one lacks the module", function()
    local abi = (rawget(_G, "jit") and "5.1" or _VERSION:match "%d.%d"):gsub("%.", "_")
    local text = shell_says(("env -u LUA_PATH_%s -u LUA_CPATH_%s LUA_PATH='/nothing/?.lua' "
      .. "LUA_CPATH='/nothing/?.so' HOMEY_LUA=%s bin/homey --version; echo $?"):format(abi, abi,
      os.getenv "HOMEY_TEST_LUA"))
    assert.equal(("module 'homey.core' not found:\nhomey: %s lacks the module 'homey': install it "
      .. "for that Lua, or name another one in HOMEY_LUA.\n1\n")
      :format(os.getenv "HOMEY_TEST_LUA"), text)
  end)

  it("from a checkout with any LUA_PATH", function()
    local version = rawget(_G, "jit") and "jit" or _VERSION:match "%d.%d"
    local env = ("eval \"$(sh mk/env.sh %s)\""):format(version)
    local says = "$HOMEY_LUA -e 'io.write(package.path, [[ ]], package.cpath)'"
    local own = "env -u LUA_PATH -u LUA_CPATH -u LUA_PATH_%s -u LUA_CPATH_%s "
    local abi = (version == "jit" and "5.1" or version):gsub("%.", "_")
    local path, cpath = shell_says(own:format(abi, abi) .. says):match "^(%S+) (%S+)$"
    for _, odd in ipairs { "LUA_PATH='/odd/?.lua' LUA_CPATH='/odd/?.so'",
      "LUA_PATH='/odd/?.lua;' LUA_CPATH='/odd/?.so;'" } do
      local got =
        shell_says(("unset LUA_PATH_%s LUA_CPATH_%s; export %s; %s; %s; %s")
          :format(abi, abi, odd, env, env, says))
      local got_path, got_cpath = got:match "^(%S+) (%S+)$"
      assert.truthy(got_path:find(path, 1, true), got)
      assert.truthy(got_path:find("/odd/?.lua", 1, true), got)
      assert.truthy(got_cpath:find(cpath, 1, true), got)
    end
  end)

  it("by the Lua that it was installed for", function()
    local folder = command.folder()
    local lua, build = os.getenv "HOMEY_TEST_LUA", os.getenv "HOMEY_TEST_BUILD"
    local version = rawget(_G, "jit") and "jit" or _VERSION:match "%d.%d"
    logins.shell(
      ("sh mk/command.sh bin/homey %s \"$PWD/lua\" %s/%s > %s/homey && chmod +x %s/homey"):format(
      lua, build, version, folder, folder))
    local text = shell_says("env -u LUA_PATH -u LUA_CPATH -u HOMEY_LUA PATH=/usr/bin:/bin "
      .. folder .. "/homey --version")
    assert.matches("^homey %d+%.%d+%.%d+\n$", text)
    assert.equal("#!" .. lua, command.read(folder .. "/homey"):match "^[^\n]+")
  end)
end)
