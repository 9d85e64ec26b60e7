-- Flow cards: found, checked, run. In virtual time on hubs of both versions, and over sockets.
local core = require "homey.core"
local failure = require "spec.support.failure"
local homey = require "homey"
local sim = require "homey.sim"
local support = require "spec.support.sim"
local without_state = require "spec.support.without_state"

local create = "homey:manager:notifications:create_notification"

-- A card of an app, with an argument of each type.
local function own_cards(home)
  home.model.data.flowcardactions = { play = {
    id = "homey:app:com.example.sound:sound_play", ownerUri = "homey:app:com.example.sound",
    ownerId = "sound_play", ownerName = "Sound", title = "Play a sound", hint = "By all speakers.",
    duration = true,
    args = {
      { name = "sound", type = "autocomplete", choices = {
        { id = "s1", name = "Bell" }, { id = "s2", name = "Gong" }, { id = "s3", name = "Gong" },
      } },
      { name = "volume", type = "range", min = 0, max = 1, required = false },
      { name = "speaker", type = "device", required = false },
      { name = "mood", type = "dropdown", values = { { id = "a", title = "Calm" },
        { id = "b", title = "Loud" } }, required = false },
    },
  } }
  home.model.data.flowcardconditions = { quiet = {
    id = "homey:app:com.example.sound:quiet", ownerUri = "homey:app:com.example.sound",
    ownerId = "quiet", ownerName = "Sound", title = "It is !{{|not}} quiet", result = true,
  } }
end

for version = 2, 3 do
  local home

  local function message(f, ...) return failure(f, home, ...).message end
  local function kind(f, ...) return failure(f, home, ...).kind end
  local function last() return home.sent[#home.sent] end
  local function notifications()
    local list = {}
    for _, each in pairs(home.model.data.notifications) do list[#list + 1] = each.excerpt end
    table.sort(list)
    return list
  end

  local function begin()
    home = sim.home(nil, { api_version = version, quiet = true })
    own_cards(home)
  end

  describe(("homey.action on a hub of version %d"):format(version), function()
    before_each(begin)
    after_each(function() home:close() end)

    it("runs a card by its full id", function()
      home.model.data.notifications = {}
      assert.same({}, home:action(create, { text = "Laundry is done" }))
      assert.same({ "Laundry is done" }, notifications())
      assert.equal(2, #home.requests)
    end)

    it("reads a card once a minute", function()
      for _ = 1, 3 do home:action(create, { text = "a" }) end
      assert.equal(4, #home.requests)
      home:advance "61 s"
      home:action(create, { text = "a" })
      assert.equal(6, #home.requests)
    end)

    it("runs a card by its short id, its title, or with its owner", function()
      home.model.data.notifications = {}
      home:action("create_notification", { text = "1" })
      home:action("create a NOTIFICATION", { text = "2" })
      home:action("Notifications/Create a notification", { text = "3" })
      home:action(home:cards("create notification")[1], { text = "4" })
      assert.same({ "1", "2", "3", "4" }, notifications())
    end)

    it("runs the card of a device", function()
      local lamp = home:device "Kitchen/Lamp"
      home:action("Turn on", { device = lamp })
      assert.is_true(lamp:get "onoff")
      home:action("dim", { device = lamp, dim = "30%" })
      assert.equal(0.3, lamp:get "dim")
      home:action("Kitchen/Lamp/Turn off")
      assert.is_false(lamp:get "onoff")
    end)

    it("lists candidates of an ambiguous title", function()
      local err = failure(home.action, home, "Lamp/Turn on")
      assert.equal("ambiguous", err.kind)
      assert.match("'Lamp/Turn on' may be any of 2 actions: '[%w ]*Hall/Lamp/Turn on'",
        (err.message:gsub("Home/Downstairs/", "")))
    end)

    it("names what is missing", function()
      assert.match("there is no action '" .. create .. "s'; did you mean '" .. create .. "'?",
        message(home.action, create .. "s"), 1, true)
      assert.match("the hub has no card of the app 'com.gone'. Is it installed and enabled?",
        message(home.action, "homey:app:com.gone:go"), 1, true)
      assert.match("the hub has no card of a device with the id 'd7'",
        message(home.action, "homey:device:d7:on"))
      assert.equal("there is no action 'Play a sund'; did you mean 'Play a sound'?",
        message(home.action, "Play a sund"))
      assert.equal("not_found", kind(home.action, "Play a sund"))
      assert.match("an action is named by its id or its title, not by 5", message(home.action, 5))
    end)

    it("finds a card that was added", function()
      home:cards "sound"
      home.model.data.flowcardactions.stop = {
        id = "homey:app:com.example.sound:stop", ownerUri = "homey:app:com.example.sound",
        ownerId = "stop", ownerName = "Sound", title = "Stop all sounds",
      }
      home:advance "6 s"
      assert.same({}, home:action "Stop all sounds")
    end)

    it("follows changes of cards while events arrive", function()
      home:device("Kitchen/Lamp"):on("onoff", function() end)
      home:advance "1 s"
      home:action("sound_play", { sound = "Bell" })
      home:action("homey:app:com.example.sound:sound_play", { sound = "Bell" })
      local play = home.model.data.flowcardactions.play
      home.model.data.flowcardactions[play.id] = play
      home.model:update("flowcardactions", play.id, { args = core.null })
      home:advance "1 s"
      assert.match("takes no arguments", message(home.action, "sound_play", { sound = "Bell" }))
      assert.match("takes no arguments", message(home.action, play.id, { sound = "Bell" }))
    end)

    it("that this login may not run names the scope", function()
      home:action(create, { text = "a" })
      home:fail { status = 403, method = "POST" }
      local err = failure(home.action, home, create, { text = "a" })
      assert.equal("forbidden", err.kind)
      assert.match("To run flow cards a login needs the scope homey.flow.", err.message)
      home:advance "61 s"
      home:fail { status = 403, method = "GET" }
      assert.match("it lacks the scope homey.flow.readonly",
        message(home.action, create, { text = "a" }))
    end)

    it("is described among what was sent", function()
      home:notify "a"
      assert.equal("card '" .. create .. "' is run", tostring(last()))
      assert.same({ create, { text = "a" } }, { last().card, last().args })
    end)

    local refused = {
      { "an unknown argument", { txt = "a", sound = "Bell" },
        "Sound/Play a sound has no argument 'txt'" },
      { "a mistyped argument", { sond = "Bell" }, "no argument 'sond'; did you mean 'sound'?" },
      { "a missing argument", {}, "`sound` is missing; it takes the name of a choice" },
      { "a number out of range", { sound = "Bell", volume = 2 },
        "Sound/Play a sound: `volume` takes a number from 0 to 1, not 2." },
      { "a value that is none", { sound = "Bell", mood = "c" },
        "`mood` takes 'a' or 'b', not 'c'" },
      { "a device that is none", { sound = "Bell", speaker = 5 },
        "`speaker` takes a device, not 5" },
      { "a choice that is none", { sound = 5.5, volume = {} }, "`volume` takes a number" },
    }
    for _, case in ipairs(refused) do
      it(("refuses %s before anything is sent"):format(case[1]), function()
        local err = failure(home.action, home, "sound_play", case[2])
        assert.equal("invalid", err.kind)
        assert.match(case[3], err.message, 1, true)
        assert.equal(0, #home.sent)
      end)
    end

    it("refuses arguments that are no table", function()
      assert.match("takes its arguments as a table", message(home.action, "sound_play", "Bell"))
      assert.match("Sound/Play a sound has no option 'speed'",
        message(home.action, "sound_play", { sound = "Bell" }, { speed = 1 }))
      assert.match("Notifications/Create a notification takes no duration",
        message(home.action, create, { text = "a" }, { duration = "2 s" }))
      assert.match("takes no token",
        message(home.action, create, { text = "a" }, { token = "a|b" }))
      assert.match("is a condition, not an action",
        message(home.action, home:cards { type = "condition", "quiet" }[1]))
    end)

    it("looks up a choice by its name", function()
      home:action("sound_play", { sound = "bell" })
      assert.same({ id = "s1", name = "Bell" }, last().body.args.sound)
      home:action("sound_play", { sound = { id = "s3", name = "Gong" } })
      assert.equal("s3", last().body.args.sound.id)
    end)

    it("finds a choice that the search of the app does not", function()
      local get = home.api.flow.getFlowCardAutocomplete
      local asked = {}
      home.api = setmetatable({}, { __index = function()
        return { getFlowCardAutocomplete = function(args)
          asked[#asked + 1] = args.query
          return args.query == "" and get(args) or setmetatable({}, core.array)
        end }
      end })
      home:action("sound_play", { sound = "Bell" })
      assert.same({ "Bell", "" }, asked)
      assert.equal("s1", last().body.args.sound.id)
    end)

    it("lists choices when none or several have the name", function()
      local err = failure(home.action, home, "sound_play", { sound = "Gong" })
      assert.equal("ambiguous", err.kind)
      assert.match("'Gong' may be any of 2 choices for `sound`: 'Gong', 'Gong'", err.message)
      err = failure(home.action, home, "sound_play", { sound = "Horn" })
      assert.equal("not_found", err.kind)
      assert.match("there is no choice 'Horn' for `sound`. The hub offers 'Bell', 'Gong', 'Gong'.",
        err.message, 1, true)
      assert.match("did you mean 'Bell'", message(home.action, "sound_play", { sound = "Bel" }))
      assert.equal(0, #home.sent)
    end)

    it("gives devices, values and a duration as the card takes them", function()
      local lamp = home:device "Kitchen/Lamp"
      home:action("sound_play", { sound = "Bell", speaker = lamp, mood = "loud", volume = "50%" },
        { duration = "2 s" })
      assert.same({ sound = { id = "s1", name = "Bell" }, volume = 0.5, mood = "b",
        speaker = { id = lamp.id, name = "Lamp" } }, last().body.args)
      assert.equal(2, last().body.duration)
    end)

    it("takes users, flows and variables as choices", function()
      home:action("variable_set", { variable = home:variable "Guests", value = 7 })
      assert.equal(7, home:variable("Guests"):refresh():get())
      home:action("homey:manager:presence:set_away", { user = home:user "Vera" })
      assert.is_false(home:user("Vera"):refresh().present)
    end)

    it("takes a tag in place of a value", function()
      local guests = home:variable "Guests"
      home:action(create, { text = guests })
      assert.equal("[[homey:manager:logic|" .. guests.id .. "]]", last().body.args.text)
    end)

    it("raises the failure that the card tells", function()
      local err = failure(home.action, home, "variable_set",
        { variable = { id = "gone", name = "Gone" }, value = 1 })
      assert.same({ "hub", "Logic/Set a variable failed: Variable not found." },
        { err.kind, err.message })
    end)

    it("is forbidden by a guard of its device", function()
      local lamp = home:device "Kitchen/Lamp"
      home:guard { device = lamp, never = true }
      local err = failure(home.action, home, "Turn on", { device = lamp })
      assert.equal("forbidden", err.kind)
      assert.match("Kitchen/Lamp: its flow card is not run: the guard at .*card_spec", err.message)
      assert.equal("forbidden", kind(home.action, "sound_play", { sound = "Bell", speaker = lamp }))
      assert.equal(0, #home.sent)
      home:action("sound_play", { sound = "Bell" })
    end)

    it("is logged instead of sent in a dry run", function()
      home.dry_run = true
      home:notify "Laundry is done"
      assert.match("^dry run, not sent: run Notifications/Create a notification "
        .. "%(text = 'Laundry is done'%)", home.logged[#home.logged].text)
      assert.equal(0, #home.sent)
    end)

    it("is never run twice for one call", function()
      home:action(create, { text = "a" })
      for _, kind_of_failure in ipairs { "timeout", "network" } do
        home:forget()
        home:fail { kind = kind_of_failure, method = "POST" }
        assert.equal(kind_of_failure, kind(home.action, create, { text = "b" }))
        assert.equal(1, #home.sent)
      end
    end)

    it("of a handler is limited", function()
      local lamp, failed = home:device "Kitchen/Lamp", 0
      local motion = home:device "Hall/Motion"
      motion:on("alarm_motion", { to = true }, function()
        for _ = 1, 50 do
          local _, err = homey.try(home.notify, home, "motion")
          failed = failed + (err and err.kind == "rate_limited" and 1 or 0)
        end
      end)
      home:settle():forget()
      home:operate(motion, "alarm_motion", true)
      assert.is_true(failed > 0 and #home.sent == 50 - failed)
      assert.is_truthy(lamp)
    end)

    it("is in the journal", function()
      home:notify "Laundry is done"
      local names = {}
      for _, each in ipairs(home.journal:entries()) do names[#names + 1] = each.name end
      assert.same({ "run Notifications/Create a notification",
        "run Notifications/Create a notification" }, names)
    end)
  end)

  describe(("homey.condition on a hub of version %d"):format(version), function()
    before_each(begin)
    after_each(function() home:close() end)

    it("is true or false", function()
      local vera = home:user "Vera"
      assert.is_true(home:condition("Presence/Is home", { user = "Vera" }))
      home:action("homey:manager:presence:set_away", { user = vera })
      assert.is_false(home:condition("user_present", { user = vera }))
      assert.is_true(home:condition "It is quiet")
    end)

    it("is no change: guards, dry runs and the journal leave it alone", function()
      local lamp = home:device "Kitchen/Lamp"
      home:guard { device = lamp, never = true }
      home.dry_run = true
      assert.equal(lamp:get "onoff", home:condition("on", { device = lamp }))
    end)

    it("checks its arguments", function()
      assert.match("`user` is missing", message(home.condition, "user_present"))
      assert.match("there is no condition 'Is homee'", message(home.condition, "Is homee"))
    end)

    it("needs an answer of the hub", function()
      home:condition "quiet"
      home:fail { kind = "offline", method = "POST" }
      assert.equal("offline", kind(home.condition, "quiet"))
    end)
  end)

  describe(("homey.cards on a hub of version %d"):format(version), function()
    before_each(begin)
    after_each(function() home:close() end)

    it("finds cards by words", function()
      local found = home:cards "sound play"
      assert.equal(1, #found)
      assert.same({ "homey:app:com.example.sound:sound_play", "action", "sound_play", "Sound" },
        { found[1].id, found[1].type, found[1].short_id, found[1].owner })
      assert.equal("homey:app:com.example.sound:sound_play", home:cards("all speakers")[1].id)
      assert.same({}, home:cards "no such words")
    end)

    it("finds cards by type and by device", function()
      local types = {}
      for _, each in ipairs(home:cards()) do types[each.type] = (types[each.type] or 0) + 1 end
      assert.is_true(types.action > 10 and types.condition > 5 and types.trigger > 10)
      assert.equal("condition", home:cards({ type = "condition", "sound" })[1].type)
      local lamp = home:device "Kitchen/Lamp"
      for _, each in ipairs(home:cards { device = lamp, type = "action" }) do
        assert.equal("homey:device:" .. lamp.id, each.uri)
      end
      assert.is_true(#home:cards { device = "Kitchen/Lamp", "dim" } >= 1)
    end)

    it("prints their ids, titles and arguments", function()
      assert.equal("action homey:app:com.example.sound:sound_play: Sound/Play a sound "
        .. "{ sound = the name of a choice of the hub's, volume? = a number from 0 to 1, "
        .. "speaker? = a device, "
        .. "mood? = 'a' or 'b' }", tostring(home:cards("play sound")[1]))
      assert.equal("condition homey:app:com.example.sound:quiet: Sound/It is quiet",
        tostring(home:cards("quiet")[1]))
    end)

    it("have choices, and run", function()
      local play = home:cards("play sound")[1]
      local names = {}
      for i, each in ipairs(play:choices("sound", "o")) do names[i] = each.name end
      assert.same({ "Gong", "Gong" }, names)
      play:run { sound = "Bell" }
      assert.equal("s1", last().body.args.sound.id)
      assert.is_true(home:cards("quiet")[1]:run())
      local trigger = home:cards { type = "trigger" }[1]
      assert.match("is a trigger", failure(trigger.run, trigger).message)
      assert.match("offers no choices for `volume`", failure(play.choices, play, "volume").message)
      assert.match("a card has no 'chioces'; did you mean 'choices'",
        failure(function() return play.chioces end).message)
    end)

    it("refuses an invalid filter", function()
      assert.match("`type` takes 'action', 'condition' or 'trigger', not 'acton'",
        message(home.cards, { type = "acton" }))
      assert.match("homey.cards has no option 'typ'", message(home.cards, { typ = "action" }))
      assert.match("not for 5", message(home.cards, { 5 }))
    end)
  end)

  describe(("messages on a hub of version %d"):format(version), function()
    before_each(begin)
    after_each(function() home:close() end)

    it("are notifications", function()
      home.model.data.notifications = {}
      home:notify "Laundry is done"
      assert.same({ "Laundry is done" }, notifications())
      assert.match("homey.notify takes a text, not nothing", message(home.notify))
      assert.match("not an empty one", message(home.notify, ""))
    end)

    it("are pushed to users", function()
      home:push("vera", "Laundry is done")
      home:push(home:user "Vera", "Laundry is done")
      local args = last().body.args
      assert.same({ home:user("Vera").id, "Laundry is done" }, { args.user.id, args.text })
      assert.match("there is no choice 'Vra' for `user`; did you mean 'Vera'",
        message(home.push, "Vra", "a"))
    end)

    it("are said by a device", function()
      local speaker = home:add("device",
        { name = "Speaker", zone = "Kitchen", class = "speaker", capabilities = { onoff = true } })
      home:say("Dinner", speaker)
      home:say("Dinner", "Kitchen/Speaker")
      assert.equal("Dinner", last().body.args.text)
      assert.match("homey:device:" .. speaker.id, last().path, 1, true)
      assert.match("Kitchen/Lamp has no flow card that says a text",
        message(home.say, "Dinner", "Kitchen/Lamp"))
    end)
  end)
end

describe("homey.say without a device", function()
  local home
  after_each(function() home:close() end)

  local function speaker(name)
    home:add("device",
      { name = name, zone = "Kitchen", class = "speaker", capabilities = { onoff = true } })
  end

  it("takes the speaker of a hub of version 2", function()
    home = sim.home(nil, { api_version = 2, quiet = true })
    home:say "Dinner"
    assert.match("/homey:manager:speech%-output/say/run$", home.sent[#home.sent].path)
  end)

  it("takes the only device that can speak", function()
    home = sim.home(nil, { quiet = true })
    for _, device in pairs(home.model.data.devices) do
      if device.class == "speaker" then home:remove("device", device.id) end
    end
    assert.match("nothing in this home can speak", failure(home.say, home, "Dinner").message)
    speaker "Radio"
    home:advance "61 s"
    home:say "Dinner"
    assert.equal("Dinner", home.sent[#home.sent].body.args.text)
    speaker "Other radio"
    home:advance "61 s"
    local err = failure(home.say, home, "Dinner")
    assert.same({ "ambiguous",
      "several devices can speak: 'Other radio', 'Radio'. Name one: homey.say(text, device)." },
      { err.kind, err.message })
  end)
end)

for version = 2, 3 do
  describe(("flow cards over sockets, version %d,"):format(version), function()
    local server, home
    setup(function()
      server = support.start { api_version = version }
      home = homey.new(without_state(server.options))
    end)
    teardown(function()
      home:close()
      support.stop()
    end)

    local function run_all()
      home:notify "Laundry is done"
      home:push("Vera", "Laundry is done")
      local lamp = home:device "Kitchen/Lamp"
      home:action("Turn on", { device = lamp })
      assert.is_true(lamp:get "onoff")
      assert.is_true(home:condition("user_present", { user = "Vera" }))
      assert.is_true(#home:cards { type = "action", "notification" } >= 1)
      local found = false
      for _, each in pairs(home:get "/api/manager/notifications/notification") do
        found = found or each.excerpt == "Laundry is done"
      end
      assert.is_true(found)
      assert.same({}, server:complaints())
    end

    it("run by HTTP", run_all)

    it("run by websocket", function()
      support.connect(home)
      run_all()
    end)
  end)
end
