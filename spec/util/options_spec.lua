--- Option tables: the reader, the rows of all modules, and the annotations made from them.
-- Runs hardly any C code: not under Valgrind.

local options = require "homey.util.options"

local rows = {
  what = "lamp", class = "Lamp", doc = "A lamp.", example = "{ level = 1 }",
  { name = "level", type = "integer", min = 1, max = 5, default = 3, doc = "how bright" },
  { name = "fade", type = "duration", min = 0.001, max = 3600, doc = "how fast" },
  { name = "delay", type = "duration", doc = "how late" },
  { name = "ratio", type = "number", doc = "how much" },
  { name = "mode", type = "text", values = { "day", "night" }, doc = "when" },
  { name = "label", type = "text", doc = "its name" },
  { name = "on", type = "boolean", doc = "whether it is on" },
  { name = "tags", type = "list", doc = "its tags" },
  { name = "call", type = "function", doc = "what is called" },
  { name = "value", type = "any", doc = "anything" },
  { name = "inner", type = "table", doc = "its bulb", fields = {
    what = "bulb", class = "Bulb", doc = "A bulb.",
    { name = "watt", type = "number", min = 0, doc = "power" },
  } },
  { name = "even", type = "integer", doc = "an even number", check = function(value)
    if value % 2 == 0 then return value / 2 end
    return nil, "takes an even number."
  end },
}

describe("an option table", function()
  it("reads what a caller gives", function()
    local given = {
      level = 2, fade = "2 s", delay = 0, ratio = -1.5, mode = "day", label = "Porch", on = false,
      tags = { "a" },
      call = print, value = false, inner = { watt = 5 }, even = 4,
    }
    local expected = {}
    for name, value in pairs(given) do expected[name] = value end
    expected.fade, expected.even = 2, 2
    assert.same(expected, options.read(rows, given))
    assert.equal("2 s", given.fade)
  end)

  it("fills in defaults", function()
    assert.same({ level = 3 }, options.read(rows))
    assert.same({ level = 3, on = true }, options.read(rows, { on = true }))
  end)

  it("has the rows of its bases", function()
    local more = {
      what = "bulb", bases = { rows }, { name = "watt", type = "number", doc = "its power" },
    }
    assert.same({ level = 1, watt = 5 }, options.read(more, { level = 1, watt = 5 }))
    assert.equal(#rows + 1, #options.all(more))
  end)

  it("accepts false for none where it says so", function()
    local loose = { what = "lamp", bases = { rows }, off = true }
    assert.same({ level = false, mode = false, on = false },
      options.read(loose, { level = false, mode = false, on = false }))
  end)

  for _, case in ipairs {
    { 5, "lamp takes a table such as { level = 1 }, not 5." },
    { { levle = 1 }, "lamp has no option 'levle'; did you mean 'level'?" },
    { { "x" }, "lamp has no option 1." },
    { { level = 6 }, "lamp: `level` takes a whole number from 1 to 5, not 6." },
    { { level = 1.5 }, "lamp: `level` takes a whole number from 1 to 5, not 1.5." },
    { { level = false }, "lamp: `level` takes a whole number from 1 to 5, not false." },
    { { ratio = "1" }, "lamp: `ratio` takes a number, not '1'." },
    { { ratio = 0 / 0 }, "lamp: `ratio` takes a number, not NaN (not a number)." },
    {
      { fade = 0 },
      'lamp: `fade` takes a time from 1 ms to 1 h, such as "30 s" or "5 min", or a number of '
        .. 'seconds, not 0.',
    },
    {
      { delay = "soon" },
      "lamp: `delay` takes a time such as \"30 s\" or \"5 min\", or a number of seconds, not "
        .. "'soon'.",
    },
    { { mode = "nigt" }, "lamp: `mode` takes 'day' or 'night', not 'nigt'; did you mean 'night'?" },
    { { mode = 1 }, "lamp: `mode` takes 'day' or 'night', not 1." },
    { { label = "" }, "lamp: `label` is empty." },
    { { label = { "secret" } }, "lamp: `label` takes text, not a table." },
    { { label = "\255" }, "lamp: `label` is not valid UTF-8." },
    { { label = "a\0" }, "lamp: `label` holds a NUL byte." },
    { { on = 1 }, "lamp: `on` takes true or false, not 1." },
    { { tags = { a = "b" } }, "lamp: `tags` takes a list of text, without the key 'a'." },
    { { tags = { 5 } }, "lamp: `tags` takes text, not a number." },
    { { call = {} }, "lamp: `call` takes a function, not a table." },
    { { inner = 5 }, "lamp: `inner` takes a table, not 5." },
    { { inner = { wat = 5 } }, "lamp: `inner` has no option 'wat'; did you mean 'watt'?" },
    { { inner = { watt = -5 } }, "lamp: `inner`: `watt` takes a number of 0 or more, not -5." },
    { { even = 3 }, "lamp: `even` takes an even number." },
  } do
    it("refuses: " .. case[2], function()
      local ok, err = pcall(options.read, rows, case[1])
      assert.same({ false, "invalid", case[2] }, { ok, err.kind, err.message })
    end)
  end

  it("names its caller in errors", function()
    local _, err = pcall(options.read, rows, { on = 1 }, "Hall/Lamp")
    assert.equal("Hall/Lamp: `on` takes true or false, not 1.", err.message)
  end)
end)

describe("each row", function()
  local types = {
    text = true, boolean = true, number = true, integer = true, duration = true,
    ["function"] = true, list = true,
    table = true, any = true,
  }

  for _, each in ipairs(dofile "mk/meta/option_tables.lua") do
    local of = require(each[1])[each[2]]

    it("of " .. each[1] .. "." .. each[2] .. " is complete", function()
      local seen = {}
      assert.is_string(of.what)
      assert.is_string(of.doc)
      for _, row in ipairs(options.all(of)) do
        local where = of.what .. ": " .. tostring(row.name)
        assert.is_nil(seen[row.name], where)
        assert.is_true(types[row.type] or false, where)
        assert.is_true(type(row.doc) == "string" and row.doc ~= "" and not row.doc:find "\n", where)
        assert.is_nil(row.doc:match "%.$", where .. " ends with a full stop")
        seen[row.name] = true
      end
    end)
  end

  it("of limits has the default of the scheduler", function()
    local limits = require("homey.task.scheduler").new({}).limits
    for _, row in ipairs(require("homey.automation.options").limits) do
      assert.equal(limits[row.name], tonumber(row.default_text:match "%d+"), row.name)
    end
  end)

  for _, name in ipairs { "options", "home" } do
    it(("is in the annotations as it is: %s"):format(name), function()
      local text = dofile("mk/files.lua").contents(("lua/homey/meta/%s.lua"):format(name))
      assert.equal(dofile(("mk/meta/%s.lua"):format(name)), text, "run `make annotations`")
    end)
  end
end)
