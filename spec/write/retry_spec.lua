-- Retry: set(..., { within = "1 h" }) repeats writes that fail while hub or device is unreachable.
local backoff = require "homey.util.backoff"
local new_error = require "homey.error"
local sim = require "homey.sim"
local try = require "homey.task.try"

local home, homey, lamp

before_each(function()
  home = sim.home(nil, { time = "2026-01-10 20:00", quiet = true })
  homey, lamp = home.homey, home:device "Hall/Lamp"
  home:operate(lamp, "onoff", false)
end)

after_each(function() home:close() end)

-- Runs f as a task, like a handler, and returns its result.
local function begin(f, ...)
  local told = { over = false }
  homey.spawn(function(...)
    local _, err = try(f, ...)
    told.over, told.error = true, err
  end, ...)
  home:settle()
  return told
end

local function set(device, ...) return begin(device.set, device, ...) end

local function is_on(device) return (device or lamp):get "onoff" end

describe("within", function()
  it("sends at once when nothing prevents it", function()
    assert.is_true(set(lamp, "onoff", true, { within = "1 h" }).over)
    home:advance "2 h"
    assert.equal(1, #home:sent(lamp))
  end)

  it("sends as soon as the hub is back", function()
    lamp:on("onoff", function() end)
    home:drop "3 min"
    local told = set(lamp, "onoff", true, { within = "1 h" })
    home:advance "179 s"
    assert.is_false(told.over)
    home:advance "2 s"
    assert.same({ over = true }, told)
    assert.is_true(is_on())
    assert.equal(1, #home:logged "warning")
    assert.match(
      "Hall/Lamp: onoff = true could not be set yet, and is tried again: the hub cannot be reached",
      home:logged("warning")[1].text)
  end)

  it("sends as soon as the hub is back during a try", function()
    home:close()
    home = sim.home(nil, { time = "2026-01-10 20:00", quiet = true, latency = "8 s" })
    homey, lamp = home.homey, home:device "Hall/Lamp"
    home:operate(lamp, "onoff", false)
    lamp:on("onoff", function() end)
    home:advance "1 min"
    home:drop "74 s" -- the connection is back after 98 s, during the fifth attempt
    local told = set(lamp, "onoff", true, { within = "1 h" })
    home:advance "90 s"
    home:fail { kind = "timeout", device = "Hall/Lamp" }
    home:advance "14 s"
    assert.same({ over = false, up = true }, { over = told.over, up = home.connected })
    home:advance "15 s" -- the next attempt would be after 80 s
    assert.same({ over = true }, told)
    assert.is_true(is_on())
  end)

  it("yields to a later change by hand", function()
    lamp:on("onoff", function() end)
    home:settle()
    home:fail { kind = "unavailable", device = "Hall/Lamp", times = 3 }
    local told = set(lamp, "onoff", true, { within = "1 h" })
    home:advance "1 s"
    home:operate(lamp, "onoff", true)
    home:operate(lamp, "onoff", false)
    home:advance "1 h"
    assert.same({ over = true }, told)
    assert.is_false(is_on())
  end)

  it("retries by timer without a connection", function()
    home:drop "3 min"
    lamp:set("onoff", true, { within = "1 h" })
    assert.is_true(is_on())
  end)

  for _, what in ipairs { "offline", "timeout", "network", "hub", "unavailable", "rate_limited" } do
    it("retries after a failure of kind " .. what, function()
      home:fail { kind = what, method = "PUT", times = 3 }
      local told = set(lamp, "onoff", true, { within = "1 h" })
      home:advance "34 s"
      assert.is_false(told.over)
      home:advance "2 s"
      assert.same({ over = true }, told)
      assert.same({ true, 4 }, { is_on(), #home:sent(lamp) })
    end)
  end

  it("retries after a web page instead of the hub", function()
    home:fail { kind = "protocol", status = 302, method = "PUT", times = 2 }
    home:fail { kind = "protocol", status = 200, method = "PUT" }
    local told = set(lamp, "onoff", true, { within = "1 h" })
    home:advance "40 s"
    assert.same({ over = true }, told)
    assert.same({ true, 4 }, { is_on(), #home:sent(lamp) })
  end)

  it("does not retry after an invalid answer", function()
    home:fail { kind = "protocol", method = "PUT" }
    assert.equal("protocol", set(lamp, "onoff", true, { within = "1 h" }).error.kind)
  end)

  it("tries again where the login cannot be saved, since the disk may have room again", function()
    assert.is_true(backoff.is_transient(new_error("invalid", "the disk is full.",
      { step = "store" })))
    assert.is_false(backoff.is_transient(new_error("invalid", "no.", { step = "user" })))
  end)

  for _, what in ipairs { "forbidden", "invalid", "not_found", "unauthorized", "expired" } do
    it("does not retry after a failure of kind " .. what, function()
      home:fail { kind = what, method = "PUT" }
      local told = set(lamp, "onoff", true, { within = "1 h" })
      assert.same({ true, what }, { told.over, told.error.kind })
    end)
  end

  it("waits for an unreachable device", function()
    home:change("device", lamp, { available = false })
    local told = set(lamp, "onoff", true, { within = "1 h" })
    home:advance "10 min"
    home:change("device", lamp, { available = true })
    home:advance "5 min"
    assert.same({ true, true }, { told.over, is_on() })
  end)

  it("sends as soon as the device is reachable", function()
    lamp:on("onoff", function() end)
    home:change("device", lamp, { available = false })
    local told = set(lamp, "onoff", true, { within = "1 h" })
    home:advance "12 min"
    home:change("device", lamp, { name = "Old lamp" })
    home:change("device", "Kitchen/Lamp", { available = false })
    home:change("device", "Kitchen/Lamp", { available = true })
    home:advance "1 s"
    assert.is_false(told.over)
    home:change("device", lamp, { available = true })
    home:advance "1 s"
    assert.same({ true, true }, { told.over, is_on() })
  end)

  it("raises the last error after its time", function()
    home:drop "2 h"
    local told = set(lamp, "onoff", true, { within = "10 min" })
    home:advance "599 s"
    assert.is_false(told.over)
    home:advance "3 s"
    assert.same({ true, "offline" }, { told.over, told.error.kind })
  end)

  it("yields silently to a later set", function()
    lamp:on("onoff", function() end)
    home:drop "10 min"
    local first = set(lamp, "onoff", true, { within = "1 h" })
    home:advance "1 min"
    local second = set(lamp, "onoff", false, { within = "1 h" })
    assert.same({ over = true }, first)
    home:advance "15 min"
    assert.same({ over = true }, second)
    assert.is_false(is_on())
    assert.is_false(home.sent[#home.sent].value)
  end)

  it("yields to a set during its request, even a failing one", function()
    home:drop "10 min"
    local first = set(lamp, "onoff", true, { within = "1 h" })
    local second = set(lamp, "onoff", false)
    home:advance "2 s"
    assert.same({ { over = true }, "offline" }, { first, second.error.kind })
    home:advance "1 h"
    assert.is_false(is_on())
  end)

  it("yields to an unreachable set, not to an invalid one", function()
    home:change("device", lamp, { available = false })
    local first = set(lamp, "dim", 0.9, { within = "1 h" })
    assert.equal("invalid", set(lamp, "dim", 9).error.kind)
    assert.is_false(first.over)
    assert.equal("unavailable", set(lamp, "dim", 0.1).error.kind)
    assert.same({ over = true }, first)
  end)

  it("ignores an invalid set while the hub is away", function()
    lamp:on("onoff", function() end)
    home:drop "3 min"
    local first = set(lamp, "onoff", true, { within = "1 h" })
    home:advance "10 s"
    local second = set(lamp, "onoff", "yes")
    home:advance "2 s"
    assert.same({ "invalid", false }, { second.error.kind, first.over })
    home:advance "3 min"
    assert.same({ true, true }, { first.over, is_on() })
  end)

  it("ignores a set that cannot be checked", function()
    local other = home:device "Living room/Thermostat"
    other.record = false -- as of a device made from its id
    home:drop "3 min"
    local first = set(other, "target_temperature", 17, { within = "1 h" })
    local second = set(other, "target_temperature", 99)
    home:advance "2 s"
    assert.same({ "offline", false }, { second.error.kind, first.over })
    home:advance "6 min"
    assert.equal(17, other:get "target_temperature")
  end)

  it("ignores sets of other capabilities and devices", function()
    home:drop "3 min"
    local told = set(lamp, { onoff = true, dim = 0.3 }, { within = "1 h" })
    set(lamp, "dim", 0.9, { within = "1 h" })
    set(home:device "Kitchen/Lamp", "onoff", false, { within = "1 h" })
    home:advance "1 h"
    assert.same({ over = true }, told)
    assert.same({ true, 0.9, false },
      { is_on(), lamp:get "dim", is_on(home:device "Kitchen/Lamp") })
  end)

  it("retries only the failed parts of a batch", function()
    local bedside = home:device "Bedside lights"
    home:operate(bedside, "onoff", true)
    home:change("device", bedside, { available = false })
    local told = begin(homey.batch, function()
      lamp:set("onoff", true, { within = "1 h" })
      bedside:set("onoff", false, { within = "1 h" })
    end)
    assert.is_true(is_on())
    local all = begin(function()
      homey.devices { zone = "Bedroom", class = "light" }:set("onoff", false, { within = "1 h" })
    end)
    assert.same({ over = true }, told)
    home:change("device", bedside, { available = true })
    home:advance "10 min"
    assert.same({ { over = true }, false }, { all, is_on(bedside) })
  end)

  it("works with only_if_changed", function()
    lamp:on("onoff", function() end)
    home:drop "3 min"
    local told = set(lamp, "onoff", true, { within = "1 h", only_if_changed = true })
    home:operate(lamp, "onoff", true)
    home:advance "10 min"
    assert.is_true(told.over)
    for _, each in ipairs(home:sent(lamp)) do assert.equal("offline", each.failed) end
  end)

  it("starts the time of revert_after when sent", function()
    lamp:on("onoff", function() end)
    home:drop "3 min"
    local told = set(lamp, "onoff", true, { within = "1 h", revert_after = "5 min" })
    home:advance "4 min"
    assert.same({ true, true }, { told.over, is_on() })
    home:advance "8 min"
    assert.is_false(is_on())
  end)

  it("keeps the old value when only the answer is lost", function()
    home:fail { kind = "timeout", method = "PUT", executed = true }
    set(lamp, "onoff", true, { within = "1 h", revert_after = "5 min" })
    home:advance "4 min"
    assert.is_true(is_on())
    home:advance "2 min"
    assert.is_false(is_on())
  end)

  it("overrides a pending revert", function()
    set(lamp, "onoff", true, { revert_after = "5 min" })
    home:advance "4 min"
    home:drop "3 min"
    set(lamp, "onoff", true, { within = "1 h" })
    home:advance "1 h"
    assert.is_true(is_on())
  end)

  it("is checked by guards at each try", function()
    home:set_time "21:58"
    home:guard { device = lamp, quiet = "22:00 - 07:00" }
    home:drop "5 min"
    local told = set(lamp, "onoff", true, { within = "1 h" })
    home:advance "10 min"
    assert.same({ true, "forbidden" }, { told.over, told.error.kind })
  end)

  it("ends with its task and its home", function()
    home:drop "3 min"
    local task = homey.spawn(lamp.set, lamp, "onoff", true, { within = "1 h" })
    home:settle()
    task:cancel()
    home:advance "1 h"
    assert.same({ "cancelled", false }, { task.status, is_on() })
    home:drop "3 min"
    local told = set(lamp, "onoff", true, { within = "1 h" })
    home:close()
    home.scheduler:step()
    assert.same({ true, "cancelled" }, { told.over, told.error.kind })
    home = sim.home()
  end)
end)

describe("within, with an impostor in the network", function()
  local support = require "spec.support.sim"
  local logins = require "spec.support.logins"

  teardown(support.stop)
  after_each(logins.tidy)

  for kind, fault in pairs {
    ["a web page"] = { kind = "html", route = "capability", times = 1 },
    ["a redirect"] = { kind = "status", status = 302, route = "capability", times = 1 },
  } do
    it("waits until " .. kind .. " is gone", function()
      local hub = support.start()
      local there = logins.home(logins.options(hub.pat_options))
      hub:operate("Kitchen/Lamp", "onoff", false)
      hub:fault(fault)
      there:device("Kitchen/Lamp"):set("onoff", true, { within = "1 min" })
      assert.is_true(hub:device("Kitchen/Lamp").capabilitiesObj.onoff.value)
    end)
  end
end)

describe("the retry of the examples", function()
  local slept, until_done

  -- The helper of the examples, without waiting.
  before_each(function()
    local real = package.loaded.homey
    package.loaded.homey = { try = try, log = function() end, sleep = function() slept = true end }
    until_done = dofile "examples/automations/_until_done.lua"
    package.loaded.homey = real
  end)

  local function tries_again(err)
    local calls = 0
    slept = false
    pcall(until_done, function()
      calls = calls + 1
      if calls == 1 then error(err, 0) end
    end)
    return slept
  end

  for kind in ([[credentials expired unauthorized forbidden not_found ambiguous invalid unavailable rate_limited hub offline
    timeout tls network protocol cancelled]]):gmatch "%S+" do
    it("agrees with `within`: " .. kind, function()
      for _, status in ipairs { false, 200, 302, 400, 500 } do
        for _, step in ipairs { false, "hub", "store" } do
          local err = new_error(kind, "no", { status = status or nil, step = step or nil })
          assert.equal(backoff.is_transient(err), tries_again(err))
        end
      end
    end)
  end
end)
