local batch = require "homey.write.batch"
local core = require "homey.core"
local facade = require "homey.script.facade"
local fake = require "spec.support.fake_core_loop"
local fiber = require "homey.task.fiber"
local houses = require "spec.support.house"
local log = require "homey.util.log"
local logins = require "spec.support.logins"
local advance = require "spec.support.advance"
local revert = require "homey.write.revert"
local Task = require "homey.task.task"

local failure, quoted = logins.failure, logins.quoted
local here, home, core_loop, said

local function open(folder)
  here = houses.new()
  home, core_loop = here.home, here.core_loop
  home.state_dir = folder
  if folder then home.goes_live = revert.resume end
end

before_each(function()
  said = {}
  log.to(function(level, text) said[#said + 1] = level .. ": " .. text end)
  open()
end)

after_each(function()
  home:close()
  log.to()
  logins.tidy()
end)

local function lamp() return home:device("Kitchen/Lamp") end

-- The sent values, as "onoff = false".
local function sent()
  local list = {}
  for _, request in ipairs(core_loop.sent) do
    local capability = request.method == "PUT" and request.path:match "capability/(.*)$"
    if capability then
      list[#list + 1] = ("%s = %s"):format(capability, tostring(request.body.value))
    end
  end
  core_loop.sent = {}
  return list
end

local function operate(id, capability, value)
  here.raw[id].capabilitiesObj[capability].value = value
  core_loop:tell("homey:device:" .. id, "capability",
    { capabilityId = capability, value = value, transactionId = "other" })
  home:step()
end

local function value_of(id, capability) return here.raw[id].capabilitiesObj[capability].value end

describe("the options of a set", function()
  it("are checked before a request", function()
    for _, case in ipairs {
      { "2 s", "takes a table" }, { { duraton = 1 }, "did you mean 'duration'" },
      { { duration = "soon" }, "duration" },
      { { duration = -1 }, "duration" }, { { revert_after = "later" }, "revert_after" },
      { { only_if_changed = 1 }, "only_if_changed" }, { { [1] = true }, "no option" },
      { { within = "soon" }, "within" },
      { { withn = "1 h" }, "did you mean 'within'" },
    } do
      local err = failure(lamp().set, lamp(), "dim", 0.1, case[1])
      assert.same({ "invalid", {} }, { err.kind, sent() })
      assert.matches(case[2], err.message, 1, true)
    end
  end)

  it("accept a duration, sent in milliseconds", function()
    lamp():set("dim", 0.1, { duration = "1.5 s" })
    lamp():set({ dim = 0.2 }, { duration = 2 })
    assert.same({ duration = 1500 }, core_loop.sent[#core_loop.sent - 1].body.opts)
    assert.same({ duration = 2000 }, core_loop.sent[#core_loop.sent].body.opts)
  end)
end)

describe("only_if_changed", function()
  it("sends nothing when the value is equal", function()
    lamp():set("onoff", true, { only_if_changed = true })
    assert.same({}, sent())
    lamp():set("onoff", false, { only_if_changed = true })
    assert.same({ "onoff = false" }, sent())
  end)

  it("compares with the hub's value, not a stored one", function()
    assert.is_true(lamp():get "onoff")
    here.raw[houses.lamp].capabilitiesObj.onoff.value = false
    advance(home, 60)
    lamp():set("onoff", true, { only_if_changed = true })
    assert.same({ "onoff = true" }, sent())
  end)

  it("needs no request while events arrive", function()
    lamp():on("onoff", function() end)
    advance(home, 1)
    core_loop:said()
    lamp():set("onoff", true, { only_if_changed = true })
    assert.same({}, core_loop:said())
    operate(houses.lamp, "onoff", false)
    lamp():set("onoff", true, { only_if_changed = true })
    assert.same({ "onoff = true" }, sent())
  end)

  it("reads the devices of a selection in parallel", function()
    local lights = home:devices { class = "light" }
    advance(home, 10)
    local before = core_loop:now()
    here.raw[houses.hall_lamp].capabilitiesObj.onoff.value = false
    lights:set("onoff", true, { only_if_changed = true })
    assert.same({ "onoff = true" }, sent())
    assert.is_true(core_loop:now() - before < 3 * core_loop.latency)
  end)

  it("sends although one device cannot be read", function()
    local lights = home:devices { class = "light" }
    core_loop:on("GET " .. houses.path(houses.lamp),
      fake.fail("offline", "the hub cannot be reached."))
    local err = failure(lights.set, lights, "onoff", false,
      { only_if_changed = true, strict = true })
    assert.equal("offline", err.kind)
    assert.same({ "onoff = false", "onoff = false" }, sent())
  end)

  it("sends a capability that is only setable", function()
    home:device("Doorbell"):set("button", true, { only_if_changed = true })
    assert.same({ "button = true" }, sent())
  end)
end)

describe("revert_after", function()
  it("sets the value back after its time", function()
    lamp():set("dim", 1, { revert_after = "5 min" })
    assert.same({ "dim = 1" }, sent())
    advance(home, 299)
    assert.same({}, sent())
    advance(home, 2)
    assert.same({ "dim = 0.5" }, sent())
    advance(home, 600)
    assert.same({}, sent())
  end)

  it("is cancelled when somebody changes the value", function()
    lamp():set("dim", 1, { revert_after = "5 min" })
    advance(home, 60)
    operate(houses.lamp, "dim", 0.7)
    sent()
    advance(home, 600)
    assert.same({}, sent())
  end)

  it("ignores its own echo and other capabilities", function()
    lamp():set("dim", 1, { revert_after = "5 min" })
    local transaction = core_loop.sent[#core_loop.sent].body.transactionId
    core_loop:tell("homey:device:" .. houses.lamp, "capability",
      { capabilityId = "dim", value = 1, transactionId = transaction })
    operate(houses.lamp, "onoff", false)
    sent()
    advance(home, 301)
    assert.same({ "dim = 0.5" }, sent())
  end)

  it("restarts with each set, keeping the first value", function()
    lamp():set("dim", 1, { revert_after = "5 min" })
    advance(home, 200)
    lamp():set("dim", 0.8, { revert_after = "5 min" })
    sent()
    advance(home, 299)
    assert.same({}, sent())
    advance(home, 2)
    assert.same({ "dim = 0.5" }, sent())
  end)

  it("keeps homey.run running", function()
    lamp():set("dim", 1, { revert_after = "5 s" })
    for handle in pairs(home.handles) do assert.is_function(handle.cancel) end
    Task.start(home.scheduler, {}, function()
      home.scheduler:sleep(6)
      home.scheduler:stop()
    end)
    home.scheduler:run()
    assert.same({ "dim = 1", "dim = 0.5" }, sent())
  end)

  it("logs a failure", function()
    lamp():set("dim", 1, { revert_after = "5 s" })
    core_loop:on("PUT " .. houses.path(houses.lamp, "dim"),
      fake.fail("hub", "the hub says: no.", 409))
    advance(home, 10)
    assert.equal(1, #said)
    assert.matches("^error: Kitchen/Lamp: dim could not be set back: .*no%.", said[1])
  end)

  it("is refused when the old value is unknown", function()
    here.raw[houses.lamp].capabilitiesObj.dim.value = core.null
    local err = failure(lamp().set, lamp(), "dim", 1, { revert_after = "5 s" })
    assert.same({ "invalid", {} }, { err.kind, sent() })
    err = failure(home:device("Doorbell").set, home:device("Doorbell"), "button", true,
      { revert_after = "5 s" })
    assert.same({ "invalid", {} }, { err.kind, sent() })
  end)

  it("ends with its home", function()
    lamp():set("dim", 1, { revert_after = "5 s" })
    home:close()
    core_loop:advance(10)
    home:step()
    assert.same({}, said)
  end)

  describe("over a restart", function()
    local folder

    local function restart()
      local raw, clock = here.raw, core_loop.clock
      home:close()
      open(folder)
      core_loop.clock = clock
      for id, device in pairs(raw) do here.raw[id].capabilitiesObj = device.capabilitiesObj end
    end

    before_each(function()
      folder = logins.folder()
      logins.shell("mkdir -m 700 " .. quoted(folder))
      home:close()
      open(folder)
      lamp():set("dim", 1, { revert_after = "5 min" })
      advance(home, 60)
    end)

    local function live()
      home:device("Motion"):on("alarm_motion", function() end)
      advance(home, 1)
      sent()
    end

    it("is done when due", function()
      restart()
      assert.equal(1, value_of(houses.lamp, "dim"))
      live()
      advance(home, 200)
      assert.same({}, sent())
      advance(home, 60)
      assert.same({ "dim = 0.5" }, sent())
      restart()
      live()
      advance(home, 600)
      assert.same({}, sent())
    end)

    it("is done by a program that runs, not one that only sets", function()
      restart()
      lamp():set("onoff", false)
      advance(home, 1000)
      assert.same({ { "onoff = false" }, nil }, { sent(), home.reverts })
      home.scheduler:run()
      assert.same({ "dim = 0.5" }, sent())
    end)

    it("is done although the hub lists nothing yet", function()
      restart()
      local routes = core_loop.routes
      core_loop.routes = setmetatable({}, { __index = function(_, what)
        if what == "GET " .. houses.devices_path or what == "GET " .. houses.zones_path then
          return {}
        end
        return what:find "^GET" and fake.fail("not_found", "the hub does not know it.", 404)
          or routes[what]
      end })
      home:on("connect", function() end)
      home:resume()
      advance(home, 30)
      core_loop.routes = routes
      advance(home, 600)
      assert.same({ "dim = 0.5" }, sent())
    end)

    it("is done at once when overdue", function()
      restart()
      core_loop:advance(1000)
      home:device("Motion"):on("alarm_motion", function() end)
      advance(home, 2)
      assert.same({ "dim = 0.5" }, sent())
    end)

    it("is skipped when the value was changed meanwhile", function()
      restart()
      here.raw[houses.lamp].capabilitiesObj.dim.value = 0.3
      live()
      advance(home, 600)
      assert.same({}, sent())
    end)

    it("is skipped when the value changes later", function()
      restart()
      live()
      operate(houses.lamp, "dim", 0.3)
      advance(home, 600)
      assert.same({}, sent())
    end)

    it("is dropped with a deleted device", function()
      restart()
      core_loop:on("GET " .. houses.path(houses.lamp), fake.fail("not_found", "no.", 404))
      here.raw[houses.lamp] = nil
      live()
      advance(home, 600)
      assert.same({ {}, {} }, { sent(), said })
      assert.same({}, facade.state(home.scheduler, home, "revert_after"))
    end)
  end)
end)

describe("homey.batch", function()
  it("sends all changes together at its end", function()
    local n = batch(function(a)
      lamp():set("onoff", false)
      home:device("Hall/Lamp"):set({ onoff = false, dim = 0.1 })
      assert.same({}, sent())
      return a + 1
    end, 1)
    assert.equal(2, n)
    assert.same({ "onoff = false", "dim = 0.1", "onoff = false" }, sent())
  end)

  it("sends only the last value of each capability", function()
    batch(function()
      for i = 1, 5 do lamp():set("dim", i / 10) end
      lamp():toggle()
    end)
    assert.same({ "dim = 0.5", "onoff = false" }, sent())
  end)

  it("sends nothing when it raises", function()
    local err = failure(batch, function()
      lamp():set("onoff", false)
      error("oh no", 0)
    end)
    assert.equal("oh no", err)
    err = failure(batch, function()
      lamp():set("onoff", false)
      lamp():set("dim", 7)
    end)
    assert.equal("invalid", err.kind)
    assert.same({}, sent())
    lamp():set("onoff", false)
    assert.same({ "onoff = false" }, sent())
  end)

  it("raises the failure after sending the rest", function()
    core_loop:on("PUT " .. houses.path(houses.lamp, "onoff"), fake.fail("unauthorized", "no.", 401))
    local err = failure(batch, function()
      lamp():set("onoff", false)
      home:device("Hall/Lamp"):set("onoff", false)
    end)
    assert.equal("unauthorized", err.kind)
    assert.same({ "onoff = false", "onoff = false" }, sent())
  end)

  it("sends the rest when a device is unreachable", function()
    here.raw[houses.lamp].available = false
    local reached
    local err = failure(batch, function()
      home:device("Shed lamp"):set("onoff", false)
      lamp():set("onoff", false)
      home:device("Hall/Lamp"):set("onoff", false)
      reached = true
    end)
    assert.is_true(reached)
    assert.equal("unavailable", err.kind)
    assert.matches("^Kitchen/Lamp: ", err.message)
    assert.same({ "onoff = false", "onoff = false" }, sent())
  end)

  it("waits inside, and is one task's own, on every Lua", function()
    local inner = Task.start(home.scheduler, nil, function()
      batch(function()
        lamp():set("onoff", false)
        home.scheduler:sleep(5)
        lamp():set("dim", 0.2)
      end)
    end)
    local other = Task.start(home.scheduler, nil, function()
      home:device("Heater"):set("target_temperature", 21)
    end)
    other:wait()
    assert.same({ "target_temperature = 21" }, sent())
    inner:wait()
    assert.same({ "onoff = false", "dim = 0.2" }, sent())
  end)

  it("ends when its task is cancelled, for what the task does then", function()
    local task = Task.start(home.scheduler, nil, function()
      fiber.pcall(batch, function()
        lamp():set("onoff", false)
        home.scheduler:sleep(5)
      end)
      lamp():set("dim", 0.2)
    end)
    task:cancel()
    advance(home, 1)
    assert.same({ "dim = 0.2" }, sent())
  end)

  it("joins an enclosing batch", function()
    batch(function()
      batch(function() lamp():set("onoff", false) end)
      assert.same({}, sent())
    end)
    assert.same({ "onoff = false" }, sent())
  end)

  it("keeps the options of each set", function()
    batch(function()
      lamp():set("dim", 0.9, { duration = "1 s" })
      lamp():set("onoff", true, { only_if_changed = true })
    end)
    assert.same({ duration = 1000 }, core_loop.sent[#core_loop.sent].body.opts)
    assert.same({ "dim = 0.9" }, sent())
  end)

  it("requires a function", function()
    assert.equal("invalid", failure(batch, 5).kind)
  end)
end)
