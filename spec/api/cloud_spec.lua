-- homey.cloud: in virtual time, and with the token of an account against simulated servers.
local homey = require "homey"
local logins = require "spec.support.logins"
local sim_library = require "homey.sim"
local support = require "spec.support.sim"

local function failure(f, ...)
  local value, err = homey.try(f, ...)
  assert.is_nil(value)
  assert.is_table(err, tostring(err))
  return err
end

local prices = {
  zoneId = "10YNL----------L", zoneVersion = "1", date = "2026-01-02",
  timezone = "Europe/Amsterdam",
}

-- Every public operation, with parameters that the simulated cloud takes.
local function walk(cloud)
  local user = cloud.getAuthenticatedUser()
  assert.is_string(user.homeys[1]._id)
  assert.is_false(cloud.getAuthenticatedUserNewsletterStatus().subscribed)
  assert.is_true(cloud.subscribeAuthenticatedUserToNewsletter { language = "nl" }.subscribed)
  assert.is_false(cloud.unsubscribeAuthenticatedUserFromNewsletter().subscribed)
  cloud.updateInstallerInformation { userId = user._id, website = "https://a.example" }
  assert.equal("https://a.example",
    cloud.getInstallerInformation { userId = user._id }.website)
  local client = cloud.createAuthenticatedUserClient { name = "A", redirectUri = {}, scopes = {} }
  assert.equal("B", cloud.updateAuthenticatedUserClient { id = client.id, name = "B" }.name)
  assert.equal(client.id, cloud.getAuthenticatedUserClients()[1].id)
  cloud.deleteAuthenticatedUserClient { id = client.id }
  assert.equal(0, #cloud.getAuthenticatedUserClients())
  local zone = cloud.getZone { latitude = "52.1", longitude = "5.1" }
  assert.equal(zone.id, cloud.getZones()[1].id)
  assert.equal(24, #cloud.getDayAheadPricesElectricity(prices).prices)
  assert.is_number(cloud.getWeather {
    latitude = "52.1", longitude = "5.1", homey = user.homeys[1]._id,
  }.temperature)
end

describe("the cloud in virtual time", function()
  local home

  before_each(function() home = sim_library.home(nil, { quiet = true }) end)
  after_each(function() home:close() end)

  it("answers every public operation", function() walk(home.cloud) end)

  it("is of the default home, too", function()
    assert.equal(home.homey.cloud.getAuthenticatedUser().email,
      home.homey.cloud.get("/user/me").email)
  end)

  it("answers as a test has prepared", function()
    home:answer {
      path = "/api/v1/day-ahead-prices/electricity", reply = { prices = { { price = 0.5 } } },
    }
    assert.equal(0.5, home.cloud.getDayAheadPricesElectricity(prices).prices[1].price)
    home:answer { path = "/user/me", status = 403, reply = { error = "no" } }
    assert.equal("forbidden", failure(home.cloud.getAuthenticatedUser).kind)
  end)

  it("unwraps what the cloud wraps", function()
    for _, case in ipairs {
      { { status = 200, result = { a = 1 } }, { a = 1 } },
      { { success = true, message = "done" }, "done" },
      { { success = false, message = "no" }, { success = false, message = "no" } },
      { { status = 200, result = 1, more = 2 }, { status = 200, result = 1, more = 2 } },
    } do
      home:answer { path = "/user/me", reply = case[1], times = 1 }
      assert.same(case[2], home.cloud.get "/user/me")
    end
  end)

  it("takes requests by path", function()
    local cloud = home.cloud
    assert.is_true(cloud.post("/user/me/newsletter").subscribed)
    assert.is_true(cloud.post("/user/me/newsletter", { language = "en" }).subscribed)
    assert.is_false(cloud.delete("/user/me/newsletter").subscribed)
    assert.equal("1", cloud.put(("/user/%s/installer-information")
      :format(cloud.get("/user/me")._id), { phone = "1" }).phone)
    assert.equal("not_found", failure(cloud.get, "/user/you").kind)
  end)

  it("is not asked to change anything in a dry run", function()
    home.dry_run = true
    home.cloud.subscribeAuthenticatedUserToNewsletter {}
    home.dry_run = false
    assert.is_false(home.cloud.getAuthenticatedUserNewsletterStatus().subscribed)
    assert.matches("dry run, not sent: POST /user/me/newsletter",
      home.logged[#home.logged].text)
  end)

  for _, case in ipairs {
    { function(cloud) return cloud.getUser end,
      "homey.cloud has no operation 'getUser'; did you mean 'getAuthenticatedUser' or "
      .. "'getAuthenticatedUserClients'? print(homey.cloud) lists all.", true },
    { function(cloud) cloud.getZone { latitude = "1" } end,
      "homey.cloud.getZone needs `longitude`: text." },
    { function(cloud) cloud.getZone { latitude = 1, longitude = "1" } end,
      "homey.cloud.getZone: `latitude` takes text, not a number." },
    { function(cloud) cloud.get("user/me") end,
      "a path begins with '/', as in '/api/manager/zones/zone', not as in 'user/me'." },
    { function(cloud) cloud:get("/user/me") end,
      "homey.cloud.get is called with a dot: homey.cloud.get(...)." },
    { function(cloud) cloud.get("/user/me", {}, 3) end,
      "homey.cloud.get takes 2 arguments; 3 is too many." },
    { function(cloud) cloud.get("/user/me", { timout = 1 }) end,
      "a request has no option 'timout'; did you mean 'timeout'?" },
  } do
    it("refuses a mistake: " .. case[2]:sub(1, 60), function()
      local err = failure(case[1], home.cloud)
      assert.equal("invalid", err.kind)
      if case[3] then
        assert.matches("^homey%.cloud has no operation 'getUser'", err.message)
      else
        assert.equal(case[2], err.message)
      end
    end)
  end

  it("lists itself and its operations when printed", function()
    local text = tostring(home.cloud)
    assert.matches("^homey%.cloud: get%(path%), .* and 14 operations\n", text)
    assert.matches("\n  getZone{ latitude = string, longitude = string, %[secret = string%] }\n",
      text)
    assert.equal("homey.cloud.getZones{ [secret = string] } -- GET /api/v1/zones of "
      .. "energy-api.athom.com", tostring(home.cloud.getZones))
  end)
end)

describe("the cloud over sockets", function()
  local sim

  setup(function() sim = support.start() end)

  teardown(function()
    support.stop()
    logins.tidy()
  end)

  before_each(function() logins.reset(sim) end)

  local function count(name) return sim:state().counts[name] or 0 end

  local function routes(wanted)
    local list = {}
    for _, entry in ipairs(sim:log()) do
      if entry.server ~= "hub" or wanted == "all" then list[#list + 1] = entry.route end
    end
    return list
  end

  local function new(more)
    return homey.new(logins.options(sim.options, more))
  end

  it("answers every public operation", function()
    local home = new()
    walk(home.cloud)
    home:close()
    assert.same({}, sim:complaints())
  end)

  it("needs no hub", function()
    sim:set { hub = false }
    local home = new()
    assert.equal(sim.options.email, home.cloud.get("/user/me").email)
    home:close()
    for _, entry in ipairs(sim:log()) do assert.is_not.equal("hub", entry.server) end
  end)

  it("is asked while the hub works on, with one token for several calls", function()
    local home = new()
    home:device "Kitchen/Lamp"
    sim:reset_log()
    local done = {}
    local function task(f)
      home:spawn(function()
        f()
        done[#done + 1] = true
      end)
    end
    for _ = 1, 5 do
      task(function() home.cloud.getZones() end)
      task(function() home:get "/api/manager/zones/zone" end)
    end
    while #done < 10 do home.scheduler:sleep(0.02) end
    local zones = 0
    for _, route in ipairs(routes()) do
      assert.equal("energy-zones", route)
      zones = zones + 1
    end
    assert.equal(5, zones)
    home:close()
  end)

  it("gets a new token after a refusal, once for all calls", function()
    local home = new()
    home.cloud.getZones()
    sim:expire "access"
    sim:reset_log()
    local before, done = count "refreshes", 0
    for _ = 1, 4 do
      home:spawn(function()
        home.cloud.getZones()
        done = done + 1
      end)
    end
    while done < 4 do home.scheduler:sleep(0.02) end
    assert.equal(before + 1, count "refreshes")
    home:close()
    assert.same({}, sim:complaints())
  end)

  it("is asked twice at most when it refuses every token", function()
    local home = new()
    home.cloud.getZones()
    sim:reset_log()
    sim:fault {
      kind = "status", route = "energy-zones", status = 401, body = '{"error":"invalid_token"}',
      type = "application/json",
    }
    local err = failure(home.cloud.getZones)
    assert.equal("unauthorized", err.kind)
    assert.matches("^the Athom cloud does not accept the login", err.message)
    local asked = 0
    for _, route in ipairs(routes()) do
      if route == "energy-zones" then asked = asked + 1 end
    end
    assert.equal(2, asked)
    sim:clear()
    assert.is_table(home:get "/api/manager/zones/zone")
    assert.is_table(home.cloud.getZones())
    home:close()
  end)

  it("leaves the hub usable when it is out of reach", function()
    local home = new()
    home:device "Kitchen/Lamp"
    sim:set { cloud = false }
    local err = failure(home.cloud.getZones)
    assert.equal("network", err.kind)
    assert.is_table(home:get "/api/manager/zones/zone")
    sim:set { cloud = true }
    assert.is_table(home.cloud.getZones())
    home:close()
  end)

  it("leaves the hub usable when the login cannot be renewed", function()
    local folder = logins.folder()
    local first = new { state_dir = folder }
    first:device "Kitchen/Lamp"
    first:close()
    local home = homey.new {
      state_dir = folder, account = sim.options.email, cafile = sim.options.cafile,
      connect_to = sim.options.connect_to,
    }
    sim:expire "access"
    sim:expire "refresh"
    local err = failure(home.cloud.getZones)
    assert.equal("expired", err.kind)
    assert.is_table(home:get "/api/manager/zones/zone")
    assert.equal("expired", failure(home.cloud.getZones).kind)
    home:close()
  end)

  it("keeps a new token in the store", function()
    local folder = logins.folder()
    local options = {
      state_dir = folder, account = sim.options.email, cafile = sim.options.cafile,
      connect_to = sim.options.connect_to,
    }
    local first = new { state_dir = folder }
    first.cloud.getZones()
    first:close()
    sim:expire "access"
    local before = count "refreshes"
    for _ = 1, 2 do
      local home = homey.new(options)
      home.cloud.getZones()
      home:close()
    end
    assert.equal(before + 1, count "refreshes")
    assert.same({}, sim:complaints())
  end)

  it("has no account to use with an API key or a local user", function()
    for _, options in ipairs { sim.pat_options, sim.local_options } do
      local home = homey.new(logins.options(options))
      local err = failure(home.cloud.getZones)
      assert.equal("credentials", err.kind)
      assert.equal("this login has no account in the Athom cloud. Log in with e-mail and password.",
        err.message)
      assert.is_table(home:get "/api/manager/zones/zone")
      home:close()
    end
  end)

  it("names the cloud in its refusals, and no secret", function()
    local home = new()
    home.cloud.getZones()
    local err = failure(home.cloud.getDayAheadPricesElectricity, {
      zoneId = "a", zoneVersion = "b", date = "soon", timezone = "c",
    })
    assert.equal("invalid", err.kind)
    assert.equal("the Athom cloud did not accept what was sent (Invalid Date). Correct what was "
      .. "given.", err.message)
    home:close()
  end)

  it("gets no token of another cloud", function()
    local home = new { endpoints = { api = "https://api.athom.com" } }
    assert.is_table(home.cloud.get "/user/me")
    local err = failure(home.cloud.getZones)
    assert.equal("invalid", err.kind)
    assert.matches("Give the URL of this server beside that of its API", err.message)
    home:close()
    home = new {
      endpoints = { api = "https://api.athom.com", energy = "https://energy-api.athom.com" },
    }
    assert.is_table(home.cloud.getZones())
    assert.equal("invalid", failure(home.cloud.getWeather,
      { latitude = "1", longitude = "2", homey = "3" }).kind)
    home:close()
  end)

  -- The access token of the last request to the energy API.
  local function token_of()
    local token
    for _, entry in ipairs(sim:log()) do
      if entry.server == "energy" then token = entry.headers.authorization:match "^Bearer (.+)$" end
    end
    return assert(token)
  end

  it("shows neither the token nor a query in a trace", function()
    local lines = {}
    local home = new { trace = function(line) lines[#lines + 1] = line end }
    home.cloud.getZones { secret = "hush-hush-42" }
    home:close()
    local text = table.concat(lines, "\n")
    assert.matches("GET https://energy%-api%.athom%.com/api/v1/zones%?%*%*%*[^\n]*step cloud", text)
    assert.is_nil(text:find("hush", 1, true))
    assert.is_nil(text:find(token_of(), 1, true))
  end)

  it("shows no token that the cloud quotes in an error", function()
    local home = new()
    home.cloud.getZones()
    local token = token_of()
    sim:fault {
      kind = "status", route = "energy-zones", status = 500, type = "application/json",
      body = ('{"error":"nothing for %s here"}'):format(token),
    }
    local err = failure(home.cloud.getZones)
    assert.equal("hub", err.kind)
    assert.matches("the Athom cloud could not do it %(nothing for %*%*%* here%)", err.message)
    home:close()
  end)
end)
