--- Logins with few scopes: a missing scope is named once, and everything else works.
local homey = require "homey"
local log = require "homey.util.log"
local support = require "spec.support.sim"

local sim, home, said

local function login(...)
  sim:set { pat_scopes = { ... } }
  local options = { state_dir = false }
  for name, value in pairs(sim.pat_options) do options[name] = value end
  home = homey.new(options)
  return home
end

local function failure(f, ...)
  local ok, err = homey.try(function(...) f(...) return true end, ...)
  assert.is_nil(ok)
  return err
end

setup(function() sim = support.start() end)
teardown(support.stop)
before_each(function()
  said = {}
  log.to(function(level, text) said[#said + 1] = level .. ": " .. text end)
end)
after_each(function()
  log.to()
  home:close()
end)

describe("an API key that may not read zones", function()
  before_each(function() login("homey.device.readonly", "homey.device.control") end)

  it("finds a device by name and receives events", function()
    local lamp = home:device "Reading light"
    lamp:set("onoff", true)
    assert.is_true(lamp:get "onoff")
    assert.is_true(#home:devices { class = "light" } > 1)
    local heard = {}
    lamp:on("onoff", function(value) heard[#heard + 1] = value end)
    while not home.connected do home.scheduler:sleep(0.01) end
    sim:operate(lamp.id, "onoff", false)
    home:wait(lamp, "onoff", false, "20 s")
    assert.same({ false }, heard)
  end)

  it("names the missing scope once", function()
    home:device "Reading light"
    home:devices { class = "light" }
    home:devices()
    local count = 0
    for _, line in ipairs(said) do
      if line:find("homey.zone.readonly", 1, true) then count = count + 1 end
    end
    assert.equal(1, count)
    assert.matches(
      "^warning: the zones of the hub cannot be read: this login lacks the scope "
        .. "homey.zone.readonly%.", said[1])
  end)

  it("names the missing scope once when it listens", function()
    home:device("Reading light"):on("onoff", function() end)
    home:on("device.create", function() end)
    while not home.connected do home.scheduler:sleep(0.01) end
    home.scheduler:sleep(0.2)
    assert.equal(1, #said, table.concat(said, "\n"))
  end)

  it("polls a hub without websockets", function()
    home:close()
    sim:fault { route = "socket", kind = "status", status = 403 }
    login("homey.device.readonly", "homey.device.control")
    home.poll = 0.1
    local lamp, heard = home:device "Reading light", {}
    sim:operate(lamp.id, "onoff", false)
    lamp:on("onoff", function(value) heard[#heard + 1] = value end)
    assert.is_true(home:wait(lamp, "onoff", false, "20 s"))
    sim:operate(lamp.id, "onoff", true)
    assert.is_true(home:wait(lamp, "onoff", true, "20 s"))
    sim:operate(lamp.id, "onoff", false)
    assert.is_true(home:wait(lamp, "onoff", false, "20 s"))
    for _, line in ipairs(said) do assert.is_nil(line:find("could not be read", 1, true), line) end
    sim:clear()
  end)

  it("names the scope that a zone needs", function()
    for _, f in ipairs {
      function() home:zones() end, function() home:zone "Kitchen" end, function()
        home:devices { zone = "Kitchen" }
      end,
      function() home:device "Kitchen/Lamp" end,
    } do
      local err = failure(f)
      assert.equal("forbidden", err.kind)
      assert.matches("homey.zone.readonly", err.message, 1, true)
    end
  end)

  it("names the scopes of flows, variables and users", function()
    for call, scope in pairs { flows = "homey.flow.readonly", variables = "homey.logic.readonly",
      users = "homey.user.readonly" } do
      local err = failure(home[call], home)
      assert.same({ "forbidden", true }, { err.kind, err.message:find(scope, 1, true) ~= nil })
    end
    assert.same({}, said)
  end)
end)

describe("an API key that may only start flows", function()
  it("names the scope of devices, not of helpers", function()
    login("homey.flow.readonly", "homey.flow.start")
    home:flow("Good night"):start()
    for _, f in ipairs {
      function() home:device "Reading light" end, function() home:devices { class = "light" } end,
      function() home:on("device.create", function() end) end, function()
        home:guard { class = "lock", never = true }
      end,
    } do
      local err = failure(f)
      assert.same({ "forbidden", true },
        { err.kind, err.message:find("homey.device.readonly", 1, true) ~= nil }, err.message)
    end
  end)

  it("finds flows without their folders", function()
    login "homey.device.readonly"
    assert.matches("may not read the flows of the hub", failure(home.flows, home).message, 1, true)
  end)
end)

describe("an API key that may only read devices", function()
  it("is refused a change by the hub", function()
    login "homey.device.readonly"
    assert.equal("forbidden",
      failure(function() home:device("Reading light"):set("onoff", true) end).kind)
  end)
end)

describe("an API key that may read everything", function()
  it("causes no warning", function()
    login "homey"
    home:device "Kitchen/Lamp"
    home:flows()
    assert.same({}, said)
  end)
end)
