local Scheduler = require "homey.task.scheduler"
local core = require "homey.core"
local fake = require "spec.support.fake_core_loop"
local login = require "homey.login.login"
local login_options = require "homey.login.options"
local option_tables = require "homey.automation.options"
local options = require "homey.util.options"

local unpack = table.unpack or unpack

local function words(given, environment, home_folder)
  local env = environment or {}
  return (login_options.read(given, function(name) return env[name] end,
    function() return home_folder end))
end

local function failure(given, environment, home_folder)
  local ok, err = pcall(words, given, environment, home_folder)
  assert.is_false(ok)
  assert.equal("invalid", err.kind)
  return err.message
end

local read = dofile("mk/files.lua").contents

local function sorted(set)
  local list = {}
  for name in pairs(set) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function names_in(text, pattern)
  local set = {}
  for name in text:gmatch(pattern) do set[name] = true end
  return set
end

describe("the tables in docs/", function()
  -- The names in the first column of the table with this head.
  local function names_of(path, head)
    local page, set = read(path), {}
    local first = page:find("| " .. head, 1, true)
    local rows = page:sub(first):match "^[^\n]*\n[^\n]*\n(.-)\n\n"
    for row in rows:gmatch "[^\n]+" do
      for name in row:match("^|[^|]*"):gmatch "`([%w_]+)`" do set[name] = true end
    end
    return set
  end

  local function names_in_rows(rows)
    local set = {}
    for _, row in ipairs(rows) do set[row.name] = true end
    return sorted(set)
  end

  it("have each option of a login, and no other", function()
    assert.same(names_in_rows(login_options.rows),
      sorted(names_of("docs/login.md", "option | environment")))
  end)

  it("have each environment variable that it reads", function()
    local told = names_in(read "docs/login.md", "`(HOMEY_[%u_]+)")
    for name in pairs(names_in(read "lua/homey/login/options.lua", '"(HOMEY_[%u_]+)"')) do
      assert.is_true(told[name], name)
    end
  end)

  it("have each option of a trigger, and no other", function()
    assert.same(names_in_rows(options.all(option_tables.trigger)),
      sorted(names_of("docs/automations.md", "option of `on`")))
  end)

  it("have each kind of error, and no other", function()
    assert.same(sorted(names_in(read "lua/homey/error.lua", '\n%-%-%-| "([%l_]+)"')),
      sorted(names_of("docs/devices.md", "kind | meaning")))
  end)
end)

describe("the options of a login", function()
  it("may be absent", function() assert.same({}, words(nil)) end)

  it("reach the core under its names", function()
    assert.same({
      email = "me@example.com", password = "x", client_id = "a", client_secret = "b",
      redirect_uri = "c",
      accounts_url = "https://a", api_url = "https://b", timeout = 5, connect_to = { "a:1:b:2" },
      fresh = true,
      headers = { "X-A: 1", "X-B: 2" }, state_dir = "/s", refresh = "seed", plain_http = "never",
    }, words {
      email = "me@example.com", password = "x",
      client = { id = "a", secret = "b", redirect_uri = "c" },
      endpoints = { accounts = "https://a", api = "https://b" }, timeout = "5 s",
      connect_to = { "a:1:b:2" }, fresh = true,
      headers = { ["X-B"] = "2", "X-A: 1" }, state_dir = "/s", refresh = "seed",
      plain_http = "never",
    })
  end)

  it("include the core's own client name", function()
    local preset = core.presets[1]
    local got = words { client = preset.name }
    assert.same({ preset.client_id, preset.client_secret, preset.redirect_uri },
      { got.client_id, got.client_secret, got.redirect_uri })
  end)

  it("override the environment with false", function()
    assert.same({}, words({
      state_dir = false, cafile = false, connect_to = false, trace = false, client = false,
    },
      {
        HOMEY_STATE_DIR = "/s", HOMEY_CAFILE = "/c", HOMEY_CONNECT_TO = "a", HOMEY_TRACE = "1",
        HOMEY_CLIENT_ID = "x",
      }))
  end)

  local secret = "S3CRET-value"
  for _, case in ipairs {
    { "a misspelt name", { emial = "x" }, "no option 'emial'; did you mean 'email'%?" },
    { "a name that is no text", { "x" }, "no option 1%." },
    { "a number for text", { email = 5 }, "`email` takes text, not a number" },
    { "an empty text", { password = "" }, "`password` is empty" },
    { "a NUL byte", { token = "a\0b" }, "`token` holds a NUL byte" },
    { "wrong UTF-8", { email = "\195(" }, "`email` is not valid UTF%-8" },
    { "a table for text", { password = { secret } }, "`password` takes text, not a table" },
    { "text for a flag", { fresh = "yes" }, "`fresh` takes true or false, not 'yes'" },
    { "an unknown client", { client = "nonesuch" },
      "`client` takes 'developer', 'localhost' or a table with an id, not 'nonesuch'" },
    {
      "an unknown member of a client", { client = { idd = "x" } },
      "`client` has no option 'idd'; did you mean 'id'%?",
    },
    {
      "a wrong member of a client", { client = { secret = true } },
      "`client`: `secret` takes text, not a boolean",
    },
    {
      "an unknown endpoint", { endpoints = { app = "x" } },
      "`endpoints` has no option 'app'; did you mean 'api'%?",
    },
    { "a wrong duration", { timeout = "soon" }, "`timeout` takes a time" },
    { "no time at all", { timeout = 0 }, "`timeout` takes a time of 1 ms or more, such as" },
    {
      "half a byte", { max_reply = 0.5 },
      "`max_reply` takes a whole number of bytes of 1 or more, not 0.5",
    },
    {
      "a wrong choice", { refresh = "never" },
      "`refresh` takes 'auto', 'official' or 'seed', not 'never'",
    },
    { "text for a list", { connect_to = "a:1:b:2" }, "`connect_to` takes a list of text" },
    { "a wrong item of a list", { connect_to = { 5 } }, "`connect_to` takes text, not a number" },
    { "text for headers", { headers = "X: 1" }, "`headers` takes a table" },
    { "a store without load", { store = { save = print } }, "`store` needs a function `load`" },
    {
      "a store with a wrong lock", { store = { load = print, save = print, lock = true } },
      "`lock` that is no function",
    },
    { "text for trace", { trace = "yes" }, "`trace` takes true or false" },
  } do
    it("refuse " .. case[1], function()
      local message = failure(case[2])
      assert.matches(case[3], message)
      assert.is_nil(message:find(secret, 1, true))
    end)
  end

  it("refuse a value that is no table", function()
    assert.matches("takes a table such as { email = ..., password = ... }, not 5", failure(5), 1,
      true)
  end)
end)

describe("a value for an HTTP header", function()
  for _, case in ipairs {
    { headers = { "X-Porch: K\195\188che" } }, { headers = { ["X-Porch"] = "a\r\nX-Door: b" } },
    { user_agent = "K\195\188che/1" },
  } do
    it("is ASCII: " .. require("homey.util.format")(case.headers and "headers" or case.user_agent),
      function()
      case.state_dir = false
      local ok, err = pcall(require("homey").new, case)
      assert.same({ false, "invalid" }, { ok, err.kind })
    end)
  end
end)

describe("the environment", function()
  it("supplies options that are not given", function()
    assert.same({
      state_dir = "/s", cafile = "/c", address = "http://h", hub = "Home", email = "e@x",
      password = "p",
      client_id = "i", client_secret = "s", redirect_uri = "r",
      connect_to = { "a:1:b:2", "c:3:d:4" }, trace = true,
    }, words(nil, {
      HOMEY_STATE_DIR = "/s", HOMEY_CAFILE = "/c", HOMEY_ADDRESS = "http://h", HOMEY_HUB = "Home",
      HOMEY_EMAIL = "e@x",
      HOMEY_PASSWORD = "p", HOMEY_CLIENT_ID = "i", HOMEY_CLIENT_SECRET = "s",
      HOMEY_REDIRECT_URI = "r",
      HOMEY_CONNECT_TO = "a:1:b:2, c:3:d:4", HOMEY_TRACE = "1",
    }))
  end)

  it("sets the home's time zone by name or rule", function()
    for _, zone in ipairs { "UTC", "CET-1CEST,M3.5.0,M10.5.0/3" } do
      local _, read = login_options.read({}, function(name)
        return name == "HOMEY_TIMEZONE" and zone or nil
      end)
      assert.equal(zone, read.timezone)
    end
    local _, err = pcall(login_options.read, {}, function(name)
      return name == "HOMEY_TIMEZONE" and "Nowhere" or nil
    end)
    assert.matches("there is no time zone 'Nowhere' on this machine", err.message)
  end)

  for _, case in ipairs {
    { "loses to what is given", { cafile = "/a" }, { HOMEY_CAFILE = "/b" }, { cafile = "/a" } },
    { "counts as unset when it is empty", {}, { HOMEY_CAFILE = "", HOMEY_TRACE = "" }, {} },
    { "has HOMEY_TRACE=0 for no", {}, { HOMEY_TRACE = "0" }, {} },
    { "completes an address with a token", { address = "http://h" }, { HOMEY_TOKEN = "t" },
      { address = "http://h", token = "t" } },
    { "completes an e-mail address with a password", { email = "e@x", state_dir = false },
      { HOMEY_PASSWORD = "p", HOMEY_TOKEN = "t" },
      { email = "e@x", password = "p" } },
    { "leads nobody into another way in", { address = "http://h", token = "t" },
      { HOMEY_EMAIL = "e@x", HOMEY_PASSWORD = "p" }, { address = "http://h", token = "t" } },
    {
      "has the state in XDG_STATE_HOME", {}, { XDG_STATE_HOME = "/x", HOME = "/h" },
      { state_dir = "/x/homey" },
    },
    { "has the state at home", {}, { HOME = "/h" }, { state_dir = "/h/.local/state/homey" } },
    { "has no relative XDG_STATE_HOME", {}, { XDG_STATE_HOME = "x", HOME = "/h" },
      { state_dir = "/h/.local/state/homey" } },
  } do
    it(case[1], function() assert.same(case[4], words(case[2], case[3])) end)
  end

  it("without HOME uses the user's folder", function()
    assert.same({ state_dir = "/home/me/.local/state/homey" }, words({}, {}, "/home/me"))
    assert.same({ state_dir = "/.local/state/homey" }, words({}, { HOME = "" }, "/"))
    assert.same({ state_dir = "/h/.local/state/homey" }, words({}, { HOME = "/h" }, "/root"))
  end)

  it("without any folder refuses a login", function()
    for _, given in ipairs { { email = "e@x", password = "p" }, { code = "c" },
      { refresh_token = "r" } } do
      assert.matches(
        "no folder to keep the login in. Set HOME or HOMEY_STATE_DIR, or give `state_dir`",
        failure(given))
      given.state_dir = false
      words(given)
    end
    assert.same({ address = "http://h", token = "t" }, words { address = "http://h", token = "t" })
  end)

  it("without HOME still stores a login", function()
    local pipe = io.popen [[getent passwd "$(id -u)" | cut -d: -f6]]
    local expected = pipe:read "*l"
    pipe:close()
    assert.equal(expected, core.home_folder())
  end)

  it("gives no state_dir to a custom store", function()
    local store = { load = print, save = print }
    assert.same({ store = true }, words({ store = store }, { HOME = "/h", HOMEY_STATE_DIR = "/s" }))
  end)

  it("is checked like options", function()
    assert.matches("`HOMEY_EMAIL` is not valid UTF%-8", failure(nil, { HOMEY_EMAIL = "\255" }))
  end)
end)

describe("the arguments of homey.login", function()
  for _, case in ipairs {
    { "an e-mail address and a password", { "e", "p" }, { email = "e", password = "p" } },
    { "a table", { { hub = "x" } }, { hub = "x" } },
  } do
    it("may be " .. case[1], function() assert.same(case[3], login.arguments(unpack(case[2]))) end)
  end

  it("may be absent", function() assert.is_nil(login.arguments()) end)

  for _, case in ipairs {
    { "an e-mail address alone", { "e" } }, { "three things", { "e", "p", "x" } },
    { "a table and a password", { {}, "p" } },
  } do
    it("may not be " .. case[1], function()
      local ok, err = pcall(login.arguments, unpack(case[2]))
      assert.is_false(ok)
      assert.equal("invalid", err.kind)
    end)
  end
end)

describe("a login", function()
  local core_loop, scheduler

  before_each(function()
    core_loop = fake.new()
    scheduler = Scheduler.new(core_loop)
  end)

  after_each(function() assert.is_true(core_loop:idle()) end)

  local function options(more)
    more.state_dir = more.state_dir or false
    return more
  end

  it("returns a home with its name", function()
    core_loop:on("LOGIN ",
      { id = "h1", name = "Sunny House", api_version = 3, address = "http://h" })
    local home = login.now(options { token = "t", address = "http://h" }, scheduler)
    assert.same({ "h1", "Sunny House", 3, "http://h" },
      { home.id, home.name, home.api_version, home.address })
    assert.equal("homey.Home: Sunny House", tostring(home))
    assert.same({ "t", "http://h" }, { core_loop.options.token, core_loop.options.address })
  end)

  it("that fails raises the error and closes its client", function()
    local closed
    core_loop:on("LOGIN ", function()
      closed = true
      return fake.fail("credentials", "wrong password.", 401, "login")
    end)
    local ok, err = pcall(login.now, options { email = "e@x", password = "p" }, scheduler)
    assert.is_false(ok)
    assert.same({ "credentials", 401, "login", true }, { err.kind, err.status, err.step, closed })
  end)

  it("sends nothing when an option is invalid", function()
    assert.is_false((pcall(login.now, options { email = "" }, scheduler)))
    assert.is_nil(core_loop.options)
  end)

  it("raises what the core refuses", function()
    local refusing = { client = function()
      return nil, "invalid", "the option `token` needs an address."
    end }
    local ok, err = pcall(login.open, options { token = "t" }, Scheduler.new(refusing))
    assert.same({ false, "invalid" }, { ok, err.kind })
  end)

  it("passes trace lines to a function", function()
    local lines = {}
    local home = login.open(options { trace = function(line) lines[#lines + 1] = line end },
      scheduler)
    core_loop:hand_out(home.client:trace_id(), "GET /x")
    home:step()
    assert.same({ "GET /x" }, lines)
  end)

  describe("with a custom store", function()
    local store, home

    before_each(function()
      store = { texts = {} }
      function store.load(account) return store.texts[account] end
      function store.save(account, text) store.texts[account] = text end
      home = login.open(options { store = store }, scheduler)
    end)

    local function ask(operation)
      operation.op = 9
      core_loop:hand_out(home.client:store_id(), operation)
      home:step()
      local answer = table.remove(core_loop.stored)
      assert.same({}, core_loop.stored)
      return answer
    end

    it("saves and loads", function()
      assert.same({ op = 9 }, ask { verb = "save", account = "a", text = "T" })
      assert.same({ op = 9, text = "T" }, ask { verb = "load", account = "a" })
      assert.same({ op = 9 }, ask { verb = "save", account = "a" })
      assert.same({ op = 9 }, ask { verb = "load", account = "a" })
    end)

    it("needs no lock", function()
      assert.same({ op = 9 }, ask { verb = "lock", account = "a" })
      assert.is_nil(ask { verb = "unlock", account = "a" })
    end)

    it("locks, fails to lock, and unlocks", function()
      local free, said = true, {}
      function store.lock(account, take)
        said[#said + 1] = account .. tostring(take)
        return free
      end
      assert.is_nil(ask { verb = "lock", account = "a" }.kind)
      free = false
      assert.equal("unavailable", ask({ verb = "lock", account = "a" }).kind)
      assert.is_nil(ask { verb = "unlock", account = "a" })
      assert.same({ "atrue", "atrue", "afalse" }, said)
    end)

    it("may wait", function()
      function store.load()
        scheduler:sleep(5)
        return "late"
      end
      assert.is_nil(ask { verb = "load", account = "a" })
      scheduler:sleep(6)
      assert.same({ { op = 9, text = "late" } }, core_loop.stored)
    end)

    it("reports a failure in a sentence", function()
      function store.load() error("redis is down", 0) end
      assert.same({
        op = 9, kind = "invalid", text = "the store could not load the login: redis is down",
      },
        ask { verb = "load", account = "a" })
      function store.load() return 5 end
      assert.matches("answered a number", ask({ verb = "load", account = "a" }).text)
    end)
  end)
end)
