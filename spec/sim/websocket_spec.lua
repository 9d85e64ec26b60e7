-- A home connected to the simulated hub over real sockets, and the faults of that hub. Each scene
-- has a home, a User-Agent and a lamp of its own. All scenes run at the same time, since each
-- reconnect takes a second or two; a test waits for its scene.
-- Runs on one Lua: no Lua has a part in it.
local core = require "homey.core"
local homey = require "homey"
local log = require "homey.util.log"
local logins = require "spec.support.logins"
local support = require "spec.support.sim"

local slow = logins.slow
local hub, clock -- the simulator that all share, and a loop to tell the time

-- ---- the hub ----

local function lamp(n)
  return require("homey.sim.home.build").device {
    id = ("%08d-0000-4000-8000-00000000aaaa"):format(n), name = "Lamp " .. n, class = "light",
    icon = "0",
    zone = "6b0c3e52-9a1d-4c7f-8f35-2d1e0b7a9c10", driver = "com.example.lights:bulb",
    changed = "2026-03-20T17:05:12.250Z", capabilities = { { "onoff", false }, { "dim", 0.5 } },
  }
end

local function house(lamps)
  local data = require "homey.sim.home.sunny_house"()
  data.devices = {}
  for n = 1, lamps do
    local each = lamp(n)
    data.devices[each.id] = each
  end
  return data
end

-- ---- one scene ----

local Scene = {}
Scene.__index = Scene

-- Waits for a condition while the other scenes run.
function Scene:till(what, f)
  local limit = clock:now() + 60 * slow
  while true do
    local result = f()
    if result then return result end
    if clock:now() > limit then
      error(("waited in vain until %s; logged: %s"):format(what, table.concat(self.logged, "\n")),
        2)
    end
    homey.sleep(0.01)
  end
end

-- Adds a fault for this home alone.
function Scene:fault(fault)
  fault.agent = self.agent
  self.sim:fault(fault)
end

function Scene:operate(value) self.sim:operate(self.id, "onoff", value) end

-- Whether the subscription is confirmed, and the lamp has been read since.
function Scene:settled()
  local entry = self.home.cache and self.home.cache.watched[self.device]
  return self.home.connected and entry and entry.synced ~= nil
    and entry.synced == entry.topic.confirmed
end

function Scene:login(options)
  local all = logins.options(options or self.sim.pat_options,
    { user_agent = self.agent, poll = 0.2, timeout = 30 })
  self.home = homey.new(all)
  self.home:login()
  self.home.label = self.agent
end

-- Logs in and listens to the lamp.
function Scene:listen(options)
  self:login(options)
  self.device = self.home:device(self.id)
  self.device:on("onoff", function(value, _, event)
    table.insert(self.heard, { value = value, event = event })
  end)
end

-- The same, and waits until the subscription works.
function Scene:connect(options)
  self:listen(options)
  self:till("connected", function() return self:settled() end)
end

-- The received events as text: "true, false missed, true own".
function Scene:words()
  local list = {}
  for i, each in ipairs(self.heard) do
    local event = each.event
    list[i] = tostring(each.value) .. (event.missed and " missed" or "")
      .. (event.own and " own" or "")
  end
  return table.concat(list, ", ")
end

function Scene:hears(words)
  self:till("heard " .. words, function() return #self:words() >= #words end)
  assert.equal(words, self:words())
end

-- Switches the lamp, and checks that no event is lost or doubled.
function Scene:works(before)
  self:till("connected again", function() return self:settled() end)
  local words = self:words()
  assert.equal(before or "", words)
  self:operate(self.device:get "onoff" ~= true)
  self:till("heard of the switch", function() return #self:words() > #words end)
  homey.sleep(0.1)
  assert.equal(#words > 0 and words .. ", " .. tostring(self.heard[#self.heard].value) or "true",
    self:words())
end

-- Waits for a lost connection, and checks that a change during it is reported once, as missed.
function Scene:comes_back()
  self:till("disconnected", function() return not self.home.connected end)
  self:operate(true)
  self:hears "true missed"
  self:works "true missed"
end

-- The number of calls: over the websocket by operation, over HTTP by route.
function Scene:count_of(route)
  local n = 0
  for _, entry in ipairs(self.sim:log()) do
    local agent = entry.headers["user-agent"]
    if agent == self.agent and (entry.socket or entry.route) == route then n = n + 1 end
  end
  return n
end

-- ---- all scenes ----

local scenes = {}

-- A test: f(scene) runs it. `own` are the settings of a simulator of its own.
local function scene_test(name, f, own)
  local n = #scenes + 1
  local scene = {
    f = f, own = own, id = lamp(n).id, agent = "scene-" .. n, heard = {}, logged = {},
  }
  scenes[n] = setmetatable(scene, Scene)
  it(name, function()
    while not scene.over do homey.sleep(0.02) end
    if scene.problem then error(scene.problem, 0) end
  end)
end

local settings = { ping_interval = 1, ping_timeout = 2 * slow, strict = false }

local function simulator_of(scene)
  if not scene.own then return hub end
  local own = { home = house(#scenes) }
  for _, more in ipairs { settings, scene.own } do
    for name, value in pairs(more) do own[name] = value end
  end
  return support.start(own)
end

local function play(scene)
  scene.sim = simulator_of(scene)
  scene:f()
end

-- All at the same time; not under Valgrind, where an answer would take longer than the timeout.
local function play_all()
  local lanes = slow > 1 and 12 or #scenes
  for lane = 1, lanes do
    homey.spawn(function()
      for n = lane, #scenes, lanes do
        local scene = scenes[n]
        scene.problem = select(2, homey.try(play, scene))
        scene.over = true
        if scene.home then scene.home:close() end
      end
    end)
  end
end

describe("the simulated hub", function()
  setup(function()
    clock = core.loop()
    log.to(function(level, text, name)
      for _, scene in ipairs(scenes) do
        if scene.agent == name then table.insert(scene.logged, level .. ": " .. text) end
      end
    end)
    local options = { home = house(#scenes) }
    for name, value in pairs(settings) do options[name] = value end
    hub = support.start(options)
    play_all()
  end)

  teardown(function()
    log.to()
    clock:close()
    support.stop()
  end)

  -- ---- without faults ----

  local function tells(scene)
    scene:operate(true)
    scene:hears "true"
    scene.device:set("onoff", false)
    scene:hears "true, false own"
    homey.sleep(0.1)
    assert.equal("true, false own", scene:words())
  end

  scene_test("reports changes and one own echo, over http", function(scene)
    scene:connect()
    tells(scene)
    assert.equal(1, scene:count_of "setCapabilityValue")
  end)

  scene_test("reports changes after the token chain, over TLS", function(scene)
    scene:connect(scene.sim.options)
    tells(scene)
    assert.same({}, logins.complaints(scene.sim))
    assert.same(1, scene.sim:state().topics["homey:device:" .. scene.id])
  end, { strict = true })

  scene_test("restarts with empty lists: events continue", function(scene)
    scene:connect()
    scene.home:on("device.delete", function(device)
      table.insert(scene.logged, "deleted: " .. tostring(device))
    end)
    scene.sim:set { starting = true }
    scene.sim:hang_up()
    scene:till("disconnected", function() return not scene.home.connected end)
    scene:till("read in vain", function() return scene.logged[1] end)
    assert.matches("lists no devices: it may still be starting", scene.logged[1])
    assert.equal(scene.device, scene.home:device(tostring(scene.device)))
    scene.sim:set { starting = false }
    scene:works()
    assert.equal(1, #scene.logged)
  end, {})

  scene_test("can report a set after its answer", function(scene)
    scene:connect()
    tells(scene)
  end, { echo = "after" })

  scene_test("reports added, changed and removed items", function(scene)
    scene:login()
    local told = {}
    for _, name in ipairs { "device.create", "device.update", "device.delete", "zone.create" } do
      scene.home:on(name, function(subject) told[#told + 1] = name .. " " .. tostring(subject) end)
    end
    local id, variable = next(scene.sim:get "home.variables")
    local value
    scene.home.cache.subscriptions:listen("homey:manager:logic", function(event, data)
      if event == "variable.update" and data.id == id then value = data.value end
    end)
    scene:till("told", function()
      return scene.sim:state().topics["homey:manager:logic"] and scene.home.connected
    end)
    homey.sleep(0.3)
    scene.sim:create("zones", { id = "z9", name = "Shed", parent = core.null })
    local new = lamp(99)
    scene.sim:create("devices", new)
    scene.sim:update("devices", new.id, { name = "Lantern" })
    scene.sim:delete("devices", new.id)
    local other = ({ boolean = not variable.value, number = 4711, string = "other" })[variable.type]
    scene.sim:update("variables", id, { value = other })
    scene:till("all has been told", function() return told[4] and value ~= nil end)
    assert.equal("zone.create", told[1]:match "^%S+")
    assert.equal("device.create Home/Lamp 99", told[2])
    assert.equal("device.update Home/Lantern", told[3])
    assert.equal("device.delete", told[4]:match "^%S+")
    assert.equal(other, value)
  end, {})

  -- ---- no websocket ----

  for _, case in ipairs {
    { "answers the upgrade with 404", { kind = "status", status = 404 } },
    { "answers the upgrade with 403", { kind = "status", status = 403 } },
    { "answers the upgrade with 400", { kind = "status", status = 400 } },
    { "is behind a proxy that removes Upgrade", { kind = "html" } },
    { "sends a wrong Sec-WebSocket-Accept",
      { kind = "headers",
        headers = { ["Sec-WebSocket-Accept"] = "c2ltdWxhdGVkIGJ1dCB3cm9uZyE=" } } },
  } do
    scene_test("is polled when it " .. case[1], function(scene)
      case[2].route = "socket"
      scene:fault(case[2])
      scene:listen()
      scene:till("said", function() return scene.logged[1] end)
      assert.match("^warning: the hub takes no websockets", scene.logged[1])
      assert.is_false(scene.home.connected)
      homey.sleep(0.4)
      scene:operate(true)
      scene:hears "true"
      scene:operate(false)
      scene:hears "true, false"
    end)
  end

  for _, case in ipairs {
    { "answers the upgrade with 503", { kind = "status", status = 503 } },
    { "drops the upgrade", { kind = "drop" } },
    { "cuts its answer to the upgrade", { kind = "cut", bytes = 30 } },
    { "answers the upgrade without HTTP", { kind = "garbage" } },
  } do
    scene_test("is tried again when it " .. case[1], function(scene)
      case[2].route, case[2].times = "socket", 1
      scene:fault(case[2])
      scene:listen()
      scene:works()
    end)
  end

  -- ---- handshake ----

  for _, case in ipairs {
    { "is silent after the upgrade", { kind = "open_missing" } },
    { "does not answer the handshake", { kind = "handshake_unanswered" } },
    { "answers the handshake late", { kind = "handshake_late", seconds = 0.5 }, stays = true },
    { "fails at the handshake", { kind = "handshake_refused", status = 500 } },
    { "does not answer the namespace", { kind = "namespace_unanswered" } },
    { "refuses the namespace",
      { kind = "namespace_refused", body = { statusCode = 500, error = "busy" } } },
    { "closes the namespace at once", { kind = "namespace_kicked" } },
    { "closes the namespace a little later", { kind = "namespace_kicked", seconds = 0.2 } },
  } do
    scene_test("is connected after it " .. case[1], function(scene)
      case[2].times = 1
      scene:fault(case[2])
      scene:listen()
      if not case.stays then scene:till("it has come again", function()
        return scene:count_of "socket" > 1
      end) end
      scene:works()
    end)
  end

  scene_test("refuses the bearer once: it is renewed", function(scene)
    scene:fault { kind = "handshake_refused", times = 1 }
    scene:connect(scene.sim.options)
    tells(scene)
    local counts = scene.sim:state().counts
    assert.same({ 1, 2, 2 }, { counts.sockets, counts.handshakes, counts.hub_logins })
  end, {})

  scene_test("refuses each bearer: the home gives up", function(scene)
    scene:fault { kind = "handshake_refused" }
    scene:listen(scene.sim.options)
    scene:till("said", function() return scene.logged[1] end)
    assert.match("^error: the hub sends no events any more", scene.logged[1])
    homey.sleep(0.3)
    assert.equal(2, scene.sim:state().counts.handshakes)
    local _, err = homey.try(scene.home.get, scene.home, "/api/manager/system/name")
    assert.equal("unauthorized", err.kind)
  end, {})

  scene_test("refuses an API key: the home gives up", function(scene)
    scene:fault { kind = "handshake_refused" }
    scene:listen()
    scene:till("said", function() return scene.logged[1] end)
    assert.match("API key", scene.logged[1])
  end)

  -- ---- subscriptions ----

  scene_test("does not confirm a subscription: others work", function(scene)
    scene:fault { kind = "subscribe_unanswered", route = "homey:device:*", times = 1 }
    scene:listen()
    scene:till("said", function() return scene.logged[1] end)
    assert.match("^warning: the hub refuses the events of homey:device:"
      .. scene.id:gsub("%-", "%%-"), scene.logged[1])
    assert.is_true(scene.home.connected)
    scene.sim:cut_sockets(scene.agent)
    scene:comes_back()
  end, { ping_timeout = 60 }) -- a connection that a busy machine loses subscribes again

  scene_test("refuses a subscription: it is tried again", function(scene)
    scene:fault { kind = "subscribe_refused", route = "homey:device:*", times = 1 }
    scene:listen()
    scene:till("said", function() return scene.logged[1] end)
    assert.match("^warning: the hub refuses the events of homey:device", scene.logged[1])
    scene.sim:cut_sockets(scene.agent)
    scene:comes_back()
  end)

  scene_test("confirms a subscription late", function(scene)
    scene:fault { kind = "subscribe_late", seconds = 0.4 }
    scene:connect()
    scene:works()
  end)

  -- ---- connection ----

  for _, case in ipairs {
    { "breaks the connection", function(scene) scene.sim:cut_sockets(scene.agent) end },
    { "sends a close frame", function(scene) scene.sim:close_sockets(1001, scene.agent) end },
    { "closes the namespace", function(scene) scene.sim:kick(scene.agent) end },
    { "closes the default namespace", function(scene)
      scene.sim:say("41", "text", scene.agent)
    end },
    { "breaks off in a frame", function(scene)
      scene:fault { kind = "message_cut", times = 1 }
      scene.sim:say("42/api,[]", "text", scene.agent)
    end },
    { "sends binary data", function(scene) scene.sim:say("\0\1\2", "binary", scene.agent) end },
    { "sends a binary packet", function(scene)
      scene.sim:say('451-/api,["x",{"_placeholder":true,"num":0}]', "text", scene.agent)
    end },
    { "sends bytes without a frame", function(scene)
      scene.sim:say("\255\255\255", "raw", scene.agent)
    end },
    { "does not answer a ping", function(scene)
      scene:fault { kind = "pong_missing", times = 1 }
    end },
  } do
    scene_test("is reconnected without loss when it " .. case[1], function(scene)
      scene:connect()
      case[2](scene)
      scene:comes_back()
    end)
  end

  for _, case in ipairs {
    { "pings", "2" }, { "sends an unknown packet", "9" }, { "sends noop", "6" },
    { "names another namespace", '42/other,["x"]' },
    { "requests an answer to an event", '42/api,7["homey:device:x","capability",{}]' },
  } do
    scene_test("stays connected when it " .. case[1], function(scene)
      scene:connect()
      scene.sim:say(case[2], "text", scene.agent)
      homey.sleep(0.1)
      scene:works()
    end)
  end

  scene_test("restarts: all sockets are closed for a time", function(scene)
    scene:connect() -- by one address: an account has several, and would reconnect to a better one
    local told = {}
    scene.home:on("disconnect", function() told[#told + 1] = "disconnect" end)
    scene.home:on("connect", function() told[#told + 1] = "connect" end)
    scene.sim:drop "1 s"
    scene:comes_back()
    assert.equal("disconnect connect", table.concat(told, " "))
  end, {})

  -- ---- events ----

  for _, case in ipairs {
    { "in many frames", { kind = "message_fragmented", bytes = 7 } },
    { "slowly", { kind = "message_slow", bytes = 40, seconds = 0.0005 } },
    { "twice", { kind = "event_twice" } },
    { "without a time", { kind = "event_untimed" } },
    { "late", { kind = "event_late", seconds = 0.1 } },
  } do
    scene_test("is understood when it sends " .. case[1], function(scene)
      scene:connect()
      scene:fault(case[2])
      tells(scene)
    end)
  end

  scene_test("is understood in every form of a value that JSON allows", function(scene)
    scene:connect()
    local forms = {
      '"capability",{"capabilityId":"onoff","value":true}',
      '"capability",{"value":false,"capabilityId":"onoff","transactionId":null}',
      ' "capability" , { "capabilityId" : "onoff" , "value" : true } ',
      '"capab\\u0069lity",{"capabilityId":"onoff","value":false}',
      '"capability",{"capability\\u0049d":"onoff","value":true}',
      '"capability",{"capabilityId":"onoff","value":true,"value":false}',
      '"capability",{"capabilityId":"on\\u006fff","value":true,"other":{"value":false}}',
      '"capability",{"capabilityId":"onoff","value":false,"transactionTime":null},"more"',
      '"capability",{"capabilityId":"onoff","value":true,"transactionTime":-5,"transactionId":7}',
      '"capability",{"capabilityId":"onoff","value":[1]}', -- these four are dropped
      '"capability",{"capabilityId":"onoff","value":-1.5e3}',
      '"capability",{"capabilityId":"","value":false}', '"capability",{}',
      '"capability",{"capabilityId":"onoff","value":false,"transactionId":""}',
    }
    for _, form in ipairs(forms) do
      scene.sim:say(('42/api,["homey:device:%s",%s]'):format(scene.id, form), "text", scene.agent)
    end
    scene:hears(("true, false, "):rep(5):sub(1, -3))
  end)

  scene_test("passes an app's event on as it is, also one named as a value", function(scene)
    scene:connect()
    local heard = {}
    scene.home:on("app:com.example:capability", function(given) heard[#heard + 1] = given end)
    local told = '"capability",{"capabilityId":"x","value":1,"transactionId":"of the app"}'
    scene:till("heard twice", function() -- once it is subscribed
      scene.sim:say(('42/api,["homey:app:com.example",%s]'):format(told), "text", scene.agent)
      return heard[2]
    end)
    for i = 1, 2 do
      assert.same({ capabilityId = "x", value = 1, transactionId = "of the app" }, heard[i])
    end
  end)

  scene_test("is understood when it sends megabytes", function(scene)
    scene:connect()
    scene:fault { kind = "event_huge", bytes = 3000000 }
    scene:operate(true)
    scene:hears "true"
    assert.equal(3000000, #scene.heard[1].event.raw.padding)
  end, { ping_timeout = 20 * slow }) -- a busy machine takes seconds for it

  scene_test("loses an event: the next read reports it", function(scene)
    scene:connect()
    scene:fault { kind = "event_missing", times = 1 }
    scene:operate(true)
    homey.sleep(0.1)
    assert.equal("", scene:words())
    scene.sim:cut_sockets(scene.agent)
    scene:hears "true missed"
  end)

  -- ---- calls ----

  scene_test("loses the answer to a set: it is repeated", function(scene)
    scene:connect()
    scene:fault { kind = "call_dropped", route = "setCapabilityValue", times = 1 }
    scene.device:set("onoff", true)
    scene:hears "true own"
    scene:works "true own"
    assert.equal(1, scene:count_of "setCapabilityValue")
    assert.equal(1, scene:count_of "capability")
  end)

  scene_test("loses the answer to a read: it is repeated", function(scene)
    scene:connect()
    scene:fault { kind = "call_dropped", route = "getDevice", times = 1 }
    scene.device:refresh()
    assert.equal(1, scene:count_of "getDevice")
    assert.equal(1, scene:count_of "device")
  end)

  scene_test("loses the answer to a flow: it is not repeated", function(scene)
    scene:connect()
    local flow = scene.home:flow "Cosy evening"
    scene:fault { kind = "call_dropped", route = "triggerFlow", times = 1 }
    local _, err = homey.try(flow.start, flow)
    assert.match("may", err.message)
    assert.equal(1, scene.sim:state().counts.flows_started)
  end, {})

  scene_test("refuses a call", function(scene)
    scene:connect()
    scene:fault { kind = "call_refused", status = 403, route = "setCapabilityValue", times = 1 }
    local _, err = homey.try(scene.device.set, scene.device, "onoff", true)
    assert.equal("forbidden", err.kind)
    scene:works()
  end)

  scene_test("answers a call late", function(scene)
    scene:connect()
    scene:fault { kind = "call_late", seconds = 0.3, times = 1, route = "setCapabilityValue" }
    tells(scene)
  end)

  scene_test("forgets the bearer: the call is repeated", function(scene)
    scene:connect(scene.sim.options)
    scene.sim:expire "bearer"
    scene.device:set("onoff", true)
    scene:hears "true own"
    scene:works "true own"
    assert.equal(2, scene.sim:state().counts.hub_logins)
  end, {})
end)
