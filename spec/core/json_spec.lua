local core = require "homey.core"
local json = require "homey.util.json"

local null = core.null
local has_integers = math.type ~= nil

local function array(list) return setmetatable(list, core.array) end

-- A float stays a float: 1.0 and 1 differ in math.type.
local function number_type(n) return math.type and math.type(n) or "float" end

local function same_value(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b and type(a) == type(b)
      and (type(a) ~= "number" or number_type(a) == number_type(b))
  end
  if getmetatable(a) ~= getmetatable(b) then return false end
  for k, v in pairs(a) do if not same_value(v, b[k]) then return false end end
  for k in pairs(b) do if a[k] == nil then return false end end
  return true
end

describe("JSON text", function()
  describe("that is valid", function()
    for _, case in ipairs {
      { "null", null }, { "true", true }, { "false", false }, { "0", 0 }, { "-1", -1 },
      { "10", 10 },
      { " \t\r\n1 \t\r\n", 1 }, { "1.5", 1.5 }, { "-0.25", -0.25 }, { "1e2", 1e2 }, { "1E+2", 1e2 },
      { "12e-1", 1.2 }, { "0e0", 0.0 }, { "0.0", 0.0 }, { "1.0", 1.0 }, { "0e+1", 0.0 },
      { "1e-400", 0.0 },
      { '""', "" }, { '"a"', "a" }, { '"/"', "/" }, { '"\\/"', "/" }, { '"\127"', "\127" },
      { [["\"\\\/\b\f\n\r\t"]], '"\\/\b\f\n\r\t' }, { [["\u0000"]], "\0" },
      { [["a\u0000b"]], "a\0b" },
      { [["\u0041\u00e9\u20AC"]], "A\195\169\226\130\172" },
      { [["\uD83D\ude00"]], "\240\159\152\128" },
      { [["\uDBFF\uDFFF"]], "\244\143\191\191" },
      { [["\uFFFF\uE000\uD7FF"]], "\239\191\191\238\128\128\237\159\191" },
      { '"\194\128\223\191"', "\194\128\223\191" },
      { '"\224\160\128\239\191\191"', "\224\160\128\239\191\191" },
      { '"\240\144\128\128\244\143\191\191"', "\240\144\128\128\244\143\191\191" },
      { '"\226\128\168"', "\226\128\168" }, { "[]", array {} }, { "[ ]", array {} }, { "{}", {} },
      { "{ }", {} }, { "[[]]", array { array {} } }, { "[1,null,true]", array { 1, null, true } },
      { '{"a":1,"b":[2]}', { a = 1, b = array { 2 } } }, { '{"":0}', { [""] = 0 } },
      { '{"a\\u0000":0}', { ["a\0"] = 0 } }, { ' { "a" : 1 , "b" : 2 } ', { a = 1, b = 2 } },
      { '{"a":1,"a":2}', { a = 2 } }, { '{"a":{"b":1},"a":null}', { a = null } },
    } do
      it("is read: " .. ("%q"):format(case[1]):gsub("\\\n", "\\n"), function()
        local value, message = core.decode(case[1])
        assert.is_nil(message)
        assert.is_true(same_value(case[2], value))
      end)

      it("is left out: " .. ("%q"):format(case[1]):gsub("\\\n", "\\n"), function()
        local text = ('{"out":%s,"in":[%s],"out":[%s]}'):format(case[1], case[1], case[1])
        assert.is_true(same_value({ ["in"] = array { case[2] } },
          core.decode(text, { ["in"] = true })))
      end)
    end
  end)

  local read_differently = { ["1,5"] = true } -- when left out of an object

  describe("that is invalid", function()
    for _, case in ipairs {
      { "", 1 }, { " ", 2 }, { "[", 2 }, { "]", 1 }, { "[1", 3 }, { "[1,", 4 }, { "[1,]", 4 },
      { "[,1]", 2 },
      { "[1,,2]", 4 }, { "[1 2]", 4 }, { "[1}", 3 }, { '{"a":1]', 7 }, { "{", 2 }, { '{"a"', 5 },
      { '{"a":', 6 }, { '{"a":1', 7 }, { '{"a":1,', 8 }, { '{"a":1,}', 8 }, { "{,}", 2 },
      { "{1:2}", 2 },
      { "{a:1}", 2 }, { "{'a':1}", 2 }, { '{"a" 1}', 6 }, { '{"a":1 "b":2}', 8 }, { '{"a"::1}', 6 },
      { "[]]", 3 }, { "1 2", 3 }, { "1x", 2 }, { "{}{}", 3 }, { "nul", 1 }, { "nulll", 5 },
      { "True", 1 },
      { "NaN", 1 }, { "Infinity", 1 }, { "-Infinity", 2 }, { "undefined", 1 }, { "+1", 1 },
      { "-", 2 },
      { "--1", 2 }, { "01", 2 }, { "-01", 3 }, { "00", 2 }, { ".5", 1 }, { "1.", 3 }, { "1.e2", 3 },
      { "1e", 3 }, { "1e+", 4 }, { "1ee1", 3 }, { "0x10", 2 }, { "1,5", 2 }, { "1_0", 2 },
      { "// a\n1", 1 }, { "1/**/", 2 }, { "\v1", 1 }, { "\194\1601", 1 }, { "1\0", 2 },
      { "\0", 1 }, { "[\0]", 2 }, { "\239\187\191[]", 1 }, { "\255\254[\0]\0", 1 }, { '"', 2 },
      { '"a', 3 },
      { '"\\', 3 }, { '"\\"', 4 }, { "'a'", 1 }, { '"a\nb"', 3 }, { '"a\0b"', 3 }, { '"\t"', 2 },
      { '"\31"', 2 }, { [["\a"]], 2 }, { [["\x41"]], 2 }, { [["\U0041"]], 2 }, { [["\u"]], 2 },
      { [["\u004"]], 2 }, { [["\u00g0"]], 2 }, { [["\u-001"]], 2 }, { [["\u 041"]], 2 },
      { [["\uD83D\u"]], 8 },
      { [["\uD83D\uD8"]], 8 }, { [["\uD83D\uDE0g"]], 8 }, { [["\uD83D]], 8 }, { [["\uD83D\]], 9 },
    } do
      it("is refused at byte " .. case[2] .. ": " .. ("%q"):format(case[1]):gsub("\\\n", "\\n"),
        function()
        local value, message = core.decode(case[1])
        assert.is_nil(value)
        assert.equal("byte " .. case[2] .. ":", message:match "^byte %d+:")
      end)

      it("is refused there when it is left out: " .. ("%q"):format(case[1]):gsub("\\\n", "\\n"),
        function()
        if read_differently[case[1]] then return end
        local value, message = core.decode('{"out":' .. case[1], { ["in"] = true })
        assert.is_nil(value)
        assert.equal("byte " .. case[2] + #'{"out":' .. ":", message:match "^byte %d+:")
      end)
    end
  end)

  describe("that JavaScript writes and Lua cannot hold", function()
    local half = "\239\191\189" -- U+FFFD

    for _, case in ipairs {
      { "2^64", "18446744073709552000", 1, 2 ^ 64 }, { "2^63", "9223372036854776000", 1, 2 ^ 63 },
      { "-2^64", "-18446744073709552000", 1, -2 ^ 64 },
      { "2^70", "1180591620717411300000", 1, 2 ^ 70 },
      { "400 digits", ("9"):rep(400), 1, math.huge }, { "1e400", "1e400", 1, math.huge },
      { "-1e400", "-1e400", 1, -math.huge },
      { "the largest exponent", "1e99999999999999999999", 1, math.huge },
      { "an emoji cut in two", [["Lamp \ud83d"]], 7, "Lamp " .. half },
      { "the rest of an emoji", [["\udca1 Lamp"]], 2, half .. " Lamp" },
      { "a half before a letter", [["\uD800x"]], 2, half .. "x" },
      { "a half before an escaped letter", [["\uD800\u0041"]], 2, half .. "A" },
      { "a half before a newline", [["\uD83D\n"]], 2, half .. "\n" },
      { "a half before a pair", [["\ud83d\ud83d\ude00"]], 2, half .. "\240\159\152\128" },
      { "two halves in the wrong order", [["\udca1\ud83d"]], 2, half .. half },
      { "a half in a key", [[{"\ud83d":1}]], 3, { [half] = 1 } },
    } do
      it("is read as JavaScript reads it: " .. case[1], function()
        local value, message = core.decode(case[2])
        assert.is_nil(message)
        assert.is_true(same_value(case[4], value))
        assert.is_true(same_value(case[4], json.decode(case[2])))
        assert.is_true(same_value(array { case[4], case[4] },
          core.decode("[" .. case[2] .. "," .. case[2] .. "]")))
        assert.is_true(same_value({ b = 1 },
          core.decode('{"a":' .. case[2] .. ',"b":1}', { b = true })))
      end)

      it("is refused strictly: " .. case[1], function()
        local value, message = core.decode(case[2], nil, true)
        assert.is_nil(value)
        assert.equal("byte " .. case[3] .. ":", message:match "^byte %d+:")
        local ok, err = pcall(json.decode, case[2], { strict = true })
        assert.is_false(ok)
        assert.equal("invalid", err.kind)
      end)
    end

    it("is refused when it is sent", function()
      for _, text in ipairs { "1e400", "[-1e400]" } do
        local ok, err = pcall(json.encode, json.decode(text))
        assert.is_false(ok)
        assert.equal("invalid", err.kind)
      end
    end)

    it("is refused for a wrong option", function()
      for _, options in ipairs { { stric = true }, { strict = 1 }, { true }, "strict", true } do
        local ok, err = pcall(json.decode, "1", options)
        assert.is_false(ok)
        assert.equal("invalid", err.kind)
      end
      assert.equal(1, json.decode("1", {}))
      assert.equal(1, json.decode("1", { strict = false }))
    end)
  end)

  it("is valid UTF-8 or refused", function()
    for _, bad in ipairs {
      "\128", "\191", "\192\128", "\193\191", "\194", "\194a", "\195\195", "\224\128\128",
      "\224\159\191",
      "\224\160",
      "\237\160\128", "\237\191\191", "\239\191", "\240\128\128\128", "\240\143\191\191",
      "\240\144\128",
      "\244\144\128\128", "\245\128\128\128", "\248\136\128\128\128", "\254", "\255",
    } do
      for _, before in ipairs { "", "abc", "long enough for several words", "\195\169\195\169" } do
        for _, after in ipairs { "", "abc", "long enough for several words" } do
          local at = #before + 2
          local _, message = core.decode('"' .. before .. bad .. after .. '"')
          assert.equal("byte " .. at .. ": not valid UTF-8", message)
          _, message = core.encode { before .. bad .. after }
          assert.equal("value[1]: a string that is not valid UTF-8", message)
        end
      end
    end
  end)

  it("ends a string at any offset", function()
    for length = 0, 40 do
      local plain = ("x"):rep(length)
      for special, value in pairs { ['\\"'] = '"', ["\195\169"] = "\195\169",
        ["\\u0001"] = "\1" } do
        local text = '["' .. plain .. special .. plain .. '","' .. plain .. '"]'
        local list = assert(core.decode(text))
        assert.equal(plain .. value .. plain, list[1])
        assert.equal(plain, list[2])
        assert.equal(text, core.encode(list))
      end
    end
  end)

  it("may nest 1000 levels, not more", function()
    for _, pair in ipairs { { "[", "]", "" }, { '{"a":', "}", "0" } } do
      local open, close, middle = pair[1], pair[2], pair[3]
      local text = open:rep(1000) .. middle .. close:rep(1000)
      assert.equal(text, core.encode(assert(core.decode(text))))
      for _, depth in ipairs { 1001, 10000 } do
        local value, message = core.decode(open:rep(depth) .. middle .. close:rep(depth))
        assert.is_nil(value)
        assert.truthy(message:find("nested deeper than 1000 levels", 1, true))
      end
    end
  end)

  it("is refused when truncated at any byte", function()
    local text =
      [[{"a":[1,-2.5e1,"x\u00e9\ud83d\ude00é"],"b":{"c":null,"d":[true,false,{}]},"e":""}]]
    assert(core.decode(text))
    for length = 0, #text - 1 do
      local value, message = core.decode(text:sub(1, length))
      assert.is_nil(value)
      assert.is_truthy(message)
      for _, only in ipairs { {}, { a = true }, { b = { d = true } }, { ["*"] = {} } } do
        local part, why = core.decode(text:sub(1, length), only)
        assert.is_nil(part)
        assert.equal(message, why)
      end
    end
  end)

  it("never appears in a message", function()
    for _, text in ipairs {
      '{"token":"hunter2', '{"token":"hunter2" "x"}', '{"token":hunter2}', '["hunter2\\q"]',
      '["hunter2\255"]', '"hunter2"hunter2',
      '["hunter2\n"]', "hunter2", '{"hunter2"}', "[1234567890123456789012345]",
    } do
      local _, message = core.decode(text, nil, true)
      assert.is_nil(message:find "unter")
      assert.is_nil(message:find "2345")
    end
  end)

  it("keeps the rest of a large table", function()
    local list, object = {}, {}
    for i = 1, 5000 do
      list[i] = ("[%d,{\"n\":%d}]"):format(i, i)
      object[i] = ('"key%d":{"value":%d}'):format(i, i)
    end
    object[5001] = '"key1":"again"'
    local text = "[[" .. table.concat(list, ",") .. "],{" .. table.concat(object, ",") .. "}]"
    local decoded = assert(core.decode(text))
    assert.equal(5000, #decoded[1])
    for i = 1, 5000 do
      assert.equal(i, decoded[1][i][1])
      assert.equal(i, decoded[1][i][2].n)
      if i > 1 then assert.equal(i, decoded[2]["key" .. i].value) end
    end
    assert.equal("again", decoded[2].key1)
  end)

  it("distinguishes strings with equal ends", function()
    local list, text = {}, {}
    for i = 1, 2000 do
      list[i] = ("beginning%04dthe same end"):format(i % 700):sub(1, 8 + i % 30)
      text[i] = '"' .. list[i] .. '"'
    end
    assert.same(list, setmetatable(core.decode("[" .. table.concat(text, ",") .. "]"), nil))
  end)
end)

describe("a selected part of JSON text", function()
  local list =
    [[{"x":{"id":"x","settings":{"a":[1,{}]},"capabilities":{"settings":{"value":1,"desc":"d"},]]
    .. [["dim":{"value":2,"desc":null}}},"y":{"id":"y","capabilities":null}}]]
  local long = { text = {}, all = {} }
  for i = 1, 3000 do
    long.text[i] = ('"k%d":{"in":%d,"out":{"x":[%d,"\\u0041%s"]}}')
      :format(i, i, i, ("z"):rep(i % 50))
    long.all["k" .. i] = { ["in"] = i }
  end

  for _, case in ipairs {
    { "is what is named", '{"a":1,"b":2,"c":3}', { a = true, c = true }, { a = 1, c = 3 } },
    { "may be nothing", '{"a":1}', {}, {} },
    {
      "may be all but what is named", '{"a":1,"b":[2],"c":3}', { ["*"] = true, b = false },
      { a = 1, c = 3 },
    },
    {
      "may be of any member", list, { ["*"] = { id = true } },
      { x = { id = "x" }, y = { id = "y" } },
    },
    { "is at its level only", list, { ["*"] = { capabilities = { ["*"] = { value = true } } } },
      {
        x = { capabilities = { settings = { value = 1 }, dim = { value = 2 } } },
        y = { capabilities = null },
      } },
    { "may be of every item", '[{"a":1,"b":2},3,[{"a":4}],{}]', { ["*"] = { a = true } },
      array { { a = 1 }, 3, array { { a = 4 } }, {} } },
    {
      "is every item where no other is named", '[{"a":1},2]', { a = true }, array { { a = 1 }, 2 },
    },
    { "is all of what is no table", '"a"', { a = true }, "a" },
    {
      "has the last of equal keys", '{"a":1,"b":0,"a":{"c":2,"d":3}}', { a = { c = true } },
      { a = { c = 2 } },
    },
    {
      "may have other names", '{"a":1,"b":{"c":[2],"d":3},"e":4}',
      { a = "A", b = { "B", c = "C" }, ["*"] = true }, { A = 1, B = { C = array { 2 } }, e = 4 },
    },
    {
      "has no null under another name", '{"a":null,"b":null,"c":{"a": null ,"b":null}}',
      { a = "A", b = true, c = { "C", a = { "A" }, b = { b = true } } },
      { b = null, C = { b = null } },
    },
    {
      "has the last of keys with equal names", '{"a":1,"b":2,"a":null}', { a = "x", b = "x" },
      { x = 2 },
    },
    {
      "may have escapes in its keys", '{"\\u0061":1,"\\u0062":{"c":2},"\\n":3,"d":4}',
      { a = "A", b = { c = true }, ["\n"] = true }, { A = 1, b = { c = 2 }, ["\n"] = 3 },
    },
    {
      "may have long and similar names",
      '{"identical first":1,"identical second":2,"identical third":3,"id":4,"identica":5}',
      { ["identical first"] = "one", ["identical third"] = true, identica = true, identic = true },
      { one = 1, ["identical third"] = 3, identica = 5 },
    },
    { "may be named by *", '{"*":1,"a":2}', { ["*"] = true, a = false }, { ["*"] = 1 } },
    {
      "may leave out a number of any size", '{"a":[1e400,100000000000000000000001],"b":1}',
      { b = true }, { b = 1 },
    },
    {
      "may leave out all but the depth", '{"a":' .. ("["):rep(999) .. ("]"):rep(999) .. ',"b":1}',
      { b = true }, { b = 1 },
    },
    { "may be of more than a table holds at first", "{" .. table.concat(long.text, ",") .. "}",
      { ["*"] = { ["in"] = true } }, long.all },
  } do
    it(case[1], function()
      local value, message = core.decode(case[2], case[3])
      assert.is_nil(message)
      assert.is_true(same_value(case[4], value))
    end)
  end

  it("may nest no deeper when skipped", function()
    local _, message = core.decode('{"a":' .. ("["):rep(1000) .. ("]"):rep(1000) .. "}", {})
    assert.equal("byte 1005: nested deeper than 1000 levels", message)
  end)

  it("may be wanted by a table that is in itself", function()
    local only = { v = true, x = false }
    only["*"] = only
    assert.same({ v = 1, a = { v = 2, b = { w = 3, c = {} } } },
      core.decode('{"v":1,"x":2,"a":{"v":2,"b":{"w":3,"c":{"x":4}}}}', only))
  end)

  it("is found in objects with other members and another order", function()
    local names, only, text, all = {}, {}, {}, {}
    for i = 1, 40 do
      names[i] = ("member%d of many"):format(i):sub(1, 4 + i % 12) .. i
      if i % 3 > 0 then only[names[i]] = "n" .. i end
    end
    for n = 1, 50 do
      local members = {}
      all[n] = {}
      for k = 1, 40 do
        local i = k * (n % 40 + 1) % 41
        if (i + n) % 4 > 0 then
          members[#members + 1] = ('"%s":%d'):format(names[i], i * n)
          if i % 3 > 0 then all[n]["n" .. i] = i * n end
        end
      end
      text[n] = "{" .. table.concat(members, ",") .. "}"
    end
    assert.same(all, setmetatable(
      core.decode("[" .. table.concat(text, ",") .. "]", { ["*"] = only }), nil))
  end)

  it("is selected by a table", function()
    assert.has_error(function() core.decode("{}", true) end)
    assert.same({ a = 1 }, core.decode('{"a":1}', nil))
  end)
end)

describe("a JSON number", function()
  local function read(text) return core.decode(text) end

  it("is an integer where Lua has integers", function()
    if not has_integers then return end
    for _, text in ipairs { "0", "1", "-1", "9007199254740993", "9223372036854775807",
    "-9223372036854775808" } do
      local n = read(text)
      assert.equal("integer", math.type(n))
      assert.equal(text, ("%d"):format(n))
      assert.equal(text, core.encode(n))
    end
  end)

  it("is refused strictly instead of rounded", function()
    local refused = { "9223372036854775809", "-9223372036854775809", "18446744073709551615",
    "100000000000000000000001",
                      ("9"):rep(400) }
    if not has_integers then table.insert(refused, "9007199254740993") end
    if not has_integers then table.insert(refused, "-9007199254740993") end
    for _, text in ipairs(refused) do
      local value, message = core.decode("[" .. text .. "]", nil, true)
      assert.is_nil(value)
      assert.equal("byte 2:", message:match "^byte %d+:")
    end
  end)

  it("is rounded to the nearest double, ties to even", function()
    for text, value in pairs {
      ["9223372036854775809"] = 2 ^ 63, ["-9223372036854775809"] = -2 ^ 63,
      ["18446744073709551615"] = 2 ^ 64,
      ["18446744073709553664"] = 2 ^ 64, ["18446744073709553665"] = 2 ^ 64 + 4096,
      ["100000000000000000000001"] = 1e23 + 16777216,
    } do
      assert.equal(value, read(text))
    end
    if has_integers then return end
    assert.equal(2 ^ 53, read "9007199254740993")
    assert.equal(2 ^ 53 + 4, read "9007199254740995")
    assert.equal(-2 ^ 53, read "-9007199254740993")
  end)

  it("is a float beyond the integers when exact", function()
    for text, value in pairs {
      ["9223372036854775808"] = 2 ^ 63, ["-9223372036854775808"] = -2 ^ 63,
      ["18446744073709551616"] = 2 ^ 64,
      ["10000000000000000000"] = 1e19, ["100000000000000000000"] = 1e20,
      ["9007199254740994"] = 2 ^ 53 + 2,
      ["1" .. ("0"):rep(22)] = 1e22,
    } do
      assert.equal(value, core.decode(text, nil, true))
    end
  end)

  it("keeps the sign of zero", function()
    for _, text in ipairs { "-0", "-0.0", "-0e5" } do
      assert.equal(-math.huge, 1 / read(text))
      assert.equal(-math.huge, 1 / read(core.encode(read(text))))
    end
    assert.equal(math.huge, 1 / read "0")
  end)

  it("is rounded once, to the nearest double", function()
    for text, value in pairs {
      ["0.1"] = 0.1, ["123456789.123e-30"] = 123456789.123e-30,
      ["1.7976931348623157e308"] = 1.7976931348623157e308,
      ["2.2250738585072014e-308"] = 2.2250738585072014e-308,
      ["4.9406564584124654e-324"] = 2 ^ -1074,
      ["2.4703282292062327e-324"] = 0, ["2.4703282292062328e-324"] = 2 ^ -1074,
      ["9007199254740993.0"] = 2 ^ 53,
      ["9007199254740993.0" .. ("0"):rep(1000) .. "1"] = 2 ^ 53 + 2,
      ["9007199254740992.9" .. ("9"):rep(1000)] = 2 ^ 53, ["9.007199254740993e15"] = 2 ^ 53,
      ["9007199254740993000000e-6"] = 2 ^ 53, ["1" .. ("0"):rep(999) .. "e-999"] = 1.0,
      ["0." .. ("0"):rep(999) .. "1e1000"] = 1.0, ["0e999999999999999999999"] = 0,
      ["1e-99999999999999999999"] = 0, ["0.3"] = 0.3, ["1e22"] = 1e22, ["1e23"] = 1e23,
      ["8.5e-23"] = 8.5e-23,
    } do
      assert.equal(value, read(text))
    end
    assert.equal(math.huge, read "1.7976931348623159e308")
    assert.equal(1.7976931348623157e308, read "1.7976931348623158e308")
  end)

  it("is written with the fewest digits", function()
    for _, case in ipairs {
      { 0.1, "0.1" }, { 21.5, "21.5" }, { -0.07, "-0.07" }, { 0.1 + 0.2, "0.30000000000000004" },
      { 1 / 3, "0.3333333333333333" }, { 123456.789, "123456.789" }, { 1e21 + 0.0, "1e21" },
      { 1e100, "1e100" }, { 5e-324, "5e-324" }, { 1e-7, "0.0000001" },
      { 1.7976931348623157e308, "1.7976931348623157e308" }, { 100 / 3, "33.333333333333336" },
      { 2 ^ 53 + 2, "9.007199254740994e15" }, { 1.25e-20, "1.25e-20" }, { 0.00123, "0.00123" },
    } do
      assert.equal(case[2], core.encode(case[1]))
    end
  end)

  it("distinguishes 1 and 1.0 where Lua does", function()
    assert.equal("1", core.encode(1))
    assert.equal(has_integers and "1.0" or "1", core.encode(2 / 2))
    assert.equal(has_integers and "9007199254740992.0" or "9007199254740992", core.encode(2 ^ 53))
  end)

  it("survives a round trip with any bits", function()
    math.randomseed(20)
    for _ = 1, 3000 do
      local n = (math.random() - 0.5) * 2 ^ math.random(-1060, 1020)
      assert.equal(n, read(core.encode(n)))
      local short = math.random(0, 99999) / 10 ^ math.random(0, 6)
      assert.equal(short, read(core.encode(short)))
      assert.equal(tonumber(("%.3f"):format(short)), read(("%.3f"):format(short)))
    end
  end)

  it("has a point in a locale with a comma", function()
    local before = os.setlocale()
    if not (os.setlocale "de_DE.UTF-8" or os.setlocale "de_DE.utf8"
      or os.setlocale "fr_FR.UTF-8") then
      return -- the system lacks this locale
    end
    local texts = {}
    for i, n in ipairs { 1.5, 0.1 + 0.2, 1e100, 1.2345678901234567e-5 } do
      texts[i] = core.encode(n)
    end
    local long, short, comma = core.decode "1.2345678901234567e-50", core.decode "[0.5]",
      core.decode "0,5"
    os.setlocale(before)
    assert.same({ "1.5", "0.30000000000000004", "1e100", "0.000012345678901234568" }, texts)
    assert.equal(1.2345678901234567e-50, long)
    assert.equal(0.5, short[1])
    assert.is_nil(comma)
  end)
end)

describe("a Lua value", function()
  describe("becomes JSON:", function()
    for _, case in ipairs {
      { "null", null }, { "true", true }, { "false", false }, { "0", 0 }, { '""', "" },
      { '"a/b"', "a/b" },
      { [["\"\\\b\f\n\r\t\u0000\u001f]] .. "\127\"", '"\\\b\f\n\r\t\0\31\127' },
      { '"\226\128\168"', "\226\128\168" }, { "{}", {} }, { "[]", array {} },
      { "[1,2,3]", { 1, 2, 3 } },
      { "[[]]", { array {} } }, { '[{"a":null}]', { { a = null } } },
      { '{"1":true}', { ["1"] = true } },
      { '{"\\n":[false]}', { ["\n"] = { false } } },
    } do
      it(case[1], function() assert.equal(case[1], core.encode(case[2])) end)
    end
  end)

  describe("is refused:", function()
    local keys = "number keys must run from 1 without a gap"
    local mixed = "keys mix numbers and names"
    local deep = "tables within tables beyond 1000 levels, or in a circle"
    local circle = {}
    circle.me = circle
    for _, case in ipairs {
      { "value: nil is no JSON value, but null is" },
      { "value: a function is no JSON value", print },
      { "value: a coroutine is no JSON value", coroutine.create(function() end) },
      { "value.f: a userdata is no JSON value", { f = io.stdout } },
      { "value: NaN is no JSON number", 0 / 0 },
      { "value[2]: infinity is no JSON number", { 1, -math.huge } },
      { "value.actions[3]: " .. mixed, { actions = { 1, 2, { 1, x = 2 } } } },
      { "value: " .. keys, { [2] = 1 } }, { "value: " .. keys, { 1, 2, nil, 4 } },
      { "value: " .. keys, { [0] = 1 } }, { "value: " .. keys, { 1, [1.5] = 2 } },
      { "value: " .. keys, { 1, [-1] = 2 } }, { "value.a: " .. keys, { a = { [2 ^ 60] = 1 } } },
      { "value: " .. keys, array { [3] = 1 } },
      { "value: an array has names for keys", array { a = 1 } },
      { "value: a key is neither a name nor a number", { [true] = 1 } },
      { "value: a key is neither a name nor a number", { 1, [{}] = 1 } },
      { "value: a key that is not valid UTF-8", { ["\255"] = 1 } },
      { "value.a: a key that is not valid UTF-8", { a = { ["\255"] = 1 } } },
      {
        'value["two words"]["9"]: a function is no JSON value',
        { ["two words"] = { ["9"] = print } },
      },
      { 'value["?"][1]: a function is no JSON value', { ["\n"] = { print } } },
      {
        'value["' .. ("k"):rep(40) .. '..."]: a function is no JSON value',
        { [("k"):rep(50)] = print },
      },
      { "value" .. (".me"):rep(12) .. "...: " .. deep, circle },
    } do
      it(case[1], function()
        local text, message = core.encode(case[2])
        assert.is_nil(text)
        assert.equal(case[1], message)
      end)
    end
  end)

  it("may nest 1000 levels, not more", function()
    local value = {}
    for _ = 1, 999 do value = { value } end
    assert.equal(("["):rep(999) .. "{}" .. ("]"):rep(999), core.encode(value))
    for _ = 1, 9000 do value = { value } end
    local text, message = core.encode(value)
    assert.is_nil(text)
    assert.truthy(message:find("beyond 1000 levels", 1, true))
  end)

  it("is read without its metamethods", function()
    local function never() error "called" end
    local spy = {
      __index = never, __len = never, __pairs = never, __tostring = never, __eq = never,
    }
    assert.equal('[1,{"a":2}]', core.encode { 1, setmetatable({ a = 2 }, spy) })
    assert.equal("[1,2]", core.encode(setmetatable({ 1, 2 }, spy)))
  end)

  it("may be larger than the first buffer", function()
    local list = {}
    for i = 1, 3000 do list[i] = ("\n"):rep(i % 50) .. i end
    assert.same(list, setmetatable(core.decode(core.encode(list)), nil))
    local long = ('"'):rep(100000)
    assert.equal(long, core.decode(core.encode(long)))
  end)

  it("survives a round trip", function()
    math.randomseed(42)
    local function text()
      local t = {}
      for i = 1, math.random(0, 20) do
        t[i] = ({ "a", "\0", "\n", '"', "\\", "\195\169", "\240\159\152\128", "zone",
        "\127" })[math.random(9)]
      end
      return table.concat(t)
    end
    local value
    local makers = {
      function() return null end, function() return math.random() < 0.5 end, text,
      function() return math.random(-2 ^ 31, 2 ^ 31 - 1) end,
      function() return math.random() * 10 ^ math.random(-20, 20) end,
      function(depth)
        local list = array {}
        for i = 1, math.random(0, 6) do list[i] = value(depth) end
        return list
      end,
      function(depth)
        local object = {}
        for _ = 1, math.random(0, 6) do object[text()] = value(depth) end
        return object
      end,
    }
    function value(depth) return makers[math.random(depth > 0 and 7 or 5)](depth - 1) end
    for _ = 1, 500 do
      local v = value(6)
      local encoded = assert(core.encode(v))
      assert.is_true(same_value(v, core.decode(encoded)))
    end
  end)
end)

describe("a decoded array", function()
  it("is encoded as an array when empty", function()
    assert.equal("[]", core.encode(core.decode "[]"))
    assert.equal('{"a":[]}', core.encode(core.decode '{"a":[]}'))
    local list = core.decode "[1]"
    list[1] = nil
    assert.equal("[]", core.encode(list))
  end)

  it("has the metatable core.array", function()
    assert.equal(core.array, getmetatable(core.decode "[[]]"[1]))
    assert.is_nil(getmetatable(core.decode "{}"))
  end)
end)

describe("homey.json", function()
  it("encodes and decodes", function()
    assert.same({ a = 1 }, json.decode(json.encode { a = 1 }))
    assert.is_false(json.decode "false")
    assert.equal(json.null, json.decode "null")
    assert.equal("[]", json.encode(json.array()))
    assert.equal("[1]", json.encode(json.array { 1 }))
  end)

  it("raises an error of kind invalid", function()
    for call, argument in pairs { [json.decode] = "[1,", [json.encode] = { print } } do
      local ok, err = pcall(call, argument)
      assert.is_false(ok)
      assert.equal("invalid", err.kind)
      assert.truthy(tostring(err):find(call == json.decode and "byte 4:" or "value[1]:", 1, true))
    end
  end)
end)
