-- Runs on one Lua: no Lua has a part in it.
local core = require "homey.core"
local support = require "spec.support.sim"

local kitchen_lamp = "ff469433-66b3-458d-ad73-14530d8f9b39"
local good_night = "74f3b9d2-1a5c-48e0-9b67-c2e80d6f5a41"
local lamp_path = "/api/manager/devices/device/" .. kitchen_lamp

local interpreter = require("homey.sim.control.process").interpreter()
local sim

local function texts(complaints)
  local out = {}
  for i, complaint in ipairs(complaints) do out[i] = complaint.text end
  return out
end

local function count(t)
  local n = 0
  for _ in pairs(t) do n = n + 1 end
  return n
end

setup(function() sim = support.start() end)
teardown(support.stop)

before_each(function()
  sim:clear()
  sim:set {
    mode = "302", consent = {}, rotation = true, credentials = "both", refresh = "on",
    seed_refresh = "tokens",
    delegation = "json", otp = false, api_version = 3, homeys = {}, hub = true, cloud = true,
    fatal = false,
    hub_at_address = false, plain_tokens = true, addresses = { remoteUrl = "", localUrl = "" },
    double_slash = true,
    lifetimes = { code = 30, access = 3660, bearer = 86400, jwt = 300 }, strict = true,
  }
  sim:reset_log()
end)

describe("the simulated token chain", function()
  it("leads from a password to a request", function()
    local tokens = support.tokens(sim)
    assert.same(3660, tokens.expires_in)
    local bearer = support.bearer(sim, tokens.access_token)
    assert.truthy(bearer:find("^[%x-]+:[%x-]+:%x+$"))
    local reply = support.ask(sim, {
      url = lamp_path .. "/capability/onoff", method = "PUT", json = { value = true },
      bearer = bearer,
    })
    assert.same(200, reply.status)
    assert.is_true(reply.json.value)
    assert.is_true(sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value)
    assert.same({}, sim:complaints())
  end)

  it("lists the Homeys in the token", function()
    local payload = support.login(sim):match("%.([^.]+)%.")
    local claims = core.decode(require("homey.sim.http.encoding").unbase64(payload))
    assert.same(sim.hub_id, claims.homeys[1])
  end)

  it("refuses a wrong password", function()
    local form = support.form { "email", sim.options.email, "password", "guess" }
    assert.same(401, support.curl(sim,
      { url = "https://accounts.athom.com/login", body = form }).status)
  end)

  it("requires a one-time code if set", function()
    sim:set { otp = "123456" }
    local function try(code)
      local form = support.form {
        "email", sim.options.email, "password", sim.options.password, "otptoken", code,
      }
      return support.curl(sim, { url = "https://accounts.athom.com/login", body = form })
    end
    assert.same("otp_required", try("").json.error)
    assert.same("invalid_otp", try("654321").json.error)
    assert.same(200, try("123456").status)
  end)

  for _, url in ipairs {
    "https://accounts.athom.com//authorise", "https://accounts.athom.com/authorise",
    "https://accounts.athom.com/oauth2/authorise", "https://api.athom.com/oauth2/authorise",
  } do
    it("gives a code at " .. url, function()
      local reply = support.authorise(sim, support.login(sim), { url = url, state = "a b" })
      assert.same(302, reply.status)
      assert.truthy(reply.headers.location:find("^http://localhost%?code=%x+&state=a%%20b$"))
    end)
  end

  it("matches redirect_uri exactly", function()
    local client, before = support.client, support.client.redirect_uri
    client.redirect_uri = "http://localhost/"
    local reply = support.authorise(sim, support.login(sim))
    client.redirect_uri = before
    assert.same(400, reply.status)
  end)

  it("accepts a code once and in time", function()
    local code = support.code(sim)
    local grant = { "grant_type", "authorization_code", "code", code }
    assert.same(200, support.token(sim, grant).status)
    assert.same("invalid_grant", support.token(sim, grant).json.error)
    assert.same({ "an authorization code used twice" }, texts(sim:complaints()))
    code = support.code(sim)
    sim:expire "code"
    assert.same("invalid_grant",
      support.token(sim, { "grant_type", "authorization_code", "code", code }).json.error)
  end)

  it("takes client credentials only in the form that is set", function()
    local grant = { "grant_type", "authorization_code", "code", support.code(sim) }
    sim:set { credentials = "basic" }
    assert.same("invalid_client", support.token(sim, grant).json.error)
    local reply = support.curl(sim, {
      url = "https://api.athom.com/oauth2/token", body = support.form(grant),
      more = ("-u %s:%s"):format(support.client.id, support.client.secret),
    })
    assert.same(200, reply.status)
  end)

  it("grants a token for a password", function()
    local grant = {
      "grant_type", "password", "username", sim.options.email, "password", sim.options.password,
    }
    assert.same(200, support.token(sim, grant).status)
    sim:set { password_grant = false }
    assert.same("unsupported_grant_type", support.token(sim, grant).json.error)
    sim:set { password_grant = true }
  end)

  for mode, shape in pairs { json = '^"eyJ[^"]+"$', text = "^eyJ", object = '^{"token":"eyJ' } do
    it("sends the delegation token as " .. mode, function()
      sim:set { delegation = mode }
      local reply = support.curl(sim, {
        url = "https://api.athom.com/delegation/token?audience=homey", method = "POST", json = {},
        bearer = support.tokens(sim).access_token,
      })
      assert.truthy(reply.body:find(shape), reply.body)
    end)
  end

  it("returns the user and the addresses", function()
    sim:set {
      addresses = { remoteUrl = false, localUrl = "http://10.0.0.9" },
      homeys = { { id = ("ab"):rep(12), name = "Cabin" } },
    }
    local access = support.tokens(sim).access_token
    local me = support.curl(sim, { url = "https://api.athom.com/user/me", bearer = access }).json
    assert.same({ sim.hub_id, ("ab"):rep(12) }, { me.homeys[1].id, me.homeys[2].id })
    assert.same(("https://127-0-0-1.homey.homeylocal.com:%d"):format(sim.ports.https),
      me.homeys[1].localUrlSecure)
    assert.same("http://10.0.0.9", me.homeys[1].localUrl)
    assert.is_nil(me.homeys[1].remoteUrl)
    assert.same(3, me.homeys[1].apiVersion)
  end)
end)

describe("a simulated refresh", function()
  local function refresh(token)
    return support.token(sim, { "grant_type", "refresh_token", "refresh_token", token })
  end

  it("rotates the token and detects theft", function()
    local first = support.tokens(sim)
    local second = refresh(first.refresh_token).json
    assert.are_not.equal(first.refresh_token, second.refresh_token)
    assert.truthy(sim:state().valid.refresh > 0)
    assert.same("invalid_grant", refresh(first.refresh_token).json.error)
    assert.same(1, sim:state().counts.thefts)
    assert.truthy(sim:complaints()[1].text:find("stolen"))
    assert.same(200, refresh(second.refresh_token).status)
  end)

  it("can keep or omit the token", function()
    local first = support.tokens(sim)
    sim:set { rotation = false }
    assert.same(first.refresh_token, refresh(first.refresh_token).json.refresh_token)
    sim:set { rotation = "omit" }
    assert.is_nil(refresh(first.refresh_token).json.refresh_token)
    assert.same(200, refresh(first.refresh_token).status)
  end)

  it("answers at the delegation address", function()
    local function seed(token)
      return support.curl(sim, {
        url = "https://api.athom.com//delegation/token?audience=homey",
        body = support.form {
          "client_id", support.client.id, "client_secret", support.client.secret, "grant_type",
          "refresh_token",
          "refresh_token", token,
        },
      })
    end
    local tokens = seed(support.tokens(sim).refresh_token).json
    assert.truthy(tokens.access_token)
    sim:set { seed_refresh = "delegation" }
    assert.truthy(seed(tokens.refresh_token).body:find('^"eyJ'))
    assert.same(200, refresh(tokens.refresh_token).status) -- it was not consumed
    sim:set { seed_refresh = "missing" }
    assert.same(404, seed(tokens.refresh_token).status)
  end)

  it("works after the access token has expired", function()
    local tokens = support.tokens(sim)
    sim:expire "access"
    local me = support.curl(sim, {
      url = "https://api.athom.com/user/me", bearer = tokens.access_token,
    })
    assert.same({ 401, "invalid_token" }, { me.status, me.json.error })
    assert.same(200, refresh(tokens.refresh_token).status)
  end)
end)

describe("the simulated consent page", function()
  local function press(page, url, changes)
    changes = changes or {}
    local form = page.body:match(".*(<form.*)$")
    local quote = form:match("name=(['\"])_csrf['\"]")
    local attribute = "name=" .. quote .. "_csrf" .. quote
    local field = form:match(attribute .. "%s+value=" .. quote .. "(.-)" .. quote)
      or form:match("value=" .. quote .. "([^" .. quote .. "]*)" .. quote .. "%s+" .. attribute)
    field = field:gsub("&quot;", '"'):gsub("&#39;", "'"):gsub("&lt;", "<")
    field = field:gsub("&#x3E;", ">"):gsub("&amp;", "&")
    local cookies = {}
    for name, value in ("\n" .. page.headers["set-cookie"]):gmatch("\n([^=]+)=([^;]*)") do
      cookies[#cookies + 1] = name .. "=" .. value
    end
    return support.curl(sim, {
      url = url, headers = { Cookie = changes.cookie or table.concat(cookies, "; ") },
      body = support.form {
        "resource", changes.resource or "resource.homey." .. sim.hub_id, "_csrf",
        changes.field or field,
        "allow", "Allow",
      },
    })
  end

  for name, variant in pairs {
    plain = {}, ["value first, single quotes"] = { order = "value_first", quotes = "single" },
    entities = { entities = true, cookies = 2 }, decoys = { decoys = true, action = "missing" },
  } do
    it("accepts Allow with " .. name, function()
      sim:set { mode = "consent", consent = variant }
      local page, url = support.authorise(sim, support.login(sim))
      assert.same(200, page.status)
      local reply = press(page, url)
      assert.same(302, reply.status)
      assert.truthy(reply.headers.location:find("^http://localhost%?code=%x+$"))
      assert.same({}, sim:complaints())
    end)
  end

  it("checks the cookie and the field", function()
    sim:set { mode = "consent" }
    local page, url = support.authorise(sim, support.login(sim))
    assert.same(403, press(page, url, { cookie = "_csrf=other" }).status)
    assert.same(403, press(page, url, { field = "other" }).status)
    assert.same(200, press(page, url, { resource = "resource.homey.none" }).status)
  end)

  it("offers every Homey by name", function()
    sim:set { mode = "consent", homeys = { { id = ("cd"):rep(12), name = "Boat & cabin" } } }
    local page = support.authorise(sim, support.login(sim))
    assert.truthy(page.body:find("resource.homey." .. ("cd"):rep(12), 1, true))
    assert.truthy(page.body:find("Boat &amp; cabin", 1, true))
  end)
end)

describe("the simulated hub", function()
  it("answers a ping with its id", function()
    local reply = support.curl(sim, support.hub(sim, "/api/manager/system/ping?id=" .. sim.hub_id))
    assert.same({ 200, "true", sim.hub_id },
      { reply.status, reply.body, reply.headers["x-homey-id"] })
    assert.same("false", support.curl(sim,
      support.hub(sim, "/api/manager/system/ping?id=other")).body)
    sim:set { hub_at_address = ("ef"):rep(12) }
    assert.same("false", support.curl(sim,
      support.hub(sim, "/api/manager/system/ping?id=" .. sim.hub_id)).body)
    sim:set { hub_at_address = false, fatal = "subscription" }
    reply = support.curl(sim, support.hub(sim, "/api/manager/system/ping"))
    assert.same({ 403, "Subscription Inactive" }, { reply.status, reply.json.error })
  end)

  it("accepts a personal access token", function()
    local reply = support.ask(sim, "/api/manager/sessions/session/me")
    assert.same({ 200, "PAT" }, { reply.status, reply.json.type })
    assert.same(401, support.ask(sim,
      { url = "/api/manager/zones/zone", bearer = "nonsense" }).status)
  end)

  it("accepts a local user", function()
    local reply = support.curl(sim, {
      url = support.hub(sim, "/api/manager/users/login-local"),
      json = { username = "porch", password = "light at 7", clientId = "a", clientName = "A" },
    })
    assert.same(200, support.ask(sim,
      { url = "/api/manager/system/name", bearer = reply.json }).status)
  end)

  it("expires bearers", function()
    local bearer = support.bearer(sim, support.tokens(sim).access_token)
    sim:expire "bearer"
    local reply = support.ask(sim, { url = "/api/manager/zones/zone", bearer = bearer })
    assert.same({ 401, "Session expired" }, { reply.status, reply.json.error_description })
  end)

  it("lists devices, zones and flows", function()
    local zones = support.ask(sim, "/api/manager/zones/zone").json
    local devices = support.ask(sim, "/api/manager/devices/device/").json
    assert.same({ 9, 21 }, { count(zones), count(devices) })
    assert.same("Lamp", devices[kitchen_lamp].name)
    assert.same("Sunny House", support.ask(sim, "/api/manager/system/name").json)
    assert.same(5, count(support.ask(sim, "/api/manager/flow/flow").json))
    assert.same(5, count(support.ask(sim, "/api/manager/logic/variable").json))
  end)

  for _, case in ipairs {
    { "a value of another type", "onoff", "yes", 400 },
      { "a number out of range", "dim", 1.5, 400 },
    { "an unknown capability", "locked", true, 404 },
  } do
    it("refuses " .. case[1], function()
      local reply = support.ask(sim, {
        url = lamp_path .. "/capability/" .. case[2], method = "PUT", json = { value = case[3] },
      })
      assert.same(case[4], reply.status)
      assert.same(case[4], reply.json.statusCode)
    end)
  end

  it("refuses sensors and unknown devices", function()
    local function put(ref, capability, value)
      local id = sim:device(ref) and sim:device(ref).id or ref
      return support.ask(sim, {
        url = "/api/manager/devices/device/" .. id .. "/capability/" .. capability, method = "PUT",
        json = { value = value },
      }).status
    end
    assert.same(400, put("Hall/Motion", "alarm_motion", true))
    assert.same(404, put("nobody", "onoff", true))
    assert.same(500, put("Garden lights", "onoff", true))
    assert.same(400, put("Thermostat", "thermostat_mode", "boil"))
    assert.same(200, put("Thermostat", "thermostat_mode", "cool"))
  end)

  it("stores what a device reports", function()
    sim:operate("Hall/Motion", "alarm_motion", true)
    local device = support.ask(sim,
      "/api/manager/devices/device/" .. sim:device("Hall/Motion").id).json
    assert.is_true(device.capabilitiesObj.alarm_motion.value)
  end)

  it("starts flows and sets variables", function()
    local flow = "/api/manager/flow/flow/" .. good_night .. "/trigger"
    assert.is_true(support.ask(sim, { url = flow, method = "POST", json = {} }).json)
    assert.same(1, sim:state().counts.flows_started)
    local variable = "/api/manager/logic/variable/5e20b8f6-7d4a-4c93-8f1b-a6d9c3e07b45"
    assert.same(5, support.ask(sim,
      { url = variable, method = "PUT", json = { value = 5 } }).json.value)
    assert.same(400, support.ask(sim,
      { url = variable, method = "PUT", json = { value = "five" } }).status)
  end)

  it("returns a value bare or in an object", function()
    local path = lamp_path .. "/capability/onoff"
    assert.is_boolean(support.ask(sim, path).json)
    sim:set { value_reply = "object" }
    assert.is_boolean(support.ask(sim, path).json.value)
    sim:set { value_reply = "bare" }
  end)

  it("requires X-Homey-ID by default", function()
    local request = {
      url = support.hub(sim, "/api/manager/zones/zone"), bearer = sim.pat_options.token,
    }
    support.curl(sim, request)
    assert.matches("X%-Homey%-ID", texts(sim:complaints())[1])
    sim:reset_log()
    sim:set { require_homey_id = false }
    support.curl(sim, request)
    assert.same({}, sim:complaints())
    sim:set { require_homey_id = true }
  end)

  it("closes idle connections", function()
    sim:set { idle_timeout = 0.05 }
    local socket = require "cqueues.socket".connect("127.0.0.1", sim.ports.http)
    socket:onerror(function(_, _, code) return code end)
    assert.is_nil((socket:read(1)))
    assert.is_true(socket:eof "r")
    socket:close()
    sim:set { idle_timeout = 120 }
  end)

  it("imitates version 2", function()
    sim:set { api_version = 2 }
    local device = support.ask(sim, lamp_path).json
    assert.same("homey:app:com.example.lights", device.driverUri)
    assert.same({ "bulb", "Kitchen" }, { device.driverId, device.zoneName })
    assert.is_nil(device.lastSeenAt)
    assert.same(404, support.ask(sim, lamp_path .. "/capability/onoff").status)
    local flow = support.ask(sim, "/api/manager/flow/flow/" .. good_night).json
    assert.same({ "homey:manager:flow", "programmatic_trigger" },
      { flow.trigger.uri, flow.trigger.id })
  end)

  it("deletes sessions in version 2 only", function()
    local bearer = support.bearer(sim, support.tokens(sim).access_token)
    local session = support.ask(sim,
      { url = "/api/manager/sessions/session/me", bearer = bearer }).json.id
    local request = {
      url = "/api/manager/sessions/session/" .. session, method = "DELETE", bearer = bearer,
    }
    assert.same(404, support.ask(sim, request).status)
    sim:set { api_version = 2 }
    assert.same(200, support.ask(sim, request).status)
    assert.same(401, support.ask(sim, request).status)
  end)

  it("can be off, like the cloud", function()
    sim:set { hub = false }
    assert.same(52, support.ask(sim, "/api/manager/system/name").exit)
    assert.same(401, support.curl(sim,
      { url = "https://api.athom.com/user/me", bearer = "x" }).status)
    sim:set { hub = true, cloud = false }
    assert.same(200, support.ask(sim, "/api/manager/system/name").status)
    assert.same(52, support.curl(sim, { url = "https://api.athom.com/user/me", bearer = "x" }).exit)
    local relayed = "https://" .. sim.hub_id .. ".connect.athom.com/api/manager/system/ping"
    assert.same(52, support.curl(sim, relayed).exit)
  end)
end)

describe("a simulated fault", function()
  local name = "/api/manager/system/name"

  for _, case in ipairs {
    { "drop", {}, 52 }, { "drop_body", {}, 18 }, { "hang", {}, 28 }, { "cut", { bytes = 0 }, 52 },
    { "wrong_length", { by = 5 }, 18 }, { "garbage", {}, 1 }, { "chunked", { cut = true }, 18 },
  } do
    it(case[1] .. " ends curl with " .. case[3], function()
      local fault = { kind = case[1] }
      for k, v in pairs(case[2]) do fault[k] = v end
      sim:fault(fault)
      local reply = support.ask(sim, {
        url = "/api/manager/zones/zone", timeout = case[1] == "hang" and 1 or nil,
        more = "--compressed",
      })
      assert.same(case[3], reply.exit, reply.said)
      assert.is_nil(reply.json)
    end)
  end

  it("cuts the answer after a number of bytes", function()
    for _, bytes in ipairs { 1, 40 } do
      sim:clear()
      sim:fault { kind = "cut", bytes = bytes }
      local socket = require("cqueues.socket").connect("127.0.0.1", sim.ports.http)
      socket:setmode("b", "b")
      socket:write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
      socket:flush()
      assert.same(("HTTP/1.1 404 Not Found\r\nContent-Type: ap"):sub(1, bytes), socket:read("*a"))
      socket:close()
    end
  end)

  it("cuts a content coding", function()
    sim:fault { kind = "gzip", bytes = 20 }
    assert.is_nil(support.ask(sim, { url = name, more = "--compressed" }).json)
  end)

  for _, kind in ipairs { "gzip", "deflate", "br", "chunked", "drip", "delay", "close",
    "silent_close" } do
    it(kind .. " leaves the answer whole", function()
      sim:fault { kind = kind, seconds = 0.0005, bytes = kind == "drip" and 20 or nil }
      local reply = support.ask(sim, { url = "/api/manager/zones/zone", more = "--compressed" })
      assert.same({ 0, 200 }, { reply.exit, reply.status }, reply.said)
      assert.same(9, count(reply.json))
    end)
  end

  it("encodes many blocks in gzip and br", function()
    for i = 1, 40 do
      local device = sim:device("Kitchen/Lamp")
      device.id, device.name, device.note = ("copy-%d"):format(i), "Copy", ("x"):rep(4000)
      sim:create("devices", device)
    end
    for _, kind in ipairs { "gzip", "deflate", "br" } do
      sim:clear()
      sim:fault { kind = kind }
      assert.same(61, count(support.ask(sim,
        { url = "/api/manager/devices/device", more = "--compressed" }).json), kind)
    end
    for i = 1, 40 do sim:delete("devices", ("copy-%d"):format(i)) end
  end)

  it("changes status, headers and body", function()
    sim:fault { kind = "status", status = 503, headers = { ["Retry-After"] = "7" }, times = 1 }
    sim:fault { kind = "retry_after", seconds = 3, times = 1 }
    sim:fault { kind = "html", times = 1 }
    sim:fault { kind = "bad_json", times = 1 }
    sim:fault { kind = "truncate", times = 1 }
    local function ask() return support.ask(sim, "/api/manager/zones/zone") end
    local reply = ask()
    assert.same({ 503, "7" }, { reply.status, reply.headers["retry-after"] })
    reply = ask()
    assert.same({ 429, "3" }, { reply.status, reply.headers["retry-after"] })
    reply = ask()
    assert.same({ 200, "text/html; charset=utf-8" },
      { reply.status, reply.headers["content-type"] })
    assert.is_nil(ask().json)
    assert.is_nil(ask().json)
    assert.same(9, count(ask().json))
  end)

  it("can make huge answers", function()
    sim:fault { kind = "huge", bytes = 3000000, times = 1 }
    assert.truthy(#support.ask(sim, name).body > 3000000)
    sim:fault { kind = "huge", bytes = 3000000, times = 1, chunked = true }
    assert.truthy(#support.ask(sim, name).body > 3000000)
    sim:fault { kind = "bomb", bytes = 3000000 }
    assert.truthy(#support.ask(sim, { url = name, more = "--compressed" }).said > 3000000)
  end)

  it("applies by route, time and count", function()
    sim:fault { kind = "status", route = "GET /api/manager/devices/*", after = 1, times = 1 }
    local function status(path) return support.ask(sim, path).status end
    assert.same({ 200, 200, 500, 200 }, {
      status(name), status(lamp_path), status(lamp_path), status(lamp_path),
    })
    sim:fault { kind = "status", status = 502, route = "devices" }
    assert.same({ 502, 200 }, { status "/api/manager/devices/device", status(lamp_path) })
    sim:clear()
    sim:fault { kind = "status", status = 502, route = "cloud" }
    local cloud = support.curl(sim, { url = "https://api.athom.com/user/me", bearer = "x" })
    assert.same({ 200, 502 }, { status(name), cloud.status })
  end)

  it("carries a request out or not", function()
    local put = { url = lamp_path .. "/capability/dim", method = "PUT", json = { value = 0.11 } }
    sim:fault { kind = "drop", times = 1 }
    support.ask(sim, put)
    assert.are_not.equal(0.11, sim:device(kitchen_lamp).capabilitiesObj.dim.value)
    sim:fault { kind = "drop", times = 1, executed = true }
    support.ask(sim, put)
    assert.same(0.11, sim:device(kitchen_lamp).capabilitiesObj.dim.value)
  end)

  it("must be of a known kind", function()
    assert.has_error(function()
      sim:fault { kind = "meteor" }
    end, "the simulator has no fault of kind 'meteor'.")
  end)
end)

describe("a strict simulator", function()
  local login, me = "https://accounts.athom.com/login", "https://api.athom.com/user/me"

  local function complaint(request)
    local reply = support.curl(sim, request)
    return reply.status, table.concat(texts(sim:complaints()), "\n")
  end

  for _, case in ipairs {
    { "a form sent as JSON",
      { url = login, body = "email=a", headers = { ["Content-Type"] = "application/json" } },
      400, "sent as" },
    { "raw characters in a form", { url = login, body = "email=a&password=x y" }, 400,
      "byte 32, which is not percent" },
    { "a stray percent sign", { url = login, body = "email=a&password=50%" }, 400,
      "without two hexadecimal digits" },
    { "bytes that are not UTF-8", { url = login, body = "email=a&password=%FF" }, 400,
      "not UTF%-8" },
    { "Authorization at the login", { url = login, body = "email=a&password=b", bearer = "x" }, 400,
      "none is allowed" },
    { "a password in a URL", { url = login .. "?password=x", body = "email=a" }, 400,
      "secret in the URL" },
    { "a body with GET", { url = me, method = "GET", body = "{}" }, 400, "body with GET" },
    { "no Host", { url = me, headers = { Host = "" } }, 400, "no Host" },
    { "a Host that differs from TLS", { url = me, headers = { Host = "accounts.athom.com" } }, 421,
      "TLS for" },
    { "an odd Accept-Encoding", { url = me, headers = { ["Accept-Encoding"] = "lzma" } }, 401,
      "lzma" },
  } do
    it("complains of " .. case[1], function()
      local status, complaints = complaint(case[2])
      assert.same(case[3], status)
      assert.truthy(complaints:find(case[4]), complaints)
    end)
  end

  it("complains of misplaced tokens", function()
    local _, complaints = complaint {
      url = "https://api.athom.com/user/me", bearer = sim.pat_options.token,
    }
    assert.truthy(complaints:find("bearer of a hub sent to api.athom.com", 1, true))
    local access = support.tokens(sim).access_token
    sim:reset_log()
    assert.same(401, support.ask(sim, { url = "/api/manager/system/name", bearer = access }).status)
    assert.truthy(sim:complaints()[1].text:find("access token of the cloud sent to a hub"))
    sim:reset_log()
    sim:set { plain_tokens = false }
    local url = ("http://127.0.0.1:%d/api/manager/system/name"):format(sim.ports.http)
    assert.same(403, support.curl(sim, { url = url, bearer = sim.pat_options.token }).status)
  end)

  it("complains of invalid JSON, no X-Homey-ID", function()
    local url = support.hub(sim, lamp_path .. "/capability/onoff")
    local status, complaints = complaint {
      url = url, method = "PUT", body = '{"value":tru',
      headers = { ["Content-Type"] = "application/json" },
      bearer = sim.pat_options.token,
    }
    assert.same(400, status)
    assert.truthy(complaints:find("invalid JSON") and complaints:find("no X-Homey-ID", 1, true))
  end)

  it("logs requests with any bytes", function()
    support.curl(sim, { url = login, body = "email=\255\1&password=b" })
    local entry = sim:log()[1]
    assert.same({ "POST", "/login", "login", 400, "accounts.athom.com", true, "https" },
      { entry.method, entry.path, entry.route, entry.status, entry.host, entry.tls, entry.port })
    assert.same("email=\255\1&password=b", entry.body)
    assert.same("application/x-www-form-urlencoded", entry.headers["content-type"])
  end)
end)

describe("a simulated certificate", function()
  for port, exit in pairs { https = 0, expired = 60, wrong_host = 60, unknown_ca = 60 } do
    it(port .. " ends curl with " .. exit, function()
      local url = "https://127-0-0-1.homey.homeylocal.com:%d/api/manager/system/ping"
      url = url:format(sim.ports[port])
      local reply = support.curl(sim, url)
      assert.same(exit, reply.exit, reply.said)
    end)
  end
end)

describe("the simulator", function()
  it("keeps connections until it hangs up", function()
    local url = support.hub(sim, "/api/manager/system/ping")
    support.curl(sim, { url = url, more = "'" .. url .. "'" })
    local log = sim:log()
    assert.same(2, #log)
    assert.same(log[1].conn, log[2].conn)
    sim:hang_up()
  end)

  it("generates homes of any size", function()
    local big = support.start { devices = 200 }
    local reply = support.ask(big, "/api/manager/devices/device")
    assert.same(200, count(reply.json))
    assert.truthy(#reply.body > 1200000 and #reply.body < 1400000, #reply.body)
    local again = support.start { devices = 200 }
    local ids = {}
    for id in pairs(again:get "home.devices") do ids[id] = true end
    for id in pairs(reply.json) do assert.is_true(ids[id]) end
    big:stop()
    again:stop()
  end)

  it("takes a given home", function()
    local own = support.start {
      home = { homey = { id = ("12"):rep(12), name = "Tiny" }, devices = {}, zones = {} },
      email = "a@b.c", api_version = 2,
    }
    assert.same({ ("12"):rep(12), "a@b.c" }, { own.hub_id, own.options.email })
    assert.same("Tiny", support.ask(own, "/api/manager/system/name").json)
    own:stop()
  end)

  it("refuses unknown options", function()
    assert.has_error(function()
      require("homey.sim").start { pasword = "x" }
    end, "homey.sim has no option 'pasword'.")
    assert.has_error(function() require("homey.sim").start { home = "/nowhere.json" } end)
  end)

  local function alive(pid)
    local file = io.open("/proc/" .. pid .. "/stat")
    if not file then return false end
    local stat = file:read("*a")
    file:close()
    return not stat:find(") Z ", 1, true)
  end

  it("shows instructions and requests", function()
    local script = 'package.path, package.cpath = %q, %q; require("homey.sim").main()'
    script = script:format(package.path, package.cpath)
    local pipe = io.popen("echo | " .. interpreter .. " -e '" .. script:gsub("\n", " ") .. "' 2>&1")
    local said = pipe:read("*a")
    pipe:close()
    assert.truthy(said:find("Sunny House, a simulated home with 21 devices", 1, true), said)
    assert.truthy(said:find("export HOMEY_EMAIL='sunny@example.com'", 1, true))
  end)

  it("listens at given addresses", function()
    local at = {
      accounts = "127.0.0.2", api = "127.0.0.3", remote = "127.0.0.4", secure = "127.0.0.5",
    }
    local http, https = sim.ports.http, sim.ports.https -- free ports
    local listen = { plain = "127.0.0.5:" .. http }
    for name, ip in pairs(at) do listen[name] = ip .. ":" .. https end
    local there = support.start { listen = listen }
    assert.same({ "email", "password" }, (function(names)
      for name in pairs(there.options) do names[#names + 1] = name end
      table.sort(names)
      return names
    end) {})
    local function fetch(host, ip)
      return support.curl(there, {
        url = ("https://%s:%d/x"):format(host, https),
        more = ("--connect-to %s::%s:"):format(host, ip),
      })
    end
    there.options.connect_to = {}
    assert.equal(404, fetch("accounts.athom.com", at.accounts).status)
    assert.equal(404, fetch(there.hub_id .. ".connect.athom.com", at.remote).status)
    assert.equal(404, fetch("127-0-0-5.homey.homeylocal.com", at.secure).status)
    assert.equal(60, fetch("api.athom.com",
      at.accounts).exit) -- the certificate has another name
    assert.equal(404, support.curl(there, "http://" .. listen.plain .. "/x").status)
    there:listen { secure = false, plain = "127.0.0.6:" .. http }
    assert.equal(7, fetch("127-0-0-5.homey.homeylocal.com", at.secure).exit)
    assert.equal(7, support.curl(there, "http://" .. listen.plain .. "/x").exit)
    assert.equal(404, support.curl(there, "http://127.0.0.6:" .. http .. "/x").status)
  end)

  it("ends when it is stopped", function()
    local brief = support.start()
    assert.is_true(alive(brief.pid))
    brief:stop()
    assert.is_false(alive(brief.pid))
    assert.is_nil(io.open(brief.cafile))
  end)

  it("ends when its parent is killed", function()
    local script = os.tmpname()
    local file = assert(io.open(script, "w"))
    file:write("package.path, package.cpath = ", ("%q, %q"):format(package.path, package.cpath), [[

      local s = require("homey.sim").start()
      print(s.pid)
      io.stdout:flush()
      os.execute("kill -9 $PPID")
    ]])
    file:close()
    local pipe = io.popen(interpreter .. " " .. script .. " 2>&1")
    local pid = pipe:read("*l")
    pipe:close()
    os.remove(script)
    for _ = 1, 600 do
      if not alive(pid) then break end
      os.execute("sleep 0.1")
    end
    assert.is_false(alive(pid))
  end)
end)
