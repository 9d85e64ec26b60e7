local core = require "homey.core"
local homey = require "homey"
local logins = require "spec.support.logins"
local support = require "spec.support.sim"
local text = require "homey.sim.http.encoding"

local failure, requests = logins.failure, logins.requests

local client = {
  id = "7d2a5e91c03b4f68a1d9e257", secret = "0b6f7c2e9d184a35b7e0c1f2938475a6d5e4f310",
  redirect_uri = "http://localhost:8123/",
}
local email, password, otp = "private.person+home@example.com", [[Tr0ub4dor &3=%25+"ö\;]], "918273"

local sim, folder, lines, said

setup(function() sim = support.start { email = email, password = password } end)
teardown(support.stop)

before_each(function()
  logins.reset(sim, { mode = "consent", consent = { entities = true, cookies = 2 } })
  folder, lines, said = logins.folder(), {}, {}
end)

after_each(function()
  logins.tidy()
  assert.same({}, logins.complaints(sim))
end)

local function options(more)
  return logins.options(sim.options, logins.options({
    state_dir = folder, client = client, trace = function(line) lines[#lines + 1] = line end,
    timeout = 30 * logins.slow,
  }, more))
end

local function home(more) return logins.home(options(more)) end

local function note(err)
  said[#said + 1] = tostring(err)
  if type(err) == "table" then said[#said + 1] = err.message end
  return err
end

local function fails(f, ...) return note(failure(f, ...)) end

-- ---- secrets ------------------------------------------------------------------------------------

local secret_names = {
  email = true, username = true, password = true, otptoken = true, user_token = true, code = true,
  client_secret = true,
  refresh_token = true, _csrf = true, token = true,
}

-- Every secret that the simulator received in queries, forms, JSON, headers and cookies, and stored
-- ones.
local function secrets()
  local set = {
    [email] = true, [password] = true, [client.secret] = true, [sim.pat_options.token] = true,
  }
  local function add(value)
    if type(value) == "string" and #value >= 6 then set[value] = true end
  end
  for _, entry in ipairs(sim:log()) do
    local query, body = entry.path:match "%?(.*)" or "", entry.body or ""
    for _, fields in ipairs { text.form(query), text.form(body, true), core.decode(body) or {} } do
      if type(fields) == "table" then
        for name, value in pairs(fields) do
          if secret_names[name] then add(value) end
        end
      end
    end
    add((entry.headers.authorization or ""):match " (%S+)$")
    for value in (entry.headers.cookie or ""):gmatch "=([^;]+)" do add(value) end
  end
  local _, stored = logins.file(folder)
  local login = stored and core.decode(stored) or {}
  for _, name in ipairs { "access_token", "refresh_token" } do add(login[name]) end
  for _, session in pairs(login.sessions or {}) do
    add(session.bearer)
    add(session.session_id)
  end
  return set
end

local digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function base64(s)
  local out = {}
  for i = 1, #s, 3 do
    local a, b, c = s:byte(i, i + 2)
    local n = a * 65536 + (b or 0) * 256 + (c or 0)
    for j = 3, 0, -1 do
      local at = math.floor(n / 64 ^ j) % 64
      out[#out + 1] = digits:sub(at + 1, at + 1)
    end
  end
  return table.concat(out):sub(1, math.floor(#s * 4 / 3)) -- the end depends on padding
end

local function percent(s, keep)
  return (s:gsub("[^%w" .. (keep or "%-._~") .. "]", function(c)
    return ("%%%02X"):format(c:byte())
  end))
end

local function forms_of(secret)
  local encoded = percent(secret)
  return {
    secret, encoded, encoded:lower(), (encoded:gsub("%%20", "+")), base64(secret),
    base64(client.id .. ":" .. secret),
    secret:gsub('[\\"]', "\\%0"), secret:sub(1, math.max(12, math.floor(#secret * 2 / 3))),
  }
end

local function tells(where, what)
  for secret in pairs(secrets()) do
    for _, form in ipairs(forms_of(secret)) do
      local at = #form >= 6 and what:find(form, 1, true)
      if at then
        error(("%s tells a secret (%s...): %s")
          :format(where, secret:sub(1, 8), what:sub(at - 100, at + 100)), 0)
      end
    end
  end
end

local function nothing_tells()
  tells("the trace", table.concat(lines, "\n"))
  tells("an error", table.concat(said, "\n"))
end

-- ---- from login to logout -----------------------------------------------------------------------

describe("a trace", function()
  it("has a line for each exchange", function()
    sim:set { otp = otp }
    local here = home { otp = otp }:login()
    here:get "/api/manager/zones/zone"
    local answered = 0 -- without pings: the race drops the slower ones
    for _, line in ipairs(lines) do
      if line:find "%-> %d+," and not line:find("step ping", 1, true) then
        answered = answered + 1
      end
    end
    assert.equal(#logins.routes(sim), answered)
    assert.matches(
      "^POST https://accounts%.athom%.com/login %-> 200, %d+ ms, %d+ bytes out, %d+ bytes in, "
        .. "step login$", lines[1])
    assert.matches(
      "^GET https://accounts%.athom%.com//authorise%?%*%*%* %-> 200, .*, step authorise$", lines[2])
    assert.matches(
      "^GET https://127%-0%-0%-1.*/api/manager/zones/zone %-> 200, %d+ ms, 0 bytes out, %d+ bytes "
        .. "in$", lines[#lines])
  end)

  it("describes a failed exchange", function()
    sim:fault { kind = "drop", route = "login" }
    local here = home()
    fails(here.login, here)
    assert.matches("^POST .*/login %-> failed %(.+%), .*, step login$", lines[1])
  end)

  it("of a whole life has no secret", function()
    sim:set { otp = otp }
    local here = home { otp = otp }:login()
    here:get "/api/manager/zones/zone"
    for _ = 1, 2 do
      sim:expire "bearer"
      sim:expire "access"
      here:get "/api/manager/system/name"
    end
    sim:set { refresh = "missing", seed_refresh = "delegation" }
    sim:expire "bearer"
    sim:expire "access"
    home { password = false }:get "/api/manager/system/name"
    sim:set { api_version = 2 }
    local v2 = home { account = "two", otp = otp }
    v2:login():logout()
    assert.is_true(#lines > 40)
    nothing_tells()
  end)

  it("of the other logins has no secret", function()
    logins.home(logins.options(sim.pat_options, { trace = options().trace }))
      :get "/api/manager/system/name"
    logins.home(logins.options(sim.local_options, { trace = options().trace }))
      :get "/api/manager/system/name"
    home({ password_grant = true }):login()
    local there = home {
      account = "two", refresh_token = "0123456789abcdef0123", email = false, password = false,
    }
    fails(there.login, there)
    nothing_tells()
  end)
end)

describe("an error", function()
  local steps = { "login", "authorise", "consent", "token", "user", "delegation", "hub-login" }

  for _, step in ipairs(steps) do
    it("at step " .. step .. " has no secret", function()
      for _, fault in ipairs {
        { kind = "truncate" }, { kind = "truncate", bytes = 60 }, { kind = "bad_json" },
        { kind = "html" },
        { kind = "status", status = 401 }, { kind = "status", status = 403 },
        { kind = "headers", type = "text/plain" },
        { kind = "bad_json", body = '"' .. password:gsub('[\\"]', "\\%0") .. '"' },
      } do
        fault.route, fault.times = step, 1
        sim:fault(fault)
        local here = home { state_dir = false }
        local ok, err = pcall(here.login, here)
        if not ok then note(err) end
        sim:clear()
      end
      assert.is_true(#said >= 6)
      nothing_tells()
    end)
  end

  it("has no header of the program's own", function()
    local key = "g4teway&key-7"
    local here = home { headers = { ["X-Gateway-Key"] = key, Accept = "x" } }
    sim:fault {
      kind = "status", status = 403, route = "system-name",
      body = ('{"error":"no access by %s, says x"}'):format(key),
    }
    local err = fails(here.get, here, "/api/manager/system/name")
    assert.same({ "forbidden" }, { err.kind })
    assert.matches("no access by %*%*%*, says x", err.message)
    assert.not_matches(key, table.concat(lines, "\n"), 1, true)
  end)

  local quoting = {
    ["as it is"] = function(s) return s end,
    ["percent-encoded"] = percent,
    ["as a form"] = function(s) return (percent(s):gsub("%%20", "+")) end,
    ["percent-encoded in lower case"] = function(s)
      return (percent(s):gsub("%%%x%x", string.lower))
    end,
  }
  for name, quote in pairs(quoting) do
    it("has no secret that the server quotes " .. name, function()
      local long = ("x"):rep(250)
      for _, secret in ipairs { password, email, client.secret, otp .. otp } do
        for _, words in ipairs { "You sent %s to us", "%s", long .. "%s",
          "%s" .. long .. "%s%s" } do
          local body = core.encode {
            error = "e",
            error_description = (words:gsub("%%s", function() return quote(secret) end)),
          }
          for _, status in ipairs { 401, 500 } do
            sim:fault { kind = "status", status = status, route = "login", times = 1, body = body }
            local here = home { state_dir = false, otp = otp .. otp }
            fails(here.login, here)
          end
        end
      end
      nothing_tells()
    end)
  end

  it("has no token that the server quotes", function()
    local here = home():login()
    local login = core.decode((select(2, logins.file(folder))))
    local bearer = login.sessions[sim.hub_id].bearer
    local function quoted(token, status, route, times)
      sim:fault { kind = "status", status = status, route = route, times = times,
        body = core.encode { error = "e", error_description = "Unknown token " .. token .. "." } }
    end
    quoted(bearer, 500, "zones", 1)
    local err = fails(here.get, here, "/api/manager/zones/zone")
    assert.matches("Unknown token %*%*%*", err.message)
    quoted(bearer, 401, "zones", 2)
    fails(here.get, here, "/api/manager/zones/zone")
    here:login()
    sim:expire "bearer"
    quoted(login.access_token, 500, "delegation", 2)
    fails(here.get, here, "/api/manager/zones/zone")
    sim:expire "access"
    quoted(login.refresh_token, 500, "refresh", 2)
    fails(here.get, here, "/api/manager/zones/zone")
    quoted(login.refresh_token, 400, "refresh", 1)
    local there = home { password = false }
    fails(there.get, there, "/api/manager/zones/zone")
    nothing_tells()
  end)

  it("has no cookie that the server quotes", function()
    sim:set { mode = "consent" }
    for _, quoted in ipairs { "chocolate-chip-7", "oat-and-raisin-9" } do
      sim:fault { kind = "headers", route = "authorise",
        headers =
          { ["Set-Cookie"] = "_csrf=chocolate-chip-7; Path=/\r\nSet-Cookie: "
            .. "visit=oat-and-raisin-9; Secure" } }
      sim:fault { kind = "status", status = 403, route = "consent",
        body = core.encode { error = "e", error_description = "Cookie " .. quoted .. " is stale" } }
      local here = home { state_dir = false }
      local err = fails(here.login, here)
      assert.matches("Cookie %*%*%* is stale", err.message)
      sim:clear()
    end
    nothing_tells()
  end)

  it("has no API key that the server quotes", function()
    local key = sim.pat_options.token
    sim:fault {
      kind = "status", status = 403, route = "zones",
      body = core.encode { error = "Key " .. key .. " has no right" },
    }
    local here = logins.home(logins.options(sim.pat_options, { trace = options().trace }))
    assert.equal("forbidden", fails(here.get, here, "/api/manager/zones/zone").kind)
    nothing_tells()
  end)

  it("about an option has no value of it", function()
    for _, wrong in ipairs {
      { password = password .. "\0" }, { password = password .. "\255" },
      { email = "private.person" .. "\n" }, { otp = otp .. "\n" },
      { token = sim.pat_options.token },
      { token = sim.pat_options.token .. " ", address = "http://127.0.0.1" },
      { address = "http://user:" .. client.secret .. "@127.0.0.1" },
      { client = { id = "x", secret = client.secret .. "\n" } },
      { refresh_token = client.secret .. " " }, { headers = { client.secret } },
      { connect_to = { client.secret } },
    } do
      wrong.state_dir = false
      assert.equal("invalid", fails(homey.new, wrong).kind)
    end
    nothing_tells()
  end)

  it("of a damaged store has none of its contents", function()
    home():login()
    local path, whole = logins.file(folder)
    for at = 200, #whole - 1, 150 do
      local file = assert(io.open(path, "wb"))
      file:write(whole:sub(1, at))
      file:close()
      local here = home()
      fails(here.login, here)
    end
    local file = assert(io.open(path, "wb"))
    file:write(whole)
    file:close()
    nothing_tells()
  end)
end)

describe("an object", function()
  it("has no secret in its text", function()
    local here = home():login()
    local task = homey.spawn(function() here:get "/api/manager/zones/zone" end)
    local devices = here:devices()
    for _, object in ipairs {
      here, here.client, here.scheduler, here.scheduler.core_loop, here.directory,
      here:device("Kitchen/Lamp"), here:zone("Kitchen"),
      devices, devices[1], task,
    } do
      said[#said + 1] = tostring(object)
    end
    homey.run()
    nothing_tells()
  end)
end)

describe("a failing script", function()
  local function run(script, more)
    local env = {
      HOMEY_EMAIL = email, HOMEY_PASSWORD = password, HOMEY_CAFILE = sim.cafile,
      HOMEY_CONNECT_TO = sim.env.HOMEY_CONNECT_TO,
      HOMEY_CLIENT_ID = client.id, HOMEY_CLIENT_SECRET = client.secret,
      HOMEY_REDIRECT_URI = client.redirect_uri,
      HOMEY_STATE_DIR = folder, HOMEY_TRACE = "1",
    }
    for name, value in pairs(more or {}) do env[name] = value end
    local output = logins.finish(logins.start(script, env))
    tells("stderr", output)
    return output
  end

  it("has a reason and no secret", function()
    local output = run [[
      local homey = require "homey"
      homey.login()
      homey.get "/api/manager/system/name"
      homey.device("nonesuch")
    ]]
    assert.matches("there is no device", output)
    assert.matches("POST https://accounts%.athom%.com/login %-> 200", output)
    tells("stderr", output)
  end)

  it("in a task has a reason and no secret", function()
    sim:fault {
      kind = "status", status = 500, route = "zones", body = '{"error":"' .. email .. '"}',
    }
    local output = run [[
      local homey = require "homey"
      homey.login()
      homey.spawn(function() homey.get "/api/manager/zones/zone" end)
      homey.run()
    ]]
    assert.matches("the hub could not do it %(%*%*%*%)", output)
  end)

  it("with a wrong password has no secret", function()
    local output = run([[require("homey").login()]], { HOMEY_PASSWORD = password .. "x" })
    assert.matches("the e%-mail address or the password was refused", output)
    assert.equal(1, #requests(sim, "login"))
  end)
end)
