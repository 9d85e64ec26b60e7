-- Management of devices, zones and variables: rename, move, settings, icons, notes, create, remove.
local failure = require "spec.support.failure"
local homey = require "homey"
local simulator = require "homey.sim"
local support = require "spec.support.sim"
local without_state = require "spec.support.without_state"

local home

local function open(version)
  home = simulator.home(nil, { quiet = true, api_version = version })
  return home
end

after_each(function()
  if home then home:close() end
  home = nil
end)

-- The events of a name, as "name subject" with "own" behind those that this program caused.
local function heard(...)
  local list = {}
  for _, name in ipairs { ... } do
    home:on(name, function(subject, event)
      list[#list + 1] = ("%s %s%s"):format(name, tostring(subject), event.own and " own" or "")
    end)
  end
  home:advance "1 s"
  return list
end

local function message(f, ...)
  local err = failure(f, ...)
  assert.equal("invalid", err.kind)
  return err.message
end

for _, version in ipairs { 2, 3 } do
  describe(("a device of a v%d hub"):format(version), function()
    local lamp

    before_each(function() lamp = open(version):device "Hall/Lamp" end)

    it("is renamed, and found by its new name at once", function()
      assert.equal(lamp, lamp:rename "Ceiling")
      assert.equal("Hall/Ceiling", tostring(lamp))
      assert.equal(lamp, home:device "Hall/Ceiling")
      assert.same({ name = "Ceiling" }, home.sent[1].body)
    end)

    it("moves to another zone", function()
      lamp:move("Garden"):move(home:zone "Bathroom")
      assert.equal("Bathroom/Lamp", tostring(lamp))
      assert.equal(home:zone "Bathroom", lamp.zone)
      assert.equal("Bathroom", home:device(lamp.id):refresh().zone.name)
    end)

    it("has settings, which are checked before they are sent", function()
      home:change("device", "Hall/Lamp",
        { settings = { interval = 60, mode = "eco", silent = false } })
      assert.equal(60, lamp.settings.interval)
      lamp:change_settings { interval = 30, silent = true }
      assert.same({ interval = 30, mode = "eco", silent = true }, lamp.settings)
      assert.equal(1, #home:sent())
      assert.equal("Hall/Lamp has no setting 'intervall'; did you mean 'interval'?",
        message(lamp.change_settings, lamp, { intervall = 5 }))
      assert.equal("Hall/Lamp: the setting 'interval' takes a number, not a string.",
        message(lamp.change_settings, lamp, { interval = "soon" }))
      assert.match("takes a table such as", message(lamp.change_settings, lamp, {}))
      assert.match("takes a table such as", message(lamp.change_settings, lamp, "interval"))
      assert.equal(1, #home:sent())
    end)

    it("has an icon that is set and reset", function()
      assert.is_nil(lamp.icon)
      assert.equal("bulb", lamp:set_icon("bulb").icon)
      assert.is_nil(lamp:set_icon().icon)
      assert.match("takes text or nil, not 5", message(lamp.set_icon, lamp, 5))
    end)

    it("has a note", function()
      lamp:set_note "Replaced in May"
      assert.equal("Replaced in May", lamp.note)
      assert.equal("Replaced in May", home.model.data.devices[lamp.id].note)
      assert.is_nil(lamp:set_note().note)
      assert.equal(homey.null, home.model.data.devices[lamp.id].note)
    end)

    it("is removed only when that is confirmed", function()
      for _, given in ipairs { {}, { confirm = false } } do
        assert.equal("device:remove would remove the device Hall/Lamp from the hub for good: call "
          .. "device:remove{ confirm = true } if you mean it.", message(lamp.remove, lamp, given))
      end
      assert.match("device:remove has no option 'sure'",
        message(lamp.remove, lamp, { sure = true }))
      assert.match("confirm = true", message(lamp.remove, lamp))
      assert.equal(0, #home.sent)
      lamp:remove { confirm = true }
      assert.equal("not_found", failure(lamp.rename, lamp, "Ghost").kind)
      assert.equal("not_found", failure(home.device, home, "Hall/Lamp").kind)
    end)

    it("sends each change to listeners once", function()
      local events = heard("device.update", "device.delete")
      lamp:rename "Ceiling"
      lamp:move "Garden"
      lamp:remove { confirm = true }
      home:advance "1 s"
      assert.same({
        "device.update Hall/Ceiling own", "device.update Garden/Ceiling own",
        "device.delete Garden/Ceiling own",
      }, events)
    end)
  end)

  describe(("a zone of a v%d hub"):format(version), function()
    before_each(function() open(version) end)

    it("is created, renamed, moved and removed", function()
      local attic = home:create_zone { name = "Attic" }
      assert.same({ "Attic", "default" }, { attic.name, attic.icon })
      assert.equal(home:zone "Home", attic.parent)
      local corner = home:create_zone { name = "Corner", parent = "Attic", icon = "office" }
      assert.same({ "Attic/Corner", "office" }, { corner.path, corner.icon })
      corner:rename("Nook"):move("Kitchen"):set_icon "kitchen"
      assert.same({ "Downstairs/Kitchen/Nook", "kitchen" }, { corner.path, corner.icon })
      assert.equal(corner, home:zone "Kitchen/Nook")
      corner:refresh()
      assert.same({ "Nook", "kitchen" }, { corner.name, corner.icon })
      corner:remove { confirm = true }
      assert.equal("not_found", failure(home.zone, home, "Nook").kind)
    end)

    it("refuses an impossible change before it is sent", function()
      local kitchen = home:zone "Kitchen"
      assert.match("cannot be moved into", message(kitchen.move, kitchen, kitchen))
      local down = home:zone "Downstairs"
      assert.match("the zone Downstairs cannot be moved into Downstairs/Kitchen, which is inside",
        message(down.move, down, "Kitchen"))
      assert.match("zone:rename takes a name, not nothing", message(kitchen.rename, kitchen))
      assert.match("zone:remove{ confirm = true }", message(kitchen.remove, kitchen), 1, true)
      assert.match("^the zone Downstairs/Kitchen is not empty: move or remove Kitchen/.* first",
        message(kitchen.remove, kitchen, { confirm = true }))
      local all = home:zone "Home"
      assert.match("contains all others", message(all.remove, all, { confirm = true }))
      assert.match("homey.create_zone needs `name`", message(home.create_zone, home, {}))
      assert.match("`parent` takes a zone or the name of one, not 5",
        message(home.create_zone, home, { name = "Attic", parent = 5 }))
      assert.equal("not_found",
        failure(home.create_zone, home, { name = "Attic", parent = "Nowhere" }).kind)
      assert.equal(0, #home.sent)
    end)

    it("is active while something moves in it", function()
      local kitchen, values = home:zone "Kitchen", {}
      assert.is_false(kitchen.active)
      kitchen:on("active", { to = true }, function(value, zone)
        values[#values + 1] = ("%s %s"):format(tostring(value), zone.name)
      end)
      home:advance "1 s"
      home:change("zone", "Kitchen", { active = true })
      home:advance "1 s"
      assert.same({ "true Kitchen" }, values)
      assert.is_true(kitchen.active)
    end)

    it("is lit while a light in it is on", function()
      local down = home:zone "Downstairs"
      down:devices { class = "light" }:set("onoff", false)
      assert.is_false(down.lit)
      home:device("Kitchen/Lamp"):set("onoff", true)
      assert.is_true(down.lit)
      assert.is_false(home:create_zone({ name = "Attic" }).lit)
    end)

    it("sends each change to listeners once", function()
      local events = heard("zone.create", "zone.update", "zone.delete")
      local attic = home:create_zone { name = "Attic" }
      attic:rename "Loft"
      attic:remove { confirm = true }
      home:advance "1 s"
      assert.same({ "zone.create Attic own", "zone.update Loft own", "zone.delete Loft own" },
        events)
    end)
  end)

  describe(("a variable of a v%d hub"):format(version), function()
    before_each(function() open(version) end)

    it("is created, renamed and removed", function()
      local count = home:create_variable { name = "Visitors", value = 3 }
      assert.same({ "Visitors", "number", 3 }, { count.name, count.type, count:get() })
      count:rename("Visitors today"):set(4)
      assert.equal(4, home:variable("Visitors today"):get())
      assert.match("takes a number", message(count.set, count, "x"))
      assert.match("variable:remove{ confirm = true }", message(count.remove, count), 1, true)
      count:remove { confirm = true }
      assert.equal("not_found", failure(count.get, count).kind)
    end)

    for _, value in ipairs { "home", 0.5, false } do
      it(("has the type of its first value, %s"):format(type(value)), function()
        local new = home:create_variable { name = "New", value = value }
        assert.equal(type(value), new.type)
      end)
    end

    it("needs a name and a value that a hub can hold", function()
      assert.match("needs `value`", message(home.create_variable, home, { name = "New" }))
      assert.match("needs `name`", message(home.create_variable, home, { value = 1 }))
      for _, value in ipairs { {}, 0 / 0, homey.null } do
        assert.match("takes a number, text, true or false, not ",
          message(home.create_variable, home, { name = "New", value = value }))
      end
      assert.equal(0, #home.sent)
    end)

    it("sends each change to listeners once", function()
      local events = heard("variable.create", "variable.delete")
      home:create_variable({ name = "Visitors", value = 3 }):remove { confirm = true }
      home:advance "1 s"
      assert.same({ "variable.create Visitors own", "variable.delete Visitors own" }, events)
    end)
  end)
end

describe("a mood", function()
  it("is renamed and removed", function()
    local dinner = open(3):mood "Dinner"
    dinner:rename "Supper"
    assert.equal(dinner, home:mood "Kitchen/Supper")
    dinner:remove { confirm = true }
    assert.equal("not_found", failure(home.mood, home, "Supper").kind)
  end)

  it("of a v2 hub is neither renamed nor removed", function()
    local dinner = open(2):mood "Dinner"
    assert.match("moods.updateMood does not exist on this hub", message(dinner.rename, dinner, "x"))
  end)
end)

describe("last_seen", function()
  it("is a time in seconds", function()
    local lamp = open(3):device "Hall/Lamp"
    lamp:toggle()
    assert.is_true(math.abs(lamp.last_seen - home.scheduler.core_loop:time()) < 5)
  end)

  it("is nil where the hub does not say", function()
    assert.is_nil(open(2):device("Hall/Lamp").last_seen)
  end)
end)

describe("management", function()
  it("is forbidden where a guard protects the device", function()
    open(3)
    home:guard { device = "Hall/Lamp", never = true }
    local lamp, hall = home:device "Hall/Lamp", home:zone "Hall"
    for _, act in ipairs {
      function() lamp:rename "Lamp 2" end, function() lamp:move "Kitchen" end,
      function() lamp:set_note "x" end, function() lamp:remove { confirm = true } end,
      function() hall:move "Garden" end, function() hall:rename "Hallway" end,
    } do
      local err = failure(act)
      assert.equal("forbidden", err.kind)
      assert.match("the guard at .*management_spec.lua:%d+ forbids it", err.message)
    end
    home:device("Kitchen/Lamp"):rename "Light"
    assert.equal(1, #home.sent)
  end)

  it("is only logged in a dry run", function()
    open(3).dry_run = true
    home:device("Hall/Lamp"):rename("Light"):move "Kitchen"
    home:device("Hall/Lamp"):remove { confirm = true }
    local zone = home:create_zone { name = "Attic" }
    assert.is_nil(zone)
    local lines = {}
    for i, each in ipairs(home:logged "info") do lines[i] = each.text:match "^(.-) %(" end
    assert.same({
      "dry run, not sent: rename the device Hall/Lamp to 'Light'",
      "dry run, not sent: move Hall/Lamp to Downstairs/Kitchen",
      "dry run, not sent: remove the device Hall/Lamp",
      "dry run, not sent: create the zone 'Attic' in Home",
    }, lines)
    assert.equal("Hall/Lamp", tostring(home:device "Hall/Lamp"))
    assert.equal(0, #home.sent)
  end)

  it("is in the journal, with its cause", function()
    open(3)
    local lamp = home:device "Hall/Lamp"
    home:device("Hall/Motion"):on("alarm_motion", { to = true }, function()
      lamp:rename "Moved"
      home:create_variable { name = "Seen", value = true }
    end)
    home:operate("Hall/Motion", "alarm_motion", true)
    home:advance "1 s"
    local calls = {}
    for _, entry in ipairs(home.journal:entries()) do
      if entry.kind == "call" then
        calls[#calls + 1] = entry.name
        assert.match("alarm_motion became true", entry.because)
      end
    end
    assert.same({ "rename the device Hall/Lamp to 'Moved'", "create the variable 'Seen' = true" },
      calls)
  end)

  it("is limited in a handler that loops", function()
    open(3)
    local count, kinds = 0, {}
    home:device("Hall/Lamp"):on("onoff", function()
      for _ = 1, 30 do
        local _, err = homey.try(home.create_variable, home, { name = "Spam", value = count })
        if err then kinds[err.kind] = true else count = count + 1 end
      end
    end)
    home:operate("Hall/Lamp", "onoff", true)
    home:operate("Hall/Lamp", "onoff", false)
    home:advance "1 s"
    assert.same({ rate_limited = true }, kinds)
    assert.is_true(count > 0)
  end)

  it("sends an event once, also when the hub answers late", function()
    home = simulator.home(nil, { quiet = true, latency = "0.5 s" })
    local events = heard("variable.create", "variable.update", "variable.delete")
    local count = home:create_variable { name = "Visitors", value = 3 }
    count:rename "Guests today"
    count:remove { confirm = true }
    home:advance "5 s"
    assert.same({
      "variable.create Visitors own", "variable.update Guests today own",
      "variable.delete Guests today own",
    }, events)
  end)

  it("is hidden from its own handler when it asks for changes of others", function()
    open(3)
    local names = {}
    home:on("zone.create", { own = false }, function(zone) names[#names + 1] = zone.name end)
    home:advance "1 s"
    home:create_zone { name = "Attic" }
    home:add("zone", { name = "Cellar" })
    home:advance "1 s"
    assert.same({ "Cellar" }, names)
  end)

  it("suggests the name of a mistyped method", function()
    open(3)
    assert.match("did you mean 'rename'", message(function()
      home:device("Hall/Lamp"):renmae "x"
    end))
    assert.match("did you mean 'remove'", message(function() home:zone("Hall"):remov() end))
    assert.match("with a colon", message(home:device("Hall/Lamp").rename, "x"))
    assert.match("is too many", message(home:device("Hall/Lamp").rename,
      home:device "Hall/Lamp", "x", "y"))
  end)
end)

describe("a login with few scopes", function()
  local sim, guest

  setup(function() sim = support.start() end)
  teardown(support.stop)
  after_each(function() guest:close() end)

  it("gets an error that names the missing scope", function()
    sim:set { pat_scopes = { "homey.device.readonly", "homey.zone.readonly" } }
    guest = homey.new(without_state(sim.pat_options))
    local lamp = guest:device "Hall/Lamp"
    for scope, act in pairs {
      ["homey.device"] = function() lamp:rename "Light" end,
      ["homey.zone"] = function() guest:create_zone { name = "Attic" } end,
      ["homey.logic"] = function() guest:create_variable { name = "New", value = 1 } end,
    } do
      local err = failure(act)
      assert.equal("forbidden", err.kind)
      assert.match("lacks the scope " .. scope .. ",", err.message, 1, true)
    end
  end)
end)

describe("management over real sockets", function()
  local sim

  setup(function()
    sim = support.start()
    homey.login(without_state(sim.pat_options))
  end)
  teardown(support.stop)

  for _, version in ipairs { 3, 2 } do
    it(("changes devices, zones and variables of a v%d hub"):format(version), function()
      sim:set { api_version = version }
      local zone = homey.create_zone { name = "Attic " .. version, parent = "Upstairs" }
      local lamp = homey.device "Hall/Lamp"
      lamp:rename("Traveller"):move(zone)
      assert.equal(("Attic %d/Traveller"):format(version), tostring(lamp:refresh()))
      lamp:rename("Lamp"):move "Hall"
      homey.put(("/api/manager/devices/device/%s/settings"):format(lamp.id), { interval = 60 })
      lamp:change_settings { interval = 30 }
      assert.same({ interval = 30 }, lamp.settings)
      lamp:set_note("Checked"):set_note():set_icon("bulb"):set_icon()
      zone:remove { confirm = true }
      local variable = homey.create_variable { name = "New", value = "a" }
      assert.equal("a", variable:rename("Newer"):get())
      variable:remove { confirm = true }
      assert.equal("not_found", failure(homey.variable, "Newer").kind)
    end)
  end

  it("uses the socket while events arrive", function()
    sim:set { api_version = 3 }
    local seen = {}
    homey.on("zone.create", function(zone, event) seen[#seen + 1] = { zone.name, event.own } end)
    repeat homey.sleep(0.02) until homey.connected
    homey.zones()
    local zone = homey.create_zone { name = "Loft" }
    repeat homey.sleep(0.02) until seen[1]
    zone:remove { confirm = true }
    assert.same({ { "Loft", true } }, seen)
  end)
end)
