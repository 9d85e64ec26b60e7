-- The log of a lost connection in homey run, in virtual time.
-- Runs hardly any C code: not under Valgrind.
local ConnectionLog = require "homey.cli.runner.connection_log"
local Scheduler = require "homey.task.scheduler"
local fake = require "spec.support.fake_core_loop"
local sim = require "homey.sim"

describe("a lost connection", function()
  local scheduler, connection_log, said

  before_each(function()
    scheduler, said = Scheduler.new(fake.new()), {}
    connection_log = ConnectionLog.new(scheduler, function(level, text)
      said[#said + 1] = level .. ": " .. text
    end)
  end)
  after_each(function()
    connection_log:close()
    scheduler:step()
    assert.same({}, scheduler.background)
  end)

  local function lost(reason)
    connection_log:on_state { state = "disconnected", message = reason }
  end

  it("is logged with its reason, and when it is back", function()
    connection_log:on_state { state = "connecting" }
    connection_log:on_state { state = "connected" }
    lost "the line is dead"
    lost "it does not answer."
    scheduler:sleep(75)
    connection_log:on_state { state = "connecting" }
    connection_log:on_state { state = "connected" }
    assert.same({ "warning: lost the connection to the hub: the line is dead.",
      "info: reconnected to the hub after 75 s." }, said)
  end)

  it("is logged again every quarter of an hour", function()
    lost "the line is dead."
    lost "it does not answer."
    scheduler:sleep(3 * 3600 - 1)
    assert.equal(1 + 11, #said)
    assert.equal("warning: the hub has been unreachable for 15 min: it does not answer.", said[2])
    assert.equal("warning: the hub has been unreachable for 3 h: it does not answer.", said[12])
    connection_log:on_state { state = "refused" }
    assert.equal("info: reconnected to the hub after 3 h.", said[13])
    scheduler:sleep(3600)
    assert.equal(13, #said)
  end)

  it("is not logged once the login is dead", function()
    lost "the line is dead."
    connection_log:on_state { state = "failed" }
    scheduler:sleep(3600)
    assert.equal(1, #said)
  end)

  it("is not logged for a planned reconnect", function()
    connection_log:on_state { state = "connected" }
    connection_log:on_state {
      state = "disconnected", handover = true,
      message = "moving the connection to a better address.",
    }
    connection_log:on_state { state = "connected" }
    assert.same({}, said)
    connection_log:on_state {
      state = "disconnected", handover = true, message = "the hub asks for a new login.",
    }
    lost "it does not answer."
    assert.same({ "warning: lost the connection to the hub: it does not answer." }, said)
  end)

  it("is counted when it comes and goes", function()
    for _ = 1, 50 do
      lost "the line is dead."
      scheduler:sleep(2)
      connection_log:on_state { state = "connected" }
      scheduler:sleep(8)
    end
    assert.equal(2 * 5, #said)
    scheduler:sleep(102)
    assert.same({
      "warning: lost the connection to the hub: the line is dead. ... and 45 more like it in the "
        .. "last 10 min",
      "info: reconnected to the hub after 2 s. ... and 45 more like it in the last 10 min",
    }, { said[11], said[12] })
  end)
end)

-- The bound in docs/run.md: two lines for an outage, and seven an hour for each failing place.
describe("an hour with a restart every three minutes", function()
  local home, connection_log

  before_each(function() home = sim.home(nil, { time = "2026-01-10 20:00", quiet = true }) end)
  after_each(function()
    connection_log:close()
    home:close()
  end)

  it("takes few lines", function()
    local homey, begun, done = home.homey, 0, 0
    local lamp, kitchen = home:device "Hall/Lamp", home:device "Kitchen/Lamp"
    for _, device in ipairs(homey.devices()) do
      for id in pairs(device.record.capabilities) do device:on(id, function() end) end
    end
    local function counted(f)
      return function()
        begun = begun + 1
        f()
        done = done + 1
      end
    end
    homey.every("10 s", counted(function() lamp:set("onoff", not lamp:get "onoff") end))
    homey.every("15 s", counted(function() homey.get "/api/manager/zones/zone" end))
    homey.every("20 s", counted(function() homey.devices { class = "light" }:set("dim", 0.4) end))
    homey.every("60 s", function() kitchen:set("onoff", true, { within = "2 min" }) end)
    connection_log = ConnectionLog.new(home.scheduler, function(level, text)
      table.insert(home.logged, { level = level, text = text })
    end)
    home.cache.subscriptions:on_state(function(told) connection_log:on_state(told) end)
    local outages = 20
    for i = 1, outages do
      home:drop "70 s"
      home:advance "70 s"
      home:fail { status = 503, times = 3 }
      home:fail { kind = i % 2 == 0 and "timeout" or "network", times = 2 }
      home:advance "110 s"
    end
    home:advance "10 min"
    assert.is_true(begun - done > 200, begun - done)
    local text = {}
    for i, line in ipairs(home.logged) do text[i] = line.level .. ": " .. line.text end
    text = table.concat(text, "\n")
    assert.is_nil(text:find("traceback", 1, true))
    assert.matches("and %d+ more like it in the last 10 min", text)
    assert.is_true(#home.logged <= 2 * outages + 7 * 5, text)
  end)
end)
