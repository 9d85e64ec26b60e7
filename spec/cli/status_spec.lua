-- homey status, use, logout --all, and the options --account, --hub and --timeout; with real
-- sockets.
local command = require "spec.support.command"
local core = require "homey.core"
local logins = require "spec.support.logins"
local support = require "spec.support.sim"

local unpack = table.unpack or unpack -- luacheck: compat
local cabin = "b7c64a1f02e98d5530a1c4ef"

describe("the login that commands use", function()
  local sim, env, folder

  setup(function() sim = support.start() end)
  teardown(support.stop)

  local function with(more)
    local all = {}
    for name, value in pairs(env) do all[name] = value end
    for name, value in pairs(more) do all[name] = value end
    return all
  end

  local function log_in()
    local code, _, err = command.run(with {
      HOMEY_EMAIL = sim.options.email, HOMEY_PASSWORD = sim.options.password,
    }, "login", "--hub", "Sunny House")
    assert.same({ 0, "" }, { code, err })
  end

  local function log_in_by_key()
    local code, _, err = command.run(with {
      HOMEY_ADDRESS = sim.pat_options.address, HOMEY_TOKEN = sim.pat_options.token,
    }, "login")
    assert.same({ 0, "" }, { code, err })
  end

  -- A second Homey of the account, which is switched off.
  local function build_cabin() sim:set { homeys = { { id = cabin, name = "Cabin" } } } end

  local function status(...)
    local code, out, err = command.run(env, "status", "--json", ...)
    return assert(core.decode(out), err), code, err
  end

  before_each(function()
    logins.reset(sim)
    folder = command.folder()
    env = {
      HOMEY_STATE_DIR = folder .. "/state", HOMEY_CAFILE = sim.cafile,
      HOMEY_CONNECT_TO = table.concat(sim.options.connect_to, ","),
    }
  end)
  after_each(command.tidy)

  describe("is shown by homey status", function()
    it("to a person, without tokens", function()
      log_in()
      local code, out, err = command.run(env, "status")
      assert.same({ 0, "" }, { code, err })
      for _, line in ipairs {
        "Account\tsunny@example%.com %(Vera Sünny%)\n",
        "\nHub\tSunny House %(%x+, version %d[%d.]+%)\n",
        "\nAddress\thttps://127%-0%-0%-1%.homey", "\nAnswers\tyes, in %d+ ms\n",
        "\nSession\tvalid for 24 h, renewed by itself\n",
        "\nAccess to the cloud\tvalid for 61 min, renewed by itself\n", "\nStored in\t/",
      } do
        assert.matches(line, out)
      end
      assert.is_nil(out:find "Also stored")
    end)

    it("at a terminal in two columns", function()
      log_in()
      assert.matches("^Account              sunny@example%.com", command.on_terminal(env, "status"))
    end)

    it("to a program, without tokens", function()
      log_in()
      local fact, code = status()
      assert.equal(0, code)
      assert.same({
        true, true, sim.options.email, "account", "Sunny House", sim.hub_id, true,
        folder .. "/state",
      }, {
        fact.logged_in, fact.reachable, fact.account, fact.kind, fact.hub, fact.hub_id, fact.renews,
        fact.state_dir,
      })
      assert.near(os.time() + 86400, fact.session_expires, 600)
      assert.near(os.time() + 3660, fact.access_expires, 600)
      assert.same({}, fact.others)
      local _, text = logins.file(folder .. "/state")
      local login = core.decode(text)
      local out = core.encode(fact)
      for _, secret in ipairs {
        login.access_token, login.refresh_token, login.client_secret,
        login.sessions[sim.hub_id].bearer,
      } do
        assert.is_nil(out:find(secret, 1, true))
      end
    end)

    it("by a format", function()
      log_in()
      assert.same({ 0, "Sunny House: sunny@example.com\n", "" },
        { command.run(env, "status", "--format", "{hub}: {account}") })
    end)

    it("of an API key in the environment", function()
      env.HOMEY_ADDRESS, env.HOMEY_TOKEN = sim.pat_options.address, sim.pat_options.token
      local fact, code = status()
      assert.same({ 0, true, "key", "Sunny House", sim.pat_options.address },
        { code, fact.reachable, fact.kind, fact.hub, fact.account })
      assert.is_nil(core.encode(fact):find(sim.pat_options.token, 1, true))
    end)

    it("with the others that are stored", function()
      log_in_by_key()
      log_in()
      local fact = status()
      assert.equal(sim.options.email, fact.account)
      assert.same({ { account = sim.pat_options.address, kind = "key", hubs = { sim.hub_id } } },
        fact.others)
      local _, out = command.run(env, "status")
      assert.truthy(out:find("\nAlso stored\t" .. sim.pat_options.address, 1, true), out)
    end)

    it("when nobody is logged in", function()
      local fact, code, err = status()
      assert.same({ 3, false, false, core.null }, {
        code, fact.logged_in, fact.reachable, fact.account,
      })
      assert.matches('"kind":"credentials"', err)
      local _, out, said = command.run(env, "status")
      assert.matches("^Account\tnobody is logged in\nStored in\t", out)
      assert.matches("Log in with `homey login`%.\n$", said)
    end)

    it("when the hub does not answer", function()
      log_in()
      sim:set { hub = false, cloud = false }
      local fact, code = status()
      assert.same({ 5, true, false, sim.options.email, "Sunny House" },
        { code, fact.logged_in, fact.reachable, fact.account, fact.hub })
      assert.is_string(fact.problem)
      local _, out = command.run(env, "status")
      assert.matches("\nAnswers\tno\n", out)
    end)
  end)

  describe("is chosen by homey use", function()
    before_each(function()
      log_in_by_key()
      log_in()
    end)

    it("by its account", function()
      local address = sim.pat_options.address
      assert.same({ 0, ("Commands now use %s of %s.\n"):format(sim.hub_id, address), "" },
        { command.run(env, "use", address) })
      assert.equal(address, (status()).account)
      assert.same({ 0, "Commands now use Sunny House of sunny@example.com.\n", "" },
        { command.run(env, "use", "SUNNY@example.com") })
      assert.equal(sim.options.email, (status()).account)
    end)

    it("by its hub, which later commands then ask", function()
      build_cabin()
      log_in()
      assert.equal("Sunny House", (status()).hub)
      assert.same({ 0, "Commands now use Cabin of sunny@example.com.\n", "" },
        { command.run(env, "use", "cabin") })
      assert.same({ "Cabin", cabin, false },
        { (status()).hub, (status()).hub_id, (status()).reachable })
      command.succeed(env, "use", "Sunny House")
      command.succeed(env, "devices")
      assert.equal("Sunny House", (status()).hub)
    end)

    it("unless an option or the environment names another", function()
      build_cabin()
      log_in()
      command.succeed(env, "use", "Cabin")
      assert.equal("Sunny House", (status("--hub", "Sunny House")).hub)
      env.HOMEY_HUB = "Sunny House"
      assert.equal("Sunny House", (status()).hub)
      local _, _, err = command.run(env, "use", "Cabin")
      assert.equal("homey: HOMEY_HUB is set, and wins over this.\n", err)
      assert.equal(sim.pat_options.address,
        (status("--account", sim.pat_options.address, "--hub", sim.hub_id)).account)
    end)

    it("by names that exist", function()
      local code, _, err = command.run(env, "use", "Castle")
      assert.equal(4, code)
      assert.truthy(err:find("no login is stored for a hub or an account 'Castle'. There is "
        .. sim.pat_options.address, 1, true), err)
      assert.truthy(err:find("sunny@example.com (Sunny House).", 1, true), err)
    end)

    it("while another program renews a login", function()
      local path = logins.file(folder .. "/state")
      local held = assert(core.keep(folder .. "/state/current", "login"))
      local running = command.start(env, "use", sim.pat_options.address)
      core.pause(0.2)
      assert.is_nil(running:code())
      held:close()
      assert.equal(0, running:ended())
      assert.is_string(path)
    end)
  end)

  it("stays when another hub is named once", function()
    build_cabin()
    log_in()
    sim:expire "access"
    assert.equal("Cabin", (status("--hub", "Cabin")).hub)
    assert.equal(1, #logins.requests(sim, "refresh"))
    assert.equal("Sunny House", (status()).hub)
  end)

  it("stays when another account is named once, which is renewed", function()
    log_in()
    log_in_by_key()
    sim:expire "bearer"
    command.succeed(env, "get", "Kitchen/Lamp", "onoff", "--account", sim.options.email)
    assert.equal(sim.pat_options.address, (status()).account)
  end)

  it("is the newest one", function()
    log_in_by_key()
    log_in()
    assert.equal(sim.options.email, (status()).account)
    log_in_by_key()
    assert.equal(sim.pat_options.address, (status()).account)
  end)

  it("is refused by an account that is not stored", function()
    log_in()
    local code, _, err = command.run(env, "devices", "--account", "nobody@example.com")
    assert.equal(4, code)
    assert.equal("homey devices: no login is stored for 'nobody@example.com'. There is "
      .. "sunny@example.com.\n", err)
  end)

  it("takes no credentials of another account from the environment", function()
    log_in()
    env.HOMEY_EMAIL, env.HOMEY_PASSWORD = "other@example.com", "secret"
    env.HOMEY_TOKEN, env.HOMEY_ADDRESS = "1:2:3", "https://127.0.0.1:1"
    sim:reset_log()
    command.succeed(env, "get", "Kitchen/Lamp", "onoff", "--account", sim.options.email)
    assert.equal(0, #logins.requests(sim, "login"))
  end)

  it("is given a limited time", function()
    log_in()
    sim:fault { kind = "hang", route = "capability" }
    local began = os.time()
    local code, _, err = command.run(env, "set", "Kitchen/Lamp", "onoff", "on", "--timeout", "0.3s")
    assert.equal(5, code, err)
    assert.is_true(os.time() - began < 8 * command.slow)
  end)

  it("has an option of every command that asks the hub", function()
    for _, name in ipairs {
      "devices", "get", "set", "start", "notify", "cards", "api", "insights", "watch", "journal",
    } do
      local _, out = command.run(env, "help", name)
      for _, option in ipairs { "account NAME", "hub NAME", "timeout TIME" } do
        assert.matches("%-%-" .. option, out)
      end
    end
  end)

  it("is that of homey run by its options", function()
    log_in_by_key()
    log_in()
    command.write(folder .. "/script.lua", "print 'it runs'\n")
    local code, _, err = command.run(env, "run", "--account", "nobody@example.com",
      folder .. "/script.lua")
    assert.equal(4, code)
    assert.matches("no login is stored for 'nobody@example%.com'%.", err)
    sim:expire "bearer" -- so that the other account has to renew its session
    for account, renewals in pairs { [sim.pat_options.address] = 0, [sim.options.email] = 1 } do
      sim:reset_log()
      local running = command.start(env, "run", "--account", account, folder .. "/script.lua")
      running:wait_for "it runs"
      running:signal "TERM"
      running:ended()
      assert.equal(renewals, #logins.requests(sim, "delegation"))
    end
  end)

  for what, change in pairs {
    ["hubs that are a number"] = { hubs = 5 }, ["a hub that is a word"] = { hubs = { a = "b" } },
    ["sessions that are a list"] = { sessions = { {} } },
    ["a session that is true"] = { sessions = { [cabin] = true } },
  } do
    it("is called damaged, with its file, for " .. what, function()
      log_in()
      logins.edit(folder .. "/state", function(login)
        for name, value in pairs(change) do login[name] = value end
      end)
      local path = logins.file(folder .. "/state")
      for code, words in pairs {
        [1] = { "logout", "--all" }, [2] = { "get", "Kitchen/Lamp" }, [4] = { "use", "Castle" },
      } do
        local ended, _, err = command.run(env, unpack(words))
        assert.equal(code, ended, err)
        assert.truthy(err:find(path:match "[^/]+$", 1, true), err)
        assert.matches("^homey[^\n]*damaged[^\n]*%.\n$", err)
      end
      local _, out = command.run(env, "doctor")
      assert.truthy(out:find(path .. " is damaged", 1, true), out)
    end)
  end

  it("has no member of another type than text", function()
    log_in()
    logins.edit(folder .. "/state", function(login)
      login.user, login.hubs[sim.hub_id].name = { 5 }, 7
    end)
    local fact, code = status()
    assert.same({ 0, core.null, "Sunny House" }, { code, fact.user, fact.hub })
    assert.matches("There is sunny@example.com %(" .. sim.hub_id .. "%)",
      select(3, command.run(env, "use", "Castle")))
  end)

  describe("is ended by homey logout", function()
    it("everywhere, and each is named", function()
      log_in_by_key()
      build_cabin()
      log_in()
      local code, out, err = command.run(env, "logout", "--all")
      assert.same({ 0, "" }, { code, err })
      assert.truthy(out:find("Logged out sunny@example.com: Cabin, Sunny House.\n", 1, true), out)
      assert.truthy(out:find("Logged out " .. sim.pat_options.address .. ": ", 1, true), out)
      assert.is_nil((logins.file(folder .. "/state")))
      assert.same({ 0, "Nobody is logged in.\n", "" }, { command.run(env, "logout", "--all") })
    end)

    it("on every hub that can end a session", function()
      sim:set { api_version = 2 }
      build_cabin()
      log_in()
      logins.edit(folder .. "/state", function(login) login.hub = cabin end)
      local before = sim:state().valid.bearer
      sim:reset_log()
      command.succeed(env, "logout", "--all")
      assert.equal(before - 1, sim:state().valid.bearer)
    end)

    it("of one account alone", function()
      log_in_by_key()
      log_in()
      command.succeed(env, "logout", "--account", sim.pat_options.address)
      assert.same({}, (status()).others)
    end)

    it("which tells what is used then", function()
      log_in_by_key()
      log_in()
      local said = ("Logged out.\nCommands now use %s.\n"):format(sim.pat_options.address)
      assert.same({ 0, said, "" }, { command.run(env, "logout") })
      assert.same({ 0, "Logged out.\n", "" }, { command.run(env, "logout") })
      assert.same({ 0, "Nobody is logged in.\n", "" }, { command.run(env, "logout") })
    end)
  end)
end)
