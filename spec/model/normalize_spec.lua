-- Runs hardly any C code: not under Valgrind.
local core = require "homey.core"
local build = require "homey.sim.home.build"
local normalize = require "homey.model.normalize"
local records = require "homey.model.record"
local resource_types = require "homey.model.resource_types"

local every_device = records.list_request("device", resource_types.device.items[1])
local one_device = records.one_request("device", "d")

local null = core.null

describe("a list", function()
  it("may be an object keyed by id", function()
    local items = records.list { a = { id = "a" }, b = { name = "B" } }
    table.sort(items, function(x, y) return x.id < y.id end)
    assert.same({ { id = "a" }, { id = "b", name = "B" } }, items)
  end)

  it("may be an array", function() assert.same({ { id = "a" } }, records.list { { id = "a" } }) end)

  it("may be empty or missing", function()
    assert.same({}, records.list {})
    assert.same({}, records.list(null))
    assert.same({}, records.list(nil))
  end)
end)

local v3 = {
  id = "d1", name = "Lamp", zone = "z1", class = "light", virtualClass = null, note = null,
  driverId = "homey:app:org.example.glow:bulb", ownerUri = "homey:app:org.example.glow",
  available = true, ready = true,
  unavailableMessage = null, warningMessage = "low battery", capabilities = { "dim" },
  capabilitiesObj = {
    dim = {
      id = "dim", type = "number", title = "Brightness", min = 0, max = 1, decimals = 2,
      units = "%", setable = true,
      getable = true, value = 0.5, lastUpdated = "2026-01-01T00:00:00.000Z", step = null,
    },
  },
}

local v2 = {
  id = "d1", name = "Lamp", zone = "z1", zoneName = "Kitchen", class = "light",
  driverUri = "homey:app:org.example.glow",
  driverId = "bulb", available = true, ready = true, unavailableMessage = null,
  warningMessage = "low battery",
  insights = {}, capabilitiesOptions = {}, capabilities = { "dim" },
  capabilitiesObj = {
    dim = {
      id = "dim", type = "number", title = { en = "Brightness", nl = "Helderheid" }, min = 0,
      max = 1, decimals = 2,
      units = { en = "%" }, setable = true, getable = true, value = 0.5,
      lastUpdated = "2026-01-01T00:00:00.000Z",
    },
  },
}

describe("a device", function()
  it("is the same from a v2 and v3 hub", function()
    assert.same(normalize.device(v3), normalize.device(v2))
  end)

  it("has capabilities by id, null meaning none", function()
    assert.same({
      dim = {
        id = "dim", type = "number", title = "Brightness", min = 0, max = 1, decimals = 2,
        units = "%", settable = true,
        getable = true, value = 0.5, updated = "2026-01-01T00:00:00.000Z",
      },
    }, normalize.device(v3).capabilities)
    assert.is_nil(normalize.device(v3).virtual_class)
  end)

  it("distinguishes false from nothing", function()
    local one = normalize.device {
      id = "x", available = false,
      capabilitiesObj =
        { onoff = { type = "boolean", value = false, setable = false, getable = false } },
    }
    local onoff = one.capabilities.onoff
    assert.same({ false, false, false, false },
      { one.available, onoff.value, onoff.settable, onoff.getable })
  end)

  it("drops values of a wrong type", function()
    local one = normalize.device {
      id = "x", name = 5, zone = true, class = {}, unavailableMessage = {}, capabilities = "onoff",
      capabilitiesObj =
        { dim = { type = 1, min = "0", max = {}, title = 7, units = true,
          values = { 1, { id = {} }, "on" } } },
    }
    assert.same({ "x", "x" }, { one.id, one.name })
    assert.is_nil(one.zone or one.class or one.unavailable_message)
    assert.same({ dim = { id = "dim", settable = true, getable = true,
      values = { { id = "on" } } } }, one.capabilities)
  end)

  it("may lack nearly all fields", function()
    local one = normalize.device { id = "x", capabilities = { "onoff" }, capabilitiesObj = null }
    assert.same({ "x", "x", true, true }, { one.id, one.name, one.available, one.ready })
    assert.is_table(one.capabilities.onoff)
  end)

  it("has enum values with their titles", function()
    local values = { { id = "eco", title = "Eco" }, { id = "off", title = { en = "Off" } } }
    local mode = normalize.capability("mode", { type = "enum", values = values })
    assert.same({ { id = "eco", title = "Eco" }, { id = "off", title = "Off" } }, mode.values)
  end)
end)

describe("the wanted fields of a device", function()
  local facts = { id = "d", name = "Lamp", zone = "z", class = "light",
    driver = "org.example.glow:bulb", changed = "then",
    icon = "i", capabilities = {
      { "onoff", true }, { "dim", 0.5, with = { options = { min = 0.1 }, desc = "How bright." } },
      { "thermostat_mode", "heat" },
      { "light_mode" },
    } }

  it("are all that is read", function()
    local raw = build.device(facts,
      { settings = { capabilities = {} }, note = "A note.", warningMessage = "Hot." })
    raw.capabilitiesObj.settings = raw.capabilitiesObj.dim -- an app may call a capability anything
    local text = core.encode { raw, v2, v3 }
    local all, part = core.decode(text), core.decode(text, every_device.only)
    for i, each in ipairs(all) do
      assert.same(normalize.device(each), normalize.device(part[i]))
      assert.same(normalize.device(each),
        normalize.device(core.decode(core.encode(each), one_device.only)))
    end
    assert.is_table(normalize.device(part[1]).capabilities.settings)
  end)

  it("exclude unread members", function()
    local part = core.decode(core.encode { d = build.device(facts) }, every_device.only).d
    assert.is_nil(part.settings)
    assert.is_nil(part.ui)
    assert.is_nil(part.known.dim.options)
    assert.equal(0.5, part.known.dim.value)
  end)
end)

describe("a zone", function()
  it("has the id of its parent, or none", function()
    assert.same({ id = "z", name = "Home" },
      records.read("zone", { id = "z", name = "Home", parent = null, icon = null }))
  end)
end)
