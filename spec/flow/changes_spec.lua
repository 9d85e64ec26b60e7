-- Flows that are created, changed, moved, removed and started with tokens, their folders, and what
-- is missing in them: in virtual time on hubs of both versions, and over sockets.
local core = require "homey.core"
local failure = require "spec.support.failure"
local homey = require "homey"
local sim = require "homey.sim"
local support = require "spec.support.sim"
local without_state = require "spec.support.without_state"

local by_hand = "homey:manager:flow:programmatic_trigger"

local home

local function last() return home.sent[#home.sent] end

local function stored(flow) return home.model.data.flows[flow.id] end

local function ids(cards)
  local list = {}
  for i, each in ipairs(cards) do list[i] = each.id end
  return list
end

for version = 2, 3 do
  local lamp

  local function begin()
    home = sim.home(nil, { api_version = version, quiet = true })
    lamp = home:device "Kitchen/Lamp"
    home:advance "1 s"
    home:forget()
  end

  local function message(f, ...) return failure(f, home, ...).message end

  local function door_light(more)
    local flow = {
      name = "Door light", trigger = "This flow is started",
      actions = { { "Turn on", { device = lamp } } },
    }
    for name, value in pairs(more or {}) do flow[name] = value end
    return home:create_flow(flow)
  end

  describe(("homey.create_flow on a hub of version %d"):format(version), function()
    before_each(begin)
    after_each(function() home:close() end)

    it("creates a flow that the hub can run", function()
      local flow = door_light {
        folder = "Evening",
        conditions = {
          { "user_present", { user = "Vera" }, inverted = true },
          { "user_asleep", { user = home:user "Vera" }, group = 2 },
        },
        actions = {
          { "Turn on", { device = lamp }, delay = "2 min" },
          { "create_notification", { text = home:token "Logic/Guests" } },
        },
        otherwise = { "Kitchen/Lamp/Turn off" },
      }
      local raw, vera = stored(flow), home:user "Vera"
      assert.same({ "Door light", "Evening", true, true, false },
        { flow.name, flow.folder, flow.enabled, flow.triggerable, flow.broken })
      assert.equal(by_hand, raw.trigger.id)
      assert.same({
        { id = "homey:manager:presence:user_present", group = "group1", inverted = true,
          args = { user = { id = vera.id, name = "Vera" } }, droptoken = core.null },
        { id = "homey:manager:presence:user_asleep", group = "group2", inverted = false,
          args = { user = { id = vera.id, name = "Vera" } }, droptoken = core.null },
      }, { raw.conditions[1], raw.conditions[2] })
      assert.same({ "homey:device:" .. lamp.id .. ":on",
        "homey:manager:notifications:create_notification",
        "homey:device:" .. lamp.id .. ":off" }, ids(raw.actions))
      assert.same({ number = "2", multiplier = 60 }, raw.actions[1].delay)
      assert.same({ "then", "then", "else" },
        { raw.actions[1].group, raw.actions[2].group, raw.actions[3].group })
      assert.equal("[[" .. home:token("Logic/Guests").tag .. "]]", raw.actions[2].args.text)
      assert.equal(flow, home:flow "Evening/Door light")
      assert.equal(flow, flow:start())
    end)

    it("sends one change", function()
      door_light()
      assert.equal(1, #home.sent)
      assert.same({ "POST", "/api/manager/flow/flow" }, { last().method, last().path })
      local id = "homey:device:" .. lamp.id .. ":on"
      assert.equal(version == 2 and "on" or id, last().body.actions[1].id)
      assert.equal(version == 2 and "homey:device:" .. lamp.id or nil, last().body.actions[1].uri)
    end)

    it("may create a disabled flow in no folder", function()
      local flow = door_light { enabled = false, folder = false, actions = {} }
      assert.is_false(flow.enabled)
      assert.is_nil(flow.folder)
      assert.same({}, ids(stored(flow).actions))
    end)

    local refused = {
      { "no trigger", { trigger = nil }, "homey.create_flow needs `trigger`" },
      { "an action as a trigger", { trigger = "Create a notification" },
        "homey.create_flow: the trigger: there is no trigger 'Create a notification'" },
      { "a missing argument", { actions = { "create_notification" } },
        "homey.create_flow: action 1: Notifications/Create a notification: `text` is missing" },
      { "a wrong argument", { actions = { { "Kitchen/Lamp/Dim to", { dim = 7 } } } },
        "action 1: Lamp/Dim to: `dim` takes a number from 0 to 1, not 7." },
      { "a choice that is none", { conditions = { { "user_present", { user = "Vra" } } } },
        "condition 1: Presence/Is home: there is no choice 'Vra' for `user`; did you mean 'Vera'" },
      { "an option of conditions for an action",
        { actions = { { "create_notification", { text = "a" }, group = 2 } } },
        "action 1: `group` is an option of conditions." },
      { "a mistyped option", { actions = { { "create_notification", { text = "a" }, dely = 2 } } },
        "action 1 has no option 'dely'; did you mean 'delay'" },
      { "a duration that the card does not take",
        { actions = { { "create_notification", { text = "a" }, duration = 2 } } },
        "takes no duration" },
      { "actions that are no list", { actions = "Turn on" }, "`actions` takes a list of cards" },
      { "an unknown member", { acions = {} }, "has no option 'acions'; did you mean 'actions'" },
      { "an unknown folder", { folder = "Evning" }, "there is no folder 'Evning'" },
    }
    for _, case in ipairs(refused) do
      it(("refuses %s before anything is sent"):format(case[1]), function()
        local flow = { name = "Door light", trigger = "This flow is started" }
        if case[1] == "no trigger" then flow.trigger = nil end
        for name, value in pairs(case[2]) do flow[name] = value end
        assert.match(case[3], message(home.create_flow, flow), 1, true)
        assert.equal(0, #home.sent)
      end)
    end

    it("raises an error when the hub stores something else", function()
      local create = home.model.create
      function home.model.create(model, kind, item)
        item.actions = {}
        return create(model, kind, item)
      end
      local err = failure(door_light)
      home.model.create = nil
      assert.equal("protocol", err.kind)
      assert.match("the hub did not store the flow 'Door light' as it was sent: action 1 "
        .. "is nothing, not 'homey:device:", err.message, 1, true)
    end)

    it("sends nothing in a dry run", function()
      home.dry_run = true
      assert.is_nil(door_light())
      assert.equal(0, #home.sent)
      assert.match("dry run, not sent: create the flow 'Door light'",
        home.logged[#home.logged].text)
    end)

    it("is heard of", function()
      local heard = {}
      home:on("flow.create", function(flow, event) heard[#heard + 1] = { flow, event.own } end)
      home:advance "1 s"
      local flow = door_light()
      home:advance "1 s"
      assert.same({ { flow, true } }, heard)
    end)
  end)

  describe(("flow:change on a hub of version %d"):format(version), function()
    before_each(begin)
    after_each(function() home:close() end)

    it("changes what it is given, and nothing else", function()
      local flow = door_light { folder = "Evening" }
      assert.equal(flow, flow:change { name = "Hall light", enabled = false })
      assert.same({ "Hall light", "Evening", false }, { flow.name, flow.folder, flow.enabled })
      assert.equal("homey:device:" .. lamp.id .. ":on", stored(flow).actions[1].id)
      flow:change { actions = { { "Turn off", { device = lamp } } }, folder = false }
      assert.same({ "homey:device:" .. lamp.id .. ":off" }, ids(stored(flow).actions))
      assert.same({ "Hall light", nil, by_hand },
        { flow.name, flow.folder, stored(flow).trigger.id })
    end)

    it("changes the trigger, and whether it can be started", function()
      local flow = door_light()
      flow:change { trigger = { "user_enter", { user = "Vera" } } }
      assert.is_false(flow.triggerable)
      assert.equal("homey:manager:presence:user_enter", stored(flow).trigger.id)
    end)

    it("checks its cards before anything is sent", function()
      local flow = door_light()
      home:forget()
      local function fault(change) return failure(flow.change, flow, change).message end
      assert.match("flow:change: action 1: there is no action 'Turn onn'; did you mean 'Turn on'",
        fault { actions = { "Turn onn" } })
      assert.match("given an empty table", fault {})
      assert.match("flow:change has no option 'nam'", fault { nam = "a" })
      assert.equal(0, #home.sent)
    end)

    it("leaves the cards of an advanced flow alone", function()
      local slow = home:flow "Slow sunrise"
      slow:change { name = "Dawn", folder = "Evening" }
      assert.same({ "Dawn", "Evening" }, { slow.name, slow.folder })
      assert.equal("/api/manager/flow/advancedflow/" .. slow.id, last().path)
      assert.match("is an advanced flow, whose cards are changed in the app: `actions` is not sent",
        failure(slow.change, slow, { actions = {} }).message)
    end)

    it("has short forms: rename, move, remove, enable", function()
      local flow, slow = door_light(), home:flow "Slow sunrise"
      flow:rename("Hall light"):move("Evening")
      assert.equal("Evening/Hall light", tostring(flow))
      assert.is_nil(flow:move().folder)
      assert.is_false(flow:enable(false).enabled)
      assert.is_true(flow:enable().enabled)
      assert.match("flow:enable takes true or false, not 'no'",
        failure(flow.enable, flow, "no").message)
      assert.equal("Dawn", slow:rename("Dawn").name)
      assert.match("call flow:remove{ confirm = true } if you mean it",
        failure(flow.remove, flow).message, 1, true)
      flow:remove { confirm = true }
      slow:remove { confirm = true }
      assert.same({}, { home.model.data.flows[flow.id], home.model.data.advancedflows[slow.id] })
      assert.equal("not_found", failure(home.flow, home, "Hall light").kind)
    end)
  end)

  describe(("a flow with tokens on a hub of version %d"):format(version), function()
    before_each(begin)
    after_each(function() home:close() end)

    it("is run by the hub with their values", function()
      home:forget()
      local rings = home:flow "Somebody rings"
      assert.equal(rings, rings:start { who = "Vera", times = 2 })
      assert.same({ "POST", "/api/manager/flow/flow/test" }, { last().method, last().path })
      local body = last().body
      assert.same({ who = "Vera", times = 2 }, body.tokens)
      assert.equal(#stored(rings).actions, #body.flow.actions)
      assert.equal("string", type(body.sessionId))
    end)

    it("refuses tokens that cannot be", function()
      local rings, slow = home:flow "Somebody rings", home:flow "Slow sunrise"
      local function fault(flow, tokens) return failure(flow.start, flow, tokens).message end
      assert.match("takes tokens as a table", fault(rings, "a"))
      assert.match("a token is named by text, not by 1", fault(rings, { "a" }))
      assert.match("the token 'a' is a number, text, true or false, not a table",
        fault(rings, { a = {} }))
      assert.match("advanced flow 'Slow sunrise' cannot be started with tokens",
        fault(slow, { a = 1 }))
      assert.equal(0, #home.sent)
    end)

    it("knows the tokens of its trigger", function()
      home.model.data.flowcardtriggers = { {
        id = "homey:app:com.example:rang", ownerUri = "homey:app:com.example", ownerId = "rang",
        ownerName = "Example", title = "It rang", tokens = { { id = "times", type = "number" } },
      } }
      local flow = door_light { trigger = "It rang" }
      flow:start { times = 3 }
      assert.match("has no token 'tmes'; did you mean 'times'",
        failure(flow.start, flow, { tmes = 3 }).message)
    end)
  end)

  describe(("flow:problems on a hub of version %d"):format(version), function()
    before_each(begin)
    after_each(function() home:close() end)

    local function problems(flow)
      local list = {}
      for i, each in ipairs(flow:problems()) do list[i] = tostring(each) end
      return list
    end

    it("is empty for flows that can run", function()
      for _, each in ipairs(home:flows()) do assert.same({}, problems(each)) end
      assert.same({}, home:flows { broken = true })
    end)

    it("names what is missing", function()
      home.model.data.flowcardactions = { play = {
        id = "homey:app:com.example:play", ownerUri = "homey:app:com.example", ownerId = "play",
        ownerName = "Example", title = "Play", args = { { name = "on", type = "device" } },
      }, stop = {
        id = "homey:app:com.example:stop", ownerUri = "homey:app:com.example", ownerId = "stop",
        ownerName = "Example", title = "Stop",
      } }
      local tag = home:token("Logic/Guests").tag
      local flow = door_light { actions = {
        { "Turn on", { device = lamp } }, { "homey:app:com.example:play", { on = lamp } },
        "homey:app:com.example:stop",
        { "create_notification", { text = "[[" .. tag .. "]] guests" } },
      } }
      assert.same({}, problems(flow))
      home:remove("device", lamp)
      home:remove("variable", "Guests")
      home.model.data.flowcardactions.stop = nil
      home:advance "10 s"
      assert.same({
        "action 1: the device with the id '" .. lamp.id .. "' is gone.",
        "action 2: the device 'Lamp' of `on` is gone.",
        "action 3: the hub has no card 'homey:app:com.example:stop'.",
        "action 4: the token '" .. tag:gsub("|", ":") .. "' is gone.",
      }, problems(flow))
      home.model.data.flowcardactions = nil
      home:advance "10 s"
      local each = flow:problems()[2]
      assert.same({ "action 2", "homey:app:com.example:play", "app", "com.example" },
        { each.place, each.card, each.missing, each.id })
      assert.match("the app 'com.example': is it installed and enabled?", each.message, 1, true)
      if version == 2 then stored(flow).broken = true end -- a hub of version 2 says so itself
      assert.is_true(flow:refresh().broken)
      local broken, whole = {}, home:flows { broken = false }
      for _, each_flow in ipairs(home:flows { broken = true }) do broken[each_flow.name] = true end
      assert.is_true(broken["Door light"])
      for _, each_flow in ipairs(whole) do assert.is_nil(broken[each_flow.name]) end
    end)

    it("looks at advanced flows, too", function()
      local slow = home:flow "Slow sunrise"
      for _, card in pairs(home.model.data.advancedflows[slow.id].cards) do
        if card.type == "action" then
          card.id, card.ownerUri = "homey:app:com.gone:go", "homey:app:com.gone"
        end
      end
      assert.match("^action: the hub has no such card of the app 'com.gone'", problems(slow)[1])
    end)
  end)

  describe(("a folder of flows on a hub of version %d"):format(version), function()
    before_each(begin)
    after_each(function() home:close() end)

    it("is created, renamed, moved and removed", function()
      local late = home:create_folder { name = "Late", parent = "Evening" }
      assert.same({ "Evening/Late", home:folder "Evening" }, { tostring(late), late.parent })
      assert.equal(late, home:folder "Late")
      late:rename "Very late"
      assert.equal("Evening/Very late", tostring(late))
      assert.equal("Very late", tostring(late:move()))
      assert.is_nil(late.parent)
      late:move "Evening"
      late:remove { confirm = true }
      assert.equal("not_found", failure(home.folder, home, "Very late").kind)
    end)

    it("lists its flows and those of folders inside", function()
      local late = home:create_folder { name = "Late", parent = "Evening" }
      local flow = door_light { folder = late }
      local names = {}
      for i, each in ipairs(home:folder("Evening"):flows()) do names[i] = tostring(each) end
      assert.same({ "Evening/Cosy evening", "Evening/Good night", "Evening/Late/Door light" },
        names)
      assert.same({ flow }, late:flows())
    end)

    it("is not removed while something is in it", function()
      local evening = home:folder "Evening"
      assert.match("the folder Evening is not empty: 'Evening/Cosy evening' is in it.",
        failure(evening.remove, evening, { confirm = true }).message)
      assert.equal(0, #home.sent)
    end)

    it("is in a list", function()
      home:create_folder { name = "Late", parent = "Evening" }
      home:create_folder { name = "Day" }
      local names = {}
      for i, each in ipairs(home:folders()) do names[i] = tostring(each) end
      assert.same({ "Day", "Evening", "Evening/Late" }, names)
      assert.match("there is no folder 'Evning'; did you mean 'Evening'",
        message(home.folder, "Evning"))
    end)
  end)

  describe(("flows over sockets, version %d,"):format(version), function()
    local server, at_sim
    setup(function()
      server = support.start { api_version = version }
      at_sim = homey.new(without_state(server.options))
    end)
    teardown(function()
      at_sim:close()
      support.stop()
    end)

    local function use_all()
      local folder = at_sim:create_folder { name = "Late", parent = "Evening" }
      local flow = at_sim:create_flow {
        name = "Door light", folder = folder, trigger = "This flow is started",
        conditions = { { "user_present", { user = "Vera" } } },
        actions = { { "Turn on", { device = at_sim:device "Kitchen/Lamp" }, delay = "5 s" } },
      }
      assert.equal("Evening/Late/Door light", tostring(flow))
      assert.same({}, flow:start():problems())
      flow:start { guests = 2 }
      flow:change { actions = { { "create_notification", { text = "hi" } } }, folder = false }
      assert.is_nil(flow.folder)
      assert.is_false(flow.broken)
      flow:remove { confirm = true }
      folder:remove { confirm = true }
      assert.same({}, server:complaints())
    end

    it("are created and changed by HTTP", use_all)

    it("are created and changed by websocket", function()
      support.connect(at_sim)
      use_all()
    end)
  end)
end
