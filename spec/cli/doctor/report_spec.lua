-- homey doctor: what it prints for people and for programs, and a report without secrets.
local Scrub = require "homey.cli.doctor.scrub"
local command = require "spec.support.command"
local core = require "homey.core"
local logins = require "spec.support.logins"
local support = require "spec.support.sim"

describe("the output of homey doctor", function()
  local sim, env

  setup(function() sim = support.start() end)
  teardown(support.stop)

  before_each(function()
    logins.reset(sim)
    env = command.logged_in(sim, command.folder() .. "/state")
  end)
  after_each(command.tidy)

  local function files()
    local texts = {}
    for name in io.popen("ls " .. env.HOMEY_STATE_DIR):lines() do
      texts[name] = command.read(env.HOMEY_STATE_DIR .. "/" .. name)
    end
    return texts
  end

  it("has a line for each result in a pipe", function()
    local out = command.succeed(env, "doctor")
    for line in out:gmatch "[^\n]+" do assert.matches("^%a+\t[^\t]+\t[^\t]+$", line) end
    assert.matches("^ok\tstate folder\t", out)
    assert.matches("\nok\tping\tanswered in %d+ ms\n$", out)
  end)

  it("has aligned columns on a terminal", function()
    local out = command.on_terminal(env, "doctor")
    assert.matches("^ok    state folder       /", out)
    assert.matches("\nskip  proxy              none is set\n", out)
    assert.matches("\nok    ping               answered in %d+ ms\n$", out)
  end)

  it("shows each result as soon as it is there", function()
    sim:fault { kind = "delay", route = "api", seconds = 60 }
    local process = command.start(env, "doctor", "--timeout", "60s")
    process:wait_for "ok\tenvironment"
    process:signal "INT"
    assert.equal(130, process:ended())
  end)

  for name, code in pairs { INT = 130, TERM = 143 } do
    it("ends on the signal " .. name .. " without a word while the hub hangs", function()
      sim:fault { kind = "hang", route = "hub" }
      local process = command.start(env, "doctor", "--timeout", "60s")
      process:wait_for "ok\tlogin[^\n]*\n"
      process:signal(name)
      assert.equal(code, process:ended())
      assert.not_matches("[Ee]rror", process:said())
    end)
  end

  it("is a JSON array of the documented fields", function()
    sim:fault { kind = "status", route = "ping" }
    local code, out = command.run(env, "doctor", "--json")
    assert.equal(5, code)
    local failed
    for _, result in ipairs(assert(core.decode(out))) do
      for field in pairs(result) do
        assert.is_truthy(({ status = 1, what = 1, detail = 1, kind = 1 })[field], field)
      end
      failed = failed or result.status == "FAIL" and result
    end
    assert.same({ "address", "offline" }, { failed.what, failed.kind })
  end)

  it("fails when the disk is full", function()
    local code, _, err = command.piped(env, ">/dev/full", "doctor")
    assert.equal(1, code)
    assert.matches("^homey doctor: cannot write the output", err)
  end)

  it("examines the login that is named", function()
    local code, _, err = command.run(env, "doctor", "--account", "nobody@example.com")
    assert.equal(4, code)
    assert.matches("no login is stored for 'nobody@example%.com'", err)
    local out = command.succeed(env, "doctor", "--account", sim.options.email)
    assert.matches("\nok\tstored login\tan account, session until", out)
    assert.matches("\nok\tping\t", out)
  end)

  it("names a hub that the account does not have", function()
    local failed, out = command.run(env, "doctor", "--hub", "Elsewhere")
    assert.equal(4, failed)
    assert.matches("\nFAIL\tlogin[^\n]*Elsewhere", out)
  end)

  it("shows at once what is wrong, in colour on a terminal", function()
    sim:fault { kind = "status", route = "ping" }
    assert.matches("\27%[[%d;]*mFAIL", command.on_terminal(env, "doctor", "--color", "always"))
    assert.not_matches("\27", (select(2, command.run(env, "doctor"))))
  end)

  it("refuses a report for programs", function()
    local code, _, err = command.run(env, "doctor", "--report", "--json")
    assert.equal(2, code)
    assert.matches("%-%-report is a text", err)
  end)

  -- ---- the report -------------------------------------------------------------------------------

  local secret = {
    email = true, user = true, client_secret = true, access_token = true, refresh_token = true,
    bearer = true, session_id = true, name = true, hub = true, route = true,
  }

  local function add_strings(list, value)
    for key, each in pairs(value) do
      if type(each) == "table" then add_strings(list, each) end
      if type(each) == "string" and secret[key] then list[#list + 1] = each end
    end
    return list
  end

  -- All texts that must not be in a report.
  local function secrets()
    local list = {
      sim.options.email, sim.options.password, sim.pat_options.token, sim.hub_id, "Sunny",
      "Kitchen", "127.0.0.1", "127-0-0-1", sim.cafile, env.HOMEY_STATE_DIR, "localhost", "porch",
    }
    for name, text in pairs(files()) do
      if name:find "^login" and name:find "json$" then add_strings(list, core.decode(text)) end
    end
    return list
  end

  local function assert_holds_no_secret(report)
    local list = secrets()
    assert.is_true(#list > 18)
    for _, text in ipairs(list) do
      assert.is_nil(report:find(text, 1, true), text .. " is in\n" .. report)
    end
  end

  it("has the versions and all results in a report", function()
    local report = command.succeed(env, "doctor", "--report")
    assert.matches("\nhomey " .. core.version:gsub("%p", "%%%0") .. ", Lua", report)
    assert.matches("\nlibcurl/%d", report)
    assert.matches("\nok    ping               answered in", report)
    assert.matches("\nLast errors of programs on this machine:\nnone in the journal\n", report)
    assert.matches("https://ip%-1%.homey%.homeylocal%.com:%d+ answers", report)
    assert.matches("https://id%-1%.connect%.athom%.com answers", report)
    assert_holds_no_secret(report)
  end)

  for what, prepare in pairs {
    ["everything works"] = function() end,
    ["the hub is off"] = function() sim:set { hub = false } end,
    ["the cloud quotes what it was sent"] = function()
      for _, token in ipairs { "bearer", "access" } do sim:expire(token) end
      sim:fault { kind = "status", route = "refresh", status = 400, body = ([[{"error":"bad",
        "error_description":"no user sunny@example.com at 192.168.1.20, serial 40D63C0123456789"}]])
      }
    end,
    ["the hub quotes what it was sent"] = function()
      sim:fault { kind = "status", route = "session", body = [[{"error":"bad",
        "error_description":"Kitchen/Lamp of vera@example.org from fe80::1ff:fe23:4567:890a"}]] }
    end,
    ["the file of the login is open to others"] = function()
      os.execute("chmod 644 " .. env.HOMEY_STATE_DIR .. "/login-*.json")
    end,
  } do
    it("has no secret in a report when " .. what, function()
      prepare()
      local _, report = command.run(env, "doctor", "--report")
      for _, text in ipairs { "vera", "40D63C", "fe80", "192.168", "4567:890a" } do
        assert.is_nil(report:find(text, 1, true), report)
      end
      if what ~= "the hub quotes what it was sent" then assert_holds_no_secret(report) end
      sim:set { hub = true }
    end)
  end

  it("has the last errors of the journal, without names", function()
    sim:fault { kind = "status", method = "PUT", route = "PUT /api/manager/devices/*",
      body = [[{"error":"Kitchen/Lamp is stuck"}]] }
    command.run(env, "set", "Kitchen/Lamp", "onoff", "on")
    sim:clear()
    local report = command.succeed(env, "doctor", "--report")
    assert.matches("machine:\n%d%d%d%d%-%d%d%-%d%d %d%d:%d%d UTC  .*stuck", report)
    assert_holds_no_secret(report)
  end)

  it("has no name of a device that an error tells without its zone", function()
    sim:fault { kind = "status", method = "PUT", route = "PUT /api/manager/devices/*",
      body = [[{"error":"the Reading light is stuck"}]] }
    command.run(env, "set", "Reading light", "onoff", "on")
    sim:clear()
    local report = command.succeed(env, "doctor", "--report")
    assert.matches("the name%-%d is stuck", report)
  end)

  it("has no name of the hub in the local network", function()
    env.HOMEY_ADDRESS, env.HOMEY_TOKEN = "http://Annas-homey.invalid", ("k"):rep(40)
    local _, report = command.run(env, "doctor", "--report")
    assert.matches("given one: http://host%-1 cannot be found by name", report)
    assert.is_nil(report:lower():find("annas", 1, true), report)
  end)

  it("prints no secret to a person either", function()
    for _, option in ipairs { "--timeout=60s", "--json" } do
      local out = command.succeed(env, "doctor", option)
      for name, text in pairs(files()) do
        local doc = name:find "^login.*json$" and core.decode(text) or {}
        for _, key in ipairs { "access_token", "refresh_token", "client_secret", "email" } do
          if doc[key] then assert.is_nil(out:find(doc[key], 1, true)) end
        end
      end
    end
  end)

  -- ---- scrubbing --------------------------------------------------------------------------------

  for given, wanted in pairs {
    ["to 192.168.1.20 and 10.0.0.1, then 192.168.1.20"] = "to ip-1 and ip-2, then ip-1",
    ["https://192-168-1-20.homey.homeylocal.com:4860/x"] =
      "https://ip-1.homey.homeylocal.com:4860/x",
    ["https://4c8e1f7a90b25d36e8f10c47.connect.athom.com"] = "https://id-1.connect.athom.com",
    ["http://proxy.example:3128 and https://api.athom.com"] =
      "http://host-1:3128 and https://api.athom.com",
    ["ff469433-66b3-458d-ad73-14530d8f9b39"] = "id-1",
    ["by sunny@example.com"] = "by e-mail-1",
    ["2026-12-01 14:50, libcurl/7.88.1, 12 ms"] = "2026-12-01 14:50, libcurl/7.88.1, 12 ms",
    ["at 2001:db8:2::10."] = "at ip-1.",
    ["serial 40D63C0123456789"] = "serial id-1", ["12345678"] = "text-1",
    ["homey.device.control is missing"] = "homey.device.control is missing",
  } do
    it("scrubs: " .. given, function() assert.equal(wanted, Scrub.new():text(given)) end)
  end

  it("scrubs texts that it was given, the longest first", function()
    local scrub = Scrub.new()
    scrub:add("name", "Kitchen")
    scrub:add("name", "Kitchen/Lamp")
    assert.equal("name-1 in name-2", scrub:text "Kitchen/Lamp in Kitchen")
  end)
end)
