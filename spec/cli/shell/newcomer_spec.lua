-- What a newcomer stumbles over: one sentence says what is wrong and what to do.
local command = require "spec.support.command"
local logins = require "spec.support.logins"

local unpack = table.unpack or unpack -- luacheck: compat

describe("the homey command tells a newcomer", function()
  local env, sim

  setup(function() env, sim = command.at_sim() end)
  teardown(command.leave_sim)

  local function says(line)
    local pipe =
      io.popen(("export %s; { %s; } 2>&1; echo \"exit $?\""):format(logins.exits, line))
    local text = pipe:read "*a"
    pipe:close()
    return text
  end

  it("that HOMEY_LUA is no program", function()
    assert.equal("homey: HOMEY_LUA is '/nothing/lua', but there is no such program: name a Lua "
      .. "that has the module, or unset it.\nexit 2\n",
      says "HOMEY_LUA=/nothing/lua bin/homey version")
  end)

  for _, name in ipairs { "cqueues", "openssl.rand", "http.h1_connection" } do
    it("which package homey sim needs, without " .. name, function()
      local code, out, err = command.run({
        LUA_INIT = ("package.preload[%q] = function() error 'none' end"):format(name),
      }, "sim")
      assert.same({ 2, "" }, { code, out })
      assert.matches("^homey sim: the simulated server needs lua%-http with cqueues and luaossl, "
        .. "and this Lua has no module '" .. name:gsub("%.", "%%.") .. "'%. Install it with one "
        .. "of these: apt install lua%-http; "
        .. "luarocks %-%-lua%-version=5%.%d install http%.\n$", err)
    end)
  end

  it("that a port is in use", function()
    local port = sim.ports.http
    for _, words in ipairs {
      { "sim", "--http", port }, { "sim", "--https", port }, { "sim", "--page", port },
      { "run", "--http", port, "examples/automations" },
    } do
      for i, word in ipairs(words) do words[i] = tostring(word) end
      local code, _, err = command.run(env, unpack(words))
      assert.equal(2, code, err)
      local sentence = ("homey %s: port %d is already in use"):format(words[1], port)
      assert.truthy(err:find(sentence, 1, true), err)
    end
  end)

  for what, case in pairs {
    ["a number out of range"] = { { "Living room/Thermostat", "target_temperature", "99" },
      "Living room/Thermostat: target_temperature takes a number from 5 to 30, not 99.", 2 },
    ["a word for a number"] = { { "Kitchen/Lamp", "dim", "much" },
      "Kitchen/Lamp: dim takes a number from 0 to 1, not 'much'.", 2 },
    ["a word for a switch"] = { { "Hall/Front door", "locked", "maybe" },
      "Hall/Front door: locked takes true or false, not 'maybe'.", 2 },
    ["a value that can only be read"] = { { "Hall/Motion", "measure_battery", "3" },
      "Hall/Motion: measure_battery can only be read, not set.", 2 },
    ["a capability that it lacks"] = { { "Kitchen/Lamp", "onof", "on" },
      "Kitchen/Lamp: it has no capability 'onof'; did you mean 'onoff'?", 4 },
  } do
    it("device, capability and range for " .. what, function()
      local code, out, err = command.run(env, "set", unpack(case[1]))
      assert.same({ case[3], "", "homey set: " .. case[2] .. "\n" }, { code, out, err })
    end)
  end

  it("on a terminal that nothing was found", function()
    assert.equal("Nothing found.\n", command.on_terminal(env, "devices", "*nothing*"))
    assert.equal("", command.succeed(env, "devices", "*nothing*"))
    assert.equal("[]\n", command.succeed(env, "devices", "*nothing*", "--json"))
  end)

  describe("of tests", function()
    local folder, homey

    before_each(function()
      folder = command.folder()
      local pipe = io.popen "pwd"
      homey = pipe:read "*l" .. "/bin/homey"
      pipe:close()
    end)
    after_each(command.tidy)

    local passing = "it('passes', function() assert.is_true(true) end)"

    local function test(...)
      return says(("cd %s && %s test %s"):format(folder, homey, table.concat({ ... }, " ")))
    end

    it("that there is none, without a walk through the disk", function()
      logins.shell(("cd %s && mkdir -p a/b/c && ln -s / a/root && ln -s .. a/again"):format(folder))
      command.write(folder .. "/a/b/c/deep_test.lua", "error 'is not looked for'")
      local none = "homey test: there is no test in %s: its name ends in _test.lua or _spec.lua. "
        .. "docs/testing.md shows how to write one.\nexit 1\n"
      assert.equal(none:format "this folder", test())
      logins.shell(("mkdir %s/empty"):format(folder))
      assert.equal(none:format "empty", test "empty")
    end)

    it("in the folder, and in those directly in it", function()
      logins.shell(("mkdir %s/more %s/.hidden"):format(folder, folder))
      for _, name in ipairs { "a_test.lua", "more/b_spec.lua" } do
        command.write(folder .. "/" .. name, passing)
      end
      command.write(folder .. "/.hidden/c_test.lua", "error 'is hidden'")
      assert.matches("2 successes / 0 failures / 0 errors.*exit 0\n$", test())
    end)
  end)

  describe("of a checkout", function()
    it("that it is not built yet", function()
      assert.equal("homey is not built for Lua 5.3 yet: run 'make LUA=5.3' first.\nexit 0\n",
        says "B=nothing sh mk/env.sh 5.3 2>&1 >/dev/null")
      assert.equal("homey is not built for Lua 5.4 yet: run 'make' first.\nexit 0\n",
        says "B=nothing sh mk/env.sh 2>&1 >/dev/null")
    end)

    it("that pkg-config is missing, where it is", function()
      assert.equal("pkg-config is not installed, by which the headers of Lua 5.4 are found. Run "
        .. "'make deps LUA=5.4'.\nexit 1\n",
        says "PKG_CONFIG=/nothing/pkg-config sh mk/lua.sh cflags 5.4")
      assert.equal("The headers of Lua 5.4 are not installed. Run 'make deps LUA=5.4'.\nexit 1\n",
        says "PKG_CONFIG=false sh mk/lua.sh cflags 5.4")
    end)
  end)
end)
