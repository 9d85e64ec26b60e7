-- Invalid events of a hub: they are ignored, and the log names them.
local core = require "homey.core"
local household = require "spec.support.household"
local houses = require "spec.support.house"

local null = core.null
local house, home, core_loop, advance, lines

household.each(function(...)
  house, home, core_loop, advance = ...
  lines = house.record_log()
end)

local function tell(data) core_loop:tell("homey:device:" .. houses.sensor, "capability", data) end

local odd = { 1e300, -1, "x", true, {}, { a = 1 }, "", 1e15 }

describe("an event with an invalid time", function()
  it("is delivered without an error", function()
    local heard = house.values_of(home:device "Motion", "alarm_motion")
    for i, time in ipairs(odd) do
      tell {
        capabilityId = "alarm_motion", value = i % 2 == 1, transactionTime = time,
        transactionId = i,
      }
      advance(0.1)
    end
    assert.equal(#odd, #heard)
    assert.equal(1, #lines)
    assert.equal(
      "warning the hub sent an invalid transactionTime (event), which is ignored: 1e+300.",
      lines[1])
    local sentence = home:why(houses.sensor, "alarm_motion")
    assert.matches("^Hall/Motion: alarm_motion has been false since", sentence)
  end)

  it("is accepted in the answer to a set", function()
    local lamp = home:device "Kitchen/Lamp"
    house.values_of(lamp, "onoff")
    for i, time in ipairs(odd) do
      core_loop:on("PUT " .. houses.path(houses.lamp, "onoff"),
        { value = i % 2 == 0, transactionTime = time })
      lamp:set("onoff", i % 2 == 0)
      assert.equal(i % 2 == 0, lamp:get "onoff")
    end
  end)
end)

describe("a value of the wrong type", function()
  it("is ignored and logged once", function()
    local motion = home:device "Motion"
    local heard, every = house.values_of(motion, "alarm_motion"), {}
    home:on("device.capability", function(value) every[#every + 1] = { value } end)
    advance(1)
    for _, value in ipairs { 1, "true", {}, { true } } do
      tell { capabilityId = "alarm_motion", value = value }
    end
    tell { capabilityId = "measure_battery", value = "full" }
    advance(1)
    assert.same({ 0, 0, false }, { #heard, #every, motion:get "alarm_motion" })
    assert.same({
      "warning the hub sent an invalid value (alarm_motion), which is ignored: 1.",
      "warning the hub sent an invalid value (measure_battery), which is ignored: 'full'.",
    }, lines)
    tell { capabilityId = "measure_battery", value = 50 }
    tell { capabilityId = "measure_battery", value = null }
    advance(1)
    assert.same({ { 50 }, {} }, every)
  end)

  it("of a variable is ignored", function()
    local guests = home:variable "Guests"
    local heard = house.values_of(guests)
    for _, value in ipairs { "many", true, {} } do
      core_loop:tell("homey:manager:logic", "variable.update", {
        id = household.guests, name = "Guests", type = "number", value = value,
      })
    end
    advance(1)
    assert.same({ 0, 2 }, { #heard, guests:get() })
  end)

  it("in an answer counts as no value", function()
    house.raw[houses.heater].capabilitiesObj.target_temperature.value = "warm"
    assert.equal(null, home:device("Heater"):get "target_temperature")
    assert.matches("invalid value %(target_temperature%)", lines[1])
  end)
end)

describe("an invalid update of a device", function()
  for _, field in ipairs { "name", "zone", "class", "capabilities", "capabilitiesObj" } do
    it("leaves its " .. field .. " unchanged", function()
      local heard, motion = house.values_of(home:device "Motion", "alarm_motion"),
        home:device "Motion"
      for _, value in ipairs { 5, true, "x", {} } do
        local raw = {
          id = houses.sensor, name = "Motion", zone = houses.hall, class = "sensor",
          capabilitiesObj = "x",
        }
        local wanted = field:find "^cap" and "table" or "string"
        if type(value) ~= wanted then
          raw[field] = value
          core_loop:tell("homey:manager:devices", "device.update", raw)
        end
      end
      advance(1)
      assert.same({ "Hall/Motion", "sensor" }, { tostring(motion), motion.class })
      tell { capabilityId = "alarm_motion", value = true }
      advance(1)
      assert.equal(1, #heard)
    end)
  end
end)

describe("the log of invalid data", function()
  it("is bounded and counts the rest", function()
    house.values_of(home:device "Motion", "alarm_motion")
    for i = 1, 100 do
      house.raw[houses.lamp].capabilitiesObj["c" .. i] = { type = "number", value = "x" }
    end
    home:device(houses.lamp):refresh()
    assert.equal(20, #lines)
    advance(3700)
    home:device(houses.lamp):refresh()
    assert.matches("^warning %d+ more invalid values of the hub were ignored in "
      .. "the last hour%.$", lines[21])
    assert.equal(41, #lines)
  end)

  it("has no control characters", function()
    house.raw[houses.lamp].capabilitiesObj["\27[2J"] = { type = "number", value = "\27[2J" }
    home:devices()
    assert.same(
      { "warning the hub sent an invalid value (\\x1b[2J), which is ignored: '\\x1b[2J'." },
      lines)
  end)
end)

describe("an unknown capability", function()
  it("has its device read once a minute at most", function()
    house.values_of(home:device "Motion", "alarm_motion")
    core_loop:said()
    for _ = 1, 300 do
      tell { capabilityId = "unheard_of", value = 1 }
      advance(1)
    end
    assert.is_true(#core_loop:said() <= 6)
  end)
end)

describe("a hub with an invalid location", function()
  for _, case in ipairs {
    { { latitude = 1e300, longitude = 4 } }, { { latitude = "52", longitude = 4 } },
      { { latitude = 52 } }, { "here" },
    { { value = { latitude = 52, longitude = {} } } }, { { latitude = 52, longitude = -181 } },
  } do
    it("has no sun: " .. core.encode(case[1]), function()
      core_loop:on("GET /api/manager/geolocation/option/location", case[1])
      local ok, err = pcall(home.at, home, "sunset", print)
      assert.same({ false, "not_found" }, { ok, err.kind })
      assert.matches("does not tell where it is", err.message)
    end)
  end

  it("has this machine's time zone", function()
    for _, zone in ipairs { 5, {}, true } do
      core_loop:on("GET /api/manager/clock/state", { timezone = zone })
      home.place, home.timezone = nil, nil
      home:at("12:00", print):cancel()
      assert.is_nil(home.timezone)
    end
  end)

  it("is refused when its time zone is unknown", function()
    for _, zone in ipairs { "../../etc/passwd", "\27[2J", "", "Nowhere/Land" } do
      core_loop:on("GET /api/manager/clock/state", { timezone = zone })
      local ok, err = pcall(home.at, home, "12:00", print)
      assert.same({ false, "invalid" }, { ok, err.kind })
      assert.is_nil(err.message:find "\27")
    end
  end)

  it("has no name", function()
    core_loop:on("LOGIN ", {})
    core_loop:on("GET /api/manager/system/ping", {})
    core_loop:on("GET /api/manager/system/name", { x = 1 })
    assert.is_nil(home.name)
  end)
end)

describe("an answer that is no list", function()
  for _, answer in ipairs { "text", 5, true } do
    it("is an error and removes no device: " .. tostring(answer), function()
      local lamp = home:device "Kitchen/Lamp"
      core_loop:on("GET " .. houses.devices_path, answer)
      local ok, err = pcall(home.devices, home)
      assert.same({ false, "protocol" }, { ok, err.kind })
      assert.falsy(lamp.gone)
      assert.equal("Kitchen/Lamp", tostring(lamp))
    end)
  end
end)

describe("a hub that endlessly reports", function()
  local function id_of(n) return ("%08d-0000-4000-8000-999999999999"):format(n) end
  local function count(list)
    local n = 0
    for _ in pairs(list) do n = n + 1 end
    return n
  end
  local registry

  before_each(function()
    home:on("device.create", function() end)
    advance(1)
    registry = home.directory:registry "device"
    assert.equal(6, #registry.list)
  end)

  local function tell_of(verb, more)
    for i = 1, 10500 do
      core_loop:tell("homey:manager:devices", "device." .. verb, more(id_of(i)))
    end
    advance(1)
  end

  it("new devices is believed up to a limit", function()
    tell_of("create", function(id)
      return { id = id, name = "Lamp", class = "light", capabilities = {}, capabilitiesObj = {} }
    end)
    assert.equal(10000, #registry.list)
    assert.equal(1, #lines)
    assert.matches("^warning the hub sent an invalid id %(device%.create%), which is ignored: ",
      lines[1])
  end)

  it("removed devices fills no memory", function()
    tell_of("delete", function(id) return { id = id } end)
    tell_of("delete", function(id) return { id = (id:gsub("9+$", "888888888888")) } end)
    assert.is_true(count(registry.told) + count(registry.told_before) <= 20000)
    assert.same({}, lines)
  end)
end)

describe("a list beyond any hub's size", function()
  it("is read up to the limit", function()
    local devices = {}
    for i = 1, 10500 do
      local id = ("%08d-0000-4000-8000-999999999999"):format(i)
      devices[id] = {
        id = id, name = "Lamp " .. i, class = "light", capabilities = {}, capabilitiesObj = {},
      }
    end
    core_loop:on("GET /api/manager/devices/device", devices)
    assert.equal(10000, #home:devices())
    assert.matches("^warning the hub sent an invalid device %(list%), which is ignored: "
      .. "'more than 10000 of them'%.$", lines[1])
  end)
end)
