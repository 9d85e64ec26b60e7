-- Words that `homey __complete` offers, and what that costs.
local command = require "spec.support.command"
local core = require "homey.core"
local bash_line = require "homey.cli.completion.bash_line"
local logins = require "spec.support.logins"

local quoted = logins.quoted
local breaks = " \t\n\"'><=;|&(:"

describe("a command line of bash", function()
  for line, wanted in pairs {
    ["homey "] = { { "homey" }, "", "", 0 },
    ["homey set Li"] = { { "homey", "set" }, "Li", "", 0 },
    ["homey set Living\\ r"] = { { "homey", "set" }, "Living r", "", 0 },
    ["homey set 'Living r"] = { { "homey", "set" }, "Living r", "'", 0 },
    ['homey set "a \\" b\\c'] = { { "homey", "set" }, 'a " b\\c', '"', 0 },
    ["homey set 'it'\\''s' x"] = { { "homey", "set", "it's" }, "x", "", 0 },
    ["homey set --zone=Li"] = { { "homey", "set" }, "--zone=Li", "", 7 },
    ["homey set a:b\\:c"] = { { "homey", "set" }, "a:b:c", "", 2 },
    ["homey set ''  x y\\"] = { { "homey", "set", "", "x" }, "y", "", 0 },
  } do
    it("is read as bash reads it: " .. line, function()
      local typed = bash_line.read(line, breaks)
      assert.same(wanted, { typed.words, typed.current, typed.quote, typed.kept })
    end)
  end
end)

describe("homey __complete", function()
  local env, sim, commands

  setup(function()
    env, sim = command.at_sim()
    for _, each in ipairs { "devices", "flows", "users" } do command.succeed(env, each) end
    commands = command.succeed(env, "completion", "bash"):match "_homey_commands='(.-)'\n\n_homey"
    commands = commands:gsub("'\\''", "'")
    sim:reset_log()
  end)
  teardown(command.leave_sim)

  local function complete(...)
    return command.succeed(env, "__complete", "zsh", commands, ...)
  end

  it("has the commands with what they do", function()
    local out = complete ""
    assert.matches("^names\n", out)
    assert.matches("\ndevices\tlist the devices with their state\n", out)
    assert.matches("\nset\t[^\n]+\n", out)
    assert.is_nil(out:find("__complete", 1, true))
  end)

  it("has the options of a command that were not given yet", function()
    local out = complete("set", "--zone", "Kitchen", "-")
    assert.matches("\n%-%-class\t[^\n]+\n", out)
    assert.is_nil(out:find("\n--zone\t", 1, true))
  end)

  it("tells settable capabilities from those that are only read", function()
    assert.matches("\ntarget_temperature\t5 to 30\n", complete("set", "Living room/Thermostat", ""))
    assert.is_nil(complete("set", "Living room/Thermostat", ""):find("measure_temp", 1, true))
    assert.matches("\nmeasure_temperature\tnumber\n", complete("get", "Living room/Thermostat", ""))
    assert.equal("names\nonoff\tboolean\n", complete("toggle", "Kitchen/Lamp", ""))
  end)

  it("repeats what repeats, and ends where nothing may follow", function()
    local out = complete("set", "Kitchen/Lamp", "onoff", "on", "")
    assert.matches("\ndim\t", out)
    assert.equal("names\non\t\noff\t\n", complete("set", "Kitchen/Lamp", "dim", "1", "onoff", ""))
    assert.equal("names\n", complete("toggle", "Kitchen/Lamp", "onoff", ""))
  end)

  it("has no device where a zone says which", function()
    assert.equal("names\n", complete("set", "--zone", "Kitchen", "onoff", "on", "dim", ""))
    assert.is_nil(complete("set", "--zone=Kitchen", ""):find("Kitchen/Lamp", 1, true))
  end)

  it("leaves files to the shell", function()
    assert.equal("files\n", complete("run", ""))
    assert.equal("files\n", complete("sim", "--home", ""))
  end)

  it("knows nothing without an index, and says nothing", function()
    local other = {}
    for key, value in pairs(env) do other[key] = value end
    other.HOMEY_STATE_DIR = command.folder() .. "/none"
    assert.equal("names\n", command.succeed(other, "__complete", "zsh", commands, "start", ""))
    other.HOMEY_STATE_DIR, other.HOMEY_ADDRESS = env.HOMEY_STATE_DIR, "http://192.168.1.2"
    assert.equal("names\n", command.succeed(other, "__complete", "zsh", commands, "start", ""))
  end)

  it("makes no request", function()
    complete("set", "")
    complete("start", "")
    assert.same({}, sim:log())
  end)

  it("opens at most 12 Lua files", function()
    local program = [[
      local answer = require "homey.cli.completion.answer"
      for _, line in ipairs { "homey set ", "homey set Kitchen/Lamp ", "homey start " } do
        answer.main { "__complete", "bash", %q, line, " " }
      end
      local files = 0
      for name in pairs(package.loaded) do
        local is_lua = name ~= "homey.core" and name ~= "homey.system"
        if name:find "^homey%%." and is_lua then files = files + 1 end
      end
      print(files)
    ]]
    local words = { "env" }
    for key, value in pairs(env) do words[#words + 1] = quoted(key .. "=" .. value) end
    local pipe = io.popen(("%s %s -e %s"):format(table.concat(words, " "),
      os.getenv "HOMEY_TEST_LUA", quoted(program:format(commands))))
    local out = pipe:read "*a"
    pipe:close()
    assert.matches("Kitchen/Lamp", out)
    assert.is_true(tonumber(out:match "(%d+)\n$") <= 12, out)
  end)

  it("says with which shells it works", function()
    local code, _, err = command.run(env, "completion", "fsh")
    assert.equal(2, code)
    assert.matches("homey completion: it takes bash|zsh|fish, not 'fsh'; did you mean 'fish'", err)
    assert.equal(2, (command.run(env, "__complete", "ksh", core.encode {}, "")))
  end)
end)
