-- The home of a simulation: a file, a table in the form of the hub, or short descriptions.
-- Runs hardly any C code: not under Valgrind.
local core = require "homey.core"
local homey = require "homey"
local sim = require "homey.sim"

local path = os.tmpname()

teardown(function() os.remove(path) end)

local function write(text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  return path
end

local function complaint(given)
  local result, err = homey.try(sim.home, given)
  assert.is_nil(result)
  assert.equal("invalid", err.kind)
  return err.message
end

describe("the home of a simulation", function()
  it("is read from a file", function()
    local data = require "homey.sim.home.sunny_house"()
    data.homey.name = "From a file"
    local home = sim.home(write(assert(core.encode(data))))
    assert.equal("From a file", home:login().name)
    assert.equal("Hall/Lamp", tostring(home:device "Hall/Lamp"))
    home:close()
  end)

  it("is copied from a table", function()
    local data = require "homey.sim.home.sunny_house"()
    local home = sim.home(data)
    home:device("Hall/Lamp"):set("onoff", false)
    assert.is_false(home:device("Hall/Lamp"):get "onoff")
    assert.is_true(data.devices["2a9e7c14-b0d5-4f83-9c61-e7f40a5b8d20"].capabilitiesObj.onoff.value)
    home:close()
  end)

  it("is made from short descriptions", function()
    local home = sim.home {
      timezone = "America/New_York", location = { latitude = 40.7, longitude = -74 },
      zones = { "Cellar", { name = "Shelf", parent = "Cellar" } },
      devices = {
        { name = "Lamp", zone = "Kitchen", class = "light",
          capabilities = { onoff = false, dim = 0.5 } },
        { name = "Heater", capabilities = { target_temperature = { value = 20, min = 5,
          max = 25 } } },
        { name = "Bell", zone = "Upstairs/Hall", capabilities = { "button" }, available = false },
      },
      variables = { Guests = 2, Mood = "calm" },
      flows = { { name = "Good night" } },
      users = { { name = "Vera", present = true } },
    }
    assert.equal("2026-01-01 00:00:00", home:date())
    assert.equal(1767243600, home.loop:time())
    assert.equal("Kitchen/Lamp", tostring(home:device "Lamp"))
    assert.equal("light", home:device("Lamp").class)
    assert.equal("Home/Heater", tostring(home:device "Heater"))
    assert.equal(25, home:device("Heater").capabilities.target_temperature.max)
    assert.is_false(home:device("Hall/Bell").available)
    assert.same({ "Home", "Upstairs", "Hall" }, home:device("Bell").zone:names())
    assert.same({ "Home", "Cellar", "Shelf" }, home:zone("Shelf"):names())
    home:change("variable", "Guests", { value = 4 })
    home:change("variable", "Mood", { value = "wild" })
    home:change("user", "Vera", { present = false })
    home:change("flow", "Good night", { enabled = false })
    home:close()
  end)

  it("has the same ids in each run", function()
    local function id()
      local home = sim.home { devices = { { name = "Lamp", capabilities = { onoff = false } } } }
      local found = home:device("Lamp").id
      home:close()
      return found
    end
    assert.equal(id(), id())
  end)

  it("can be empty", function()
    local home = sim.home {}
    assert.equal(0, #home:devices())
    home:add("device", { name = "Lamp", capabilities = { onoff = false } })
    assert.equal(1, #home:devices())
    home:close()
  end)

  for _, case in ipairs {
    { "a missing file", "/nowhere/home.json",
      "the home cannot be read: /nowhere/home.json: No such file" },
    { "a folder", "/tmp", "is not a file" },
    { "a number", 3, "is the path of a file, or a table such as" },
    { "a list with a wrong name", { device = {} }, "a home has no `device`: use a list `devices`" },
    { "a number in place of a list", { devices = 3 }, "`devices` is a list, not 3" },
    { "a number in place of an item", { devices = { 3 } },
      "each item of `devices` is a table, not 3" },
    { "an item without a name", { users = { {} } }, "a user needs a `name`" },
    { "a device of a hub without a name", { devices = { a = { capabilitiesObj = {} } } },
      "the device 'a' has no `name`" },
    { "a number in place of a capability",
      { devices = { a = { name = "A", capabilitiesObj = { onoff = 1 } } } },
      "the capability 'onoff' of the device 'a' must be an object, not 1" },
    { "an impossible location", { location = { latitude = 200 } },
      "`location` is { latitude = 52.4" },
    { "a function", { devices = { { name = "A", capabilities = { onoff = print } } } },
      "only values that JSON has" },
    { "an unknown time zone", { timezone = "Europe/Amsterdm" },
      "there is no time zone 'Europe/Amsterdm'" },
  } do
    it("refuses " .. case[1], function() assert.match(case[3], complaint(case[2]), 1, true) end)
  end

  it("refuses a file that is not JSON", function()
    assert.match("the home in .* is not JSON: ", complaint(write "{ devices: 1 }"))
  end)
end)

-- Replaces a value somewhere in the home.
local function spoil(data, pick)
  local values = {
    0, -1, 1.5, "", "x", true, false, core.null, {}, setmetatable({}, core.array), { 1 },
    { id = 1 }, { name = "n" },
  }
  local node = data
  while true do
    local keys = {}
    for key in pairs(node) do keys[#keys + 1] = key end
    if #keys == 0 then return end
    table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
    local key = keys[pick(#keys)]
    if type(node[key]) ~= "table" or pick(4) == 1 then
      node[key] = values[pick(#values)]
      return
    end
    node = node[key]
  end
end

describe("a malformed home", function()
  it("is refused with a message, or works", function()
    local state = 1
    local function pick(n)
      state = state * 48271 % 2147483647
      return state % n + 1
    end
    local refused, served = 0, 0
    for i = 1, tonumber(os.getenv "HOMEY_TEST_SLOW" or "1") > 1 and 20 or 150 do
      local data = require "homey.sim.home.sunny_house"()
      for _ = 1, pick(5) do spoil(data, pick) end
      local home, err = homey.try(sim.home, data, { quiet = true })
      if not home then
        refused = refused + 1
        assert.is_table(err, ("%d: %s"):format(i, tostring(err)))
        assert.equal("invalid", err.kind)
      else
        for _, device in ipairs(home:devices()) do tostring(device) end
        local _, problem = homey.try(home.operate, home, "Hall/Motion", "alarm_motion", true)
        assert.is_true(problem == nil or type(problem) == "table",
          ("%d: %s"):format(i, tostring(problem)))
        if not problem then served = served + 1 end
        home:close()
      end
    end
    assert.is_true(refused > 0 and served > 0)
  end)
end)
