--- Events of values: the journal uses their tables again, unless somebody keeps them.
-- Runs hardly any C code: not under Valgrind.
local core = require "homey.core"
local household = require "spec.support.household"
local houses = require "spec.support.house"

local MANY = 600 -- more than the journal has in memory

local house, home, core_loop, advance

household.each(function(...) house, home, core_loop, advance = ... end)

local function lamp() return home:device(houses.lamp) end
local function sensor() return home:device(houses.sensor) end

-- One event for each step of the loop. Times are in ms.
local function report(id, capability, value, time)
  house.raw[id].capabilitiesObj[capability].value = value
  core_loop:tell("homey:device:" .. id, "capability",
    { capabilityId = capability, value = value, transactionTime = time })
  home:step()
end

local function report_many()
  for i = 1, MANY do report(houses.lamp, "onoff", i % 2 == 0) end
end

local function entries_of(id)
  local list = {}
  for _, entry in ipairs(home.journal:entries()) do
    if entry.device == id then list[#list + 1] = entry end
  end
  return list
end

describe("an event of a value", function()
  for what, add in pairs {
    ["as a third argument"] = function(list)
      return function(_, _, event) list[#list + 1] = event end
    end,
    ["among any arguments"] = function(list)
      return function(...) list[#list + 1] = select(3, ...) end
    end,
  } do
    it("belongs to a handler that takes it " .. what, function()
      local list, seen = {}, {}
      lamp():on("onoff", add(list))
      advance(1)
      report_many()
      assert.equal(MANY, #list)
      for i, event in ipairs(list) do
        assert.is_nil(seen[event])
        seen[event] = true
        assert.same({ i % 2 == 0, i % 2 == 1, lamp() }, { event.value, event.old, event.device })
      end
    end)
  end

  it("takes the table of an older one otherwise", function()
    local tables, count = {}, 0
    lamp():on("onoff", { to = core.null }, function() end) -- PUC 5.1 does not tell what it takes
    advance(1)
    report_many()
    for _, event in pairs(home.journal.ring) do tables[event] = true end
    report_many()
    for _, event in pairs(home.journal.ring) do
      assert.is_true(tables[event])
      count = count + 1
    end
    assert.equal(256, count)
  end)

  it("is in the journal as it was", function()
    lamp():on("onoff", function() end)
    advance(1)
    report_many()
    local entries = entries_of(houses.lamp)
    assert.equal(256, #entries)
    for i, entry in ipairs(entries) do
      local number = MANY - 256 + i
      assert.same({ "event", "onoff", number % 2 == 0, number },
        { entry.kind, entry.capability, entry.value, entry.n })
    end
  end)

  it("explains its value also after many others", function()
    lamp():on("onoff", function() end)
    sensor():on("alarm_motion", function() end)
    advance(1)
    local at = core_loop:time()
    report(houses.sensor, "alarm_motion", true)
    advance(100)
    report_many()
    local entries = entries_of(houses.sensor)
    assert.equal(1, #entries)
    assert.same({ true, 1 }, { entries[1].value, entries[1].n })
    assert.is_true(entries[1].at >= at and entries[1].at < at + 1)
    report(houses.sensor, "alarm_motion", false)
    report_many()
    assert.same({ false, MANY + 2 }, { entries_of(houses.sensor)[1].value,
      entries_of(houses.sensor)[1].n })
  end)

  it("is the cause of a call that waits", function()
    lamp():on("onoff", function() end)
    sensor():on("alarm_motion", function()
      home.scheduler:sleep(10)
      lamp():set("dim", 0.2)
    end)
    advance(1)
    report(houses.sensor, "alarm_motion", true)
    report_many()
    advance(11)
    assert.matches("because Hall/Motion: alarm_motion became true %->", (home:why(lamp(), "dim")))
  end)

  it("is the cause of a call that cannot yield", function()
    lamp():on("onoff", function() end)
    sensor():on("alarm_motion", function()
      table.sort({ 2, 1 }, function(a, b)
        report_many()
        home.scheduler:sleep(10)
        return a < b
      end)
      lamp():set("dim", 0.2)
    end)
    advance(1)
    report(houses.sensor, "alarm_motion", true)
    advance(11)
    assert.matches("because Hall/Motion: alarm_motion became true %->", (home:why(lamp(), "dim")))
  end)

  it("reaches all its handlers as it was, when one of them runs the loop", function()
    local values, is_first = {}, true
    lamp():on("onoff", function() end)
    sensor():on("measure_battery", function()
      if not is_first then return end
      is_first = false
      report(houses.sensor, "measure_battery", 10)
      report_many()
    end)
    sensor():on("measure_battery", { to = 80 }, function(value) values[#values + 1] = value end)
    advance(1)
    report_many() -- so that there are tables to use again
    report(houses.sensor, "measure_battery", 80)
    assert.same({ 80 }, values)
  end)

  it("stays with a `held` and with a queue", function()
    local held, queued = nil, {}
    lamp():on("onoff", function() end)
    sensor():on("alarm_motion", { to = true, held = "1 min" }, function(_, _, event)
      held = event
    end)
    sensor():on("measure_battery", { mode = "queued" }, function(value)
      home.scheduler:sleep(10)
      queued[#queued + 1] = value
      lamp():set("dim", value / 100)
    end)
    advance(1)
    report(houses.sensor, "alarm_motion", true)
    for _, value in ipairs { 20, 30 } do report(houses.sensor, "measure_battery", value) end
    report_many()
    advance(61)
    assert.same({ true, false, "alarm_motion" }, { held.value, held.old, held.key })
    assert.same({ 20, 30 }, queued)
    assert.matches("measure_battery became 30 %->", (home:why(lamp(), "dim")))
  end)
end)

describe("the time of a value", function()
  local function text_of(ms) return require("homey.time.timestamp").text(ms) end

  it("is the time of the last event", function()
    lamp():on("onoff", function() end)
    advance(1)
    for i = 1, 3 do
      local time = 1700000000000 + 1000 * i
      report(houses.lamp, "onoff", i % 2 == 0, time)
      assert.equal(text_of(time), lamp().capabilities.onoff.updated)
      assert.equal(text_of(time), lamp():known("onoff").updated)
    end
  end)

  for what, get in pairs {
    capabilities = function() return lamp().capabilities.onoff end,
    known = function() return lamp():known "onoff" end,
  } do
    it("is kept up to date in what a script got by " .. what, function()
      lamp():on("onoff", function() end)
      advance(1)
      report(houses.lamp, "onoff", false, 1700000000000)
      local held = get()
      for i = 1, 3 do
        report(houses.lamp, "onoff", i % 2 == 1, 1700000000000 + i)
        local shown
        for name, value in pairs(held) do shown = name == "updated" and value or shown end
        assert.equal(text_of(1700000000000 + i), shown)
      end
    end)
  end
end)
