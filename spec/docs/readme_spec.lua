-- README and examples: each block and each file runs as a program against the simulated home.

local page = require "spec.support.page"
local sim = require "spec.support.sim"

describe("an example for the reader", function()
  local home, folder

  setup(function()
    home = sim.start { email = "me@example.com", password = "secret" }
    folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir " .. folder)
  end)

  teardown(function()
    home:stop()
    os.execute("rm -rf " .. folder)
  end)

  local function run(command)
    local env = { HOMEY_STATE_DIR = folder .. "/state", LANG = "C.UTF-8" }
    for name, value in pairs(home.env) do env[name] = value end
    return page.run(folder, command, env, ".")
  end

  -- The program that runs this spec is the last one before its arguments.
  local function interpreter()
    local i = 0
    while arg and arg[i - 1] do i = i - 1 end
    return arg and arg[i] or "lua"
  end

  local function lua(path) return run(interpreter() .. " " .. path) end

  -- A block that listens and runs until it is stopped is an automation; any other is a program.
  local function run_block(block)
    local is_automation = block:find("homey.run()", 1, true) and block:find "[.:]on%("
    if is_automation then return page.automate(folder, block) end
    page.write(folder .. "/block.lua", block)
    return lua(folder .. "/block.lua")
  end

  local number = 0
  for block in page.blocks("README.md", "lua") do
    number = number + 1
    it(("works: Lua block %d of the README"):format(number), function()
      page.check(block, run_block(block))
    end)
  end

  it("makes the lamp react to motion: the automation of \"Try it\"", function()
    local text = page.read("README.md"):match "\n## Try it\n.-\n```lua\n(.-)\n```"
    page.write(folder .. "/hall.lua", text)
    page.write(folder .. "/click.lua", [[
      local home = require("homey.sim").home()
      homey = home.homey
      home:load(arg[1])
      for _, value in ipairs { true, false } do
        home:operate("Hall/Motion", "alarm_motion", value)
        home:advance "2 s"
        print(home:device("Hall/Lamp"):get "dim")
      end]])
    local code, output = lua(folder .. "/click.lua " .. folder .. "/hall.lua")
    assert.equal(0, code, output)
    assert.matches("1%.?0?\n0%.1\n$", output)
  end)

  it("is found in the README", function() assert.is_true(number >= 5) end)

  for _, name in ipairs { "first", "all_off", "fade", "in_luv", "demo" } do
    it(("works: examples/%s.lua"):format(name), function()
      local code, output = lua("examples/" .. name .. ".lua")
      assert.equal(0, code, output)
    end)
  end

  it("is always run", function()
    local known = { first = true, all_off = true, fade = true, in_luv = true, demo = true }
    local list = io.popen "ls examples/*.lua"
    for path in list:lines() do
      assert.is_true(known[path:match "([%w_]+)%.lua$"] or false, path)
    end
    list:close()
  end)

  it("sets a device from C", function()
    local lamp = home:device "Hall/Lamp"
    local code, output = run("build/examples/switch " .. lamp.id .. " off")
    assert.equal(0, code, output)
    assert.is_false(home:device("Hall/Lamp").capabilitiesObj.onoff.value)
    code, output = run("build/examples/switch " .. lamp.id .. " on")
    assert.equal(0, code, output)
    assert.is_true(home:device("Hall/Lamp").capabilitiesObj.onoff.value)
  end)

  it("sends nothing that a strict server refuses", function()
    assert.same({}, home:complaints())
  end)
end)
