-- Control of the simulator: over plain HTTP, and `homey sim` at a terminal.
-- Runs on one Lua: no Lua has a part in it.
local core = require "homey.core"
local logins = require "spec.support.logins"
local support = require "spec.support.sim"
local web = require "spec.support.web"

local slow = logins.slow

describe("HTTP control of the simulator", function()
  local sim

  setup(function() sim = support.start() end)
  teardown(support.stop)

  local function ask(path, body, more)
    return support.curl(sim, { url = sim.control .. path, body = body, more = more })
  end

  it("lists devices by name", function()
    local list, names = ask("/sim/devices").json, {}
    for i, device in ipairs(list) do names[i] = device.name end
    assert.equal(21, #list)
    assert.same({ "Bathroom/Fan", "Bathroom/Leak sensor" }, { names[2], names[3] })
    assert.is_false(list[2].values.onoff)
  end)

  for _, ref in ipairs { "Kitchen/Lamp", "Kitchen%2FLamp",
    "ff469433-66b3-458d-ad73-14530d8f9b39" } do
    it("operates the device " .. ref, function()
      sim:operate("Kitchen/Lamp", "onoff", false)
      local reply = ask("/sim/device/" .. ref .. "/capability/onoff", '{"value": true}')
      assert.same({ 200, true }, { reply.status, reply.json.capabilitiesObj.onoff.value })
      assert.is_true(sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value)
      assert.equal("Lamp", ask("/sim/device/" .. ref).json.name)
    end)
  end

  for _, case in ipairs {
    { "an unknown device", "/sim/device/Cellar/capability/onoff", '{"value":true}',
      "Device with ID Cellar" },
    { "an unknown capability", "/sim/device/Kitchen/Lamp/capability/x", '{"value":true}',
      "Invalid Capability: x" },
    { "a value of another type", "/sim/device/Kitchen/Lamp/capability/onoff", '{"value":3}',
      "expected boolean, got number" },
    { "a body without a value", "/sim/device/Kitchen/Lamp/capability/onoff", "{}",
      '{"value": ...}' },
    { "a body that is not JSON", "/sim/device/Kitchen/Lamp/capability/onoff", "true?",
      '{"value": ...}' },
    { "an unknown path", "/sim/devices/x", "{}", "There are /sim/devices" },
  } do
    it("refuses " .. case[1], function()
      local reply = ask(case[2], case[3])
      assert.is_true(reply.status >= 400)
      assert.truthy(reply.json.error_description:find(case[4], 1, true), reply.body)
    end)
  end

  for _, case in ipairs {
    { "set Kitchen/Lamp onoff true", "" }, { 'set "Living room/Reading light" dim 0.25', "" },
    { "show living", "the home has no device 'living'" },
      { "show Kitchen/Lmap", "did you mean 'Kitchen/Lamp'?" },
    { "show Kitchen/Window",
      "Kitchen/Window  sensor  e90b5c3f-284d-47a1-8fc6-d5a7139e0b25\n  alarm_contact false" },
    { "devices garden", "Garden/Garden lights" }, { "variable House mode away", "" },
    { "variable Guests many", "expected number" },
      { "variable Nothing 1", "no variable 'Nothing'" },
    { "available Kitchen/Lamp false", "" }, { "available Kitchen/Lamp perhaps", "true or false" },
    { "set Kitchen/Lamp onoff", "set takes a device, a capability and a value" },
    { "set Kitchen/Lamp dim 7", "7 is more than 1" },
      { "drop never", 'takes a time such as "30 s"' },
    { "fail status route=device times=1", "" }, { "fail never", "no fault of kind 'never'" },
      { "clear", "" },
    { "expire milk", "or jwt, not 'milk'" }, { "settings echo=after", "" }, { "settings", "echo" },
    { "settings ehco=1", "no setting 'ehco'" }, { "kick", "0 kicked" }, { "say 2", "0 sent" },
    { "state", "websockets           0" }, { "help", "set       DEVICE CAPABILITY VALUE" },
    { "dorp", "there is no command 'dorp'; did you mean 'drop'?" }, { "  ", "" },
  } do
    it(("runs the command %q"):format(case[1]), function()
      local reply = ask("/sim/command", case[1])
      assert.truthy(reply.body:find(case[2], 1, true), reply.body)
      if case[2] == "" then assert.same({ 200, "" }, { reply.status, reply.body }) end
    end)
  end

  for what, header in pairs {
    ["another page"] = "Origin: http://evil.example",
    ["a page on another port"] = "Origin: http://127.0.0.1:1",
    ["a page of no origin"] = "Origin: null",
    ["a name that leads here"] = "Host: evil.example",
    ["a cross-site request"] = "Sec-Fetch-Site: cross-site",
  } do
    it("refuses " .. what, function()
      sim:operate("Hall/Motion", "alarm_motion", true)
      local name, value = header:match "^(%S+): (.*)$"
      for path, body in pairs {
        ["/sim/command"] = 'set Hall/Motion alarm_motion false',
        ["/sim/device/Hall/Motion/capability/alarm_motion"] = '{"value": false}',
        ["/"] = '{"op": "operate", "args": '
          .. '{"device": "Hall/Motion", "capability": "alarm_motion", "value": false}}',
      } do
        local reply = support.curl(sim, {
          url = sim.control .. path, body = body, headers = { [name] = value },
        })
        assert.equal(403, reply.status, reply.said)
      end
      assert.is_true(sim:device("Hall/Motion").capabilitiesObj.alarm_motion.value)
    end)
  end

  for what, port_of in pairs {
    ["the control"] = function() return tonumber(sim.control:match "%d+$") end,
    ["the hub"] = function() return sim.ports.http end,
  } do
    it("answers HEAD without a body: " .. what, function()
      local request = "%s /sim/nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
      local said = web.said_to(port_of(), request:format "HEAD" .. request:format "GET")
      assert.matches("^HTTP/1%.1 404 [^{]-\r\n\r\nHTTP/1%.1 404 [^{]-\r\n\r\n{", said)
    end)
  end

  it("has carried out the commands", function()
    assert.equal(0.25, sim:device("Living room/Reading light").capabilitiesObj.dim.value)
    assert.is_false(sim:device("Kitchen/Lamp").available)
    assert.equal("after", sim:get "settings.echo")
  end)
end)

describe("homey sim", function()
  local interpreter = require("homey.sim.control.process").interpreter()

  -- Runs `homey sim` with arguments and an input. Returns its exit code and output.
  local function run(arguments, input)
    local script = ([[
      package.path, package.cpath = %q, %q
      os.exit(require("homey.cli").main { "sim", (table.unpack or unpack)(arg) })
    ]]):format(package.path, package.cpath)
    local file = os.tmpname()
    local out = assert(io.open(file, "w"))
    out:write(script)
    out:close()
    local pipe = io.popen(("%s env %s timeout -k 5 %d %s %s %s 2>&1; echo exit $?"):format(
      input, logins.exits, 90 * slow, interpreter, file, arguments))
    local said = pipe:read "*a"
    pipe:close()
    os.remove(file)
    local text, code = said:match "^(.*)exit (%d+)\n$"
    return tonumber(code), text
  end

  it("prints exports and changes, runs commands", function()
    local code, said = run("--http 0", "printf 'set Kitchen/Lamp onoff true\\nshow Kitchen/Lamp' |")
    assert.equal(0, code)
    assert.truthy(said:find("export HOMEY_EMAIL='sunny@example.com'", 1, true), said)
    assert.truthy(said:find("/sim/device/Kitchen/Lamp/capability/onoff", 1, true))
    assert.truthy(said:find("event  Kitchen/Lamp onoff true\n", 1, true))
    assert.truthy(said:find("  onoff true\n  dim 0.6\n", 1, true))
  end)

  it("escapes control characters", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write [[{"zones": ["Kitchen"], "variables": {"M\u001b[2J": "x"}, "devices": [
      {"name": "L\u001b[2J\u202e\u009b\nx", "zone": "Kitchen", "id": "one",
        "capabilities": {"onoff": false}}]}]]
    file:close()
    local code, said = run("--http 0 --home " .. path,
      "printf 'set one onoff true\\ndevices\\nshow one\\n' |")
    os.remove(path)
    assert.equal(0, code, said)
    assert.truthy(said:find("event  Kitchen/L\\x1b[2J\\u{202e}\\u{9b}\\nx onoff true\n", 1, true),
      said)
    assert.is_nil(said:find "\27" or said:find("\226\128\174", 1, true)
      or said:find("\194\155", 1, true))
  end)

  it("stops at quit", function()
    local code, said = run("--devices=5 --seed 3", "printf 'quit\\nnonsense\\n' |")
    assert.equal(0, code)
    assert.is_nil(said:find "nonsense")
    assert.match("\nHouse of 5, a simulated home with 5 devices", said)
  end)

  it("continues after its input with --serve", function()
    local script = 'package.path, package.cpath = %q, %q; '
      .. 'os.exit(require("homey.cli.commands.sim").main{"--serve"})'
    script = script:format(
      package.path, package.cpath)
    local process = logins.start(script)
    local function said()
      local file = assert(io.open(process.output))
      local text = file:read "*a"
      file:close()
      return text
    end
    logins.wait_until(function() return said():find("/sim/device", 1, true) end, core.pause)
    local url, ca = said():match "(http://127[%d.:]+)/sim/device",
      said():match "HOMEY_CAFILE='(.-)'"
    local pipe = io.popen("LD_PRELOAD= curl -sS -d '{\"value\":true}' " .. url
      .. "/sim/device/Hall/Motion/capability/alarm_motion")
    assert.truthy(pipe:read("*a"):find('"alarm_motion"', 1, true))
    pipe:close()
    os.execute("kill -TERM " .. process.pid)
    local text = logins.finish(process)
    assert.truthy(text:find("event  Hall/Motion alarm_motion true", 1, true), text)
    assert.is_nil(io.open(ca))
    logins.tidy()
  end)

  local folder = os.tmpname()
  teardown(function() os.remove(folder) end)

  for _, case in ipairs {
    { "an unknown option", "--sreve", 2,
      "homey sim: there is no option --sreve; did you mean '--serve'?" },
    { "a word in place of a number", "--devices many", 2,
      "--devices takes a whole number from 0 to 1000000, not 'many'." },
    { "an option without its value", "--seed", 2, "--seed needs a value: N." },
    { "an impossible port", "--http 99999", 2,
      "--http takes a whole number from 0 to 65535, not 99999." },
    { "a missing file", "--home /nowhere.json", 2,
      "--home takes a file that can be read, not '/nowhere.json'." },
    { "a file that is not JSON", "--home " .. folder, 2, "is not JSON: byte 1", "no" },
    { "a file that is not a home", "--home " .. folder, 2,
      "the home: it must be an object with `homey`, `zones`, `devices`, not a list", "[]" },
    { "an incomplete home", "--home " .. folder, 2, "the device 'd' has no `name`",
      '{"devices":{"d":{"id":"d","capabilitiesObj":{}}}}' },
  } do
    it("refuses " .. case[1], function()
      if case[5] then
        local file = assert(io.open(folder, "w"))
        file:write(case[5])
        file:close()
      end
      local code, said = run(case[2], "")
      assert.equal(case[3], code)
      assert.truthy(said:find(case[4], 1, true), said)
      assert.is_nil(said:find "%.lua:%d")
    end)
  end

  it("names a port that is in use", function()
    local cs = require "cqueues.socket"
    local other = cs.listen { host = "127.0.0.1", port = 0 }
    other:listen()
    local _, _, port = other:localname()
    local code, said = run("--http " .. port, "")
    other:close()
    assert.equal(2, code)
    assert.truthy(said:find(("port %d is already in use: choose another one."):format(port), 1,
      true), said)
    assert.is_nil(said:find "traceback")
  end)

  it("prints its help", function()
    local code, said = run("--help", "")
    assert.equal(0, code)
    assert.match("^usage: homey sim", said)
  end)
end)
