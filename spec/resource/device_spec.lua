local Task = require "homey.task.task"
local core = require "homey.core"
local failure = require "spec.support.failure"
local fake = require "spec.support.fake_core_loop"
local homey = require "homey"
local house = require "spec.support.house"
local without_state = require "spec.support.without_state"
local support = require "spec.support.sim"
local collect_all = require "spec.support.collect_all"

describe("a device", function()
  local here, home, core_loop

  house.each(function(...) here, home, core_loop = ... end)

  local function refusal(device, ...)
    return failure(device.set, device, ...)
  end

  local get_lamp, put_onoff = "GET " .. house.path(house.lamp),
    "PUT " .. house.path(house.lamp, "onoff")
  local lists = { "GET " .. house.zones_path, "GET " .. house.devices_path }

  describe("by id", function()
    it("needs no request to be found", function()
      local lamp = home:device(house.lamp)
      assert.equal(house.lamp, lamp.id)
      assert.equal("device " .. house.lamp, tostring(lamp))
      assert.equal(lamp, home:device(house.lamp))
      assert.same({}, core_loop:said())
    end)

    it("is the same in capital letters", function()
      local id = "0000000a-0000-4000-8000-00000000beef"
      here.raw[id], here.raw[house.lamp] = here.raw[house.lamp], nil
      here.raw[id].id = id
      core_loop:on("GET " .. house.path(id), here.raw[id])
      assert.equal("Lamp", home:device(id:upper()).name)
      assert.equal(home:device(id), home:device(id:upper()))
      assert.equal(home:zone(id), home:zone("0000000A-0000-4000-8000-00000000beef"))
      assert.same({ "GET " .. house.path(id) }, core_loop:said())
    end)

    it("is set by one request", function()
      local lamp = home:device(house.lamp)
      assert.equal(lamp, lamp:set("onoff", false))
      assert.same({ put_onoff }, core_loop:said())
      assert.is_false(here.raw[house.lamp].capabilitiesObj.onoff.value)
    end)

    it("refuses fields that a script assigns", function()
      local lamp = home:device(house.lamp)
      for _, name in ipairs { "onoff", "name", "set" } do
        local err = failure(function() lamp[name] = true end)
        assert.same({ "invalid",
          ("assigning to '%s' of device %s changes nothing at the hub: write device:set('%s', true)"
          .. ", or keep what is your own in a table of your own."):format(name, house.lamp, name) },
          { err.kind, err.message })
      end
      assert.same({}, core_loop:said())
      assert.is_nil(lamp.onoff)
    end)

    it("sends a User-Agent that names the program", function()
      home:device(house.lamp):set("dim", 0.25, { duration = "2 s" })
      local body = core_loop.sent[1].body
      assert.equal(0.25, body.value)
      assert.same({ duration = 2000 }, body.opts)
      assert.matches("^homey%-lua%-%x+%-%x+%-4%x+%-%x+%-%x+$", body.transactionId)
    end)

    it("refuses an impossible value without a request", function()
      local err = refusal(home:device(house.lamp), "dim", 0 / 0)
      assert.equal("invalid", err.kind)
      assert.equal(("device %s: dim takes a number, not NaN (not a number)."):format(house.lamp),
        err.message)
      assert.same({}, core_loop:said())
    end)

    it("is read before a wrong type is refused", function()
      local err = refusal(home:device(house.lamp), "dim", "high")
      assert.equal("Kitchen/Lamp: dim takes a number from 0 to 1, not 'high'.", err.message)
      assert.same({ get_lamp, lists[1] }, core_loop:said())
    end)

    it("is read when the catalog cannot decide", function()
      local err = refusal(home:device(house.lamp), "dim", 1.5)
      assert.equal("Kitchen/Lamp: dim takes a number from 0 to 1, not 1.5.", err.message)
      assert.same({ get_lamp, lists[1] }, core_loop:said())
    end)

    it("may accept more than the catalog says", function()
      home:device(house.heater):set("target_temperature", 44)
      home:device(house.heater):set("shine", 9)
      assert.equal(44, here.raw[house.heater].capabilitiesObj.target_temperature.value)
    end)

    it("is read once when a field is used", function()
      local lamp = home:device(house.lamp)
      assert.same({ "Lamp", "light", true }, { lamp.name, lamp.class, lamp.available })
      assert.is_nil(lamp.nonesuch)
      assert.same({ get_lamp }, core_loop:said())
    end)

    it("is reported when it is invalid", function()
      local ghost = home:device("00000099-0000-4000-8000-000000000000")
      for _, call in ipairs {
        function() ghost:get("onoff") end, function() ghost:set("onoff", true) end, function()
          return ghost.name
        end,
        function() ghost:refresh() end,
      } do
        local err = failure(call)
        assert.equal("not_found", err.kind)
        assert.equal("there is no device with the id '00000099-0000-4000-8000-000000000000'.",
          err.message)
      end
    end)
  end)

  describe("by name", function()
    it("reads each list once for all names", function()
      assert.equal(house.lamp, home:device("Kitchen/Lamp").id)
      assert.equal(house.sensor, home:device("motion").id)
      assert.same(lists, core_loop:said())
      assert.equal("Kitchen/Lamp", tostring(home:device("Kitchen/Lamp")))
    end)

    it("is looked up again before it is missing", function()
      home:device("Kitchen/Lamp")
      core_loop:advance(60)
      here.raw[house.sensor].name = "Eye"
      assert.equal(house.sensor, home:device("Eye").id)
      assert.same({ lists[1], lists[2], lists[1], lists[2] }, core_loop:said())
    end)

    it("is looked up in lists up to a minute old", function()
      local lamp = home:device("Kitchen/Lamp")
      for _ = 1, 5 do
        core_loop:advance(11)
        assert.equal(lamp, home:device("Kitchen/Lamp"))
      end
      assert.same(lists, core_loop:said())
      core_loop:advance(11)
      assert.equal(lamp, home:device("Kitchen/Lamp"))
      assert.same(lists, core_loop:said())
    end)

    it("follows a renamed device", function()
      assert.equal(house.lamp, home:device("Kitchen/Lamp").id)
      here.raw[house.lamp].name, here.raw[house.heater].name = "Heater", "Lamp"
      core_loop:advance(60)
      assert.equal(house.heater, home:device("Kitchen/Lamp").id)
    end)

    it("becomes ambiguous with a second match", function()
      assert.equal(house.sensor, home:device("Motion").id)
      here.raw[house.heater].name = "Motion"
      core_loop:advance(60)
      assert.equal("ambiguous", failure(home.device, home, "Motion").kind)
    end)

    it("is found in old lists while the hub is away", function()
      local devices = core_loop.routes[lists[2]]
      core_loop:on(lists[2], fake.fail("offline", "the hub is off."))
      assert.equal("offline", failure(home.device, home, "Kitchen/Lamp").kind)
      core_loop:on(lists[2], devices)
      home:device("Kitchen/Lamp")
      core_loop:advance(60)
      core_loop:on(lists[1], fake.fail("offline", "the hub is off."))
      assert.equal(house.lamp, home:device("Kitchen/Lamp").id)
      assert.equal("offline", failure(home.device, home, "Kitchen/Lmap").kind)
      core_loop:on(lists[1], fake.fail("forbidden", "no."))
      assert.equal("forbidden", failure(home.device, home, "Kitchen/Lamp").kind)
      assert.equal(house.lamp, home:device(house.lamp).id)
    end)

    it("is looked up once for all who wait", function()
      home:device("Kitchen/Lamp")
      core_loop:said()
      core_loop:advance(60)
      local tasks = {}
      for i = 1, 3 do
        tasks[i] = Task.start(home.scheduler, nil, home.device, home, "Kitchen/Lamp")
      end
      for _, task in ipairs(tasks) do assert.equal(house.lamp, task:wait().id) end
      assert.same(lists, core_loop:said())
    end)

    it("is missing at once when lists are fresh", function()
      local err = failure(home.device, home, "Kitchen/Lmap")
      assert.equal("not_found", err.kind)
      assert.matches("did you mean 'Kitchen/Lamp'", err.message)
      assert.equal("not_found", failure(home.device, home, "Kitchen/Lmap").kind)
      assert.same(lists, core_loop:said())
    end)

    it("may be ambiguous", function()
      local err = failure(home.device, home, "Lamp")
      assert.equal("ambiguous", err.kind)
      assert.equal("'Lamp' may be any of 2 devices: 'Hall/Lamp', 'Kitchen/Lamp'. Say which one.",
        err.message)
    end)

    for _, wrong in ipairs { 5, true, "", {} } do
      it(("is not %s"):format(type(wrong)), function()
        assert.equal("invalid", failure(home.device, home, wrong).kind)
        assert.same({}, core_loop:said())
      end)
    end
  end)

  describe("with known properties", function()
    local lamp

    before_each(function()
      lamp = home:device("Kitchen/Lamp")
      core_loop:said()
    end)

    for _, case in ipairs {
      { "dim", "high", "invalid", "Kitchen/Lamp: dim takes a number from 0 to 1, not 'high'." },
      {
        "dim", 0 / 0, "invalid",
        "Kitchen/Lamp: dim takes a number from 0 to 1, not NaN (not a number).",
      },
      { "dimm", 1, "not_found", "Kitchen/Lamp: it has no capability 'dimm'; did you mean 'dim'?" },
      { "onoff", nil, "invalid", "Kitchen/Lamp: onoff takes true or false, not nothing." },
      { "onoff", core.null, "invalid", "Kitchen/Lamp: onoff takes true or false, not null." },
      { 5, true, "invalid", "a capability is named by text such as 'onoff', not by 5." },
      { {}, nil, "invalid", "set was given an empty table: name a capability and its value." },
    } do
      it(("refuses %s = %s without a request"):format(tostring(case[1]), tostring(case[2])),
        function()
        local err = refusal(lamp, case[1], case[2])
        assert.same({ case[3], case[4] }, { err.kind, err.message })
        assert.same({}, core_loop:said())
      end)
    end

    it("refuses to set a read-only capability", function()
      local err = refusal(home:device("Motion"), "alarm_motion", true)
      assert.same({ "invalid", "Hall/Motion: alarm_motion can only be read, not set." },
        { err.kind, err.message })
    end)

    it("refuses unknown options", function()
      assert.matches("no option 'durration'; did you mean 'duration'",
        refusal(lamp, "dim", 1, { durration = 1 }).message)
      assert.equal("invalid", refusal(lamp, "dim", 1, 5).kind)
      assert.equal("invalid", refusal(lamp, "dim", 1, { duration = "soon" }).kind)
      assert.same({}, core_loop:said())
    end)

    it("is read again before it refuses", function()
      core_loop:advance(60)
      here.raw[house.lamp].capabilitiesObj.dim.max = 100
      lamp:set("dim", 50)
      assert.same({ get_lamp, "PUT " .. house.path(house.lamp, "dim") }, core_loop:said())
      assert.equal(100, lamp.capabilities.dim.max)
    end)

    it("refuses while it is unavailable", function()
      here.raw[house.lamp].available, here.raw[house.lamp].unavailableMessage = false, "No power."
      lamp:refresh()
      core_loop:said()
      local err = refusal(lamp, "onoff", true)
      assert.same({ "unavailable", "Kitchen/Lamp: it is unavailable, says the hub: No power." },
        { err.kind, err.message })
      assert.same({}, core_loop:said())
    end)

    it("accepts once it is available again", function()
      here.raw[house.lamp].available = false
      lamp:refresh()
      here.raw[house.lamp].available = true
      core_loop:advance(60)
      lamp:set("onoff", false)
      assert.is_false(here.raw[house.lamp].capabilitiesObj.onoff.value)
    end)

    it("keeps the value that it accepted", function()
      lamp:set("dim", 0.1)
      assert.equal(0.1, lamp.capabilities.dim.value)
    end)

    it("has its zone", function()
      assert.equal("Kitchen", lamp.zone.name)
      assert.equal("Downstairs/Kitchen", tostring(lamp.zone))
    end)

    it("has the limits of its capabilities", function()
      local dim = lamp.capabilities.dim
      assert.same({ "number", 0, 1, "%", 0.5, true, true },
        { dim.type, dim.min, dim.max, dim.units, dim.value, dim.settable, dim.getable })
    end)
  end)

  it("accepts several values at once", function()
    home:device(house.lamp):set { onoff = false, dim = 0.4 }
    assert.same({ "PUT " .. house.path(house.lamp, "dim"), put_onoff }, core_loop:said())
    assert.equal(1000.01, core_loop:now()) -- in parallel
  end)

  it("refuses all values when one is invalid", function()
    assert.equal("invalid", refusal(home:device(house.lamp), { onoff = false, dim = true }).kind)
    for _, line in ipairs(core_loop:said()) do assert.not_match("^PUT", line) end
  end)

  it("reads its value on each get", function()
    local lamp = home:device(house.lamp)
    assert.equal(0.5, lamp:get("dim"))
    here.raw[house.lamp].capabilitiesObj.dim.value = 0.6
    assert.equal(0.6, lamp:get("dim"))
    assert.same({ get_lamp, get_lamp }, core_loop:said())
  end)

  it("has no value when the hub has none", function()
    assert.equal(core.null, home:device(house.sensor):get("measure_battery"))
  end)

  it("refuses to read a capability that is write-only", function()
    local button, lamp = home:device(house.button), home:device(house.lamp)
    assert.equal("Garden/Doorbell: button can only be set, not read.",
      failure(button.get, button, "button").message)
    local err = failure(lamp.get, lamp, "dmi")
    assert.same({ "not_found", "Kitchen/Lamp: it has no capability 'dmi'; did you mean 'dim'?" },
      { err.kind, err.message })
    assert.equal("invalid", failure(lamp.get, lamp).kind)
  end)

  it("is toggled by a request without retries", function()
    local lamp = home:device(house.lamp)
    assert.is_false(lamp:toggle())
    assert.is_true(core_loop.sent[2].options.once)
    assert.is_true(lamp:toggle("onoff"))
    assert.same({ get_lamp, put_onoff, get_lamp, put_onoff }, core_loop:said())
    assert.matches("dim is 0.5 and cannot be toggled", failure(lamp.toggle, lamp, "dim").message)
  end)

  it("encodes each character of an id", function()
    local lamp = home:device(house.lamp)
    here.raw[house.lamp].capabilitiesObj["a/b?c"] = { type = "boolean" }
    core_loop:on("PUT " .. house.path(house.lamp, "a%2Fb%3Fc"), true)
    lamp:set("a/b?c", true)
  end)

  describe("refused by the hub", function()
    local function refuse(...)
      core_loop:on(put_onoff, fake.fail(...))
      return refusal(home:device(house.lamp), "onoff", true)
    end

    it("is read to find the reason", function()
      here.raw[house.lamp].capabilitiesObj.onoff.setable = false
      local err = refuse("hub", "Invalid Capability", 400)
      assert.same({ "invalid", "Kitchen/Lamp: onoff can only be read, not set.", 400 },
        { err.kind, err.message, err.status })
      assert.same({ put_onoff, get_lamp, lists[1] }, core_loop:said())
    end)

    it("may be unavailable", function()
      here.raw[house.lamp].available = false
      assert.equal("unavailable", refuse("hub", "oops", 500).kind)
    end)

    it("is named with the hub's message", function()
      local err = refuse("hub", "The bulb is tired.", 500)
      assert.same({ "hub", "Kitchen/Lamp: The bulb is tired.", 500 },
        { err.kind, err.message, err.status })
    end)

    for _, kind in ipairs { "offline", "expired", "timeout", "tls" } do
      it("is not read after a failure of kind " .. kind, function()
        assert.equal("no.", refuse(kind, "no.").message)
        assert.same({ put_onoff }, core_loop:said())
      end)
    end
  end)

  it("of a v2 hub is the same", function()
    local raw = here.raw[house.lamp]
    raw.driverUri, raw.driverId, raw.zoneName = "homey:app:x", "bulb", "Kitchen"
    raw.capabilitiesObj.dim.title = { en = "Dim" }
    local lamp = home:device("Kitchen/Lamp")
    assert.same({ "homey:app:x:bulb", "Dim" }, { lamp.driver_id, lamp.capabilities.dim.title })
  end)

  it("works in a task, fields included", function()
    local other
    local task = Task.start(home.scheduler, nil, function()
      local lamp = home:device(house.lamp)
      local name = lamp.name
      lamp:set("onoff", false)
      return name, other, lamp:get("onoff")
    end)
    Task.start(home.scheduler, nil, function() other = "went on" end)
    assert.same({ "Lamp", "went on", false }, { task:wait() })
  end)
end)

describe("a home", function()
  local here, home, core_loop

  before_each(function()
    here = house.new()
    home, core_loop = here.home, here.core_loop
  end)

  it("sends any request", function()
    core_loop:on("GET /x?a=1", { 1 })
    core_loop:on("PUT /x", function(request) return request.body end)
    core_loop:on("POST /x", function(request) return request.body end)
    core_loop:on("DELETE /x", function(request) return request.body == nil end)
    assert.same({ 1 }, home:get("/x?a=1"))
    assert.same({ a = 1 }, home:put("/x", { a = 1 }))
    assert.same({}, home:post("/x"))
    assert.is_false(home:put("/x", false))
    assert.is_true(home:delete("/x"))
    assert.equal("not_found", select(2, pcall(home.get, home, "/y")).kind)
  end)

  it("refuses an invalid path", function()
    for _, path in ipairs { "x", "", 5, "/a b" } do
      local ok, err = pcall(home.get, home, path)
      assert.same({ false, "invalid" }, { ok, err.kind })
    end
    assert.same({}, core_loop:said())
  end)

  it("checks the options of a request", function()
    core_loop:on("GET /x", function(request) return request.options end)
    assert.same({ timeout = 90 }, home:get("/x", { timeout = "1 min 30 s" }))
    assert.same({ timeout = 2.5, once = true }, home:get("/x", { timeout = 2.5, once = true }))
    core_loop:said()
    for _, case in ipairs {
      { 5, "a request takes a table such as { timeout = \"5 s\" }, not 5." },
      { { timout = 5 }, "a request has no option 'timout'; did you mean 'timeout'?" },
      { { timeout = 0 },
        "a request: `timeout` takes a time from 1 ms to 1 h, such as \"30 s\" or \"5 min\", or a "
          .. "number of seconds, not 0." },
      { { timeout = "2 h" },
        "a request: `timeout` takes a time from 1 ms to 1 h, such as \"30 s\" or \"5 min\", or a "
          .. "number of seconds, not '2 h'." },
      { { timeout = "soon" }, "a request: `timeout` takes a time" },
    } do
      local ok, err = pcall(home.get, home, "/x", case[1])
      assert.same({ false, "invalid" }, { ok, err.kind })
      assert.equal(case[2], err.message:sub(1, #case[2]))
    end
    assert.same({}, core_loop:said())
  end)

  it("cancels waiting calls when closed", function()
    local task = Task.start(home.scheduler, nil, function() return home:get("/x") end)
    home:close()
    local _, err = pcall(task.wait, task)
    assert.equal("cancelled", err.kind)
    _, err = pcall(home.get, home, "/x")
    assert.equal("cancelled", err.kind)
    assert.equal("homey.Home: closed", tostring(home))
    home:close()
    assert.is_true(core_loop:idle())
  end)

  it("has what a host's event loop needs", function()
    assert.same({ 0, 0, "r" }, { home:fd(), home:pollfd(), home:events() })
    assert.is_nil(home:timeout())
  end)
end)

describe("a request for a part of a device", function()
  it("is forgotten with its answer", function()
    local loop, wanted = core.loop(), setmetatable({ { id = true } }, { __mode = "v" })
    local client = assert(loop:client {
      address = "http://127.0.0.1:9", token = "a:b:c", state_dir = os.tmpname() .. ".d",
    })
    assert.has_error(function() client:request("GET", "/", nil, { only = true }) end)
    local id = assert(client:request("GET", "/", nil, { only = wanted[1] }))
    collect_all()
    assert.is_table(wanted[1])
    loop:cancel(id)
    loop:step()
    local answered, value, kind = loop:next()
    assert.same({ id, "cancelled" }, { answered, value or kind })
    collect_all()
    assert.is_nil(wanted[1])
    loop:close()
  end)
end)

describe("a device over real sockets", function()
  local sim, lamp_id

  setup(function()
    sim = support.start()
    homey.login(without_state(sim.pat_options))
    lamp_id = sim:device("Kitchen/Lamp").id
    homey.device(lamp_id):refresh() -- the first call finds the address
  end)
  teardown(support.stop)
  before_each(function() sim:reset_log() end)
  after_each(function() assert.same({}, sim:complaints()) end)

  it("is set by one request", function()
    homey.device(lamp_id):set("onoff", true)
    assert.is_true(sim:device("Kitchen/Lamp").capabilitiesObj.onoff.value)
    assert.equal(1, #sim:log())
    assert.is_false(homey.device("Kitchen/Lamp"):set("onoff", false):get("onoff"))
  end)

  it("refuses an invalid value before a request", function()
    local _, err = homey.try(function() homey.device(lamp_id):set("dim", "high") end)
    assert.equal("invalid", err.kind)
    assert.same({}, sim:log())
    _, err = homey.try(function() homey.device(lamp_id):set("dim", 1.5) end)
    assert.equal("Kitchen/Lamp: dim takes a number from 0 to 1, not 1.5.", err.message)
    for _, request in ipairs(sim:log()) do assert.equal("GET", request.method) end
  end)

  it("is returned whole by a request", function()
    homey.devices {}
    local raw = homey.get(house.path(lamp_id))
    assert.is_table(raw.settings)
    assert.is_table(raw.capabilitiesObj.onoff.options)
  end)

  it("that is unavailable has the reason", function()
    local id = sim:device("Garden lights").id
    local _, err = homey.try(function() homey.device(id):set("onoff", true) end)
    assert.equal("unavailable", err.kind)
    assert.matches("bridge in the shed", err.message)
  end)

  it("has a readable name and value", function()
    sim:operate("Hall/Motion", "alarm_motion", true)
    assert.is_true(homey.device("Hall/Motion"):get("alarm_motion"))
  end)

  it("is toggled", function()
    local before = homey.device(lamp_id):get("onoff")
    assert.equal(not before, homey.device(lamp_id):toggle())
    assert.equal(not before, homey.device(lamp_id):get("onoff"))
  end)

  it("blocks no other task", function()
    sim:fault { kind = "delay", seconds = 1, times = 1 }
    local order = {}
    homey.spawn(function()
      homey.device(lamp_id):set("onoff", true)
      order[#order + 1] = "lamp"
    end)
    homey.spawn(function()
      homey.sleep("50 ms")
      order[#order + 1] = "sleeper"
    end)
    homey.run()
    assert.same({ "sleeper", "lamp" }, order)
  end)

  it("can be cancelled", function()
    sim:fault { kind = "hang", times = 1 }
    local task = homey.spawn(function() homey.device(lamp_id):set("onoff", true) end)
    homey.sleep(0.1)
    task:cancel()
    homey.run()
    assert.equal("cancelled", task.status)
  end)

  it("of a v2 hub is the same", function()
    sim:set { api_version = 2 }
    local lamp = homey.new(without_state(sim.pat_options)):device("Kitchen/Lamp")
    assert.same({ "light", "boolean" }, { lamp.class, lamp.capabilities.onoff.type })
    assert.is_true(lamp:set("onoff", true):get("onoff"))
    sim:set { api_version = 3 }
  end)
end)
