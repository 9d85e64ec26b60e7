-- Runs on one Lua: no Lua has a part in it.
local homey = require "homey"
local core = require "homey.core"
local logins = require "spec.support.logins"
local support = require "spec.support.sim"

local failure, folder, requests = logins.failure, logins.folder, logins.requests

local sim

setup(function() sim = support.start() end)
teardown(support.stop)
before_each(function() logins.reset(sim) end)
after_each(function()
  logins.tidy()
  assert.same({}, logins.complaints(sim))
end)

local function home(more) return logins.home(logins.options(sim.options, more)) end

local function nothing_was_sent() assert.same({}, sim:log()) end

describe("a password", function()
  local odd = "& = + % \" \\ ; ' # ? / < > \t ~ %41 +%2B äöü ß € \240\159\148\145"

  it("of any characters logs in", function()
    sim:set { password = odd }
    home { password = odd }:login()
    assert.equal(1, #requests(sim, "login"))
  end)

  it("of any characters works with the password grant", function()
    sim:set { password = odd }
    home { password = odd, password_grant = true }:login()
  end)

  it("of any characters works for a local user", function()
    sim:set { local_password = odd, local_username = "Großmutter & Co" }
    local options = logins.options(sim.local_options,
      { password = odd, username = "Großmutter & Co" })
    assert.equal("Sunny House", logins.home(options):get("/api/manager/system/name"))
  end)

  it("that is wrong is sent once, then replaced", function()
    local state_dir = folder()
    local here = home { password = "wrong", state_dir = state_dir }
    local err = failure(here.login, here)
    assert.same({ "credentials", "login" }, { err.kind, err.step })
    assert.matches("the e%-mail address or the password was refused", err.message)
    assert.matches("the e%-mail address or the password was refused .*%. Check both%.$",
      err.message)
    assert.equal("credentials", failure(here.login, here).kind)
    assert.equal(1, #requests(sim, "login"))
    assert.equal("Sunny House", home { state_dir = state_dir }:login().name)
  end)

  it("is in no error", function()
    sim:fault {
      kind = "status", status = 400, route = "login",
      body = '{"error":"no login for Sunny & wrong"}',
    }
    local err = failure(function() home { password = "Sunny & wrong" }:login() end)
    assert.is_nil(err.message:find("Sunny & wrong", 1, true))
  end)
end)

describe("an option of a login", function()
  for _, name in ipairs { "email", "password", "otp", "hub", "username", "code", "account" } do
    for _, case in ipairs {
      { "empty", "", "is empty" },
      { "not UTF-8", "caf\233@example.com", "is not valid UTF%-8" },
      { "cut UTF-8", "a@b.c\226\130", "is not valid UTF%-8" },
      { "an overlong form", "a@b.c\192\175", "is not valid UTF%-8" },
      { "a surrogate", "a@b.c\237\160\128", "is not valid UTF%-8" },
      { "with a NUL in it", "a@b.c\0d", "holds a NUL byte" },
      { "no text", 12, "takes text, not a number" },
    } do
      it(("%s is refused when it is %s"):format(name, case[1]), function()
        local err = failure(homey.login, logins.options(sim.options, { [name] = case[2] }))
        assert.equal("invalid", err.kind)
        assert.matches("`" .. name .. "` " .. case[3], err.message)
        nothing_was_sent()
      end)
    end
  end

  it("cannot inject a header", function()
    for _, more in ipairs { { user_agent = "a\r\nX: y" }, { headers = { ["X-A"] = "b\r\nX: y" } },
      { email = "a@b\nc" } } do
      assert.equal("invalid", failure(homey.new, logins.options(sim.options, more)).kind)
    end
    nothing_was_sent()
  end)

  it("that is an e-mail address contains an @", function()
    assert.equal("the option `email` is not an e-mail address.",
      failure(homey.login,
        logins.options(sim.options, { email = "sunny" })).message:match("^[^:]*"))
    nothing_was_sent()
  end)
end)

describe("a value for a device", function()
  local here

  setup(function()
    here = homey.new(logins.options(sim.pat_options))
    here:get("/api/manager/system/name")
  end)
  teardown(function() here:close() end)

  local function nothing_was_set()
    for _, entry in ipairs(sim:log()) do assert.equal("GET", entry.method) end
  end

  for _, case in ipairs {
    {
      "of the wrong type", "Kitchen/Lamp", "dim", "high", "invalid",
      "takes a number from 0 to 1, not 'high'",
    },
    {
      "of another wrong type", "Kitchen/Lamp", "onoff", 1, "invalid", "takes true or false, not 1",
    },
    {
      "out of range", "Kitchen/Lamp", "dim", 1.01, "invalid",
      "takes a number from 0 to 1, not 1%.01",
    },
    { "below its range", "Kitchen/Lamp", "dim", -0.01, "invalid", "takes a number from 0 to 1" },
    { "that is NaN", "Kitchen/Lamp", "dim", 0 / 0, "invalid", "NaN" },
    { "without end", "Kitchen/Lamp", "dim", math.huge, "invalid", "takes a number from 0 to 1" },
    { "that is nothing", "Kitchen/Lamp", "onoff", nil, "invalid", "not nothing" },
    { "that is a table", "Kitchen/Lamp", "onoff", {}, "invalid", "takes true or false" },
    { "that can only be read", "Hall/Motion", "alarm_motion", true, "invalid", "can only be read" },
    {
      "by a name that is nearly right", "Kitchen/Lamp", "onof", true, "not_found",
      "did you mean 'onoff'",
    },
    {
      "of a device that is unavailable", "Garden lights", "onoff", true, "unavailable",
      "bridge in the shed",
    },
    {
      "of an unknown device", "Kitchen/Lmap", "onoff", true, "not_found",
      "did you mean 'Kitchen/Lamp'",
    },
    { "of a device with no name", "", "onoff", true, "invalid", "." },
  } do
    it(("%s is refused without a request"):format(case[1]), function()
      local err = failure(function() here:device(case[2]):set(case[3], case[4]) end)
      assert.equal(case[5], err.kind)
      assert.matches(case[6], err.message)
      nothing_was_set()
    end)
  end

  for what, call in pairs {
    ["a device"] = function(name) here:device(name) end,
    ["a zone"] = function(name) here:zone(name) end,
    ["a capability to set"] = function(name) here:device("Kitchen/Lamp"):set(name, true) end,
    ["a capability to set among others"] = function(name)
      here:device("Kitchen/Lamp"):set { dim = 1, [name] = true }
    end,
    ["a capability to get"] = function(name) here:device("Kitchen/Lamp"):get(name) end,
    ["a capability to toggle"] = function(name) here:device("Kitchen/Lamp"):toggle(name) end,
    ["a filter"] = function(name) here:devices { name = name } end,
    ["a filter's list"] = function(name) here:devices { zone = { "Kitchen", name } } end,
  } do
    for _, case in ipairs {
      { "empty", "", "not.* ''%.$" },
      { "not UTF-8", "Lamp \233", "'Lamp \\xe9', which is not valid UTF%-8%.$" },
      { "cut UTF-8", "Lamp \226\130", "is not valid UTF%-8%.$" },
      { "with a NUL in it", "La\0mp", "'La\\x00mp', which holds a NUL byte%.$" },
    } do
      it(("of %s named by a text that is %s is refused"):format(what, case[1]), function()
        here:device("Kitchen/Lamp")
        sim:reset_log()
        local err = failure(call, case[2])
        assert.equal("invalid", err.kind)
        assert.matches(case[3], err.message)
        nothing_was_sent()
      end)
    end
  end

  it("that is not UTF-8 is refused without a request", function()
    local lamp = here:device("Kitchen/Lamp")
    lamp:refresh()
    lamp.capabilities.label = { id = "label", type = "string", settable = true, getable = true }
    sim:reset_log()
    local err = failure(lamp.set, lamp, "label", "caf\233")
    assert.same({ "invalid", "Kitchen/Lamp: label takes text in UTF-8, not 'caf\\xe9'." },
      { err.kind, err.message })
    nothing_was_sent()
  end)

  it("of an endless name is refused in a short sentence", function()
    local err = failure(here.device, here, ("Lamp/"):rep(3000))
    assert.equal("not_found", err.kind)
    assert.is_true(#err.message < 200)
  end)

  it("of an ambiguous name is refused with the candidates", function()
    local other = homey.new(logins.options(sim.pat_options))
    local err = failure(function() other:device("Lamp"):set("onoff", true) end)
    assert.equal("ambiguous", err.kind)
    assert.matches("'Kitchen/Lamp'", err.message)
    assert.matches("Hall/Lamp'", err.message)
    nothing_was_set()
    other:close()
  end)
end)

describe("a path", function()
  for _, case in ipairs {
    { "/api/a b", "the path holds what must be percent%-encoded: a space is \"%%20\"" },
    { "/api#a", "a \"#\" is \"%%23\"" },
    { "/api/\195\182", "must be percent%-encoded" },
    { "//evil.example/api", "the path must begin with one \"/\"" },
    { "api", "a path begins with '/'" },
  } do
    it(("is not %q, and the error says why"):format(case[1]), function()
      local here = logins.home(logins.options(sim.pat_options))
      sim:reset_log()
      local err = failure(here.get, here, case[1])
      assert.equal("invalid", err.kind)
      assert.matches(case[2], err.message)
      assert.same({}, sim:log())
    end)
  end
end)

describe("a hub's answer", function()
  local here

  setup(function() here = homey.new(logins.options(sim.pat_options)) end)
  teardown(function() here:close() end)

  local function answer(body)
    sim:fault { kind = "bad_json", body = body, route = "system-name", times = 1 }
    return here:get("/api/manager/system/name")
  end

  for _, case in ipairs {
    { "a NUL", [["a\u0000b"]], "a\0b" },
    { "a pair of surrogates", [["\ud83d\udd11"]], "\240\159\148\145" },
    { "2^53", "9007199254740992", 9007199254740992 },
    { "an empty text", '""', "" },
    { "null", "null", core.null },
    { "false", "false", false },
    { "white space around it", " \r\n\t[1] \n", { 1 } },
    { "a lone high surrogate", [["\ud83d"]], "\239\191\189" },
    { "a lone low surrogate", [["\udd11"]], "\239\191\189" },
    { "a surrogate followed by another letter", [["\ud83d\u0041"]], "\239\191\189A" },
    { "2^64 as JavaScript prints it", "18446744073709552000", 2 ^ 64 },
    { "a number too large", "1e400", math.huge }, { "a number too small", "-1e400", -math.huge },
  } do
    it("with " .. case[1] .. " is read completely", function()
      assert.same(case[3], answer(case[2]))
    end)
  end

  it("with 2^53 + 1 is exact, or the nearest double", function()
    assert.equal(math.type and "9007199254740993" or "9007199254740992",
      ("%d"):format(answer "9007199254740993"))
  end)

  it("that is infinite cannot be sent back", function()
    assert.equal("invalid",
      failure(function() here:put("/api/manager/system/name", { answer "1e400" }) end).kind)
  end)

  it("with one invalid device lists the others", function()
    local list, count = here:get "/api/manager/devices/device", 0
    local id, device = next(list)
    while not device.capabilitiesObj.dim do id, device = next(list, id) end
    device.name, device.capabilitiesObj.dim.value = "cut here", 0.123
    for _ in pairs(list) do count = count + 1 end
    local text = core.encode(list):gsub("cut here", "Lamp \\ud83d", 1)
      :gsub("0%.123", "18446744073709552000", 1)
    sim:fault { kind = "bad_json", body = text, route = "devices" }
    local other = logins.home(logins.options(sim.pat_options))
    assert.equal(count, #other:devices())
    local odd = other:device(id)
    assert.equal("Lamp \239\191\189", odd.name)
    assert.equal(2 ^ 64, odd.capabilities.dim.value)
  end)

  for _, case in ipairs {
    { "a depth of 10,000", ("["):rep(10000) .. ("]"):rep(10000) },
    { "an open depth of 10,000", ("["):rep(10000) },
    { "objects 10,000 deep", ('{"a":'):rep(10000) .. "1" .. ("}"):rep(10000) },
    { "half an escape behind half a pair", [["\ud83d\u"]] }, { "NaN", "NaN" },
    { "a bare word", "yes" },
    { "garbage after it", "{} x" }, { "a raw control character", '"a\nb"' },
    { "an open text", '"abc' }, { "a comma too many", "[1,]" }, { "a leading zero", "[01]" },
    { "no digits", "[1.]" },
  } do
    it("with " .. case[1] .. " is refused, and the next is read", function()
      local err = failure(answer, case[2])
      assert.equal("protocol", err.kind)
      assert.matches("^the hub's answer is not valid JSON", err.message)
      assert.equal("Sunny House", here:get("/api/manager/system/name"))
    end)
  end
end)

describe("10,000 devices", function()
  local large

  setup(function() large = support.start { devices = 10000, timeout = 280 } end)

  it("are listed, and one is set", function()
    local here = logins.home(logins.options(large.pat_options, { timeout = 60 * logins.slow }))
    local all = here:devices()
    assert.equal(10000, #all)
    local lamp
    for _, each in ipairs(all) do
      local onoff = each.capabilities.onoff
      if not lamp and onoff and onoff.settable and each.available then lamp = each end
    end
    lamp:set("onoff", not lamp.capabilities.onoff.value)
    assert.equal(lamp.capabilities.onoff.value, large:device(lamp.id).capabilitiesObj.onoff.value)
  end)
end)
