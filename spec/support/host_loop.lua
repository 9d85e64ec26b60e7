local assert = require "luassert"
local homey = require "homey"
local without_state = require "spec.support.without_state"
local support = require "spec.support.sim"

--- Tests for the event loops of hosts: a home whose hub answers slowly.
local host_loop = {}

--- Starts a simulator and logs in.
---@return table sim, homey.Home home, homey.Device lamp  of the kitchen, in sim
---       `host_loop.lamp_of(sim)`
function host_loop.start()
  local sim = support.start()
  local home = homey.login(without_state(sim.pat_options))
  return sim, home, home:device(host_loop.lamp_of(sim).id)
end

function host_loop.lamp_of(sim) return sim:device("Kitchen/Lamp") end

--- Lets the next request take 0.7 s.
function host_loop.slow_down(sim)
  sim:fault { kind = "delay", seconds = 0.7, route = "hub", times = 1 }
end

--- Checks that no task is waiting.
function host_loop.check(sim, home)
  sim:clear()
  assert.same({}, home.scheduler.hosts)
  assert.is_nil(next(home.scheduler.waiting))
end

--- The tests of each host: name and f(given, ticks_during).
---   given(): what host_loop.start() returned
---   ticks_during(f): runs f in a coroutine of the host; returns how often a timer of 20 ms fired
---   during it, and the result of f
host_loop.tests = {
  { "runs timers while a coroutine sets a device", function(given, ticks_during)
    local sim, _, lamp = given()
    local ticks = ticks_during(function() lamp:set("onoff", true) end)
    assert.is_true(ticks >= 1) -- a blocked loop has none
    assert.is_true(host_loop.lamp_of(sim).capabilitiesObj.onoff.value)
  end },

  { "lets a coroutine wait inside a try, and sleep", function(given, ticks_during)
    local _, _, lamp = given()
    local ticks, value = ticks_during(function()
      homey.sleep("50 ms")
      local value, err = homey.try(function() return lamp:set("onoff", false):get("onoff") end)
      assert(value ~= nil, err)
      return value
    end)
    assert.is_true(ticks >= 1) -- a blocked loop has none
    assert.is_false(value)
  end },

  { "raises errors inside the coroutine", function(given, ticks_during)
    local _, home = given()
    local _, kind = ticks_during(function()
      local _, err = homey.try(home.get, home, "/api/manager/nonesuch")
      return err.kind
    end)
    assert.equal("not_found", kind)
  end },

  { "blocks where there is nothing to yield to", function(given)
    local _, _, lamp = given()
    assert.is_false(lamp:set("onoff", false):get("onoff"))
  end },
}

return host_loop
