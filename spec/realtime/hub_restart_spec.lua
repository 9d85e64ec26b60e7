-- Restarted hub: it lists nothing or a part for a while. Resources that return under their old ids
-- continue without interruption.
local homey = require "homey"
local fake = require "spec.support.fake_core_loop"
local household = require "spec.support.household"
local houses = require "spec.support.house"

local house, home, core_loop, advance, lines

household.each(function(...)
  house, home, core_loop, advance = ...
  lines = house.record_log()
end)

local function told(...)
  local seen = {}
  for _, name in ipairs { ... } do
    home:on(name, function(subject) seen[#seen + 1] = name .. " " .. tostring(subject) end)
  end
  advance(1)
  return seen
end

local function operate(id, capability, value)
  house.raw[id].capabilitiesObj[capability].value = value
  core_loop:tell("homey:device:" .. id, "capability", { capabilityId = capability, value = value })
end

local paths = { houses.devices_path, houses.zones_path }
for _, path in pairs(household.lists) do paths[#paths + 1] = path end

-- Restarts the hub: for some seconds it lists nothing and knows no device.
local function restart(seconds, before)
  local routes = core_loop.routes
  core_loop:break_off()
  advance(3)
  core_loop.routes = setmetatable({}, { __index = function(_, what)
    for _, path in ipairs(paths) do
      if what == "GET " .. path then return {} end
    end
    return fake.fail("not_found", "the hub does not know it.", 404)
  end })
  core_loop:come_back()
  advance(seconds)
  if before then before() end
  core_loop.routes = routes
end

-- Makes a gap in the events, after which the hub's lists lack the device while its app starts.
local function take_away(id)
  local raw, route = house.raw[id], core_loop.routes["GET " .. houses.path(id)]
  house.raw[id] = nil
  core_loop:on("GET " .. houses.path(id), fake.fail("not_found", "the hub does not know it.", 404))
  core_loop:break_off()
  advance(1)
  core_loop:come_back()
  advance(2)
  return function()
    house.raw[id] = raw
    core_loop:on("GET " .. houses.path(id), route)
  end
end

describe("a hub that lists nothing for ten seconds after its restart", function()
  it("keeps triggers, selections and events", function()
    local motion = home:device "Motion"
    local heard, lights = house.values_of(motion, "alarm_motion"),
      house.values_of(home:devices { class = "light" }, "onoff")
    local guests, seen = house.values_of(home:variable "Guests"),
      told("device.create", "device.delete", "zone.delete", "variable.delete")
    restart(10)
    advance(20)
    operate(houses.sensor, "alarm_motion", true)
    operate(houses.lamp, "onoff", false)
    house.set(household.guests, 7)
    advance(1)
    assert.same({ 1, 1, 1 }, { #heard, #lights, #guests })
    assert.same({}, seen)
    assert.equal(motion, home:device "Hall/Motion")
    assert.falsy(motion.gone)
    assert.same({
      1, "warning the home could not be read again. It will be retried: the hub lists no devices: "
        .. "it may still be starting.",
    },
      { #lines, lines[1] })
  end)

  it("is read until it lists them, then reports changes once", function()
    local heard = house.values_of(home:device "Motion", "alarm_motion")
    restart(10, function() house.raw[houses.sensor].capabilitiesObj.alarm_motion.value = true end)
    advance(20)
    assert.same({ 1, true, true }, { #heard, heard[1][1], heard[1][2].missed })
  end)

  it("resolves names from the cache and explains failures", function()
    local heater = home:device "Heater"
    house.values_of(heater, "target_temperature")
    restart(10, function()
      assert.equal(heater, home:device "Kitchen/Heater")
      assert.equal(6, #home:devices())
      local ok, err = pcall(heater.set, heater, "target_temperature", 21)
      assert.same({ false, "unavailable" }, { ok, err.kind })
      assert.matches("may still be starting", err.message)
    end)
    advance(20)
    heater:set("target_temperature", 21)
  end)

  it("completes sets with `within`", function()
    local heater = home:device "Heater"
    house.values_of(heater, "target_temperature")
    restart(10, function()
      homey.try(require("homey.task.task").start, home.scheduler, nil, heater.set, heater,
        "target_temperature", 21, { within = "5 min" })
      advance(1)
    end)
    advance(60)
    assert.equal(21, house.raw[houses.heater].capabilitiesObj.target_temperature.value)
  end)

  it("keeps waits and `held`", function()
    local heard = house.values_of(home:device "Motion", "alarm_motion",
      { to = true, held = "30 s" })
    local task = require("homey.task.task").start(home.scheduler, nil, homey.wait,
      home:device "Heater", "target_temperature", 25, "5 min")
    advance(1)
    operate(houses.sensor, "alarm_motion", true)
    restart(10)
    advance(30)
    assert.equal(1, #heard)
    operate(houses.heater, "target_temperature", 25)
    advance(1)
    assert.is_true(task:wait())
  end)

  it("completes reverts that fall due", function()
    local heater = home:device "Heater"
    heater:set("target_temperature", 25, { revert_after = "8 s" })
    restart(10)
    assert.equal(25, house.raw[houses.heater].capabilitiesObj.target_temperature.value)
    advance(60)
    assert.equal(20, house.raw[houses.heater].capabilitiesObj.target_temperature.value)
  end)

  it("is believed after two minutes", function()
    local seen = told("device.delete", "device.create")
    restart(200)
    assert.equal(6, #seen)
    assert.same({}, home:devices())
    advance(120)
    assert.equal(12, #seen)
  end)

  it("is believed at once after delete events", function()
    local seen = told("device.delete")
    for id in pairs(house.raw) do
      house.raw[id] = nil
      core_loop:tell("homey:manager:devices", "device.delete", { id = id })
    end
    advance(1)
    assert.equal(6, #seen)
    assert.same({}, home:devices())
  end)

  it("is asked again when it refuses subscriptions", function()
    local heard = house.values_of(home:device "Motion", "alarm_motion")
    restart(10, function()
      local uri = "homey:device:" .. houses.sensor
      local first = core_loop.topics[uri]
      core_loop.topics[uri] = nil
      for _ = 1, 5 do core_loop:hand_out(first, fake.fail("hub", "no such device.", 500)) end
      advance(0.1)
    end)
    advance(20)
    operate(houses.sensor, "alarm_motion", true)
    advance(0.5)
    assert.equal(1, #heard)
  end)
end)

describe("a program that starts before the hub lists anything", function()
  local routes

  before_each(function()
    routes = core_loop.routes
    core_loop.routes = setmetatable({}, { __index = function(_, what)
      for _, path in ipairs(paths) do
        if what == "GET " .. path then return {} end
      end
      return fake.fail("not_found", "the hub does not know it.", 404)
    end })
  end)

  it("gets an error that the hub may be starting", function()
    for _, f in ipairs {
      function()
        home:device "Hall/Lamp"
      end, function() home:zone "Hall" end, function() home:device(houses.lamp):get "onoff" end,
      function()
        home:devices { zone = "Hall" }
      end, function() home:devices { class = "swing" } end,
    } do
      local ok, err = pcall(f)
      assert.same({ false, "unavailable" }, { ok, err.kind })
      assert.matches("may still be starting. Try again in a minute%.$", err.message)
    end
    core_loop.routes = routes
    advance(6)
    assert.equal(houses.hall_lamp, home:device("Hall/Lamp").id)
  end)

  for name, call in pairs {
    ["a reading"] = function(lamp) lamp:refresh() end,
    ["a value"] = function(lamp) lamp:get "onoff" end,
    ["a change"] = function(lamp) lamp:set("onoff", true) end,
  } do
    it("is reported for an id, too: " .. name, function()
      local ok, err = pcall(call, home:device(houses.lamp))
      assert.same({ false, "unavailable" }, { ok, err.kind })
      assert.matches("may still be starting. Try again in a minute%.$", err.message)
    end)
  end

  it("retries within some time, by an id only", function()
    homey.try(require("homey.task.task").start, home.scheduler, nil, function()
      home:device(houses.lamp):set("dim", 0.25, { within = "5 min" })
    end)
    advance(10)
    core_loop.routes = routes
    advance(60)
    assert.equal(0.25, house.raw[houses.lamp].capabilitiesObj.dim.value)
  end)

  it("receives events once devices are listed", function()
    local lights, seen = {}, {}
    home:devices { class = "light" }:on("onoff", function(_, device)
      lights[#lights + 1] = tostring(device)
    end)
    home:on("device.create", function(device) seen[#seen + 1] = tostring(device) end)
    advance(10)
    core_loop.routes = routes
    advance(20)
    operate(houses.lamp, "onoff", false)
    advance(1)
    assert.same({ { "Kitchen/Lamp" }, 6 }, { lights, #seen })
    assert.equal(1, #lines)
  end)

  it("accepts an empty home after two minutes", function()
    home:on("device.create", print)
    advance(300)
    core_loop:said()
    assert.same({}, home:devices())
    advance(600)
    assert.same({}, core_loop:said())
    assert.equal("not_found", select(2, pcall(home.device, home, "Hall/Lamp")).kind)
  end)
end)

describe("a device that is missing for a while", function()
  it("reports events again by itself", function()
    local motion = home:device "Motion"
    local heard, hall = house.values_of(motion, "alarm_motion"),
      house.values_of(home:devices { zone = "Hall" }, "alarm_motion")
    local seen = told("device.create", "device.delete")
    local bring_back = take_away(houses.sensor)
    assert.same({ "device.delete Hall/Motion" }, seen)
    advance(30)
    bring_back()
    advance(60)
    assert.same({ "device.delete Hall/Motion", "device.create Hall/Motion" }, seen)
    operate(houses.sensor, "alarm_motion", true)
    advance(1)
    assert.same({ 1, 1 }, { #heard, #hall })
    assert.equal(motion, home:device "Hall/Motion")
    assert.same({}, lines)
  end)

  it("reports what changed meanwhile, for selections too", function()
    local motion = home:device "Motion"
    local heard, hall = house.values_of(motion, "alarm_motion", { to = true }),
      house.values_of(home:devices { zone = "Hall" }, "alarm_motion")
    local bring_back = take_away(houses.sensor)
    bring_back()
    house.raw[houses.sensor].capabilitiesObj.alarm_motion.value = true
    advance(60)
    assert.same({ 1, 1, true }, { #heard, #hall, heard[1][2].missed })
  end)

  it("keeps `held` running", function()
    local heard = house.values_of(home:device "Motion", "alarm_motion",
      { to = true, held = "60 s" })
    operate(houses.sensor, "alarm_motion", true)
    advance(30)
    local bring_back = take_away(houses.sensor)
    bring_back()
    advance(20)
    assert.equal(0, #heard)
    advance(60)
    assert.equal(1, #heard)
  end)

  it("ends a wait only when it stays missing", function()
    local function begin()
      local task = require("homey.task.task").start(home.scheduler, nil, function()
        return { homey.try(homey.wait, home:device "Motion", "alarm_motion", true, "1 h") }
      end)
      advance(1)
      return task
    end
    local task = begin()
    take_away(houses.sensor)()
    advance(60)
    operate(houses.sensor, "alarm_motion", true)
    advance(1)
    assert.same({ true }, task:wait())
    operate(houses.sensor, "alarm_motion", false)
    task = begin()
    take_away(houses.sensor)
    advance(700)
    assert.equal("not_found", task:wait()[2].kind)
  end)

  it("is reverted once it is back", function()
    local heater = home:device "Heater"
    heater:set("target_temperature", 25, { revert_after = "8 s" })
    local bring_back = take_away(houses.heater)
    advance(20)
    bring_back()
    advance(120)
    assert.equal(20, house.raw[houses.heater].capabilitiesObj.target_temperature.value)
  end)

  it("costs nothing more after ten minutes", function()
    local motion = home:device "Motion"
    house.values_of(motion, "alarm_motion")
    take_away(houses.sensor)
    core_loop:said()
    advance(600)
    assert.is_true(#core_loop:said() <= 40)
    advance(60)
    core_loop:said()
    advance(3600)
    assert.same({}, core_loop:said())
    assert.is_nil(next(home.cache.resync.absent))
    assert.is_nil(core_loop.topics["homey:device:" .. houses.sensor])
    assert.equal(1, #lines)
    assert.matches("Hall/Motion was deleted at the hub", lines[1])
  end)
end)
