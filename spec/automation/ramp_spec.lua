--- device:ramp: a value that moves in small steps, until somebody changes the device.
-- Runs hardly any C code: not under Valgrind.
local Cache = require "homey.realtime.cache"
local sim = require "homey.sim"

local home, lamp

before_each(function()
  home = sim.home(nil, { time = "2026-01-10 06:00", quiet = true })
  lamp = home:device "Kitchen/Lamp" -- off, dimmed to 0.6
end)
after_each(function() home:close() end)

local function dims()
  local list = {}
  for _, each in ipairs(home.sent) do
    if each.capability == "dim" then list[#list + 1] = each.value end
  end
  return list
end

local function refused(...)
  local ok, err = home.homey.try(lamp.ramp, lamp, ...)
  assert.is_nil(ok)
  return err.message
end

describe("device:ramp", function()
  it("switches a lamp on and climbs evenly from the bottom", function()
    local task = lamp:ramp("dim", 1, "30 min")
    home:advance "15 min"
    assert.is_true(lamp:get "onoff")
    assert.is_true(math.abs(lamp:get "dim" - 0.5) < 0.02, lamp:get "dim")
    home:advance "15 min"
    assert.equal(1, lamp:get "dim")
    assert.is_true(task:wait())
    local list = dims()
    assert.is_true(#list >= 50 and #list <= 101, #list)
    for i = 2, #list do assert.is_true(list[i] > list[i - 1]) end
  end)

  it("goes down from the value of a lamp that is on", function()
    lamp:set { onoff = true, dim = 0.8 }
    home:forget()
    lamp:ramp("dim", "10%", 60)
    home:advance "1 min"
    assert.equal(0.1, lamp:get "dim")
    assert.is_true(dims()[1] < 0.8 and dims()[1] > 0.75)
  end)

  it("gives way at once to a later ramp of the same value", function()
    local first = lamp:ramp("dim", 1, "10 min")
    home:advance "1 min"
    local second = lamp:ramp("dim", 0.2, "10 min")
    assert.is_true(first:finished())
    assert.is_false(first:wait())
    home:advance "10 min"
    assert.is_true(second:wait())
    assert.equal(0.2, lamp:get "dim")
  end)

  it("leaves no listener behind when it is cancelled", function()
    local cache = Cache.of(lamp.home, "device")
    local function watched() return cache.watchers:has(lamp) end
    assert.is_false(watched())
    local first = lamp:ramp("dim", 1, "10 min")
    assert.is_true(watched())
    home:advance "1 min"
    first:cancel()
    assert.is_false(watched())
    local second = lamp:ramp("dim", 0.2, "1 min")
    home:advance "1 min"
    assert.is_true(second:wait())
  end)

  for name, hand in pairs {
    ["another value from a hand"] = function() home:operate(lamp, "dim", 0.9) end,
    ["switching off by a hand"] = function() home:operate(lamp, "onoff", false) end,
    ["another value of this program"] = function() lamp:set("dim", 0.9) end,
  } do
    it("ends by " .. name, function()
      local task = lamp:ramp("dim", 1, "10 min")
      home:advance "3 min"
      hand()
      local count = #dims()
      home:advance "10 min"
      assert.equal(count, #dims())
      assert.is_false(task:wait())
    end)
  end

  it("does not end by the device's own rounding and repeats", function()
    local task = lamp:ramp("dim", 1, "10 min")
    for _ = 1, 20 do
      home:advance "30 s"
      home:operate(lamp, "dim", lamp:get "dim")
    end
    home:advance "1 s"
    assert.is_true(task:wait())
  end)

  it("can be cancelled", function()
    local task = lamp:ramp("dim", 1, "10 min")
    home:advance "1 min"
    task:cancel()
    local count = #dims()
    home:advance "10 min"
    assert.equal(count, #dims())
  end)

  it("continues when the hub was away, at the value of the time", function()
    local task = lamp:ramp("dim", 1, "10 min")
    home:advance "2 min"
    home:drop "3 min"
    home:advance "8 min"
    assert.is_true(task:wait())
    assert.equal(1, lamp:get "dim")
  end)

  it("refuses what it cannot do, before anything is sent", function()
    assert.matches("has no range", refused("onoff", true, "1 min"))
    assert.matches("no capability", refused("dimm", 1, "1 min"))
    assert.matches("takes a number from 0 to 1", refused("dim", 7, "1 min"))
    assert.matches("takes a time", refused("dim", 1, "soon"))
    assert.matches("more than 0 s", refused("dim", 1, 0))
    assert.matches("at most a day", refused("dim", 1, "2 days"))
    assert.equal(0, #home.sent)
  end)
end)
