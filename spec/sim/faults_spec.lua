-- Runs on one Lua: no Lua has a part in it.
local homey = require "homey"
local logins = require "spec.support.logins"
local support = require "spec.support.sim"

local failure, folder, requests, try = logins.failure, logins.folder, logins.requests, homey.try

local sim
local limit = 4 * math.min(logins.slow, 5) -- seconds for one exchange
local generous = 60 * logins.slow          -- without a timeout

setup(function() sim = support.start() end)
teardown(support.stop)
before_each(function() logins.reset(sim) end)
after_each(logins.tidy)

-- Each fault and its possible results at any step: "ok" or the kind of an error.
local network, garbled = { "network", "offline", "protocol" }, { "ok", "protocol", "credentials" }
local faults = {
  { "delay", seconds = 0.02, may = { "ok" } },
  { "drop", may = { "network", "offline" } },
  { "hang", may = { "timeout", "offline" } },
  { "drop_body", may = network },
  { "truncate", may = garbled },
  { "bad_json", may = garbled },
  { "html", may = { "ok", "protocol", "offline" } },
  { "status", status = 400,
    may = { "credentials", "invalid", "protocol", "offline", "unauthorized" } },
  { "status", status = 401,
    may = { "credentials", "expired", "unauthorized", "protocol", "offline" } },
  { "status", status = 403, may = { "credentials", "forbidden", "protocol", "offline" } },
  { "status", status = 404,
    may = { "credentials", "invalid", "protocol", "offline", "unavailable" } },
  { "status", status = 500, may = { "unavailable", "offline" } },
  { "status", status = 302, headers = { Location = "https://127.0.0.1:1/" },
    may = { "protocol", "offline" } },
  { "retry_after", seconds = 3600, may = { "rate_limited", "offline" } },
  { "chunked", bytes = 7, may = { "ok" } },
  { "chunked", bytes = 7, cut = true, may = network },
  { "gzip", may = { "ok" } },
  { "gzip", bytes = 12, may = { "ok", "protocol", "network", "offline" } },
  { "gzip", label = "deflate", may = { "protocol", "offline", "ok" } },
  { "deflate", may = { "ok" } },
  { "deflate", raw = true, may = { "ok" } },
  { "br", may = { "ok" } },
  { "br", label = "zstd", may = { "ok", "protocol", "offline", "credentials" } },
  { "bomb", bytes = 4000000, may = { "protocol", "offline" } },
  { "huge", bytes = 2000000, may = { "protocol", "offline" } },
  { "huge", bytes = 2000000, chunked = true, may = { "protocol", "offline" } },
  { "drip", bytes = 1000, seconds = 0.001, may = { "ok" } },
  { "drip", bytes = 1, seconds = limit / 15, may = { "timeout", "offline" } },
    -- slower than all limits
  { "wrong_length", by = 10, may = network },
  { "wrong_length", by = -3, may = { "ok", "protocol", "network", "offline", "credentials" } },
  { "cut", bytes = 0, may = { "network", "offline" } },
  { "cut", bytes = 30, may = network },
  { "garbage", may = { "protocol", "offline", "network" } },
  { "close", may = { "ok" } },
  { "silent_close", may = { "ok", "network" } }, -- the next step may use the closed connection
}

local function label(fault)
  local words = { fault[1] }
  for _, name in ipairs { "status", "bytes", "by", "seconds", "label", "cut", "raw", "chunked" } do
    if fault[name] ~= nil then words[#words + 1] = name .. " " .. tostring(fault[name]) end
  end
  return table.concat(words, " ")
end

-- A fault for one home only.
local function strike(fault, route, agent, more)
  local copy = { kind = fault[1], route = route, agent = agent }
  for name, value in pairs(fault) do
    if type(name) == "string" and name ~= "may" then copy[name] = value end
  end
  for name, value in pairs(more or {}) do copy[name] = value end
  sim:fault(copy)
end

local function among(list, value)
  for _, each in ipairs(list) do
    if each == value then return true end
  end
  return false
end

-- Runs the jobs in a number of tasks.
local function in_parallel(width, jobs, work)
  local taken = 0
  for _ = 1, width do
    homey.spawn(function()
      while taken < #jobs do
        taken = taken + 1
        work(jobs[taken])
      end
    end)
  end
  homey.run()
end

-- The same with faults. Each fault that ends in a timeout has its own task.
local function strike_all(jobs, work)
  local busy = {}
  for _, job in ipairs(jobs) do
    if among(job.fault.may, "timeout") then
      homey.spawn(function() work(job) end)
    else
      busy[#busy + 1] = job
    end
  end
  in_parallel(16, busy, work)
end

local function is_a_sentence(text)
  return type(text) == "string" and #text > 20 and #text < 512 and not text:find("[%z\1-\31]")
    and text:find("^%l")
end

local function name_of(home) return home:get("/api/manager/system/name") end

local function home_for(agent, more)
  local options = logins.options(sim.options,
    { user_agent = agent, timeout = limit, max_reply = 1000000 })
  for name, value in pairs(more or {}) do options[name] = value end
  return logins.home(options)
end

describe("a login", function()
  local steps = {
    "login", "authorise", "consent", "token", "refresh", "user", "ping", "delegation", "hub-login",
    "session",
  }
  local outcomes = {} -- by label: a list of {step=, kind=, message=, later=}

  -- A login with expired tokens, which starts with a refresh.
  local function outdated(agent, state_dir)
    home_for(agent .. "/before", { state_dir = state_dir }):login():close()
    logins.edit(state_dir, function(kept)
      kept.sessions, kept.access_issued_at, kept.access_expires_at = nil, 1, 2
    end)
  end

  local function one(job)
    local agent, state_dir = job.agent, folder()
    if job.step == "refresh" then outdated(agent, state_dir) end
    strike(job.fault, job.step, agent)
    local home = home_for(agent, { state_dir = state_dir, plain_http = "never" })
    local value, err = try(name_of, home)
    home:close()
    local again = home_for(agent .. "/after", { state_dir = state_dir })
    local later, problem = try(name_of, again)
    table.insert(outcomes[job.label], {
      step = job.step, kind = err and err.kind or value == "Sunny House" and "ok" or "wrong",
      message = err and err.message, later = later or tostring(problem),
    })
  end

  setup(function()
    logins.reset(sim, { mode = "consent" })
    local jobs = {}
    for i, fault in ipairs(faults) do
      outcomes[label(fault)] = {}
      for _, step in ipairs(steps) do
        jobs[#jobs + 1] = {
          agent = ("Home/%d.%s"):format(i, step), fault = fault, step = step, label = label(fault),
        }
      end
    end
    strike_all(jobs, one)
  end)

  for _, fault in ipairs(faults) do
    it(("with %s at any step keeps its tokens"):format(label(fault)), function()
      local all = outcomes[label(fault)]
      assert.equal(#steps, #all)
      for _, each in ipairs(all) do
        local seen = ("%s at %s: %s (%s)"):format(label(fault), each.step, each.kind,
          tostring(each.message))
        local optional = each.step == "session" or each.step == "refresh"
        assert(among(fault.may, each.kind) or optional and each.kind == "ok", seen)
        if each.message then assert(is_a_sentence(each.message), seen) end
        assert(each.later == "Sunny House", seen .. ", and later: " .. tostring(each.later))
      end
    end)
  end
end)

describe("a call", function()
  local lamp, flow
  local calls = {
    GET = { "device", function(home) return home:device(lamp):get("onoff") end, true },
    PUT = { "capability", function(home)
      home:device(lamp):set("onoff", true) return true
    end, true },
    POST = { "flow-trigger", function(home)
      return home:post("/api/manager/flow/flow/" .. flow .. "/trigger")
    end },
  }
  local outcomes = {}

  -- Kinds of errors of a call that differ from those of a login.
  local may = {
    ["status status 400"] = { "invalid" }, ["status status 401"] = { "unauthorized" },
    ["status status 403"] = { "forbidden" }, ["status status 404"] = { "not_found" },
    ["status status 500"] = { "hub" },
    ["retry_after seconds 3600"] = { "rate_limited" }, html = { "protocol" },
  }

  local function home_of(agent, more)
    local options = logins.options(sim.pat_options,
      { user_agent = agent, timeout = limit, max_reply = 1000000 })
    for name, value in pairs(more or {}) do options[name] = value end
    return logins.home(options)
  end

  -- The number of calls of this home since the fault.
  local function came(agent, route)
    local count = 0
    for _, entry in ipairs(requests(sim, route)) do
      if entry.headers["user-agent"] == agent then count = count + 1 end
    end
    return count
  end

  local function one(job)
    local route, call = calls[job.method][1], calls[job.method][2]
    local home = home_of(job.agent)
    name_of(home) -- opens the connection
    strike(job.fault, route, job.agent)
    local value, err = try(call, home)
    if not err and value ~= true then err = { kind = "wrong", message = tostring(value) } end
    home:close()
    table.insert(outcomes[job.label], {
      method = job.method, kind = err and err.kind or "ok", message = err and err.message,
      came = came(job.agent, route),
    })
  end

  setup(function()
    logins.reset(sim)
    lamp, flow = sim:device("Kitchen/Lamp").id, nil
    sim:operate("Kitchen/Lamp", "onoff", true)
    for id, each in pairs(sim:get("home.flows")) do
      if each.enabled and each.triggerable ~= false then
        flow = flow and flow < id and flow or id
      end
    end
    local jobs = {}
    for i, fault in ipairs(faults) do
      outcomes[label(fault)] = {}
      for method in pairs(calls) do
        jobs[#jobs + 1] = {
          agent = ("Call/%d.%s"):format(i, method), fault = fault, method = method,
          label = label(fault),
        }
      end
    end
    strike_all(jobs, one)
  end)

  for _, fault in ipairs(faults) do
    it(("with %s is not repeated unsafely"):format(label(fault)), function()
      local all = outcomes[label(fault)]
      assert.equal(3, #all)
      for _, each in ipairs(all) do
        local seen = ("%s: %s %s, sent %d times (%s)"):format(label(fault), each.method, each.kind,
          each.came,
          tostring(each.message))
        assert(among(may[label(fault)] or fault.may, each.kind), seen)
        if each.message then
          assert(#each.message > 20 and not each.message:find("[%z\1-\31]"), seen)
        end
        if each.method == "POST" then assert(each.came == 1, seen) end
        if each.kind == "network" then
          assert(each.came == (each.method == "POST" and 1 or 2), seen)
          assert((each.message:find("may have been carried out", 1,
            true) ~= nil) == (each.method == "POST"), seen)
        end
      end
    end)
  end

  -- The result of a call with one fault, and how often the hub received it.
  local made = 0
  local function once(method, fault)
    made = made + 1
    local agent = ("Once/%d.%s"):format(made, method)
    local home = home_of(agent)
    name_of(home)
    fault.route, fault.agent, fault.times = calls[method][1], agent, 1
    sim:fault(fault)
    local value, err = try(calls[method][2], home)
    return err and err.kind or value, came(agent, fault.route), err
  end

  for _, method in ipairs { "GET", "PUT" } do
    it(("of %s is repeated once after a broken connection"):format(method), function()
      for _, kind in ipairs { "drop", "drop_body", "cut" } do
        sim:reset_log()
        assert.same({ true, 2 }, { once(method, { kind = kind }) })
      end
    end)
  end

  it("of POST is not repeated after a broken connection", function()
    local counted = logins.counter(sim)
    for _, kind in ipairs { "drop", "drop_body", "cut" } do
      sim:reset_log()
      local outcome, times, err = once("POST", { kind = kind, executed = true })
      assert.same({ "network", 1 }, { outcome, times })
      assert.matches("It may have been carried out all the same", err.message)
    end
    assert.equal(3, counted "flows_started")
  end)

  it("waits for Retry-After with every method", function()
    local counted = logins.counter(sim)
    local results = {}
    local began = os.time()
    in_parallel(4, { { "GET" }, { "PUT" }, { "POST" }, { "PUT", date = true } }, function(job)
      local result = { once(job[1], { kind = "retry_after", seconds = 1, date = job.date }) }
      results[#results + 1] = result
    end)
    for _, result in ipairs(results) do assert.equal(true, result[1]) end
    assert.equal(4, #results)
    assert.equal(1, counted "flows_started")
    assert.is_true(os.time() > began)
  end)

  it("with Retry-After delays the others of its home", function()
    local home, good = home_of "Polite/1", 0
    name_of(home)
    sim:fault { kind = "retry_after", seconds = 1, agent = "Polite/1", route = "system-name" }
    for _ = 1, 20 do
      homey.spawn(function()
        name_of(home)
        good = good + 1
      end)
    end
    homey.spawn(function()
      homey.sleep(0.5)
      sim:clear()
    end)
    homey.run()
    assert.equal(20, good)
    assert.is_true(came("Polite/1", "system-name") <= 1 + 5 + 20, came("Polite/1", "system-name"))
  end)

  it("fails when Retry-After exceeds its timeout", function()
    local home = home_of "Patient/1"
    name_of(home)
    sim:fault {
      kind = "retry_after", seconds = 600, agent = "Patient/1", route = "system-name", times = 1,
    }
    for i = 1, 5 do
      local _, err = try(name_of, home)
      assert.same({ "rate_limited", 429 }, { err.kind, err.status })
      assert.is_true(err.retry_after == 600 or i > 1 and err.retry_after > 500
        and err.retry_after < 600, err.retry_after)
      local advice = ("Try again in %d s%%.$"):format(err.retry_after)
      assert.matches("^the hub asks for fewer requests %(.*%)%. " .. advice, err.message)
    end
    assert.equal(1, came("Patient/1", "system-name") - 1)
  end)

  it("with a long timeout waits for Retry-After", function()
    local home = home_of("Patient/2", { timeout = generous })
    name_of(home)
    logins.in_time(function(seconds)
      local told = {}
      sim:clear()
      sim:fault {
        kind = "retry_after", seconds = math.ceil(2 * seconds), agent = "Patient/2",
        route = "system-name",
      }
      for _, timeout in ipairs { generous, seconds } do
        homey.spawn(function()
          local value, err = try(home.get, home, "/api/manager/system/name", { timeout = timeout })
          told[#told + 1] = err and err.kind or value
          if err then sim:clear() end
        end)
      end
      homey.run()
      assert.same({ "rate_limited", "Sunny House" }, told)
    end)
  end)

  it("fails at once at an endless Retry-After", function()
    local kind, times = once("PUT",
      { kind = "status", status = 429, headers = { ["Retry-After"] = "9223372036854775807" } })
    assert.same({ "rate_limited", 1 }, { kind, times })
  end)

  it("detects an answer cut at any byte", function()
    local agent, cuts = "Cut/PUT", 0
    local home = home_of(agent)
    name_of(home)
    for bytes = 0, 2000 do
      sim:reset_log()
      sim:fault { kind = "cut", bytes = bytes, route = "capability", agent = agent, times = 1 }
      assert.is_true(calls.PUT[2](home))
      if came(agent, "capability") == 1 then break end -- the whole answer arrived
      cuts = cuts + 1
    end
    assert.is_true(cuts > 200 and cuts < 1500, tostring(cuts))
  end)

  it("stops at an answer above max_reply", function()
    local home = home_of("Huge/1", { timeout = generous })
    sim:fault { kind = "huge", bytes = 500 * 1024 * 1024, agent = "Huge/1", route = "device" }
    local err = failure(calls.GET[2], home)
    assert.same({ "protocol", true }, { err.kind, err.message:find("max_reply", 1, true) ~= nil })
  end)

  it("reads more than 64 MiB if max_reply allows it", function()
    sim:fault { kind = "huge", bytes = 65 * 1024 * 1024, route = "system-name" }
    assert.equal("protocol",
      failure(name_of, home_of("Large/1", { timeout = generous, max_reply = false })).kind)
    for _, most in ipairs { 5e9, 1e300 } do
      local home = home_of("Large/2", { timeout = generous, max_reply = most })
      assert.equal(65 * 1024 * 1024, #name_of(home))
    end
    collectgarbage()
  end)

  it("gives up a very slow answer", function()
    sim:fault { kind = "drip", bytes = 1, seconds = 0.02, route = "device" }
    logins.in_time(function(seconds)
      local agent = "Slow/" .. seconds
      local err = failure(calls.GET[2], home_of(agent, { timeout = seconds }))
      assert.equal("timeout", err.kind)
      assert.equal(1, came(agent, "device")) -- a slow hub is not asked again
    end)
  end)

  it("reads a long answer over a slow connection", function()
    logins.in_time(function(seconds)
      local home = home_of("Slow/1", { timeout = 3 * seconds })
      name_of(home)
      sim:clear()
      sim:fault {
        kind = "drip", agent = "Slow/1", route = "devices", bytes = 800, seconds = seconds / 7,
        times = 1,
      }
      local before = os.time()
      local devices = home:get "/api/manager/devices/device"
      assert.is_true(next(devices) ~= nil)
      assert.is_true(os.time() - before >= 1)
    end)
  end)

  for what, headers in pairs {
    ["one header"] = { ["X-Long"] = ("x"):rep(200 * 1024) },
    ["many headers"] = (function()
      local many = {}
      for i = 1, 60 do many["X-Long-" .. i] = ("x"):rep(8 * 1024) end
      return many
    end)(),
  } do
    it("fails at endless " .. what .. " in an answer", function()
      local home = home_of("Long/" .. what:gsub(" ", ""))
      name_of(home)
      sim:fault {
        kind = "headers", agent = "Long/" .. what:gsub(" ", ""), route = "system-name",
        headers = headers,
      }
      local err = failure(name_of, home)
      assert.equal("protocol", err.kind)
      is_a_sentence(err.message)
      sim:clear()
      assert.equal("Sunny House", name_of(home))
    end)
  end

  it("succeeds after one that timed out", function()
    logins.in_time(function(seconds)
      local home = home_of("Slow/2", { timeout = seconds })
      name_of(home)
      sim:clear()
      sim:fault { kind = "hang", agent = "Slow/2", route = "device", times = 1 }
      assert.equal("timeout", failure(calls.GET[2], home).kind)
      assert.is_true(calls.GET[2](home))
    end)
  end)

  it("reports a web page in place of the hub", function()
    local home = home_of("Portal/1")
    name_of(home)
    sim:fault { kind = "html", agent = "Portal/1" }
    local err = failure(calls.PUT[2], home)
    assert.same({ "protocol", 200 }, { err.kind, err.status })
    assert.matches("something other than the hub answered", err.message)
  end)
end)

describe("a token reply", function()
  it("cut at any byte costs one new login", function()
    local jobs, cuts = {}, 0
    for bytes = 0, 419 do jobs[#jobs + 1] = bytes end
    in_parallel(16, jobs, function(bytes)
      local agent = "Cut/" .. bytes
      local home = home_for(agent, { state_dir = false, timeout = generous })
      sim:fault { kind = "cut", bytes = bytes, route = "token", agent = agent, times = 1 }
      local _, err = try(home.login, home)
      if err then
        cuts = cuts + 1
        assert.same({ "network", "token" }, { err.kind, err.step })
        if bytes % 40 == 0 then home:login() end
      end
      home:close()
    end)
    assert.is_true(cuts > 200, tostring(cuts))
  end)

  it("cut during a refresh is requested again", function()
    local state_dir = folder()
    home_for("Renew/1", { state_dir = state_dir, timeout = generous }):login():close()
    logins.edit(state_dir, function(kept)
      kept.sessions, kept.access_expires_at, kept.access_issued_at = nil, 2, 1
    end)
    sim:set { rotation = false }
    local jobs = {}
    for bytes = 0, 400, 25 do jobs[#jobs + 1] = bytes end
    in_parallel(17, jobs, function(bytes)
      local agent, copy = "Renew/cut" .. bytes, folder()
      logins.shell(("cp -a %s %s"):format(logins.quoted(state_dir), logins.quoted(copy)))
      sim:fault { kind = "cut", bytes = bytes, route = "refresh", agent = agent, times = 1 }
      local home = home_for(agent, {
        state_dir = copy, email = false, password = false, account = sim.options.email,
        timeout = generous,
      })
      assert.equal("Sunny House", name_of(home))
    end)
  end)
end)
