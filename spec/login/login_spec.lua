local without_state = require "spec.support.without_state"
local homey = require "homey"
local support = require "spec.support.sim"

describe("the module", function()
  it("has the public names", function()
    for name in (
      [[login new logout device devices zone zones get put post delete try spawn sleep run stop]])
        :gmatch("%S+") do
      assert.is_function(homey[name], name)
    end
    assert.is_string(homey._VERSION)
    assert.is_nil(homey.nonesuch)
  end)

  it("has JSON and its null", function()
    assert.equal("[1,null]", homey.json.encode { 1, homey.null })
    assert.equal(homey.null, homey.json.decode("null"))
  end)

  it("explains that a login is missing", function()
    for _, name in ipairs { "device", "devices", "zone", "zones", "get", "put", "post",
      "delete" } do
      local _, err = homey.try(homey[name], name ~= "zones" and "/x" or nil)
      assert.equal("expired", err.kind)
      assert.matches("call homey.login first", err.message)
    end
  end)

  it("sleeps and runs without a login", function()
    local task = homey.spawn(function(...)
      homey.sleep("1 ms")
      return ...
    end, 1, 2)
    homey.run()
    assert.same({ 1, 2 }, { task:wait() })
    homey.sleep(0)
  end)

  it("creates no globals", function()
    for name in pairs(_G) do assert.is_nil(tostring(name):match("^homey")) end
  end)
end)

describe("a login", function()
  local sim

  setup(function() sim = support.start() end)
  teardown(support.stop)
  before_each(function() sim:reset_log() end)
  after_each(function() assert.same({}, sim:complaints()) end)

  for _, case in ipairs {
    { "goes through the whole chain", "options" }, { "takes an API key", "pat_options" },
    { "takes a local user", "local_options" },
  } do
    it(case[1], function()
      local home = homey.login(without_state(sim[case[2]]))
      assert.same({ sim.hub_id, "Sunny House", "12.5.0" }, { home.id, home.name, home.version })
      assert.is_string(home.address)
      homey.device("Kitchen/Lamp"):set("onoff", true)
      assert.is_true(homey.device("Kitchen/Lamp"):get("onoff"))
      homey.logout()
      assert.equal("expired", select(2, homey.try(homey.devices)).kind)
      assert.equal("homey.Home: closed", tostring(home))
    end)
  end

  it("has its user, and finds the others", function()
    local home = homey.login(without_state(sim.options))
    assert.equal("Vera Sünny", home.username)
    assert.equal("Vera", homey.user("Vera").name)
  end)

  it("may be a second home on the same loop", function()
    homey.login(without_state(sim.pat_options))
    local other = homey.new(without_state(sim.options))
    assert.equal("homey.Home", tostring(other))
    local lamp, same = homey.device("Kitchen/Lamp"), other:device("Kitchen/Lamp")
    assert.are_not.equal(lamp, same)
    local first = homey.spawn(lamp.set, lamp, "onoff", false)
    same:set("dim", 0.7)
    first:wait()
    assert.equal(0.7, lamp:get("dim"))
    assert.is_false(same:get("onoff"))
    assert.equal(other.scheduler, homey.login(without_state(sim.pat_options)).scheduler)
    other:close()
  end)

  it("that fails keeps the default home", function()
    local home = homey.login(without_state(sim.pat_options))
    local wrong = without_state(sim.options)
    wrong.password = "wrong"
    local failed, err = homey.try(homey.login, wrong)
    assert.is_nil(failed)
    assert.same({ "credentials", 401 }, { err.kind, err.status })
    assert.is_string(err.step)
    assert.equal("Kitchen/Lamp", tostring(homey.device("Kitchen/Lamp")))
    assert.is_string(home.id)
  end)

  it("with an invalid argument sends nothing", function()
    for _, wrong in ipairs {
      { "", "x" }, { "a@example.com", "\255" }, { "a@example.com" }, { { emial = "x" } },
      { { token = "x", state_dir = false } },
    } do
      local _, err = homey.try(homey.login, wrong[1], wrong[2])
      assert.equal("invalid", err.kind)
    end
    assert.same({}, sim:log())
  end)

  it("uses the program's own store", function()
    local texts, locked = {}, 0
    local store = {}
    function store.load(account)
      homey.sleep("1 ms")
      return texts[account]
    end
    function store.save(account, text) texts[account] = text end
    function store.lock(_, take)
      locked = locked + (take and 1 or -1)
      return true
    end
    local options = without_state(sim.options)
    options.store = store
    homey.login(options):close()
    assert.is_string(texts[sim.options.email])
    assert.is_nil(texts[sim.options.email]:find(sim.options.password, 1, true))
    assert.equal(0, locked)
    sim:reset_log()
    options.password = nil
    homey.login(options):device("Kitchen/Lamp"):set("onoff", true)
    for _, request in ipairs(sim:log()) do assert.matches("^/api/manager/", request.path) end
  end)

  it("traces each exchange without secrets", function()
    local lines = {}
    local options = without_state(sim.options)
    options.trace = function(line) lines[#lines + 1] = line end
    homey.login(options):close()
    local all = table.concat(lines, "\n")
    assert.matches("accounts.athom.com/login", all)
    assert.is_nil(all:find("sunny@example.com", 1, true))
    assert.is_nil(all:find("sunny%40example.com", 1, true))
  end)

  for what, case in pairs {
    ["another Lua"] = {
      "error loading module: core.so: undefined symbol: lua_rotate",
      "^homey was built for another Lua.* make LUA=%S+%.\n",
    },
    ["another Lua, on musl"] = {
      "Error relocating core.so: lua_rotate: symbol not found", "^homey was built for another Lua",
    },
    ["a library"] = { "libcurl.so.4: cannot open shared object file", "^[^\n]*libcurl" },
  } do
    it("explains a core without " .. what, function()
      local kept = package.loaded["homey.core"]
      package.loaded["homey.core"] = nil
      package.preload["homey.core"] = function() error(case[1], 0) end
      local ok, err = pcall(assert(loadfile "lua/homey/init.lua"))
      package.loaded["homey.core"], package.preload["homey.core"] = kept, nil
      assert.is_false(ok)
      assert.matches(case[2], err)
      assert.truthy(err:find(case[1], 1, true))
    end)
  end
end)
