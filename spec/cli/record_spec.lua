-- homey record, replay: an evening in a file, and automations that are played against it.
local command = require "spec.support.command"
local compare = require "homey.cli.record.compare"
local core = require "homey.core"
local player = require "homey.cli.record.player"
local recording = require "homey.cli.record.recording"
local scrub = require "homey.cli.record.scrub"

local function lines_of(text)
  local list = {}
  for line in text:gmatch "[^\n]+" do list[#list + 1] = line end
  return list
end

local script = [[
local homey = require "homey"
homey.login()
local lamp = homey.device "Hall/Lamp"
local motion = homey.device "Hall/Motion"
motion:on("alarm_motion", { to = true }, function() lamp:set("onoff", true) end)
motion:on("alarm_motion", { to = false, held = "10 min" }, function()
  lamp:set("onoff", false)
end)
homey.run()
]]

describe("homey record and replay", function()
  local env, sim, folder

  setup(function()
    env, sim = command.at_sim()
    folder = command.folder()
    command.write(folder .. "/motion.lua", script)
  end)
  teardown(command.leave_sim)

  local function record(name, ...)
    local path = folder .. "/" .. name
    local process = command.start(env, "record", path, ...)
    process:wait_for "recording to"
    return process, path
  end

  it("write what happens, and play it", function()
    local process, path = record("evening.jsonl", "--for", "60s")
    sim:operate("Hall/Lamp", "onoff", false)
    sim:operate("Hall/Motion", "alarm_motion", true)
    sim:operate("Hall/Motion", "alarm_motion", false)
    command.succeed(env, "variable", "Guests", "4")
    command.until_true("four events", function()
      return #lines_of(command.read(path)) >= 5
    end)
    local lines = lines_of(command.read(path))
    local head = core.decode(lines[1])
    assert.equal(1, head.recording)
    assert.equal("onoff", core.decode(lines[2]).capability)
    assert.is_true(core.decode(lines[3]).value)
    assert.equal(4, core.decode(lines[5]).value)
    process:signal "INT"
    assert.equal(130, process:ended())
    local out = command.succeed(env, "replay", path, folder .. "/motion.lua", "--jsonl")
    local sent = core.decode(lines_of(out)[1])
    assert.equal("Hall/Lamp: onoff = true", sent.text)
    assert.matches("^motion%.lua:5", sent.by)
    assert.matches("alarm_motion became true", sent.because)
  end)

  it("refuse a file that exists, or that is no recording, and name what is wrong", function()
    command.write(folder .. "/there", "x")
    local code, out, err = command.run(env, "record", folder .. "/there")
    assert.same({ 2, "" }, { code, out })
    assert.matches("the file .* exists already", err)
    assert.equal("x", command.read(folder .. "/there"))
    for text, problem in pairs {
      ["x"] = "is not a recording", ["{}"] = "is not a recording",
      ['{"recording":9,"at":1,"home":{}}'] = "newer version",
      ['{"recording":1,"at":1,"home":{}}\nrubbish\n{"at":2}'] = "line 2 of",
      ['{"recording":1,"at":1,"home":{}}\n{"at":2}\nrubbish\n'] = "line 3 of",
      ['{"recording":1,"at":1,"home":{}}\n{"at":2}\n\n'] = "line 3 of",
      ['{"recording":1,"at":1,"home":{}}\n{"at":2,"device":{}}\n{"at":2}'] = "line 2 of",
      ['{"recording":1,"at":1,"home":{}}\n{"at":2}\n{"at":1e18}\n{"at":3}'] = "line 3 of",
    } do
      command.write(folder .. "/bad", text)
      code, out, err = command.run(env, "replay", folder .. "/bad", folder .. "/motion.lua")
      assert.same({ 2, "" }, { code, out })
      assert.truthy(err:find(problem, 1, true), err)
    end
    code, out, err = command.run(env, "replay", folder .. "/none", folder .. "/motion.lua")
    assert.same({ 2, "" }, { code, out })
    assert.matches("cannot be read", err)
  end)

  it("leave no name, id or text in a scrubbed file", function()
    local process, path = record("scrubbed.jsonl", "--scrub", "--for", "60s")
    sim:operate("Living room/Speaker", "speaker_track", "Another secret song")
    command.until_true("an event", function() return #lines_of(command.read(path)) >= 2 end)
    process:signal "INT"
    assert.equal(130, process:ended())
    local text = command.read(path)
    for _, word in ipairs {
      "Hall", "Lamp", "Vera", "Guests", "Dinner", "Sunny", "secret", "rchard", "com.example",
    } do
      assert.is_nil(text:find(word, 1, true), word)
    end
    for line in command.succeed(env, "devices", "--format", "{id}"):gmatch "[^\n]+" do
      assert.is_nil(text:find(line, 1, true), line)
    end
    assert.truthy(text:find("Light 1", 1, true))
    local code, _, err = command.run(env, "replay", path, folder .. "/motion.lua")
    assert.equal(4, code) -- the script names devices of the home
    assert.matches("there is no device 'Hall/Lamp'", err)
  end)
end)

describe("a recording", function()
  it("that was cut off in a line is read up to there", function()
    local path = os.tmpname()
    command.write(path, '{"recording":1,"at":100,"home":{}}\n{"at":101,"device":"a"}\n{"at":10')
    local read = recording.read(path)
    os.remove(path)
    assert.equal(1, #read.events)
    assert.equal(101, read.ends)
  end)
end)

describe("scrubbing", function()
  it("leaves no text that a person gave to a capability", function()
    local taken = {
      homey = { name = "X" }, zones = {},
      devices = { d = { id = "d", name = "Remote", capabilitiesObj = { scene = {
        id = "scene", type = "enum", value = "s1", title = "Secret", desc = "Secret",
        options = { title = "Secret" }, values = { { id = "s1", title = "Secret" } },
      } } } },
    }
    scrub.home(taken)
    local text = core.encode(taken)
    assert.is_nil(text:find("Secret", 1, true), text)
    assert.truthy(text:find('"value":"s1"', 1, true), text)
  end)

  it("gives the same thing the same name everywhere", function()
    local taken = {
      homey = { name = "X" }, zones = { z = { id = "z", name = "Hall" } },
      devices = { d = { id = "d", name = "Lamp", class = "light", zone = "z" } },
    }
    local event = scrub.home(taken) { at = 1, device = "d", capability = "onoff", value = true }
    local id = next(taken.devices)
    assert.equal(id, event.device)
    assert.equal("Light 1", taken.devices[id].name)
    assert.equal(next(taken.zones), taken.devices[id].zone)
  end)
end)

describe("playing", function()
  it("skips a change of a device that names no capability", function()
    local home = { devices = { d = { id = "d", name = "Lamp", class = "light",
      capabilities = { onoff = false } } } }
    local played = player.play({ at = 1767225600, home = home, ends = 1767225602,
      events = { { at = 1767225601, device = "d" } } }, {})
    assert.equal(1, played.skipped)
    played.home:close()
  end)
end)

describe("a comparison", function()
  it("pairs what is alike within a minute, and shows the rest", function()
    local function event(at, value)
      return { at = at, device = "d", capability = "dim", value = value }
    end
    local function sent(at, value)
      return { at = at, id = "d", device = "Hall/Lamp", capability = "dim", value = value }
    end
    local list = compare.lists({ event(10, 0.5), event(200, 1), event(300, 0) },
      { sent(12.34, 0.5), sent(205, 0.3) }, function() return "Hall/Lamp" end)
    local marks = {}
    for i, each in ipairs(list) do
      marks[i] = ("%s%g %s"):format(each.mark, each.at, tostring(each.delay))
    end
    assert.same({ "=12.34 2.3", "-200 nil", "+205 nil", "-300 nil" }, marks)
  end)
end)
