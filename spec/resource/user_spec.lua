local failure = require "spec.support.failure"
local homey = require "homey"
local core = require "homey.core"
local without_state = require "spec.support.without_state"
local household = require "spec.support.household"
local support = require "spec.support.sim"

local house, home, core_loop, advance, heard_by

local users_path = household.lists.users

household.each(function(...)
  house, home, core_loop, advance = ...
  heard_by = house.heard_by
end)

describe("a user", function()
  it("is found by name, or by id without a request", function()
    assert.equal(household.vera, home:user("vera").id)
    core_loop:said()
    assert.equal(home:user "Vera", home:user(household.vera))
    assert.same({}, core_loop:said())
    assert.equal("there is no user 'Vesa'; did you mean 'Vera'?",
      failure(home.user, home, "Vesa").message)
  end)

  it("has name, role, presence and sleep", function()
    local vera, otto = home:user "Vera", home:user "Otto"
    assert.same({ "Vera", "owner", true, false },
      { vera.name, vera.role, vera.present, vera.asleep })
    assert.same({ "Otto", "user", false, nil }, { otto.name, otto.role, otto.present, otto.asleep })
    assert.equal("Vera", tostring(vera))
  end)

  it("has current values, not those of its read", function()
    local vera = home:user "Vera"
    advance(6)
    house.users[household.vera].present = false
    assert.is_false(vera.present)
  end)

  it("is in a list sorted by name", function()
    local names = {}
    for i, each in ipairs(home:users()) do names[i] = each.name end
    assert.same({ "Otto", "Vera" }, names)
  end)

  it("needs no request while it has listeners", function()
    heard_by(home:user "Vera", "present")
    core_loop:said()
    house.move(household.vera, { present = false, asleep = true })
    advance(0.1)
    assert.same({ false, true }, { home:user("Vera").present, home:user("Vera").asleep })
    assert.same({}, core_loop:said())
  end)
end)

describe("user:on", function()
  it("calls the handler with value, user and event", function()
    local vera = home:user "Vera"
    local heard = heard_by(vera, "present")
    house.move(household.vera, { present = false })
    house.move(household.vera, { asleep = true })
    house.move(household.otto, { present = true })
    advance(1)
    assert.equal(1, #heard)
    assert.same({ false, true, "user.present" }, { heard[1][1], heard[1][3].old, heard[1][3].name })
    assert.equal(vera, heard[1][2])
    assert.equal(vera, heard[1][3].user)
  end)

  it("accepts the options of device:on", function()
    local heard = heard_by(home:user "Vera", "present", { to = false, held = "10 min" })
    house.move(household.vera, { present = false })
    advance(300)
    house.move(household.vera, { present = true })
    advance(300)
    house.move(household.vera, { present = false })
    advance(590)
    assert.equal(0, #heard)
    advance(20)
    assert.equal(1, #heard)
  end)

  it("receives all events of a user without a name", function()
    local heard = heard_by(home:user "Vera")
    house.move(household.vera, { name = "Veronika" })
    core_loop:tell("homey:manager:users", "user.delete", { id = household.vera })
    advance(1)
    assert.same({ "user.update", "user.delete" }, { heard[1][2].name, heard[2][2].name })
    assert.equal("Veronika", heard[2][1].name)
  end)

  it("accepts an event with only the change", function()
    local heard = heard_by(home:user "Vera", "present")
    local unknown = heard_by(home:user "Vera", "present", { to = core.null })
    core_loop:tell("homey:manager:users", "user.update", { id = household.vera, present = false })
    advance(1)
    assert.equal(1, #heard)
    assert.same({ "Vera", "owner", false },
      { heard[1][2].name, heard[1][2].role, heard[1][2].asleep })
    core_loop:tell("homey:manager:users", "user.update",
      { id = household.vera, present = core.null })
    advance(1)
    assert.same({ 1, 1 }, { #heard, #unknown })
  end)

  it("polls presence that the hub does not report", function()
    local heard = heard_by(home:user "Vera", "present")
    house.users[household.vera].present = false
    advance(30)
    assert.equal(0, #heard)
    advance(60)
    assert.equal(1, #heard)
  end)

  it("polls presence for a listener to everything", function()
    local heard = heard_by(home:user "Vera")
    house.users[household.vera].present = false
    advance(61)
    assert.equal(1, #heard)
    assert.is_false(heard[1][1].present)
  end)

  it("stops polling once the hub reports presence", function()
    heard_by(home:user "Vera", "present")
    house.move(household.vera, { present = false })
    advance(61)
    core_loop:said()
    advance(600)
    assert.same({}, core_loop:said())
  end)

  it("stops polling when nobody listens", function()
    local _, handle = heard_by(home:user "Vera", "present")
    handle:cancel()
    advance(61)
    core_loop:said()
    advance(600)
    assert.same({}, core_loop:said())
  end)

  it("keeps no idle script running", function()
    local _, handle = heard_by(home:user "Vera", "present")
    handle:cancel()
    home.scheduler:run()
  end)

  it("reports presence changes during an outage", function()
    local heard = heard_by(home:user "Otto", "present", { to = true })
    core_loop:break_off()
    house.move(household.otto, { present = true })
    core_loop:come_back()
    advance(5)
    assert.equal(1, #heard)
    assert.is_true(heard[1][3].missed)
  end)

  it("refuses unknown names and options", function()
    local vera = home:user "Vera"
    assert.match("a user has no event 'presnt'; did you mean 'present'",
      failure(vera.on, vera, "presnt", print).message)
    assert.match("`to` is a boolean here, not 'yes'",
      failure(vera.on, vera, "present", { to = "yes" }, print).message)
  end)
end)

describe("homey.on", function()
  it("reports anybody's presence, and changed users", function()
    local present, updated = {}, {}
    home:on("user.present", function(value, user)
      present[#present + 1] = user.name .. " " .. tostring(value)
    end)
    home:on("user.update", function(user) updated[#updated + 1] = user.name end)
    advance(1)
    house.move(household.vera, { present = false })
    house.move(household.otto, { asleep = true })
    advance(1)
    assert.same({ { "Vera false" }, { "Vera", "Otto" } }, { present, updated })
  end)

  it("polls anybody's presence when the hub does not report", function()
    local present = {}
    home:on("user.present", function(value, user)
      present[#present + 1] = user.name .. " " .. tostring(value)
    end)
    advance(1)
    house.users[household.otto].present = true
    advance(61)
    assert.same({ "Otto true" }, present)
  end)
end)

describe("homey.on(\"user.update\")", function()
  it("reports polled presence until it ends", function()
    local updated = {}
    local handle = home:on("user.update", function(user) updated[#updated + 1] = user.name end)
    advance(1)
    for round = 1, 3 do
      house.users[household.otto].present = round % 2 == 1
      advance(61)
      assert.equal(round, #updated)
    end
    handle:cancel()
    advance(61)
    core_loop:said()
    advance(600)
    assert.same({}, core_loop:said())
  end)
end)

describe("homey.wait on a user", function()
  it("waits for arrival and for waking up", function()
    local otto = home:user "Otto"
    home.scheduler:later(3, function() house.move(household.otto, { present = true }) end)
    assert.is_true(homey.wait(otto, "present", true, "1 min"))
    assert.is_false(homey.wait(otto, "asleep", true, "1 min"))
    local _, err = homey.try(homey.wait, otto, "presnt", true)
    assert.match("a user has no value 'presnt' to wait for; did you mean 'present'", err.message)
  end)
end)

for version = 2, 3 do
  it(("users of a simulated hub, version %d, are listed"):format(version), function()
    local sim = support.start { api_version = version }
    local at_sim = homey.new(without_state(sim.options))
    local vera = at_sim:user "Vera"
    local role = version == 2 and "manager" or "owner"
    assert.same({ role, true, false }, { vera.role, vera.present, vera.asleep })
    assert.equal("Vera", at_sim:user(vera.id):refresh().name)
    assert.is_true(#at_sim:users() >= 2)
    at_sim:close()
    support.stop()
  end)
end

it("the list of users has its path", function()
  home:users()
  assert.same({ "GET " .. users_path }, core_loop:said())
end)
