-- Script in another program: its environment, its facade and its end.
local House = require "spec.support.house"
local Script = require "homey.script.script"
local advance = require "spec.support.advance"
local collect_all = require "spec.support.collect_all"

describe("a script", function()
  local house, folder, lines

  local function write(name, text)
    local file = assert(io.open(folder .. "/" .. name, "w"))
    file:write(text)
    file:close()
    return folder .. "/" .. name
  end

  before_each(function()
    house, lines = House.new(), {}
    folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir " .. folder)
  end)
  after_each(function()
    house.home:close()
    os.execute("rm -rf " .. folder)
  end)

  local function load(text, options)
    options = options or {}
    options.home = house.home
    options.log = function(level, said) lines[#lines + 1] = level .. ": " .. said end
    return Script.load(write("evening.lua", text), options)
  end

  local function run(seconds) advance(house.home, seconds) end

  it("has a facade of its own, logged in", function()
    local script = assert(load [[
      local homey = require "homey"
      assert(homey ~= ...)
      home = homey.login("me@example.com", "secret")
      lamp = homey.device("Kitchen/Lamp")
    ]]):start()
    run(0.1)
    assert.same({}, lines)
    assert.equal(house.home, script.env.home)
    assert.equal(House.lamp, script.env.lamp.id)
    assert.not_equal(require "homey", script.homey)
  end)

  it("has globals of its own", function()
    load("answer, _G.other = 42, 43; assert(answer == 42 and other == 43 and print)"):start()
    assert.same({}, lines)
    assert.is_nil(rawget(_G, "answer"))
    assert.is_nil(rawget(_G, "other"))
  end)

  it("shares its globals with files that it loads", function()
    local path = write("more.lua", "here[#here + 1] = _G; return ...")
    load(([[
      here, path = {}, %q
      local load_text = loadstring or load
      assert(load_text "here[#here + 1] = _G")()
      local parts = { "here[#here + 1] = ", "_G" }
      assert(load(function() return table.remove(parts, 1) end))()
      assert(assert(loadfile(path))(5) == 5)
      assert(dofile(path) == nil)
      here[#here + 1] = require "_G"
      for i = 1, 5 do assert(here[i] == _G, i) end
      local chunk, problem = load_text("=", "a name")
      assert(chunk == nil and problem:find "a name")
      assert(not pcall(dofile, path .. "x"))
    ]]):format(path)):start()
    assert.same({}, lines)
    if _VERSION == "Lua 5.1" and not rawget(_G, "jit") then return end
    local script = load("there = load('return here', nil, 't', { here = 7 })()"):start()
    assert.same({ 7, {} }, { script.env.there, lines })
  end)

  it("requires files next to it once", function()
    write("helper.lua",
      [[count = (count or 0) + 1; return { homey = require "homey", name = ... }]])
    local script = assert(load [[
      helper = require "helper"
      assert(helper == require "helper" and count == 1 and helper.name == "helper")
      assert(helper.homey == require "homey")
      assert(require "homey.util.format" and require "string" == string)
    ]]):start()
    assert.same({}, lines)
    assert.same({ folder .. "/evening.lua", folder .. "/helper.lua" }, script.files)
    assert.is_nil(package.loaded.helper)
  end)

  it("that does not compile reports its line", function()
    local script, problem = load "local = 3"
    assert.is_nil(script)
    assert.matches("evening.lua:1:", problem)
  end)

  it("that is missing reports it", function()
    local script, problem = Script.load(folder .. "/nothing.lua", { home = house.home })
    assert.is_nil(script)
    assert.matches("nothing.lua", problem)
  end)

  it("that raises is logged with its line", function()
    local script = load("\nerror 'nothing works'"):start()
    assert.is_true(script:failed())
    assert.matches("^error: .*evening.lua:2: nothing works", lines[1])
  end)

  for where, text in pairs {
    ["in its main chunk"] = "while true do n = n end",
    ["in a task"] = "require 'homey'.spawn(function() while true do n = n end end)",
    ["in a global function that a task calls"] =
      "function spin() while true do n = n end end require 'homey'.spawn(spin)",
    ["in a generator that it has made before"] = [[
      local generate = coroutine.wrap(function() coroutine.yield() while true do n = n end end)
      generate()
      require "homey".after("1 s", function() generate() end)
    ]],
    ["in a module of its own"] = "require 'helper'()",
  } do
    it("is stopped when it computes too long: " .. where, function()
      write("helper.lua", "return function() while true do n = n end end")
      house.home.scheduler.limits.compute = 0.1
      load(text):start()
      run(2)
      assert.equal(1, #lines)
      assert.matches("^error: .*ran for 0.1 s without pausing", lines[1])
    end)
  end

  it("continues after homey.run when it stops itself", function()
    local script = load([[
      local homey = require "homey"
      homey.every("1 s", function() ticks = (ticks or 0) + 1 end)
      homey.after("3500 ms", homey.stop)
      homey.run()
      after_run = true
    ]]):start()
    run(10)
    assert.same({ 3, true, 0 }, { script.env.ticks, script.env.after_run, script.scope:count() })
  end)

  it("ends when a handler stops it", function()
    local script = load([[
      local homey = require "homey"
      homey.every("1 s", function() ticks = (ticks or 0) + 1 end)
      homey.after("3500 ms", homey.stop)
    ]]):start()
    run(10)
    assert.same({ 3, 0 }, { script.env.ticks, script.scope:count() })
  end)

  it("ends with all it made, others continue", function()
    local text = [[
      local homey = require "homey"
      homey.every("1 s", function() ticks = (ticks or 0) + 1 end)
      homey.spawn(function() homey.sleep("2500 ms"); woke = true end)
      homey.run()
    ]]
    local one = load(text):start()
    local two = load(text):start()
    run(2.2)
    one:stop()
    run(3)
    assert.same({ 2, nil, 0 }, { one.env.ticks, one.env.woke, one.scope:count() })
    assert.same({ 5, true }, { two.env.ticks, two.env.woke })
    two:stop()
  end)

  for what, case in pairs {
    ["in its main chunk"] = { "os.exit(true, true); woke = true", 0 },
    ["in a handler"] = { [[
      homey.every("1 s", function() ticks = (ticks or 0) + 1 if ticks == 2 then os.exit() end end)
      homey.spawn(function() homey.sleep("5 s"); woke = true end)
      homey.run()
      woke = true
    ]], 2 },
    ["in a text that it loads"] = { "assert((loadstring or load) 'os.exit()')(); woke = true", 0 },
    ["in a module of its own, from inside homey.try"] = {
      "homey.try(require 'helper'); woke = true", 0,
    },
  } do
    it("that calls os.exit " .. what .. " ends alone", function()
      write("helper.lua", "return function() homey.sleep('10 ms'); require('os').exit(0) end")
      local other = load("homey = require 'homey'; "
        .. "homey.every('1 s', function() ticks = (ticks or 0) + 1 end)"):start()
      local script = load("homey = require 'homey'\n" .. case[1]):start()
      run(10)
      assert.same({ "info: stopped: the script called os.exit." }, lines)
      assert.same({ case[2], nil, 0 },
        { script.env.ticks or 0, script.env.woke, script.scope:count() })
      assert.is_false(script:failed())
      assert.equal(10, other.env.ticks)
      assert.equal(os.date, script.env.os.date)
      other:stop()
    end)
  end

  it("that calls os.exit has its states saved", function()
    house.home.state_dir = folder .. "/state"
    load("require 'homey'.state 'last'.n = 5 os.exit()"):start()
    local file = assert(io.open(folder .. "/state/state-last.json"))
    assert.matches('"n":5', file:read "*a")
    file:close()
  end)

  it("that calls os.exit with a message logs an error", function()
    load("os.exit(1)"):start()
    load("os.exit(false)"):start()
    assert.same({ "error: stopped: the script called os.exit(1).",
      "error: stopped: the script called os.exit(false)." }, lines)
  end)

  for what, text in pairs {
    ["by catching that"] = "pcall(function() os.exit() end) homey.sleep '1 s'",
    ["in a coroutine of its own"] = "coroutine.wrap(function() os.exit() end)()",
  } do
    it("does not continue after os.exit " .. what, function()
      local script = load("homey = require 'homey'\nhomey.after('1 s', function() " .. text
        .. " went_on = true end)"):start()
      run(5)
      assert.same({ "info: stopped: the script called os.exit." }, lines)
      assert.same({ nil, 0 }, { script.env.went_on, script.scope:count() })
    end)
  end

  for _, catch in ipairs { "pcall", "homey.try" } do
    it("ends although it catches everything by " .. catch, function()
      local script = load(([[
        local homey = require "homey"
        homey.spawn(function()
          while true do
            (%s)(function() homey.sleep("1 s") ticks = (ticks or 0) + 1 end)
          end
        end)
      ]]):format(catch)):start()
      run(2.5)
      script:stop()
      run(5)
      assert.same({ 2, {} }, { script.env.ticks, lines })
    end)
  end

  it("asks its runner for other logins", function()
    local asked
    local script = load([[
      local homey = require "homey"
      mine = homey.login { account = "other" }
    ]], { login = function(options) asked = options.account return house.home end }):start()
    assert.same({ "other", house.home }, { asked, script.env.mine })
  end)

  it("logs under its own name", function()
    load([[require "homey".log("info", "all is well")]]):start()
    assert.same({ "info: all is well" }, lines)
  end)
end)

describe("a home that a script opened", function()
  it("is closed with the script", function()
    local support = require "spec.support.sim"
    local homey, hub = require "homey", support.start()
    local without_state = require "spec.support.without_state"
    local home, path = homey.new(without_state(hub.pat_options)), os.tmpname()
    OTHER_HUB = without_state(hub.pat_options) -- luacheck: ignore
    local file = assert(io.open(path, "w"))
    file:write('local other = require("homey").new(OTHER_HUB); '
      .. 'other:device("Hall/Motion"):on("alarm_motion", function() end)')
    file:close()
    local function count()
      local n = 0
      for _ in pairs(home.scheduler.homes) do n = n + 1 end
      return n
    end
    for _ = 1, 3 do
      local script = assert(Script.load(path, { home = home })):start()
      homey.sleep(0.3)
      script:stop()
      script = nil -- luacheck: ignore
      homey.sleep(0.1)
      collect_all()
      assert.equal(1, count())
    end
    OTHER_HUB = nil -- luacheck: ignore
    os.remove(path)
    home:close()
    support.stop()
  end)
end)
