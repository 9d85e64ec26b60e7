-- homey doctor against faults of this machine: the environment, the state folder, the stored login.
local command = require "spec.support.command"
local core = require "homey.core"
local doctor = require "spec.support.doctor"
local logins = require "spec.support.logins"
local support = require "spec.support.sim"

describe("homey doctor", function()
  local sim, folder, env

  setup(function() sim = support.start() end)
  teardown(support.stop)

  before_each(function()
    logins.reset(sim)
    folder = command.folder()
    env = command.with_key(sim, folder .. "/state")
  end)
  after_each(command.tidy)

  local function with(more)
    local all = {}
    for name, value in pairs(env) do all[name] = value end
    for name, value in pairs(more) do all[name] = value or nil end
    return all
  end

  local function assert_finds(run, status, what, says, code)
    local found = assert(doctor.finding(run), run.out)
    assert.same({ status, what, code }, { found.status, found.what, run.code }, run.out)
    assert.matches(says, found.detail)
    assert.matches("[.?]$", found.detail)
  end

  -- ---- the environment --------------------------------------------------------------------------

  for what, case in pairs {
    ["a variable that is mistyped"] = {
      { HOMEY_ADRESS = "x" }, "warn", "environment", "HOMEY_ADRESS.*mean 'HOMEY_ADDRESS'", 0,
    },
    ["a time zone that does not exist"] = {
      { HOMEY_TIMEZONE = "Europe/Atlantis" }, "FAIL", "environment", "Atlantis", 2,
    },
    ["a key without an address"] = {
      { HOMEY_ADDRESS = "" }, "FAIL", "environment", "address", 2,
    },
    ["an address that is none"] = {
      { HOMEY_ADDRESS = "ftp://192.168.1.20" }, "FAIL", "environment", "address", 2,
    },
    ["a key beside an e-mail address"] = {
      { HOMEY_EMAIL = "sunny@example.com" }, "warn", "environment", "HOMEY_EMAIL is not", 0,
    },
    ["a password without an e-mail address"] = {
      { HOMEY_PASSWORD = "secret" }, "FAIL", "environment", "`password` needs an email", 2,
    },
    ["a dry run"] = {
      { HOMEY_DRY_RUN = "1" }, "warn", "environment", "nothing is changed at home", 0,
    },
    ["a state folder that depends on the current one"] = {
      { HOMEY_STATE_DIR = "nothing/here" }, "warn", "environment", "begins with '/'", 0,
    },
    ["a file of certificates that is not there"] = {
      { HOMEY_CAFILE = "/nothing/here.pem" }, "FAIL", "CA file", "cannot be read: /nothing/here", 2,
    },
    ["a file of certificates that has none"] = {
      { HOMEY_CAFILE = "/etc/hostname" }, "FAIL", "CA file", "holds no certificate", 2,
    },
  } do
    it("names " .. what, function()
      local run = doctor.examine(with(case[1]))
      assert_finds(run, case[2], case[3], case[4], case[5])
      assert.is_nil(run.out:find("secret", 1, true))
    end)
  end

  it("names a proxy that cannot be found", function()
    local cloud = with { HOMEY_TOKEN = false, HOMEY_ADDRESS = false,
      HTTPS_PROXY = "http://vera:secret@no-such-proxy.invalid:3128" }
    for name, value in pairs(sim.env) do cloud[name] = value end
    local run = doctor.examine(cloud)
    assert_finds(run, "FAIL", "proxy", "Correct HTTPS_PROXY, or name the host in NO_PROXY", 5)
    assert.is_nil(run.out:find("secret", 1, true))
    cloud.NO_PROXY = ".athom.com"
    assert.is_nil(doctor.finding(doctor.examine(cloud)))
  end)

  it("says that a key needs no cloud", function()
    local run = doctor.examine(env)
    assert.is_nil(doctor.finding(run), run.out)
    for _, what in ipairs { "name", "connection", "certificate", "cloud" } do
      assert.equal("skip", doctor.of(run, what)[1].status)
    end
  end)

  -- ---- the state folder and the login in it -----------------------------------------------------

  local function stored()
    local all = command.logged_in(sim, env.HOMEY_STATE_DIR)
    return all, all.HOMEY_STATE_DIR .. "/"
      .. command.read(all.HOMEY_STATE_DIR .. "/current"):match "^%S+"
  end

  for what, case in pairs {
    ["a folder that others may enter"] = {
      function(path) return ("chmod 755 '%s'"):format(path:match "^(.*)/") end,
      "state folder", "Run `chmod 700 ", 2,
    },
    ["a login that others may read"] = {
      function(path) return ("chmod 640 '%s'"):format(path) end, "state folder",
      "has mode 640%. Run `chmod 600 ", 2,
    },
    ["a file where the folder should be"] = {
      function(path)
        return ("rm -r '%s'; echo x >'%s'"):format(path:match "^(.*)/", path:match "^(.*)/")
      end, "state folder", "is not a folder", 2,
    },
    ["a damaged login"] = {
      function(path) return ("echo '{' >'%s'"):format(path) end, "stored login", "is damaged", 2,
    },
    ["a folder without a login"] = {
      function(path) return ("rm '%s'"):format(path) end, "stored login", "Run `homey login`", 3,
    },
    ["several logins of which none is in use"] = {
      function(path)
        return ("cp -p '%s' '%s' && rm '%s/current'"):format(path,
          (path:gsub("%x%x%x%x%.json$", "0000.json")), path:match "^(.*)/")
      end, "stored login", "there are 2 logins in .* Choose one with `homey use`", 2,
    },
  } do
    it("names " .. what, function()
      local cloud, path = stored()
      logins.shell(case[1](path))
      local run = doctor.examine(cloud)
      assert_finds(run, "FAIL", case[2], case[3], case[4])
      for _, name in ipairs { "name", "certificate", "cloud" } do
        assert.equal("ok", doctor.of(run, name)[1].status)
      end
    end)
  end

  it("names a login that cannot be renewed", function()
    local cloud, path = stored()
    local doc = core.decode(command.read(path))
    doc.refresh_token = nil
    command.write(path, core.encode(doc))
    assert_finds(doctor.examine(cloud), "warn", "stored login", "cannot be renewed, so log in", 0)
  end)

  it("skips the hub without a login, and says so", function()
    local run = doctor.examine { HOMEY_STATE_DIR = env.HOMEY_STATE_DIR }
    assert_finds(run, "FAIL", "stored login", "Run `homey login`", 3)
    for _, what in ipairs { "login", "address", "session", "rights", "websocket", "ping" } do
      local result = doctor.of(run, what)[1]
      assert.same({ "skip", "not checked, since it needs: stored login." },
        { result.status, result.detail })
    end
  end)
end)
