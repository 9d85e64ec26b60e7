-- Runs on one Lua: no Lua has a part in it.
local core = require "homey.core"
local homey = require "homey"
local logins = require "spec.support.logins"
local support = require "spec.support.sim"

local failure, requests = logins.failure, logins.requests

local sim, forgiven

setup(function() sim = support.start() end)
teardown(support.stop)

before_each(function()
  logins.reset(sim)
  forgiven = false
end)

after_each(function()
  logins.tidy()
  if not forgiven then assert.same({}, logins.complaints(sim)) end
end)

local whole = { "login", "authorise", "token", "user", "delegation", "hub-login", "session" }
local with_consent = {
  "login", "authorise", "consent", "token", "user", "delegation", "hub-login", "session",
}

local function home(more) return logins.home(logins.options(sim.options, more)) end

local function login(more) return home(more):login() end

--- The hub answers: the login works.
local function works(here) assert.equal("Sunny House", here:get("/api/manager/system/name")) end

local function refused(kind, step, more)
  local here = home(more)
  local err = failure(here.login, here)
  assert.same({ kind, step }, { err.kind, err.step })
  return err, here
end

local function form(text)
  local fields = {}
  for name, value in text:gmatch("([^&=]+)=([^&]*)") do
    fields[name] = value:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)
  end
  return fields
end

local function hex(bytes)
  return (bytes:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

local function urls(route)
  local list = {}
  for i, entry in ipairs(requests(sim, route)) do
    list[i] = entry.host .. entry.path:gsub("%?.*", "")
  end
  return list
end

describe("a login", function()
  it("leads from a password to a hub, each step once", function()
    works(login())
    assert.same({
      "login", "authorise", "token", "user", "delegation", "hub-login", "session", "system-name",
    },
      logins.routes(sim))
  end)

  it("knows its hub", function()
    local here = login()
    assert.same({ sim.hub_id, "Sunny House", 3 }, { here.id, here.name, here.api_version })
    assert.matches("^https://127%-0%-0%-1%.homey%.homeylocal%.com:%d+$", here.address)
  end)

  it("works with both API versions", function()
    sim:set { api_version = 2 }
    local here = login()
    assert.equal(2, here.api_version)
    works(here)
  end)

  it("refuses API version 1 each time", function()
    sim:set { api_version = 1 }
    local err, here = refused("unavailable", "user", { state_dir = logins.folder() })
    assert.matches("Update it in the Homey app", err.message)
    assert.equal("unavailable", failure(here.get, here, "/api/manager/system/name").kind)
    assert.equal(0, #requests(sim, "delegation"))
  end)

  it("sends the usual headers on each cloud call", function()
    sim:set { mode = "consent" }
    login()
    for _, entry in ipairs(sim:log()) do
      assert.same({ "keep-alive", "en-us", "anyname://authorize", "anyname://authorize",
        "Anyname/1.0", "application/json" }, {
        entry.headers.connection, entry.headers["accept-language"], entry.headers.origin,
        entry.headers.referer,
        entry.headers["user-agent"], entry.headers.accept,
      })
      for name in entry.headers["accept-encoding"]:gmatch("[^, ]+") do
        assert.matches("^[bgd][rze]", name)
      end
    end
  end)

  local function names_of(headers)
    local names = {}
    for name in pairs(headers) do names[#names + 1] = name end
    table.sort(names)
    return table.concat(names, " ")
  end

  it("sends few headers with a call", function()
    local here = login { headers = { ["Accept-Language"] = "nl" } }
    works(here)
    local sent = requests(sim, "system-name")[1].headers
    assert.equal("accept accept-encoding accept-language authorization host user-agent x-homey-id",
      names_of(sent))
    assert.equal("nl", sent["accept-language"])
    here:put("/api/manager/system/name", { name = "Sunny House" })
    assert.equal("accept accept-language authorization content-length content-type host "
      .. "user-agent x-homey-id", names_of(sim:log()[#sim:log()].headers))
  end)

  it("sends the caller's own encoding with a change, too", function()
    local here = login { headers = { ["Accept-Encoding"] = "gzip" } }
    here:put("/api/manager/system/name", { name = "Sunny House" })
    assert.equal("gzip", sim:log()[#sim:log()].headers["accept-encoding"])
  end)

  it("adds custom headers to hub calls only", function()
    login { headers = { ["X-Porch"] = "open" } }
    for _, entry in ipairs(sim:log()) do
      assert.equal(entry.server == "hub" and "open" or nil, entry.headers["x-porch"])
    end
  end)

  it("cuts a long server message between characters", function()
    for pad = 0, 1 do
      sim:fault { kind = "status", route = "login", status = 401, times = 1,
        body = ('{"error_description":"%s%s"}'):format(("x"):rep(pad), ("é"):rep(400)) }
      assert.matches("ééé", refused("credentials", "login").message, 1, true)
    end
  end)

  it("sends another User-Agent if told to", function()
    login { user_agent = "Porch/2", scheme = "porch" }
    local headers = requests(sim, "login")[1].headers
    assert.same({ "Porch/2", "porch://authorize" }, { headers["user-agent"], headers.origin })
  end)

  it("sets the content type of each body", function()
    sim:set { mode = "consent" }
    login()
    for route, kind in pairs {
      login = "application/x-www-form-urlencoded", consent = "application/x-www-form-urlencoded",
      token = "application/x-www-form-urlencoded", delegation = "application/json",
      ["hub-login"] = "application/json",
    } do
      assert.equal(kind, requests(sim, route)[1].headers["content-type"])
    end
  end)

  it("keeps its connections", function()
    works(login())
    local conns = {}
    for _, entry in ipairs(sim:log()) do
      local list = conns[entry.host] or {}
      conns[entry.host], list[entry.conn] = list, true
    end
    for host, list in pairs(conns) do
      local n = 0
      for _ in pairs(list) do n = n + 1 end
      assert.same({ host, 1 }, { host, n })
    end
  end)

  for _, fault in ipairs {
    { kind = "gzip" }, { kind = "deflate" }, { kind = "deflate", raw = true }, { kind = "br" },
    { kind = "chunked", bytes = 7 },
    { kind = "close" }, { kind = "silent_close" }, { kind = "drip", bytes = 200 },
  } do
    it("takes every answer " .. fault.kind .. (fault.raw and ", raw" or ""), function()
      sim:fault(fault)
      works(login())
    end)
  end

  for _, wrapping in ipairs { '{"status":200,"result":%s}', '{"success":true,"message":%s}' } do
    it("takes an answer that is wrapped as " .. wrapping:format "...", function()
      local me = ('{"_id":"u","email":"%s","homeys":'
        .. '[{"_id":"%s","name":"W","apiVersion":3,"localUrlSecure":"%s"}]}'):format(
        sim.options.email, sim.hub_id, "https://127-0-0-1.homey.homeylocal.com:" .. sim.ports.https)
      sim:fault { kind = "bad_json", route = "user", body = wrapping:format(me) }
      assert.equal("W", login().name)
    end)
  end

  it("does not accept a wrapped failure", function()
    sim:fault {
      kind = "bad_json", route = "delegation", body = '{"success":false,"message":"a.b.c"}',
    }
    refused("protocol", "delegation")
  end)

  for _, fault in ipairs { { kind = "huge", bytes = 300000 },
    { kind = "huge", bytes = 300000, chunked = true }, { kind = "bomb" } } do
    it("refuses an answer larger than max_reply: " .. fault.kind
      .. (fault.chunked and ", chunked" or ""), function()
      fault.route = "user"
      sim:fault(fault)
      assert.matches("max_reply", refused("protocol", "user", { max_reply = 100000 }).message)
    end)
  end

  for _, fault in ipairs {
    { kind = "bomb", route = "login" }, { kind = "huge", route = "token", chunked = true },
    { kind = "bomb", route = "user" },
    { kind = "huge", route = "delegation" }, { kind = "bomb", route = "hub-login" },
  } do
    it("refuses a long answer: " .. fault.kind .. " at step " .. fault.route, function()
      sim:fault(fault)
      assert.matches("sent a reply that is too long for this request",
        refused("protocol", fault.route).message)
    end)
  end

  it("refuses a long answer to a ping", function()
    sim:fault { kind = "bomb", route = "ping" }
    assert.matches("too long for this request", refused("protocol", "address").message)
  end)

  for _, version in ipairs { "12.\255", "12.\195\169", "\27[2J", "12.\r7" } do
    it(("ignores an invalid X-Homey-Version: %s"):format(hex(version)), function()
      sim:fault {
        kind = "headers", route = "ping",
        headers = { ["X-Homey-Version"] = { hex = hex(version) } },
      }
      local here = login()
      assert.is_nil(here.version)
      works(here)
    end)
  end

  describe("with Retry-After", function()
    local function put_off(step, fault)
      fault.route, fault.times = step, 1
      sim:fault(fault)
      works(login())
      assert.equal(2, #requests(sim, step))
    end

    it("by 429 is retried when due", function()
      put_off("token", { kind = "retry_after", seconds = 1 })
    end)

    it("by 503 is retried when due", function()
      put_off("login", { kind = "status", status = 503, headers = { ["Retry-After"] = "1" } })
    end)

    it("over a minute is not retried", function()
      for _, status in ipairs { 429, 503 } do
        sim:fault {
          kind = "status", status = status, route = "login", headers = { ["Retry-After"] = "61" },
          times = 1,
        }
        local err = refused(status == 429 and "rate_limited" or "unavailable", "login")
        assert.equal(61, err.retry_after)
        assert.matches("Try again in 61 s%.$", err.message)
      end
      assert.equal(2, #requests(sim, "login"))
    end)
  end)

  describe("that hangs", function()
    for _, step in ipairs { "login", "authorise", "consent", "token", "user", "delegation",
      "hub-login" } do
      it("at step " .. step .. " ends in time", function()
        logins.in_time(function(seconds)
          logins.reset(sim, { mode = "consent" })
          sim:fault { kind = "hang", route = step }
          local err = refused("timeout", step, { timeout = seconds })
          assert.matches("did not answer in time", err.message)
          assert.equal(1, #requests(sim, step))
        end)
      end)
    end

    it("where nobody needs the answer continues", function()
      logins.in_time(function(seconds)
        logins.reset(sim)
        sim:fault { kind = "hang", route = "session" }
        works(login { timeout = seconds })
      end)
    end)

    it("at each address ends in time", function()
      logins.in_time(function(seconds)
        logins.reset(sim)
        sim:fault { kind = "hang", route = "ping" }
        refused("offline", "address", { timeout = seconds })
      end)
    end)
  end)

  describe("while the cloud is off", function()
    it("reports it", function()
      sim:set { cloud = false }
      refused("network", "login")
      refused("network", "login", { connect_to = { "accounts.athom.com:443:127.0.0.1:1" } })
    end)
  end)
end)

describe("an e-mail address and password", function()
  it("are sent as a percent-encoded form", function()
    login()
    local sent = requests(sim, "login")[1]
    assert.same({ "POST", "accounts.athom.com", "/login" }, { sent.method, sent.host, sent.path })
    assert.equal(
      "email=sunny%40example.com&password=Sunny%20%26%20warm%20%3D%2020%2B5%20%25%20%C3%B6",
      sent.body)
  end)

  for _, password in ipairs { [[& = + % " \ ;]], "%41%", "+ +", "пароль 🏠", "a\nb\tc", " ",
    ("long "):rep(400) } do
    it("arrive as they are: " .. password:sub(1, 14):gsub("%c", "?"), function()
      sim:set { password = password }
      login { password = password }
    end)
  end

  it("that are wrong are refused once, nothing is stored", function()
    local folder = logins.folder()
    local err, here = refused("credentials", "login", { password = "guess", state_dir = folder })
    assert.same({ 401,
      "the e-mail address or the password was refused (Wrong e-mail address or password). "
      .. "Check both." }, { err.status, err.message })
    assert.equal("credentials", failure(here.get, here, "/api/manager/zones/zone").kind)
    assert.same({ "login" }, logins.routes(sim))
    assert.is_nil(logins.file(folder))
  end)

  for _, answer in ipairs {
    { 404, '{"error":"User not found"}' }, { 409, '{"error_description":{"email":"unknown"}}' },
    { 422, "{}" },
  } do
    it(("may be refused by a %d"):format(answer[1]), function()
      sim:fault { kind = "status", status = answer[1], route = "login", body = answer[2] }
      local _, here = refused("credentials", "login")
      failure(here.login, here)
      assert.equal(1, #requests(sim, "login"))
    end)
  end

  it("are not blamed for a wrong cloud address", function()
    sim:fault { kind = "status", status = 404, route = "login", body = "Not Found" }
    refused("protocol", "login")
  end)

  it("are not blamed for a foreign web page", function()
    sim:fault { kind = "html", status = 403, route = "login", times = 1 }
    local _, here = refused("forbidden", "login")
    works(here)
  end)

  it("need a one-time code if the account has one", function()
    sim:set { otp = "123456" }
    assert.matches("needs a one%-time code %(.*%)%. Give it as `otp`%.$",
      refused("credentials", "login").message)
  end)

  for _, answer in ipairs {
    { 428, '{"error":"otp_required"}' }, { 400, '{"error":"Missing 2FA token"}' },
    { 200, '{"error":"One-time code needed"}' },
  } do
    it(("need a one-time code after a %d"):format(answer[1]), function()
      sim:fault { kind = "status", status = answer[1], route = "login", body = answer[2] }
      assert.matches("needs a one%-time code %(.*%)%. Give it as `otp`%.$",
        refused("credentials", "login").message)
    end)
  end

  it("are sent with the one-time code", function()
    sim:set { otp = "123456" }
    works(login { otp = "123456" })
    assert.equal("123456", form(requests(sim, "login")[1].body).otptoken)
  end)

  it("with a wrong one-time code are refused", function()
    sim:set { otp = "123456" }
    assert.matches("the one%-time code was refused",
      refused("credentials", "login", { otp = "654321" }).message)
    assert.same({ "login" }, logins.routes(sim))
  end)

  it("are not sent twice after a later failure", function()
    sim:set { otp = "123456" }
    sim:fault { kind = "status", status = 404, route = "user", times = 1 }
    local _,
      here = refused("protocol", "user",
        { otp = "123456", fresh = true, state_dir = logins.folder() })
    works(here)
    assert.equal(1, #requests(sim, "login"))
  end)
end)

describe("the authorization code", function()
  local all = {
    "accounts.athom.com//authorise", "accounts.athom.com/oauth2/authorise",
    "accounts.athom.com/authorise",
    "api.athom.com/oauth2/authorise",
  }

  for n, settings in ipairs {
    {}, { double_slash = false }, { double_slash = false, authorise = { oauth2 = false } },
    { authorise = { accounts = false, oauth2 = false } },
  } do
    for _, mode in ipairs { "302", "consent" } do
      it(("is requested at %s, mode %s"):format(all[n], mode), function()
        sim:set(settings)
        sim:set { mode = mode }
        login()
        local asked = {}
        for i = 1, n do asked[i] = all[i] end
        assert.same(asked, urls "authorise")
      end)
    end
  end

  it("is requested elsewhere after a 405", function()
    sim:fault { kind = "status", status = 405, route = "GET //authorise" }
    login()
    assert.same({ all[1], all[2] }, urls "authorise")
  end)

  it("that is nowhere is an error", function()
    sim:set { authorise = { accounts = false, oauth2 = false, api = false } }
    assert.equal(404, refused("invalid", "authorise").status)
  end)

  it("is read from a redirect to localhost", function()
    local here = ("http://127.0.0.1:%d/"):format(sim.ports.http)
    sim:set { clients = { own = { secret = "s", redirect_uris = { here, "http://localhost" } } } }
    for _, uri in ipairs { here, "http://localhost" } do
      sim:reset_log()
      login { client = { id = "own", secret = "s", redirect_uri = uri } }
      assert.same(whole, logins.routes(sim))
    end
  end)

  it("is read despite a rewritten query", function()
    local uri = "https://tools.example.com/cb?site=a&lang=nl%20nl"
    sim:set { clients = { own = { secret = "s", redirect_uris = { uri } } } }
    works(login { client = { id = "own", secret = "s", redirect_uri = uri } })
  end)

  for _, status in ipairs { 301, 303, 307 } do
    it("may come with a " .. status, function()
      sim:fault { kind = "status", status = status, route = "authorise", times = 1,
        headers = { Location = "https://developer.athom.com?code=c0de%2B1&state=x" } }
      login()
      assert.equal("c0de+1", form(requests(sim, "token")[1].body).code)
    end)
  end

  it("that expired is requested again", function()
    sim:fault { kind = "status", status = 302, route = "authorise", times = 1,
      headers = { Location = "https://developer.athom.com?code=late" } }
    works(login())
    assert.equal(2, #requests(sim, "authorise"))
  end)

  it("that always expires is an error", function()
    sim:set { lifetimes = { code = 0 } }
    assert.matches("valid for 30 seconds", refused("credentials", "token").message)
    assert.equal(2, #requests(sim, "authorise"))
  end)

  it("requires the exact redirect_uri", function()
    local err = refused("invalid", "authorise", {
      client = {
        id = support.client.id, secret = support.client.secret, redirect_uri = "http://localhost/",
      },
    })
    assert.matches("Mismatch of redirect_uri", err.message)
  end)

  for _, elsewhere in ipairs {
    "https://evil.example/?code=1", "https://developer.athom.com.evil.example?code=1",
    "/login?code=1",
    "https://developer.athom.com:81?code=1", "https://developer.athom.commerce/?code=1",
  } do
    it("is not accepted from " .. elsewhere, function()
      sim:fault { kind = "headers", route = "authorise", headers = { Location = elsewhere } }
      assert.matches("redirect_uri", refused("protocol", "authorise").message)
      assert.equal(0, #requests(sim, "token"))
    end)
  end

  it("may be refused", function()
    sim:fault {
      kind = "headers", route = "authorise",
      headers = { Location = "https://developer.athom.com?error=access_denied" },
    }
    assert.matches("access_denied", refused("forbidden", "authorise").message)
  end)
end)

describe("a consent page", function()
  local cabin, boat = ("ab"):rep(12), ("cd"):rep(12)

  for _, variant in ipairs {
    {}, { order = "value_first" }, { quotes = "single" }, { quotes = "none" }, { entities = true },
    { cookies = 2 },
    { decoys = true }, { action = "rooted" }, { action = "relative" }, { action = "query" },
    { action = "missing" },
    {
      order = "value_first", quotes = "single", entities = true, decoys = true, cookies = 2,
      action = "relative",
    },
    {
      order = "value_first", quotes = "none", entities = true, decoys = true, cookies = 2,
      action = "missing",
    },
  } do
    local name = {}
    for _, key in ipairs { "order", "quotes", "entities", "action", "decoys", "cookies" } do
      if variant[key] then name[#name + 1] = key .. "=" .. tostring(variant[key]) end
    end
    it("is passed: " .. (#name > 0 and table.concat(name, " ") or "plain"), function()
      sim:set { mode = "consent", consent = variant }
      login()
      assert.same(with_consent, logins.routes(sim))
      local sent = form(requests(sim, "consent")[1].body)
      assert.same({ "resource.homey." .. sim.hub_id, "Allow" }, { sent.resource, sent.allow })
    end)

    it("of another host is passed: " .. (#name > 0 and table.concat(name, " ") or "plain"),
      function()
      sim:set {
        mode = "consent", consent = variant, authorise = { accounts = false, oauth2 = false },
      }
      login()
    end)
  end

  for _, case in ipairs {
    { "by name", "Cabin", ("ab"):rep(12) }, { "by name in another case", "cABIN", ("ab"):rep(12) },
    { "by id", ("cd"):rep(12), ("cd"):rep(12) },
    { "with an odd name", "Boat & <cabin>", ("cd"):rep(12) },
  } do
    it("with several Homeys selects the chosen one, " .. case[1], function()
      sim:set { mode = "consent", homeys = {
        { id = cabin, name = "Cabin", localUrl = "http://127.0.0.1:1" },
        { id = boat, name = "Boat & <cabin>", localUrl = "http://127.0.0.1:1" },
      } }
      refused("offline", "address", { hub = case[2] })
      assert.equal("resource.homey." .. case[3], form(requests(sim, "consent")[1].body).resource)
    end)
  end

  it("with several Homeys selects the one of the JWT", function()
    sim:set { mode = "consent", homeys = { { id = cabin, name = "Cabin" } } }
    refused("ambiguous", "user")
    assert.equal("resource.homey." .. sim.hub_id, form(requests(sim, "consent")[1].body).resource)
  end)

  it("without the wanted Homey lists the others", function()
    sim:set { mode = "consent", homeys = { { id = cabin, name = "Cabin" } } }
    local err = refused("not_found", "authorise", { hub = "Castle" })
    assert.matches('no Homey "Castle"%. It has Sunny House %(' .. sim.hub_id .. "%), Cabin %("
      .. cabin .. "%)", err.message)
    assert.equal(0, #requests(sim, "consent"))
  end)

  it("that is another page is an error", function()
    sim:fault { kind = "html", route = "authorise" }
    refused("protocol", "authorise")
  end)

  it("may be refused or come again", function()
    sim:set { mode = "consent" }
    sim:fault { kind = "status", status = 403, route = "consent", times = 1 }
    refused("protocol", "consent")
    sim:fault { kind = "html", route = "consent", times = 1 }
    refused("protocol", "consent")
  end)

  it("receives its own cookies only", function()
    sim:set { mode = "consent", consent = { cookies = 2 } }
    login()
    for _, entry in ipairs(sim:log()) do
      if entry.route == "consent" then
        assert.matches("^_csrf=[^;]+; visit=%x+$", entry.headers.cookie)
      else
        assert.is_nil(entry.headers.cookie)
      end
    end
  end)
end)

describe("cookies of a consent page", function()
  local function sent(cookies)
    sim:set { mode = "consent" }
    local lines = { hex = hex(table.concat(cookies, "\r\nSet-Cookie: ")) }
    sim:fault { kind = "headers", route = "authorise", headers = { ["Set-Cookie"] = lines } }
    sim:fault { kind = "status", status = 403, route = "consent" }
    refused("protocol", "consent")
    return requests(sim, "consent")[1].headers.cookie
  end

  it("that fit no header are dropped", function()
    assert.equal("_csrf=1; last=2",
      sent { "_csrf=1; Path=/", "a=b\rX-Porch: open", "b=\195\169", "c=\27[2J", "", "last=2" })
  end)

  it("are limited to what servers accept", function()
    local many = { "_csrf=1" }
    for i = 1, 15000 do many[#many + 1] = "a=" .. i % 10 end
    local cookie = sent(many)
    assert.matches("^_csrf=1; a=1; a=2; ", cookie)
    assert.is_true(#cookie > 16000 and #cookie <= 16386)
  end)
end)

describe("a code from the user", function()
  it("is exchanged with credentials in the body", function()
    login()
    local sent = requests(sim, "token")
    assert.equal(1, #sent)
    local fields = form(sent[1].body)
    assert.same({ core.presets[1].client_id, core.presets[1].client_secret, "authorization_code" },
      { fields.client_id, fields.client_secret, fields.grant_type })
    assert.is_nil(sent[1].headers.authorization)
  end)

  it("is exchanged with Basic if the cloud wants that", function()
    sim:set { credentials = "basic" }
    login()
    local sent = requests(sim, "token")
    assert.equal(2, #sent)
    assert.matches("^Basic ", sent[2].headers.authorization)
    assert.is_nil(form(sent[2].body).client_secret)
    assert.equal(form(sent[1].body).code, form(sent[2].body).code)
  end)

  it("is useless with a wrong client secret", function()
    local client = {
      id = support.client.id, secret = "guess", redirect_uri = support.client.redirect_uri,
    }
    assert.matches("client_id and client_secret",
      refused("invalid", "token", { client = client }).message)
    assert.equal(2, #requests(sim, "token"))
  end)

  it("needs no other credentials", function()
    works(logins.home {
      code = support.code(sim), client = "localhost", cafile = sim.cafile,
      connect_to = sim.options.connect_to,
      state_dir = false, email = false, password = false,
    }:login())
    assert.equal(1, #requests(sim, "login")) -- the one of this spec, by curl
  end)

  it("is used once", function()
    local options = {
      code = support.code(sim), client = "localhost", cafile = sim.cafile,
      connect_to = sim.options.connect_to,
      state_dir = false,
    }
    sim:fault { kind = "drop", executed = true, route = "token", times = 1 }
    local here = logins.home(options)
    assert.equal("network", failure(here.login, here).kind)
    assert.equal("credentials", failure(here.login, here).kind)
    assert.equal(1, #requests(sim, "token"))
  end)

  it("that expired is refused", function()
    local code = support.code(sim)
    sim:expire "code"
    local here =
      logins.home(logins.options(sim.options,
        { code = code, client = "localhost", email = false, password = false }))
    assert.equal("credentials", failure(here.login, here).kind)
    assert.equal(1, #requests(sim, "token"))
  end)

  it("is not used for another account's login", function()
    local folder = logins.folder()
    login { state_dir = folder }
    sim:reset_log()
    logins.home {
      code = support.code(sim), client = "localhost", cafile = sim.cafile,
      connect_to = sim.options.connect_to,
      state_dir = folder,
    }:login()
    assert.equal(1, #requests(sim, "token"))
  end)
end)

describe("a delegation token", function()
  for _, shape in ipairs { "json", "text", "object" } do
    it("is read as " .. shape, function()
      sim:set { delegation = shape }
      works(login())
    end)
  end

  it("is requested with one slash where needed", function()
    sim:set { double_slash = false }
    login()
    assert.same({ "api.athom.com//delegation/token", "api.athom.com/delegation/token" },
      urls "delegation")
  end)

  it("that is invalid is an error", function()
    sim:fault { kind = "bad_json", route = "delegation", body = '"a token"' }
    refused("protocol", "delegation")
  end)
end)

describe("an access token", function()
  local folder, here

  -- A stored login with an expired bearer and access token, used without a password.
  before_each(function()
    folder = logins.folder()
    login { state_dir = folder }
    sim:expire "bearer"
    sim:expire "access"
    sim:reset_log()
    here = home { state_dir = folder, password = false }
  end)

  local function stored() return core.decode((select(2, logins.file(folder)))) end

  local token, seed = "api.athom.com/oauth2/token", "api.athom.com/delegation/token"

  for _, row in ipairs {
    { "Basic, as the official client does", {}, {}, { token }, delegation = true },
    { "Basic alone", { credentials = "basic" }, {}, { token }, delegation = true },
    {
      "the body, when Basic is refused", { credentials = "body" }, {}, { token, token },
      delegation = true,
    },
    {
      "the seed's URL, when the other is missing", { refresh = "missing" }, {}, { token, seed },
      delegation = true,
    },
    {
      "the seed's URL, when the grant is unknown", { refresh = "unsupported" }, {}, { token, seed },
      delegation = true,
    },
    {
      "the seed's URL, that answers step 4 at once",
      { refresh = "missing", seed_refresh = "delegation" }, {}, { token, seed },
    },
    { "the official way alone", {}, { refresh = "official" }, { token }, delegation = true },
    {
      "the official way alone, by the body", { credentials = "body" }, { refresh = "official" },
      { token, token }, delegation = true,
    },
    {
      "the seed's way alone", { refresh = "missing" }, { refresh = "seed" }, { seed },
      delegation = true,
    },
    {
      "the seed's way alone, that answers step 4 at once", { seed_refresh = "delegation" },
      { refresh = "seed" }, { seed },
    },
    {
      "a refresh token that stays", { rotation = false }, {}, { token }, delegation = true,
      kept = true,
    },
    {
      "a refresh token that is left out of the answer", { rotation = "omit" }, {}, { token },
      delegation = true, kept = true,
    },
  } do
    it("is renewed by " .. row[1], function()
      local before, count = stored().refresh_token, logins.counter(sim)
      sim:set(row[2])
      here = home { state_dir = folder, password = false, refresh = row[3].refresh }
      works(here)
      assert.same(row[4], urls "refresh")
      -- the access token was tried first; the delegation uses the new one
      assert.equal(row.delegation and 2 or 1, #requests(sim, "delegation"))
      assert.equal(0, count "thefts")
      assert.equal(0, count "logins")
      local kept = row.kept or not row.delegation
      assert.equal(kept, before == stored().refresh_token)
      sim:expire "bearer"
      sim:expire "access"
      works(here)
      assert.equal(0, count "thefts")
    end)
  end

  for _, status in ipairs { 405, 501 } do
    it("is renewed at the default URL after a " .. status, function()
      sim:fault {
        kind = "status", status = status, route = "POST /oauth2/token", body = '{"error":"x"}',
      }
      works(here)
      assert.same({ token, seed }, urls "refresh")
    end)
  end

  it("is renewed only in the pinned way", function()
    sim:set { refresh = "missing" }
    here = home { state_dir = folder, password = false, refresh = "official" }
    local err = failure(works, here)
    assert.same({ "protocol", "refresh" }, { err.kind, err.step })
    sim:set { refresh = "on", seed_refresh = "missing" }
    here = home { state_dir = folder, password = false, refresh = "seed" }
    assert.equal("protocol", failure(works, here).kind)
    assert.same({ token, seed }, urls "refresh")
    assert.truthy(stored().refresh_token)
  end)

  it("is renewed by the client that obtained it", function()
    local client = stored().client_id
    here = home { state_dir = folder, password = false, client = "localhost" }
    assert.is_not.equal(core.presets[2].client_id, client)
    works(here)
    assert.same({ token }, urls "refresh")
    assert.equal(client, stored().client_id)
    sim:expire "refresh" -- a new login uses the given client
    sim:expire "access"
    sim:expire "bearer"
    works(home { state_dir = folder, client = "localhost" })
    assert.equal(core.presets[2].client_id, stored().client_id)
    sim:expire "access"
    sim:expire "bearer"
    works(home { state_dir = folder, password = false })
  end)

  for _, case in ipairs { { 403, "invalid_grant" }, { 422, "invalid_token" } } do
    it(("refused as %s by a %d is not offered again"):format(case[2], case[1]), function()
      sim:fault {
        kind = "status", status = case[1], body = '{"error":"' .. case[2] .. '"}',
        route = "refresh",
      }
      assert.equal("expired", failure(works, here).kind)
      assert.equal("expired", failure(works, home { state_dir = folder, password = false }).kind)
      assert.equal(1, #requests(sim, "refresh"))
    end)
  end

  it("is not renewed for an unknown client", function()
    sim:set { credentials = "neither" }
    local err = failure(works, here)
    assert.same({ "invalid", "refresh" }, { err.kind, err.step })
    assert.same({ token, token, seed }, urls "refresh")
    sim:set { credentials = "both" }
    works(here)
  end)

  it("with a dead refresh token is expired for good", function()
    sim:expire "refresh"
    assert.equal("expired", failure(works, here).kind)
    local before = #sim:log()
    local err = failure(works, here)
    assert.equal("expired", err.kind)
    assert.matches("Log in again", err.message)
    assert.equal("expired",
      failure(function() home({ state_dir = folder, password = false }):login() end).kind)
    assert.equal(1, #requests(sim, "refresh"))
    -- the new process tried the bearer, and not the dead token
    assert.is_true(#sim:log() <= before + 4)
  end)

  it("with a dead refresh token falls back to the password", function()
    sim:expire "refresh"
    local count = logins.counter(sim)
    works(home { state_dir = folder })
    assert.same({ 1, 1 }, { count "logins", count "refreshes" })
    assert.equal(0, count "thefts")
  end)

  it("is requested again after a 500", function()
    sim:fault { kind = "status", status = 500, route = "refresh", times = 1 }
    works(here)
    assert.same({ token, token }, urls "refresh")
  end)

  it("whose renewal fails with 500 twice is kept", function()
    sim:fault { kind = "status", status = 500, route = "refresh", times = 2 }
    local err = failure(works, here)
    assert.same({ "unavailable", "refresh" }, { err.kind, err.step })
    assert.same({ token, token }, urls "refresh")
    works(here)
  end)

  it("whose renewal was lost is requested once more", function()
    sim:fault { kind = "drop", route = "refresh", times = 1 }
    works(here)
    local sent = requests(sim, "refresh")
    assert.equal(2, #sent)
    assert.same({ sent[1].path, sent[1].body, sent[1].headers.authorization },
      { sent[2].path, sent[2].body, sent[2].headers.authorization })
  end)

  it("whose renewal was lost twice is an error", function()
    sim:fault { kind = "drop", route = "refresh" }
    assert.equal("network", failure(works, here).kind)
    assert.same({ token, token }, urls "refresh")
    sim:clear()
    works(here)
  end)

  it("whose renewal's answer was lost is requested once more", function()
    forgiven = true -- this cloud complains about the second use
    sim:fault { kind = "drop", executed = true, route = "refresh", times = 1 }
    assert.equal("expired", failure(works, here).kind)
    assert.same({ token, token }, urls "refresh")
    assert.equal("expired", failure(works, here).kind)
    assert.same({ token, token }, urls "refresh")
  end)

  it("is kept after a foreign web page", function()
    sim:fault { kind = "html", status = 401, route = "refresh", times = 1 }
    assert.equal("protocol", failure(works, here).kind)
    works(here)
  end)

  for _, case in ipairs {
    { 400, "" }, { 401, '{"message":"Unauthorized"}' }, { 400, "upstream request header error" },
    { 400, '{"error":"server_busy","error_description":"please retry"}' },
  } do
    it(("is kept when renewal is refused by %d %s"):format(case[1], case[2]), function()
      sim:fault {
        kind = "status", status = case[1], body = case[2], type = "text/plain", route = "refresh",
        times = 1,
      }
      local err = failure(works, here)
      assert.same({ "protocol", "refresh", case[1] }, { err.kind, err.step, err.status })
      assert.matches("tries again", err.message)
      assert.is_string(stored().refresh_token)
      works(home { state_dir = folder, password = false })
    end)
  end

  it("is kept, and the password used, after a vague refusal", function()
    sim:fault {
      kind = "status", status = 401, body = '{"message":"Unauthorized"}', route = "refresh",
    }
    local count = logins.counter(sim)
    works(home { state_dir = folder })
    assert.same({ 1, 1 }, { count "logins", #requests(sim, "refresh") })
  end)

  it("is dropped when a 401 names the refresh token", function()
    sim:fault {
      kind = "status", status = 401, body = '{"error":"The refresh token is not valid"}',
      route = "refresh",
    }
    assert.equal("expired", failure(works, here).kind)
    assert.is_nil(stored().refresh_token)
  end)

  it("whose renewal hangs ends in time and is kept", function()
    logins.in_time(function(seconds)
      here = home { state_dir = folder, password = false, timeout = seconds }
      sim:reset_log()
      sim:fault { kind = "hang", route = "refresh" }
      assert.equal("timeout", failure(works, here).kind)
      assert.same({ token, token }, urls "refresh")
      sim:clear()
      works(here)
    end)
  end)
end)

describe("a hub of the account", function()
  local other = { id = ("ab"):rep(12), name = "Cabin", localUrl = "http://127.0.0.1:1" }

  it("is chosen by name", function()
    sim:set { homeys = { other } }
    assert.equal(sim.hub_id, login({ hub = "sunny house" }).id)
  end)

  it("is chosen by id", function()
    sim:set { homeys = { other } }
    works(login { hub = sim.hub_id:upper() })
  end)

  it("must be chosen if there are several", function()
    sim:set { homeys = { other } }
    local err = refused("ambiguous", "user")
    assert.matches('several Homeys: "Sunny House" %(' .. sim.hub_id .. '%), "Cabin" %(' .. other.id
      .. "%)", err.message)
  end)

  it("may be missing by name: the error lists all", function()
    assert.matches('no Homey "Castle"%. It has "Sunny House"',
      refused("not_found", "user", { hub = "Castle" }).message)
  end)

  it("may be ambiguous by name", function()
    sim:set { homeys = { { id = other.id, name = "Sunny House" } } }
    refused("ambiguous", "user", { hub = "Sunny House" })
    works(login { hub = sim.hub_id })
  end)

  it("may be missing", function()
    sim:fault { kind = "bad_json", route = "user", body = '{"_id":"u","homeys":[]}' }
    assert.matches("has no Homey%. Add one", refused("not_found", "user").message)
  end)

  it("that left the account is forgotten", function()
    local folder = logins.folder()
    sim:set { homeys = { { id = other.id, name = "Sunny House" } } }
    login { state_dir = folder, hub = sim.hub_id }
    sim:set { homeys = {} }
    logins.edit(folder, function(kept) -- no address answers, so the cloud is asked
      for kind in pairs(kept.hubs[sim.hub_id].urls) do
        kept.hubs[sim.hub_id].urls[kind] = "https://127.0.0.1:1"
      end
    end)
    works(home { state_dir = folder, password = false })
    local stored = core.decode((select(2, logins.file(folder))))
    assert.is_nil(stored.hubs[other.id])
    assert.is_table(stored.hubs[sim.hub_id])
    sim:reset_log()
    works(home { state_dir = folder, password = false, hub = "Sunny House" })
    assert.equal(0, #requests(sim, "user"))
  end)

  it("without an id is skipped", function()
    sim:set { homeys = { { id = "x\r\nX-Evil: 1", _id = "x\r\nX-Evil: 1", name = "Odd" } } }
    works(login())
  end)

  it("is chosen later without a password", function()
    local folder = logins.folder()
    sim:set { homeys = { other } }
    refused("ambiguous", "user", { state_dir = folder })
    works(home { state_dir = folder, password = false, hub = "Sunny House" })
    works(home { state_dir = folder, password = false }) -- and stored
    assert.equal(1, #requests(sim, "login"))
  end)
end)

describe("an OAuth client", function()
  for _, preset in ipairs(core.presets) do
    it("is known by name: " .. preset.name, function()
      works(login { client = preset.name })
      assert.equal(preset.client_id, form(requests(sim, "token")[1].body).client_id)
    end)
  end

  it("may be the program's own", function()
    local id, secret = "7d2a5e91c03b4f68a1d9e257", "0b6f7c2e9d184a35b7e0c1f2938475a6d5e4f310"
    works(login { client = { id = id, secret = secret, redirect_uri = "http://localhost:8123/" } })
  end)

  it("may be an id alone, for localhost", function()
    local id = core.presets[2].client_id
    works(login { client = { id = id, secret = core.presets[2].client_secret } })
    assert.matches("redirect_uri=http%%3A%%2F%%2Flocalhost&", requests(sim, "authorise")[1].path)
  end)

  it("may be the cloud's with another redirect_uri", function()
    local first = core.presets[1]
    sim:set { clients = { [first.client_id] = { secret = first.client_secret,
      redirect_uris = { "https://elsewhere.example/" } } } }
    works(login { client = { redirect_uri = "https://elsewhere.example/" } })
    assert.equal(first.client_id, form(requests(sim, "token")[1].body).client_id)
    sim:set { clients = { [first.client_id] = { secret = first.client_secret,
      redirect_uris = { first.redirect_uri } } } }
  end)

  it("is replaced when unknown and not chosen", function()
    local first = core.presets[1]
    sim:set { clients = { [first.client_id] = false } }
    works(login())
    assert.equal(core.presets[2].client_id, form(requests(sim, "token")[1].body).client_id)
    sim:set { clients = { [first.client_id] = { secret = first.client_secret,
      redirect_uris = { first.redirect_uri } } } }
  end)

  it("that was chosen is not replaced", function()
    refused("invalid", "authorise",
      { client = { id = "x", secret = "y", redirect_uri = "http://localhost" } })
    assert.equal(1, #requests(sim, "authorise"))
  end)
end)

describe("a login without the cloud's password form", function()
  it("uses an API key and no cloud", function()
    local here = logins.home(logins.options(sim.pat_options)):login()
    works(here)
    assert.same({ "session", "system-name" }, logins.routes(sim)) -- the key is tried once
    assert.equal(sim.pat_options.token,
      requests(sim, "system-name")[1].headers.authorization:match("Bearer (.*)"))
    assert.equal(sim.hub_id, requests(sim, "system-name")[1].headers["x-homey-id"])
  end)

  it("tries an API key before storing it", function()
    local folder = logins.folder()
    local here =
      logins.home(logins.options(sim.pat_options, { token = "wrong", state_dir = folder }))
    local err = failure(here.login, here)
    assert.same({ "unauthorized", "session", 401 }, { err.kind, err.step, err.status })
    assert.is_nil(logins.file(folder))
  end)

  it("ends when the API key is refused", function()
    local here = logins.home(logins.options(sim.pat_options, { token = "wrong" }))
    for _ = 1, 3 do
      local err = failure(works, here)
      assert.same({ "unauthorized", 401 }, { err.kind, err.status })
      assert.matches("Make a new one", err.message)
    end
    assert.same({ "system-name" }, logins.routes(sim))
  end)

  it("uses a local user and no cloud", function()
    works(logins.home(logins.options(sim.local_options)):login())
    assert.same({ "local-login", "session", "system-name" }, logins.routes(sim))
  end)

  it("refuses a local user's wrong password once", function()
    local here = logins.home(logins.options(sim.local_options, { password = "guess" }))
    for _ = 1, 2 do assert.equal("credentials", failure(works, here).kind) end
    assert.equal(1, #requests(sim, "local-login"))
  end)

  it("renews a local user by a new login", function()
    local here = logins.home(logins.options(sim.local_options))
    works(here)
    sim:expire "bearer"
    works(here)
    assert.equal(2, #requests(sim, "local-login"))
  end)

  it("fails when the hub has no local users", function()
    sim:set { api_version = 2 }
    local here = logins.home(logins.options(sim.local_options))
    assert.equal("unavailable", failure(works, here).kind)
  end)

  it("stores a local user and finds it again", function()
    local folder = logins.folder()
    works(logins.home(logins.options(sim.local_options, { state_dir = folder })):login())
    sim:reset_log()
    works(logins.home { state_dir = folder, cafile = sim.cafile }:login())
    assert.same({ "system-name" }, logins.routes(sim))
    sim:expire "bearer"
    local here = logins.home { state_dir = folder, cafile = sim.cafile }
    assert.equal("expired", failure(works, here).kind)
  end)

  it("stores an API key and finds it again", function()
    local folder = logins.folder()
    logins.home(logins.options(sim.pat_options, { state_dir = folder })):login()
    works(logins.home { state_dir = folder, cafile = sim.cafile }:login())
  end)

  describe("to a Homey that was replaced", function()
    local folder, before

    -- The stored login belongs to an earlier Homey.
    local function replaced(options)
      folder = logins.folder()
      logins.home(logins.options(options, { state_dir = folder })):login():close()
      logins.edit(folder, function(kept)
        before = kept.sessions[sim.hub_id]
        before.bearer, before.route = "of-the-old-one", "https://192-168-1-9.homey.homeylocal.com"
        kept.hub, kept.sessions = ("c"):rep(24), { [("c"):rep(24)] = before }
        if kept.personal_access_token then kept.personal_access_token = "of-the-old-one" end
        if kept.username then kept.username = "of-the-old-one" end
      end)
      sim:reset_log()
    end

    local function renewed(options)
      works(logins.home(options))
      local path, text = logins.file(folder)
      assert.truthy(path)
      assert.is_nil(text:find("of-the-old-one", 1, true))
      assert.equal(sim.hub_id, core.decode(text).hub)
      works(logins.home { state_dir = folder, cafile = sim.cafile })
      for _, entry in ipairs(sim:log()) do
        assert.is_nil((entry.headers.authorization or ""):find("old-one", 1, true))
      end
    end

    it("accepts a new API key and forgets the old", function()
      replaced(sim.pat_options)
      renewed(logins.options(sim.pat_options, { state_dir = folder }))
    end)

    it("accepts the old API key when given again", function()
      replaced(sim.pat_options)
      logins.edit(folder, function(kept) kept.personal_access_token = sim.pat_options.token end)
      renewed(logins.options(sim.pat_options, { state_dir = folder, fresh = true }))
    end)

    it("accepts another local user, or the old one again", function()
      replaced(sim.local_options)
      renewed(logins.options(sim.local_options, { state_dir = folder }))
      replaced(sim.local_options)
      logins.edit(folder, function(kept) kept.username = sim.local_options.username end)
      renewed(logins.options(sim.local_options, { state_dir = folder, fresh = true }))
    end)

    it("accepts a local user instead of an API key", function()
      replaced(sim.pat_options)
      renewed(logins.options(sim.local_options, { state_dir = folder }))
      assert.equal(1, #requests(sim, "local-login"))
    end)

    it("works after a logout in the same program", function()
      folder = logins.folder()
      local here = logins.home(logins.options(sim.pat_options, { state_dir = folder }))
      works(here:login())
      here:logout()
      assert.is_nil(logins.file(folder))
      works(here:login())
    end)

    it("sends nothing old and says what to do", function()
      forgiven = true -- the ping has the id of the old one
      for _, options in ipairs { sim.pat_options, sim.local_options } do
        replaced(options)
        local given = { [options.token and "personal_access_token" or "username"] = options.token
          or options.username }
        logins.edit(folder, function(kept)
          for name, value in pairs(given) do kept[name] = value end
        end)
        local _, text = logins.file(folder)
        for _, more in ipairs { options, { cafile = sim.cafile } } do
          local err = failure(works, logins.home(logins.options(more, { state_dir = folder })))
          assert.same({ "offline", "address" }, { err.kind, err.step })
          assert.matches(
            "another Homey than before%. .*`fresh = true`, or call homey.logout%(%) first%.$",
            err.message)
        end
        assert.same({}, logins.routes(sim))
        assert.equal(text, select(2, logins.file(folder)))
      end
    end)
  end)

  it("accepts a refresh token", function()
    local tokens, folder = support.tokens(sim), logins.folder()
    sim:reset_log()
    local function there()
      return logins.home {
        refresh_token = tokens.refresh_token, client = "localhost", cafile = sim.cafile,
        connect_to = sim.options.connect_to,
        state_dir = folder,
      }
    end
    works(there():login())
    assert.same({ "refresh", "user", "delegation", "hub-login", "session", "system-name" },
      logins.routes(sim))
    sim:expire "bearer"
    sim:expire "access"
    works(there()) -- the stored token is used: the given one is spent
    assert.equal(2, #requests(sim, "refresh"))
  end)

  it("reports a refused refresh token", function()
    local here =
      logins.home(logins.options(sim.options,
        { refresh_token = "dead", email = false, password = false }))
    local said =
      "^the refresh token that was given was refused %(.*%)%. Get another, or log in with e%-mail "
        .. "and password%.$"
    for _, call in ipairs { works, works, here.login } do
      local err = failure(call, here)
      assert.same({ "credentials", "refresh", 400 }, { err.kind, err.step, err.status })
      assert.matches(said, err.message)
      assert.is_nil(err.message:find("dead", 1, true))
    end
    assert.equal(1, #requests(sim, "refresh"))
  end)

  it("falls back to the password after a refused refresh token", function()
    works(login { refresh_token = "dead" })
    assert.same({ 1, 1 }, { #requests(sim, "refresh"), #requests(sim, "login") })
  end)

  it("uses the password grant on request", function()
    works(login { password_grant = true })
    assert.same({ "password", "user", "delegation", "hub-login", "session", "system-name" },
      logins.routes(sim))
  end)

  it("reports a refused password grant", function()
    refused("credentials", "password-grant", { password_grant = true, password = "guess" })
    sim:set { password_grant = false }
    refused("invalid", "password-grant", { password_grant = true })
  end)
end)

describe("homey", function()
  it("has a home only after a login", function()
    assert.equal("expired", failure(homey.get, "/").kind)
    local here = homey.login(logins.options(sim.options))
    works(here)
    assert.equal("Sunny House", homey.get("/api/manager/system/name"))
    homey.logout()
    assert.equal("expired", failure(homey.get, "/").kind)
  end)
end)
