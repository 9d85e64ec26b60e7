-- homey doctor against the faults of the simulator: the check that names each, with all checks
-- before it fine. Runs on one Lua: machine_spec and report_spec have the command on every Lua.
local command = require "spec.support.command"
local doctor = require "spec.support.doctor"
local faults = require "homey.sim.server.faults"
local logins = require "spec.support.logins"
local socket_faults = require "homey.sim.server.websocket_faults"
local support = require "spec.support.sim"

describe("homey doctor", function()
  local sim, folder, envs

  local defaults = {
    address_port = "https", clock_ahead = 0, pat_scopes = { "homey" }, addresses = {}, mode = "302",
  }

  setup(function() sim = support.start() end)
  teardown(support.stop)

  before_each(function()
    logins.reset(sim, defaults)
    folder = command.folder()
    envs = {
      account = { HOMEY_STATE_DIR = folder .. "/account" },
      key = command.with_key(sim, folder .. "/key"),
    }
    for name, value in pairs(sim.env) do envs.account[name] = value end
  end)
  after_each(command.tidy)

  local function stored() return command.logged_in(sim, envs.account.HOMEY_STATE_DIR) end

  local function assert_names(case, run)
    local found = doctor.finding(run)
    assert.is_truthy(found, run.out)
    assert.same({ case.what, case.kind, case.code }, { found.what, found.kind, run.code }, run.out)
    assert.matches(case.says or ".", found.detail)
    assert.matches("%.$", found.detail)
  end

  -- ---- faults of HTTP ---------------------------------------------------------------------------

  -- kind of the fault -> the check that names it when it is the cloud's, and when it is the hub's.
  local cloud = { what = "cloud", kind = "network", code = 5 }
  local cloud_late = { what = "cloud", kind = "timeout", code = 5, late = true }
  local cloud_answer = { what = "cloud", kind = "protocol", code = 1 }
  local login_answer = { what = "login: token", kind = "protocol", code = 1 }
  local hub = { what = "address", kind = "offline", code = 5 }
  local hub_answer = { what = "address", kind = "protocol", code = 1 }
  local session_answer = { what = "session", kind = "protocol", code = 1 }
  local websocket_answer = { what = "websocket", kind = "protocol", code = 1 }

  local http = {
    delay = { { what = "cloud", kind = "timeout", code = 5, late = true, seconds = 60 },
      { what = "address", kind = "offline", code = 5, late = true, seconds = 60 } },
    drop = { cloud, hub },
    hang = { cloud_late, { what = "address", kind = "offline", code = 5, late = true } },
    drop_body = { cloud, hub }, cut = { cloud, hub }, wrong_length = { cloud, hub },
    truncate = { login_answer, session_answer }, bad_json = { login_answer, session_answer },
    html = { login_answer, { what = "address", kind = "offline", code = 5, says = "web page" } },
    status = { { what = "cloud", kind = "unavailable", code = 5, says = "status 500" },
      { what = "address", kind = "offline", code = 5, says = "answers 500" } },
    retry_after = { { what = "cloud", kind = "rate_limited", code = 6 },
      { what = "address", kind = "offline", code = 5, says = "answers 429" } },
    bomb = { cloud_answer, hub_answer }, huge = { cloud_answer, hub_answer },
    garbage = { cloud_answer, hub_answer },
    chunked = { false, websocket_answer },
    close = { false, websocket_answer },
    drip = { { what = "cloud", kind = "timeout", code = 5, late = true, seconds = 20 },
      { what = "address", kind = "offline", code = 5, late = true, seconds = 20 } },
    -- these are no faults, only unusual
    gzip = { false, false }, deflate = { false, false }, br = { false, false },
    headers = { false, false }, silent_close = { false, false },
  }

  it("has a row for each fault of the simulator", function()
    for kind in pairs(faults.kinds) do assert.is_truthy(http[kind], kind) end
  end)

  local function assert_is_fine(run)
    assert.is_nil(doctor.finding(run), run.out)
    assert.equal(0, run.code)
  end

  -- A fault that only time shows is examined with less patience where the machine allows.
  local function check(case, env, prepare)
    if not case then
      prepare()
      return assert_is_fine(doctor.examine(env))
    end
    if not case.late then
      prepare()
      return assert_names(case, doctor.examine(env))
    end
    logins.in_time(function(seconds)
      sim:clear()
      prepare()
      assert_names(case, doctor.examine(env, "--timeout", ("%g"):format(seconds)))
    end)
  end

  for kind, cases in pairs(http) do
    for i, route in ipairs { "api", "hub" } do
      local case = cases[i]
      it(("names %s of the %s%s"):format(kind, route, case and "" or ", which is no failure"),
        function()
        check(case, i == 1 and envs.account or envs.key, function()
          sim:fault { kind = kind, route = route, seconds = case and case.seconds or nil }
        end)
      end)
    end
  end

  -- ---- the steps of the login -------------------------------------------------------------------

  for what, case in pairs {
    ["a password that is refused"] = {
      { what = "login: login", kind = "credentials", code = 3 },
      function() sim:set { password = "another" } end,
    },
    ["a login that needs a one-time code"] = {
      { what = "login: login", kind = "credentials", code = 3 },
      function() sim:set { otp = "123456" } end,
    },
    ["a refused login"] = {
      { what = "login: login", kind = "unavailable", code = 5 },
      function() sim:fault { kind = "status", route = "login" } end,
    },
    ["a refused authorisation"] = {
      { what = "login: authorise", kind = "credentials", code = 3 },
      function() sim:fault { kind = "status", status = 403, route = "authorise" } end,
    },
    ["a refused consent"] = {
      { what = "login: consent", kind = "protocol", code = 1 },
      function()
        sim:set { mode = "consent" }
        sim:fault { kind = "status", status = 403, route = "consent" }
      end,
    },
    ["a refused exchange of the code"] = {
      { what = "login: token", kind = "unavailable", code = 5 },
      function() sim:fault { kind = "status", status = 503, route = "token" } end,
    },
    ["a refused list of hubs"] = {
      { what = "login: user", kind = "unavailable", code = 5 },
      function() sim:fault { kind = "status", route = "user" } end,
    },
    ["a refused delegation"] = {
      { what = "login: delegation", kind = "unavailable", code = 5 },
      function() sim:fault { kind = "status", route = "delegation" } end,
    },
    ["a hub that refuses the account"] = {
      { what = "login: hub-login", kind = "forbidden", code = 6 },
      function()
        sim:fault { kind = "status", status = 403, route = "POST /api/manager/users/login" }
      end,
    },
  } do
    it("names " .. what, function() check(case[1], envs.account, case[2]) end)
  end

  for what, case in pairs {
    ["a renewal that is refused"] = {
      { what = "login: refresh", kind = "unavailable", code = 5 },
      function() sim:fault { kind = "status", route = "refresh" } end,
    },
    ["a login that has ended"] = {
      { what = "login: refresh", kind = "expired", code = 3 },
      function() sim:expire "refresh" end,
    },
  } do
    it("names " .. what, function()
      local env = stored()
      for _, token in ipairs { "bearer", "access" } do sim:expire(token) end
      case[2]()
      assert_names(case[1], doctor.examine(env))
    end)
  end

  it("keeps the stored token when the renewal fails", function()
    local env = stored()
    for _, token in ipairs { "bearer", "access" } do sim:expire(token) end
    sim:fault { kind = "status", route = "refresh" }
    assert.equal(5, doctor.examine(env).code)
    sim:clear()
    assert.matches("Kitchen/Lamp", command.succeed(env, "devices"))
  end)

  it("renews an expired login and stores it as every command does", function()
    sim:set { theft_revokes = true }
    local env = stored()
    for _, token in ipairs { "bearer", "access" } do sim:expire(token) end
    local run = doctor.examine(env)
    assert_is_fine(run)
    assert.equal("ok", doctor.of(run, "login: refresh")[1].status)
    for _, token in ipairs { "bearer", "access" } do sim:expire(token) end
    assert.matches("Kitchen/Lamp", command.succeed(env, "devices"))
  end)

  it("changes nothing while the stored login works", function()
    local env = stored()
    local name = command.read(env.HOMEY_STATE_DIR .. "/current"):match "^%S+"
    local text = command.read(env.HOMEY_STATE_DIR .. "/" .. name)
    sim:reset_log()
    assert_is_fine(doctor.examine(env))
    assert.equal(text, command.read(env.HOMEY_STATE_DIR .. "/" .. name))
    for _, route in ipairs { "refresh", "login", "delegation", "user" } do
      assert.equal(0, #logins.requests(sim, route), route)
    end
  end)

  it("stores no login where there was none", function()
    assert_is_fine(doctor.examine(envs.account))
    assert.equal("", command.read(envs.account.HOMEY_STATE_DIR .. "/current"))
  end)

  -- ---- the hub, its addresses and certificates --------------------------------------------------

  for what, case in pairs {
    ["a hub that is off"] = {
      { what = "address", kind = "offline", code = 5, says = "broke off" },
      function() sim:set { hub = false } end,
    },
    ["another Homey at the address"] = {
      { what = "address", kind = "offline", code = 5, says = "belongs to another Homey" },
      function() sim:set { hub_at_address = "0123456789abcdef01234567" } end,
    },
    ["an inactive subscription"] = {
      { what = "address", kind = "forbidden", code = 6, says = "subscription is inactive" },
      function() sim:set { fatal = "subscription" } end,
    },
    ["an invalid serial number"] = {
      { what = "address", kind = "forbidden", code = 6, says = "serial number is invalid" },
      function() sim:set { fatal = "serial" } end,
    },
    ["a cloud that is out of reach"] = {
      { what = "cloud", kind = "network", code = 5 },
      function() sim:set { cloud = false } end,
    },
    ["a clock that is two days behind"] = {
      { what = "clock", kind = "tls", code = 5, says = "2 days behind" },
      function() sim:set { clock_ahead = 172800 } end,
    },
    ["an expired certificate at home"] = {
      { what = "address", code = 0, says = "certificate has expired" },
      function() sim:set { address_port = "expired" } end,
    },
    ["a certificate of another name at home"] = {
      { what = "address", code = 0, says = "certificate that cannot be trusted" },
      function() sim:set { address_port = "wrong_host" } end,
    },
    ["a certificate of an unknown authority at home"] = {
      { what = "address", code = 0, says = "certificate that cannot be trusted" },
      function() sim:set { address_port = "unknown_ca" } end,
    },
  } do
    it("names " .. what, function() check(case[1], envs.account, case[2]) end)
  end

  it("names a key that the hub refuses", function()
    envs.key.HOMEY_TOKEN = "1" .. sim.pat_options.token:sub(2)
    assert_names({ what = "login: session", kind = "unauthorized", code = 3, says = "API key" },
      doctor.examine(envs.key))
  end)

  it("names each right that is missing, and what needs it", function()
    sim:set { pat_scopes = { "homey.device.readonly", "homey.zone", "homey.flow" } }
    local run = doctor.examine(envs.key)
    local missing = {}
    for _, result in ipairs(doctor.of(run, "rights")) do
      missing[#missing + 1] = result.detail:match "^(%S+) is missing"
    end
    assert.same({
      "homey.device.control", "homey.logic.readonly", "homey.logic", "homey.mood.readonly",
      "homey.mood.set", "homey.user.readonly", "homey.notifications", "homey.insights.readonly",
      "homey.energy.readonly", "homey.app.readonly", "homey.geolocation.readonly",
    }, missing)
    assert_names({ what = "rights", code = 0, says = "`homey set`" }, run)
  end)

  -- ---- faults of the websocket ------------------------------------------------------------------

  local late = { what = "websocket", kind = "timeout", code = 5, late = true }
  local sockets = {
    open_missing = late, handshake_unanswered = late, namespace_unanswered = late,
    handshake_refused = { what = "websocket", kind = "unauthorized", code = 3 },
    namespace_refused = { what = "websocket", kind = "hub", code = 6 },
    namespace_kicked = { what = "websocket", kind = "network", code = 5 },
    subscribe_refused = { what = "subscription", kind = "forbidden", code = 6 },
    subscribe_unanswered = { what = "subscription", kind = "timeout", code = 5, late = true },
    call_refused = { what = "call", kind = "hub", code = 6 },
    call_unanswered = { what = "call", kind = "timeout", code = 5, late = true },
    call_dropped = { what = "call", kind = "network", code = 5 },
    pong_missing = { what = "ping", kind = "timeout", code = 5, late = true },
    message_cut = { what = "websocket", kind = "network", code = 5 },
    -- these are no faults, only unusual, or show only when something happens at home
    handshake_late = false, subscribe_late = false, call_late = false, message_fragmented = false,
    message_slow = false, event_missing = false, event_twice = false, event_untimed = false,
    event_huge = false, event_late = false,
  }

  it("has a row for each fault of a websocket", function()
    for kind in pairs(socket_faults) do assert.is_not_nil(sockets[kind], kind) end
  end)

  for kind, case in pairs(sockets) do
    it(("names %s%s"):format(kind, case and "" or ", which is no failure"), function()
      check(case, envs.key, function() sim:fault { kind = kind } end)
    end)
  end

  it("names a hub that takes no websockets", function()
    check({ what = "websocket", kind = "unavailable", code = 5, says = "takes no websockets" },
      envs.key, function() sim:fault { kind = "status", status = 404, route = "socket" } end)
  end)

  it("skips what depends on a failed check, and says why", function()
    sim:fault { kind = "status", route = "ping" }
    local run = doctor.examine(envs.key)
    for _, what in ipairs { "session", "rights", "websocket", "call", "subscription", "ping" } do
      local result = doctor.of(run, what)[1]
      assert.same({ "skip", "not checked, since it needs: address." },
        { result.status, result.detail })
    end
  end)
end)
