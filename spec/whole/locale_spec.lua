-- Locale of a host: a program such as Gtk has set one with a decimal comma.
-- Runs hardly any C code: not under Valgrind.
local comma_locale = require "spec.support.comma_locale"
local number_text = require "homey.util.number_text"
local text = require "homey.util.text"

describe("in a locale with a decimal comma", function()
  for _, name in ipairs {
    "util/locale_numbers", "util/duration", "time/timestamp", "time/rule", "time/condition",
    "model/capability", "automation/held", "automation/edge", "automation/trigger", "sim/virtual",
    "automation/schedule", "state/state", "write/guard", "model/normalize",
  } do
    it(name .. " passes", function()
      local said = comma_locale.run { ("spec/%s_spec.lua"):format(name) }
      assert.is_nil(said:match "not ok[^\n]*", said)
      assert.is_truthy(said:match "\nok ", said)
    end)
  end
end)

describe("a source", function()
  local function sources(folder, pattern)
    local pipe = assert(io.popen(("find %s -name '%s'"):format(folder, pattern)))
    local list = {}
    for path in pipe:lines() do list[#list + 1] = path end
    pipe:close()
    assert.is_true(#list > 10)
    return list
  end

  -- The lines that use one of these names.
  local function uses(path, names)
    local found, n = {}, 0
    for line in io.lines(path) do
      n = n + 1
      for _, name in ipairs(names) do
        if line:find(name) and not line:find "number_text%." then
          found[#found + 1] = ("%s:%d: %s"):format(path, n, line)
        end
      end
    end
    return found
  end

  it("in Lua leaves letters and fractions to util", function()
    for _, path in ipairs(sources("lua/homey", "*.lua")) do
      if not path:find "/sim/" and not path:find "number_text" then
        assert.same({},
          uses(path, { ":lower%(", ":upper%(", "string%.lower", "%%[%d.]*[gf]\"", "%%%.%d+[gf]" }))
      end
    end
  end)

  it("in Lua uses tonumber for digits only", function()
    local digits = {
      request_path = true, timestamp = true, systemd = true, rule = true, cron = true,
      moment = true, posix = true, days = true,
      arguments = true, case_fold = true, card_argument = true, address = true, server = true,
      local_time = true, prices = true, options = true, members = true, compiled = true,
      browser = true, callback = true, patient = true, probe = true, scrub = true,
      dns_message = true,
    }
    for _, path in ipairs(sources("lua/homey", "*.lua")) do
      if not path:find "/sim/" and not path:find "number_text"
        and not digits[path:match "([%w_]+)%.lua$"] then
        assert.same({}, uses(path, { "tonumber" }))
      end
    end
  end)

  it("in C compares letters by curl_strequal", function()
    for _, path in ipairs(sources("src", "*.[ch]")) do
      assert.same({}, uses(path, { "str[n]?casecmp", "tolower", "toupper", "atof", "localeconv" }))
    end
  end)
end)

describe("text.lower", function()
  it("changes ASCII letters only", function()
    assert.equal("abci\195\132\195\156", text.lower "ABCI\195\132\195\156")
  end)
end)

describe("a number as text", function()
  for _, case in ipairs {
    { "0.5", 0.5 }, { ".5", 0.5 }, { "5.", 5 }, { "12", 12 }, { "-1.25", -1.25 }, { "+2", 2 },
    { "1e3", 1000 }, { "1.5E-3", 0.0015 },
    { " 7\n", 7 }, { "0.1", 0.1 }, { "0.3", 0.3 }, { "123456789.123456789", 123456789.123456789 },
    { "007", 7 }, { "1e400", math.huge },
    { "0." .. ("0"):rep(400) .. "1", 0 }, { "1e-99999999999999999999", 0 },
    { "1.7976931348623157e308", 1.7976931348623157e308 },
  } do
    it("is read: " .. case[1]:sub(1, 30), function()
      assert.equal(case[2], number_text.read(case[1]))
    end)
  end

  for _, case in ipairs { "", " ", ".", "-", "e3", "1e", "1.2.3", "0,5", "0x10", "nan", "inf",
    "1 2", "--1", "1_000" } do
    it("is refused: " .. case, function() assert.is_nil(number_text.read(case)) end)
  end
end)
