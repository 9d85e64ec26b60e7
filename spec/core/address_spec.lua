-- Runs on one Lua: no Lua has a part in it.
local login_options = require "homey.login.options"
local core = require "homey.core"
local homey = require "homey"
local log = require "homey.util.log"
local logins = require "spec.support.logins"
local support = require "spec.support.sim"

local failure, folder, requests = logins.failure, logins.folder, logins.requests

local sim, known, forgiven

-- The addresses in user/me: each kind has its own port or host.
setup(function()
  sim = support.start()
  known = {
    localUrlSecure = ("https://127-0-0-1.homey.homeylocal.com:%d"):format(sim.ports.https),
    localUrl = ("http://127.0.0.1:%d"):format(sim.ports.http),
    remoteUrlForwarded = "https://forwarded.connect.athom.com:12345",
    remoteUrl = ("https://%s.connect.athom.com"):format(sim.hub_id),
    ipInternal = false, mdnsFqdn = false,
  }
end)
teardown(support.stop)

before_each(function()
  logins.reset(sim, { addresses = known, address_port = "https" })
  forgiven = {}
end)

after_each(function()
  logins.tidy()
  assert.same(forgiven, logins.complaints(sim))
end)

local dead = {
  localUrlSecure = "https://127-0-0-1.homey.homeylocal.com:1", localUrl = "http://127.0.0.1:1",
  remoteUrlForwarded = "https://127.0.0.1:2", remoteUrl = "https://127.0.0.1:3",
}

-- Makes only these addresses answer.
local function alive(...)
  local addresses = {}
  for name, url in pairs(dead) do addresses[name] = url end
  for _, name in ipairs { ... } do addresses[name] = known[name] end
  sim:set { addresses = addresses }
end

-- The same for a hub of 2016 to 2019, which has no TLS.
local function alive_without_tls(...)
  alive(...)
  sim:set { addresses = { localUrlSecure = false } }
end

local function home(more)
  local options = logins.options(sim.options, more)
  local to = { ("forwarded.connect.athom.com:12345:127.0.0.1:%d"):format(sim.ports.https) }
  for _, each in ipairs(sim.options.connect_to) do to[#to + 1] = each end
  options.connect_to = options.connect_to ~= sim.options.connect_to and options.connect_to or to
  return logins.home(options)
end

local function name_of(here) return here:get("/api/manager/system/name") end

local function login(more)
  local here = home(more):login()
  assert.equal("Sunny House", name_of(here))
  return here
end

local function url_of(entry)
  return (entry.tls and "https://" or "http://") .. entry.host
end

-- The addresses that received the requests of a route.
local function places(route)
  local list = {}
  for i, entry in ipairs(requests(sim, route)) do list[i] = url_of(entry) end
  return list
end

-- Repeats calls until they use an address.
local function goes_over(here, address)
  logins.wait_until(function()
    name_of(here)
    local list = places("system-name")
    return list[#list] == address
  end)
end

local function no_token_came()
  for _, entry in ipairs(sim:log()) do
    if entry.server == "hub" then
      assert.is_nil(entry.headers.authorization)
      assert.equal("ping", entry.route)
    end
  end
end

describe("the address of a hub", function()
  it("is the secure one at home, even if slower", function()
    sim:fault { kind = "delay", route = "ping", port = "https", seconds = 0.2 }
    login()
    assert.same({ known.localUrlSecure }, places("system-name"))
  end)

  for what, fault in pairs {
    ["a web page is there"] = { kind = "html" },
    ["nothing says which Homey is there"] = {
      kind = "status", status = 200, body = "true", headers = { ["X-Homey-ID"] = false },
    },
  } do
    it("receives no token over plain http " .. what, function()
      alive("localUrl", "remoteUrl")
      fault.port, fault.route = "http", "ping"
      sim:fault(fault)
      login { plain_http = "allow" }
      assert.same({ known.remoteUrl }, places("system-name"))
      for _, entry in ipairs(sim:log()) do
        assert.is_nil(not entry.tls and entry.headers.authorization or nil)
      end
    end)
  end

  it("is searched again after another device answered", function()
    alive_without_tls("localUrl", "remoteUrl")
    local here = login()
    sim:fault { kind = "html", port = "http" } -- the router has given the address to a printer
    assert.equal("protocol", failure(name_of, here).kind)
    assert.equal("Sunny House", name_of(here))
    assert.same({ known.localUrl, known.localUrl, known.remoteUrl }, places("system-name"))
  end)

  it("is pinged before it receives a token", function()
    login()
    local pinged = {}
    for _, entry in ipairs(sim:log()) do
      if entry.route == "ping" then
        assert.is_nil(entry.headers.authorization)
        assert.equal(sim.hub_id, entry.headers["x-homey-id"])
        assert.equal("id=" .. sim.hub_id, entry.path:match("%?(.*)$"))
        pinged[url_of(entry)] = true
      elseif entry.server == "hub" then
        assert.is_true(pinged[url_of(entry)])
      end
    end
  end)

  for _, case in ipairs {
    { "the forwarded one when nothing answers at home", "remoteUrlForwarded", "remoteUrl" },
    { "the cloud's when nothing else answers", "remoteUrl" },
  } do
    it("is " .. case[1], function()
      alive(case[2], case[3], case[4])
      login()
      assert.same({ known[case[2]] }, places("system-name"))
    end)
  end

  it("is plain http at home without TLS", function()
    alive_without_tls("localUrl", "remoteUrl")
    login()
    assert.same({ known.localUrl }, places("system-name"))
  end)

  it("may be the only one", function()
    sim:set { addresses = { localUrlSecure = false, localUrl = false, remoteUrlForwarded = false } }
    login()
    assert.same({ known.remoteUrl }, places("system-name"))
    assert.equal(1, #requests(sim, "ping"))
  end)

  it("is never plain http when that is forbidden", function()
    alive_without_tls("localUrl", "remoteUrl")
    login { plain_http = "never" }
    assert.same({ known.remoteUrl }, places("system-name"))
    for _, entry in ipairs(sim:log()) do assert.equal("https", entry.port) end
  end)

  it("is dialled by its IP and verified by name", function()
    login()
    local entry = requests(sim, "system-name")[1] -- no resolver knows this name
    assert.equal("127-0-0-1.homey.homeylocal.com", entry.sni)
    assert.equal("127-0-0-1.homey.homeylocal.com:" .. sim.ports.https, entry.host)
  end)

  it("may have a port, as a self-hosted hub", function()
    local here =
      logins.home(logins.options(sim.pat_options, { address = known.localUrlSecure .. "/" }))
    assert.equal("Sunny House", name_of(here))
    assert.same({ known.localUrlSecure }, places("system-name"))
  end)

  it("joins the race when given as an option", function()
    alive("remoteUrl")
    login { address = known.localUrl }
    assert.same({ known.localUrl }, places("system-name"))
  end)

  for _, address in ipairs { "http://8.8.8.8", "http://[2001:db8::1]:80", "http://172.32.0.1" } do
    it("is not " .. address .. ", plain http on the internet", function()
      local err = failure(homey.new, logins.options(sim.pat_options, { address = address }))
      assert.equal("invalid", err.kind)
      assert.matches("[Uu]se https", err.message)
      assert.same({}, sim:log())
    end)
  end
end)

describe("plain http", function()
  local function nothing_came_in_clear()
    for _, entry in ipairs(sim:log()) do assert.is_true(entry.tls, entry.path) end
  end

  -- A hub on ports 80 and 443 of its IP, so that its TLS name follows from the IP.
  local function at(address, more)
    local options = logins.options(sim.pat_options, {
      address = address, connect_to = {
        ("127.0.0.1:80:127.0.0.1:%d"):format(sim.ports.http),
        ("127-0-0-1.homey.homeylocal.com:443:127.0.0.1:%d"):format(sim.ports.https),
      },
    })
    for name, value in pairs(more or {}) do options[name] = value or nil end
    return logins.home(options)
  end

  local function tls_fails() sim:fault { kind = "drop", port = "https" } end

  it("is refused for a hub with broken TLS", function()
    alive("localUrl", "remoteUrl")
    login()
    assert.same({ known.remoteUrl }, places "system-name")
    nothing_came_in_clear()
  end)

  it("is refused even if nothing else answers", function()
    alive("localUrl")
    local here = home()
    assert.equal("offline", failure(here.login, here).kind)
    nothing_came_in_clear()
  end)

  it("is used where the program allows it", function()
    alive("localUrl", "remoteUrl")
    login { plain_http = "allow" }
    assert.same({ known.localUrl }, places "system-name")
  end)

  it("is left by a stored login once TLS is announced", function()
    alive_without_tls("localUrl", "remoteUrl")
    local state_dir = folder()
    login { state_dir = state_dir }:close()
    assert.same({ known.localUrl }, places "system-name")
    logins.edit(state_dir, function(kept)
      kept.hubs[sim.hub_id].urls.localSecure = known.localUrlSecure
    end)
    sim:reset_log()
    login { state_dir = state_dir }
    nothing_came_in_clear()
  end)

  it("is left by a running program, with its socket", function()
    alive_without_tls("localUrl")
    local here = home()
    local lamp = here:device("Kitchen/Lamp")
    lamp:on("onoff", function() end)
    logins.wait_until(function() return sim:state().sockets == 1 end)
    sim:set { addresses = { localUrlSecure = dead.localUrlSecure } }
    sim:expire "bearer"
    failure(name_of, here)
    sim:reset_log()
    assert.equal("offline", failure(lamp.set, lamp, "onoff", true).kind)
    assert.equal("offline", failure(name_of, here).kind)
    nothing_came_in_clear()
  end)

  it("is left by a socket during the renewal", function()
    alive_without_tls("localUrl")
    local state_dir, slow = folder(), false
    login { state_dir = state_dir }:close()
    logins.edit(state_dir, function(kept) -- half of its lifetime has passed
      local session = kept.sessions[sim.hub_id]
      session.bearer_issued_at, session.bearer_expires_at = os.time() - 2000, os.time() + 1900
    end)
    local text = select(2, logins.file(state_dir))
    local here = home { state_dir = nil, store = {
      load = function() return text end,
      save = function(_, new)
        while slow do homey.sleep(0.02) end
        text = new
      end,
    } }
    slow = true
    sim:set { addresses = { localUrlSecure = dead.localUrlSecure } }
    local lamp = here:device("Kitchen/Lamp")
    lamp:on("onoff", function() end)
    -- on a slow machine the renewal is first, and the socket is not opened
    logins.wait_until(function() return #requests(sim, "user") > 0 end)
    homey.sleep(0.3)
    sim:reset_log()
    homey.spawn(function() homey.try(lamp.set, lamp, "onoff", true) end)
    homey.sleep(0.3)
    nothing_came_in_clear()
    slow = false
  end)

  it("is used for an address given with http", function()
    tls_fails()
    assert.equal("Sunny House", name_of(at "http://127.0.0.1"))
    assert.same({ "http://127.0.0.1" }, places "system-name")
  end)

  it("is refused once TLS has worked there", function()
    local state_dir = folder()
    local here = at("http://127.0.0.1", { state_dir = state_dir })
    assert.equal("Sunny House", name_of(here))
    assert.same({ known.localUrlSecure:gsub(":%d+$", "") }, { places("system-name")[1], 1 })
    here:close()
    tls_fails()
    sim:reset_log()
    for _, id in ipairs { sim.hub_id, "b7c64a1f02e98d5530a1c4ef" } do -- any server may say that
      sim:set { hub_at_address = id }
      for _, more in ipairs { {}, { fresh = true }, { token = "an:other:key" },
        { username = "porch", password = "light at 7", token = false } } do
        more.state_dir = state_dir
        here = at("http://127.0.0.1", more)
        assert.equal("offline", failure(name_of, here).kind)
        for _, entry in ipairs(sim:log()) do
          assert.is_true(entry.tls or entry.route == "ping", entry.path)
          assert.is_true(entry.tls or not entry.headers.authorization)
        end
      end
    end
    sim:set { hub_at_address = sim.hub_id }
    here = at("http://127.0.0.1", { state_dir = state_dir, plain_http = "allow" })
    assert.equal("Sunny House", name_of(here))
  end)

  it("is refused for an IP given alone", function()
    assert.equal("Sunny House", name_of(at "127.0.0.1"))
    tls_fails()
    local here = at "127.0.0.1"
    assert.equal("offline", failure(here.login, here).kind)
    nothing_came_in_clear()
  end)

  for _, url in ipairs {
    "http:/8.8.8.8:1", "http:///8.8.8.8:1", "HTTP:/8.8.8.8", "http:8.8.8.8",
    "https://hub.example#x", "https://me@hub.example",
    "https://höm.example",
  } do
    it("is not accepted from an ambiguous URL, " .. url, function()
      for _, options in ipairs {
        { email = "me@example.com", password = "x", endpoints = { accounts = url } },
        { email = "me@example.com", password = "x", endpoints = { api = url } },
        { address = url, token = "a:b:c" },
      } do
        options.state_dir = false
        local err = failure(homey.new, options)
        assert.equal("invalid", err.kind)
        assert.matches("must look like", err.message)
      end
    end)
  end

  it("is refused for a custom cloud when forbidden", function()
    for _, name in ipairs { "accounts", "api" } do
      local endpoints = { [name] = "http://127.0.0.1:1" }
      local err = failure(homey.new,
        { email = "me@example.com", password = "x", plain_http = "never", state_dir = false,
        endpoints = endpoints })
      assert.equal("invalid", err.kind)
      assert.matches('plain_http = "never" forbids', err.message)
    end
  end)
end)

describe("another Homey at the address", function()
  it("is detected by its id and gets no token", function()
    sim:set { hub_at_address = "b7c64a1f02e98d5530a1c4ef" }
    local here = home()
    local err = failure(here.login, here)
    assert.same({ "offline", "address" }, { err.kind, err.step })
    assert.matches("another Homey", err.message)
    no_token_came()
  end)

  it("is detected by the answer false", function()
    sim:fault { kind = "bad_json", route = "ping", body = "false" }
    local here = home()
    local err = failure(here.login, here)
    assert.same({ "offline", "address" }, { err.kind, err.step })
    no_token_came()
  end)

  it("is skipped for an address of the right one", function()
    sim:fault { kind = "bad_json", route = "ping", body = "false", port = "https" }
    login { plain_http = "allow" }
    assert.same({ known.localUrl }, places("system-name"))
  end)

  it("that replaced ours is asked once", function()
    local here = login()
    sim:set { hub_at_address = "b7c64a1f02e98d5530a1c4ef" }
    sim:reset_log()
    local err = failure(name_of, here)
    assert.equal("offline", err.kind)
    assert.equal(1, #requests(sim, "system-name"))
    forgiven = { "a bearer sent to another Homey" } -- its answer was the first evidence
    sim:set { hub_at_address = false }
    assert.equal("Sunny House", name_of(here))
  end)
end)

describe("the address in use", function()
  it("is the only one that the next process asks", function()
    local state_dir = folder()
    login { state_dir = state_dir }:close()
    sim:reset_log()
    login { state_dir = state_dir }
    assert.same({ known.localUrlSecure }, places("ping"))
    assert.same({ "ping", "system-name" }, { sim:log()[1].route, sim:log()[2].route })
  end)

  it("is asked first even if better ones exist", function()
    alive("localUrl", "remoteUrl")
    local state_dir = folder()
    login { state_dir = state_dir, plain_http = "allow" }:close()
    sim:reset_log()
    login { state_dir = state_dir, plain_http = "allow" }
    assert.same({ known.localUrl }, places("ping"))
    assert.same({ known.localUrl }, places("system-name"))
  end)

  it("is given up when nothing answers", function()
    local state_dir = folder()
    login { state_dir = state_dir, plain_http = "allow" }:close()
    logins.edit(state_dir, function(kept)
      kept.sessions[sim.hub_id].route = dead.localUrlSecure
      kept.hubs[sim.hub_id].urls.localSecure = dead.localUrlSecure
    end)
    sim:reset_log()
    login { state_dir = state_dir, plain_http = "allow" }
    assert.same({ known.localUrl }, places("system-name"))
    assert.same({}, requests(sim, "user"))
  end)

  it("is replaced from the cloud after a move", function()
    local state_dir = folder()
    login { state_dir = state_dir }:close()
    logins.edit(state_dir, function(kept)
      kept.sessions[sim.hub_id].route = dead.localUrlSecure
      local urls = kept.hubs[sim.hub_id].urls
      urls.localSecure, urls["local"] = dead.localUrlSecure, dead.localUrl
      urls.remoteForwarded, urls.cloud = dead.remoteUrlForwarded, dead.remoteUrl
    end)
    sim:reset_log()
    login { state_dir = state_dir }
    assert.equal(1, #requests(sim, "user"))
    assert.same({ known.localUrlSecure }, places("system-name"))
    sim:reset_log()
    login { state_dir = state_dir }
    assert.same({ "ping", "system-name" }, { sim:log()[1].route, sim:log()[2].route })
    assert.equal(2, #sim:log())
  end)

  it("is found again when the hub is back", function()
    local here = login()
    sim:set { hub = false }
    sim:hang_up()
    assert.equal("offline", failure(name_of, here).kind)
    sim:set { hub = true }
    assert.equal("Sunny House", name_of(here))
  end)
end)

describe("a hub that has moved", function()
  local state_dir

  -- A stored login with these addresses and the one in use; other addresses do not answer.
  local function remember(urls, route, change)
    logins.edit(state_dir, function(kept)
      local mine = kept.hubs[sim.hub_id].urls
      mine.localSecure, mine["local"] = dead.localUrlSecure, dead.localUrl
      mine.remoteForwarded, mine.cloud = dead.remoteUrlForwarded, dead.remoteUrl
      for name, url in pairs(urls) do mine[name] = url end
      kept.sessions[sim.hub_id].route = route
      if change then change(kept) end
    end)
    sim:reset_log()
  end

  local function asked() return #requests(sim, "user") end

  before_each(function()
    state_dir = folder()
    login { state_dir = state_dir }:close()
  end)

  for _, certificate in ipairs { "unknown_ca", "wrong_host" } do
    it("is found when a stranger has its old address: " .. certificate, function()
      local stranger = ("https://127-0-0-1.homey.homeylocal.com:%d"):format(sim.ports[certificate])
      remember({ localSecure = stranger }, stranger)
      login { state_dir = state_dir }
      assert.same({ known.localUrlSecure }, places "system-name")
      assert.equal(1, asked())
    end)
  end

  for _, case in ipairs {
    { "where nothing answers at its old address" },
    {
      "where another Homey has its old address",
      { kind = "bad_json", route = "ping", body = "false", port = "http" },
    },
    { "where a web page is at its old address", { kind = "html", route = "ping", port = "http" } },
  } do
    it("is found at home while the cloud reaches it, " .. case[1], function()
      local urls = { cloud = known.remoteUrl }
      if case[2] then
        urls["local"] = known.localUrl
        sim:fault(case[2])
      end
      remember(urls, known.remoteUrl)
      local here = login { state_dir = state_dir, plain_http = "allow" }
      assert.same({ known.remoteUrl }, places "system-name")
      logins.wait_until(function()
        name_of(here)
        local list = places "system-name"
        return list[#list] == known.localUrlSecure
      end)
      assert.equal(1, asked())
      for _, entry in ipairs(sim:log()) do assert.is_true(entry.tls or entry.route == "ping") end
    end)
  end

  it("is not requested repeatedly", function()
    alive("remoteUrl")
    remember({ cloud = known.remoteUrl }, known.remoteUrl)
    local here = login { state_dir = state_dir }
    logins.wait_until(function() return asked() == 1 end)
    for _ = 1, 10 do
      name_of(here)
      homey.sleep(0.03)
    end
    assert.equal(1, asked())
  end)

  it("costs no call when the cloud cannot help", function()
    remember({ cloud = known.remoteUrl }, known.remoteUrl)
    sim:fault { kind = "hang", route = "user" }
    local here = login { state_dir = state_dir }
    logins.wait_until(function() return asked() == 1 end)
    assert.equal("Sunny House", name_of(here))
    assert.equal("Sunny House", name_of(here))
  end)

  for what, more in pairs {
    ["with a new bearer"] = { forget = true, options = {} },
    ["by fresh = true"] = { options = { fresh = true } },
  } do
    it("is recognised " .. what, function()
      remember({ cloud = known.remoteUrl, localSecure = false }, known.remoteUrl, function(kept)
        kept.hubs[sim.hub_id].urls.localSecure = nil
        if more.forget then
          kept.sessions[sim.hub_id].bearer_expires_at,
            kept.sessions[sim.hub_id].bearer_issued_at = 2, 1
        end
      end)
      more.options.state_dir = state_dir
      login(more.options):close()
      local kept = core.decode((select(2, logins.file(state_dir))))
      assert.equal(known.localUrlSecure, kept.hubs[sim.hub_id].urls.localSecure)
      sim:reset_log()
      local here = login { state_dir = state_dir }
      logins.wait_until(function()
        name_of(here)
        local list = places "system-name"
        return list[#list] == known.localUrlSecure
      end)
    end)
  end

  -- A stored login of a hub with only its cloud name, as after a move.
  local function remember_the_cloud(change)
    remember({}, known.remoteUrl, function(kept)
      kept.hubs[sim.hub_id].urls = { cloud = known.remoteUrl }
      kept.sessions[sim.hub_id].route_kind = 5
      if change then change(kept) end
    end)
  end

  local function is_stored(address)
    local _, text = logins.file(state_dir)
    return text:find(address, 1, true) ~= nil
  end

  -- The time in the stored login at which the cloud was last asked beside a call.
  local function asked_at()
    local _, text = logins.file(state_dir)
    return tonumber(text:match '"addresses_asked_at":%s*(%d+)') or 0
  end

  describe("and is reached by its cloud name", function()
    it("is looked up beside the first call", function()
      remember_the_cloud()
      local here = login { state_dir = state_dir }
      logins.wait_until(function() return is_stored(known.localUrlSecure) end)
      assert.equal(1, asked())
      assert.same({ known.remoteUrl }, places "system-name")
      here:close()
      here = login { state_dir = state_dir }
      goes_over(here, known.localUrlSecure)
      assert.equal(1, asked())
      here:close()
      sim:reset_log()
      login { state_dir = state_dir }
      assert.same({ known.localUrlSecure }, places "ping")
    end)

    it("is looked up once in ten minutes", function()
      remember_the_cloud()
      login { state_dir = state_dir }
      logins.wait_until(function() return is_stored(known.localUrlSecure) end)
      for _, ago in ipairs { 590, 610, -86400 } do -- the last: the clock was set back
        remember_the_cloud(function(kept)
          local session = kept.sessions[sim.hub_id]
          assert.is_true(math.abs(session.addresses_asked_at - os.time()) < 600)
          session.addresses_asked_at = os.time() - ago
        end)
        local here = login { state_dir = state_dir }
        if ago == 590 then
          homey.sleep(0.2)
          assert.equal(0, asked())
        else
          logins.wait_until(function() return is_stored(known.localUrlSecure) end)
          assert.equal(1, asked())
        end
        here:close()
        if ago == 590 then
          logins.edit(state_dir, function(kept)
            kept.sessions[sim.hub_id].addresses_asked_at = os.time()
          end)
        end
      end
    end)

    it("causes no renewal", function()
      remember_the_cloud(function(kept) kept.access_issued_at, kept.access_expires_at = 1, 2 end)
      login { state_dir = state_dir }:close()
      assert.same({ "system-name" }, logins.routes(sim))
    end)

    it("costs no call when the lookup fails", function()
      for _, fault in ipairs { { kind = "status", status = 401 }, { kind = "status", status = 500 },
        { kind = "hang" } } do
        fault.route = "user"
        remember_the_cloud(function(kept) kept.sessions[sim.hub_id].addresses_asked_at = nil end)
        sim:clear()
        sim:fault(fault)
        local here = login { state_dir = state_dir }
        logins.wait_until(function() return asked() == 1 end)
        if fault.status then logins.wait_until(function() return asked_at() > 0 end) end
        assert.equal("Sunny House", name_of(here))
        here:close()
        assert.same({ "system-name", "system-name", "user" }, (function()
          local routes = logins.routes(sim)
          table.sort(routes)
          return routes
        end)())
      end
    end)

    it("is forgotten silently when the store fails", function()
      local said, busy = {}, false
      log.tap(function(level, line)
        said[#said + 1] = level .. ": " .. line
        return true
      end)
      finally(function() log.tap(nil) end)
      alive "remoteUrl" -- a better address would be saved, with a warning
      remember_the_cloud()
      local text = select(2, logins.file(state_dir))
      local store = {
        load = function() return text end,
        save = function() error "the disk is full" end,
        lock = function() return not busy end,
      }
      for _, state in ipairs { "full", "busy" } do
        busy = state == "busy"
        sim:reset_log()
        local here = home { state_dir = nil, store = store }
        here:login()
        assert.equal("Sunny House", name_of(here))
        logins.wait_until(function() return asked() == 1 end)
        for _ = 1, 5 do
          assert.equal("Sunny House", name_of(here))
          homey.sleep(0.05)
        end
        here:close()
      end
      assert.same({}, said)
    end)
  end)

  it("is looked up soon after a login, then each minute", function()
    alive "localUrl"
    local here = login { plain_http = "allow" }
    sim:reset_log()
    sim:fault { kind = "drop", port = "http" }
    local began, tries = os.time(), 0
    logins.wait_until(function()
      tries = tries + 1
      pcall(name_of, here)
      return asked() > 0
    end)
    assert.is_true(tries > 1) -- user/me has just been asked
    assert.is_true(os.time() - began < 30, os.time() - began)
    alive "localUrlSecure"
    assert.equal("offline", failure(name_of, here).kind)
    assert.equal(1, asked())
  end)

  it("waits for the cloud's answer after a login", function()
    remember({ cloud = known.remoteUrl }, known.remoteUrl)
    login { state_dir = state_dir, fresh = true }
    assert.equal(1, asked())
    for _, entry in ipairs(sim:log()) do
      if entry.route == "user" then break end
      assert.not_equal("ping", entry.route)
    end
  end)

  it("is found at its old address once it is back", function()
    sim:set {
      hub = false, addresses = {
        localUrlSecure = false, localUrl = false, remoteUrlForwarded = false, remoteUrl = false,
      },
    }
    sim:reset_log()
    local here = home { state_dir = state_dir }
    assert.equal("offline", failure(name_of, here).kind)
    assert.equal(1, asked())
    sim:set { hub = true }
    assert.equal("Sunny House", name_of(here))
    assert.same({ known.localUrlSecure }, places "system-name")
    assert.equal(1, asked())
  end)

  it("is found at home by a script that listens", function()
    remember({ cloud = known.remoteUrl }, known.remoteUrl)
    local here = home { state_dir = state_dir }
    here:on("device.create", function() end)
    logins.wait_until(function()
      local list = places "socket"
      return list[#list] == known.localUrlSecure
    end)
    assert.equal(known.remoteUrl, places("socket")[1])
    assert.equal(1, asked())
    here:close()
  end)
end)

describe("a better address", function()
  local state_dir

  -- The secure address fails while a first process logs in; then a second one starts.
  before_each(function()
    sim:fault { kind = "status", status = 503, route = "ping", port = "https" }
    state_dir = folder()
    login { state_dir = state_dir, plain_http = "allow" }:close()
    assert.same({ known.localUrl }, places("system-name"))
    sim:reset_log()
  end)

  it("is adopted while calls use the old one", function()
    sim:clear()
    sim:fault { kind = "delay", route = "ping", port = "https", seconds = 1, times = 1 }
    local here = login { state_dir = state_dir, plain_http = "allow" }
    assert.same({ known.localUrl }, places("system-name"))
    goes_over(here, known.localUrlSecure)
    assert.same({ known.localUrl, known.localUrlSecure }, places("ping"))
  end)

  -- The search ends while the connection is being made, or when it is up.
  for words, seconds in pairs { ["that is up"] = 1.5, ["that is being made"] = 0.1 } do
    it("moves the realtime connection too, " .. words, function()
      sim:clear()
      sim:fault { kind = "delay", route = "ping", port = "https", seconds = seconds, times = 1 }
      if seconds < 1 then
        sim:fault { kind = "delay", route = "socket", seconds = 0.5, times = 1 }
      end
      local here = login { state_dir = state_dir, plain_http = "allow" }
      local id, value, heard, lost = nil, nil, nil, 0
      for each, device in pairs(sim:get "home.devices") do
        if device.capabilitiesObj.onoff then
          id, value = each, device.capabilitiesObj.onoff.value
        end
      end
      here:on("disconnect", function() lost = lost + 1 end)
      here:device(id):on("onoff", function(now) heard = now end)
      local moves = 0
      -- Each change is reported before, during and after the move.
      for _ = 1, 400 * logins.slow do
        value = not value
        sim:operate(id, "onoff", value)
        logins.wait_until(function() return heard == value end)
        moves = moves + (#places "socket" == 2 and 1 or 0)
        if moves == 5 then break end
        homey.sleep(0.05)
      end
      assert.same({ known.localUrl, known.localUrlSecure }, places "socket")
      assert.equal(0, lost)
    end)
  end

  it("is stored", function()
    sim:clear()
    local here = login { state_dir = state_dir, plain_http = "allow" }
    goes_over(here, known.localUrlSecure)
    here:close()
    sim:reset_log()
    login { state_dir = state_dir, plain_http = "allow" }
    assert.same({ known.localUrlSecure }, places("ping"))
    assert.same({ known.localUrlSecure }, places("system-name"))
  end)

  it("is searched once for any number of calls", function()
    local here = login { state_dir = state_dir, plain_http = "allow" }
    logins.wait_until(function() return #places("ping") > 1 end)
    for _ = 1, 5 do name_of(here) end
    assert.same({ known.localUrl, known.localUrlSecure }, places("ping"))
    assert.equal(6, #requests(sim, "system-name"))
  end)

  it("is adopted by a program that only listens", function()
    sim:clear()
    local loop, told = core.loop(), {}
    local client = assert(loop:client((login_options.read(logins.options(sim.options, {
      state_dir = state_dir, plain_http = "allow",
    })))))
    client:subscribe "homey:connection"
    logins.wait_until(function()
      for _, value in loop.next, loop do told[#told + 1] = value.state end
      local list = places "socket"
      return list[#list] == known.localUrlSecure and told[#told] == "connected"
    end, function() loop:wait(0.05) end)
    loop:close()
    assert.equal(known.localUrl, places("socket")[1])
    assert.same({ "connecting", "connected", "disconnected", "connected" }, told)
  end)

  it("is not searched by an idle home", function()
    login { state_dir = state_dir, plain_http = "allow" }
    homey.sleep(0.1)
    sim:reset_log()
    homey.sleep(0.3)
    assert.same({}, sim:log())
  end)
end)

describe("a hub", function()
  for _, case in ipairs {
    { "subscription", "subscription is inactive" }, { "serial", "serial number is invalid" },
  } do
    it("reports that its " .. case[2] .. ", unlike offline", function()
      sim:set { fatal = case[1] }
      local here = home()
      local err = failure(here.login, here)
      assert.same({ "forbidden", "address" }, { err.kind, err.step })
      assert.matches(case[2], err.message)
      no_token_came()
    end)

    it("reports it when only the cloud leads to it: " .. case[1], function()
      alive("remoteUrl")
      sim:set { fatal = case[1] }
      local here = home()
      local err = failure(here.login, here)
      assert.same({ "forbidden", "address" }, { err.kind, err.step })
      assert.equal(1, select(2, err.message:gsub("https?://", "")))
      assert.matches(case[2], err.message)
      no_token_came()
    end)
  end

  it("that is off is offline", function()
    sim:set { hub = false }
    local here = home()
    local err = failure(here.login, here)
    assert.same({ "offline", "address" }, { err.kind, err.step })
    sim:set { hub = true }
    assert.equal("Sunny House", name_of(here))
  end)

  it("that never answers lists the reason of each address", function()
    sim:set {
      addresses = {
        localUrlSecure = dead.localUrlSecure, localUrl = false,
        remoteUrlForwarded = "https://nowhere.invalid:3",
        remoteUrl = known.remoteUrl,
      },
    }
    sim:fault { kind = "status", status = 502, route = "ping", port = "https" }
    local here = home()
    local err = failure(here.login, here)
    assert.same({ "offline", "address" }, { err.kind, err.step })
    for _, what in ipairs {
      dead.localUrlSecure .. " cannot be reached (",
      "https://nowhere.invalid:3 cannot be found by name (",
      known.remoteUrl .. " answers 502 to a ping",
    } do
      assert.is_truthy(err.message:find(what, 1, true), err.message)
    end
    assert.is_nil(err.message:find("[%z\1-\31]"))
  end)

  for _, status in ipairs { 302, 511 } do
    it("that redirects elsewhere suggests a login page: " .. status, function()
      sim:fault {
        kind = "status", status = status, route = "ping",
        headers = { Location = "http://portal.example/" },
      }
      local here = home()
      local err = failure(here.login, here)
      assert.same({ "offline", "address" }, { err.kind, err.step })
      assert.matches("redirects to another page, as no Homey does", err.message)
      here = logins.home(logins.options(sim.pat_options))
      assert.matches("Check for the login page of this network%.$",
        failure(here.login, here).message)
    end)
  end

  it("lost during the connect is offline, not TLS", function()
    local here = home()
    sim:drop(60)
    local err = failure(here.login, here)
    assert.same({ "network", "login" }, { err.kind, err.step })
    here = logins.home(logins.options(sim.pat_options, { address = known.localUrlSecure }))
    err = failure(here.login, here)
    assert.same({ "offline", "address" }, { err.kind, err.step })
    assert.matches("broke off the connection", err.message)
    sim:drop(0.001)
    assert.equal("Sunny House", logins.wait_until(function() return (homey.try(name_of, here)) end))
  end)

  it("that sends nothing is offline", function()
    sim:set { hub = "hang" }
    logins.in_time(function(seconds)
      local here = home { timeout = seconds }
      local err = failure(here.login, here)
      assert.same({ "offline", "address" }, { err.kind, err.step })
    end)
  end)

  it("is reached at home while the cloud is off", function()
    local state_dir = folder()
    login { state_dir = state_dir }:close()
    sim:set { cloud = false }
    sim:reset_log()
    login { state_dir = state_dir }
    assert.same({ "system-name" }, logins.routes(sim))
  end)
end)

describe("a certificate", function()
  for _, what in ipairs { "expired", "wrong_host", "unknown_ca" } do
    it(("that is %s is refused for the hub"):format(what), function()
      sim:set {
        address_port = what,
        addresses = {
          localUrlSecure = ("https://127-0-0-1.homey.homeylocal.com:%d"):format(sim.ports[what]),
          localUrl = false, remoteUrlForwarded = false, remoteUrl = false,
        },
      }
      local here = home()
      local err = failure(here.login, here)
      assert.same({ "tls", "address" }, { err.kind, err.step })
      assert.matches("certificate", err.message)
      for _, entry in ipairs(sim:log()) do assert.not_equal(what, entry.port) end
    end)

    it(("that is %s is refused for the cloud"):format(what), function()
      local here = home {
        connect_to = { ("accounts.athom.com:443:127.0.0.1:%d"):format(sim.ports[what]) },
      }
      local err = failure(here.login, here)
      assert.same({ "tls", "login" }, { err.kind, err.step })
      assert.same({}, sim:log())
    end)

    it(("that is %s receives no API key"):format(what), function()
      local here = logins.home(logins.options(sim.pat_options, {
        address = ("https://127-0-0-1.homey.homeylocal.com:%d"):format(sim.ports[what]),
      }))
      assert.equal("tls", failure(here.login, here).kind)
      assert.same({}, sim:log())
    end)
  end
end)

describe("a proxy from the environment", function()
  -- The output of a script with each proxy variable of its environment at the given port.
  local function behind_proxy(port, script, ...)
    local file = folder()
    local handle = assert(io.open(file, "w"))
    handle:write('local homey = require "homey"\n' .. script)
    handle:close()
    local proxy, words = "http://127.0.0.1:" .. port,
      { os.getenv("HOMEY_TEST_LUA") or "lua5.4", logins.quoted(file), ... }
    local pipe =
      io.popen(("http_proxy=%s https_proxy=%s all_proxy=%s %s")
        :format(proxy, proxy, proxy, table.concat(words, " ")))
    local said = pipe:read("*a")
    pipe:close()
    return said
  end

  it("receives no local traffic", function()
    for _, address in ipairs { known.localUrl, known.localUrlSecure } do
      assert.equal("Sunny House", behind_proxy(1, [[
        local options = { address = arg[1], token = arg[2], cafile = arg[3], state_dir = false }
        io.write(homey.new(options):get("/api/manager/system/name"))
      ]], address, logins.quoted(sim.pat_options.token), sim.cafile))
    end
  end)

  it("receives no plain text for the internet", function()
    assert.equal("network", behind_proxy(sim.ports.http, [[
      local cloud = { accounts = "http://accounts.invalid", api = "http://api.invalid" }
      local _, err = homey.try(homey.login, { email = "me@example.com", password = "secret", endpoints = cloud, state_dir = false })
      io.write(err.kind)
    ]]))
    assert.same({}, sim:log())
  end)
end)
