-- `homey sim --virtual`: scripts in virtual time, with a page that changes the time, over sockets.
-- Its programs are processes of their own: not under Valgrind.
local client = require "spec.page.client"
local command = require "spec.support.command"

local evening = [[
local homey = require "homey"
homey.device("Hall/Motion"):on("alarm_motion", { to = true, mode = "restart" }, function()
  homey.device("Hall/Lamp"):set("dim", 0.9)
  homey.sleep "5 min"
  homey.device("Hall/Lamp"):set("dim", 0.1)
end)
homey.at("22:30", function() homey.log("info", os.date "it is %H:%M") end)
]]

describe("homey sim --virtual", function()
  local page, process, folder, lamp, motion

  local function start(...)
    process = command.start({}, "sim", "--virtual", "--page", "0", "--time", "2026-06-21 18:00",
      ...)
    page = client.new(process:wait_for("Open (http://%S+) to see"):match "http://%S+")
    process:wait_for "Ctrl%-C ends it"
    lamp, motion = "2a9e7c14-b0d5-4f83-9c61-e7f40a5b8d20", page:device("Motion").id
  end

  local function time() return page:get("page/home").json.time end

  local function change_time(change)
    local answer = page:post("page/time", change)
    assert.same({ 204, "" }, { answer.status, answer.body })
  end

  before_each(function()
    folder = command.folder()
    command.write(folder .. "/evening.lua", evening)
  end)

  after_each(command.tidy)

  it("runs scripts, whose changes and causes the page shows", function()
    start(folder)
    change_time { paused = true }
    local stream = page:listen()
    stream:wait_for '"paused":true'
    page:set(motion, "alarm_motion", true)
    local said = stream:wait_for '"text":"Hall/Lamp: dim = 0.9"'
    assert.truthy(said:find('"because":"Hall/Motion: alarm_motion became true"', 1, true), said)
    assert.truthy(said:find('"by":"evening.lua:2"', 1, true), said)
    assert.equal(0.9, page:value(lamp, "dim"))
    change_time { advance = 301 }
    stream:wait_for '"text":"Hall/Lamp: dim = 0.1"'
    assert.equal(0.1, page:value(lamp, "dim"))
    assert.match("^Hall/Lamp: dim is 0.1 since 2026%-06%-21 18:0[56]:%d%d: Hall/Motion: "
      .. "alarm_motion became true %-> evening.lua:2 set it%.$",
      page:get("page/why?device=" .. lamp .. "&capability=dim").json.text)
    process:wait_for "Lamp: dim = 0.1 %(Hall/Motion: alarm_motion became true %-> evening.lua:2%)"
    stream:close()
  end)

  it("advances, pauses and speeds up the time", function()
    start(folder)
    assert.equal("virtual", page:get("page/home").json.mode)
    local before = time()
    command.until_true("the time runs", function() return time() > before end)
    change_time { paused = true }
    before = time()
    change_time { advance = 3600 }
    assert.equal(3600, time() - before)
    change_time { speed = 3600, paused = false }
    command.until_true("hours pass in seconds", function() return time() - before > 4 * 3600 end)
    process:wait_for "evening.lua: it is 22:30"
    for _, wrong in ipairs {
      { speed = 0 }, { speed = "fast" }, { advance = -1 }, { advance = 1e9 }, { paused = 1 },
      { hours = 3 },
    } do assert.equal(400, page:post("page/time", wrong).status) end
  end)

  it("lists scripts and reloads one that is saved", function()
    start(folder .. "/evening.lua")
    local list = page:get("page/scripts").json
    assert.same({ "evening.lua", "running", 2 },
      { list[1].name, list[1].state, #list[1].triggers })
    local stream = page:listen()
    stream:wait_for ": connected"
    command.write(folder .. "/evening.lua", 'require("homey").log("info", "second version")')
    stream:wait_for "evening.lua: second version"
    stream:wait_for "event: scripts"
    command.write(folder .. "/evening.lua", "this is no Lua")
    stream:wait_for "The previous version keeps running."
    stream:close()
  end)

  it("goes on after a script without an end, and without a network", function()
    command.write(folder .. "/evening.lua", [[
local homey = require "homey"
local ok, err = homey.try(homey.fetch, "https://api.example.com/prices")
homey.log("info", tostring(err))
homey.device("Hall/Lamp"):on("dim", function(event) homey.device("Hall/Lamp"):set("dim",
  event.value > 0.5 and 0.2 or 0.8) end)
]])
    start(folder)
    process:wait_for "api.example.com cannot be reached"
    page:set(lamp, "dim", 0.6)
    command.until_true("it answers", function() return page:get("page/home").status == 200 end)
    assert.is_nil(process:code())
  end)

  for what, case in pairs {
    ["no script"] = { { "--virtual" }, "homey sim --virtual needs a file or a folder" },
    ["a file that is not there"] = { { "--virtual", "--page", "0", "/nowhere.lua" },
      "there is no file or folder '/nowhere.lua'" },
    ["a script without --virtual"] = { { "x.lua" }, "homey sim --virtual x.lua" },
    ["a port of the hub"] = { { "--virtual", "--http", "0", "x.lua" },
      "--http does not go with --virtual" },
    ["a speed without --virtual"] = { { "--speed", "60" }, "--speed goes with --virtual" },
    ["a time that is none"] = { { "--virtual", "--time", "noon", "spec" }, "a time is" },
  } do
    it("refuses " .. what, function()
      local code, _, err = command.run({}, "sim", (table.unpack or unpack)(case[1]))
      assert.is_true(code ~= 0)
      assert.truthy(err:find(case[2], 1, true), err)
      assert.equal(1, select(2, err:gsub("\n", "\n")))
    end)
  end

  it("ends the demo, where a click on a sensor switches a lamp", function()
    local path = os.tmpname()
    os.execute(("script -qfc '%s examples/demo.lua' %s >/dev/null 2>&1 </dev/null &"
      .. " echo $! >%s.pid"):format(os.getenv "HOMEY_TEST_LUA", path, path))
    local function said(pattern)
      return command.until_true("the demo says " .. pattern, function()
        return command.read(path):match(pattern)
      end)
    end
    page = client.new(said "Open (http://%S+) to see the home")
    said "hall_light.lua: started"
    page:set(page:device("Motion").id, "alarm_motion", true)
    said "Hall/Lamp: dim = 0.8 %(Hall/Motion: alarm_motion became true %-> hall_light.lua:%d+%)"
    os.execute("kill " .. command.read(path .. ".pid"))
    os.remove(path)
    os.remove(path .. ".pid")
  end)

  it("ends at a signal", function()
    start(folder)
    process:signal "TERM"
    assert.equal(0, process:ended())
  end)
end)
