local failure = require "spec.support.failure"
local homey = require "homey"
local core = require "homey.core"
local forgetful = require "spec.support.forgetful"
local household = require "spec.support.household"
local support = require "spec.support.sim"

local house, home, core_loop, pass, heard_by

local users_path = household.lists.users

before_each(function()
  house = household.new()
  home, core_loop, pass, heard_by = house.home, house.core_loop, house.pass, house.heard_by
end)

after_each(function() home:close() end)

describe("a user", function()
  it("is found by name, and by id without a request", function()
    assert.equal(household.vera, home:user("vera").id)
    core_loop:said()
    assert.equal(home:user "Vera", home:user(household.vera))
    assert.same({}, core_loop:said())
    assert.equal("there is no user 'Vesa'; did you mean 'Vera'?", failure(home.user, home, "Vesa").message)
  end)

  it("tells its name, role, and whether it is there and awake", function()
    local vera, otto = home:user "Vera", home:user "Otto"
    assert.same({ "Vera", "owner", true, false }, { vera.name, vera.role, vera.present, vera.asleep })
    assert.same({ "Otto", "user", false, nil }, { otto.name, otto.role, otto.present, otto.asleep })
    assert.equal("Vera", tostring(vera))
  end)

  it("tells how it is now, not how it was when it was read", function()
    local vera = home:user "Vera"
    pass(6)
    house.users[household.vera].present = false
    assert.is_false(vera.present)
  end)

  it("stands in a list of all, sorted by name", function()
    local names = {}
    for i, each in ipairs(home:users()) do names[i] = each.name end
    assert.same({ "Otto", "Vera" }, names)
  end)

  it("is kept current without a request once somebody listens", function()
    heard_by(home:user "Vera", "present")
    core_loop:said()
    house.move(household.vera, { present = false, asleep = true })
    pass(0.1)
    assert.same({ false, true }, { home:user("Vera").present, home:user("Vera").asleep })
    assert.same({}, core_loop:said())
  end)
end)

describe("user:on", function()
  it("calls the handler with the value, the user and the event", function()
    local vera = home:user "Vera"
    local heard = heard_by(vera, "present")
    house.move(household.vera, { present = false })
    house.move(household.vera, { asleep = true })
    house.move(household.otto, { present = true })
    pass(1)
    assert.equal(1, #heard)
    assert.same({ false, true, "user.present" }, { heard[1][1], heard[1][3].old, heard[1][3].name })
    assert.equal(vera, heard[1][2])
    assert.equal(vera, heard[1][3].user)
  end)

  it("takes the options of device:on, so that leaving the house may be for good", function()
    local heard = heard_by(home:user "Vera", "present", { to = false, held = "10 min" })
    house.move(household.vera, { present = false })
    pass(300)
    house.move(household.vera, { present = true })
    pass(300)
    house.move(household.vera, { present = false })
    pass(590)
    assert.equal(0, #heard)
    pass(20)
    assert.equal(1, #heard)
  end)

  it("hears all that the hub tells of somebody where nothing is named", function()
    local heard = heard_by(home:user "Vera")
    house.move(household.vera, { name = "Veronika" })
    core_loop:tell("homey:manager:users", "user.delete", { id = household.vera })
    pass(1)
    assert.same({ "user.update", "user.delete" }, { heard[1][2].name, heard[2][2].name })
    assert.equal("Veronika", heard[2][1].name)
  end)

  it("understands an event that tells but what has changed", function()
    local heard = heard_by(home:user "Vera", "present")
    local unknown = heard_by(home:user "Vera", "present", { to = core.null })
    core_loop:tell("homey:manager:users", "user.update", { id = household.vera, present = false })
    pass(1)
    assert.equal(1, #heard)
    assert.same({ "Vera", "owner", false }, { heard[1][2].name, heard[1][2].role, heard[1][2].asleep })
    core_loop:tell("homey:manager:users", "user.update", { id = household.vera, present = core.null })
    pass(1)
    assert.same({ 1, 1 }, { #heard, #unknown })
  end)

  it("hears of a presence that the hub does not tell, a little later", function()
    local heard = heard_by(home:user "Vera", "present")
    house.users[household.vera].present = false
    pass(30)
    assert.equal(0, #heard)
    pass(60)
    assert.equal(1, #heard)
  end)

  it("hears of it where nothing is named, too", function()
    local heard = heard_by(home:user "Vera")
    house.users[household.vera].present = false
    pass(61)
    assert.equal(1, #heard)
    assert.is_false(heard[1][1].present)
  end)

  it("asks no more once the hub has shown that it tells", function()
    heard_by(home:user "Vera", "present")
    house.move(household.vera, { present = false })
    pass(61)
    core_loop:said()
    pass(600)
    assert.same({}, core_loop:said())
  end)

  it("asks no more when nobody listens", function()
    local _, handle = heard_by(home:user "Vera", "present")
    handle:cancel()
    pass(61)
    core_loop:said()
    pass(600)
    assert.same({}, core_loop:said())
  end)

  it("keeps no script running by its asking", function()
    local _, handle = heard_by(home:user "Vera", "present")
    handle:cancel()
    home.scheduler:run()
  end)

  it("hears who came and went while the connection was down", function()
    local heard = heard_by(home:user "Otto", "present", { to = true })
    core_loop:break_off()
    house.move(household.otto, { present = true })
    core_loop:come_back()
    pass(5)
    assert.equal(1, #heard)
    assert.is_true(heard[1][3].missed)
  end)

  it("refuses what there is not", function()
    local vera = home:user "Vera"
    assert.match("nothing is told of a user under the name 'presnt'; did you mean 'present'",
      failure(vera.on, vera, "presnt", print).message)
    assert.match("`to` is a boolean here, not 'yes'", failure(vera.on, vera, "present", { to = "yes" }, print).message)
  end)
end)

describe("homey.on", function()
  it("tells of anybody's presence, and of users that change", function()
    local present, updated = {}, {}
    home:on("user.present", function(value, user) present[#present + 1] = user.name .. " " .. tostring(value) end)
    home:on("user.update", function(user) updated[#updated + 1] = user.name end)
    pass(1)
    house.move(household.vera, { present = false })
    house.move(household.otto, { asleep = true })
    pass(1)
    assert.same({ { "Vera false" }, { "Vera", "Otto" } }, { present, updated })
  end)

  it("asks for anybody's presence where the hub does not tell", function()
    local present = {}
    home:on("user.present", function(value, user) present[#present + 1] = user.name .. " " .. tostring(value) end)
    pass(1)
    house.users[household.otto].present = true
    pass(61)
    assert.same({ "Otto true" }, present)
  end)
end)

describe("homey.on(\"user.update\")", function()
  it("hears of a presence that the hub does not tell, and asks no more when it ends", function()
    local updated = {}
    local handle = home:on("user.update", function(user) updated[#updated + 1] = user.name end)
    pass(1)
    for round = 1, 3 do
      house.users[household.otto].present = round % 2 == 1
      pass(61)
      assert.equal(round, #updated)
    end
    handle:cancel()
    pass(61)
    core_loop:said()
    pass(600)
    assert.same({}, core_loop:said())
  end)
end)

describe("homey.wait on a user", function()
  it("waits for somebody to come home, or for a sleeper to wake", function()
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
    local at_sim = homey.new(forgetful(sim.options))
    local vera = at_sim:user "Vera"
    assert.same({ "owner", true, false }, { vera.role, vera.present, vera.asleep })
    assert.equal("Vera", at_sim:user(vera.id):refresh().name)
    assert.is_true(#at_sim:users() >= 2)
    at_sim:close()
    support.stop()
  end)
end

it("the list of users is read at its path", function()
  home:users()
  assert.same({ "GET " .. users_path }, core_loop:said())
end)
