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
