-- The page of `homey run --http`: what it shows, to whom, and what listening to it costs.
local Server = require "homey.cli.http.server"
local Streams = require "homey.page.streams"
local command = require "spec.support.command"
local core = require "homey.core"
local cqueues = require "cqueues"
local cs = require "cqueues.socket"
local logins = require "spec.support.logins"
local response = require "homey.sim.http.response"

local scripts = {
  evening = [[
    local homey = require "homey"
    homey.login()
    homey.device("Hall/Motion"):on("alarm_motion", { to = true }, function()
      print "somebody is here"
      homey.device("Hall/Lamp"):set("onoff", true)
    end)
    homey.at("22:30", function() end)
    homey.on("my.fault", function() error "the lamp is made of cheese" end)
    homey.run()
  ]],
  guarded = [[
    local homey = require "homey"
    homey.login()
    homey.every("2 h", { aligned = true }, function() end)
    homey.after("90 s", function() end)
    homey.devices { class = "sensor" }:on("measure_temperature",
      { above = 25, held = "10 min", mode = "single" }, function() end)
    homey.device("Living room/Thermostat"):on("thermostat_mode",
      { to = { "heat", "cool" }, debounce = 150 }, function() end)
    homey.guard { device = "Kitchen/Lamp", never = true, capability = "dim" }
    homey.limits { per_minute = 1 }
    homey.run()
  ]],
  idle = [[
    local homey = require "homey"
    homey.on("my.bell", function() end)
    homey.run()
  ]],
}

describe("the page of homey run --http", function()
  local env, sim, folder, process, url, secret, streams

  -- A program that serves one script; it says `wanted` once it does.
  local function start(name, wanted, with, ...)
    folder = command.folder()
    command.write(folder .. "/" .. name .. ".lua", scripts[name])
    process = command.start(with or env, "run", "--http", "127.0.0.1:0", folder, ...)
    process:wait_for(wanted or name .. ".lua: started")
    url = process:said():match "listens on (http://127%.0%.0%.1:%d+)"
    secret = command.read(env.HOMEY_STATE_DIR .. "/http.token"):match "%S+"
  end

  setup(function() env, sim = command.at_sim() end)
  before_each(function() streams = {} end)
  after_each(function()
    for _, stream in ipairs(streams) do
      logins.shell("kill " .. stream.pid .. " 2>/dev/null; true")
    end
    process:signal "TERM"
    assert.equal(0, process:ended())
  end)
  teardown(command.leave_sim)

  -- The status and the body of the answer to a request by curl, and its headers.
  local function ask(path, more, token)
    local pipe = io.popen(("LD_PRELOAD= curl -s -i -H 'Authorization: Bearer %s' %s '%s%s'")
      :format(token or secret, more or "", url, path))
    local said = pipe:read "*a"
    pipe:close()
    local head, body = said:match "^(HTTP/.-\r\n)\r\n(.*)$"
    return tonumber(head:match "^%S+ (%d+)"), body, head
  end

  local function get(path)
    local status, body = ask(path)
    assert.equal(200, status, body)
    return core.decode(body)
  end

  -- A browser that listens; its `said` is what it has heard.
  local function listen()
    local out = folder .. "/stream-" .. #streams
    local pipe = io.popen(("LD_PRELOAD= curl -sN -H 'Authorization: Bearer %s' '%s/page/stream' "
      .. ">%s 2>&1 & echo $!"):format(secret, url, out))
    local stream = { pid = pipe:read "*l", said = function() return command.read(out) end }
    pipe:close()
    streams[#streams + 1] = stream
    command.until_true("the stream begins", function() return stream.said():find "^: " end)
    return stream
  end

  -- The data of the first event of a name that has some text in it.
  local function event(stream, name, text)
    return command.until_true(("the stream has an event %s: %s"):format(name, text), function()
      for data in stream.said():gmatch("event: " .. name .. "\ndata: ([^\n]*)\n\n") do
        if data:find(text, 1, true) then return core.decode(data) end
      end
    end)
  end

  local function device_of(home, name)
    for _, device in ipairs(home.devices) do
      local zone
      for _, each in ipairs(home.zones) do zone = each.id == device.zone and each.name or zone end
      if zone .. "/" .. device.name == name then return device end
    end
  end

  local function value_of(device, id)
    for _, each in ipairs(device.capabilities) do
      if each.id == id then return each.value, each end
    end
  end

  local function topics_of_devices()
    local n = 0
    for uri in pairs(sim:state().topics) do n = n + (uri:find "^homey:device:" and 1 or 0) end
    return n
  end

  local function post(change, more)
    return ask("/page/set", ("-H 'Content-Type: application/json' -d '%s' %s")
      :format(core.encode(change), more or ""))
  end

  it("shows the home, and that it changes nothing", function()
    start "idle"
    sim:operate("Hall/Lamp", "dim", 0.3)
    local home = get "/page/home"
    assert.same({ "run", false, true, "Europe/Amsterdam" },
      { home.mode, home.writable, home.connected, home.timezone })
    assert.is_true(#home.name > 0 and math.abs(home.time - os.time()) < 60 * command.slow)
    local value, dim = value_of(device_of(home, "Hall/Lamp"), "dim")
    assert.same({ 0.3, true, "number", 0, 1 }, { value, dim.settable, dim.type, dim.min, dim.max })
    assert.is_true(dim.since <= home.time + 60)
    sim:operate("Hall/Lamp", "dim", 0.4) -- nobody listens, so it is read again
    assert.equal(0.4, (value_of(device_of(get "/page/home", "Hall/Lamp"), "dim")))
  end)

  it("listens to the devices while somebody looks, and to none before and after", function()
    start "idle"
    get "/page/home"
    assert.equal(0, topics_of_devices())
    local first, second = listen(), listen()
    command.until_true("it listens", function() return topics_of_devices() > 5 end)
    local n = 0
    command.until_true("both hear it", function()
      n = n + 1
      sim:operate("Kitchen/Lamp", "dim", n % 2 == 0 and 0.2 or 0.6)
      return first.said():find '"capability":"dim"' and second.said():find '"capability":"dim"'
    end)
    local told = event(first, "value", '"dim"')
    assert.same({ device_of(get "/page/home", "Kitchen/Lamp").id, "number" },
      { told.id, type(told.value) })
    for _, stream in ipairs(streams) do logins.shell("kill " .. stream.pid) end
    command.until_true("it listens to nothing", function() return topics_of_devices() == 0 end)
  end)

  it("tells of devices and zones that come, change and go", function()
    start "idle"
    local lamp = device_of(get "/page/home", "Kitchen/Lamp")
    local stream = listen()
    command.until_true("it listens", function() return topics_of_devices() > 5 end)
    sim:update("devices", lamp.id, { available = false })
    assert.same({ "Lamp", false }, (function()
      local told = event(stream, "device", '"available":false')
      return { told.name, told.available }
    end)())
    sim:update("devices", lamp.id, { available = true, name = "Ceiling" })
    event(stream, "device", '"Ceiling"')
    sim:update("devices", lamp.id, { name = "Lamp" })
    local siren = sim:delete("devices", device_of(get "/page/home", "Hall/Siren").id)
    assert.is_true(event(stream, "device", '"gone":true').gone)
    sim:create("devices", siren)
    assert.equal("Siren", event(stream, "device", '"Siren"').name)
    local zone = sim:create("zones", {
      id = "00000000-0000-4000-8000-00000000000a", name = "Attic", parent = lamp.zone,
    })
    event(stream, "home", "{")
    sim:delete("zones", zone.id)
  end)

  it("tells what scripts send, with their reason, and what they print", function()
    start "evening"
    sim:operate("Hall/Lamp", "onoff", false)
    local stream = listen()
    command.until_true("it listens", function() return topics_of_devices() > 5 end)
    sim:operate("Hall/Motion", "alarm_motion", false)
    sim:operate("Hall/Motion", "alarm_motion", true)
    local sent = event(stream, "log", "became true")
    assert.same({ "Hall/Lamp: onoff = true", "onoff", true },
      { sent.text, sent.capability, sent.value })
    assert.matches("evening%.lua:3$", sent.by)
    assert.equal("Hall/Motion: alarm_motion became true", sent.because)
    assert.equal("evening.lua", event(stream, "log", "somebody is here").by)
    event(stream, "value", device_of(get "/page/home", "Hall/Lamp").id)
    local recorded = get "/page/journal?last=600"
    local last = recorded[#recorded]
    assert.same({ "Hall/Lamp", "onoff", true, "done", sent.because },
      { last.name, last.capability, last.value, last.outcome, last.because })
    assert.matches("^%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d$", last.time)
    local why = get("/page/why?capability=onoff&device=" .. last.id)
    assert.matches("^Hall/Lamp: onoff has been true since .* because Hall/Motion: alarm_motion "
      .. "became true", why.text)
    assert.equal("event", why.steps[1].kind)
  end)

  it("shows scripts with triggers, next times, calls and errors, also reloaded", function()
    start "evening"
    local stream = listen()
    local script = command.until_true("it has its triggers", function()
      local now = get("/page/scripts")[1]
      return #now.triggers == 3 and now
    end)
    assert.same({ "evening.lua", folder .. "/evening.lua", "running" },
      { script.name, script.path, script.state })
    local motion, at = script.triggers[1], script.triggers[2]
    assert.same({ 'Hall/Motion:on("alarm_motion", { to = true })', 0 },
      { motion.text, motion.calls })
    assert.matches("evening%.lua:3$", motion.at)
    assert.is_nil(motion.next)
    assert.equal('at("22:30")', at.text)
    assert.is_true(at.next > os.time() - 60 and at.next <= os.time() + 86460)
    assert.equal(200, (ask("/event/fault", "-X POST")))
    event(stream, "scripts", "{")
    script = get("/page/scripts")[1]
    assert.matches("evening%.lua:8: the lamp is made of cheese$", script.error)
    assert.same({ 1, "running" }, { script.triggers[3].calls, script.state })
    command.write(folder .. "/evening.lua", "this is no Lua")
    process:wait_for "The previous version keeps running"
    script = get("/page/scripts")[1]
    assert.matches("evening%.lua:1: ", script.error)
    assert.same({ "running", 3 }, { script.state, #script.triggers })
    command.write(folder .. "/evening.lua", scripts.idle)
    process:wait_for "reloaded"
    script = get("/page/scripts")[1]
    assert.same({ 1, 'on("my.bell")' }, { #script.triggers, script.triggers[1].text })
    assert.is_nil(script.error)
    command.write(folder .. "/evening.lua", "error 'no'")
    process:wait_for "stopped"
    script = get("/page/scripts")[1]
    assert.same({ "stopped", {} }, { script.state, script.triggers })
  end)

  it("changes something with --http-write alone, and the journal names the page", function()
    start "idle"
    local lamp = device_of(get "/page/home", "Kitchen/Lamp")
    local status, body = post { device = lamp.id, capability = "onoff", value = true }
    assert.equal(403, status)
    assert.matches("Start homey run with %-%-http%-write", body)
    process:signal "TERM"
    process:ended()
    start("idle", nil, nil, "--http-write")
    assert.is_true(get("/page/home").writable)
    sim:operate("Kitchen/Lamp", "onoff", false)
    status, body = post { device = lamp.id, capability = "onoff", value = true }
    assert.same({ 204, "" }, { status, body })
    assert.is_true(sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value)
    local recorded = get "/page/journal"
    assert.same({ "the page", "done" }, { recorded[#recorded].by, recorded[#recorded].outcome })
    assert.matches("because the page set it", get("/page/why?capability=onoff&device="
      .. lamp.id).text)
  end)

  it("refuses changes that cannot be, in words", function()
    start("idle", nil, nil, "--http-write")
    local lamp = device_of(get "/page/home", "Kitchen/Lamp")
    local missing = "00000000-0000-4000-8000-000000000000"
    for _, case in ipairs {
      { 400, "dim", { device = lamp.id, capability = "dim", value = 7 } },
      { 400, "with device, capability and value", { device = lamp.id, capability = "dim" } },
      { 400, "with device, capability and value", { device = 1, capability = "dim", value = 1 } },
      { 404, "no capability 'glow'", { device = lamp.id, capability = "glow", value = 1 } },
      { 404, "no device", { device = missing, capability = "dim", value = 1 } },
    } do
      local status, body = post(case[3])
      assert.equal(case[1], status, body)
      assert.is_truthy(core.decode(body).error:find(case[2], 1, true), body)
    end
    local status, body = ask("/page/set", "-H 'Content-Type: text/plain' -d '{}'")
    assert.equal(415, status)
    assert.matches("Content%-Type: application/json", body)
    assert.equal(400, (ask("/page/set", "-H 'Content-Type: application/json' -d '{'")))
    assert.equal(405, (ask "/page/set"))
    assert.equal(400, (ask "/page/why"))
    assert.equal(404, (ask("/page/why?capability=onoff&device=" .. missing)))
    assert.equal(400, (ask "/page/journal?last=ever"))
  end)

  it("keeps within guards and limits, and shows these, too", function()
    start("guarded", nil, nil, "--http-write")
    local lamp = device_of(get "/page/home", "Kitchen/Lamp")
    local status, body = post { device = lamp.id, capability = "dim", value = 0.5 }
    assert.equal(403, status)
    assert.matches("guard at .*guarded%.lua:9", body)
    local texts = {}
    for i, trigger in ipairs(get("/page/scripts")[1].triggers) do texts[i] = trigger.text end
    assert.same({
      "every('2 h', { aligned = true })", "after('90 s')",
      'devices:on("measure_temperature", { above = 25, held = "10 min", mode = "single" })',
      'Living room/Thermostat:on("thermostat_mode", { to = { "heat", "cool" }, '
        .. 'debounce = "150 s" })', "guard at " .. folder .. "/guarded.lua:9",
    }, texts)
    local n = 0
    command.until_true("it is held back", function()
      n = n + 1
      status, body = post { device = lamp.id, capability = "onoff", value = n % 2 == 0 }
      return status == 429
    end)
    assert.matches("held back", body)
  end)

  it("serves its files to all, and all else to those with the token alone", function()
    start "idle"
    for path, kind in pairs { ["/"] = "text/html", ["/script.js"] = "text/javascript" } do
      local status, body, head = ask(path, nil, "none")
      assert.equal(200, status)
      assert.is_truthy(head:find("Content-Type: " .. kind, 1, true))
      assert.is_truthy(head:find("Content-Security-Policy: default-src 'self'", 1, true))
      assert.is_falsy(body:find(secret, 1, true))
    end
    for _, path in ipairs { "home", "stream", "set" } do
      local status, _, head = ask("/page/" .. path, nil, "wrong")
      assert.equal(401, status, path)
      assert.is_truthy(head:find "X%-Content%-Type%-Options: nosniff")
    end
    assert.equal(403, (ask("/page/home", "-H 'Origin: http://evil.example'")))
    assert.equal(403, (ask("/page/home", "-H 'Host: evil.example'")))
    assert.equal(403, (ask("/", "-H 'Host: evil.example'")))
    assert.is_falsy(process:said():find(secret, 1, true))
  end)

  it("says that the hub is away, and shows what it knows", function()
    start "idle"
    local lamp = device_of(get "/page/home", "Kitchen/Lamp")
    sim:fault { kind = "drop", path = "/api/manager/devices" }
    local home = get "/page/home"
    sim:clear()
    assert.is_false(home.connected)
    assert.is_true(#home.problem > 10)
    assert.equal(lamp.id, device_of(home, "Kitchen/Lamp").id)
  end)

  it("says why nothing is known of a hub that was never reached", function()
    start("idle", "Next attempt in", {
      HOMEY_STATE_DIR = env.HOMEY_STATE_DIR, HOMEY_TOKEN = env.HOMEY_TOKEN,
      HOMEY_ADDRESS = "http://127.0.0.1:1",
    })
    local home = get "/page/home"
    assert.same({ false, {} }, { home.connected, home.devices })
    assert.matches("not logged in to the hub yet", home.problem)
    assert.equal(503, (ask "/page/why?capability=onoff&device=1"))
    assert.same({}, get "/page/scripts")
  end)

  it("needs --http for --http-write", function()
    start "idle"
    local code, _, err = command.run(env, "run", "--http-write", folder)
    assert.same({ 2, "homey run: --http-write goes with --http.\n" }, { code, err })
  end)
end)

local request = "GET /s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\n\r\n"

describe("a route that raises an error", function()
  it("is answered with 500 and logged, and the next request is answered", function()
    local said, fails = {}, true
    local server = Server.start {
      host = "127.0.0.1", port = 0, token = "secret",
      log = function(level, text) said[#said + 1] = level .. ": " .. text end,
      routes = { { method = "GET", pattern = "^(/s)$", handle = function()
        cqueues.sleep(0.01)
        return response.json(200, fails and error("oh no", 0) or { fine = true })
      end } },
    }
    local queue, lines = cqueues.new(), {}
    queue:wrap(function()
      local socket = cs.connect("127.0.0.1", server.port)
      socket:setmode("b", "b")
      for i = 1, 2 do
        fails = i == 1
        socket:write(request)
        socket:flush()
        repeat
          local line = socket:read "*L"
          lines[#lines + 1] = line:match "^HTTP/1.1 (%d+)"
        until line == "\r\n"
        lines[#lines + 1] = socket:read(#lines == 1 and 77 or 13)
      end
    end)
    command.until_true("both are answered", function()
      assert(server.queue:step(0))
      assert(queue:step(0))
      return #lines == 4
    end)
    server.close()
    assert.same({
      "500", '{"error":"the server failed to answer. The log of homey run has the reason."}',
      "200", '{"fine":true}',
    }, lines)
    assert.same({ "error: GET /s: oh no" }, said)
  end)
end)

describe("a stream of the page", function()
  it("ends for a reader that is too slow, and goes on for the others", function()
    local streams = Streams.new()
    local server = Server.start {
      host = "127.0.0.1", port = 0, token = "secret",
      routes = { { method = "GET", pattern = "^(/s)$", handle = function()
        return streams:answer {}
      end } },
    }
    local queue, heard = cqueues.new(), 0
    local function connect()
      local socket = cs.connect("127.0.0.1", server.port)
      socket:onerror(function(_, _, code) return code end)
      socket:setmode("b", "b")
      socket:write(request)
      socket:flush()
      return socket
    end
    local slow
    queue:wrap(function() slow = connect() end)
    queue:wrap(function()
      local socket = connect()
      while heard < 3e7 do heard = heard + #(socket:read(-65536) or error "it has ended") end
    end)
    local function count()
      local n = 0
      for _ in pairs(streams.open) do n = n + 1 end
      return n
    end
    local function step()
      assert(server.queue:step(0))
      assert(queue:step(0))
    end
    command.until_true("both are open", function()
      step()
      return count() == 2
    end)
    local text = ("x"):rep(2000)
    command.until_true("one has ended", function()
      for _ = 1, 100 do streams:publish("log", { text = text }) end
      for _ = 1, 20 do step() end
      return count() == 1 and heard >= 3e7
    end)
    slow:close()
    server.close()
  end)
end)
