--- homey.emit and homey.on("my.event"): events between handlers and scripts.
-- Runs hardly any C code: not under Valgrind.
local homey_module = require "homey"
local sim = require "homey.sim"

local home, homey, heard

before_each(function()
  home = sim.home(nil, { quiet = true })
  homey, heard = home.homey, {}
end)
after_each(function() home:close() end)

local function hear(data, event) heard[#heard + 1] = { data, event } end

local function refused(f, ...)
  local ok, err = homey.try(f, ...)
  assert.is_nil(ok)
  assert.equal("invalid", err.kind)
  return err.message
end

describe("homey.emit", function()
  it("calls the handlers of the event with its data", function()
    homey.on("my.doorbell", hear)
    homey.on("my.other", hear)
    homey.emit("my.doorbell", { door = "front" })
    home:advance "1 s"
    assert.equal(1, #heard)
    assert.equal("front", heard[1][1].door)
    assert.equal("my.doorbell", heard[1][2].name)
    assert.equal(heard[1][1], heard[1][2].data)
    assert.is_number(heard[1][2].at)
  end)

  it("accepts events without data or handlers", function()
    homey.emit "my.nobody"
    homey.on("my.doorbell", hear)
    homey.emit "my.doorbell"
    home:advance "1 s"
    assert.equal(1, #heard)
    assert.is_nil(heard[1][1])
  end)

  it("returns before a handler is called, and keeps the order", function()
    homey.on("my.first", function() heard[#heard + 1] = "first" end)
    homey.on("my.second", function() heard[#heard + 1] = "second" end)
    homey.spawn(function()
      homey.emit "my.first"
      homey.emit "my.second"
      heard[#heard + 1] = "emitted"
    end)
    home:advance "1 s"
    assert.same({ "emitted", "first", "second" }, heard)
  end)

  it("reaches other scripts", function()
    local paths = {}
    for i, text in ipairs {
      'homey.on("my.ping", function(n) homey.emit("my.pong", n + 1) end)',
      'homey.after("1 s", function() homey.emit("my.ping", 1) end)',
    } do
      paths[i] = os.tmpname()
      local file = assert(io.open(paths[i], "w"))
      file:write('local homey = require "homey"\n', text, "\n")
      file:close()
      home:load(paths[i])
    end
    homey.on("my.pong", hear)
    home:advance "2 s"
    for _, path in ipairs(paths) do os.remove(path) end
    assert.equal(2, heard[1][1])
  end)

  it("is the cause of what a handler sets", function()
    homey.on("my.light", function() homey.device("Kitchen/Lamp"):set("onoff", true) end)
    homey.emit "my.light"
    home:advance "1 s"
    assert.matches("because my%.light", (homey.why("Kitchen/Lamp", "onoff")))
  end)

  it("stops calling after cancel and once", function()
    local handle = homey.on("my.event", hear)
    homey.on("my.event", { once = true }, hear)
    homey.emit "my.event"
    home:advance "1 s"
    assert.equal(2, #heard)
    homey.emit "my.event"
    home:advance "1 s"
    assert.equal(3, #heard)
    handle:cancel()
    homey.emit "my.event"
    home:advance "1 s"
    assert.equal(3, #heard)
  end)

  it("ends a chain of handlers that emit for ever, and other handlers go on", function()
    local count = 0
    homey.on("my.loop", function()
      count = count + 1
      homey.emit "my.loop"
    end)
    homey.emit "my.loop"
    home:advance "1 s"
    assert.equal(101, count)
    assert.matches("my%.loop is emitted by a handler of itself, 100 times in a row",
      home:logged("error")[1].text)
  end)

  it("lets a chain go on for ever whose handlers wait, as a heartbeat does", function()
    local count = 0
    homey.on("my.beat", function()
      count = count + 1
      homey.sleep(1)
      homey.emit "my.beat"
    end)
    homey.emit "my.beat"
    home:advance "1000 s"
    assert.is_true(count >= 1000, count)
    assert.same({}, home:logged "error")
  end)

  it("refuses names of the hub's events, and invalid names", function()
    assert.matches("did you mean 'my%.device%.create'%?", refused(homey.emit, "device.create"))
    assert.matches("letters, digits", refused(homey.emit, "my.a b"))
    assert.matches("such as 'my%.doorbell'", refused(homey.emit, 7))
    assert.matches("letters, digits", refused(homey.on, "my.", hear))
    assert.matches("takes no `own`", refused(homey.on, "my.event", { own = false }, hear))
    assert.matches("too many", refused(homey.emit, "my.event", 1, 2))
  end)

  it("bounds the events that wait", function()
    homey.on("my.event", function() end)
    local message = refused(function()
      for _ = 1, 20000 do homey.emit "my.event" end
    end)
    assert.matches("10000 own events wait", message)
  end)

  it("needs no login", function()
    local got
    local handle = homey_module.on("my.start", function(data)
      got = data
      homey_module.stop()
    end)
    homey_module.emit("my.start", "now")
    homey_module.run()
    handle:cancel()
    assert.equal("now", got)
  end)
end)
