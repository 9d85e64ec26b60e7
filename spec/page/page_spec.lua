-- The page of `homey sim`, over sockets: its files, the home, its events, and who may ask.
-- Its programs are processes of their own: not under Valgrind.
local client = require "spec.page.client"
local command = require "spec.support.command"
local core = require "homey.core"
local cs = require "cqueues.socket"
local logins = require "spec.support.logins"
local web = require "spec.support.web"

local quoted = logins.quoted
local unpack = table.unpack or unpack -- luacheck: compat

describe("the page of homey sim", function()
  local page, env, process, lamp, motion

  setup(function()
    process = command.start({}, "sim", "--serve", "--page", "0")
    page = client.new(process:wait_for("Open (http://%S+) to see"):match "http://%S+")
    process:wait_for "/sim/device"
    local said = process:said()
    env = {
      HOMEY_ADDRESS = said:match "HOMEY_ADDRESS=(%S+)",
      HOMEY_TOKEN = said:match "HOMEY_TOKEN=(%S+)",
      HOMEY_STATE_DIR = said:match "HOMEY_STATE_DIR='(.-)'",
    }
    lamp, motion = "ff469433-66b3-458d-ad73-14530d8f9b39", page:device("Motion").id
  end)

  teardown(command.tidy)

  it("begins with its address", function()
    assert.match("^Open http://127%.0%.0%.1:%d+/ to see the home%.\n", process:said())
  end)

  for path, kind in pairs {
    [""] = "text/html", ["style.css"] = "text/css", ["script.js"] = "text/javascript",
    ["icon.svg"] = "image/svg+xml",
  } do
    it("serves /" .. path .. " with strict headers", function()
      local answer = page:get(path)
      assert.equal(200, answer.status)
      assert.is_true(#answer.body > 100)
      for _, header in ipairs {
        "Content-Type: " .. kind, "Content-Security-Policy: default-src 'self';",
        "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer",
        "Cache-Control: no-store",
      } do assert.truthy(answer.head:find(header, 1, true), header) end
      assert.is_nil(answer.body:find "https?://[^w]") -- names of namespaces only
    end)
  end

  it("answers HEAD without a body", function()
    local request = "%s /icon.svg HTTP/1.1\r\nHost: localhost\r\n\r\n"
    local said = web.said_to(tonumber(page.url:match ":(%d+)/"),
      request:format "HEAD" .. request:format "GET")
    local length, rest = said:match "^HTTP/1%.1 200 .-\r\nContent%-Length: (%d+)\r\n\r\n(.*)$"
    assert.matches("^HTTP/1%.1 200 .*<svg", rest)
    assert.equal(tonumber(length), #rest:match "\r\n\r\n(.*)$")
  end)

  it("shows zones, devices and capabilities", function()
    local home = page:get("page/home").json
    assert.same({ "Sunny House", "sim", true, "Europe/Amsterdam" },
      { home.name, home.mode, home.writable, home.timezone })
    assert.same({ 9, 21 }, { #home.zones, #home.devices })
    assert.is_true(math.abs(home.time - os.time()) < 60 * command.slow)
    local shown = page:device "Motion"
    assert.same({ "alarm_motion", "Motion", "boolean", false },
      { shown.capabilities[1].id, shown.capabilities[1].title, shown.capabilities[1].type,
        shown.capabilities[1].settable })
    local away = page:device "Garden lights"
    assert.same({ false, "The bridge in the shed does not answer" },
      { away.available, away.problem })
  end)

  it("lets a person operate switches and sensors", function()
    for _, case in ipairs { { lamp, "onoff", true }, { motion, "alarm_motion", true },
      { motion, "measure_temperature", 23.5 }, { lamp, "onoff", false } } do
      local answer = page:post("page/set",
        { device = case[1], capability = case[2], value = case[3] })
      assert.same({ 204, "" }, { answer.status, answer.body })
      assert.equal(case[3], page:value(case[1], case[2]))
    end
  end)

  for what, case in pairs {
    ["a value of another type"] = { { capability = "onoff", value = 3 }, "expected boolean" },
    ["a value out of range"] = { { capability = "dim", value = 7 }, "7 is more than 1" },
    ["an unknown capability"] = { { capability = "x", value = 1 }, "Invalid Capability: x" },
    ["no value"] = { { capability = "onoff" }, "the body must be JSON" },
  } do
    it("refuses " .. what, function()
      case[1].device = lamp
      local answer = page:post("page/set", case[1])
      assert.equal(400, answer.status)
      assert.truthy(answer.json.error:find(case[2], 1, true), answer.body)
    end)
  end

  for what, case in pairs {
    ["another page"] = { 403, "-H", "Origin: http://evil.example" },
    ["a page on another port"] = { 403, "-H", "Origin: http://127.0.0.1:1" },
    ["a page of no origin"] = { 403, "-H", "Origin: null" },
    ["a name that leads here"] = { 403, "-H", "Host: evil.example" },
    ["a cross-site request"] = { 403, "-H", "Sec-Fetch-Site: cross-site" },
    ["a form"] = { 415, "-H", "Content-Type: text/plain" },
  } do
    it("refuses " .. what, function()
      local before = page:value(lamp, "onoff")
      local body = core.encode { device = lamp, capability = "onoff", value = not before }
      local more = { unpack(case, 2) }
      if case[1] ~= 415 then
        more[#more + 1], more[#more + 2] = "-H", "Content-Type: application/json"
      end
      more[#more + 1], more[#more + 2] = "-d", body
      local answer = page:get("page/set", unpack(more))
      assert.equal(case[1], answer.status)
      assert.equal(before, page:value(lamp, "onoff"))
    end)
  end

  it("refuses unknown paths, and time outside of virtual time", function()
    assert.equal(404, page:get("../etc/passwd", "--path-as-is").status)
    assert.equal(404, page:get("page/secret").status)
    local answer = page:post("page/time", { speed = 60 })
    assert.equal(404, answer.status)
    assert.truthy(answer.json.error:find("homey sim --virtual", 1, true))
  end)

  it("streams values, devices and rooms as they change", function()
    local stream = page:listen()
    stream:wait_for ": connected"
    page:post("page/set", { device = motion, capability = "measure_luminance", value = 77 })
    stream:wait_for '"value":77'
    local control = process:said():match "(http://127[%d.:]+)/sim/device"
    local function tell(line)
      os.execute(("LD_PRELOAD= curl -sS -d %s %s/sim/command >/dev/null"):format(quoted(line),
        control))
    end
    tell "available Kitchen/Lamp false"
    assert.match('event: device\ndata: {[^\n]*"available":false', stream:wait_for "event: device")
    tell "available Kitchen/Lamp true"
    stream:close()
  end)

  it("logs what a script sent, and why", function()
    local folder = command.folder()
    command.write(folder .. "/evening.lua", [[
local homey = require "homey"
homey.device("Hall/Motion"):on("alarm_motion", { to = true }, function()
  homey.device("Kitchen/Lamp"):set("dim", 0.25)
end)
]])
    page:post("page/set", { device = motion, capability = "alarm_motion", value = false })
    local stream = page:listen()
    local runner = command.start(env, "run", folder)
    runner:wait_for "started"
    command.until_true("the hub has a websocket", function()
      local control = process:said():match "(http://127[%d.:]+)/sim/device"
      local pipe = io.popen("LD_PRELOAD= curl -sS -d state " .. control .. "/sim/command")
      local said = pipe:read "*a"
      pipe:close()
      return said:find "websockets +1"
    end)
    page:post("page/set", { device = motion, capability = "alarm_motion", value = true })
    local said = stream:wait_for '"by":"evening.lua:2"'
    assert.truthy(said:find('"text":"Kitchen/Lamp: dim = 0.25"', 1, true), said)
    assert.truthy(said:find('"because":"Hall/Motion: alarm_motion became true"', 1, true), said)
    local text = page:get(("page/why?device=%s&capability=dim"):format(lamp)).json.text
    assert.match("^Kitchen/Lamp: dim is 0.25 since [%d: -]+: Hall/Motion: alarm_motion became true "
      .. "%-> evening.lua:2 set it%.$", text)
    runner:signal "TERM"
    runner:ended()
    stream:close()
    stream = page:listen() -- a page that is opened later has the log, too
    stream:wait_for '"by":"evening.lua:2"'
    stream:close()
  end)

  it("says that a person changed a value", function()
    page:post("page/set", { device = motion, capability = "measure_luminance", value = 5 })
    local query = ("page/why?device=%s&capability=measure_luminance"):format(motion)
    assert.match("^Hall/Motion: measure_luminance is 5 since .*: a person or the device changed "
      .. "it%.$", page:get(query).json.text)
    assert.equal(404, page:get("page/why?device=x&capability=y").status)
  end)

  it("closes connections that are too many, and serves again when others have left", function()
    local function has_ended(socket)
      socket:fill(1, 0)
      local ended = socket:eof "r"
      socket:clearerr "r"
      return ended
    end
    local sockets = {}
    for i = 1, 65 do
      sockets[i] = cs.connect("127.0.0.1", tonumber(page.url:match ":(%d+)/"))
      sockets[i]:onerror(function(_, _, code) return code end)
      sockets[i]:connect(5)
    end
    command.until_true("the last is closed", function() return has_ended(sockets[65]) end)
    assert.is_false(has_ended(sockets[1]))
    for _, socket in ipairs(sockets) do socket:close() end
    command.until_true("it answers", function() return pcall(page.get, page, "page/home") end)
  end)

  it("names the port that is in use", function()
    local port = page.url:match ":(%d+)/"
    local code, _, err = command.run({}, "sim", "--page", port)
    assert.same({ true, "homey sim: port " .. port .. " is already in use: choose another one.\n" },
      { code ~= 0, err })
  end)

  it("removes the folder of scripts at its end", function()
    local path = env.HOMEY_STATE_DIR .. "/journal.jsonl"
    assert.truthy(command.read(path):find("homey_journal", 1, true))
    process:signal "TERM"
    process:ended()
    assert.equal("", command.read(path))
  end)
end)
