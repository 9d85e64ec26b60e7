-- Automation files in a home in virtual time: loading, logging, and identical runs.
-- Runs hardly any C code: not under Valgrind.
local homey = require "homey"
local sim = require "homey.sim"

local slow = tonumber(os.getenv "HOMEY_TEST_SLOW" or "1") > 1

local folder = os.tmpname()
os.remove(folder)
os.execute("mkdir " .. folder)

teardown(function() os.execute("rm -rf " .. folder) end)

local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "w"))
  file:write(text)
  file:close()
  return folder .. "/" .. name
end

local evening = [[
local homey = require "homey"
homey.login("me@example.com", "secret")
local lamp = homey.device "Hall/Lamp"
homey.device("Hall/Motion"):on("alarm_motion", { to = true, mode = "restart" }, function()
  lamp:set("onoff", true)
  homey.sleep "5 min"
  lamp:set("onoff", false)
end)
homey.at("sunset", function()
  homey.devices{ zone = "Living room", class = "light" }:set("dim", 0.3)
end)
homey.run()
]]

describe("a script in virtual time", function()
  local home

  before_each(function() home = sim.home(nil, { quiet = true }) end)
  after_each(function() home:close() end)

  it("has the virtual clock in os.time and os.date", function()
    home:close()
    home = sim.home(nil, { time = "2026-06-21 23:59:58", quiet = true })
    home:load(write("clock.lua", [[
      local homey = require "homey"
      local function say()
        homey.log("info", ("%d %s %s %s"):format(os.time(), os.date "%Y-%m-%d %H:%M:%S",
          os.date "!%H:%M", os.date("%H", 0)))
      end
      say()
      homey.after("2 s", say)
      homey.after("3 s", function()
        local new_year = os.time { year = 2026, month = 1, day = 1 }
        homey.log("info", os.date("*t").hour .. " " .. new_year .. type(os.clock()))
      end)
      homey.run()
    ]]))
    home:advance "5 s"
    local january = os.time { year = 2026, month = 1, day = 1 }
    local texts = {}
    for i, each in ipairs(home.logged) do texts[i] = each.text end
    assert.same({
      "1782079198 2026-06-21 23:59:58 21:59 01", "1782079200 2026-06-22 00:00:00 22:00 01",
      ("0 %dnumber"):format(january),
    }, texts)
  end)

  it("runs unchanged", function()
    home:load(write("evening.lua", evening))
    home:operate("Hall/Motion", "alarm_motion", true)
    home:advance "1 min"
    home:operate("Hall/Motion", "alarm_motion", false)
    home:advance "3 min"
    home:operate("Hall/Motion", "alarm_motion", true)
    home:advance_to "23:00"
    local lines = {}
    for i, entry in ipairs(home.sent) do
      lines[i] = entry.time:sub(12, 16) .. " " .. tostring(entry)
    end
    assert.same({
      "00:00 Hall/Lamp: onoff = true", "00:04 Hall/Lamp: onoff = true",
      "00:09 Hall/Lamp: onoff = false",
      "16:37 Living room/Reading light: dim = 0.3",
    }, lines)
  end)

  it("can be stopped and loaded again", function()
    local path = write("evening.lua", evening)
    local script = home:load(path)
    script:stop()
    home:operate("Hall/Motion", "alarm_motion", true)
    assert.equal(0, #home:sent())
    home:load(path)
    home:operate("Hall/Motion", "alarm_motion", true)
    assert.equal(1, #home:sent())
  end)

  it("runs beside others", function()
    home:load(write("a.lua",
      'local homey = require "homey" homey.every("1 h", function() homey.log("info", "a") end)'))
    home:load(write("b.lua",
      'local homey = require "homey" homey.every("1 h", function() homey.log("info", "b") end)'))
    home:advance "2 h"
    local said = {}
    for i, line in ipairs(home:logged "info") do said[i] = line.text end
    assert.same({ "a", "b", "a", "b" }, said)
  end)

  it("raises errors of loading", function()
    local _, err = homey.try(home.load, home, write("bad.lua", "local x = nil\nx()"))
    assert.match("bad.lua:2:", tostring(err))
    _, err = homey.try(home.load, home, write("worse.lua", "if then"))
    assert.match("worse.lua:1:", tostring(err))
    _, err = homey.try(home.load, home, folder .. "/none.lua")
    assert.match("none.lua", tostring(err))
    _, err = homey.try(home.load, home, 3)
    assert.match("takes the path of a file, not 3", tostring(err))
  end)

  it("is found beside the test", function()
    write("beside.lua", 'require("homey").log("info", "found")')
    local chunk = assert(loadfile(write("test.lua",
      "local home = ... local script = home:load 'beside.lua' return script")))
    chunk(home)
    assert.equal("found", home.logged[1].text)
  end)

  it("logs errors of handlers with their place", function()
    home:load(write("bad.lua", [[
      local homey = require "homey"
      homey.every("1 h", function() local x = nil; x.y = 1 end)
    ]]))
    home:advance "90 min"
    local errors = home:logged "error"
    assert.equal(1, #errors)
    assert.match("bad.lua:2:", errors[1].text)
    assert.equal(home.loop.epoch + 3600, errors[1].at)
  end)

  for what, case in pairs {
    ["a dry run"] = { "dry_run = true", "homey run %-%-dry%-run" },
    ["another hub"] = { 'hub = "Holiday house"', "wants the hub 'Holiday house'" },
    ["an unknown option"] = { 'emial = "me"', "did you mean 'email'" },
  } do
    it("is refused when its login asks for " .. what, function()
      local path = write("wants.lua",
        ('local homey = require "homey"; homey.login{ %s }\n'):format(case[1])
        .. 'homey.device("Hall/Lamp"):set("onoff", true)')
      local _, err = homey.try(home.load, home, path)
      assert.equal("invalid", err.kind)
      assert.matches(case[2], err.message)
      assert.same({}, home.sent)
    end)
  end

  it("is warned of another time zone in its login", function()
    home:load(write("zone.lua",
      'require("homey").login{ timezone = "Pacific/Auckland", hub = "sunny house" }'))
    assert.matches("option `timezone` of homey.login is ignored.* HOMEY_TIMEZONE",
      home:logged("warning")[1].text)
  end)

  for _, way in ipairs { "homey.login():close()", "homey.logout()" } do
    it("ends alone after " .. way, function()
      local heard = 'homey.every("1 min", function() homey.log("info", "%s") end)'
      home:load(write("stays.lua", 'local homey = require "homey"; ' .. heard:format "stays"))
      home:load(write("leaves.lua",
        'local homey = require "homey"; ' .. heard:format "leaves" .. "; " .. way))
      home:advance "2 min"
      local texts = {}
      for i, line in ipairs(home:logged "info") do texts[i] = line.text end
      assert.same({ "stopped: the script closed its home.", "stays", "stays" }, texts)
    end)
  end

  it("logs to the home that is running", function()
    local other = sim.home(nil, { quiet = true })
    for _, each in ipairs { other, home } do
      each:at("07:00", { missed = "skip" }, function() end)
      each:set_time "12:00"
    end
    assert.equal(1, #home:logged "info")
    assert.equal(1, #other:logged "info")
    assert.match("was missed by 300 min", home.logged[1].text)
    other:close()
  end)
end)

describe("a year", function()
  local days = slow and 14 or 365

  it("of an automation takes a moment", function()
    local home = sim.home(nil, { quiet = true })
    local quarters, moves, sunsets = 0, 0, {}
    local lamp = home:device "Hall/Lamp"
    home:every("15 min", function() quarters = quarters + 1 end)
    home:at("sunset", function() sunsets[#sunsets + 1] = home:date():sub(1, 10) end)
    home:device("Hall/Motion"):on("alarm_motion", { to = true }, function()
      moves = moves + 1
      lamp:set("onoff", true, { revert_after = "5 min" })
    end)
    for _ = 1, days do
      for _ = 1, 6 do
        home:advance "2 h"
        home:operate("Hall/Motion", "alarm_motion", true)
        home:advance "2 h"
        home:operate("Hall/Motion", "alarm_motion", false)
      end
    end
    home:advance "10 min"
    assert.equal(days * 96, quarters)
    assert.equal(days * 6, moves)
    assert.equal(days * 12, #home:sent "Hall/Lamp")
    assert.equal(days, #sunsets)
    assert.same({}, home:logged())
    for i = 2, #sunsets do assert.is_true(sunsets[i - 1] < sunsets[i]) end
    home:close()
  end)
end)

describe("two runs", function()
  local program = [[
    local sim = require "homey.sim"
    local home = sim.home(nil, { quiet = true })
    home:load(arg[1])
    local function show(...) print(home:date(), ...) end
    home:devices{ capability = "alarm_contact" }:on("alarm_contact", function(value, device, event)
      show(device, value, event.missed)
    end)
    home:devices():on("onoff", function(value, device) show(device, value) end)
    for name in pairs { create = 1, update = 1, delete = 1 } do
      home:on("device." .. name, function(d) show(name, d) end)
    end
    local sensors = { "Kitchen/Window", "Front door" }
    for day = 1, 3 do
      home:operate("Hall/Motion", "alarm_motion", math.random(2) == 1)
      home:advance(math.random(20) .. " h")
      home:drop "10 min"
      for _, name in ipairs(sensors) do home:operate(name, "alarm_contact", day % 2 == 1) end
      home:add("device", { name = "New " .. day, zone = "Attic", capabilities = { onoff = false } })
      home:advance "1 h"
      home:fail { kind = "timeout", method = "PUT" }
      home:devices{ class = "light", zone = "Downstairs" }:set("onoff", day % 2 == 0)
    end
  ]]

  local function run(path, script)
    local out = folder .. "/out"
    local lua = os.getenv "HOMEY_TEST_LUA"
    local command = ("%s %s %s > %s 2>&1"):format(lua, path, script, out)
    os.execute(command)
    local file = assert(io.open(out))
    local text = file:read "*a"
    file:close()
    return text
  end

  it("are identical, also in another process", function()
    local tried = program:gsub("home:devices{ class[^\n]+",
      "require('homey').try(function() %0 end)")
    local path = write("program.lua", tried .. [[
      for _, entry in ipairs(home:sent()) do
        print(entry.time, tostring(entry), entry.id, entry.failed)
      end
      for _, line in ipairs(home:logged()) do print(line.at, line.level, line.text) end
    ]])
    local script = write("evening.lua", evening)
    local first = run(path, script)
    assert.match("Hall/Lamp: onoff = true", first)
    assert.match("Kitchen/Window\ttrue\ttrue", first)
    assert.equal(first, run(path, script))
  end)
end)
