-- Runs hardly any C code: not under Valgrind.
local edge = require "homey.automation.edge"
local option_tables = require "homey.automation.options"
local trigger = require "homey.automation.trigger"

-- Feeds values to an edge, and returns a character for each: "+" began, "-" ended, "*" both, "."
-- nothing. The edge starts with the first value.
local function run(options, lasting, first, ...)
  local it, old, seen = edge.new(options, first, lasting), first, {}
  for i = 1, select("#", ...) do
    local value = (select(i, ...))
    local began, ended = it:enter(old, value)
    seen[i] = began and (ended and "*" or "+") or ended and "-" or "."
    old = value
  end
  return table.concat(seen)
end

local cases = {
  { "every report is told where nothing is asked for", {}, { false, true, true, false }, "***" },
  {
    "`to` is told when it becomes so, not when it is said again", { to = true },
    { false, true, true, false, true }, "*.-*",
  },
  {
    "`to` is not told of what was so from the start", { to = true }, { true, true, false, true },
    ".-*",
  },
  {
    "`to` may be any of several", { to = { "heat", "cool" } },
    { "off", "heat", "cool", "off", "cool" }, "**-*",
  },
  {
    "`from` is told when it becomes anything else", { from = "off" },
    { "off", "heat", "cool", "off", "heat" }, "*.-*",
  },
  {
    "`from` is told of each change among several", { from = { 0, 1 } },
    { 0, 1, 1, 0, 2, 2, 3, 1, 2 }, "*.**..-*",
  },
  { "`from` is not told of what stays in it", { from = { 0, 1 } }, { 0, 0, 2, 3, 0, 0 }, ".*.-." },
  {
    "`from` and `to` of several are told of their own", { from = { 0, 1 }, to = { 1, 2 } },
    { 0, 1, 2, 0, 3, 1, 2 }, "**--.*",
  },
  {
    "`from` and `to` are told of one way only", { from = "a", to = "b" },
    { "c", "b", "a", "b", "a" }, ".-*-",
  },
  { "`above` is told once on the way up", { above = 24 }, { 20, 24, 24.5, 26, 23, 25 }, ".+.-+" },
  { "`below` is told once on the way down", { below = 5 }, { 9, 5, 4, 3, 6, 1 }, ".+.-+" },
  {
    "`above` with `below` is told when it comes between", { above = 1, below = 3 },
    { 0, 2, 4, 2.5, 0 }, "+-+-",
  },
  { "`hysteresis` keeps a value that trembles from being told twice",
    { above = 24, hysteresis = 0.5 },
    { 20, 24.1, 23.9, 24.2, 23.6, 23.4, 24.1 }, "+...-+" },
  {
    "`hysteresis` works downwards too", { below = 5, hysteresis = 1 }, { 9, 4, 5.5, 4, 6.5, 4 },
    "+..-+",
  },
  {
    "`above` is not told of what was above from the start", { above = 24 }, { 25, 26, 20, 25 },
    ".-+",
  },
}

describe("an edge:", function()
  local unpack = table.unpack or unpack -- luacheck: compat
  for _, case in ipairs(cases) do
    it(case[1], function() assert.equal(case[4], run(case[2], true, unpack(case[3]))) end)
  end

  it("an event without state, as a button's, counts each time", function()
    assert.equal("***", run({ to = true }, false, nil, true, true, true))
  end)

  it("an unknown value is neither above nor below", function()
    local it = edge.new({ above = 3 }, nil, true)
    assert.is_false((it:enter(nil, nil)))
    assert.is_true((it:enter(nil, 4)))
  end)
end)

describe("invalid options are refused by name:", function()
  local number, flag = { type = "number" }, { type = "boolean" }
  local mode = { type = "enum", values = { { id = "heat" }, { id = "off" } } }
  local function refusal(options, known)
    local ok, err = pcall(trigger.options, options, known or {}, "it", option_tables.edge)
    assert.is_false(ok)
    assert.equal("invalid", err.kind)
    return err.message
  end

  it("bounds of a capability that is no number", function()
    assert.match("`above` takes a number, not 'hot'", refusal({ above = "hot" }, number))
    assert.match("`above` needs a number, and this is a boolean", refusal({ above = 3 }, flag))
    assert.match("nothing is above 5 and below 5", refusal({ above = 5, below = 5 }, number))
    assert.match("`to` takes a value or a list of values", refusal({ to = {} }, number))
    assert.match("`from` takes a value or a list of values",
      refusal({ from = { on = true } }, number))
  end)

  it("hysteresis without bounds, or negative", function()
    assert.match("goes with `above` or `below`", refusal({ hysteresis = 1 }, number))
    assert.match("0 or more", refusal({ above = 1, hysteresis = -1 }, number))
  end)

  it("values that the capability cannot have", function()
    assert.match("`to` is a boolean here, not 'on'", refusal({ to = "on" }, flag))
    assert.match("`to` is never 'heta'; did you mean 'heat'", refusal({ to = "heta" }, mode))
    assert.match("`from` is never", refusal({ from = { "heat", "x" } }, mode))
  end)

  it("bounds together with values", function()
    assert.match("do not go with", refusal({ above = 1, to = 2 }, number))
  end)
end)
