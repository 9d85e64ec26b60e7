local core = require "homey.core"
local homey = require "homey"
local houses = require "spec.support.house"
local log = require "homey.util.log"
local events = require "homey.realtime.event"

local house, home, core_loop

local function uri(id) return "homey:device:" .. id end

-- Advances the clock, and runs what is due.
local function pass(seconds)
  local till = core_loop.clock + seconds
  repeat
    local due = core_loop:timeout()
    if due and core_loop.clock + due > till or not due then
      core_loop:advance(till - core_loop.clock)
    else
      core_loop:advance(due)
    end
    home:step()
  until core_loop.clock >= till and (core_loop:timeout() or 1) > 0
end

-- Changes a value at the hub, and sends the event.
local function operate(id, capability, value, more)
  local known = house.raw[id].capabilitiesObj[capability]
  known.value = value
  local data = {
    capabilityId = capability, value = value, transactionId = "other", transactionTime = nil,
  }
  for name, each in pairs(more or {}) do data[name] = each end
  core_loop:tell(uri(id), "capability", data)
end

before_each(function()
  house = houses.new()
  home, core_loop = house.home, house.core_loop
end)

after_each(function() home:close() end)

local function heard_by(subject, ...)
  local heard = {}
  local arguments = { ... }
  arguments[#arguments + 1] = function(value, device, event)
    heard[#heard + 1] = { value, device, event }
  end
  local handle = subject:on((table.unpack or unpack)(arguments)) -- luacheck: compat
  pass(1)
  return heard, handle
end

describe("device:on", function()
  it("calls the handler with value, device and event", function()
    local motion = home:device("Motion")
    local heard = heard_by(motion, "alarm_motion")
    operate(houses.sensor, "alarm_motion", true)
    pass(0.1)
    assert.equal(1, #heard)
    assert.is_true(heard[1][1])
    assert.equal(motion, heard[1][2])
    assert.is_false(heard[1][3].old)
    assert.is_false(heard[1][3].own)
    assert.is_nil(heard[1][3].missed)
  end)

  it("is silent after cancel", function()
    local heard, handle = heard_by(home:device("Motion"), "alarm_motion")
    handle:cancel()
    operate(houses.sensor, "alarm_motion", true)
    pass(1)
    assert.equal(0, #heard)
    assert.is_nil(core_loop.topics[uri(houses.sensor)])
  end)

  it("reports a repeated event once", function()
    local heard = heard_by(home:device("Motion"), "alarm_motion")
    for _ = 1, 2 do
      operate(houses.sensor, "alarm_motion", true, { transactionTime = 1700000000123 })
    end
    pass(0.1)
    assert.equal(1, #heard)
  end)

  it("reports missed changes once, marked as missed", function()
    local heard = heard_by(home:device("Motion"), "alarm_motion")
    core_loop:break_off()
    operate(houses.sensor, "alarm_motion", true)
    pass(5)
    assert.equal(0, #heard)
    assert.is_false(home.connected)
    core_loop:come_back()
    pass(5)
    assert.equal(1, #heard)
    assert.is_true(heard[1][1])
    assert.is_true(heard[1][3].missed)
    assert.is_true(home.connected)
  end)

  it("ignores a change that was undone while offline", function()
    local heard = heard_by(home:device("Motion"), "alarm_motion")
    core_loop:break_off()
    operate(houses.sensor, "alarm_motion", true)
    operate(houses.sensor, "alarm_motion", false)
    core_loop:come_back()
    pass(5)
    assert.equal(0, #heard)
  end)

  it("waits for `held` and restarts when it ends early", function()
    local heard = heard_by(home:device("Motion"), "alarm_motion", { to = true, held = "10 s" })
    operate(houses.sensor, "alarm_motion", true)
    pass(9)
    operate(houses.sensor, "alarm_motion", false)
    pass(9)
    operate(houses.sensor, "alarm_motion", true)
    pass(9)
    operate(houses.sensor, "alarm_motion", true)
    assert.equal(0, #heard)
    pass(1.1)
    assert.equal(1, #heard)
  end)

  it("waits for a pause of `debounce`, then reports the last", function()
    local heard = heard_by(home:device("Heater"), "target_temperature", { debounce = "2 s" })
    for value = 10, 15 do
      operate(houses.heater, "target_temperature", value)
      pass(1)
    end
    assert.equal(0, #heard)
    pass(2)
    assert.equal(1, #heard)
    assert.equal(15, heard[1][1])
  end)

  it("ends after the first call with `once`", function()
    local heard, handle = heard_by(home:device("Motion"), "alarm_motion", { once = true })
    operate(houses.sensor, "alarm_motion", true)
    operate(houses.sensor, "alarm_motion", false)
    pass(1)
    assert.equal(1, #heard)
    assert.is_false(handle.active)
  end)

  it("refuses unknown capabilities, options and non-functions", function()
    local motion = home:device("Motion")
    local function message(...)
      local _, err = homey.try(motion.on, motion, ...)
      return err.message
    end
    assert.match("no capability 'alarm_moton'; did you mean 'alarm_motion'",
      message("alarm_moton", print))
    assert.match("no option 'hold'; did you mean 'held'",
      message("alarm_motion", { hold = 3 }, print))
    assert.match("function", message("alarm_motion", {}))
    assert.match("is a boolean here, not 'yes'", message("alarm_motion", { to = "yes" }, print))
    assert.match("held", message("alarm_motion", { held = "soon" }, print))
    assert.match("'parallel', 'single'", message("alarm_motion", { mode = "once" }, print))
  end)
end)

describe("a change by this program", function()
  it("is reported once as own", function()
    local lamp = home:device("Kitchen/Lamp")
    local heard = heard_by(lamp, "onoff")
    core_loop:on("PUT " .. houses.path(houses.lamp, "onoff"), function(request)
      local told = {
        capabilityId = "onoff", value = request.body.value,
        transactionId = request.body.transactionId,
      }
      -- nothing overtakes it: it comes after the answer
      core_loop:tell(uri(houses.lamp), "capability", told)
      return { transactionId = request.body.transactionId, value = request.body.value }
    end)
    lamp:set("onoff", false)
    pass(1)
    assert.equal(1, #heard)
    assert.is_true(heard[1][3].own)
    assert.is_false(lamp:get "onoff")
  end)

  it("is reported once when the echo comes first", function()
    local lamp = home:device("Kitchen/Lamp")
    local heard = heard_by(lamp, "onoff")
    core_loop.latency = 1
    homey.try(function()
      require("homey.task.task").start(home.scheduler, nil, lamp.set, lamp, "onoff", false)
    end)
    local sent = core_loop.sent[#core_loop.sent]
    operate(houses.lamp, "onoff", false, { transactionId = sent.body.transactionId })
    pass(3)
    assert.equal(1, #heard)
    assert.is_true(heard[1][3].own)
  end)

  it("is excluded by own = false", function()
    local lamp = home:device("Kitchen/Lamp")
    local heard = heard_by(lamp, "onoff", { own = false })
    lamp:set("onoff", false)
    pass(1)
    assert.equal(0, #heard)
    operate(houses.lamp, "onoff", true)
    pass(1)
    assert.equal(1, #heard)
  end)

  it("does not hide a later change by others", function()
    local lamp = home:device("Kitchen/Lamp")
    local heard = heard_by(lamp, "onoff")
    core_loop.latency = 1
    require("homey.task.task").start(home.scheduler, nil, lamp.set, lamp, "onoff", false)
    local sent = core_loop.sent[#core_loop.sent]
    operate(houses.lamp, "onoff", false, { transactionId = sent.body.transactionId })
    operate(houses.lamp, "onoff", true)
    pass(3)
    assert.equal(2, #heard)
    assert.is_true(lamp:get "onoff")
  end)
end)

describe("device:get", function()
  it("asks the hub while no events arrive", function()
    local lamp = home:device(houses.lamp)
    lamp:get "onoff"
    lamp:get "onoff"
    assert.equal(2, #core_loop:said())
  end)

  it("needs no request while events arrive", function()
    local lamp = home:device("Kitchen/Lamp")
    heard_by(lamp, "onoff")
    core_loop:said()
    operate(houses.lamp, "dim", 0.25)
    pass(0.1)
    assert.equal(0.25, lamp:get "dim")
    assert.same({}, core_loop:said())
  end)

  it("resolves names from the cache while connected", function()
    heard_by(home:device("Kitchen/Lamp"), "onoff")
    pass(600)
    core_loop:said()
    assert.equal(houses.lamp, home:device("Kitchen/Lamp").id)
    assert.same({}, core_loop:said())
    core_loop:break_off()
    pass(0.1)
    assert.equal(houses.lamp, home:device("Kitchen/Lamp").id)
    assert.equal(2, #core_loop:said())
  end)

  it("asks the hub again once disconnected or stale", function()
    local lamp = home:device("Kitchen/Lamp")
    heard_by(lamp, "onoff")
    core_loop:said()
    core_loop:state { state = "stale", silent_ms = 60000 }
    pass(0.1)
    lamp:get "dim"
    assert.equal(1, #core_loop:said())
  end)
end)

describe("homey.devices{...}:on", function()
  it("follows devices that start and stop matching", function()
    local heard = heard_by(home:devices { zone = "Downstairs", capability = "onoff" }, "onoff")
    operate(houses.lamp, "onoff", false)
    operate(houses.shed_lamp, "onoff", false) -- in the garden
    pass(0.1)
    assert.equal(1, #heard)
    pass(10) -- old facts of the shed lamp are no event
    local moved = house.raw[houses.shed_lamp]
    moved.zone = houses.kitchen
    core_loop:tell("homey:manager:devices", "device.update", moved)
    pass(1)
    operate(houses.shed_lamp, "onoff", true)
    pass(0.1)
    assert.equal(2, #heard)
    assert.equal("Kitchen/Shed lamp", tostring(heard[2][2]))
    house.raw[houses.lamp].zone = houses.garden
    core_loop:tell("homey:manager:devices", "device.update", house.raw[houses.lamp])
    pass(1)
    operate(houses.lamp, "onoff", true)
    pass(0.1)
    assert.equal(2, #heard)
  end)

  it("refuses an unknown capability", function()
    local lamps = home:devices {}
    local _, err = homey.try(lamps.on, lamps, "onofff", print)
    assert.equal("not_found", err.kind)
  end)
end)

describe("homey.on", function()
  local function names_of(event)
    local names = {}
    home:on(event, function(subject)
      names[#names + 1] = type(subject) == "table" and subject.name or subject
    end)
    pass(1)
    return names
  end

  it("reports devices that are added, changed and removed", function()
    local created, updated, gone = names_of "device.create", names_of "device.update",
      names_of "device.delete"
    local new = { id = "00000077-0000-4000-8000-000000000000", name = "Fan", zone = houses.hall,
      class = "fan",
      capabilities = { "onoff" },
      capabilitiesObj = { onoff = { type = "boolean", value = false } } }
    core_loop:tell("homey:manager:devices", "device.create", new)
    pass(0.1)
    assert.equal("Hall/Fan", tostring(home:device("Fan")))
    new.name = "Big fan"
    core_loop:tell("homey:manager:devices", "device.update", new)
    pass(0.1)
    assert.equal("Hall/Big fan", tostring(home:device("Big fan")))
    core_loop:tell("homey:manager:devices", "device.delete", { id = new.id })
    pass(0.1)
    assert.same({ { "Fan" }, { "Big fan" }, { "Big fan" } }, { created, updated, gone })
    local _, err = homey.try(home.device, home, "Big fan")
    assert.equal("not_found", err.kind)
  end)

  it("reports zones, and finds devices by the new name", function()
    local updated = names_of "zone.update"
    house.zones[houses.kitchen].name = "Cuisine"
    core_loop:tell("homey:manager:zones", "zone.update", house.zones[houses.kitchen])
    pass(0.1)
    assert.same({ "Cuisine" }, updated)
    assert.equal(houses.lamp, home:device("Cuisine/Lamp").id)
  end)

  it("reports the state of the connection", function()
    local seen = {}
    for _, name in ipairs { "connect", "disconnect", "stale" } do
      home:on(name, function(event) seen[#seen + 1] = event.name end)
    end
    pass(1)
    core_loop:break_off()
    pass(1)
    core_loop:state { state = "stale", silent_ms = 60000 }
    core_loop:come_back()
    pass(1)
    assert.same({ "connect", "disconnect", "stale", "connect" }, seen)
  end)

  it("hides a planned reconnect and reads what it missed", function()
    local seen = {}
    for _, name in ipairs { "connect", "disconnect", "stale" } do
      home:on(name, function(event) seen[#seen + 1] = event.name end)
    end
    local heard = heard_by(home:device("Motion"), "alarm_motion")
    core_loop:break_off { handover = true, message = "the hub asks for a new login." }
    operate(houses.sensor, "alarm_motion", true)
    core_loop:come_back()
    pass(1)
    assert.same({ "connect" }, seen)
    assert.same({ 1, true }, { #heard, heard[1][3].missed })
    core_loop:break_off { handover = true, message = "the hub asks for a new login." }
    core_loop:break_off()
    pass(1)
    core_loop:come_back()
    pass(1)
    assert.same({ "connect", "disconnect", "connect" }, seen)
    core_loop:break_off { handover = true, message = "moving the connection to a better address." }
    core_loop:state { state = "stale", silent_ms = 60000 }
    core_loop:come_back()
    pass(1)
    assert.same({ "connect", "disconnect", "connect", "stale", "connect" }, seen)
  end)

  it("refuses an unknown event", function()
    local _, err = homey.try(home.on, home, "devise.create", print)
    assert.match("did you mean 'device.create'", err.message)
  end)

  it("accepts an unseen event and warns", function()
    local said = {}
    log.to(function(level, text) said[#said + 1] = level .. ": " .. text end)
    home:on("device.created", function() end)
    home:on("driver.crash", function() end)
    log.to()
    assert.equal(1, #said)
    assert.match(
      "^warning: on%(\"device%.created\"%): no hub is known to send this event; did you mean "
        .. "'device%.create' or .* " ..
      "The function at spec/realtime/cache_spec%.lua:%d+ may never be called%.$", said[1])
  end)
end)

describe("a handler", function()
  local log = require "homey.util.log"
  local logged
  before_each(function()
    logged = {}
    log.to(function(level, text) logged[#logged + 1] = level .. ": " .. text end)
  end)
  after_each(function() log.to() end)

  it("that raises is logged with file and line", function()
    local motion, heard = home:device("Motion"), {}
    motion:on("alarm_motion", function() error("oh no") end)
    motion:on("alarm_motion", function(value) heard[1] = value end)
    pass(1)
    operate(houses.sensor, "alarm_motion", true)
    pass(1)
    assert.is_true(heard[1])
    assert.equal(1, #logged)
    assert.match("cache_spec.lua:%d+: oh no", logged[1])
    assert.match("traceback", logged[1])
  end)

  it("that never waits is stopped, others continue", function()
    home.scheduler.limits.compute = 0.1
    local motion, heard = home:device("Motion"), {}
    motion:on("alarm_motion", function()
      while true do pcall(function() while true do heard[2] = 1 end end) end
    end)
    motion:on("alarm_motion", function(value) heard[1] = value end)
    pass(1)
    operate(houses.sensor, "alarm_motion", true)
    pass(1)
    assert.is_true(heard[1])
    assert.equal(1, #logged)
    assert.match("ran for 0.1 s without pausing", logged[1])
  end)

  local modes = {
    parallel = { "begin 1", "begin 2", "begin 3", "end 1", "end 2", "end 3" },
    single = { "begin 1", "end 1" },
    restart = { "begin 1", "begin 2", "begin 3", "end 3" },
    queued = { "begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3" },
  }
  for mode, expected in pairs(modes) do
    it("runs " .. mode, function()
      local seen, count = {}, 0
      home:device("Motion"):on("alarm_motion", { mode = mode }, function()
        count = count + 1
        local mine = count
        seen[#seen + 1] = "begin " .. mine
        home.scheduler:sleep(10)
        seen[#seen + 1] = "end " .. mine
      end)
      pass(1)
      for i = 1, 3 do
        operate(houses.sensor, "alarm_motion", i % 2 == 1)
        pass(1)
      end
      pass(60)
      assert.same(expected, seen)
    end)
  end
end)

describe("a hub without websockets", function()
  it("is polled, with one line in the log", function()
    local log, lines = require "homey.util.log", {}
    log.to(function(_, text) lines[#lines + 1] = text end)
    home.poll = 10
    local motion = home:device("Motion")
    local heard = heard_by(motion, "alarm_motion")
    core_loop:break_off()
    core_loop:state {
      state = "refused", kind = "protocol", message = "no websockets.", retry_ms = 60000,
    }
    pass(1)
    core_loop:said()
    operate(houses.sensor, "alarm_motion", true)
    pass(21)
    log.to()
    assert.equal(1, #heard)
    assert.is_nil(heard[1][3].missed)
    assert.equal(4, #core_loop:said()) -- both lists, twice
    assert.equal(1, #lines)
    assert.match("polled every 10 s", lines[1])
  end)
end)

describe("homey.wait", function()
  it("returns true when met, false on timeout", function()
    local motion, lamp = home:device("Motion"), home:device("Kitchen/Lamp")
    assert.is_true(homey.wait(lamp, "onoff", true))
    assert.is_false(homey.wait(motion, "alarm_motion", true, "5 s"))
    home.scheduler:later(3, function() operate(houses.sensor, "alarm_motion", true) end)
    assert.is_true(homey.wait(motion, "alarm_motion", true, "5 s"))
    assert.is_true(homey.wait(motion, "alarm_motion", true, "5 s"))
    home.scheduler:later(3, function() operate(houses.sensor, "alarm_motion", false) end)
    assert.is_true(homey.wait(motion, "alarm_motion", false))
  end)

  it("waits for any of several and returns which", function()
    local motion, lamp = home:device("Motion"), home:device("Kitchen/Lamp")
    home.scheduler:later(3, function() operate(houses.lamp, "onoff", false) end)
    assert.equal(2, homey.wait {
      any = { { motion, "alarm_motion", true }, { lamp, "onoff", false } }, timeout = "1 min",
    })
    assert.is_false(homey.wait { any = { { motion, "alarm_motion", true } }, timeout = "1 min" })
  end)

  it("waits for all of several", function()
    local motion, lamp = home:device("Motion"), home:device("Kitchen/Lamp")
    home.scheduler:later(1, function() operate(houses.lamp, "onoff", false) end)
    home.scheduler:later(2, function() operate(houses.lamp, "onoff", true) end)
    home.scheduler:later(3, function() operate(houses.sensor, "alarm_motion", true) end)
    home.scheduler:later(4, function() operate(houses.lamp, "onoff", false) end)
    local began = core_loop.clock
    assert.is_true(homey.wait { all = { { motion, "alarm_motion", true },
      { lamp, "onoff", false } } })
    assert.is_true(core_loop.clock - began >= 4)
  end)

  it("waits for a held value", function()
    local heater = home:device("Heater")
    home.scheduler:later(1, function() operate(houses.heater, "target_temperature", 10) end)
    local began = core_loop.clock
    assert.is_true(homey.wait(heater, "target_temperature", { below = 15, held = "1 min" }, "1 h"))
    assert.is_true(core_loop.clock - began >= 61)
  end)

  it("waits for the next press of a button", function()
    local button = home:device("Doorbell")
    for _ = 1, 2 do
      assert.is_false(homey.wait(button, "button", nil, "5 s"))
      home.scheduler:later(3, function() operate(houses.button, "button", true) end)
      assert.is_true(homey.wait(button, "button", nil, "5 s"))
      assert.is_false(homey.wait(button, "button", true, "5 s"))
      home.scheduler:later(3, function() operate(houses.button, "button", true) end)
      assert.is_true(homey.wait(button, "button", true, "5 s"))
    end
    home.scheduler:later(3, function() operate(houses.button, "button", core.null) end)
    assert.is_true(homey.wait(button, "button"))
  end)

  it("refuses what it cannot wait for", function()
    local _, err = homey.try(homey.wait, 5)
    assert.match("waits for a device", err.message)
    _, err = homey.try(homey.wait, { any = {}, all = {} })
    assert.match("either `any` or `all`", err.message)
    _, err = homey.try(homey.wait, home:device("Doorbell"), "buton", true)
    assert.match("did you mean 'button'", err.message)
    _, err = homey.try(homey.wait, home:device("Doorbell"), 5)
    assert.equal("invalid", err.kind)
  end)
end)

describe("set", function()
  it("with revert_after restores the old value", function()
    local lamp = home:device("Kitchen/Lamp")
    lamp:set("onoff", false, { revert_after = "5 min" })
    assert.is_false(lamp:get "onoff")
    pass(301)
    assert.is_true(lamp:get "onoff")
  end)

  it("with revert_after keeps a change by others", function()
    local lamp = home:device("Kitchen/Lamp")
    lamp:set("dim", 0.9, { revert_after = "5 min" })
    pass(10)
    operate(houses.lamp, "dim", 0.7)
    pass(600)
    assert.equal(0.7, lamp:get "dim")
  end)

  it("with revert_after restarts and keeps the first value", function()
    local lamp = home:device("Kitchen/Lamp")
    lamp:set("dim", 0.9, { revert_after = "5 min" })
    pass(200)
    lamp:set("dim", 1, { revert_after = "5 min" })
    pass(200)
    assert.equal(1, lamp:get "dim")
    pass(200)
    assert.equal(0.5, lamp:get "dim")
  end)

  it("with only_if_changed sends nothing when equal", function()
    local lamp = home:device("Kitchen/Lamp")
    lamp:set("onoff", true, { only_if_changed = true })
    for _, line in ipairs(core_loop:said()) do assert.not_match("^PUT", line) end
    lamp:set("onoff", false, { only_if_changed = true })
    assert.match("^PUT", core_loop:said()[2])
  end)

  it("in homey.batch sends the last values at the end", function()
    local lamp = home:device(houses.lamp)
    core_loop:said()
    local result = homey.batch(function()
      lamp:set("onoff", false)
      lamp:set("dim", 0.1)
      lamp:set("dim", 0.2)
      assert.same({}, core_loop:said())
      return "done"
    end)
    assert.equal("done", result)
    assert.equal(2, #core_loop:said())
    assert.equal(0.2, house.raw[houses.lamp].capabilitiesObj.dim.value)
  end)

  it("in a homey.batch that raises sends nothing", function()
    local lamp = home:device(houses.lamp)
    core_loop:said()
    assert.is_nil((homey.try(homey.batch, function()
      lamp:set("onoff", false)
      error("no")
    end)))
    assert.same({}, core_loop:said())
  end)
end)

it("the cache logs what happened", function()
  assert.equal("connect", events.describe { name = "connect" })
end)
