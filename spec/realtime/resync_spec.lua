local homey = require "homey"
local fake = require "spec.support.fake_core_loop"
local household = require "spec.support.household"
local houses = require "spec.support.house"
local collect_all = require "spec.support.collect_all"

local house, home, core_loop, advance

local devices_uri, fan_id = "homey:manager:devices", "00000077-0000-4000-8000-000000000000"

local function fan(name)
  return {
    id = fan_id, name = name or "Fan", zone = houses.hall, class = "fan",
    capabilities = { "onoff" },
    capabilitiesObj =
      { onoff = { type = "boolean", value = false, setable = true, getable = true } },
  }
end

household.each(function(...) house, home, core_loop, advance = ... end)

local function told(...)
  local seen = {}
  for _, name in ipairs { ... } do
    home:on(name, function(subject, event)
      seen[#seen + 1] = ("%s %s%s")
        :format(name, tostring(subject), event.missed and " missed" or "")
    end)
  end
  advance(1)
  return seen
end

local function heard_by(subject, ...)
  local heard, arguments = {}, { ... }
  arguments[#arguments + 1] = function(value, _, event) heard[#heard + 1] = { value, event } end
  subject:on((table.unpack or unpack)(arguments)) -- luacheck: compat
  advance(1)
  return heard
end

local function operate(id, capability, value, more)
  house.raw[id].capabilitiesObj[capability].value = value
  local data = { capabilityId = capability, value = value }
  for name, each in pairs(more or {}) do data[name] = each end
  core_loop:tell("homey:device:" .. id, "capability", data)
end

-- Makes a gap in the events. The requested lists have the contents of this moment.
local function reading_begins()
  core_loop:break_off()
  core_loop:come_back()
  core_loop.latency = 2
  advance(0.1)
  core_loop.latency = 0.01
end

-- Fixes the hub's answer to a list request at the time of the request.
local function answers_as_now(path)
  local core = require "homey.core"
  local text = core.encode(core_loop.routes["GET " .. path] { method = "GET", path = path })
  core_loop:on("GET " .. path, function() return core.decode(text) end)
end

describe("an answer that is older than an event", function()
  it("does not remove what was added meanwhile", function()
    local seen = told("device.create", "device.delete")
    answers_as_now(houses.devices_path)
    reading_begins()
    core_loop:tell(devices_uri, "device.create", fan())
    advance(5)
    assert.same({ "device.create Hall/Fan" }, seen)
    assert.equal(fan_id, home:device("Fan").id)
  end)

  it("does not restore what was removed meanwhile", function()
    local seen = told("device.create", "device.delete")
    answers_as_now(houses.devices_path)
    reading_begins()
    core_loop:tell(devices_uri, "device.delete", { id = houses.heater })
    advance(5)
    assert.same({ "device.delete Kitchen/Heater" }, seen)
    local _, err = homey.try(home.device, home, "Heater")
    assert.equal("not_found", err.kind)
  end)

  it("keeps a new name and updates the values", function()
    local seen, heard = told "device.update", heard_by(home:device "Heater", "target_temperature")
    house.raw[houses.heater].capabilitiesObj.target_temperature.value = 25
    answers_as_now(houses.devices_path)
    reading_begins()
    local renamed = {
      id = houses.heater, name = "Radiator", zone = houses.kitchen, class = "thermostat",
    }
    renamed.capabilitiesObj = house.raw[houses.heater].capabilitiesObj
    core_loop:tell(devices_uri, "device.update", renamed)
    advance(5)
    assert.same({ "device.update Kitchen/Radiator" }, seen)
    assert.equal(houses.heater, home:device("Kitchen/Radiator").id)
    assert.same({ 1, 25, true }, { #heard, heard[1][1], heard[1][2].missed })
  end)

  it("does not undo an event of a variable", function()
    local guests = home:variable "Guests"
    local heard = heard_by(guests)
    answers_as_now(household.lists.variables)
    reading_begins()
    house.set(household.guests, 5)
    advance(5)
    assert.equal(1, #heard)
    assert.equal(5, guests:get())
  end)

  it("is dropped when a later one came first", function()
    local directory = home.directory
    directory:read { "variable" }
    local early = core_loop.clock
    advance(1)
    house.variables[household.guests].value = 6
    directory:read { "variable" }
    local reply = { { id = household.guests, name = "Guests", type = "number", value = 2 } }
    assert.same({}, directory:registry("variable"):take({ reply }, early))
    assert.equal(6, home:variable("Guests").value)
  end)
end)

describe("a difference that is read is reported", function()
  it("when a script reads a device after a gap", function()
    local motion = home:device "Motion"
    local heard = heard_by(motion, "alarm_motion")
    core_loop:break_off()
    advance(0.1)
    house.raw[houses.sensor].capabilitiesObj.alarm_motion.value = true
    assert.is_true(motion:get "alarm_motion")
    assert.equal(1, #heard)
    assert.is_true(heard[1][2].missed)
    core_loop:come_back()
    advance(5)
    assert.equal(1, #heard)
  end)

  it("when a script lists devices after a gap", function()
    local seen = told("device.create", "device.delete")
    core_loop:break_off()
    advance(0.1)
    house.raw[fan_id], house.raw[houses.button] = fan(), nil
    assert.equal(6, #home:devices())
    table.sort(seen)
    assert.same({ "device.create Hall/Fan missed", "device.delete Garden/Doorbell missed" }, seen)
    core_loop:come_back()
    advance(5)
    assert.equal(2, #seen)
  end)

  it("when a device moved into a new zone", function()
    local heard = {}
    home:devices({ zone = "Kitchen" }):on("onoff", function(_, device)
      heard[#heard + 1] = tostring(device)
    end)
    advance(1)
    core_loop:break_off()
    house.zones[fan_id] = { id = fan_id, name = "Pantry", parent = houses.kitchen }
    house.raw[houses.shed_lamp].zone = fan_id
    core_loop:come_back()
    advance(5)
    operate(houses.shed_lamp, "onoff", false)
    advance(1)
    assert.same({ "Pantry/Shed lamp" }, heard)
  end)
end)

describe("a stale value", function()
  it("causes no event for a new listener", function()
    home:devices()
    home:flows()
    advance(3600)
    house.raw[fan_id], house.raw[houses.button], house.flows[household.night].name = fan(), nil,
      "Sleep well"
    local seen = told("device.create", "device.delete", "flow.update")
    advance(5)
    assert.same({}, seen)
    assert.equal(household.night, home:flow("Sleep well").id)
  end)

  it("causes no event after a partial read", function()
    assert.equal("Good night", home:flow(household.night).name)
    local seen = told("flow.create", "variable.create", "user.create")
    advance(5)
    assert.same({}, seen)
  end)

  it("restarts `held`", function()
    home:devices()
    local sensor = house.raw[houses.sensor].capabilitiesObj.alarm_motion
    -- 1700000940, now is 1700001000
    sensor.value, sensor.lastUpdated = true, "2023-11-14T22:29:00.000Z"
    home:devices()
    advance(10)
    sensor.value = false
    local heard = heard_by(home:device "Motion", "alarm_motion", { to = true, held = "2 min" })
    advance(300)
    assert.equal(0, #heard)
  end)
end)

describe("a resync", function()
  it("reads only the lists in use", function()
    home:variable("Guests"):on(tostring)
    advance(1)
    for _, line in ipairs(core_loop:said()) do
      assert.match("^GET " .. household.lists.variables .. "$", line)
    end
  end)

  it("reads nothing for the connection alone", function()
    home:on("connect", tostring)
    advance(1)
    assert.same({}, core_loop:said())
  end)

  it("reads each list once after a gap", function()
    home:variable("Guests"):on(tostring)
    home:flow("Good night"):on(tostring)
    home:user("Vera"):on("present", tostring)
    advance(1)
    core_loop:break_off()
    core_loop:come_back()
    core_loop:said()
    advance(5)
    local lines = core_loop:said()
    table.sort(lines)
    local expected = {}
    for _, path in pairs(household.lists) do expected[#expected + 1] = "GET " .. path end
    table.sort(expected)
    assert.same(expected, lines)
  end)

  it("is required before values are trusted", function()
    local guests = home:variable "Guests"
    heard_by(guests)
    core_loop:break_off()
    house.variables[household.guests].value = 7
    core_loop:come_back()
    home:step()
    assert.equal(7, guests:get())
  end)
end)

describe("after a gap", function()
  local function read_after(seconds)
    local lists = 0
    advance(seconds)
    for _, line in ipairs(core_loop:said()) do
      lists = lists + (line == "GET " .. houses.devices_path and 1 or 0)
    end
    return lists
  end

  before_each(function()
    heard_by(home:device "Motion", "alarm_motion")
    heard_by(home:device "Heater", "target_temperature")
    core_loop:break_off()
    advance(1)
    core_loop:said()
  end)

  it("everything is read once all subscriptions are confirmed", function()
    core_loop:come_back()
    assert.equal(1, read_after(0.01))
    assert.equal(0, read_after(5))
  end)

  it("everything is read soon if a confirmation is late", function()
    core_loop.down = false
    core_loop:tell(devices_uri, "homey:subscribed")
    assert.equal(0, read_after(0.09))
    assert.equal(1, read_after(0.02))
  end)
end)

describe("a failed resync", function()
  it("is retried with backoff and logged once", function()
    local log, lines = require "homey.util.log", {}
    log.to(function(_, text) lines[#lines + 1] = text end)
    local heard = heard_by(home:variable "Guests")
    local answer = core_loop.routes["GET " .. household.lists.variables]
    core_loop:on("GET " .. household.lists.variables,
      fake.fail("offline", "the hub cannot be reached.", nil))
    core_loop:break_off()
    house.set(household.guests, 4)
    core_loop:come_back()
    core_loop:said()
    advance(600)
    assert.is_true(#core_loop:said() <= 14)
    core_loop:on("GET " .. household.lists.variables, answer)
    advance(60)
    log.to()
    assert.equal(1, #lines)
    assert.match("could not be read again. It will be retried: the hub cannot be reached", lines[1])
    assert.same({ 1, 4 }, { #heard, heard[1][1] })
  end)

  it("is retried at once when events arrive again", function()
    local log, path = require "homey.util.log", household.lists.variables
    log.to(function() end)
    local heard, answer = heard_by(home:variable "Guests"),
      core_loop.routes["GET " .. household.lists.variables]
    core_loop:on("GET " .. path, fake.fail("offline", "the hub cannot be reached.", nil))
    core_loop:break_off()
    core_loop:come_back()
    advance(1)
    core_loop:break_off()
    advance(300)
    house.variables[household.guests].value = 4
    core_loop:on("GET " .. path, answer)
    core_loop:come_back()
    advance(1)
    log.to()
    assert.same({ 1, 4 }, { #heard, heard[1] and heard[1][1] })
  end)

  it("is not retried while the hub is away", function()
    local log, path = require "homey.util.log", household.lists.variables
    log.to(function() end)
    local heard, answer = heard_by(home:variable "Guests"), core_loop.routes["GET " .. path]
    core_loop:on("GET " .. path, fake.fail("offline", "the hub cannot be reached.", nil))
    core_loop:break_off()
    core_loop:come_back()
    advance(1)
    core_loop:break_off()
    core_loop:said()
    advance(600)
    assert.same({}, core_loop:said())
    house.variables[household.guests].value = 4
    core_loop:on("GET " .. path, answer)
    core_loop:come_back()
    advance(1)
    log.to()
    assert.same({ 1, 4 }, { #heard, heard[1] and heard[1][1] })
  end)

  it("of one list does not stop the others", function()
    local log = require "homey.util.log"
    log.to(function() end)
    local guests, vera = home:variable "Guests", home:user "Vera"
    heard_by(guests)
    heard_by(vera, "present")
    core_loop:on("GET " .. household.lists.users, fake.fail("hub", "broken.", 500))
    core_loop:break_off()
    core_loop:come_back()
    advance(5)
    log.to()
    core_loop:said()
    assert.equal(2, guests:get())
    assert.same({}, core_loop:said())
  end)
end)

describe("a missing object while the hub starts", function()
  local log = require "homey.util.log"
  before_each(function() log.to(function() end) end)
  after_each(function() log.to() end)

  local nothing = fake.fail("not_found", "the hub has no such thing.", 404)

  it("is read again when it is a list", function()
    local path, heard = household.lists.variables, heard_by(home:variable "Guests")
    local answer = core_loop.routes["GET " .. path]
    house.variables[household.guests].value = 4
    core_loop:on("GET " .. path, nothing)
    core_loop:break_off()
    core_loop:come_back()
    advance(2)
    core_loop:on("GET " .. path, answer)
    advance(60)
    assert.same({ 1, 4 }, { #heard, heard[1] and heard[1][1] })
  end)

  it("is read with the others when it is a device", function()
    local heard = heard_by(home:device "Motion", "alarm_motion")
    core_loop:on("GET " .. houses.path(houses.sensor), nothing)
    house.raw[houses.sensor].capabilitiesObj.alarm_motion.value = true
    core_loop:tell("homey:device:" .. houses.sensor, "capability",
      { capabilityId = "unheard_of", value = 1 })
    advance(5)
    assert.same({ 1, true }, { #heard, heard[1] and heard[1][1] })
  end)
end)

describe("a subscription that the hub refuses", function()
  it("is retried, and missed changes are reported", function()
    local log, lines, uri = require "homey.util.log", {}, "homey:device:" .. houses.sensor
    log.to(function(_, text) lines[#lines + 1] = text end)
    local heard = heard_by(home:device "Motion", "alarm_motion")
    core_loop:break_off()
    local first = core_loop.topics[uri]
    core_loop.topics[uri] = nil -- the new connection lacks it
    core_loop:come_back()
    core_loop:hand_out(first, fake.fail("hub", "the hub could not do it.", 500))
    advance(1)
    assert.is_nil(core_loop.topics[uri])
    advance(5)
    assert.is_not_nil(core_loop.topics[uri])
    operate(houses.sensor, "alarm_motion", true)
    advance(1)
    log.to()
    assert.same({ 1, true }, { #heard, heard[1] and heard[1][1] })
    assert.equal(1, #lines)
    assert.match("refuses the events of " .. uri:gsub("%-", "%%-"), lines[1])
  end)
end)

describe("a hub whose clock is set back", function()
  it("is asked about values that look outdated", function()
    local heard = heard_by(home:device "Motion", "alarm_motion")
    operate(houses.sensor, "alarm_motion", true, { transactionTime = 1700000005000 })
    operate(houses.sensor, "alarm_motion", false, { transactionTime = 1700000002000 })
    advance(5)
    assert.same({ 2, false, true },
      { #heard, heard[2] and heard[2][1], heard[2] and heard[2][2].missed })
  end)

  it("is not asked about repeated values", function()
    heard_by(home:device "Motion", "alarm_motion")
    operate(houses.sensor, "alarm_motion", true, { transactionTime = 1700000005000 })
    advance(1)
    core_loop:said()
    operate(houses.sensor, "alarm_motion", true, { transactionTime = 1700000002000 })
    advance(5)
    assert.same({}, core_loop:said())
  end)
end)

describe("invalid events", function()
  local cases = {
    { "homey:manager:logic", "variable.update" },
    { "homey:manager:logic", "variable.create", { name = "x" } },
    { "homey:manager:logic", "variable.delete", { id = 5 } },
    { "homey:manager:logic", "variable.update", "text" },
    { "homey:manager:logic", "variable.update", { id = {} } },
    { "homey:manager:logic", "variable.rename", { id = "x" } },
    { "homey:manager:devices", "device.update", { id = false } }, { "homey:manager:logic", "" },
    { "homey:device:" .. houses.sensor, "capability", { value = 3 } },
    { "homey:device:" .. houses.sensor, "capability", 3 },
  }
  it("are harmless", function()
    local heard, motion = heard_by(home:variable "Guests"),
      heard_by(home:device "Motion", "alarm_motion")
    for _, case in ipairs(cases) do core_loop:tell(case[1], case[2], case[3]) end
    advance(5)
    house.set(household.guests, 3)
    operate(houses.sensor, "alarm_motion", true)
    advance(1)
    assert.same({ 1, 1 }, { #heard, #motion })
  end)
end)

describe("a deleted device", function()
  local function uris()
    local count = 0
    for uri in pairs(core_loop.topics) do
      if uri:find "^homey:device:" then count = count + 1 end
    end
    return count
  end

  it("is not read until it is back, then reports again", function()
    local heard, seen = heard_by(home:device "Heater", "target_temperature"),
      told("device.create", "device.update", "device.delete")
    core_loop:tell(devices_uri, "device.delete", { id = houses.heater })
    advance(1)
    assert.equal(0, uris())
    core_loop:tell(devices_uri, "device.create", house.raw[houses.heater])
    advance(1)
    assert.equal(1, uris())
    operate(houses.heater, "target_temperature", 22)
    advance(1)
    assert.same({ "device.delete Kitchen/Heater", "device.create Kitchen/Heater" }, seen)
    assert.same({ 1, 22 }, { #heard, heard[1][1] })
  end)

  it("reports again after a read finds it", function()
    local heater = home:device "Heater"
    local heard, seen = heard_by(heater, "target_temperature"),
      told("device.create", "device.delete")
    core_loop:tell(devices_uri, "device.delete", { id = houses.heater })
    advance(1)
    heater:refresh()
    advance(1)
    operate(houses.heater, "target_temperature", 22)
    advance(1)
    assert.same({ "device.delete Kitchen/Heater", "device.create Kitchen/Heater missed" }, seen)
    assert.same({ 1, 22 }, { #heard, heard[1][1] })
    assert.equal(heater, home:device "Kitchen/Heater")
  end)

  it("stays deleted despite an answer in flight", function()
    local heater, seen = home:device "Heater", told("device.create", "device.delete")
    local handle = require("homey.task.task").start(home.scheduler, nil, heater.refresh, heater)
    core_loop:tell(devices_uri, "device.delete", { id = houses.heater })
    advance(1)
    handle:cancel()
    assert.same({ "device.delete Kitchen/Heater" }, seen)
    assert.is_true(heater.gone)
  end)

  it("is not confused with a variable's id", function()
    local heard = heard_by(home:device "Heater", "target_temperature")
    heard_by(home:variable "Guests")
    for _, verb in ipairs { "create", "delete" } do
      core_loop:tell("homey:manager:logic", "variable." .. verb,
        { id = houses.heater, name = "Heater", type = "number", value = 1 })
      advance(1)
    end
    operate(houses.heater, "target_temperature", 22)
    advance(1)
    assert.equal(1, #heard)
  end)

  it("is forgotten if it was only read", function()
    heard_by(home:device "Motion", "alarm_motion")
    for i = 1, 20 do
      local raw = fan("Fan " .. i)
      raw.id = ("000001%02d-0000-4000-8000-000000000000"):format(i)
      house.raw[raw.id] = raw
      core_loop:on("GET " .. houses.path(raw.id), function() return raw end)
      core_loop:tell(devices_uri, "device.create", raw)
      advance(0.2)
      home:device("Fan " .. i):get "onoff"
      advance(0.2)
      house.raw[raw.id] = nil
      core_loop:tell(devices_uri, "device.delete", { id = raw.id })
      advance(0.2)
    end
    assert.equal(1, uris())
    local count = 0
    for _ in pairs(home.cache.watched) do count = count + 1 end
    assert.equal(1, count)
    collect_all()
    count = 0
    for _ in pairs(home.directory:registry("device").known) do count = count + 1 end
    assert.equal(6, count)
  end)
end)

describe("a hub without websockets", function()
  local log = require "homey.util.log"
  before_each(function() log.to(function() end) end)
  after_each(function() log.to() end)

  it("is polled only for used values", function()
    local heard = heard_by(home:variable "Guests")
    core_loop:break_off()
    core_loop:state {
      state = "refused", kind = "protocol", message = "no websockets.", retry_ms = 60000,
    }
    advance(1)
    house.set(household.guests, 3)
    core_loop:said()
    advance(20)
    assert.same({ 1, 3, true, nil },
      { #heard, heard[1][1], heard[1][2].polled, heard[1][2].missed })
    assert.same({ "GET " .. household.lists.variables, "GET " .. household.lists.variables },
      core_loop:said())
  end)

  it("keeps no idle script running", function()
    local handle = home:variable("Guests"):on(tostring)
    advance(1)
    core_loop:break_off()
    core_loop:state {
      state = "refused", kind = "protocol", message = "no websockets.", retry_ms = 60000,
    }
    advance(1)
    handle:cancel()
    home.scheduler:run()
  end)
end)
