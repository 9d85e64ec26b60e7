-- Definitions of flows in the forms of both versions.
-- Runs hardly any C code: not under Valgrind.
local core = require "homey.core"
local definition = require "homey.model.flow_definition"

local null = core.null

local standard = {
  [2] = {
    trigger = { uri = "homey:manager:presence", id = "user_enter", args = {} },
    conditions = { { uri = "homey:manager:logic", id = "lt", droptoken = "homey:device:d1|temp" } },
    actions = { { uri = "homey:device:d1", id = "dim:up", args = { a = 1 } }, { args = {} } },
  },
  [3] = {
    trigger = { id = "homey:manager:presence:user_enter", args = {} },
    conditions = { { id = "homey:manager:logic:lt", droptoken = "homey:device:d1|temp" } },
    actions = { { id = "homey:device:d1:dim:up", args = { a = 1 } }, { args = {} } },
  },
}

local advanced = {
  [2] = { cards = {
    a = { type = "trigger", ownerUri = "homey:manager:presence", id = "user_enter" },
    b = { type = "action", ownerUri = "homey:device:d1", id = "on", args = null },
    c = { type = "delay" }, d = { type = "note", value = "a" },
  } },
  [3] = { cards = {
    a = { type = "trigger", id = "homey:manager:presence:user_enter" },
    b = { type = "action", id = "homey:device:d1:on", args = null },
    c = { type = "delay" }, d = { type = "note", value = "a" },
  } },
}

for version = 2, 3 do
  describe(("the definition of a flow, version %d,"):format(version), function()
    it("has the cards of a standard flow", function()
      assert.same({
        { place = "trigger", type = "trigger", id = "homey:manager:presence:user_enter",
          args = {} },
        { place = "condition 1", type = "condition", id = "homey:manager:logic:lt", args = {},
          token = "homey:device:d1|temp" },
        { place = "action 1", type = "action", id = "homey:device:d1:dim:up", args = { a = 1 } },
      }, definition.parts(standard[version]))
    end)

    it("has the cards of an advanced flow", function()
      assert.same({
        { place = "trigger", type = "trigger", id = "homey:manager:presence:user_enter",
          args = {} },
        { place = "action", type = "action", id = "homey:device:d1:on", args = {} },
      }, definition.parts(advanced[version]))
    end)

    it("is written as the hub stores it", function()
      local part = definition.write({ id = "homey:device:d1:dim:up", args = {} }, version == 2)
      assert.same(version == 2 and { uri = "homey:device:d1", id = "dim:up", args = {} }
        or { id = "homey:device:d1:dim:up", args = {} }, part)
    end)
  end)
end

describe("a card of a flow", function()
  it("names the tokens that it uses, but no local ones", function()
    assert.same({ "homey:device:d1:temp", "homey:manager:logic:v1" }, definition.tokens {
      token = "homey:manager:logic|v1",
      args = { text = "[[homey:device:d1|temp]] and [[local]]", [1] = { "[[trigger::a::b]]" } },
    })
  end)

  it("has delays in seconds or minutes", function()
    assert.same({ number = "5", multiplier = 1 }, definition.time(5))
    assert.same({ number = "90", multiplier = 1 }, definition.time(90))
    assert.same({ number = "2", multiplier = 60 }, definition.time(120))
    assert.equal(null, definition.time(nil))
  end)
end)
