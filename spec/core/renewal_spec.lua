-- Runs on one Lua: no Lua has a part in it.
local homey = require "homey"
local log = require "homey.util.log"
local logins = require "spec.support.logins"
local support = require "spec.support.sim"

local failure, requests = logins.failure, logins.requests
local day = 86400

local sim, folder, here, count, forgiven

setup(function() sim = support.start() end)
teardown(support.stop)

local function options(more)
  return logins.options(sim.options, {
    state_dir = folder, password = (more or {}).password or false, timeout = (more or {}).timeout,
  })
end

-- A stored login, used without its password.
local function begin()
  logins.reset(sim)
  forgiven, folder = false, logins.folder()
  local first = logins.home(logins.options(sim.options, { state_dir = folder })):login()
  first:get "/api/manager/system/name" -- finds and stores the address
  here = logins.home(options())
  sim:reset_log()
  count = logins.counter(sim)
end

before_each(begin)

-- A check whose timeout adapts to the machine: see logins.in_time.
local function in_time(check)
  logins.in_time(function(seconds)
    begin()
    check(seconds)
  end)
end

-- Waits until a number of requests of a route have arrived.
local function comes(route, times)
  logins.wait_until(function() return #requests(sim, route) >= times end)
end

after_each(function()
  logins.tidy()
  assert.equal(0, count "thefts")
  if not forgiven then assert.same({}, logins.complaints(sim)) end
end)

local function name(home) return (home or here):get "/api/manager/system/name" end

local function works(home) assert.equal("Sunny House", name(home)) end

-- The counts of all requests except the calls.
local function done()
  return {
    logins = count "logins", refreshes = count "refreshes", delegations = count "delegations",
    hub_logins = count "hub_logins",
  }
end

local nothing = { logins = 0, refreshes = 0, delegations = 0, hub_logins = 0 }
local a_bearer = { logins = 0, refreshes = 0, delegations = 1, hub_logins = 1 }
local an_access_token = { logins = 0, refreshes = 1, delegations = 1, hub_logins = 1 }
local everything = { logins = 1, refreshes = 0, delegations = 1, hub_logins = 1 }

local function session(change)
  logins.edit(folder, function(login) change(login.sessions[login.hub], login) end)
end

local function both_dead()
  sim:expire "bearer"
  sim:expire "access"
end

-- Makes n calls at once; returns how many succeeded, and the errors of the others.
local function at_once(n, home)
  local good, errors = 0, {}
  for _ = 1, n do
    homey.spawn(function()
      local answer, err = homey.try(name, home)
      if answer then good = good + 1 else errors[#errors + 1] = err end
    end)
  end
  homey.run()
  return good, errors
end

describe("a stored login", function()
  it("that is valid needs nothing", function()
    works()
    assert.same(nothing, done())
    assert.same({ "system-name" }, logins.routes(sim))
  end)

  it("is used without a request", function()
    here:login()
    assert.equal("Sunny House", here.name)
    assert.same({}, sim:log())
  end)
end)

describe("a bearer", function()
  -- A bearer after a part of its lifetime.
  local function aged(part, lifetime)
    lifetime = lifetime or day
    session(function(s)
      s.bearer_issued_at = os.time() - math.floor(part * lifetime)
      s.bearer_expires_at = s.bearer_issued_at + lifetime
    end)
  end

  local wait = logins.wait_until

  it("is not renewed by a short command", function()
    aged(0.999)
    works()
    homey.sleep(0.1)
    assert.same(nothing, done())
  end)

  describe("of a running program", function()
    it("is renewed after half of its life", function()
      aged(0.51)
      here:stay()
      works()
      wait(function() return count "hub_logins" == 1 end)
      works()
      assert.same(a_bearer, done())
      assert.equal(0, count "unauthorized")
    end)

    it("is not renewed before", function()
      aged(0.49)
      here:stay()
      works()
      homey.sleep(0.1)
      assert.same(nothing, done())
    end)

    it("is renewed while something is listened to", function()
      aged(0.51)
      here:variable("Guests"):on(function() end)
      wait(function() return count "hub_logins" == 1 end)
    end)

    it("is renewed while homey.run runs", function()
      aged(0.51)
      homey.spawn(function()
        works()
        wait(function() return count "hub_logins" == 1 end)
      end)
      homey.run()
      assert.same(a_bearer, done())
    end)

    it("is not renewed repeatedly with a life of seconds", function()
      sim:set { api_version = 2, lifetimes = { bearer = 1 } }
      sim:expire "bearer"
      works()
      here:stay()
      homey.sleep(0.1)
      count = logins.counter(sim)
      for _ = 1, 20 do homey.sleep(0.02) end
      assert.is_true(count "hub_logins" <= 2)
    end)

    it("is not renewed while the hub asks to wait", function()
      aged(0.51)
      sim:fault { kind = "retry_after", seconds = 5, route = "system-name", times = 1 }
      local task = homey.spawn(name)
      wait(function() return #requests(sim, "system-name") == 1 end)
      for _ = 1, 20 do homey.sleep(0.005) end -- by then the answer was read
      here:stay()
      assert.equal("Sunny House", task:wait())
      wait(function() return count "hub_logins" == 1 end)
      assert.is_true(requests(sim, "delegation")[1].time - requests(sim,
        "system-name")[1].time >= 4.9)
    end)

    it("blocks no call during its renewal", function()
      aged(0.51)
      sim:set { cloud = "hang" }
      here:stay()
      for _ = 1, 5 do
        works()
        homey.sleep(0.02)
      end
      comes("delegation", 1)
      assert.equal(1, #requests(sim, "delegation"))
      assert.equal(5, #requests(sim, "system-name"))
    end)

    it("is renewed later after a failure, silently", function()
      local lost, warned = 0, 0
      here:variable("Guests"):on(function() end)
      here:on("disconnect", function() lost = lost + 1 end)
      wait(function() return here.connected end)
      here:close()
      here = logins.home(options())
      aged(0.6, 400)
      sim:set { cloud = false }
      log.tap(function() warned = warned + 1 return true end)
      here:variable("Guests"):on(function() end)
      here:on("disconnect", function() lost = lost + 1 end)
      wait(function() return here.connected and #requests(sim, "delegation") > 0 end)
      works()
      sim:set { cloud = true }
      wait(function() return count "hub_logins" == 1 end)
      wait(function() return here.connected end)
      works()
      log.tap(nil)
      assert.same({ 0, 0, 0 }, { lost, warned, count "unauthorized" })
    end)
  end)

  it("with a known end is renewed by it", function()
    sim:set { api_version = 2, lifetimes = { bearer = 2 } }
    sim:expire "bearer"
    works()
    count = logins.counter(sim)
    homey.sleep(2.1)
    works()
    assert.same(a_bearer, done())
    assert.equal(0, count "unauthorized")
  end)

  it("is renewed on a 401, and the call repeated", function()
    sim:expire "bearer"
    works()
    assert.same(a_bearer, done())
    assert.same({ "system-name", "delegation", "hub-login", "user", "session", "system-name" },
      logins.routes(sim))
  end)

  for _, said in ipairs { { 403, "session_expired" }, { 400, "invalid_token" },
    { 410, "session_expired" } } do
    it(("is renewed on a %d with %s"):format(said[1], said[2]), function()
      sim:fault {
        kind = "status", status = said[1], route = "system-name",
        body = '{"error":"' .. said[2] .. '"}', times = 1,
      }
      works()
      assert.same(a_bearer, done())
    end)
  end

  it("is renewed on a 401 for a call without retries", function()
    sim:expire "bearer"
    local lamp = sim:device("Kitchen/Lamp")
    here:device(lamp.id):toggle()
    here:post("/api/manager/flow/flow/74f3b9d2-1a5c-48e0-9b67-c2e80d6f5a41/trigger")
    assert.same({ 1, 1, 1 },
      { count "capability_puts", count "flows_started", count "delegations" })
  end)

  it("is renewed once for twenty waiting calls", function()
    session(function(s)
      s.bearer_issued_at, s.bearer_expires_at = os.time() - 2 * day, os.time() - day
    end)
    assert.same({ 20, {} }, { at_once(20) })
    assert.same(a_bearer, done())
    assert.equal(20, #requests(sim, "system-name"))
  end)

  it("is renewed once for twenty calls with a 401", function()
    works() -- opens several connections
    count = logins.counter(sim)
    sim:reset_log()
    sim:expire "bearer"
    assert.same({ 20, {} }, { at_once(20) })
    assert.same(a_bearer, done())
    assert.equal(20 + count "unauthorized", #requests(sim, "system-name")) -- one repetition each
    assert.is_true(count "unauthorized" <= 12)
  end)

  it("renewed by another home is shared", function()
    local other = logins.home(options())
    works()
    works(other)
    sim:expire "bearer"
    works()
    works(other)
    assert.same(a_bearer, done())
  end)

  it("is renewed any number of times", function()
    for _ = 1, 8 do
      both_dead()
      works()
    end
    assert.same({ logins = 0, refreshes = 8, delegations = 8, hub_logins = 8 }, done())
  end)

  it("with a life of one second works", function()
    in_time(function(seconds)
      sim:set { lifetimes = { bearer = 5 * seconds, access = 6 * seconds } }
      both_dead()
      local stop = os.time() + 3
      logins.wait_until(function() -- on a slow machine bearers live longer
        assert.same({ 5, {} }, { at_once(5) })
        return os.time() >= stop and count "hub_logins" > 1
      end)
      assert.equal(0, count "logins")
    end)
  end)
end)

describe("a 401 for a bearer that another call has renewed meanwhile", function()
  it("is not a second 401", function()
    in_time(function(seconds)
      works()
      sim:expire "bearer"
      sim:fault { kind = "delay", seconds = 3 * seconds, route = "zones", times = 1 }
      local late = homey.spawn(function() return here:get "/api/manager/zones/zone" end)
      comes("zones", 1)
      works()
      sim:expire "bearer"
      assert.is_table(late:wait())
      assert.equal(2, count "hub_logins")
      works()
    end)
  end)
end)

describe("a second 401 of a call", function()
  -- The new bearer expires before the repeated call arrives, and its answer is late.
  local function repeated_in_vain(seconds, late_by)
    works()
    sim:expire "bearer"
    sim:fault { kind = "delay", seconds = 2 * seconds, route = "session", times = 1 }
    sim:fault { kind = "delay", seconds = late_by, route = "zones", times = 1, after = 1 }
    local late = homey.spawn(function() return here:get "/api/manager/zones/zone" end)
    comes("session", 1)
    sim:expire "bearer"
    return late
  end

  it("does not blame a bearer renewed by others", function()
    in_time(function(seconds)
      local late = repeated_in_vain(seconds, 3 * seconds)
      comes("zones", 2)
      works()
      assert.is_table(late:wait())
      assert.equal(2, count "hub_logins")
      works()
    end)
  end)

  it("does not blame a bearer that may have expired", function()
    in_time(function(seconds)
      assert.is_table(repeated_in_vain(seconds, 6):wait())
      assert.equal(2, count "hub_logins")
    end)
  end)
end)

describe("a bearer refused while the websocket opens", function()
  it("is renewed before the handshake", function()
    in_time(function(seconds)
      here = logins.home(options { timeout = 10 + 20 * seconds })
      works()
      sim:fault { kind = "delay", seconds = 3 * seconds, route = "socket", times = 1 }
      sim:fault { kind = "delay", seconds = 7 * seconds, route = "delegation", times = 1 }
      here:variable("Guests"):on(function() end)
      comes("socket", 1)
      sim:expire "bearer"
      works()
      logins.wait_until(function() return here.connected end)
      assert.equal(1, count "hub_logins")
    end)
  end)
end)

describe("a second 401", function()
  before_each(function() sim:fault { kind = "status", status = 401, route = "zones" } end)

  local function zones() return here:get "/api/manager/zones/zone" end

  it("is final after one repetition", function()
    local err = failure(zones)
    assert.same({ "unauthorized", 401 }, { err.kind, err.status })
    assert.equal(2, #requests(sim, "zones"))
    assert.same(a_bearer, done())
  end)

  it("stops all calls until a new login", function()
    failure(zones)
    sim:reset_log()
    for _ = 1, 3 do assert.equal("unauthorized", failure(name).kind) end
    assert.same({}, sim:log())
    here:login()
    works()
  end)

  it("stops waiting calls too", function()
    local kinds = {}
    for i = 1, 10 do
      homey.spawn(function()
        local _, err = homey.try(zones)
        kinds[i] = err.kind
      end)
    end
    homey.run()
    for i = 1, 10 do assert.equal("unauthorized", kinds[i]) end
    -- several bearers may be in flight
    assert.is_true(#requests(sim, "zones") <= 40 and count "hub_logins" <= 10)
  end)
end)

describe("an access token", function()
  it("is renewed ahead of its end", function()
    sim:expire "bearer"
    session(function(_, login)
      login.access_issued_at, login.access_expires_at = os.time() - 3650, os.time() + 10
    end)
    works()
    assert.same(an_access_token, done())
    assert.equal(1, #requests(sim, "delegation"))
  end)

  it("is not renewed while valid", function()
    sim:expire "bearer"
    session(function(_, login)
      login.access_issued_at, login.access_expires_at = os.time() - 3060, os.time() + 600
    end)
    works()
    assert.same(a_bearer, done())
  end)

  it("is renewed when refused", function()
    both_dead()
    works()
    assert.same(an_access_token, done())
    assert.same({
      "system-name", "delegation", "refresh", "delegation", "hub-login", "user", "session",
      "system-name",
    }, logins.routes(sim))
  end)

  it("that expires before delegation is renewed", function()
    both_dead()
    session(function(_, login) login.hubs = {} end)
    works()
    assert.same(an_access_token, done())
  end)

  it("with a wrong end is renewed when refused", function()
    in_time(function(seconds)
      sim:set { expires_in = 1000000, lifetimes = { access = 2 * seconds } }
      both_dead()
      works()
      homey.sleep(2.2 * seconds)
      sim:expire "bearer"
      works()
      assert.equal(2, count "refreshes")
    end)
  end)

  it("refused at once is renewed again", function()
    both_dead()
    sim:fault {
      kind = "status", status = 401, route = "delegation", body = '{"error":"invalid_token"}',
      times = 2,
    }
    works()
    assert.same({ logins = 0, refreshes = 2, delegations = 1, hub_logins = 1 }, done())
    works()
  end)

  it("refused repeatedly is an error", function()
    both_dead()
    sim:fault {
      kind = "status", status = 401, route = "delegation", body = '{"error":"invalid_token"}',
    }
    local err = failure(name)
    assert.same({ "unauthorized", "delegation", 2 }, { err.kind, err.step, count "refreshes" })
    assert.truthy(err.message:find("just issued", 1, true))
  end)

  it("is renewed once for twenty calls", function()
    both_dead()
    assert.same({ 20, {} }, { at_once(20) })
    assert.same(an_access_token, done())
  end)
end)

describe("a login that cannot be renewed", function()
  before_each(function()
    both_dead()
    sim:expire "refresh"
  end)

  it("is `expired`", function()
    local err = failure(name)
    assert.equal("expired", err.kind)
    assert.matches("Log in again", err.message)
  end)

  it("is `expired` for twenty calls by one request", function()
    local good, errors = at_once(20)
    assert.same({ 0, 20 }, { good, #errors })
    for _, err in ipairs(errors) do assert.equal("expired", err.kind) end
    assert.equal(1, count "refreshes")
  end)

  it("stops all calls", function()
    failure(name)
    sim:reset_log()
    assert.equal(0, (at_once(5)))
    assert.same({}, sim:log())
  end)

  it("is replaced once if a password was given", function()
    here = logins.home(options { password = sim.options.password })
    assert.same({ 20, {} }, { at_once(20, here) })
    assert.same({ logins = 1, refreshes = 1, delegations = 1, hub_logins = 1 }, done())
  end)

  it("is replaced with a new password", function()
    sim:set { password = "changed" }
    here = logins.home(options { password = sim.options.password })
    assert.equal("credentials", failure(name).kind)
    assert.equal("credentials", failure(name).kind)
    assert.equal(1, count "logins")
    works(logins.home(options { password = "changed" }))
  end)

  it("works again after the next login", function()
    failure(name)
    logins.home(options { password = sim.options.password }):login()
    works(logins.home(options()))
    works()
  end)

  it("is not mistaken for another", function()
    failure(name)
    sim:reset_log()
    logins.edit(folder, function(login) login.new_thing = true end)
    assert.equal("expired", failure(name).kind)
    assert.same({}, sim:log())
  end)

  it("does not come back after a logout", function()
    failure(name)
    here:logout()
    logins.home(options { password = sim.options.password }):login()
    assert.equal("expired", failure(name).kind)
    here:login()
    works()
  end)

  it("is replaced for listeners after a login", function()
    here:on("disconnect", function() end)
    failure(name)
    assert.is_false(here.connected)
    logins.home(options { password = sim.options.password }):login()
    works()
    logins.wait_until(function() return here.connected end)
  end)
end)

describe("a renewal at the end of a program", function()
  before_each(function()
    both_dead()
    sim:set { theft_revokes = true }
    sim:fault { kind = "delay", seconds = 0.4, route = "refresh" }
  end)

  local function still_works()
    sim:clear()
    works(logins.home(options()))
    assert.equal(1, count "refreshes")
  end

  it("is completed when the home closes", function()
    local task = homey.spawn(function() return homey.try(name) end)
    while #requests(sim, "refresh") == 0 do homey.sleep(0.01) end
    here:close()
    task:wait()
    still_works()
  end)

  local endings = {
    ["runs out"] = "", ["calls homey.close()"] = "homey.close() os.exit(0)",
    ["fails"] = "error 'on purpose'",
  }
  if _VERSION ~= "Lua 5.1" or rawget(_G, "jit") then
    endings["has os.exit close the Lua state"] = "os.exit(0, true)"
  end
  for how, ending in pairs(endings) do
    it("is completed when the program " .. how, function()
      logins.finish(logins.start(([[
        local homey = require "homey"
        local here = homey.login()
        homey.spawn(homey.try, here.get, here, "/api/manager/system/name")
        while not here.client:is_renewing() do homey.sleep(0.005) end
        %s
      ]]):format(ending), {
        HOMEY_STATE_DIR = folder, HOMEY_CAFILE = sim.cafile,
        HOMEY_CONNECT_TO = sim.env.HOMEY_CONNECT_TO,
      }))
      assert.equal(1, #requests(sim, "refresh"))
      still_works()
    end)
  end
end)

describe("a fresh login", function()
  it("runs the whole chain despite a stored login", function()
    logins.home(logins.options(sim.options, { state_dir = folder, fresh = true })):login()
    assert.same(everything, done())
    works()
  end)

  it("is one login for any number of calls", function()
    local fresh = logins.home(logins.options(sim.options, { state_dir = folder, fresh = true }))
    assert.same({ 10, {} }, { at_once(10, fresh) })
    works(fresh)
    assert.same(everything, done())
  end)

  it("keeps the old login when it fails", function()
    local fresh =
      logins.home(logins.options(sim.options,
        { state_dir = folder, fresh = true, password = "guess" }))
    assert.equal("credentials", failure(fresh.login, fresh).kind)
    works()
  end)
end)

describe("a cloud that is off", function()
  for _, way in ipairs { "dropping", "hanging", "answering 500" } do
    describe("by " .. way, function()
      local function off()
        if way == "answering 500" then
          return sim:fault { kind = "status", status = 503, route = "cloud" }
        end
        sim:set { cloud = way == "hanging" and "hang" or false }
      end

      it("does not affect a valid bearer", function()
        off()
        for _ = 1, 3 do works() end
        assert.equal("Sunny House", here:login().name)
      end)

      it("delays the renewal of an expired bearer", function()
        in_time(function(seconds)
          here = logins.home(options { timeout = seconds })
          both_dead()
          off()
          local err = failure(name)
          assert.equal(({ dropping = "network", hanging = "timeout",
            ["answering 500"] = "unavailable" })[way], err.kind)
          assert.equal("delegation", err.step)
          sim:set { cloud = true }
          sim:clear()
          works()
          assert.equal(0, count "logins")
        end)
      end)
    end)
  end

  it("does not affect a bearer that only seems expired", function()
    session(function(s, login)
      s.bearer_issued_at, s.bearer_expires_at = os.time() - 3 * day, os.time() - 2 * day
      login.access_issued_at, login.access_expires_at = os.time() - 3 * day,
        os.time() - 3 * day + 3660
    end)
    sim:set { cloud = false }
    works()
    works()
    assert.is_true(#requests(sim, "refresh") + #requests(sim, "delegation") <= 2)
  end)
end)

describe("a clock", function()
  local function shift(days)
    session(function(s, login)
      for _, time in ipairs { "bearer_issued_at", "bearer_expires_at" } do
        s[time] = s[time] - days * day
      end
      for _, time in ipairs { "access_issued_at", "access_expires_at" } do
        login[time] = login[time] - days * day
      end
    end)
  end

  for _, days in ipairs { 3, 4000 } do
    it(("set forward by %d days costs a renewal"):format(days), function()
      shift(days)
      works()
      assert.same(an_access_token, done())
      works()
      assert.same(an_access_token, done())
    end)

    it(("set back by %d days costs nothing"):format(days), function()
      shift(-days)
      works()
      assert.same(nothing, done())
    end)

    it(("set back by %d days does not hide expiry"):format(days), function()
      shift(-days)
      both_dead()
      works()
      assert.same(an_access_token, done())
    end)
  end
end)
