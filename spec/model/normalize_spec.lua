-- Runs hardly any C code: not under Valgrind.
local core = require "homey.core"
local build = require "homey.sim.home.build"
local unify = require "homey.model.normalize"

local null = core.null

describe("a list", function()
  it("may be an object keyed by id", function()
    local items = unify.list { a = { id = "a" }, b = { name = "B" } }
    table.sort(items, function(x, y) return x.id < y.id end)
    assert.same({ { id = "a" }, { id = "b", name = "B" } }, items)
  end)

  it("may be an array", function() assert.same({ { id = "a" } }, unify.list { { id = "a" } }) end)

  it("may be empty or missing", function()
    assert.same({}, unify.list {})
    assert.same({}, unify.list(null))
    assert.same({}, unify.list(nil))
  end)
end)

local v3 = {
  id = "d1", name = "Lamp", zone = "z1", class = "light", virtualClass = null, note = null,
  driverId = "homey:app:org.example.glow:bulb", ownerUri = "homey:app:org.example.glow", available = true, ready = true,
  unavailableMessage = null, warningMessage = "low battery", capabilities = { "dim" },
  capabilitiesObj = {
    dim = {
      id = "dim", type = "number", title = "Brightness", min = 0, max = 1, decimals = 2, units = "%", setable = true,
      getable = true, value = 0.5, lastUpdated = "2026-01-01T00:00:00.000Z", step = null,
    },
  },
}

local v2 = {
  id = "d1", name = "Lamp", zone = "z1", zoneName = "Kitchen", class = "light", driverUri = "homey:app:org.example.glow",
  driverId = "bulb", available = true, ready = true, unavailableMessage = null, warningMessage = "low battery",
  insights = {}, capabilitiesOptions = {}, capabilities = { "dim" },
  capabilitiesObj = {
    dim = {
      id = "dim", type = "number", title = { en = "Brightness", nl = "Helderheid" }, min = 0, max = 1, decimals = 2,
      units = { en = "%" }, setable = true, getable = true, value = 0.5, lastUpdated = "2026-01-01T00:00:00.000Z",
    },
  },
}

describe("a device", function()
  it("is the same from a v2 and v3 hub", function() assert.same(unify.device(v3), unify.device(v2)) end)

  it("has capabilities by id, null meaning none", function()
    assert.same({
      dim = {
        id = "dim", type = "number", title = "Brightness", min = 0, max = 1, decimals = 2, units = "%", settable = true,
        getable = true, value = 0.5, updated = "2026-01-01T00:00:00.000Z",
      },
    }, unify.device(v3).capabilities)
    assert.is_nil(unify.device(v3).virtual_class)
  end)

  it("distinguishes false from nothing", function()
    local one = unify.device {
      id = "x", available = false,
      capabilitiesObj = { onoff = { type = "boolean", value = false, setable = false, getable = false } },
    }
    local onoff = one.capabilities.onoff
    assert.same({ false, false, false, false }, { one.available, onoff.value, onoff.settable, onoff.getable })
  end)

  it("drops values of a wrong type", function()
    local one = unify.device {
      id = "x", name = 5, zone = true, class = {}, unavailableMessage = {}, capabilities = "onoff",
      capabilitiesObj = { dim = { type = 1, min = "0", max = {}, title = 7, units = true, values = { 1, { id = {} }, "on" } } },
    }
    assert.same({ "x", "x" }, { one.id, one.name })
    assert.is_nil(one.zone or one.class or one.unavailable_message)
    assert.same({ dim = { id = "dim", settable = true, getable = true, values = { { id = "on" } } } }, one.capabilities)
  end)

  it("may lack nearly all fields", function()
    local one = unify.device { id = "x", capabilities = { "onoff" }, capabilitiesObj = null }
    assert.same({ "x", "x", true, true }, { one.id, one.name, one.available, one.ready })
    assert.is_table(one.capabilities.onoff)
  end)

  it("has enum values with their titles", function()
    local values = { { id = "eco", title = "Eco" }, { id = "off", title = { en = "Off" } } }
    local mode = unify.capability("mode", { type = "enum", values = values })
    assert.same({ { id = "eco", title = "Eco" }, { id = "off", title = "Off" } }, mode.values)
  end)
end)

describe("the wanted fields of a device", function()
  local facts = { id = "d", name = "Lamp", zone = "z", class = "light", driver = "org.example.glow:bulb", changed = "then",
    icon = "i", capabilities = {
      { "onoff", true }, { "dim", 0.5, with = { options = { min = 0.1 }, desc = "How bright." } }, { "thermostat_mode", "heat" },
      { "light_mode" },
    } }

  it("are all that is read", function()
    local raw = build.device(facts, { settings = { capabilities = {} }, note = "A note.", warningMessage = "Hot." })
    raw.capabilitiesObj.settings = raw.capabilitiesObj.dim -- an app may call a capability anything
    local text = core.encode { raw, v2, v3 }
    local all, part = core.decode(text), core.decode(text, unify.all_devices.only)
    for i, each in ipairs(all) do
      assert.same(unify.device(each), unify.device(part[i]))
      assert.same(unify.device(each), unify.device(core.decode(core.encode(each), unify.one_device.only)))
    end
    assert.is_table(unify.device(part[1]).capabilities.settings)
  end)

  it("exclude what nobody reads", function()
    local part = core.decode(core.encode { d = build.device(facts) }, unify.all_devices.only).d
    assert.is_nil(part.settings)
    assert.is_nil(part.ui)
    assert.is_nil(part.capabilitiesObj.dim.options)
    assert.equal(0.5, part.capabilitiesObj.dim.value)
  end)
end)

describe("an id", function()
  for _, case in ipairs {
    { "of a v2 card", { uri = "homey:manager:flow", id = "programmatic_trigger" }, "homey:manager:flow:programmatic_trigger" },
    { "of a v3 card", { id = "homey:manager:flow:programmatic_trigger" }, "homey:manager:flow:programmatic_trigger" },
    { "that is full beside a uri", { uri = "homey:device:1", id = "homey:device:1:onoff" }, "homey:device:1:onoff" },
    { "beside a null uri", { uri = null, id = "x" }, "x" },
  } do
    it(case[1] .. " is full", function() assert.equal(case[3], unify.id(case[2])) end)
  end

  it("of v2 becomes full, with its owner from the URI", function()
    assert.same({ id = "homey:device:1:onoff", ownerUri = "homey:device:1" },
      unify.log { uri = "homey:device:1", id = "onoff", uriObj = {} })
  end)
end)

describe("other objects", function()
  it("a zone has its parent's id, or none", function()
    assert.same({ id = "z", name = "Home" }, unify.zone { id = "z", name = "Home", parent = null, icon = null })
  end)

  it("an app has one name for its colour", function()
    assert.same({ color = "#fff" }, unify.app { brandColor = "#fff" })
    assert.same({ color = "#000" }, unify.app { color = "#000" })
  end)
end)
