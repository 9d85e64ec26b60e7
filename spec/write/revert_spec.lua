-- set(..., { revert_after = "5 min" }): outages, restarts, wrong clocks, devices that round, and
-- changes by others.
local capability = require "homey.model.capability"
local core = require "homey.core"
local logins = require "spec.support.logins"
local revert = require "homey.write.revert"
local sim = require "homey.sim"

local try = require "homey.task.try"

local home, lamp

local function open(time)
  home = sim.home(nil, { time = time or "2026-01-10 20:00", quiet = true })
  lamp = home:device "Hall/Lamp"
end

-- Runs in a task, as an automation does.
local function set(...)
  home.homey.spawn(lamp.set, lamp, ...)
  home:settle()
end

local function on_for(time, more)
  local options = { revert_after = time }
  for name, value in pairs(more or {}) do options[name] = value end
  set("onoff", true, options)
end

local function is_on() return lamp:get "onoff" end

local function texts(level)
  local list = {}
  for i, line in ipairs(home:logged(level)) do list[i] = line.text end
  return list
end

before_each(function()
  open()
  home:operate(lamp, "onoff", false)
end)

after_each(function()
  home:close()
  logins.tidy()
end)

describe("revert_after", function()
  it("waits for the hub to come back", function()
    on_for "5 min"
    home:advance "4 min"
    home:drop "3 min"
    home:advance "2 min"
    assert.equal(1, #texts "warning")
    assert.matches(
      "Hall/Lamp: onoff could not be set back yet. It is tried again: the hub cannot be reached",
      texts("warning")[1])
    home:advance "61 s"
    assert.is_false(is_on())
    home:advance "1 h"
    assert.same({ 1, {} }, { #texts "warning", texts "error" })
  end)

  it("waits for its device to be reachable", function()
    on_for "5 min"
    home:change("device", lamp, { available = false })
    home:advance "17 min"
    assert.is_true(is_on())
    home:change("device", lamp, { available = true })
    home:advance "1 s"
    assert.is_false(is_on())
  end)

  for _, what in ipairs { "timeout", "network", "tls", "hub", "unavailable", "rate_limited" } do
    it("retries after a failure of kind " .. what, function()
      on_for "5 min"
      home:fail { kind = what, method = "PUT", times = 3 }
      home:advance "5 min"
      assert.is_true(is_on())
      home:advance "36 s"
      assert.is_false(is_on())
    end)
  end

  it("retries with growing delays up to five minutes", function()
    on_for "5 min"
    home:forget()
    local failing = home:fail { kind = "hub", method = "PUT", times = 1000 }
    home:advance "1 h"
    assert.is_true(#home.sent > 10 and #home.sent < 20)
    failing:cancel()
    home:advance "5 min"
    assert.is_false(is_on())
  end)

  it("keeps a change made while the hub was away", function()
    set("dim", 0.9, { revert_after = "5 min" })
    home:advance "4 min"
    home:drop "3 min"
    home:operate(lamp, "dim", 0.2)
    home:advance "1 h"
    assert.equal(0.2, lamp:get "dim")
  end)

  it("gives up and logs it when no retry helps", function()
    on_for "5 min"
    home:fail { status = 403, method = "PUT" }
    home:advance "1 h"
    assert.is_true(is_on())
    assert.equal(1, #texts "error")
    assert.matches("could not be set back: ", texts("error")[1])
  end)

  it("gives up with a deleted device", function()
    on_for "5 min"
    home:remove("device", lamp)
    home:advance "1 h"
    assert.same({}, texts())
  end)

  it("restarts when only_if_changed sends nothing", function()
    on_for("5 min", { only_if_changed = true })
    home:advance "4 min"
    on_for("5 min", { only_if_changed = true })
    home:advance "4 min"
    assert.is_true(is_on())
    home:advance "61 s"
    assert.same({ false, 2 }, { is_on(), #home:sent(lamp) })
  end)

  it("does not start when only_if_changed sends nothing", function()
    home:operate(lamp, "onoff", true)
    on_for("5 min", { only_if_changed = true })
    home:advance "1 h"
    assert.is_true(is_on())
  end)

  for what, options in pairs { ["a set for good"] = {},
    ["one that had nothing to send"] = { only_if_changed = true } } do
    it("is cancelled by " .. what, function()
      on_for "5 min"
      home:advance "1 min"
      set("onoff", true, options)
      home:advance "1 h"
      assert.is_true(is_on())
    end)
  end

  it("survives a failed set and other capabilities", function()
    on_for "5 min"
    set("dim", 0.2)
    home:fail(500)
    try(lamp.set, lamp, "onoff", true)
    home:advance "301 s"
    assert.is_false(is_on())
  end)

  it("ignores the rounding of a device", function()
    local before = lamp:get "dim"
    set("dim", 0.4, { revert_after = "5 min" })
    home:operate(lamp, "dim", 0.39)
    home:advance "301 s"
    assert.equal(before, lamp:get "dim")
    set("dim", 0.4, { revert_after = "5 min" })
    home:operate(lamp, "dim", 0.37)
    home:advance "301 s"
    assert.equal(0.37, lamp:get "dim")
  end)

  describe("of blinds that report their way", function()
    local blinds

    before_each(function()
      blinds = home:device "Living room/Blinds"
      home:operate(blinds, "windowcoverings_set", 1)
    end)

    local function close_for(time, options)
      options = options or {}
      options.revert_after = time
      blinds:set("windowcoverings_set", 0.2, options)
    end

    local function pass(...)
      for _, value in ipairs { ... } do
        home:operate(blinds, "windowcoverings_set", value)
        home:advance "1 s"
      end
    end

    it("is done after they arrive", function()
      close_for "5 min"
      pass(1, 0.8, 0.6, 0.4, 0.2)
      home:advance "5 min"
      assert.equal(1, blinds:get "windowcoverings_set")
    end)

    it("is done although they never arrive", function()
      close_for "4 s"
      pass(1, 0.8, 0.6, 0.4)
      home:advance "1 s"
      assert.equal(1, blinds:get "windowcoverings_set")
    end)

    it("is done when they take as long as told", function()
      close_for("5 min", { duration = "2 min" })
      home:advance "90 s"
      pass(0.6, 0.2)
      home:advance "5 min"
      assert.equal(1, blinds:get "windowcoverings_set")
    end)

    it("is cancelled when they are stopped or redirected", function()
      for _, case in ipairs { { "5 min", 0.6 }, { "30 s", 0.6 }, { "5 min", 0.1 },
        { "30 s", 0.1 } } do
        home:operate(blinds, "windowcoverings_set", 1)
        close_for(case[1])
        pass(0.8, case[2])
        home:advance "6 min"
        assert.equal(case[2], blinds:get "windowcoverings_set")
      end
    end)

    it("is cancelled by a later change by hand", function()
      close_for "5 min"
      pass(0.6, 0.2)
      home:advance "1 min"
      pass(0.6, 0.2)
      home:advance "5 min"
      assert.equal(0.2, blinds:get "windowcoverings_set")
    end)
  end)

  it("is cancelled by a step of a thermostat", function()
    home:close()
    home =
      sim.home({ devices = { { name = "Stove", zone = "Hall", class = "thermostat", capabilities = {
      target_temperature = { value = 18, min = 4, max = 35, step = 0.1 },
    } } } }, { quiet = true })
    lamp = home:device "Stove"
    set("target_temperature", 21, { revert_after = "1 h" })
    home:operate(lamp, "target_temperature", 21.3)
    home:advance "2 h"
    assert.equal(21.3, lamp:get "target_temperature")
  end)

  it("passes guards that came later", function()
    open "2026-01-10 21:58"
    local speaker = home:device "Speaker"
    home:guard { class = "speaker", quiet = "22:00 - 07:00" }
    speaker:set("speaker_playing", true, { revert_after = "5 min" })
    home:advance "6 min"
    assert.is_false(speaker:get "speaker_playing")
  end)

  it("is refused when a guard blocks the old value", function()
    local door = home:device "Hall/Front door"
    home:operate(door, "locked", false)
    home:guard { device = door, capability = "locked", never = true, allow = true }
    local _, err = try(door.set, door, "locked", true, { revert_after = "5 min" })
    assert.equal("forbidden", err.kind)
    assert.matches("locked = false is not sent: the guard at", err.message)
    assert.same({}, home:sent(door))
  end)
end)

describe("a pending revert", function()
  local motion

  local function see(value) home:operate(motion, "alarm_motion", value) end

  before_each(function() motion = home:device "Hall/Motion" end)

  it("exists when the answer to the set was lost", function()
    motion:on("alarm_motion", { to = true }, function() on_for "5 min" end)
    home:fail { kind = "timeout", method = "PUT", device = "Hall/Lamp", executed = true }
    for _ = 1, 2 do
      see(true)
      assert.is_true(is_on())
      see(false)
      home:advance "1 h"
      assert.is_false(is_on())
    end
  end)

  it("exists when the handler ended before the answer", function()
    home:close()
    home = sim.home(nil, { time = "2026-01-10 20:00", quiet = true, latency = "300 ms" })
    lamp, motion = home:device "Hall/Lamp", home:device "Hall/Motion"
    lamp:set("onoff", false)
    motion:on("alarm_motion", { mode = "restart" }, function()
      lamp:set("onoff", true, { revert_after = "5 min" })
    end)
    home:advance "1 min"
    see(true)
    home:advance "0.45 s"
    see(false)
    home:advance "1 min"
    assert.is_true(is_on())
    home:advance "1 h"
    assert.is_false(is_on())
  end)

  it("does not exist after a refused set", function()
    home:fail { status = 403, method = "PUT", device = "Hall/Lamp" }
    assert.equal("forbidden",
      select(2, try(lamp.set, lamp, "onoff", true, { revert_after = "5 min" })).kind)
    home:operate(lamp, "onoff", true)
    home:advance "1 h"
    assert.is_true(is_on())
  end)

  it("retries while a starting hub does not know the device", function()
    on_for "5 min"
    home:fail { status = 404, method = "PUT", device = "Hall/Lamp" }
    home:advance "1 h"
    assert.is_false(is_on())
    assert.matches("tried again", texts("warning")[1])
  end)

  it("is cancelled when a settled lamp is dimmed by hand", function()
    set("dim", 0.2)
    home:advance "1 min"
    set("dim", 1, { revert_after = "30 s" })
    home:advance "25 s"
    home:operate(lamp, "dim", 0.5)
    home:advance "10 min"
    assert.equal(0.5, lamp:get "dim")
  end)
end)

describe("only_if_changed", function()
  it("sends while the opposite is in flight", function()
    home:close()
    home = sim.home(nil, { time = "2026-01-10 20:00", quiet = true, latency = "200 ms" })
    lamp = home:device "Hall/Lamp"
    lamp:set("onoff", true)
    lamp:on("onoff", function() end)
    home:advance "1 min"
    home.homey.spawn(lamp.set, lamp, "onoff", false)
    home:advance "50 ms"
    home.homey.spawn(lamp.set, lamp, "onoff", true, { only_if_changed = true })
    home:advance "1 min"
    assert.is_true(is_on())
  end)
end)

describe("values that a device cannot tell apart", function()
  for _, case in ipairs {
    { {}, true, true, true }, { {}, true, false, false }, { {}, "a", "b", false },
    { {}, 1, "1", false }, { {}, nil, 1, false },
    { { min = 0, max = 1 }, 0.4, 0.39, true }, { { min = 0, max = 1 }, 0.4, 0.38, false },
    { {}, 0.4, 0.41, true },
    { { min = 0, max = 100 }, 40, 41, true }, { { min = 0, max = 100 }, 40, 42, false },
    { { min = 4, max = 35, step = 0.5 }, 20.3, 20.5, true },
    { { min = 4, max = 35, step = 0.5 }, 20.3, 20, true },
    { { min = 4, max = 35, step = 0.5 }, 20.5, 21, false },
    { { min = 0, max = 1, step = 0.01 }, 0.4, 0.39, true },
    { { min = 4, max = 35, step = 0.1 }, 21, 21.3, false },
    { { min = 4, max = 35, step = 0.1 }, 21, 21.1, false },
    { { min = 4, max = 35, step = 0.1 }, 21.04, 21, true },
    { { min = 0, max = 100, step = 1 }, 40, 41, false },
  } do
    it(("%s and %s are %s")
      :format(tostring(case[2]), tostring(case[3]), case[4] and "near" or "apart"), function()
      assert.equal(case[4], capability.is_near(case[1], case[2], case[3]))
    end)
  end
end)

describe("revert_after over a restart", function()
  local folder

  -- Starts a run of the program.
  local function begin(traits)
    home.state_dir, home.goes_live = folder, revert.resume
    for name, value in pairs(traits or {}) do rawset(home, name, value) end
  end

  before_each(function()
    folder = logins.folder()
    logins.shell("mkdir -m 700 " .. logins.quoted(folder))
    begin()
  end)

  -- Starts the next run, with the state of the lamp from the previous one.
  local function restart(time, traits)
    local on = is_on()
    home:close()
    open(time)
    home:operate(lamp, "onoff", on)
    begin(traits)
  end

  -- The files that the next run finds when this one is killed now.
  local function on_disk()
    local list = {}
    for _, entry in pairs(require("homey.state.state").peek(folder, "revert_after")) do
      list[#list + 1] = entry.device
    end
    return list
  end

  it("is on disk before the change is sent", function()
    home:close()
    home = sim.home(nil, { time = "2026-01-10 20:00", quiet = true, latency = "10 s" })
    begin()
    local seen = {}
    for _, name in ipairs { "Hall/Lamp", "Kitchen/Lamp" } do
      home:operate(name, "onoff", false)
      home:device(name):on("onoff", function() end)
    end
    home:advance "1 min"
    for _, name in ipairs { "Hall/Lamp", "Kitchen/Lamp" } do
      home.homey.spawn(function()
        home:device(name):set("onoff", true, { revert_after = "5 min" })
      end)
      seen[#seen + 1] = #on_disk()
    end
    assert.same({ 1, 2 }, seen)
    home:advance "10 s"
    assert.equal(2, #home:sent())
  end)

  it("is done in a program that does not listen", function()
    on_for "1 h"
    restart "2026-01-10 20:31"
    home:at("06:00", function() end)
    home:advance "28 min"
    assert.is_true(is_on())
    home:advance "2 min"
    assert.is_false(is_on())
  end)

  it("waits until the clock is set", function()
    on_for "5 min"
    restart(100)
    home:at("06:00", function() end)
    home:advance "1 min"
    home:set_time "2026-01-10 20:03"
    home:advance "1 min"
    assert.is_true(is_on())
    home:advance "61 s"
    assert.is_false(is_on())
  end)

  it("waits at most its duration, also when the clock is set", function()
    on_for "5 min"
    for _, time in ipairs { 100, "2025-01-10 20:00" } do
      restart(time)
      home:advance "4 min"
      assert.is_true(is_on())
    end
    home:advance "61 s"
    assert.is_false(is_on())
  end)

  it("waits for the hub at the start of the program", function()
    on_for "5 min"
    restart "2026-01-10 20:10"
    home.link:drop(420)
    home:advance "6 min"
    assert.equal(0, #home.sent)
    home:advance "6 min"
    assert.is_false(is_on())
  end)

  it("keeps the first value when set again at once", function()
    on_for "5 min"
    restart "2026-01-10 20:04"
    on_for "5 min"
    home:advance "4 min"
    assert.is_true(is_on())
    home:advance "61 s"
    assert.is_false(is_on())
  end)

  it("is untouched by a dry run", function()
    on_for "5 min"
    restart("2026-01-10 20:04", { dry_run = true })
    set("onoff", true, { revert_after = "1 min" })
    home:advance "1 h"
    restart "2026-01-10 20:06"
    home:advance "1 s"
    assert.is_false(is_on())
  end)

  it("belongs to the hub that it was made for", function()
    begin { id = "one" }
    on_for "5 min"
    restart("2026-01-10 20:10", { id = "two" })
    home:advance "1 min"
    assert.is_true(is_on())
    restart("2026-01-10 20:20", { id = "one" })
    home:advance "1 s"
    assert.is_false(is_on())
  end)

  it("belongs to one home of the program", function()
    begin { id = "one" }
    on_for "5 min"
    restart("2026-01-10 20:10", { id = "two" })
    home:advance "1 min"
    local two = home
    open "2026-01-10 20:10"
    home:operate(lamp, "onoff", true)
    begin { id = "one" }
    home:advance "1 s"
    assert.is_false(is_on())
    two:close()
  end)

  describe("of several programs", function()
    local function path(n, ending)
      return ("%s/state-revert_after%s%s")
        :format(folder, n > 1 and "-" .. n or "", ending or ".json")
    end

    -- The files that a number of programs leave for the next run.
    local function leave(most, at, seconds)
      for n = 1, most do
        local file = assert(io.open(path(n), "wb"))
        file:write(core.encode { homey_state = 2, data = { ["entry " .. n] = {
          device = lamp.id, capability = "onoff", value = false, set = true,
          at = at or home.scheduler.core_loop:time() + 3600,
          seconds = seconds,
        } } })
        file:close()
      end
      logins.shell(("chmod 600 %s/*.json"):format(logins.quoted(folder)))
      begin()
    end

    -- The number of entries in the files.
    local function left(most)
      local names = {}
      for n = 1, most do
        local file = assert(io.open(path(n), "rb"))
        for name in pairs(core.decode(file:read "*a").data) do names[#names + 1] = name end
        file:close()
      end
      return #names
    end

    before_each(function()
      home:close()
      open()
      home:operate(lamp, "onoff", true)
    end)

    it("is kept when every file has entries", function()
      leave(9)
      home:advance "1 s"
      assert.equal(9, left(9))
      home:advance "1 h"
      assert.is_false(is_on())
    end)

    it("is done at once when due and the clock is unset", function()
      home:close()
      open(100)
      home:operate(lamp, "onoff", true)
      leave(1, 50, 0)
      home:advance "1 s"
      assert.same({ false, {} }, { is_on(), texts "error" })
    end)

    it("stays in its file while no other can be written", function()
      leave(2)
      logins.shell("mkdir " .. logins.quoted(path(1, ".tmp"))) -- blocks the file that is written
      home:advance "1 s"
      assert.equal(2, left(2))
      home:advance "1 h"
      assert.is_false(is_on())
    end)
  end)

  describe("next to another program", function()
    -- Another process with the same folder: it sets a lamp and runs until it is killed.
    local function other(device)
      local process = logins.start(([[
        local sim, revert = require "homey.sim", require "homey.write.revert"
        local home = sim.home(nil, { time = "2026-01-10 20:00" })
        home:operate(%q, "onoff", false)
        home.state_dir, home.goes_live = %q, revert.resume
        home:device(%q):set("onoff", true, { revert_after = "5 min" })
        home.scheduler:flush()
        print "kept"
        io.stdout:flush()
        while true do os.execute "sleep 0.1" end
      ]]):format(device, folder, device))
      logins.wait_until(function()
        local file = assert(io.open(process.output))
        local said = file:read "*l"
        file:close()
        return said
      end, core.pause)
      return process
    end

    -- A run of this program that finds both lamps on; returns how often each is set.
    local function run(time)
      home:close()
      open(time)
      for _, name in ipairs { "Hall/Lamp", "Kitchen/Lamp" } do home:operate(name, "onoff", true) end
      begin()
      home:advance "1 min"
      return { #home:sent "Hall/Lamp", #home:sent "Kitchen/Lamp" }
    end

    it("is left alone by a program started before the kill", function()
      local first = other "Kitchen/Lamp"
      home:settle()
      logins.kill(first)
      on_for "5 min"
      assert.same({ 1, 1 }, run "2026-01-10 20:10")
    end)

    it("is remembered by both and done once", function()
      local first, second = other "Hall/Lamp", other "Kitchen/Lamp"
      assert.same({ 0, 0 }, run "2026-01-10 20:10") -- they run, and revert by themselves
      logins.kill(first)
      logins.kill(second)
      assert.same({ 1, 1 }, run "2026-01-10 20:10")
      assert.same({ 0, 0 }, run "2026-01-10 20:20")
    end)
  end)
end)
