local Scope = require "homey.task.scope"
local fake = require "spec.support.fake_core_loop"
local houses = require "spec.support.house"
local log = require "homey.util.log"
local logins = require "spec.support.logins"
local advance = require "spec.support.advance"

local failure = logins.failure
local here, home, core_loop

before_each(function()
  here = houses.new()
  home, core_loop = here.home, here.core_loop
end)

after_each(function()
  home:close()
  log.to()
end)

local function puts()
  local n = 0
  for _, line in ipairs(core_loop:said()) do
    if line:find "^PUT" then n = n + 1 end
  end
  return n
end

local function refused(f, ...)
  local err = failure(f, ...)
  assert.equal("forbidden", err.kind)
  assert.equal(0, puts())
  return err.message
end

describe("a guard", function()
  for what, rule in pairs {
    ["a device"] = { device = "Kitchen/Lamp" }, ["an id"] = { device = houses.lamp },
    ["some devices"] = { device = { "Hall/Lamp", houses.lamp } },
    ["a zone"] = { zone = "Downstairs" },
    ["a class"] = { class = "light" }, ["a name"] = { name = "la*" },
    ["a capability"] = { capability = "onoff" },
    ["several of these"] = { zone = "Kitchen", class = "light", capability = { "dim", "onoff" } },
    ["everything"] = {},
  } do
    it("blocks a change of " .. what, function()
      rule.never = true
      home:guard(rule)
      local message = refused(home:device("Kitchen/Lamp").set, home:device("Kitchen/Lamp"), "onoff",
        false)
      assert.matches(
        "^Kitchen/Lamp: onoff = false is not sent: the guard at .*guard_spec%.lua:%d+ forbids it: "
          .. "never%.$",
        message)
    end)
  end

  for what, rule in pairs {
    ["another device"] = { device = "Hall/Lamp" }, ["another zone"] = { zone = "Garden" },
    ["another class"] = { class = "lock" },
    ["another name"] = { name = "Heater" }, ["another capability"] = { capability = "dim" },
    ["one field of two"] = { class = "light", zone = "Garden" },
  } do
    it("of " .. what .. " lets it pass", function()
      rule.never = true
      home:guard(rule)
      home:device("Kitchen/Lamp"):set("onoff", false)
      assert.equal(1, puts())
    end)
  end

  it("applies to a device named by its id", function()
    home:guard { zone = "Kitchen", never = true }
    refused(home:device(houses.lamp).set, home:device(houses.lamp), "onoff", false)
  end)

  it("blocks a device that cannot be read", function()
    home:guard { class = "lock", never = true }
    local stranger = "99999999-0000-4000-8000-000000000000"
    local err = failure(home:device(stranger).set, home:device(stranger), "onoff", false)
    assert.equal("not_found", err.kind)
    assert.equal(0, puts())
  end)

  it("of a selection blocks all of it", function()
    home:guard { device = "Hall/Lamp", never = true }
    local lights = home:devices { class = "light" }
    assert.matches("^Hall/Lamp", refused(lights.set, lights, "onoff", false))
  end)

  it("applies to toggle, batch and raw requests", function()
    home:guard { class = "light", never = true }
    local lamp = home:device("Kitchen/Lamp")
    refused(lamp.toggle, lamp)
    refused(require("homey.write.batch"), function() lamp:set("onoff", false) end)
    refused(home.put, home, houses.path(houses.lamp, "onoff"), { value = false })
    home:put(houses.path(houses.heater, "target_temperature"), { value = 21 })
    assert.equal(1, puts())
  end)

  it("allows the revert of an earlier change", function()
    home:device("Kitchen/Lamp"):set("onoff", false, { revert_after = "5 s" })
    home:guard { class = "light", never = true }
    core_loop:said()
    advance(home, 10)
    assert.equal(1, puts())
  end)

  it("allows what its condition exempts, raw requests too", function()
    home:guard { capability = "onoff", never = true, allow = false }
    home:put(houses.path(houses.lamp, "onoff"), { value = false })
    assert.equal(1, puts())
    refused(home.put, home, houses.path(houses.lamp, "onoff"), { value = true })
  end)

  it("allows listed values", function()
    home:guard { capability = "onoff", never = true, allow = true }
    home:guard { capability = "target_temperature", never = true, allow = { 18, 19 } }
    local lamp, heater = home:device("Kitchen/Lamp"), home:device("Heater")
    lamp:set("onoff", true)
    heater:set("target_temperature", 19)
    assert.equal(2, puts())
    refused(lamp.set, lamp, "onoff", false)
    refused(heater.set, heater, "target_temperature", 25)
  end)

  it("applies to devices added later", function()
    home:guard { class = "light", never = true }
    local id = "00000077-0000-4000-8000-000000000000"
    here.raw[id] = {
      id = id, name = "New", zone = houses.hall, class = "light", available = true,
      capabilities = { "onoff" },
      capabilitiesObj =
        { onoff = { type = "boolean", setable = true, getable = true, value = true } },
    }
    advance(home, 6)
    local new = home:device("Hall/New")
    refused(new.set, new, "onoff", false)
  end)

  it("ends with its handle, script and home", function()
    local lamp = home:device("Kitchen/Lamp")
    local handle = home:guard { class = "light", never = true }
    assert.matches("guard at", tostring(handle))
    refused(lamp.set, lamp, "onoff", false)
    handle:cancel()
    lamp:set("onoff", false)
    assert.equal(1, puts())

    local script = Scope.new { scheduler = home.scheduler }
    script:run(function() home:guard { class = "light", never = true } end)
    refused(lamp.set, lamp, "onoff", true)
    script:close()
    lamp:set("onoff", true)

    local last = home:guard { class = "light", never = true }
    home:close()
    assert.is_false(last.active)
    assert.is_nil(home.guards)
  end)

  it("keeps no program running", function()
    home:guard { class = "light", never = true }
    home.scheduler:run()
  end)

  it("is refused when empty or wrong", function()
    for _, case in ipairs {
      { nil, "takes a table" }, { "lock", "takes a table" },
      { { class = "lock" }, "takes either never = true" },
      { { never = true, quiet = "22:00 - 07:00" }, "takes either never = true" },
      { { never = false }, "never" },
      { { never = true, clas = "lock" }, "no option 'clas'; did you mean 'class'" },
      { { never = true, class = 5 }, "homey.guard: `class` takes a name" },
      { { never = true, capability = false }, "`capability` takes a name" },
      { { quiet = 22 }, "quiet" }, { { never = true, zone = "Nowhere" }, "Nowhere" },
      { { never = true, class = "ligth" }, "ligth" },
      { { never = true, device = "Nothing" }, "Nothing" },
    } do
      assert.matches(case[2], failure(home.guard, home, case[1]).message, 1, true)
      assert.falsy(home.guards)
    end
  end)
end)

describe("a raw request", function()
  local lamp = houses.lamp

  -- Spellings that a hub or a proxy may read as the path of the lamp's switch.
  local spellings = {
    ["with a slash at its end"] = "/api/manager/devices/device/%s/capability/onoff/",
    ["in capitals"] = "/API/Manager/DEVICES/Device/%s/Capability/onoff",
    ["with encoded letters"] = "/api/manager/%%64evices/device/%s/%%63apability/on%%6Fff",
    ["with encoded slashes"] = "/api/manager/devices/device/%s%%2Fcapability%%2fonoff",
    ["with an encoded slash behind"] = "/api/manager/devices/device/%s/capability/onoff%%2Fx",
    ["with a query"] = "/api/manager/devices/device/%s/capability/onoff?/../x",
    ["with a fragment"] = "/api/manager/devices/device/%s/capability/onoff#x",
  }
  for what, spelling in pairs(spellings) do
    it("is guarded when its path is written " .. what, function()
      home:guard { capability = "onoff", device = "Kitchen/Lamp", never = true }
      refused(home.put, home, spelling:format(lamp), { value = false })
      refused(home.put, home, spelling:format((lamp:upper())), { value = false })
    end)
  end

  for _, path in ipairs {
    "/x/../api/manager/devices/device/" .. lamp .. "/capability/onoff", "/x/%2e%2E/api",
    "/x/.%2e/api", "/./api", "/api/.",
    "/api/%2e", "//api/manager/devices", "/api//manager", "/api/manager/devices//device",
    "/x\\..\\api", "/x/%5c../api",
    "/x/%2e%2e%2fapi/manager", "/api/..?x=1",
  } do
    it("is refused when its path is " .. path, function()
      for _, method in ipairs { "get", "put", "post", "delete" } do
        local err = failure(home[method], home, path)
        assert.equal("invalid", err.kind)
        assert.matches(path:find "^//" and "must begin with one" or "^a path has no ", err.message)
      end
      assert.same({}, core_loop:said())
    end)
  end

  it("ignores devices, capabilities and values in its query", function()
    home:guard { capability = "onoff", never = true, allow = false }
    for _, query in ipairs { "value=true", "x=1&capabilityId=locked", "DeviceID=x", "%76alue=1",
      "value[]=1" } do
      local err = failure(home.put, home, houses.path(lamp, "onoff") .. "?" .. query,
        { value = false })
      assert.equal("invalid", err.kind)
    end
    assert.equal(0, puts())
  end)

  it("may have dots in names and any query", function()
    for _, path in ipairs { "/api/app/com.example.x/a..b/.c", "/api/x?a=//&b=/../",
      "/api/app/x/http%3A%2F%2Fy" } do
      core_loop:on("GET " .. path, {})
      home:get(path)
    end
    assert.equal(3, #core_loop:said())
  end)
end)

describe("a flow card", function()
  local lamp, cards = houses.lamp, "/api/manager/flow/flowcardaction/"

  local function posts()
    local n = 0
    for _, line in ipairs(core_loop:said()) do
      if line:find "^POST" then n = n + 1 end
    end
    return n
  end

  local function path_of(id)
    return ("%shomey:device:%s/homey:device:%s:on/run"):format(cards, id, id)
  end

  local function run(path, body)
    core_loop:on("POST " .. path, { returnTokens = {} })
    local _, err = require("homey.task.try")(home.post, home, path, body)
    return err and err.kind, err and err.message
  end

  for what, rule in pairs {
    ["a device"] = { device = "Kitchen/Lamp" }, ["a class"] = { class = "light" },
    ["a zone"] = { zone = "Kitchen" },
    ["one of its capabilities"] = { capability = "dim" },
    ["what may be set all the same"] = { class = "light", allow = { true, false } },
  } do
    it("is blocked by a guard of " .. what, function()
      rule.never = true
      home:guard(rule)
      for _, path in ipairs {
        path_of(lamp), path_of(lamp:upper()), (path_of(lamp):gsub(":", "%%3A")),
        (path_of(lamp):gsub("/run$", "%%2Frun")),
        (path_of(lamp):gsub("flowcardaction", "FlowCard%%41ction")) .. "/?x=1",
      } do
        local kind, message = run(path)
        assert.equal("forbidden", kind, path)
        assert.matches(
          "^Kitchen/Lamp: its flow card is not run: the guard at .*guard_spec%.lua:%d+ forbids "
            .. "it: never%.$", message)
      end
      assert.equal(0, posts())
    end)
  end

  it("is blocked when the device is an argument", function()
    home:guard { device = "Kitchen/Lamp", never = true }
    local card = cards .. "homey:app:com.example/homey:app:com.example:blink/run"
    assert.equal("forbidden", run(card, { args = { device = { id = lamp } } }))
    assert.equal("forbidden", run(card, { args = { device = "homey:device:" .. lamp } }))
    assert.equal(0, posts())
    assert.is_nil(run(card,
      { args = { device = { id = houses.sensor }, text = "hello",
        token = "99999999-0000-4000-8000-000000000000" } }))
    assert.equal(1, posts())
  end)

  it("passes when no guard covers the device", function()
    home:guard { device = "Hall/Lamp", never = true }
    home:guard { capability = "locked", never = true }
    assert.is_nil(run(path_of(lamp)))
    assert.equal(1, posts())
  end)

  it("is blocked when the device cannot be read", function()
    home:guard { capability = "locked", never = true }
    local new_id = "99999999-0000-4000-8000-000000000001"
    core_loop:on("GET " .. houses.path(new_id), fake.fail("offline", "the hub does not answer."))
    assert.equal("offline", run(path_of(new_id)))
    assert.equal(0, posts())
  end)
end)

describe("a guard with hours", function()
  -- The clock of the core loop starts at 2023-11-14 22:13:20 UTC.
  local function at(hour, minute)
    local day = 1699920000 -- 2023-11-14 00:00 UTC
    core_loop.clock = day + 86400 + hour * 3600 + (minute or 0) * 60 - core_loop.epoch
  end

  local function may(value)
    local lamp = home:device("Kitchen/Lamp")
    local ok, err = pcall(lamp.set, lamp, "onoff", value or false)
    assert(ok or err.kind == "forbidden", err)
    return ok, err
  end

  before_each(function() home.timezone = "UTC" end)

  for what, case in pairs {
    ["as a person writes them"] = {
      "22:00 - 07:00", { [21] = true, [22] = false, [3] = false, [6] = false, [7] = true },
    },
    ["in words"] = {
      "between 12:00 and 14:00", { [11] = true, [12] = false, [13] = false, [14] = true },
    },
    ["on some days"] = { "00:00 - 23:59 wed", { [12] = false } },
    ["on other days"] = { "00:00 - 23:59 sun", { [12] = true } },
    ["negated"] = { "not between 08:00 and 20:00", { [7] = false, [12] = true } },
  } do
    it("blocks only during its hours: " .. what, function()
      home:guard { class = "light", quiet = case[1] }
      for hour, allowed in pairs(case[2]) do
        at(hour)
        assert.equal(allowed, (may()), hour)
      end
    end)
  end

  it("accepts sunrise and sunset", function()
    home.timezone, home.latitude, home.longitude = "UTC", 52.37, 4.89
    home:guard { class = "light", quiet = "night" }
    at(12)
    assert.is_true((may()))
    at(23)
    assert.is_false((may()))
  end)

  it("names its hours and allows listed values", function()
    home:guard { capability = "onoff", quiet = "22:00 - 07:00", allow = false }
    at(23)
    assert.is_true((may(false)))
    local _, err = may(true)
    assert.matches(
      "onoff = true is not sent: the guard at .*guard_spec%.lua:%d+ forbids it: not in quiet "
        .. "hours, "
      .. "22:00 %- 07:00%.$", err.message)
  end)

  it("is refused when its hours are invalid", function()
    for _, quiet in ipairs { "at night maybe", "", "25:00 - 26:00", "22:00" } do
      local err = failure(home.guard, home, { class = "light", quiet = quiet })
      assert.equal("invalid", err.kind)
      assert.matches("quiet", err.message)
      assert.falsy(home.guards)
    end
  end)
end)
