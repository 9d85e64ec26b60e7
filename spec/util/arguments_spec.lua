-- Runs hardly any C code: not under Valgrind.
local failure = require "spec.support.failure"
local homey = require "homey"
local household = require "spec.support.household"

describe("a dot instead of a colon", function()
  local home

  before_each(function() home = household.new().home end)
  after_each(function() home:close() end)

  for _, case in ipairs {
    { "device", function() return home:devices()[1] end, "get set toggle on refresh" },
    { "devices", function() return home:devices() end, "get set on refresh" },
    { "zone", function() return home:zones()[1] end, "devices names is_in" },
    { "variable", function() return home:variables()[1] end, "get set on" },
    { "flow", function() return home:flows()[1] end, "start enable disable" },
  } do
    local kind, find, names = case[1], case[2], case[3]
    it(("is reported for a method of a %s"):format(kind), function()
      local thing = find()
      for name in names:gmatch "%S+" do
        for _, first in ipairs { "onoff", {} } do
          local err = failure(thing[name], first, true)
          assert.same({
            "invalid", ("%s.%s is called with a colon: %s:%s(...)."):format(kind, name, kind, name),
          },
            { err.kind, err.message })
        end
        assert.equal("invalid", failure(thing[name]).kind)
      end
    end)
  end
end)

describe("an unknown argument", function()
  local home

  before_each(function() home = household.new().home end)
  after_each(function() home:close() end)

  for _, case in ipairs {
    { "flow:enable", function() return home:flow("Good night") end, "enable", { true, 5 },
      "flow:enable takes one argument; 5 is too many." },
    { "variable:set", function() return home:variable("Guests") end, "set", { 3, { duration = 1 } },
      "variable:set takes one argument; a table is too many." },
    { "device:get", function() return home:device("Kitchen/Lamp") end, "get", { "dim", 5 },
      "device:get takes one argument; 5 is too many." },
    { "device:set", function() return home:device("Kitchen/Lamp") end, "set", { "dim", 1, {}, "x" },
      "device:set takes 3 arguments; 'x' is too many." },
    { "devices:refresh", function() return home:devices() end, "refresh", { true },
      "devices:refresh takes no arguments; true is too many." },
    { "zone:devices", function() return home:zone("Kitchen") end, "devices", { {}, {} },
      "zone:devices takes one argument; a table is too many." },
  } do
    it(("is refused before a request: %s"):format(case[1]), function()
      local thing = case[2]()
      local err = failure(thing[case[3]], thing,
        (table.unpack or unpack)(case[4])) -- luacheck: compat
      assert.same({ "invalid", case[5] }, { err.kind, err.message })
    end)
  end

  for _, case in ipairs {
    { "device", { "Kitchen", "Lamp" }, "homey.device takes one argument; 'Lamp' is too many." },
    { "sleep", { 1, 2 }, "homey.sleep takes one argument; 2 is too many." },
    { "zones", { {} }, "homey.zones takes no arguments; a table is too many." },
    { "every", { 5, {}, print, 1 }, "homey.every takes 3 arguments; 1 is too many." },
    { "limits", { {}, 1 }, "homey.limits takes one argument; 1 is too many." },
    { "wait", { { any = {} }, "1 h" }, "homey.wait takes one argument; '1 h' is too many." },
    { "log", { "info", "a", "b" }, "homey.log takes 2 arguments; 'b' is too many." },
    {
      "log", { "hello" },
      'homey.log takes "debug", "info", "warning" or "error", and then a text, not \'hello\'.',
    },
  } do
    it(("is refused by functions of the module: %s"):format(case[3]), function()
      local err = failure(homey[case[1]], (table.unpack or unpack)(case[2])) -- luacheck: compat
      assert.same({ "invalid", case[3] }, { err.kind, err.message })
    end)
  end

  it("is refused by all other objects", function()
    local virtual = require("homey.sim").home(nil, { quiet = true })
    local lamp, guests = home:device "Kitchen/Lamp", home:variable "Guests"
    local handle = home:every(5, print)
    for i, f in ipairs {
      function() home:device("Kitchen", "Lamp") end,
      function() home:at("12:00", {}, print, 1) end,
      function() handle:cancel(1) end,
      function() guests:on({}, print, 1) end,
      function() home:flow("Good night"):on("update", {}, print, 1) end,
      function() home:user("Vera"):refresh(1) end,
      function() home:wait(lamp, "onoff", true, 1, 2) end,
      function() home:wait(guests, 3, 1, 2) end,
      function() home:wait { any = { { lamp, "onoff", true, 1 } } } end,
      function() homey.json.encode({}, 1) end,
      function() homey.json.decode("{}", {}, 1) end,
      function() virtual:advance("1 h", 2) end,
      function() home:zone("Kitchen"):devices "light" end,
      function() home:zone("Kitchen"):is_in "Kitchen" end,
    } do
      assert.same({ i, "invalid" }, { i, failure(f).kind })
    end
    assert.is_true(handle.active)
    assert.equal("home.device is called with a colon: home:device(...).",
      failure(home.device, "Kitchen/Lamp").message)
    virtual:close()
  end)

  it("is accepted by homey.stop as a handler", function()
    local virtual = require("homey.sim").home(nil, { quiet = true })
    local stopped
    virtual.homey.spawn(function()
      virtual.homey.after("1 s", virtual.homey.stop)
      virtual.homey.sleep "2 s"
      stopped = true
    end)
    virtual:advance "5 s"
    assert.is_true(stopped)
    assert.same({}, virtual:logged "error")
    virtual:close()
  end)

  it("may be nil", function()
    home:variable("Guests"):set(3, nil)
    home:flow("Good night"):start(nil)
  end)
end)

describe("a colon instead of a dot", function()
  it("is reported for a function of homey", function()
    for _, name in ipairs { "login", "device", "devices", "sleep", "at", "every", "on", "spawn",
      "get", "try", "wait" } do
      local err = failure(homey[name], homey, "Kitchen/Lamp")
      assert.same({ "invalid",
        ("homey.%s is called with a dot: homey.%s(...)."):format(name, name) },
        { err.kind, err.message })
    end
  end)
end)
