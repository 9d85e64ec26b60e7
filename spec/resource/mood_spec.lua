-- Moods, flow tokens, and presence and sleep of users: in virtual time on hubs of both versions,
-- and over sockets.
local core = require "homey.core"
local failure = require "spec.support.failure"
local homey = require "homey"
local sim = require "homey.sim"
local support = require "spec.support.sim"
local without_state = require "spec.support.without_state"

local home

local function last() return home.sent[#home.sent] end

-- The arguments of each call of a handler.
local function heard_by(subject, ...)
  local heard, arguments = {}, { ... }
  arguments[#arguments + 1] = function(...) heard[#heard + 1] = { ... } end
  subject:on((table.unpack or unpack)(arguments)) -- luacheck: compat
  home:advance "1 s"
  return heard
end

for version = 2, 3 do
  local function begin()
    home = sim.home(nil, { api_version = version, quiet = true })
  end

  describe(("a mood on a hub of version %d"):format(version), function()
    before_each(begin)
    after_each(function() home:close() end)

    it("is found by name, by zone and name, and by id", function()
      local dinner = home:mood "dinner"
      assert.equal(dinner, home:mood "Kitchen/Dinner")
      assert.equal(dinner, home:mood(dinner.id))
      assert.equal("Dinner", dinner.name)
      assert.equal(home:zone "Kitchen", dinner.zone)
      assert.match("there is no mood 'Diner'; did you mean 'Dinner'?",
        failure(home.mood, home, "Diner").message, 1, true)
    end)

    it("is in a list sorted by zone and name", function()
      local names = {}
      for i, each in ipairs(home:moods()) do names[i] = each.name end
      table.sort(names)
      assert.same({ "Dinner", "Lights out", "Reading" }, names)
    end)

    it("knows what it sets", function()
      local dinner = home:mood "Dinner"
      assert.is_true(#dinner.devices > 0 and #dinner:values() >= #dinner.devices)
      for _, each in ipairs(dinner:values()) do
        assert.is_truthy(each.device.capabilities[each.capability])
      end
    end)

    it("sets its devices", function()
      local dinner = home:mood "Dinner"
      assert.equal(dinner, dinner:set())
      assert.same({ "POST", "/api/manager/moods/mood/" .. dinner.id .. "/set" },
        { last().method, last().path })
      assert.equal("mood 'Dinner' is set", tostring(last()))
      assert.same({ last() }, home:sent "Dinner")
      for _, each in ipairs(dinner:values()) do
        assert.equal(each.value, each.device:refresh():get(each.capability))
      end
    end)

    it("tells the handlers of its devices", function()
      local change = home:mood("Lights out"):values()[1]
      change.device:set(change.capability, not change.value)
      local heard = heard_by(change.device, change.capability)
      home:mood("Lights out"):set()
      home:advance "1 s"
      assert.same({ change.value }, { heard[1] and heard[1][1] })
    end)

    it("is forbidden by a guard of what it sets", function()
      local change = home:mood("Dinner"):values()[1]
      home:guard { device = change.device, never = true }
      local err = failure(function() home:mood("Dinner"):set() end)
      assert.equal("forbidden", err.kind)
      assert.match("the mood '.*Dinner' is not set, as it sets .*: the guard at .*mood_spec",
        err.message)
      assert.equal(0, #home.sent)
      home:mood("Reading"):set()
    end)

    it("may name a device that is gone, also under a guard", function()
      home:guard { zone = "Hall", never = true }
      home:remove("device", "Kitchen/Lamp")
      home:mood("Dinner"):set()
      assert.equal(1, #home.sent)
      assert.equal("forbidden", failure(function() home:mood("Lights out"):set() end).kind)
    end)

    it("is logged instead of set in a dry run", function()
      home.dry_run = true
      home:mood("Dinner"):set()
      assert.match("^dry run, not sent: set the mood '.*Dinner'", home.logged[#home.logged].text)
      assert.equal(0, #home.sent)
    end)

    it("that was deleted is not set", function()
      local dinner = home:mood "Dinner"
      home.model:delete("moods", dinner.id)
      assert.equal("not_found", failure(dinner.set, dinner).kind)
    end)

    it("has events of its own", function()
      local dinner = home:mood "Dinner"
      local changed = heard_by(dinner, "update")
      local created, gone = heard_by(home, "mood.create"), heard_by(home, "mood.delete")
      home.model:update("moods", dinner.id, { name = "Late dinner" })
      home.model:create("moods", { id = "m9", name = "Party", zone = core.null, devices = {} })
      home:advance "1 s"
      assert.equal("Late dinner", changed[1][1].name)
      assert.equal(dinner, home:mood "Late dinner")
      assert.equal("Party", created[1][1].name)
      home.model:delete("moods", "m9")
      home:advance "1 s"
      assert.equal("Party", gone[1][1].name)
      assert.match("a mood has no event 'set'", failure(dinner.on, dinner, "set", print).message)
    end)

    it("refuses what it does not have", function()
      local dinner = home:mood "Dinner"
      assert.match("a mood has no 'stet'; did you mean 'set'",
        failure(function() return dinner.stet end).message)
      assert.match("write mood:set()", failure(function() dinner.name = "x" end).message, 1, true)
      assert.match("mood:set takes no arguments", failure(dinner.set, dinner, 1).message)
    end)
  end)

  describe(("a flow token on a hub of version %d"):format(version), function()
    before_each(begin)
    after_each(function() home:close() end)

    it("is found by name, by owner and name, and by id", function()
      local guests = home:token "Logic/Guests"
      assert.equal(guests, home:token(guests.id))
      assert.equal("homey:manager:logic:" .. home:variable("Guests").id, guests.id)
      assert.same({ "Guests", "number", "homey:manager:logic", "Logic" },
        { guests.name, guests.type, guests.uri, guests.owner })
      assert.equal("homey:manager:logic|" .. home:variable("Guests").id, guests.tag)
      assert.match("there is no token 'Logic/Guets'; did you mean 'Logic/Guests'",
        failure(home.token, home, "Logic/Guets").message)
    end)

    it("is found by its id before a list was read", function()
      local id = "homey:manager:logic:" .. home:variable("Guests").id
      assert.equal("Guests", home:token(id).name)
    end)

    it("has the value of what it stands for", function()
      local lamp = home:device "Kitchen/Lamp"
      assert.equal(home:variable("Guests"):get(), home:token("Logic/Guests"):get())
      local token = home:token("homey:device:" .. lamp.id .. ":onoff")
      lamp:set("onoff", true)
      assert.is_true(token:get())
      lamp:set("onoff", false)
      assert.is_false(token:get())
      assert.equal("Lamp", token.owner)
    end)

    it("of a variable is set", function()
      local guests = home:token "Logic/Guests"
      assert.equal(guests, guests:set(5))
      assert.equal(5, guests:get())
      assert.equal(5, home:variable("Guests"):refresh():get())
      assert.match("takes a number, not 'many'", failure(guests.set, guests, "many").message)
      local lamp = home:device "Kitchen/Lamp"
      local token = home:token("homey:device:" .. lamp.id .. ":onoff")
      assert.match("Lamp/.* is set by its owner: only tokens of variables can be set.",
        failure(token.set, token, true).message)
    end)

    it("is an argument of a flow card", function()
      home:action("create_notification", { text = home:token "Logic/Guests" })
      assert.equal("[[" .. home:token("Logic/Guests").tag .. "]]", last().body.args.text)
    end)

    it("is in a list, each once", function()
      local seen = {}
      for _, each in ipairs(home:tokens()) do
        assert.is_nil(seen[each.id])
        seen[each.id] = true
      end
      assert.is_true(seen["homey:manager:logic:" .. home:variable("Guests").id])
    end)

    it("has events", function()
      local created = heard_by(home, "flowtoken.create")
      local updated = heard_by(home, "flowtoken.update")
      local gone = heard_by(home, "flowtoken.delete")
      home:tokens()
      local item = {
        id = "homey:app:com.example:count", ownerUri = "homey:app:com.example", ownerId = "count",
        ownerName = "Example", title = "Count", type = "number",
      }
      home.model:create("flowtokens", item)
      home:advance "1 s"
      home.model:update("flowtokens", item.id, { title = "Counter" })
      home:advance "1 s"
      home.model:delete("flowtokens", item.id)
      home:advance "1 s"
      assert.same({ 1, 1, 1 }, { #created, #updated, #gone })
      local token = created[1][1]
      assert.same({ item.id, "Example", "Example/Counter" },
        { token.id, token.record.owner, tostring(token) })
      assert.equal(token, gone[1][1])
    end)
  end)

  describe(("presence on a hub of version %d"):format(version), function()
    before_each(begin)
    after_each(function() home:close() end)

    it("of the user of the login is set as its own", function()
      local vera = home:user "Vera"
      assert.equal(vera, vera:set("present", false))
      assert.same({ "PUT", "/api/manager/presence/me/present", { value = false } },
        { last().method, last().path, last().body })
      assert.equal("user 'Vera': present = false", tostring(last()))
      assert.is_false(vera.present)
      assert.is_false(vera:refresh().present)
    end)

    it("of another user is set by id", function()
      local otto = home:user "Otto"
      otto:set { present = true, asleep = true }
      assert.equal("/api/manager/presence/" .. otto.id .. "/present", last().path)
      assert.same({ true, true }, { otto.present, otto.asleep })
      assert.same({ true, true }, { otto:refresh().present, otto.asleep })
    end)

    it("is heard once, as own", function()
      local otto = home:user "Otto"
      local heard = heard_by(otto, "present")
      otto:set("present", true)
      home:advance "1 s"
      assert.equal(1, #heard)
      assert.same({ true, true }, { heard[1][1], heard[1][3].own })
    end)

    it("is waited for", function()
      local otto = home:user "Otto"
      local came
      home:spawn(function() came = homey.wait(otto, "present", true, "1 h") end)
      home:advance "1 min"
      otto:set("present", true)
      home:advance "1 s"
      assert.is_true(came)
    end)

    it("refuses an invalid value before a request", function()
      local vera = home:user "Vera"
      local function message(...) return failure(vera.set, vera, ...).message end
      assert.match("user:set(\"present\") takes true or false, not 'yes'",
        message("present", "yes"), 1, true)
      assert.match("a user has no value 'presnt' to set; did you mean 'present'?",
        message("presnt", true), 1, true)
      assert.match("takes true or false, not nothing", message "asleep")
      assert.match("a user has no value nothing to set", message())
      assert.match("user:set was given an empty table", message {})
      assert.match("takes true or false, not 5", message { present = true, asleep = 5 })
      assert.match('write user:set%(\'present\', true%)',
        failure(function() vera.present = true end).message)
      assert.equal(0, #home.sent)
    end)

    it("that may not be set names the scope", function()
      local otto = home:user "Otto"
      home:fail { status = 403, method = "PUT" }
      local err = failure(otto.set, otto, "present", true)
      assert.equal("forbidden", err.kind)
      assert.match("Otto: this login may not set presence and sleep of this user. It needs the "
        .. "scope homey.presence", err.message)
      assert.is_false(otto:refresh().present)
    end)
  end)
end

for version = 2, 3 do
  describe(("moods, tokens and presence over sockets, version %d,"):format(version), function()
    local server, at_sim
    setup(function()
      server = support.start { api_version = version }
      at_sim = homey.new(without_state(server.options))
    end)
    teardown(function()
      at_sim:close()
      support.stop()
    end)

    local function use_all(guests)
      local dinner = at_sim:mood("Dinner"):set()
      for _, each in ipairs(dinner:values()) do
        assert.equal(each.value, each.device:refresh():get(each.capability))
      end
      assert.equal(guests, at_sim:token("Logic/Guests"):set(guests):get())
      at_sim:user("Vera"):set("asleep", true):set("asleep", false)
      assert.is_true(at_sim:user("Otto"):set("present", true):refresh().present)
      assert.same({}, server:complaints())
    end

    it("are used by HTTP", function() use_all(4) end)

    it("are used by websocket", function()
      support.connect(at_sim)
      use_all(6)
    end)
  end)
end
