-- homey doctor against the faults of the world: names, clocks, portals, proxies, disks, addresses.
local core = require "homey.core"
local world = require "spec.world.world"

local env = { HOMEY_STATE_DIR = world.folder .. "/state" }

local function with(more)
  local all = {}
  for name, value in pairs(env) do all[name] = value end
  for name, value in pairs(more or {}) do all[name] = value end
  return all
end

local function log_in()
  local login = world.command({ "bin/homey", "login" },
    { env = with { HOMEY_EMAIL = world.email, HOMEY_PASSWORD = world.password } })
  assert.equal(0, login.code, login.err)
end

-- Runs homey doctor: its results, and the run.
local function examine(options)
  options = options or {}
  local words = { "bin/homey", "doctor", "--jsonl", "--timeout", options.timeout or "10s" }
  local run = world.command(words, { env = with(options.env), before = options.before,
    seconds = 120 })
  assert.equal("", run.err)
  local results = {}
  for line in run.out:gmatch "[^\n]+" do results[#results + 1] = assert(core.decode(line)) end
  return results, run
end

local is_fine = { ok = true, skip = true }

-- The first result that is not fine must be this one.
local function assert_names(wanted, results, run)
  local found
  for _, result in ipairs(results) do
    found = found or not is_fine[result.status] and result
  end
  assert(found, "nothing is wrong:\n" .. run.out)
  assert.same({ wanted.status or "FAIL", wanted.what, wanted.code },
    { found.status, found.what, run.code }, run.out)
  assert.matches(wanted.says or ".", found.detail)
  assert.matches("%.$", found.detail)
end

local function of(results, what)
  local list = {}
  for _, result in ipairs(results) do
    if result.what == what then list[#list + 1] = result end
  end
  return list
end

local function assert_all_well(results, run)
  assert.equal(0, run.code, run.out)
  for _, result in ipairs(results) do assert.is_truthy(is_fine[result.status], run.out) end
end

world.scene("doctor finds nothing wrong in a sound world", { every = true }, function()
  log_in()
  local results, run = examine()
  assert_all_well(results, run)
  assert.equal(2, #of(results, "name"))
  assert.equal("ok", of(results, "ping")[1].status)
end)

-- ---- names --------------------------------------------------------------------------------------

for what, options in pairs {
  ["that do not exist"] = { names = { ["accounts.athom.com"] = false, ["api.athom.com"] = false } },
  ["that the server refuses to look up"] = { rcode = "REFUSED" },
  ["that the server fails to look up"] = { rcode = "SERVFAIL" },
} do
  world.scene("doctor names names " .. what, { limit = 120 }, function()
    log_in()
    world.dns.start(options)
    local results, run = examine()
    assert_names({ what = "name", code = 5, says = "accounts%.athom%.com cannot be found by name" },
      results, run)
    assert.equal("skip", of(results, "certificate")[1].status)
    -- the hub at home needs no name server
    assert.equal("ok", of(results, "ping")[1].status)
  end)
end

world.scene("doctor names a name server that is silent", { limit = 120 }, function()
  log_in()
  world.dns.silence()
  local results, run = examine { timeout = "3s" }
  assert_names({ what = "name", code = 5, says = "no name server has answered" }, results, run)
  assert.is_true(run.took < 20, run.took)
end)

-- ---- the cloud is out of reach, or somebody else ------------------------------------------------

world.scene("doctor names packets to the cloud that vanish", { limit = 120 }, function()
  log_in()
  for _, name in ipairs { "accounts", "api", "remote" } do world.blackhole(world.ip[name]) end
  local results, run = examine { timeout = "3s" }
  assert_names({ what = "connection", code = 5, says = "accounts%.athom%.com" }, results, run)
  assert.equal("ok", of(results, "ping")[1].status)
  assert.is_true(run.took < 20, run.took)
end)

world.scene("doctor names IPv6 addresses that swallow packets", { ipv6 = true, limit = 120 },
  function()
  log_in()
  world.dns.start { names = world.cloud_names(function(service)
    return { world.ip6[service] }
  end) }
  for _, ip in pairs(world.ip6) do world.address.del(ip) end
  local results, run = examine { timeout = "3s" }
  assert_names({ what = "connection", code = 5, says = "athom%.com" }, results, run)
end)

world.scene("doctor names a captive portal", function(sim)
  log_in()
  sim:listen { secure = false, plain = false }
  local options = {
    status = 302, location = "http://portal.example/welcome", hosts = { "portal.example" },
  }
  world.address.add "203.0.113.99"
  world.box("203.0.113.99", options)
  world.box(world.ip.hub, options)
  world.dns.start { all = "203.0.113.99" }
  local results, run = examine()
  assert_names({ what = "certificate", code = 5, says = "login page of this network" }, results,
    run)
  assert.equal("FAIL", of(results, "address")[1].status)
end)

world.scene("doctor names a proxy that refuses, and one that is not there", { limit = 120 },
  function()
  log_in()
  world.proxy(world.ip.router, 407)
  local results, run = examine { env = { HTTPS_PROXY = "http://192.168.1.1:3128" } }
  assert_names({ what = "proxy", code = 5, says = "wants a user name and a password" }, results,
    run)
  assert.equal("skip", of(results, "name")[1].status)
  results, run = examine { env = { HTTPS_PROXY = "http://192.168.1.1:3129" } }
  assert_names({ what = "proxy", code = 5, says = "Correct HTTPS_PROXY" }, results, run)
  assert.equal("ok", of(results, "ping")[1].status)
end)

world.scene("doctor finds nothing wrong with a proxy that works", function()
  log_in()
  world.proxy(world.ip.router)
  local results, run = examine { env = { HTTPS_PROXY = "http://192.168.1.1:3128" } }
  assert_all_well(results, run)
  assert.equal("ok", of(results, "proxy")[1].status)
end)

-- ---- the clock ----------------------------------------------------------------------------------

local function clock(shift)
  local library =
    world.shell("ls /usr/lib/*/faketime/libfaketime.so.1 /usr/lib*/faketime/libfaketime.so.1 "
      .. "2>/dev/null | head -n 1")
  world.write(world.folder .. "/clock", shift)
  return {
    LD_PRELOAD = library:match "%S+", FAKETIME_TIMESTAMP_FILE = world.folder .. "/clock",
    FAKETIME_NO_CACHE = "1", FAKETIME_DONT_FAKE_MONOTONIC = "1", FAKETIME_DONT_RESET = "1",
  }
end

world.scene("doctor names a clock in 1970", function()
  log_in()
  local results, run = examine { env = clock "-20000d" }
  assert_names({ what = "clock", code = 5, says = "shows 19%d%d%-" }, results, run)
end)

world.scene("doctor names a clock that is two days ahead", function()
  log_in()
  local results, run = examine { env = clock "+2d" }
  assert_names({ what = "clock", code = 5, says = "2 days ahead" }, results, run)
end)

-- ---- the hub ------------------------------------------------------------------------------------

world.scene("doctor names a hub to which packets vanish", { limit = 120 }, function()
  log_in()
  world.blackhole(world.ip.hub)
  local results, run = examine { timeout = "3s" }
  assert_names({ status = "warn", what = "address", code = 0, says = "192%-168%-1%-20" }, results,
    run)
  -- the cloud is a way to it
  assert.equal("ok", of(results, "ping")[1].status)
end)

world.scene("doctor names a hub that refuses connections, and no other way", function(sim)
  log_in()
  sim:listen { secure = false, plain = false, remote = false }
  local results, run = examine()
  assert_names({ what = "address", code = 5, says = "192%-168%-1%-20" }, results, run)
  assert.equal("skip", of(results, "websocket")[1].status)
end)

world.scene("doctor names another device at the address of the hub", function(sim)
  log_in()
  sim:listen { secure = false, plain = false }
  world.box(world.ip.hub, { hosts = { "printer.example" } })
  local results, run = examine()
  assert_names({ status = "warn", what = "address", code = 0,
    says = "certificate that cannot be trusted.*another device at this address" }, results, run)
end)

world.scene("doctor names a web server at the address of a hub without TLS", {
  sim = { api_version = 2, listen = world.listen_without "secure" },
}, function(sim)
  log_in()
  sim:listen { plain = false, remote = false }
  world.box(world.ip.hub, { body = "<html>printer</html>" })
  local results, run = examine { timeout = "3s" }
  assert_names({ what = "address", code = 5, says = "certificate that cannot be trusted" },
    results, run)
  assert.matches("http://192%.168%.1%.20 answers with a web page, as no Homey does%. Check",
    of(results, "address")[2].detail)
end)

-- ---- the disk -----------------------------------------------------------------------------------

local function mount(options)
  local folder = env.HOMEY_STATE_DIR
  world.shell(("cp -a %s %s.copy && mount -t tmpfs -o mode=700,%s state %s && cp -a %s.copy/. %s")
    :format(folder, folder, options, folder, folder, folder))
end

world.scene("doctor names a state folder that is read-only", function()
  log_in()
  mount "size=1m"
  world.shell("mount -o remount,ro " .. env.HOMEY_STATE_DIR)
  local results, run = examine()
  assert_names({ what = "state folder", code = 2, says = "Read%-only file system" }, results, run)
  assert.equal("ok", of(results, "ping")[1].status)
end)

world.scene("doctor names a state folder on a full disk", function()
  log_in()
  mount "size=64k"
  world.shell("dd if=/dev/zero bs=1k 2>/dev/null >" .. env.HOMEY_STATE_DIR .. "/filler || true")
  local results, run = examine()
  assert_names({ what = "state folder", code = 2, says = "is full" }, results, run)
  assert.equal("ok", of(results, "ping")[1].status)
end)

world.scene("doctor names a login that others may read", function()
  log_in()
  world.shell(("chmod 644 %s/login-*.json"):format(env.HOMEY_STATE_DIR))
  local results, run = examine()
  assert_names({ what = "state folder", code = 2, says = "Run `chmod 600 " }, results, run)
end)
