local failure = require "spec.support.failure"
local homey = require "homey"
local household = require "spec.support.household"
local houses = require "spec.support.house"
local collect_all = require "spec.support.collect_all"

local house, home, core_loop, advance

local devices_uri, zones_uri = "homey:manager:devices", "homey:manager:zones"

household.each(function(...) house, home, core_loop, advance = ... end)

local function operate(id, capability, value, more)
  house.raw[id].capabilitiesObj[capability].value = value
  local data = { capabilityId = capability, value = value }
  for name, each in pairs(more or {}) do data[name] = each end
  core_loop:tell("homey:device:" .. id, "capability", data)
end

describe("homey.on(\"device.capability\")", function()
  it("reports all devices, also later ones, until cancelled", function()
    local seen = {}
    local handle = home:on("device.capability", function(value, device, event)
      seen[#seen + 1] = ("%s %s %s"):format(tostring(device), event.capability, tostring(value))
    end)
    advance(1)
    operate(houses.lamp, "onoff", false)
    operate(houses.sensor, "alarm_motion", true)
    local id = "00000077-0000-4000-8000-000000000000"
    house.raw[id] = {
      id = id, name = "Fan", zone = houses.hall,
      capabilitiesObj = { onoff = { type = "boolean", value = false } },
    }
    core_loop:tell(devices_uri, "device.create", house.raw[id])
    advance(1)
    operate(id, "onoff", true)
    advance(1)
    assert.same({ "Kitchen/Lamp onoff false", "Hall/Motion alarm_motion true",
      "Hall/Fan onoff true" }, seen)
    handle:cancel()
    operate(id, "onoff", false)
    advance(1)
    assert.equal(3, #seen)
    for uri in pairs(core_loop.topics) do assert.not_match("^homey:device:", uri) end
  end)

  it("excludes this program's changes with own = false", function()
    local count = 0
    home:on("device.capability", { own = false }, function() count = count + 1 end)
    advance(1)
    home:device("Kitchen/Lamp"):set("onoff", false)
    advance(1)
    assert.equal(0, count)
  end)
end)

describe("a trigger of one object", function()
  local log, said = require "homey.util.log", nil

  before_each(function()
    said = {}
    log.to(function(level, text) said[#said + 1] = level .. ": " .. text end)
  end)
  after_each(function() log.to() end)

  it("warns once when the object is deleted", function()
    local lamp = home:device("Kitchen/Lamp")
    lamp:on("onoff", print)
    lamp:on("onoff", function() end)
    lamp:on("onoff", function() end):cancel()
    home:devices { capability = "onoff" }:on("onoff", function() end)
    home:variable("Guests"):on("value", function() end)
    advance(1)
    core_loop:tell(devices_uri, "device.delete", { id = houses.lamp })
    core_loop:tell(devices_uri, "device.delete", { id = houses.heater })
    core_loop:tell("homey:manager:logic", "variable.delete", { id = household.guests })
    advance(60)
    assert.equal(3, #said)
    assert.matches(
      "^warning: Kitchen/Lamp was deleted at the hub: a C function is not called for it any more%.",
      said[1])
    assert.matches(
      "^warning: Kitchen/Lamp was deleted at the hub: .*trigger_spec.lua:%d+ is not called for it "
        .. "any more%.", said[2])
    assert.matches("^warning: Guests was deleted at the hub: .*trigger_spec.lua:%d+ is not called",
      said[3])
  end)
end)

describe("a trigger with only `from`", function()
  it("reports each change from one of its values", function()
    local lamp, heard, held = home:device "Kitchen/Lamp", {}, {}
    lamp:set("dim", 0)
    lamp:on("dim", { from = { 0, 1 } }, function(value) heard[#heard + 1] = value end)
    lamp:on("dim", { from = { 0, 1 }, held = "10 s" }, function(value) held[#held + 1] = value end)
    advance(1)
    for _, value in ipairs { 1, 1, 0.5, 0.7, 1, 0 } do
      operate(houses.lamp, "dim", value)
      advance(3)
    end
    assert.same({ 1, 0.5, 0 }, heard)
    advance(10)
    assert.same({ 0 }, held)
  end)
end)

describe("a trigger that causes itself", function()
  it("keeps no old causes alive", function()
    local sim = require "homey.sim".home(nil, { quiet = true })
    local lamp, past = sim:device "Hall/Lamp", setmetatable({}, { __mode = "k" })
    lamp:on("onoff", function(value, _, event)
      past[event] = true
      sim.homey.sleep(30)
      lamp:set("onoff", not value)
    end)
    sim:operate(lamp, "onoff", not lamp:get "onoff")
    sim:advance "1 h"
    assert.is_true(#sim:sent(lamp) >= 119)
    collect_all()
    local left = 0
    for _ in pairs(past) do left = left + 1 end
    assert.is_true(left <= 3, left .. " events are still there")
    sim:close()
  end)
end)

describe("homey.on", function()
  it("refuses options of other events", function()
    assert.match('on%("device.create"%) has no option \'held\'',
      failure(home.on, home, "device.create", { held = "1 s" }, print).message)
    assert.match("no option 'onec'; did you mean 'once'",
      failure(home.on, home, "device.create", { onec = true }, print).message)
  end)

  it("receives a manager's other events", function()
    local seen = {}
    home:on("devices:device.state", function(data) seen[#seen + 1] = data.x end)
    home:on("device.energy", function(data) seen[#seen + 1] = data.x end)
    home:on("flow:state", function(data) seen[#seen + 1] = data.x end)
    home:flow("Good night"):on(tostring)
    advance(1)
    core_loop:tell(devices_uri, "device.state", { x = 1 })
    core_loop:tell(devices_uri, "device.energy", { x = 2 })
    core_loop:tell("homey:manager:flow", "state", { x = 3 })
    advance(1)
    assert.same({ 1, 2, 3 }, seen)
  end)

  it("leaves nothing behind after a refused subscription", function()
    home:device("Motion"):get "alarm_motion"
    local client = home.client
    home.client =
      setmetatable({ subscribe = function() return nil, "invalid", "no more subscriptions." end },
        { __index = client })
    local kept = home.scheduler.active_handles
    local err = failure(home.on, home, "updates:install_start", print)
    assert.equal("no more subscriptions.", err.message)
    assert.equal(kept, home.scheduler.active_handles)
    home.client = client
  end)
end)

describe("a live selection", function()
  local function heard_by(wanted, capability)
    local heard = {}
    local handle = home:devices(wanted):on(capability, function(_, device)
      heard[#heard + 1] = tostring(device)
    end)
    advance(1)
    return heard, handle
  end

  it("continues when its zone is renamed", function()
    local heard = heard_by({ zone = "Kitchen" }, "onoff")
    house.zones[houses.kitchen].name = "Cuisine"
    core_loop:tell(zones_uri, "zone.update", house.zones[houses.kitchen])
    advance(1)
    operate(houses.lamp, "onoff", false)
    advance(1)
    assert.same({ "Cuisine/Lamp" }, heard)
  end)

  it("continues when its zone is moved", function()
    local heard = heard_by({ zone = "Downstairs" }, "onoff")
    house.zones[houses.shed].parent = houses.down
    core_loop:tell(zones_uri, "zone.update", house.zones[houses.shed])
    advance(1)
    operate(houses.shed_lamp, "onoff", false)
    advance(1)
    assert.same({ "Shed/Shed lamp" }, heard)
  end)

  it("stays idle when its zone or last device is deleted", function()
    local heard = heard_by({ zone = "Shed" }, "onoff")
    core_loop:tell(zones_uri, "zone.delete", { id = houses.shed })
    advance(1)
    core_loop:tell(devices_uri, "device.delete", { id = houses.shed_lamp })
    advance(1)
    assert.same({}, heard)
  end)

  it("stays idle when nothing matches any more", function()
    house.raw[houses.heater].class = "oven_of_ours"
    local heard, handle = heard_by({ class = "oven_of_ours", capability = "shine" }, "shine")
    core_loop:tell(devices_uri, "device.delete", { id = houses.heater })
    advance(1)
    assert.same({ {}, true }, { heard, handle.active })
    core_loop:tell(devices_uri, "device.create", house.raw[houses.heater])
    advance(1)
    operate(houses.heater, "shine", 5)
    advance(1)
    assert.same({ "Kitchen/Heater" }, heard)
  end)

  it("ignores later changes of its description", function()
    local wanted = { zone = "Kitchen" }
    local heard = heard_by(wanted, "onoff")
    wanted.zone = "Garden"
    core_loop:tell(devices_uri, "device.update", house.raw[houses.lamp])
    advance(1)
    operate(houses.lamp, "onoff", false)
    advance(1)
    assert.same({ "Kitchen/Lamp" }, heard)
  end)
end)

describe("handlers of one event", function()
  it("are not called after one cancels them", function()
    local motion, heard, second = home:device "Motion", {}, nil
    motion:on("alarm_motion", function()
      heard[#heard + 1] = "first"
      second:cancel()
    end)
    second = motion:on("alarm_motion", { to = true, held = "1 h" }, function()
      heard[#heard + 1] = "second"
    end)
    advance(1)
    operate(houses.sensor, "alarm_motion", true)
    advance(1)
    assert.same({ "first" }, heard)
    assert.is_nil(next(home.scheduler.waiting)) -- the cancelled one has no timer
  end)

  it("that pause do not affect others", function()
    local heater, event = home:device "Heater", nil
    heater:on("target_temperature", { debounce = "2 s" }, function() end)
    heater:on("target_temperature", function(_, _, told) event = told end)
    advance(1)
    for value = 10, 12 do
      operate(houses.heater, "target_temperature", value)
      advance(1)
    end
    advance(5)
    assert.same({ 12, 11 }, { event.value, event.old })
  end)

  it("with `debounce` receive true and false", function()
    local heard = {}
    home:device("Motion")
      :on("alarm_motion", { debounce = "2 s", to = true }, function(value, _, event)
      heard[#heard + 1] = { value, event.old }
    end)
    advance(1)
    for _, value in ipairs { true, false, true } do
      operate(houses.sensor, "alarm_motion", value)
      advance(1)
    end
    advance(5)
    assert.same({ { true, false } }, heard)
  end)

  it("that queue warn each time they fall behind", function()
    local log, lines = require "homey.util.log", {}
    log.to(function(_, text) lines[#lines + 1] = text end)
    home.scheduler.limits.queued = 1
    home:device("Motion"):on("alarm_motion", { mode = "queued" }, function()
      home.scheduler:sleep(10)
    end)
    advance(1)
    for _ = 1, 2 do
      for i = 1, 6 do operate(houses.sensor, "alarm_motion", i % 2 == 1) end
      advance(60)
    end
    log.to()
    assert.equal(2, #lines)
    assert.match("cannot keep up", lines[1])
  end)
end)

describe("homey.wait", function()
  it("ends with an error when the home closes", function()
    local motion, err = home:device "Motion", nil
    local task = require("homey.task.task").start(home.scheduler, nil, function()
      err = select(2, homey.try(homey.wait, motion, "alarm_motion", true, "1 h"))
    end)
    advance(1)
    home:close()
    advance(1)
    assert.is_true(task:finished())
    assert.equal("cancelled", err.kind)
    assert.match("closed while homey.wait waited", err.message)
    assert.is_nil(next(home.scheduler.waiting))
  end)

  it("leaves nothing behind when its task is cancelled", function()
    local task = require("homey.task.task").start(home.scheduler, nil, homey.wait,
      home:device "Motion", "alarm_motion", true, "1 h")
    advance(1)
    task:cancel()
    advance(1)
    assert.is_nil(next(home.scheduler.waiting))
    assert.is_nil(next(home.handles))
    assert.is_table(home.cache.watched[home:device(houses.sensor)])
    assert.is_false(home.cache.watchers:has(home:device(houses.sensor)))
  end)

  it("counts time that a value already held", function()
    local sensor = house.raw[houses.sensor].capabilitiesObj.alarm_motion
    sensor.lastUpdated = "2023-11-14T22:00:00.000Z"
    local began = core_loop.clock
    assert.is_true(homey.wait(home:device "Motion", "alarm_motion", { to = false, held = "5 min" },
      "1 h"))
    assert.is_true(core_loop.clock - began < 5)
  end)

  it("sees changes that happen while it reads", function()
    local motion, lamp = home:device "Motion", home:device "Kitchen/Lamp"
    motion:on("alarm_motion", function() end)
    advance(1)
    core_loop.latency = 5
    home.scheduler:later(2, function() operate(houses.sensor, "alarm_motion", true) end)
    assert.equal(1, homey.wait {
      any = { { motion, "alarm_motion", true }, { lamp, "onoff", false } }, timeout = "1 min",
    })
  end)
end)

describe("a closed home", function()
  it("is named in the error", function()
    local lamp, lights, zone = home:device "Kitchen/Lamp", home:devices { class = "light" },
      home:zone "Kitchen"
    home:close()
    local function f() end
    for _, listen in ipairs {
      function() lamp:on("onoff", f) end, function() lights:on("onoff", f) end, function()
        home:on("device.create", f)
      end,
      function() home:on("connect", f) end, function() zone:devices():on("onoff", f) end,
      function() home:wait(lamp, "onoff", false, "1 s") end,
    } do
      local err = failure(listen)
      assert.same({ "cancelled", "this home was closed. Log in again." }, { err.kind, err.message })
      assert.is_false(home.cache)
    end
  end)
end)
