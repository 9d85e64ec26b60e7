--- homey.args: the arguments of a script, checked by what it declares.
-- Runs hardly any C code: not under Valgrind.
local args = require "homey.script.args"
local sim = require "homey.sim"

describe("homey.args", function()
  local home, homey

  before_each(function()
    home = sim.home(nil, { quiet = true })
    homey = home.homey
  end)
  after_each(function() home:close() end)

  local function read(given, declared) return args.read(given, declared, "hall.lua", home) end

  local function refused(given, declared)
    local ok, err = homey.try(read, given, declared)
    assert.is_nil(ok)
    return err.message
  end

  it("reads each type from the text of a command line", function()
    local all = read({
      lamp = "Hall/Lamp", after = "5 min", level = "0.4", count = "3", loud = "yes", room = "Hall",
      word = "hello", mode = "slow",
    }, {
      lamp = "device", after = "duration", level = { "number", min = 0, max = 1 },
      count = "integer", loud = "boolean", room = "zone", word = "text",
      mode = { "text", values = { "slow", "fast" } },
    })
    assert.equal("Hall/Lamp", tostring(all.lamp))
    assert.equal("Hall", all.room.name)
    all.lamp, all.room = nil, nil
    assert.same({ after = 300, level = 0.4, count = 3, loud = true, word = "hello",
      mode = "slow" }, all)
  end)

  it("takes values of Lua, too", function()
    local all = read({ lamp = home:device "Hall/Lamp", after = 7, loud = false },
      { lamp = "device", after = "duration", loud = "boolean" })
    assert.equal("Hall/Lamp", tostring(all.lamp))
    assert.equal(7, all.after)
    assert.is_false(all.loud)
  end)

  it("has defaults, and arguments that may be missing", function()
    local all = read({}, { after = { "duration", default = "5 min" },
      lamp = { "device", default = "Hall/Lamp" }, note = { "text", optional = true } })
    assert.equal(300, all.after)
    assert.equal("Hall/Lamp", tostring(all.lamp))
    assert.is_nil(all.note)
  end)

  it("refuses what is missing, unknown or wrong, by name", function()
    local lamp = { "device", doc = "the lamp to switch" }
    assert.matches("hall.lua needs the argument `lamp`, the lamp to switch, as in: "
      .. "homey run hall.lua lamp=...", refused({}, { lamp = lamp }))
    assert.matches("takes no argument 'lmap'.*did you mean 'lamp'",
      refused({ lmap = "x" }, { lamp = { "device", optional = true } }))
    assert.matches("`level` takes a number from 0 to 1", refused({ level = "7" },
      { level = { "number", min = 0, max = 1 } }))
    assert.matches("`word` takes 'only', not 'x'%.",
      refused({ word = "x" }, { word = { "text", values = { "only" } } }))
    assert.matches("`count` takes a whole number",
      refused({ count = "1.5" }, { count = "integer" }))
    assert.matches("`loud` takes true or false", refused({ loud = "maybe" }, { loud = "boolean" }))
    assert.matches("`after` takes a time", refused({ after = "soon" }, { after = "duration" }))
    assert.matches("there is no device 'Nonesuch'",
      refused({ lamp = "Nonesuch" }, { lamp = "device" }))
  end)

  it("refuses a wrong declaration", function()
    assert.matches("`a` has the type 'devise'.*'device'", refused({}, { a = "devise" }))
    assert.matches("`a` has no field 'dfault'.*'default'",
      refused({}, { a = { "text", dfault = 1 } }))
    assert.matches("homey.args takes a table", refused({}, "device"))
    for message, row in pairs {
      ["`min` of `a` takes a number, not 'x'"] = { "number", min = "x" },
      ["`max` of `a` takes a time, not 'soon'"] = { "duration", max = "soon" },
      ["`min` of `a` is greater"] = { "integer", min = 5, max = 1 },
      ["`values` of `a` takes a list of texts, not 3"] = { "text", values = 3 },
      ["`doc` of `a` takes text"] = { "text", doc = {} },
      ["`optional` of `a` takes true or false"] = { "text", optional = "no" },
    } do
      assert.matches(message, refused({ a = "7" }, { a = row }))
    end
    assert.matches("by name.*the key 1", refused({}, { "device" }))
  end)

  it("takes bounds of a duration as text", function()
    local declared = { after = { "duration", min = "1 min", max = "1 h" } }
    assert.equal(300, read({ after = "5 min" }, declared).after)
    assert.matches("`after` takes a time", refused({ after = "5 s" }, declared))
  end)

  it("refuses a resource of another kind", function()
    assert.matches("`room` takes a zone or its name, not a device",
      refused({ room = home:device "Hall/Lamp" }, { room = "zone" }))
    assert.matches("not a table", refused({ lamp = { id = "x" } }, { lamp = "device" }))
  end)

  it("returns unchecked arguments without a declaration", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write [[
      local homey = require "homey"
      local given = ...
      assert(given.after == "5 min" and homey.args().after == "5 min")
      assert(homey.args { after = "duration" }.after == 300)
    ]]
    file:close()
    home:load(path, { after = "5 min" })
    os.remove(path)
  end)

  it("reads the command line of a plain program", function()
    assert.same({ lamp = "Hall/Lamp", x = "a=b", empty = "" },
      args.of_words { "lamp=Hall/Lamp", "x=a=b", "empty=", "other", "--flag=1" })
  end)
end)
