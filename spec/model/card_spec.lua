-- Definitions of flow cards in the forms of both versions, and the values of their arguments.
-- Runs hardly any C code: not under Valgrind.
local card = require "homey.model.card"
local card_argument = require "homey.model.card_argument"
local core = require "homey.core"

local null = core.null

local v3 = {
  id = "homey:app:com.example.sound:play", ownerUri = "homey:app:com.example.sound",
  ownerId = "play", ownerName = "Sound", title = "Play a sound", titleFormatted = null,
  hint = null, droptoken = null, duration = true, tokens = null,
  args = {
    { name = "sound", type = "autocomplete", title = "Sound" },
    { name = "volume", type = "range", min = 0, max = 1, required = false },
  },
}

local v2 = {
  id = "play", uri = "homey:app:com.example.sound", uriObj = { name = "Sound" },
  title = { en = "Play a sound", nl = "Speel een geluid" }, duration = true, droptoken = false,
  args = v3.args, tokens = {},
}

describe("a flow card", function()
  for version, raw in pairs { [2] = v2, [3] = v3 } do
    it("is the same from a hub of version " .. version, function()
      assert.same({
        id = "homey:app:com.example.sound:play", type = "action",
        uri = "homey:app:com.example.sound", short_id = "play", owner = "Sound",
        title = "Play a sound", takes_token = false, takes_duration = true, tokens = {},
        arguments = {
          { name = "sound", type = "autocomplete", title = "Sound", required = true },
          { name = "volume", type = "range", min = 0, max = 1, required = false },
        },
      }, card.read("action", raw))
    end)
  end

  it("may have arguments keyed by name", function()
    local facts = card.read("action", {
      id = "x:y:z:go", args = { b = { type = "text" }, a = { type = "number" } },
    })
    assert.same({ "a", "b" }, { facts.arguments[1].name, facts.arguments[2].name })
  end)

  it("has colons in the short part of its id", function()
    assert.same({ "homey:device:1", "dim:up" }, { card.split "homey:device:1:dim:up" })
    assert.is_nil(card.split "homey:device:1")
  end)

  it("has the title of a condition that is not inverted", function()
    local facts = card.read("condition", { id = "a:b:c:d", title = "Is !{{|not}} at  home" })
    assert.equal("Is at home", facts.title)
    facts = card.read("condition", { id = "a:b:c:d", title = "Is turned !{{on|off}}" })
    assert.equal("Is turned on", facts.title)
  end)

  it("that cannot be one is left out", function()
    for _, raw in ipairs { 5, {}, { id = 5 }, { id = "" }, { id = "short" } } do
      assert.is_nil(card.read("action", raw))
    end
  end)
end)

local mode = {
  name = "mode", type = "dropdown", values = { { id = "eco", title = "Economy" }, { id = "max" } },
}

describe("an argument", function()
  local function read(kind, value, more)
    local argument = more or { name = "a", type = kind }
    return { card_argument.read(argument, value) }
  end

  local dim = { name = "dim", type = "range", min = 0, max = 1 }
  local cases = {
    { "text as it is", "text", "hello", { "hello" } },
    { "a number as text", "text", 21.5, { "21.5" } },
    { "true as text", "text", true, { "true" } },
    { "no table as text", "text", {}, { nil, "text" } },
    { "no malformed text", "text", "\255", { nil, "text" } },
    { "a number in its range", "range", 0.4, { 0.4 }, dim },
    { "no number beyond it", "range", 2, { nil, "a number from 0 to 1" }, dim },
    { "no text as a number", "range", "high", { nil, "a number from 0 to 1" }, dim },
    { "a part of its range", "range", "40%", { 0.4 }, dim },
    { "no step of its range", "range", "+10%", { nil, "a number from 0 to 1" }, dim },
    { "no number that is none", "number", 0 / 0, { nil, "a number" } },
    { "true as a tick", "checkbox", true, { true } },
    { "no number as a tick", "checkbox", 1, { nil, "true or false" } },
    { "the id of a value", "dropdown", "eco", { "eco" }, mode },
    { "the title of a value", "dropdown", "economy", { "eco" }, mode },
    { "no other value", "dropdown", "min", { nil, "'eco' or 'max'" }, mode },
    { "a time of day", "time", "07:30", { "07:30" } },
    { "no time after midnight", "time", "24:00", { nil, "a time of day such as '07:30'" } },
    { "a date of the hub", "date", "24-12-2026", { "24-12-2026" } },
    { "a date of this module", "date", "2026-12-24", { "24-12-2026" } },
    { "no thirteenth month", "date", "2026-13-24", { nil, "a date such as '24-12-2026'" } },
    { "a colour", "color", "#ff8800", { "#ff8800" } },
    { "no name of a colour", "color", "red", { nil, "a colour such as '#FF8800'" } },
    { "a tag in place of a number", "range", "[[homey:manager:logic|1]]",
      { "[[homey:manager:logic|1]]" }, dim },
    { "anything where the type is unknown", "hologram", 5, { 5 } },
  }
  for _, case in ipairs(cases) do
    it("takes " .. case[1], function()
      assert.same(case[4], read(case[2], case[3], case[5]))
    end)
  end

  it("takes several values of a list", function()
    local days = { name = "days", type = "multiselect", values = mode.values }
    local ids = card_argument.read(days, { "Economy", "max" })
    assert.same({ "eco", "max" }, { ids[1], ids[2] })
    assert.equal(core.array, getmetatable(ids))
    assert.equal("a list of 'eco' or 'max'", select(2, card_argument.read(days, { "min" })))
    assert.equal("a list of 'eco' or 'max'", select(2, card_argument.read(days, "eco")))
  end)

  it("takes the tag of a variable", function()
    local variable = setmetatable({ id = "v1" }, { kind = "variable" })
    assert.equal("[[homey:manager:logic|v1]]",
      card_argument.read({ name = "a", type = "number" }, variable))
  end)

  it("says what it takes", function()
    local function takes(kind) return card_argument.takes { name = "a", type = kind } end
    assert.same({ "text", "a number", "a device", "a value" },
      { takes "text", takes "number", takes "device", takes "hologram" })
    assert.equal("'eco' or 'max'", card_argument.takes(mode))
  end)
end)
