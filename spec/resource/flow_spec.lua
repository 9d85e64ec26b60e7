local failure = require "spec.support.failure"
local homey = require "homey"
local core = require "homey.core"
local fake = require "spec.support.fake_core_loop"
local without_state = require "spec.support.without_state"
local household = require "spec.support.household"
local support = require "spec.support.sim"

local house, home, core_loop, advance

local function path(flow, kind) return ("/api/manager/flow/%s/%s"):format(kind or "flow", flow) end

local lists = {
  "GET " .. household.lists.flowfolders, "GET " .. household.lists.flows,
  "GET " .. household.lists.advancedflows,
}

local function begin(version)
  house = household.new(version)
  home, core_loop, advance = house.home, house.core_loop, house.advance
end

before_each(function() begin(3) end)
after_each(function() home:close() end)

local function names(flows)
  local list = {}
  for i, each in ipairs(flows) do list[i] = tostring(each) end
  return list
end

describe("a flow", function()
  local found = {
    { "by its name", "Good night", household.night },
    { "by its name in any case", "good NIGHT", household.night },
    { "by folder and name", "Evening/Good night", household.night },
    {
      "by folder and name where the name alone is ambiguous", "Evening/Slow sunrise",
      household.slow,
    },
    { "by the folder right above", "Late/Slow sunrise", household.again },
    { "by the whole path", "Evening/Late/Slow sunrise", household.again },
  }
  for _, case in ipairs(found) do
    it(("is found %s"):format(case[1]), function() assert.equal(case[3], home:flow(case[2]).id) end)
  end

  it("is found by id without a request", function()
    assert.equal("flow " .. household.slow, tostring(home:flow(household.slow)))
    assert.same({}, core_loop:said())
    assert.is_true(home:flow(household.slow).advanced)
    assert.same(lists, core_loop:said())
  end)

  it("that is ambiguous lists all candidates", function()
    local err = failure(home.flow, home, "Slow sunrise")
    assert.same({
      "ambiguous",
      "'Slow sunrise' may be any of 2 flows: 'Evening/Slow sunrise', 'Late/Slow sunrise'. Say "
        .. "which one.",
    },
      { err.kind, err.message })
  end)

  it("that is missing gets suggestions", function()
    local err = failure(home.flow, home, "Good nigth")
    assert.same({ "not_found", "there is no flow 'Good nigth'; did you mean 'Good night'?" },
      { err.kind, err.message })
    err = failure(function() return home:flow("00000099-0000-4000-8000-000000000000").name end)
    assert.equal("there is no flow with the id '00000099-0000-4000-8000-000000000000'.",
      err.message)
    assert.match("named by its id or a name such as 'Good night', not by nothing",
      failure(home.flow, home).message)
  end)

  for version = 2, 3 do
    it("has the fields of a version " .. version .. " hub", function()
      begin(version)
      local night, slow = home:flow "Good night", home:flow "Evening/Slow sunrise"
      assert.same({ "Good night", "Evening", true, true, false },
        { night.name, night.folder, night.enabled, night.triggerable, night.advanced })
      assert.is_false(night.broken)
      assert.same({ "Slow sunrise", "Evening", true, true },
        { slow.name, slow.folder, slow.enabled, slow.advanced })
      assert.same({ false, "Evening/Late" },
        { home:flow("Late/Slow sunrise").enabled, home:flow("Late/Slow sunrise").folder })
      assert.is_nil(home:flow("Somebody rings").folder)
      assert.is_nil(night.nonesuch)
    end)
  end

  it("is found on a hub without advanced flows", function()
    core_loop:on("GET " .. household.lists.advancedflows, fake.fail("not_found", "no.", 404))
    assert.equal(household.again, home:flow("Slow sunrise").id)
  end)
end)

describe("homey.flows", function()
  local cases = {
    { "all, by folder and name", nil,
      {
        "Somebody rings", "Evening/Good night", "Evening/Slow sunrise", "Evening/Late/Slow sunrise",
      } },
    { "those in a folder and in the folders inside", { folder = "evening" },
      { "Evening/Good night", "Evening/Slow sunrise", "Evening/Late/Slow sunrise" } },
    { "those in a folder inside another", { folder = "Late" }, { "Evening/Late/Slow sunrise" } },
    { "those with a name", { name = { "slow*", "*rings" } },
      { "Somebody rings", "Evening/Slow sunrise", "Evening/Late/Slow sunrise" } },
    {
      "those that may be started", { triggerable = true, enabled = true },
      { "Evening/Good night", "Evening/Slow sunrise" },
    },
    { "the advanced ones", { advanced = true }, { "Evening/Slow sunrise" } },
    { "none that is broken", { broken = true }, {} },
  }
  for _, case in ipairs(cases) do
    it("lists " .. case[1], function() assert.same(case[3], names(home:flows(case[2]))) end)
  end

  it("refuses an invalid filter", function()
    local function message(wanted) return failure(home.flows, home, wanted).message end
    assert.match("homey.flows has no option 'foldr'; did you mean 'folder'",
      message { foldr = "x" })
    assert.match("takes true or false, not 'yes'", message { enabled = "yes" })
    assert.match("`name` takes a name or a list of names, not 5", message { name = 5 })
    assert.match("takes a table such as", message "Evening")
    assert.match("takes a table such as", message(false))
    assert.same({}, core_loop:said())
  end)
end)

describe("flow:start", function()
  local started = {
    { 3, "Good night", path(household.night), nil, { id = household.night }, "triggerFlow" },
    {
      2, "Good night", path(household.night), {}, { id = household.night, state = {} },
      "triggerFlow",
    },
    {
      3, "Evening/Slow sunrise", path(household.slow, "advancedflow"), nil, { id = household.slow },
      "triggerAdvancedFlow",
    },
    { 2, "Evening/Slow sunrise", path(household.slow, "advancedflow"), {},
      { id = household.slow, state = {} },
      "triggerAdvancedFlow" },
  }
  for _, case in ipairs(started) do
    it(("starts %s on a hub of version %d"):format(case[2], case[1]), function()
      begin(case[1])
      local flow = home:flow(case[2])
      assert.equal(flow, flow:start())
      local request = core_loop.sent[#core_loop.sent]
      assert.same({ "POST", case[3] .. "/trigger" }, { request.method, request.path })
      assert.same(case[4], request.body)
      assert.same(case[5], request.options.args)
      assert.equal(case[6], request.options.operation)
      assert.same({ flow.name }, house.started)
    end)
  end

  it("refuses an unstartable flow before a request", function()
    local flow = home:flow "Somebody rings"
    core_loop:said()
    local err = failure(flow.start, flow)
    assert.equal("invalid", err.kind)
    assert.match("the flow 'Somebody rings' cannot be started from outside", err.message)
    assert.same({}, core_loop:said())
  end)

  it("reads old data again before it refuses", function()
    local flow = home:flow "Somebody rings"
    advance(60)
    house.flows[household.rings].triggerable = true
    flow:start()
    assert.same({ "Somebody rings" }, house.started)
  end)

  it("explains a disabled flow and other failures", function()
    local flow = home:flow "Late/Slow sunrise"
    core_loop:on("POST " .. path(household.again) .. "/trigger",
      fake.fail("invalid", "Flow Not Enabled", 400))
    assert.match("'Evening/Late/Slow sunrise' is disabled, and was not started: call flow:enable",
      failure(flow.start, flow).message)
    flow = home:flow "Good night"
    core_loop:on("POST " .. path(household.night) .. "/trigger", fake.fail("invalid", "no.", 400))
    assert.equal("the flow 'Evening/Good night': no.", failure(flow.start, flow).message)
    house.flows[household.night] = nil
    assert.match("there is no flow with the id", failure(flow.start, flow).message)
    core_loop:on("POST " .. path(household.slow, "advancedflow") .. "/trigger",
      fake.fail("timeout", "it may have run.", nil))
    flow = home:flow "Evening/Slow sunrise"
    assert.equal("it may have run.", failure(flow.start, flow).message)
  end)

  it("is only logged in a dry run", function()
    local log, lines = require "homey.util.log", {}
    log.to(function(_, text) lines[#lines + 1] = text end)
    home.dry_run = true
    home:flow("Good night"):start()
    home:flow("Good night"):disable()
    log.to()
    assert.match("^dry run, not sent: start the flow 'Evening/Good night' %(.*flow_spec", lines[1])
    assert.match("^dry run, not sent: disable the flow 'Evening/Good night' %(.*flow_spec",
      lines[2])
    assert.equal(2, #lines)
    assert.same({ true, {} }, { house.flows[household.night].enabled, house.started })
  end)
end)

describe("flow:enable and flow:disable", function()
  it("change both kinds of flow", function()
    local again, slow = home:flow "Late/Slow sunrise", home:flow "Evening/Slow sunrise"
    assert.equal(again, again:enable())
    assert.equal(slow, slow:disable())
    assert.same({ true, false },
      { house.flows[household.again].enabled, house.advancedflows[household.slow].enabled })
    assert.same({ true, false }, { again.enabled, slow.enabled })
    local request = core_loop.sent[#core_loop.sent]
    assert.same({ id = household.slow, advancedflow = { enabled = false } }, request.options.args)
    assert.equal("updateAdvancedFlow", request.options.operation)
  end)
end)

describe("flow:on", function()
  local function heard_by(flow, ...)
    local heard, arguments = {}, { ... }
    arguments[#arguments + 1] = function(...) heard[#heard + 1] = { ... } end
    flow:on((table.unpack or unpack)(arguments)) -- luacheck: compat
    advance(1)
    return heard
  end

  local function rename(name)
    house.change("flows", household.night, { name = name }, "flow", "flow")
  end

  local function delete(item, flow)
    core_loop:tell("homey:manager:flow", item .. ".delete", { id = flow })
  end

  it("receives all events of its flow only", function()
    local night = home:flow "Good night"
    local heard = heard_by(night)
    rename "Sleep well"
    house.change("flows", household.rings, { name = "Ring" }, "flow", "flow")
    delete("flow", household.night)
    advance(1)
    assert.same({ "flow.update", "flow.delete" }, { heard[1][2].name, heard[2][2].name })
    assert.equal(2, #heard)
    assert.equal(night, heard[1][1])
    assert.equal("Sleep well", night.name)
  end)

  it("receives one named event", function()
    local updates, ends = heard_by(home:flow "Evening/Slow sunrise", "update"),
      heard_by(home:flow "Evening/Slow sunrise", "delete")
    house.change("advancedflows", household.slow, { name = "Dawn" }, "flow", "advancedflow")
    delete("advancedflow", household.slow)
    advance(1)
    assert.same({ 1, 1 }, { #updates, #ends })
  end)

  it("receives enabled and disabled as values", function()
    local night = home:flow "Good night"
    local heard = heard_by(night, "enabled", { to = false })
    rename "Sleep well"
    house.change("flows", household.night, { enabled = false }, "flow", "flow")
    house.change("flows", household.night, { enabled = true }, "flow", "flow")
    advance(1)
    assert.equal(1, #heard)
    assert.same({ false, night }, { heard[1][1], heard[1][2] })
  end)

  it("receives this program's change once, as own", function()
    local night = home:flow "Good night"
    local enabled, updates = heard_by(night, "enabled"), heard_by(night, "update")
    night:disable()
    house.change("flows", household.night, { enabled = false }, "flow", "flow")
    advance(1)
    assert.same({ 1, 1, true, true }, { #enabled, #updates, enabled[1][3].own, updates[1][2].own })
  end)

  it("refuses events that no hub sends", function()
    local night = home:flow "Good night"
    assert.match("a flow has no event 'start'", failure(night.on, night, "start", print).message)
    assert.match("no option 'held'", failure(night.on, night, { held = 3 }, print).message)
  end)
end)

describe("homey.on", function()
  local function names_of(event)
    local seen = {}
    home:on(event, function(subject) seen[#seen + 1] = subject.name end)
    advance(1)
    return seen
  end

  it("reports flows that are added, changed and removed", function()
    local created, updated, gone = names_of "flow.create", names_of "flow.update",
      names_of "flow.delete"
    local advanced = names_of "advancedflow.create"
    local new = {
      id = "00000077-0000-4000-8000-000000000000", name = "Party", folder = core.null,
      enabled = true, triggerable = true,
    }
    core_loop:tell("homey:manager:flow", "flow.create", new)
    advance(1)
    new.name = "Quiet party"
    core_loop:tell("homey:manager:flow", "flow.update", new)
    advance(1)
    assert.equal(new.id, home:flow("Quiet party").id)
    core_loop:tell("homey:manager:flow", "flow.delete", { id = new.id })
    core_loop:tell("homey:manager:flow", "advancedflow.create",
      { id = "00000078-0000-4000-8000-000000000000", name = "Big party" })
    advance(1)
    assert.same({ { "Party", "Big party" }, { "Quiet party" }, { "Quiet party" }, { "Big party" } },
      { created, updated, gone, advanced })
    assert.equal("not_found", failure(home.flow, home, "Quiet party").kind)
    assert.is_true(home:flow("Big party").advanced)
  end)

  it("reports folders, and flows follow their names", function()
    local updated = names_of "flowfolder.update"
    home:flow "Good night":on(tostring)
    advance(1)
    house.change("flowfolders", household.evening, { name = "Abend" }, "flow", "flowfolder")
    advance(1)
    assert.same({ "Abend" }, updated)
    core_loop:said()
    assert.equal(household.night, home:flow("Abend/Good night").id)
    assert.equal("Abend/Late", home:flow("Late/Slow sunrise").folder)
    assert.same({}, core_loop:said())
  end)

  it("reports missed changes of flows", function()
    local created, gone = names_of "flow.create", names_of "flow.delete"
    core_loop:break_off()
    house.flows[household.night] = nil
    local id = "00000077-0000-4000-8000-000000000000"
    house.flows[id] = {
      id = id, name = "Party", folder = core.null, enabled = true, triggerable = true,
    }
    core_loop:come_back()
    advance(5)
    assert.same({ { "Party" }, { "Good night" } }, { created, gone })
  end)
end)

for version = 2, 3 do
  describe(("flows of a simulated hub, version %d,"):format(version), function()
    local sim, at_sim
    setup(function()
      sim = support.start { api_version = version }
      at_sim = homey.new(without_state(sim.options))
    end)
    teardown(function()
      at_sim:close()
      support.stop()
    end)

    it("are found and listed, standard and advanced", function()
      assert.same({ "Evening", false, true },
        { at_sim:flow("Good night").folder, at_sim:flow("Good night").advanced,
        at_sim:flow("Slow sunrise").advanced })
      assert.is_true(#at_sim:flows { advanced = true } >= 1)
      assert.is_true(#at_sim:flows() >= 5)
    end)

    it("are started, standard and advanced", function()
      at_sim:flow("Good night"):start()
      at_sim:flow("Slow sunrise"):start()
      assert.equal(2, sim:state().counts.flows_started)
      assert.same({}, sim:complaints())
    end)

    it("are enabled and disabled", function()
      local morning = at_sim:flow "Sunrise ☀"
      assert.is_false(morning.enabled)
      assert.match("disabled, and was not started", failure(morning.start, morning).message)
      assert.is_true(morning:enable():refresh().enabled)
      assert.is_false(morning:disable():refresh().enabled)
    end)

    it("refuse to start when not startable", function()
      local rings = at_sim:flow "Somebody rings"
      assert.match("cannot be started from outside", failure(rings.start, rings).message)
    end)
  end)
end
