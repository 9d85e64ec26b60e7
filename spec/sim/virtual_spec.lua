-- Home in virtual time: its clock, changes in the home, and the records for tests. Other specs
-- cover the hub and the cache.
local homey = require "homey"
local sim = require "homey.sim"

local home

local function open(given, options)
  options = options or {}
  options.quiet = true
  home = sim.home(given, options)
  return home
end

after_each(function()
  if home then home:close() end
  home = nil
end)

-- The message of the error that a call raises.
local function complaint(f, ...)
  local result, err = homey.try(f, ...)
  assert.is_nil(result)
  return tostring(err)
end

describe("a home in virtual time", function()
  it("is a homey.Home without sockets or lua-http", function()
    open()
    assert.equal("Sunny House", home:login().name)
    assert.equal("Hall/Motion", tostring(home:device "Hall/Motion"))
    assert.equal("homey.Home: Sunny House", tostring(home))
    for name in pairs(package.loaded) do
      assert.is_nil(name:match "^http%." or name:match "^cqueues" or name:match "^openssl"
        or name:match "^socket", name)
    end
  end)

  it("has the methods of the C core", function()
    local core = require "homey.core"
    local loop = core.loop()
    local client = loop:client { address = "http://127.0.0.1:1", token = "none" }
    local not_needed = {
      client = true, close = true, fd = true, trace_id = true, warn_id = true, store_id = true,
      store_answer = true, survey = true, ping = true, -- of a network
    }
    for name in pairs(getmetatable(loop).__index) do
      assert.is_true(not_needed[name] or type(require "homey.sim.virtual.loop"[name]) == "function",
        name)
    end
    for name in pairs(getmetatable(client).__index) do
      assert.is_true(not_needed[name]
        or type(require "homey.sim.virtual.client"[name]) == "function", name)
    end
    loop:close()
  end)

  it("starts at midnight on 1 January", function()
    open()
    assert.equal("2026-01-01 00:00:00", home:date())
  end)

  it("starts at a given time", function()
    assert.equal("2026-06-21 12:30:00", open(nil, { time = "2026-06-21 12:30" }):date())
    assert.equal("2026-06-21 12:30:07", open(nil, { time = "2026-06-21 12:30:07" }):date())
    assert.equal("1970-01-01 01:00:00", open(nil, { time = 0 }):date())
  end)

  it("refuses unknown options and suggests others", function()
    assert.match("no option 'sed'; did you mean 'seed'", complaint(sim.home, nil, { sed = 1 }))
    assert.match("whole number", complaint(sim.home, nil, { seed = "x" }))
    assert.match("takes a time", complaint(sim.home, nil, { latency = "soon" }))
    assert.match("takes a table", complaint(sim.home, nil, 3))
    assert.match("a time is \"2026%-03%-29", complaint(sim.home, nil, { time = "noon" }))
  end)

  it("gives scripts a `homey` of their own", function()
    open()
    assert.equal(home, home.homey.login())
    assert.equal("Hall/Lamp", tostring(home.homey.device "Hall/Lamp"))
    local woken
    home.homey.spawn(function()
      home.homey.sleep "10 min"
      woken = home:date()
    end)
    home:advance "1 h"
    assert.equal("2026-01-01 00:10:00", woken)
  end)

  it("generates a number of devices", function()
    assert.equal(40, #open(nil, { devices = 40 }):devices())
  end)

  it("imitates a hub of version 2", function()
    open(nil, { api_version = 2 })
    assert.equal(2, home:login().api_version)
    home:device("Hall/Lamp"):set("onoff", false)
    assert.is_false(home:device("Hall/Lamp"):get "onoff")
  end)

  it("cancels pending requests when it is closed", function()
    open(nil, { latency = "1 s" })
    local task = home.homey.spawn(function() return home:get "/api/manager/zones/zone" end)
    home:close()
    local _, err = homey.try(task.wait, task)
    assert.equal("cancelled", err.kind)
  end)
end)

describe("time", function()
  before_each(function() open() end)

  it("stands still until it is advanced", function()
    home:device("Hall/Lamp"):set("onoff", false)
    home:devices()
    assert.equal("2026-01-01 00:00:00", home:date())
    home:advance "3 h"
    assert.equal("2026-01-01 03:00:00", home:date())
  end)

  it("runs events in order, each at its moment", function()
    local seen = {}
    local function note(name)
      return function() seen[#seen + 1] = name .. " " .. home:date():sub(12) end
    end
    home:after("20 min", note "third")
    home:after("10 min", note "first")
    home:after("10 min", note "second")
    home:every("25 min", note "every")
    home:advance "1 h"
    assert.same({ "first 00:10:00", "second 00:10:00", "third 00:20:00", "every 00:25:00",
      "every 00:50:00" }, seen)
  end)

  it("runs tasks that are due at the last moment", function()
    local rang
    home:at("22:30", function() rang = home:date() end)
    home:advance_to "22:29:59"
    assert.is_nil(rang)
    home:advance "1 s"
    assert.equal("2026-01-01 22:30:00", rang)
  end)

  it("advances to a time of day", function()
    assert.equal("2026-01-01 22:30:00", home:advance_to("22:30"):date())
    assert.equal("2026-01-02 22:30:00", home:advance_to("22:30"):date())
    assert.equal("2026-03-29 04:00:00", home:advance_to("2026-03-29 04:00"):date())
  end)

  it("advances while a test waits", function()
    home.homey.sleep "90 s"
    assert.equal("2026-01-01 00:01:30", home:date())
    local door = home:device "Front door"
    assert.is_false(home.homey.wait(door, "alarm_contact", true, "5 min"))
    assert.equal("2026-01-01 00:06:30", home:date())
  end)

  it("refuses automations that advance it, and going back", function()
    local err
    home.homey.spawn(function() err = select(2, homey.try(home.advance, home, "1 h")) end)
    assert.match("Use homey.sleep there", tostring(err))
    home:advance_to "2026-02-01"
    assert.match("cannot go back", complaint(home.advance_to, home, "2026-01-01 12:00"))
    assert.match("takes a time", complaint(home.advance, home, "a while"))
    assert.match("a time is", complaint(home.advance_to, home, "2026-02-30"))
  end)

  it("detects events that trigger each other endlessly", function()
    local function again() home:after(0, again) end
    again()
    assert.match("events at 2026%-01%-01 00:00:00 do not end", complaint(home.advance, home, 1))
  end)
end)

describe("the clock", function()
  before_each(function() open() end)

  it("is set without time passing", function()
    local rang, woken = {}, nil
    home:at("07:00", function() rang[#rang + 1] = home:date() end)
    home:after("10 min", function() woken = home:date() end)
    home:set_time "2026-03-01 06:55"
    assert.same({}, rang)
    assert.is_nil(woken)
    home:advance "10 min"
    assert.same({ "2026-03-01 07:00:00" }, rang)
    assert.equal("2026-03-01 07:05:00", woken)
  end)

  it("is set to a time of day or a timestamp", function()
    home:advance "30 h"
    assert.equal("2026-01-02 01:59:00", home:set_time("01:59"):date())
    assert.equal("2026-01-01 01:00:00", home:set_time(1767225600):date())
    assert.match("a time is", complaint(home.set_time, home, "25:00"))
  end)

  it("runs rules of a date when set to it", function()
    local rang
    home:at("24 dec 18:00", function() rang = home:date() end)
    home:set_time "2026-12-24 17:59"
    home:advance "2 min"
    assert.equal("2026-12-24 18:00:00", rang)
  end)

  it("runs a rule once when set back", function()
    local rang = 0
    home:at("07:00", function() rang = rang + 1 end)
    home:advance_to "07:10"
    home:set_time "06:50"
    home:advance "1 h"
    assert.equal(1, rang)
    home:advance "24 h"
    assert.equal(2, rang)
  end)

  it("skips an hour when summer time begins", function()
    home:set_time "2026-03-29 01:59"
    home:advance "1 min"
    assert.equal("2026-03-29 03:00:00", home:date())
  end)

  it("shows an hour twice when summer time ends", function()
    home:set_time "2026-10-25 02:59"
    home:advance "1 min"
    assert.equal("2026-10-25 02:00:00", home:date())
    home:advance "1 h"
    assert.equal("2026-10-25 03:00:00", home:date())
  end)

  it("runs each rule once when the clocks change", function()
    for _, night in ipairs { "2026-03-28 20:00", "2026-10-24 20:00" } do
      home:set_time(night)
      local rang = {}
      local handle = home:at("02:30", function() rang[#rang + 1] = home:date():sub(12) end)
      home:advance "12 h"
      handle:cancel()
      assert.equal(1, #rang, night)
    end
  end)

  it("computes sunrise and sunset", function()
    home:set_time "2026-06-21 12:00"
    assert.is_true(home:is "daytime")
    local set
    home:at("sunset", function() set = home:date() end)
    home:advance "12 h"
    assert.match("^2026%-06%-21 22:0", set)
    assert.is_false(home:is "daytime")
  end)

  it("advances during suspend while timers stop", function()
    local rang, woken = {}, nil
    home:at("07:00", { missed = "run" }, function(event) rang[#rang + 1] = event.missed end)
    home:at("07:00", { missed = "skip" }, function() rang[#rang + 1] = "skipped" end)
    home:after("10 min", function() woken = home:date() end)
    home:suspend "8 h"
    assert.same({ true }, rang)
    assert.is_nil(woken)
    home:advance "10 min"
    assert.equal("2026-01-01 08:10:00", woken)
  end)

  it("reports changes during suspend on waking", function()
    local heard = {}
    home:device("Hall/Motion"):on("alarm_motion", function(value, _, event)
      heard[#heard + 1] = { value, event.missed }
    end)
    home:advance "1 min"
    home:suspend("8 h", function() home:operate("Hall/Motion", "alarm_motion", true) end)
    assert.same({}, heard)
    home:advance "5 s"
    assert.same({ { true, true } }, heard)
  end)
end)

describe("a change in the home", function()
  local heard

  before_each(function()
    open()
    heard = {}
  end)

  local function listen(ref, capability, options)
    return home:device(ref):on(capability, options or {}, function(value, device, event)
      heard[#heard + 1] = {
        value = value, device = tostring(device), own = event.own, missed = event.missed,
        at = home:date(),
      }
    end)
  end

  it("reaches handlers at once, as another's change", function()
    listen("Hall/Motion", "alarm_motion")
    home:operate("Hall/Motion", "alarm_motion", true)
    assert.same({ { value = true, device = "Hall/Motion", own = false,
      at = "2026-01-01 00:00:00" } }, heard)
  end)

  it("takes a device by id, name or object", function()
    local motion = home:device "Hall/Motion"
    listen("Hall/Motion", "alarm_motion")
    home:operate(motion, "alarm_motion", true)
    home:operate(motion.id, "alarm_motion", false)
    home:operate("downstairs/hall/motion", "alarm_motion", true)
    assert.equal(3, #heard)
  end)

  it("is reported twice when it happens twice", function()
    listen("Hall/Motion", "alarm_motion")
    for _ = 1, 3 do home:operate("Hall/Motion", "alarm_motion", true) end
    assert.equal(3, #heard)
  end)

  it("can be the press of a button", function()
    listen("Doorbell", "button")
    home:operate("Doorbell", "button")
    assert.is_true(heard[1].value)
  end)

  it("refuses impossible values", function()
    assert.match("no device 'Hall/Moton'; did you mean 'Hall/Motion'",
      complaint(home.operate, home, "Hall/Moton", "x", 1))
    assert.match("'Lamp' may be any of 2 devices",
      complaint(home.operate, home, "Lamp", "onoff", true))
    assert.match("Hall/Motion has no capability 'alarm'",
      complaint(home.operate, home, "Hall/Motion", "alarm", true))
    assert.match("Hall/Motion: alarm_motion cannot become 1: expected boolean",
      complaint(home.operate, home, "Hall/Motion", "alarm_motion", 1))
    assert.match("alarm_motion cannot become nothing",
      complaint(home.operate, home, "Hall/Motion", "alarm_motion"))
    assert.match("given by its id or its name, not by 3",
      complaint(home.operate, home, 3, "alarm_motion", true))
    assert.match("given by its name", complaint(home.operate, home, "Hall/Motion", nil, true))
  end)

  it("starts the time of `held`", function()
    listen("Hall/Motion", "alarm_motion", { to = false, held = "10 min" })
    home:operate("Hall/Motion", "alarm_motion", true)
    home:advance "1 min"
    home:operate("Hall/Motion", "alarm_motion", false)
    home:advance "10 min"
    assert.equal("2026-01-01 00:11:00", heard[1].at)
  end)

  it("adds, renames, moves and removes devices", function()
    local told = {}
    for _, verb in ipairs { "create", "update", "delete" } do
      home:on("device." .. verb, function(device)
        told[#told + 1] = verb .. " " .. tostring(device)
      end)
    end
    home:settle()
    local spot = home:add("device", {
      name = "Spot", zone = "Upstairs/Attic", class = "light",
      capabilities = { onoff = true, dim = { value = 4, min = 1, max = 9 } },
    })
    assert.equal("Attic/Spot", tostring(spot))
    assert.equal(4, spot:get "dim")
    assert.match("from 1 to 9", complaint(spot.set, spot, "dim", 10))
    home:change("device", spot, { name = "Big spot", zone = "Kitchen" })
    assert.equal("Kitchen/Big spot", tostring(spot))
    home:change("device", "Big spot", { available = false, unavailableMessage = "No power" })
    assert.match("No power", complaint(spot.set, spot, "dim", 5))
    home:remove("device", "Kitchen/Big spot")
    assert.same({
      "create Attic/Spot", "update Kitchen/Big spot", "update Kitchen/Big spot",
      "delete Kitchen/Big spot",
    }, told)
  end)

  it("updates the selections that listen", function()
    local count = 0
    home:devices{ capability = "alarm_contact" }:on("alarm_contact", function()
      count = count + 1
    end)
    local flap = home:add("device", {
      name = "Cat flap", zone = "Hall", class = "sensor", capabilities = { alarm_contact = false },
    })
    home:advance "1 s"
    home:operate(flap, "alarm_contact", true)
    assert.equal(1, count)
    home:remove("device", flap)
    assert.match("no device 'Cat flap'",
      complaint(home.operate, home, "Cat flap", "alarm_contact", false))
  end)

  it("can be of zones, variables, flows, users", function()
    home:add("zone", { name = "Cellar", parent = "Downstairs" })
    assert.equal("Cellar", home:zone("Cellar").name)
    home:change("zone", "Cellar", { name = "Wine cellar" })
    home:advance "10 s"
    assert.equal("Wine cellar", home:zone("Wine cellar").name)
    local id = home:add("variable", { name = "Bottles", value = 12 })
    home:change("variable", "Bottles", { value = 11 })
    assert.equal(11, home:get("/api/manager/logic/variable/" .. id).value)
    home:change("user", "Otto", { present = true })
    home:add("flow", { name = "Cheers" })
    home:add("user", { name = "Ida", present = true })
    home:remove("user", "Ida")
    home:remove("flow", "Cheers")
    home:remove("zone", "Wine cellar")
    assert.match("there is no zone 'Wine cellar'",
      complaint(home.remove, home, "zone", "Wine cellar"))
  end)

  for _, case in ipairs {
    { "an unknown kind", { "add", "lamp", {} },
      "takes a kind first, such as 'device' or 'mood', not 'lamp'" },
    { "a missing description", { "add", "device" }, "describes the device, not nothing" },
    { "a device without a name", { "add", "device", {} }, "needs a `name`" },
    { "a device without capabilities", { "add", "device", { name = "A" } },
      "A: a device needs `capabilities`" },
    { "an unknown capability", { "add", "device", { name = "A", capabilities = { onof = true } } },
      "A: there is no capability 'onof'; did you mean 'onoff'" },
    { "an impossible value", { "add", "device", { name = "A", capabilities = { dim = 2 } } },
      "A: dim cannot be 2" },
    { "an unknown field",
      { "add", "device", { name = "A", zones = "Hall", capabilities = { "onoff" } } },
      "A: a device has no option 'zones'; did you mean 'zone'" },
    { "a variable without a value", { "add", "variable", { name = "A" } },
      "A: the value of a variable" },
    { "a change of an unknown field", { "change", "device", "Hall/Lamp", { nam = "B" } },
      "a device has no 'nam'" },
    { "a change of a type", { "change", "device", "Hall/Lamp", { name = 3 } },
      "`name` is a string, not 3" },
    { "a zone with devices", { "remove", "zone", "Hall" }, "is in this zone" },
  } do
    it("refuses " .. case[1], function()
      local method, kind, a, b = case[2][1], case[2][2], case[2][3], case[2][4]
      assert.match(case[3], complaint(home[method], home, kind, a, b))
    end)
  end
end)

describe("the list of sent changes", function()
  before_each(function() open() end)

  it("records the time and content of changes", function()
    home:advance_to "22:30"
    home:device("Hall/Lamp"):set("onoff", false, { duration = "2 s" })
    home:devices()
    assert.equal(1, #home.sent)
    local entry = home.sent[1]
    assert.equal("Hall/Lamp", entry.device)
    assert.equal("onoff", entry.capability)
    assert.is_false(entry.value)
    assert.equal(2, entry.duration)
    assert.equal("PUT", entry.method)
    assert.equal("2026-01-01 22:30:00", entry.time)
    assert.equal("Hall/Lamp: onoff = false", tostring(entry))
    assert.is_nil(entry.failed)
  end)

  it("is filtered by device and capability", function()
    home:devices{ class = "light", zone = "Downstairs" }:set { onoff = true, dim = 0.2 }
    assert.equal(6, #home:sent())
    assert.equal(2, #home:sent "Hall/Lamp")
    assert.equal(0.2, home:sent(home:device "Hall/Lamp", "dim")[1].value)
    assert.same({}, home:sent "Garden lights")
  end)

  it("includes flows, variables and other requests", function()
    home:post("/api/manager/flow/flow/74f3b9d2-1a5c-48e0-9b67-c2e80d6f5a41/trigger")
    home:put("/api/manager/logic/variable/5e20b8f6-7d4a-4c93-8f1b-a6d9c3e07b45", { value = 3 })
    local cellar = { name = "Cellar", icon = "default", parent = home:zone("Home").id }
    home:post("/api/manager/zones/zone", cellar)
    assert.equal("flow 'Good night' is started", tostring(home:sent("Good night")[1]))
    assert.equal("variable 'Guests' = 3", tostring(home:sent("Guests")[1]))
    assert.equal("POST /api/manager/zones/zone", tostring(home.sent[3]))
    assert.same(cellar, home.sent[3].body)
  end)

  it("is cleared with requests and log", function()
    home:device("Hall/Lamp"):set("onoff", false)
    assert.is_true(#home.requests > 1)
    home.homey.log("info", "hello")
    home:forget()
    assert.same({ 0, 0, 0 }, { #home.sent, #home.requests, #home.logged })
  end)

  it("excludes the changes of others", function()
    home:operate("Hall/Lamp", "onoff", false)
    assert.equal(0, #home:sent())
  end)
end)

describe("a broken connection", function()
  local heard

  before_each(function()
    open()
    heard = {}
    home:device("Hall/Motion"):on("alarm_motion", function(value, _, event)
      heard[#heard + 1] = { value, event.missed }
    end)
    home:advance "1 s"
  end)

  it("recovers from a restart of the hub", function()
    local heard, values = {}, {}
    home:device("Hall/Motion"):on("alarm_motion", { to = true, held = "1 min" }, function()
      heard[#heard + 1] = home:date()
    end)
    home:devices { class = "light" }:on("onoff", function(_, device)
      values[#values + 1] = tostring(device)
    end)
    home:on("device.delete", function(device)
      values[#values + 1] = "deleted " .. tostring(device)
    end)
    local lamp = home:device "Hall/Lamp"
    local before = lamp:get "onoff"
    lamp:set("onoff", not before, { revert_after = "5 s" })
    home:operate("Hall/Motion", "alarm_motion", true)
    home:restart():advance "1 min"
    assert.equal(before, lamp:get "onoff")
    home:advance "1 min"
    assert.equal(1, #heard)
    values = {}
    home:operate("Hall/Lamp", "onoff", not before)
    assert.same({ "Hall/Lamp" }, values)
    home:restart "3 s"
    home:restart "20 s"
    home:advance(10)
    assert.is_true(home.context.settings.starting)
    home:advance(20)
    assert.is_false(home.context.settings.starting)
  end)

  it("is reported when it breaks and returns", function()
    local told = {}
    for _, name in ipairs { "disconnect", "stale", "connect" } do
      home:on(name, function() told[#told + 1] = name .. " " .. home:date():sub(15) end)
    end
    home:drop "2 min"
    assert.is_false(home.connected)
    home:advance "3 min"
    assert.is_true(home.connected)
    assert.same({ "disconnect 00:01", "stale 01:01", "connect 02:01" }, told)
  end)

  it("reports a lasting change once after reconnecting", function()
    home:drop "2 min"
    home:operate("Hall/Motion", "alarm_motion", true)
    home:advance "1 min"
    assert.same({}, heard)
    home:advance "2 min"
    assert.same({ { true, true } }, heard)
    home:drop "2 min"
    home:operate("Hall/Motion", "alarm_motion", false)
    home:operate("Hall/Motion", "alarm_motion", true)
    home:advance "5 min"
    assert.equal(1, #heard)
  end)

  it("makes requests fail until it is restored", function()
    home:drop "2 min"
    local lamp = home:device "Hall/Lamp"
    local _, err = homey.try(lamp.set, lamp, "onoff", false)
    assert.equal("offline", err.kind)
    assert.equal("offline", home.sent[1].failed)
  end)

  it("keeps `held` running while the value lasts", function()
    local held = {}
    home:device("Kitchen/Window"):on("alarm_contact", { to = true, held = "10 min" }, function()
      held[#held + 1] = home:date()
    end)
    home:advance "1 s"
    home:operate("Kitchen/Window", "alarm_contact", true)
    home:advance "4 min"
    home:drop "2 min"
    home:advance "6 min"
    assert.same({ "2026-01-01 00:10:02" }, held)
  end)

  it("ends `held` when the value changed", function()
    local held = 0
    home:device("Kitchen/Window"):on("alarm_contact", { to = true, held = "10 min" }, function()
      held = held + 1
    end)
    home:advance "1 s"
    home:operate("Kitchen/Window", "alarm_contact", true)
    home:advance "4 min"
    home:drop "2 min"
    home:operate("Kitchen/Window", "alarm_contact", false)
    home:advance "20 min"
    assert.equal(0, held)
  end)

  it("restarts `held` when the value was interrupted", function()
    local held = {}
    home:device("Kitchen/Window"):on("alarm_contact", { to = true, held = "10 min" },
      function(_, _, event)
      held[#held + 1] = ("%s %s"):format(home:date(), tostring(event.value))
    end)
    home:advance "1 s"
    home:operate("Kitchen/Window", "alarm_contact", true)
    home:advance "4 min"
    home:drop "4 min"
    home:advance "1 min"
    home:operate("Kitchen/Window", "alarm_contact", false)
    home:advance "1 min"
    home:operate("Kitchen/Window", "alarm_contact", true) -- at 00:06:01
    home:advance "9 min"
    assert.same({}, held)
    home:advance "20 min"
    assert.same({ "2026-01-01 00:16:02 true" }, held)
  end)

  it("keeps `held` of a value reported each minute", function()
    local sensor, held = home:device "Hall/Motion", {}
    local function minutes(n)
      for _ = 1, n do
        home:operate(sensor, "measure_temperature", 15)
        home:advance "1 min"
      end
    end
    sensor:on("measure_temperature", { below = 18, held = "10 min" }, function()
      held[#held + 1] = home:date()
    end)
    home:advance "1 s"
    for _ = 1, 3 do
      minutes(5)
      home:drop "10 s"
    end
    assert.same({ "2026-01-01 00:10:02" }, held)
  end)

  it("restarts `held` when the value changed and returned", function()
    local held, motion = {}, home:device "Hall/Motion"
    motion:on("alarm_motion", { to = false, held = "10 min" }, function()
      held[#held + 1] = home:date()
    end)
    home:advance "1 s"
    for _, value in ipairs { true, true, false } do
      home:operate(motion, "alarm_motion", value)
      home:advance "1 s"
    end
    home:advance "4 min"
    home:drop "4 min"
    for _, value in ipairs { true, false } do
      home:advance "1 min"
      home:operate(motion, "alarm_motion", value) -- false again at 00:06:04
    end
    home:advance "20 min"
    assert.same({ "2026-01-01 00:16:05" }, held)
  end)

  it("reports nothing for a value that returned", function()
    local told = 0
    local window = home:device "Kitchen/Window"
    window:on("alarm_contact", function() told = told + 1 end)
    home:on("device.capability", function() told = told + 1 end)
    home:advance "1 s"
    home:drop "4 min"
    home:operate(window, "alarm_contact", true)
    home:operate(window, "alarm_contact", false)
    home:advance "20 min"
    assert.equal(0, told)
  end)

  it("reports added, changed and removed devices", function()
    local told = {}
    for _, verb in ipairs { "create", "update", "delete" } do
      home:on("device." .. verb, function(device, event)
        told[#told + 1] = { verb, device.name, event.missed }
      end)
    end
    home:settle():drop "1 min"
    home:remove("device", "Smoke detector")
    home:change("device", "Doorbell", { name = "Bell" })
    home:add("device", { name = "Spot", zone = "Hall", capabilities = { onoff = false } })
    home:advance "2 min"
    table.sort(told, function(a, b) return a[1] < b[1] end)
    assert.same({ { "create", "Spot", true }, { "delete", "Smoke detector", true },
      { "update", "Bell", true } }, told)
  end)

  it("can break again before it is restored", function()
    home:drop "2 min"
    home:advance "1 min"
    home:drop "2 min"
    home:advance "90 s"
    assert.is_false(home.connected)
    home:advance "1 min"
    assert.is_true(home.connected)
  end)
end)

describe("a failing request", function()
  local lamp

  before_each(function()
    open()
    lamp = home:device "Hall/Lamp"
  end)

  local function set(device, value)
    local _, err = homey.try(device.set, device, "dim", value)
    return err and err.kind
  end

  for _, kind in ipairs { "offline", "timeout", "network", "tls", "protocol", "expired",
    "unauthorized", "forbidden",
    "unavailable", "rate_limited", "hub" } do
    it("may have any kind: " .. kind, function()
      home:fail(kind)
      assert.equal(kind, set(lamp, 0.1))
      assert.equal(kind, home.sent[1].failed)
      assert.is_nil(set(lamp, 0.2))
    end)
  end

  it("can have a status and a message", function()
    home:fail { status = 500, message = "Out of memory", path = "/capability/" }
    local _, err = homey.try(lamp.set, lamp, "dim", 0.1)
    assert.equal("hub", err.kind)
    assert.equal(500, err.status)
    assert.match("Out of memory", err.message)
  end)

  it("is selected by method, device and capability", function()
    home:fail {
      kind = "timeout", device = "Hall/Lamp", capability = "dim", method = "PUT", times = 2,
    }
    assert.is_nil(set(home:device "Kitchen/Lamp", 0.3))
    lamp:set("onoff", false)
    assert.equal("timeout", set(lamp, 0.1))
    assert.equal("timeout", set(lamp, 0.2))
    assert.is_nil(set(lamp, 0.3))
  end)

  it("can be executed, with its answer lost", function()
    home:fail { kind = "timeout", executed = true }
    assert.equal("timeout", set(lamp, 0.1))
    assert.equal(0.1, lamp:get "dim")
  end)

  it("succeeds after the failure is cancelled", function()
    home:fail({ kind = "offline", times = math.huge }):cancel()
    assert.is_nil(set(lamp, 0.1))
  end)

  it("is logged, and other handlers continue", function()
    local heard = 0
    local motion = home:device "Hall/Motion"
    motion:on("alarm_motion", function() lamp:set("dim", 0.1) end)
    motion:on("alarm_motion", function() heard = heard + 1 end)
    home:fail { kind = "offline", method = "PUT" }
    home:operate("Hall/Motion", "alarm_motion", true)
    home:operate("Hall/Motion", "alarm_motion", false)
    assert.equal(2, heard)
    assert.equal(1, #home:logged "error")
    assert.match("virtual_spec.lua", home:logged("error")[1].text)
    assert.equal(0.1, lamp:get "dim")
  end)

  for _, case in ipairs {
    { "nothing", nil, "takes a table" }, { "a table without a failure", {}, "takes a `kind`" },
    { "an unknown kind", "ofline", "did you mean 'offline'" },
    { "an impossible status", 200, "400 to 599" },
    { "an unknown option", { kind = "hub", time = 2 }, "no option 'time'; did you mean 'times'" },
    { "an option of another type", { kind = "hub", times = "2" },
      "`times` takes a number of 1 or more, not '2'" },
    { "an unknown device", { kind = "hub", device = "Lump" }, "no device 'Lump'" },
  } do
    it("refuses " .. case[1], function()
      assert.match(case[3], complaint(home.fail, home, case[2]))
    end)
  end
end)

describe("a slow request", function()
  it("is answered after its own event", function()
    open(nil, { latency = "200 ms" })
    local lamp, order = home:device "Hall/Lamp", {}
    lamp:on("onoff", function(_, _, event) order[#order + 1] = event.own and "echo" end)
    home:advance "1 s"
    home.homey.spawn(function()
      lamp:set("onoff", false)
      order[#order + 1] = "answer"
    end)
    home:advance "100 ms"
    assert.same({}, order)
    home:advance "200 ms"
    assert.same({ "echo", "answer" }, order)
  end)
end)
