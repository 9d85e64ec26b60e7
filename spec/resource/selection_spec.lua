local Task = require "homey.task.task"
local core = require "homey.core"
local failure = require "spec.support.failure"
local fake = require "spec.support.fake_core_loop"
local homey = require "homey"
local house = require "spec.support.house"
local without_state = require "spec.support.without_state"
local support = require "spec.support.sim"

describe("a selection", function()
  local here, home, core_loop

  house.each(function(...) here, home, core_loop = ... end)

  local lamps = { "Hall/Lamp", "Kitchen/Lamp", "Shed/Shed lamp" }

  for _, case in ipairs {
    {
      "nothing", nil, {
        "Hall/Lamp", "Hall/Motion", "Kitchen/Heater", "Kitchen/Lamp", "Garden/Doorbell",
        "Shed/Shed lamp",
      },
    },
    { "class", { class = "light" }, lamps },
    { "classes", { class = { "button", "sensor" } }, { "Hall/Motion", "Garden/Doorbell" } },
    { "capability", { capability = "onoff" }, lamps },
    {
      "capabilities, all of them", { capability = { "onoff", "dim" } },
      { "Hall/Lamp", "Kitchen/Lamp" },
    },
    { "zone, with those inside", { zone = "Garden" }, { "Garden/Doorbell", "Shed/Shed lamp" } },
    { "zones", { zone = { "Hall", "Shed" } }, { "Hall/Lamp", "Hall/Motion", "Shed/Shed lamp" } },
    { "name", { name = "lamp" }, { "Hall/Lamp", "Kitchen/Lamp" } },
    { "pattern", { name = "*LAMP" }, lamps },
    { "names", { name = { "Motion", "Heat*" } }, { "Hall/Motion", "Kitchen/Heater" } },
    { "all together", { zone = "Downstairs", class = "light", capability = "dim", name = "*" },
      { "Hall/Lamp", "Kitchen/Lamp" } },
    { "a class that no device here has", { class = "lock" }, {} },
  } do
    it(("filters by %s"):format(case[1]), function()
      assert.same(case[3], house.names(home:devices(case[2])))
    end)
  end

  it("accepts a zone object", function()
    assert.equal(1, #home:devices { zone = home:zone("Shed") })
  end)

  it("is an array", function()
    local found = home:devices { class = "light" }
    assert.equal(3, #found)
    assert.equal(house.hall_lamp, found[1].id)
    assert.equal("3 devices: Hall/Lamp, Kitchen/Lamp, Shed/Shed lamp", tostring(found))
    assert.equal("no devices", tostring(home:devices { class = "lock" }))
    local count = 0
    for _ in pairs(found) do count = count + 1 end
    assert.equal(3, count)
  end)

  it("reads each list once", function()
    home:devices()
    home:devices()
    assert.equal(4, #core_loop:said())
  end)

  for _, case in ipairs {
    { { zonne = "x" }, "invalid", "homey.devices has no option 'zonne'; did you mean 'zone'%?" },
    { { zone = 5 }, "invalid", "`zone` takes a name or a list of names, not 5" },
    { { class = {} , name = { 1 } }, "invalid", "`name` takes a name" },
    { "Kitchen", "invalid", "takes a table such as" },
    { { zone = "Kichen" }, "not_found", "did you mean 'Kitchen'" },
    {
      { class = "ligth" }, "not_found",
      "no device here has the class 'ligth'; did you mean 'light'%?",
    },
    {
      { capability = "onof" }, "not_found",
      "no device here has the capability 'onof'; did you mean 'onoff'%?",
    },
  } do
    it(("refuses an invalid filter: %s"):format(case[3]), function()
      local err = failure(home.devices, home, case[1])
      assert.equal(case[2], err.kind)
      assert.matches(case[3], err.message)
    end)
  end

  it("sets its devices in parallel", function()
    local found = home:devices { class = "light" }
    core_loop:said()
    local before = core_loop:now()
    assert.same({}, found:set("onoff", false))
    assert.equal(3, #core_loop:said())
    assert.near(core_loop.latency, core_loop:now() - before, 1e-6)
    for _, device in ipairs(found) do assert.is_false(device.capabilities.onoff.value) end
  end)

  it("sets several values", function()
    home:devices { capability = "dim" }:set({ onoff = true, dim = 0.2 }, { duration = 1 })
    assert.equal(0.2, here.raw[house.hall_lamp].capabilitiesObj.dim.value)
  end)

  it("reads in parallel and keeps its order", function()
    here.raw[house.lamp].capabilitiesObj.dim.value = 0.1
    assert.same({ 0.5, 0.1 }, home:devices { capability = "dim" }:get("dim"))
    assert.same({ core.null },
      home:devices { capability = "measure_battery" }:get("measure_battery"))
    assert.same({}, home:devices { class = "lock" }:get("dim"))
  end)

  it("refuses a value that one device refuses", function()
    local found = home:devices { zone = "Kitchen" }
    core_loop:said()
    local err = failure(found.set, found, "onoff", false)
    assert.same({ "not_found", "Kitchen/Heater: it has no capability 'onoff'." },
      { err.kind, err.message })
    assert.same({}, core_loop:said())
  end)

  it("skips unavailable devices and names them", function()
    here.raw[house.hall_lamp].available = false
    local found = home:devices { class = "light" }
    local err = failure(found.set, found, "onoff", false, { strict = true })
    assert.same({ "unavailable", "Hall/Lamp: it is unavailable: is it switched on and in reach?" },
      { err.kind, err.message })
    assert.is_false(here.raw[house.lamp].capabilitiesObj.onoff.value)
    assert.is_false(here.raw[house.shed_lamp].capabilitiesObj.onoff.value)
    assert.is_true(here.raw[house.hall_lamp].capabilitiesObj.onoff.value)
  end)

  it("names all failures after all answers", function()
    for _, id in ipairs { house.lamp, house.hall_lamp } do
      core_loop:on("PUT " .. house.path(id, "onoff"), fake.fail("hub", "tired.", 500))
    end
    local found = home:devices { class = "light" }
    local err = failure(found.set, found, "onoff", false, { strict = true })
    assert.equal("hub", err.kind)
    assert.equal("2 of 3 changes failed: Hall/Lamp: tired. Kitchen/Lamp: tired.", err.message)
    assert.equal(2, #err.errors)
    assert.is_false(here.raw[house.shed_lamp].capabilitiesObj.onoff.value)
  end)

  it("names a deleted device", function()
    local found = home:devices { class = "light" }
    core_loop:on("GET " .. house.path(house.lamp), nil)
    assert.equal(("there is no device with the id '%s'."):format(house.lamp),
      failure(found.get, found, "onoff").message)
  end)

  it("is cancelled as a whole with its task", function()
    local found = home:devices { class = "light" }
    local task = Task.start(home.scheduler, nil, found.set, found, "onoff", false)
    task:cancel()
    assert.equal("cancelled", task.status)
    home:step()
    assert.same({}, home.scheduler.waiting)
    assert.is_true(here.raw[house.lamp].capabilitiesObj.onoff.value)
  end)

  it("refreshes in parallel", function()
    local found = home:devices { class = "light" }
    here.raw[house.lamp].name = "Sun"
    assert.equal("Kitchen/Sun", tostring(found:refresh()[2]))
  end)
end)

describe("a selection over real sockets", function()
  local sim

  setup(function()
    sim = support.start { devices = 60, seed = 5 } -- all of them are available
    homey.login(without_state(sim.pat_options))
  end)
  teardown(support.stop)

  it("sets and reads all devices", function()
    local found = homey.devices { class = "light", capability = "dim" }
    assert.is_true(#found > 3)
    sim:reset_log()
    found:set { onoff = true, dim = 0.25 }
    assert.equal(2 * #found, #sim:log())
    for _, value in ipairs(found:get("dim")) do assert.equal(0.25, value) end
    assert.same({}, sim:complaints())
  end)

  it("names the failed device and sets the others", function()
    local found = homey.devices { class = "light", capability = "dim" }
    sim:fault { kind = "status", status = 500, route = "PUT " .. house.path(found[2].id, "onoff") }
    local failed = found:set("onoff", false)
    assert.equal(1, #failed)
    assert.equal(found[2], failed[1].device)
    assert.equal("hub", failed[1].error.kind)
    assert.matches(tostring(found[2]) .. ": ", failed[1].error.message, 1, true)
    sim:clear()
    for i, value in ipairs(found:get("onoff")) do assert.equal(i == 2, value) end
  end)
end)
