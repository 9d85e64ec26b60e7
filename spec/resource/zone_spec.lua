local homey = require "homey"
local house = require "spec.support.house"
local without_state = require "spec.support.without_state"
local support = require "spec.support.sim"

describe("a zone", function()
  local here, home, core_loop

  house.each(function(...) here, home, core_loop = ... end)

  for _, case in ipairs {
    { "Kitchen", house.kitchen }, { "kitchen", house.kitchen },
    { "Downstairs/Kitchen", house.kitchen },
    { "Home/Kitchen", house.kitchen }, { "Home", house.home }, { house.hall, house.hall },
  } do
    it(("is found by %s"):format(case[1]), function()
      assert.equal(case[2], home:zone(case[1]).id)
    end)
  end

  it("is found by id without a request", function()
    local zone = home:zone(house.hall)
    assert.equal("zone " .. house.hall, tostring(zone))
    assert.same({}, core_loop:said())
    assert.equal("Hall", zone.name)
    assert.same({ "GET " .. house.zones_path }, core_loop:said())
  end)

  it("that is missing gets suggestions", function()
    local _, err = pcall(home.zone, home, "Kichen")
    assert.same({ "not_found", "there is no zone 'Kichen'; did you mean 'Kitchen'?" },
      { err.kind, err.message })
    local ghost = home:zone("00000099-0000-4000-8000-000000000000")
    _, err = pcall(function() return ghost.name end)
    assert.equal("not_found", err.kind)
  end)

  it("follows a rename within a minute", function()
    assert.equal(house.hall, home:zone("Hall").id)
    here.zones[house.hall].name, here.zones[house.garden].name = "Garden", "Hall"
    core_loop:advance(30)
    assert.equal(house.hall, home:zone("Hall").id)
    core_loop:advance(30)
    assert.equal(house.garden, home:zone("Hall").id)
    assert.same({ "Hall/Doorbell", "Shed/Shed lamp" }, house.names(home:zone("Hall"):devices()))
  end)

  it("has its parent, children and path", function()
    local down = home:zone("Downstairs")
    assert.equal(home:zone("Home"), down.parent)
    assert.same({ "Downstairs/Hall", "Downstairs/Kitchen" }, house.names(down.children))
    assert.same({ "Downstairs", "Downstairs/Kitchen", "Home" },
      { down.path, home:zone("Kitchen").path, home:zone("Home").path })
    assert.is_nil(home:zone("Home").parent)
    assert.equal("in Downstairs", "in " .. down)
  end)

  it("has the devices of inner zones", function()
    assert.same({ "Hall/Lamp", "Hall/Motion", "Kitchen/Heater", "Kitchen/Lamp" },
      house.names(home:zone("Downstairs"):devices()))
    assert.same({ "Hall/Lamp", "Kitchen/Lamp" },
      house.names(home:zone("Downstairs"):devices { class = "light" }))
    assert.equal(6, #home:zone("Home"):devices())
  end)

  it("counts as one zone, without inner ones", function()
    local kitchen = home:zone("Kitchen")
    assert.equal("invalid", select(2, pcall(kitchen.devices, kitchen, { zone = "Hall" })).kind)
  end)

  it("is in a list sorted by path", function()
    assert.same({
      "Home", "Downstairs", "Downstairs/Hall", "Downstairs/Kitchen", "Garden", "Garden/Shed",
    },
      house.names(home:zones()))
  end)

  it("may be its own grandparent", function()
    here.zones[house.home].parent = house.kitchen
    assert.equal(3, #home:zone("Kitchen"):names())
  end)

  it("may have a missing parent", function()
    here.zones[house.garden] = nil
    assert.equal("Shed", home:zone("Shed").path)
    assert.equal("Shed/Shed lamp", tostring(home:device("Shed lamp")))
  end)
end)

describe("a zone over real sockets", function()
  local sim

  setup(function()
    sim = support.start()
    homey.login(without_state(sim.pat_options))
  end)
  teardown(support.stop)

  it("has the devices of inner zones", function()
    assert.equal(2, #homey.zone("Kitchen"):devices { class = { "light", "coffeemachine" } })
    assert.equal(#homey.devices(), #homey.zone("Home"):devices())
    assert.equal("Home", homey.zone("Kitchen").parent.parent.name)
  end)

  it("of a v2 hub has them too", function()
    sim:set { api_version = 2 }
    assert.is_true(#homey.zone("Downstairs"):devices() > #homey.zone("Kitchen"):devices())
    assert.equal("Downstairs/Kitchen", homey.device("Kitchen/Lamp").zone.path)
  end)
end)
