-- The home in virtual time, as a test of an automation uses it: what it promises of time, of what happens at home, and of
-- what is kept to look at. What the hub and the mirror do with it is promised elsewhere, and here through it.
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

-- The sentence of what a call raises.
local function complaint(f, ...)
  local result, err = homey.try(f, ...)
  assert.is_nil(result)
  return tostring(err)
end

describe("a home in virtual time", function()
  it("is a homey.Home, and needs neither sockets nor lua-http", function()
    open()
    assert.equal("Sunny House", home:login().name)
    assert.equal("Hall/Motion", tostring(home:device "Hall/Motion"))
    assert.equal("homey.Home: Sunny House", tostring(home))
    for name in pairs(package.loaded) do
      assert.is_nil(name:match "^http%." or name:match "^cqueues" or name:match "^openssl" or name:match "^socket", name)
    end
  end)

  it("answers what a scheduler and a home call of the C core", function()
    local core = require "homey.core"
    local loop = core.loop()
    local client = loop:client { address = "http://127.0.0.1:1", token = "none" }
    local not_needed = { client = true, close = true, fd = true, trace_id = true, warn_id = true, store_id = true, store_answer = true }
    for name in pairs(getmetatable(loop).__index) do
      assert.is_true(not_needed[name] or type(require "homey.sim.virtual.loop"[name]) == "function", name)
    end
    for name in pairs(getmetatable(client).__index) do
      assert.is_true(not_needed[name] or type(require "homey.sim.virtual.client"[name]) == "function", name)
    end
    loop:close()
  end)

  it("begins with the year, by the clock of the home", function()
    open()
    assert.equal("2026-01-01 00:00:00", home:date())
  end)

  it("begins when it is told to", function()
    assert.equal("2026-06-21 12:30:00", open(nil, { time = "2026-06-21 12:30" }):date())
    assert.equal("2026-06-21 12:30:07", open(nil, { time = "2026-06-21 12:30:07" }):date())
    assert.equal("1970-01-01 01:00:00", open(nil, { time = 0 }):date())
  end)

  it("refuses options that there are not, and names those that were meant", function()
    assert.match("no option 'sed'; did you mean 'seed'", complaint(sim.home, nil, { sed = 1 }))
    assert.match("whole number", complaint(sim.home, nil, { seed = "x" }))
    assert.match("takes a time", complaint(sim.home, nil, { latency = "soon" }))
    assert.match("are a table", complaint(sim.home, nil, 3))
    assert.match("is written \"2026%-03%-29", complaint(sim.home, nil, { time = "noon" }))
  end)

  it("gives scripts' own names, bound to it", function()
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

  it("has as many devices as are asked for", function()
    assert.equal(40, #open(nil, { devices = 40 }):devices())
  end)

  it("speaks as a hub of version 2, too", function()
    open(nil, { api_version = 2 })
    assert.equal(2, home:login().api_version)
    home:device("Hall/Lamp"):set("onoff", false)
    assert.is_false(home:device("Hall/Lamp"):get "onoff")
  end)

  it("answers what was under way with `cancelled` when it is closed", function()
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

  it("brings what is due in its order, each at its own moment", function()
    local seen = {}
    local function note(name) return function() seen[#seen + 1] = name .. " " .. home:date():sub(12) end end
    home:after("20 min", note "third")
    home:after("10 min", note "first")
    home:after("10 min", note "second")
    home:every("25 min", note "every")
    home:advance "1 h"
    assert.same({ "first 00:10:00", "second 00:10:00", "third 00:20:00", "every 00:25:00", "every 00:50:00" }, seen)
  end)

  it("brings what is due at its very end", function()
    local rang
    home:at("22:30", function() rang = home:date() end)
    home:advance_to "22:29:59"
    assert.is_nil(rang)
    home:advance "1 s"
    assert.equal("2026-01-01 22:30:00", rang)
  end)

  it("is advanced to a time of day, today's or tomorrow's", function()
    assert.equal("2026-01-01 22:30:00", home:advance_to("22:30"):date())
    assert.equal("2026-01-02 22:30:00", home:advance_to("22:30"):date())
    assert.equal("2026-03-29 04:00:00", home:advance_to("2026-03-29 04:00"):date())
  end)

  it("goes by while a test waits", function()
    home.homey.sleep "90 s"
    assert.equal("2026-01-01 00:01:30", home:date())
    local door = home:device "Front door"
    assert.is_false(home.homey.wait(door, "alarm_contact", true, "5 min"))
    assert.equal("2026-01-01 00:06:30", home:date())
  end)

  it("is not advanced from inside an automation, nor back", function()
    local err
    home.homey.spawn(function() err = select(2, homey.try(home.advance, home, "1 h")) end)
    assert.match("use homey.sleep there", tostring(err))
    home:advance_to "2026-02-01"
    assert.match("does not go back", complaint(home.advance_to, home, "2026-01-01 12:00"))
    assert.match("takes a time", complaint(home.advance, home, "a while"))
    assert.match("is written", complaint(home.advance_to, home, "2026-02-30"))
  end)

  it("says so where something sets itself off without end", function()
    local function again() home:after(0, again) end
    again()
    assert.match("no end to what happens at 2026%-01%-01 00:00:00", complaint(home.advance, home, 1))
  end)
end)

describe("the clock", function()
  before_each(function() open() end)

  it("is set without any time going by", function()
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

  it("is set to a time of the same day, and to seconds since 1970", function()
    home:advance "30 h"
    assert.equal("2026-01-02 01:59:00", home:set_time("01:59"):date())
    assert.equal("2026-01-01 01:00:00", home:set_time(1767225600):date())
    assert.match("is written", complaint(home.set_time, home, "25:00"))
  end)

  it("brings what is months away when it is set to that", function()
    local rang
    home:at("24 dec 18:00", function() rang = home:date() end)
    home:set_time "2026-12-24 17:59"
    home:advance "2 min"
    assert.equal("2026-12-24 18:00:00", rang)
  end)

  it("does once what it comes to twice when it is set back", function()
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

  it("brings each time of day once in both of these nights", function()
    for _, night in ipairs { "2026-03-28 20:00", "2026-10-24 20:00" } do
      home:set_time(night)
      local rang = {}
      local handle = home:at("02:30", function() rang[#rang + 1] = home:date():sub(12) end)
      home:advance "12 h"
      handle:cancel()
      assert.equal(1, #rang, night)
    end
  end)

  it("knows where the sun is", function()
    home:set_time "2026-06-21 12:00"
    assert.is_true(home:is "daytime")
    local set
    home:at("sunset", function() set = home:date() end)
    home:advance "12 h"
    assert.match("^2026%-06%-21 22:0", set)
    assert.is_false(home:is "daytime")
  end)

  it("goes on while the machine sleeps, and its timers do not", function()
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

  it("hears only when it wakes what happened while the machine slept", function()
    local heard = {}
    home:device("Hall/Motion"):on("alarm_motion", function(value, _, event) heard[#heard + 1] = { value, event.missed } end)
    home:advance "1 min"
    home:suspend("8 h", function() home:operate("Hall/Motion", "alarm_motion", true) end)
    assert.same({}, heard)
    home:advance "5 s"
    assert.same({ { true, true } }, heard)
  end)
end)

describe("what happens at home", function()
  local heard

  before_each(function()
    open()
    heard = {}
  end)

  local function listen(ref, capability, options)
    return home:device(ref):on(capability, options or {}, function(value, device, event)
      heard[#heard + 1] = { value = value, device = tostring(device), own = event.own, missed = event.missed, at = home:date() }
    end)
  end

  it("is heard at once, and is not our own doing", function()
    listen("Hall/Motion", "alarm_motion")
    home:operate("Hall/Motion", "alarm_motion", true)
    assert.same({ { value = true, device = "Hall/Motion", own = false, at = "2026-01-01 00:00:00" } }, heard)
  end)

  it("comes from a device by id, by name, or as an object", function()
    local motion = home:device "Hall/Motion"
    listen("Hall/Motion", "alarm_motion")
    home:operate(motion, "alarm_motion", true)
    home:operate(motion.id, "alarm_motion", false)
    home:operate("downstairs/hall/motion", "alarm_motion", true)
    assert.equal(3, #heard)
  end)

  it("is told twice where it happens twice", function()
    listen("Hall/Motion", "alarm_motion")
    for _ = 1, 3 do home:operate("Hall/Motion", "alarm_motion", true) end
    assert.equal(3, #heard)
  end)

  it("may be the press of a button", function()
    listen("Doorbell", "button")
    home:operate("Doorbell", "button")
    assert.is_true(heard[1].value)
  end)

  it("is refused where it cannot be", function()
    assert.match("no device 'Hall/Moton'; did you mean 'Hall/Motion'", complaint(home.operate, home, "Hall/Moton", "x", 1))
    assert.match("'Lamp' may be any of 2 devices", complaint(home.operate, home, "Lamp", "onoff", true))
    assert.match("Hall/Motion: it has no capability 'alarm'", complaint(home.operate, home, "Hall/Motion", "alarm", true))
    assert.match("Hall/Motion: alarm_motion cannot become 1: expected boolean",
      complaint(home.operate, home, "Hall/Motion", "alarm_motion", 1))
    assert.match("alarm_motion cannot become nothing", complaint(home.operate, home, "Hall/Motion", "alarm_motion"))
    assert.match("named by its id or its name, not by 3", complaint(home.operate, home, 3, "alarm_motion", true))
    assert.match("named by text", complaint(home.operate, home, "Hall/Motion", nil, true))
  end)

  it("sets off what waits for it to last", function()
    listen("Hall/Motion", "alarm_motion", { to = false, held = "10 min" })
    home:operate("Hall/Motion", "alarm_motion", true)
    home:advance "1 min"
    home:operate("Hall/Motion", "alarm_motion", false)
    home:advance "10 min"
    assert.equal("2026-01-01 00:11:00", heard[1].at)
  end)

  it("is a device that comes, is renamed, moved, cut off and taken away", function()
    local told = {}
    for _, verb in ipairs { "create", "update", "delete" } do
      home:on("device." .. verb, function(device) told[#told + 1] = verb .. " " .. tostring(device) end)
    end
    home:settle()
    local spot = home:add("device", {
      name = "Spot", zone = "Upstairs/Attic", class = "light", capabilities = { onoff = true, dim = { value = 4, min = 1, max = 9 } },
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
      "create Attic/Spot", "update Kitchen/Big spot", "update Kitchen/Big spot", "delete Kitchen/Big spot",
    }, told)
  end)

  it("makes devices join and leave the selections that listen", function()
    local count = 0
    home:devices{ capability = "alarm_contact" }:on("alarm_contact", function() count = count + 1 end)
    local flap = home:add("device", { name = "Cat flap", zone = "Hall", class = "sensor", capabilities = { alarm_contact = false } })
    home:advance "1 s"
    home:operate(flap, "alarm_contact", true)
    assert.equal(1, count)
    home:remove("device", flap)
    assert.match("no device 'Cat flap'", complaint(home.operate, home, "Cat flap", "alarm_contact", false))
  end)

  it("may be zones, variables, flows and users", function()
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
    assert.match("there is no zone 'Wine cellar'", complaint(home.remove, home, "zone", "Wine cellar"))
  end)

  for _, case in ipairs {
    { "a kind that there is not", { "add", "lamp", {} }, "'device', 'zone', 'variable', 'flow' or 'user', not 'lamp'" },
    { "what is not described", { "add", "device" }, "as a table, not nothing" },
    { "a device without a name", { "add", "device", {} }, "needs a `name`" },
    { "a device without capabilities", { "add", "device", { name = "A" } }, "A: a device needs `capabilities`" },
    { "a capability that there is not", { "add", "device", { name = "A", capabilities = { onof = true } } },
      "A: there is no capability 'onof'; did you mean 'onoff'" },
    { "a value that cannot be", { "add", "device", { name = "A", capabilities = { dim = 2 } } }, "A: dim cannot be 2" },
    { "a field that there is not", { "add", "device", { name = "A", zones = "Hall", capabilities = { "onoff" } } },
      "A: a device has no 'zones'; did you mean 'zone'" },
    { "a variable without a value", { "add", "variable", { name = "A" } }, "A: the value of a variable" },
    { "a change of what there is not", { "change", "device", "Hall/Lamp", { nam = "B" } }, "a device has no 'nam'" },
    { "a change to another type", { "change", "device", "Hall/Lamp", { name = 3 } }, "its name is a string, not 3" },
    { "a zone that is in use", { "remove", "zone", "Hall" }, "is in this zone" },
  } do
    it("refuses " .. case[1], function()
      local method, kind, a, b = case[2][1], case[2][2], case[2][3], case[2][4]
      assert.match(case[3], complaint(home[method], home, kind, a, b))
    end)
  end
end)

describe("what was sent", function()
  before_each(function() open() end)

  it("is a list of changes, with when and what", function()
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

  it("is asked for by device and capability", function()
    home:devices{ class = "light", zone = "Downstairs" }:set { onoff = true, dim = 0.2 }
    assert.equal(6, #home:sent())
    assert.equal(2, #home:sent "Hall/Lamp")
    assert.equal(0.2, home:sent(home:device "Hall/Lamp", "dim")[1].value)
    assert.same({}, home:sent "Garden lights")
  end)

  it("has flows, variables and whatever else", function()
    home:post("/api/manager/flow/flow/74f3b9d2-1a5c-48e0-9b67-c2e80d6f5a41/trigger")
    home:put("/api/manager/logic/variable/5e20b8f6-7d4a-4c93-8f1b-a6d9c3e07b45", { value = 3 })
    home:post("/api/manager/zones/zone", { name = "Cellar" })
    assert.equal("flow 'Good night' is started", tostring(home:sent("Good night")[1]))
    assert.equal("variable 'Guests' = 3", tostring(home:sent("Guests")[1]))
    assert.equal("POST /api/manager/zones/zone", tostring(home.sent[3]))
    assert.same({ name = "Cellar" }, home.sent[3].body)
  end)

  it("is forgotten on demand, with what was read and logged", function()
    home:device("Hall/Lamp"):set("onoff", false)
    assert.is_true(#home.requests > 1)
    home.homey.log("info", "hello")
    home:forget()
    assert.same({ 0, 0, 0 }, { #home.sent, #home.requests, #home.logged })
  end)

  it("is not what others do", function()
    home:operate("Hall/Lamp", "onoff", false)
    assert.equal(0, #home:sent())
  end)
end)

describe("a connection that breaks", function()
  local heard

  before_each(function()
    open()
    heard = {}
    home:device("Hall/Motion"):on("alarm_motion", function(value, _, event) heard[#heard + 1] = { value, event.missed } end)
    home:advance "1 s"
  end)

  it("restarts, and what it lists again goes on as before", function()
    local heard, values = {}, {}
    home:device("Hall/Motion"):on("alarm_motion", { to = true, held = "1 min" }, function() heard[#heard + 1] = home:date() end)
    home:devices { class = "light" }:on("onoff", function(_, device) values[#values + 1] = tostring(device) end)
    home:on("device.delete", function(device) values[#values + 1] = "deleted " .. tostring(device) end)
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

  it("is told of, and comes back", function()
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

  it("makes what lasts be heard afterwards, once, and what was undone never", function()
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

  it("fails what is asked meanwhile", function()
    home:drop "2 min"
    local lamp = home:device "Hall/Lamp"
    local _, err = homey.try(lamp.set, lamp, "onoff", false)
    assert.equal("offline", err.kind)
    assert.equal("offline", home.sent[1].failed)
  end)

  it("keeps what is held while it lasts", function()
    local held = {}
    home:device("Kitchen/Window"):on("alarm_contact", { to = true, held = "10 min" }, function() held[#held + 1] = home:date() end)
    home:advance "1 s"
    home:operate("Kitchen/Window", "alarm_contact", true)
    home:advance "4 min"
    home:drop "2 min"
    home:advance "6 min"
    assert.same({ "2026-01-01 00:10:02" }, held)
  end)

  it("ends what is held when it did not last", function()
    local held = 0
    home:device("Kitchen/Window"):on("alarm_contact", { to = true, held = "10 min" }, function() held = held + 1 end)
    home:advance "1 s"
    home:operate("Kitchen/Window", "alarm_contact", true)
    home:advance "4 min"
    home:drop "2 min"
    home:operate("Kitchen/Window", "alarm_contact", false)
    home:advance "20 min"
    assert.equal(0, held)
  end)

  it("has what is held begin anew where it was interrupted meanwhile, and come back", function()
    local held = {}
    home:device("Kitchen/Window"):on("alarm_contact", { to = true, held = "10 min" }, function(_, _, event)
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

  it("keeps what is held of a value that is told every minute as it is", function()
    local sensor, held = home:device "Hall/Motion", {}
    local function minutes(n)
      for _ = 1, n do
        home:operate(sensor, "measure_temperature", 15)
        home:advance "1 min"
      end
    end
    sensor:on("measure_temperature", { below = 18, held = "10 min" }, function() held[#held + 1] = home:date() end)
    home:advance "1 s"
    for _ = 1, 3 do
      minutes(5)
      home:drop "10 s"
    end
    assert.same({ "2026-01-01 00:10:02" }, held)
  end)

  it("has what is held of one value begin anew, though another is told again and again", function()
    local held, motion = {}, home:device "Hall/Motion"
    motion:on("alarm_motion", { to = false, held = "10 min" }, function() held[#held + 1] = home:date() end)
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

  it("tells nothing of a value that came back meanwhile", function()
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

  it("brings what came, changed and went meanwhile", function()
    local told = {}
    for _, verb in ipairs { "create", "update", "delete" } do
      home:on("device." .. verb, function(device, event) told[#told + 1] = { verb, device.name, event.missed } end)
    end
    home:settle():drop "1 min"
    home:remove("device", "Smoke detector")
    home:change("device", "Doorbell", { name = "Bell" })
    home:add("device", { name = "Spot", zone = "Hall", capabilities = { onoff = false } })
    home:advance "2 min"
    table.sort(told, function(a, b) return a[1] < b[1] end)
    assert.same({ { "create", "Spot", true }, { "delete", "Smoke detector", true }, { "update", "Bell", true } }, told)
  end)

  it("breaks again before it is back", function()
    home:drop "2 min"
    home:advance "1 min"
    home:drop "2 min"
    home:advance "90 s"
    assert.is_false(home.connected)
    home:advance "1 min"
    assert.is_true(home.connected)
  end)
end)

describe("a request that fails", function()
  local lamp

  before_each(function()
    open()
    lamp = home:device "Hall/Lamp"
  end)

  local function set(device, value)
    local _, err = homey.try(device.set, device, "dim", value)
    return err and err.kind
  end

  for _, kind in ipairs { "offline", "timeout", "network", "tls", "protocol", "expired", "unauthorized", "forbidden",
    "unavailable", "rate_limited", "hub" } do
    it("may have any kind: " .. kind, function()
      home:fail(kind)
      assert.equal(kind, set(lamp, 0.1))
      assert.equal(kind, home.sent[1].failed)
      assert.is_nil(set(lamp, 0.2))
    end)
  end

  it("may be refused by the hub with a status, and its own words", function()
    home:fail { status = 500, message = "Out of memory", path = "/capability/" }
    local _, err = homey.try(lamp.set, lamp, "dim", 0.1)
    assert.equal("hub", err.kind)
    assert.equal(500, err.status)
    assert.match("Out of memory", err.message)
  end)

  it("may be one of several, of a method, of a device, of a capability", function()
    home:fail { kind = "timeout", device = "Hall/Lamp", capability = "dim", method = "PUT", times = 2 }
    assert.is_nil(set(home:device "Kitchen/Lamp", 0.3))
    lamp:set("onoff", false)
    assert.equal("timeout", set(lamp, 0.1))
    assert.equal("timeout", set(lamp, 0.2))
    assert.is_nil(set(lamp, 0.3))
  end)

  it("may have been executed all the same", function()
    home:fail { kind = "timeout", executed = true }
    assert.equal("timeout", set(lamp, 0.1))
    assert.equal(0.1, lamp:get "dim")
  end)

  it("fails no more once that is cancelled", function()
    home:fail({ kind = "offline", times = math.huge }):cancel()
    assert.is_nil(set(lamp, 0.1))
  end)

  it("is logged for the handler whose call it was, and the others go on", function()
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
    { "nothing", nil, "takes a table" }, { "no failure", {}, "what goes wrong" },
    { "a kind that there is not", "ofline", "did you mean 'offline'" }, { "a status that is none", 200, "400 to 599" },
    { "an option that there is not", { kind = "hub", time = 2 }, "no option 'time'; did you mean 'times'" },
    { "an option of another type", { kind = "hub", times = "2" }, "`times` is a number, not '2'" },
    { "a device that there is not", { kind = "hub", device = "Lump" }, "no device 'Lump'" },
  } do
    it("is refused for " .. case[1], function() assert.match(case[3], complaint(home.fail, home, case[2])) end)
  end
end)

describe("a request that takes its time", function()
  it("is answered after it, behind the echo of what it did", function()
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
