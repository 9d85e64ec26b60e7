local failure = require "spec.support.failure"
local homey = require "homey"
local fake = require "spec.support.fake_core_loop"
local without_state = require "spec.support.without_state"
local household = require "spec.support.household"
local support = require "spec.support.sim"

local house, home, core_loop, advance, heard_by

local variable_path = household.lists.variables
local get_guests, put_guests = ("GET %s/%s"):format(variable_path, household.guests),
  ("PUT %s/%s"):format(variable_path, household.guests)

local flooded

-- A rate limit that delays changes.
local rate_limit = { admit = function(_, id) return id ~= flooded, "too often." end }

household.each(function(...)
  house, home, core_loop, advance = ...
  heard_by, flooded = house.heard_by, nil
  home.rate_limit = rate_limit
end)

describe("a variable", function()
  it("is found by name, or by id without a request", function()
    assert.equal(household.guests, home:variable("guests").id)
    core_loop:said()
    assert.equal(home:variable "Guests", home:variable(household.guests))
    assert.equal(home:variable "Guests", home:variable(home:variable "Guests"))
    assert.same({}, core_loop:said())
    assert.equal("variable " .. household.holiday,
      tostring(household.new().home:variable(household.holiday)))
  end)

  it("that is missing gets suggestions", function()
    local err = failure(home.variable, home, "Gusts")
    assert.same({ "not_found", "there is no variable 'Gusts'; did you mean 'Guests'?" },
      { err.kind, err.message })
    assert.match("named by its id or a name such as 'Guests', not by 5",
      failure(home.variable, home, 5).message)
  end)

  for _, case in ipairs {
    { "variable", "variables", "Guests", household.guests, household.holiday },
    { "user", "users", "Vera", household.vera, household.otto },
    { "flow", "flows", "Good night", household.night, household.rings },
  } do
    it(("or any %s follows a rename within a minute"):format(case[1]), function()
      local kind, list, name, first, second = case[1], case[2], case[3], case[4], case[5]
      assert.equal(first, home[kind](home, name).id)
      house[list][first].name, house[list][second].name = "Another", name
      core_loop:advance(30)
      assert.equal(first, home[kind](home, name).id)
      core_loop:advance(30)
      assert.equal(second, home[kind](home, name).id)
    end)
  end

  it("has name, type and value", function()
    local mode = home:variable "House mode"
    assert.same({ "House mode", "string", "home", true },
      { mode.name, mode.type, mode.value, mode.is_variable })
    assert.equal("House mode", tostring(mode))
    assert.equal("in House mode", "in " .. mode)
    assert.is_nil(mode.nonesuch)
  end)

  it("refuses an assigned value", function()
    local mode = home:variable "House mode"
    local err = failure(function() mode.value = "away" end)
    assert.same({ "invalid",
      "assigning to 'value' of House mode changes nothing at the hub: write variable:set(value), "
        .. "or keep "
      .. "what is your own in a table of your own." }, { err.kind, err.message })
    assert.equal("home", mode.value)
  end)

  it("is in a list sorted by name", function()
    local names = {}
    for i, each in ipairs(home:variables()) do names[i] = each.name end
    assert.same({ "Guests", "House mode", "On holiday" }, names)
  end)
end)

describe("variable:get", function()
  it("asks the hub while no events arrive", function()
    local guests = home:variable(household.guests)
    assert.equal(2, guests:get())
    house.variables[household.guests].value = 5
    assert.equal(5, guests:get())
    assert.same({ get_guests, get_guests }, core_loop:said())
  end)

  it("needs no request while events arrive", function()
    local guests = home:variable "Guests"
    heard_by(guests)
    core_loop:said()
    house.set(household.guests, 7)
    advance(0.1)
    assert.same({ 7, 7 }, { guests:get(), guests.value })
    assert.equal(household.mode, home:variable("House mode").id)
    assert.same({}, core_loop:said())
  end)

  it("asks the hub again once disconnected", function()
    local guests = home:variable "Guests"
    heard_by(guests)
    core_loop:break_off()
    advance(0.1)
    core_loop:said()
    house.variables[household.guests].value = 9
    assert.equal(9, guests:get())
    assert.same({ get_guests }, core_loop:said())
  end)

  it("reports a deleted variable", function()
    house.variables[household.guests] = nil
    local err = failure(function() return home:variable(household.guests):get() end)
    assert.same({ "not_found",
      ("there is no variable with the id '%s'."):format(household.guests) },
      { err.kind, err.message })
  end)
end)

describe("a variable's value field", function()
  it("is read on use and cached briefly", function()
    local guests = home:variable(household.guests)
    assert.same({ 2, 2 }, { guests.value, guests.value })
    assert.equal(1, #core_loop:said())
    house.variables[household.guests].value = 4
    advance(6)
    assert.equal(4, guests.value)
  end)
end)

describe("variable:set", function()
  local values = {
    { "Guests", 3 }, { "House mode", "away" }, { "On holiday", true }, { "House mode", "" },
  }
  for _, case in ipairs(values) do
    it(("sends %q to %s"):format(tostring(case[2]), case[1]), function()
      local variable = home:variable(case[1])
      assert.equal(variable, variable:set(case[2]))
      assert.equal(case[2], house.variables[variable.id].value)
      assert.equal(case[2], variable.value)
    end)
  end

  local refused = {
    { "Guests", "x", "Guests takes a number, not 'x'." },
    { "Guests", 0 / 0, "Guests takes a number, not NaN (not a number)." },
    { "House mode", 3, "House mode takes text, not 3." },
    { "On holiday", "yes", "On holiday takes true or false, not 'yes'." },
    { "Guests", nil, "Guests takes a number, not nothing." },
  }
  for _, case in ipairs(refused) do
    it("says that " .. case[3], function()
      local variable = home:variable(case[1])
      core_loop:said()
      local err = failure(variable.set, variable, case[2])
      assert.same({ "invalid", case[3] }, { err.kind, err.message })
      assert.same({}, core_loop:said())
    end)
  end

  it("checks the type of a variable known by id", function()
    local guests = home:variable(household.guests)
    assert.match("Guests takes a number", failure(guests.set, guests, true).message)
    assert.same({ get_guests }, core_loop:said())
  end)

  it("reports the same by socket and by path", function()
    home:variable("Guests"):set(3)
    local request = core_loop.sent[#core_loop.sent]
    assert.same({ value = 3 }, request.body)
    assert.same({ id = household.guests, variable = { value = 3 } }, request.options.args)
    assert.same({ "updateVariable", "homey:manager:logic" },
      { request.options.operation, request.options.manager })
  end)

  it("reports a deleted variable and other failures", function()
    local guests = home:variable "Guests"
    core_loop:on(put_guests, fake.fail("not_found", "no.", 404))
    assert.match("there is no variable with the id", failure(guests.set, guests, 3).message)
    core_loop:on(put_guests, fake.fail("hub", "broken.", 500))
    assert.same({ "hub", "broken." },
      { failure(guests.set, guests, 3).kind, failure(guests.set, guests, 3).message })
    assert.equal(2, guests.record.value)
  end)

  it("is only logged in a dry run", function()
    local log, lines = require "homey.util.log", {}
    log.to(function(level, text) lines[#lines + 1] = level .. ": " .. text end)
    home.dry_run = true
    local guests = home:variable "Guests"
    core_loop:said()
    guests:set(3)
    log.to()
    assert.equal(1, #lines)
    assert.match("^info: dry run, not sent: Guests = 3 %(.*variable_spec.lua:%d+%)$", lines[1])
    assert.equal(2, guests.record.value)
    assert.same({}, core_loop:said())
  end)

  it("is delayed when a handler sets too often", function()
    local guests, errors = home:variable "Guests", {}
    home:on("variable.update", function()
      errors[#errors + 1] = select(2, homey.try(guests.set, guests, 1))
    end)
    advance(1)
    flooded = household.guests
    house.set(household.mode, "away")
    advance(1)
    assert.equal("rate_limited", errors[1].kind)
    assert.equal("Guests = 1 is held back: too often.", errors[1].message)
  end)

  it("is in the journal under the variable's name", function()
    home.journal = require("homey.journal.journal").new(home.scheduler)
    local guests = home:variable "Guests"
    heard_by(guests)
    guests:set(3)
    house.set(household.guests, 4)
    advance(1)
    local entries, kinds = home.journal:entries(), {}
    for i, entry in ipairs(entries) do
      kinds[i] = ("%s %s %s %s")
        :format(entry.kind, tostring(entry.name), tostring(entry.value), tostring(entry.cause))
      assert.equal(household.guests, entry.variable)
      assert.is_nil(entry.device)
    end
    assert.same({ "call Guests 3 nil", "answer Guests 3 1", "echo nil 3 1", "event Guests 4 nil" },
      kinds)
    assert.match("variable_spec.lua:%d+", entries[1].handler)
  end)
end)

describe("variable:on", function()
  it("calls the handler once for each change", function()
    local guests = home:variable "Guests"
    local heard = heard_by(guests)
    house.set(household.guests, 3)
    house.set(household.guests, 3)
    house.set(household.mode, "away")
    advance(1)
    assert.equal(1, #heard)
    local value, variable, event = heard[1][1], heard[1][2], heard[1][3]
    assert.same({ 3, 2, false, nil }, { value, event.old, event.own or false, event.missed })
    assert.equal(guests, variable)
    assert.equal(guests, event.variable)
    assert.equal("variable.value", event.name)
  end)

  local options = {
    { "to", { to = 3 }, { 1, 3, 3, 4, 3 }, { 3, 3 } },
    { "from", { from = 2 }, { 3, 4, 2, 5 }, { 3, 5 } },
    { "above", { above = 5 }, { 5, 6, 7, 5, 9 }, { 6, 9 } },
    { "below", { below = 2 }, { 1, 0, 2, 1 }, { 1, 1 } },
    { "hysteresis", { above = 5, hysteresis = 2 }, { 6, 4, 6, 3, 6 }, { 6, 6 } },
    { "once", { once = true }, { 3, 4 }, { 3 } },
  }
  for _, case in ipairs(options) do
    it("takes `" .. case[1] .. "`", function()
      local heard, values = heard_by(home:variable "Guests", case[2]), {}
      for _, value in ipairs(case[3]) do
        house.set(household.guests, value)
        advance(1)
      end
      for i, each in ipairs(heard) do values[i] = each[1] end
      assert.same(case[4], values)
    end)
  end

  it("accepts `held`, also for earlier changes", function()
    local heard = heard_by(home:variable "On holiday", { to = true, held = "10 s" })
    house.set(household.holiday, true)
    advance(9)
    house.set(household.holiday, false)
    advance(9)
    house.set(household.holiday, true)
    advance(9)
    assert.equal(0, #heard)
    advance(2)
    assert.equal(1, #heard)
  end)

  it("accepts `debounce`, also for false", function()
    local heard = heard_by(home:variable "On holiday", { debounce = "2 s" })
    for _, value in ipairs { true, false, true } do
      house.set(household.holiday, value)
      advance(1)
    end
    assert.equal(0, #heard)
    advance(3)
    assert.equal(1, #heard)
    assert.same({ true, false }, { heard[1][1], heard[1][3].old })
  end)

  it("refuses invalid values and options", function()
    local guests = home:variable "Guests"
    local function message(...) return failure(guests.on, guests, ...).message end
    assert.match("`to` is a number here, not 'x'", message({ to = "x" }, print))
    assert.match("no option 'hold'; did you mean 'held'", message({ hold = 3 }, print))
    assert.match("`above` needs a number, and this is a string", failure(function()
      home:variable("House mode"):on({ above = 3 }, print)
    end).message)
    assert.match("a variable has no event 'valu'; did you mean 'value'", message("valu", print))
    assert.match("function", message({}))
    assert.match("no option 'held'", message("delete", { held = 3 }, print))
  end)

  it("receives the deletion of its variable", function()
    local guests = home:variable "Guests"
    local heard = heard_by(guests, "delete")
    core_loop:tell("homey:manager:logic", "variable.delete", { id = household.guests })
    advance(1)
    assert.equal(1, #heard)
    assert.equal(guests, heard[1][1])
    assert.equal("Guests", heard[1][1].name)
    assert.equal("not_found", failure(guests.get, guests).kind)
    assert.equal("not_found", failure(home.variable, home, "Guests").kind)
  end)

  it("continues when a deleted variable is back", function()
    local guests = home:variable "Guests"
    local heard = heard_by(guests)
    core_loop:tell("homey:manager:logic", "variable.delete", { id = household.guests })
    advance(1)
    core_loop:tell("homey:manager:logic", "variable.create",
      { id = household.guests, name = "Guests", type = "number", value = 0 })
    house.set(household.guests, 1)
    advance(1)
    assert.equal(1, #heard)
    assert.same({ 1, 0 }, { heard[1][1], heard[1][3].old })
  end)

  it("is silent after cancel", function()
    local heard, handle = heard_by(home:variable "Guests")
    handle:cancel()
    house.set(household.guests, 3)
    advance(1)
    assert.equal(0, #heard)
  end)

  it("reports missed changes once, marked as missed", function()
    local heard = heard_by(home:variable "Guests")
    core_loop:break_off()
    house.set(household.guests, 8)
    advance(1)
    assert.equal(0, #heard)
    core_loop:come_back()
    advance(5)
    assert.equal(1, #heard)
    assert.same({ 8, 2, true }, { heard[1][1], heard[1][3].old, heard[1][3].missed })
  end)

  it("does not report outdated knowledge as news", function()
    local guests = home:variable "Guests"
    advance(60)
    house.variables[household.guests].value = 6
    local heard = heard_by(guests, { above = 5 })
    assert.equal(0, #heard)
    house.set(household.guests, 7)
    advance(1)
    assert.equal(0, #heard)
    house.set(household.guests, 1)
    house.set(household.guests, 7)
    advance(1)
    assert.equal(1, #heard)
  end)
end)

describe("a program's own change of a variable", function()
  local function echo(value)
    core_loop:tell("homey:manager:logic", "variable.update",
      { id = household.guests, name = "Guests", type = "number", value = value })
  end

  local function spawn_set(value)
    local guests = home:variable "Guests"
    return require("homey.task.task").start(home.scheduler, nil, guests.set, guests, value)
  end

  local function told(heard)
    local list = {}
    for i, each in ipairs(heard) do
      list[i] = ("%s%s"):format(tostring(each[1]), each[3].own and " own" or "")
    end
    return list
  end

  it("is reported once when the echo comes last", function()
    local heard = heard_by(home:variable "Guests")
    home:variable("Guests"):set(3)
    assert.same({ "3 own" }, told(heard))
    echo(3)
    advance(1)
    assert.same({ "3 own" }, told(heard))
    echo(4)
    advance(1)
    assert.same({ "3 own", "4" }, told(heard))
  end)

  it("is reported once when the echo comes first", function()
    local heard = heard_by(home:variable "Guests")
    core_loop.latency = 1
    spawn_set(3)
    echo(3)
    advance(3)
    assert.same({ "3 own" }, told(heard))
  end)

  it("does not undo a later change by others", function()
    local heard = heard_by(home:variable "Guests")
    core_loop.latency = 1
    spawn_set(3)
    echo(3)
    echo(9)
    advance(3)
    assert.same({ "3 own", "9" }, told(heard))
    assert.equal(9, home:variable("Guests"):get())
  end)

  it("follows an earlier change by others", function()
    local heard = heard_by(home:variable "Guests")
    core_loop.latency = 1
    spawn_set(3)
    echo(9)
    advance(2)
    echo(3)
    advance(1)
    assert.same({ "9", "3 own" }, told(heard))
    assert.equal(3, home:variable("Guests"):get())
  end)

  it("is reported in order when echoes are late", function()
    local heard = heard_by(home:variable "Guests")
    home:variable("Guests"):set(3)
    home:variable("Guests"):set(4)
    echo(3)
    echo(4)
    advance(1)
    assert.same({ "3 own", "4 own" }, told(heard))
    assert.equal(4, home:variable("Guests"):get())
  end)

  it("is excluded by own = false", function()
    local heard = heard_by(home:variable "Guests", { own = false })
    home:variable("Guests"):set(3)
    echo(3)
    echo(5)
    advance(1)
    assert.same({ "5" }, told(heard))
  end)

  it("is reported once to homey.on", function()
    local count = 0
    home:on("variable.update", function() count = count + 1 end)
    advance(1)
    home:variable("Guests"):set(3)
    echo(3)
    advance(1)
    assert.equal(1, count)
  end)

  it("passes its cause to listeners", function()
    local causes = {}
    home:variable("Guests"):on(function(_, _, event)
      causes[#causes + 1] = event.cause and event.cause.text
    end)
    home:variable("House mode"):on(function() home:variable("Guests"):set(9) end)
    advance(1)
    house.set(household.mode, "party")
    advance(1)
    assert.same({ "House mode became 'party'" }, causes)
  end)

  it("survives a list that was requested earlier", function()
    local heard = heard_by(home:variable "Guests")
    local stale =
      { [household.guests] = { id = household.guests, name = "Guests", type = "number",
        value = 2 } }
    core_loop.latency = 1
    core_loop:break_off()
    core_loop:come_back()
    advance(0.2) -- the list is being read
    core_loop.latency = 0.1
    spawn_set(3)
    core_loop:on("GET " .. variable_path, stale)
    advance(3)
    assert.same({ "3 own" }, told(heard))
    assert.equal(3, home:variable("Guests").record.value)
  end)
end)

describe("homey.wait on a variable", function()
  local function later(seconds, which, value)
    home.scheduler:later(seconds, function() house.set(which, value) end)
  end

  it("returns true when met, false on timeout", function()
    local guests = home:variable "Guests"
    assert.is_true(homey.wait(guests, 2))
    assert.is_false(homey.wait(guests, 3, "5 s"))
    later(3, household.guests, 3)
    assert.is_true(homey.wait(guests, 3, "5 s"))
  end)

  it("waits for any change, and for bounds", function()
    local guests = home:variable "Guests"
    later(3, household.guests, 4)
    assert.is_true(homey.wait(guests))
    assert.is_true(homey.wait(guests, { above = 3 }))
    later(3, household.guests, 1)
    local began = core_loop.clock
    assert.is_true(homey.wait(guests, { below = 2, held = "1 min" }, "1 h"))
    assert.is_true(core_loop.clock - began >= 60)
  end)

  it("waits for any of several and returns which", function()
    local guests, holiday, lamp = home:variable "Guests", home:variable "On holiday",
      home:device "Kitchen/Lamp"
    later(3, household.holiday, true)
    assert.equal(2, homey.wait {
      any = { { guests, 3 }, { holiday, true }, { lamp, "onoff", false } }, timeout = "1 min",
    })
    assert.is_false(homey.wait {
      any = { { guests, 3 }, { lamp, "onoff", false } }, timeout = "1 min",
    })
  end)

  it("waits for all of several", function()
    local guests, holiday, lamp = home:variable "Guests", home:variable "On holiday",
      home:device "Kitchen/Lamp"
    later(1, household.guests, 3)
    later(2, household.guests, 4)
    later(3, household.holiday, true)
    later(4, household.guests, 3)
    local began = core_loop.clock
    assert.is_true(homey.wait { all = { { guests, 3 }, { holiday, true },
      { lamp, "onoff", true } } })
    assert.is_true(core_loop.clock - began >= 4)
  end)

  it("sees changes that happen while it reads", function()
    local guests, motion = home:variable "Guests", home:device "Motion"
    heard_by(guests)
    core_loop.latency = 5
    later(2, household.guests, 3)
    assert.equal(1,
      homey.wait { any = { { guests, 3 }, { motion, "alarm_motion", true } }, timeout = "1 min" })
  end)

  it("refuses a value of another type", function()
    local _, err = homey.try(homey.wait, home:variable "Guests", "x")
    assert.match("`to` is a number here, not 'x'", err.message)
  end)
end)

for version = 2, 3 do
  describe(("a variable of a simulated hub, version %d,"):format(version), function()
    local sim, house_of_sim
    setup(function()
      sim = support.start { api_version = version }
      house_of_sim = homey.new(without_state(sim.options))
    end)
    teardown(function()
      house_of_sim:close()
      support.stop()
    end)

    it("is found, read and set", function()
      local guests = house_of_sim:variable "Guests"
      assert.same({ 2, "number" }, { guests:get(), guests.type })
      guests:set(5)
      assert.equal(5, guests:get())
      assert.match("takes a number", failure(guests.set, guests, "x").message)
      local names = {}
      for i, each in ipairs(house_of_sim:variables()) do names[i] = each.name end
      assert.same({ "Energy prices", "Guests", "House mode", "Message", "On holiday" }, names)
    end)
  end)
end
