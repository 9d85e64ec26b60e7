local assert = require "luassert"
local homey = require "homey"
local forgetful = require "spec.support.forgetful"
local support = require "spec.support.sim"

--- A home of a simulated hub that takes its time, for a loop of a host to wait with.
local host_loop = {}

---Starts it and logs in.
---@return table sim, homey.Home home, homey.Device lamp of the kitchen, which is `host_loop.lamp_of(sim)` there
function host_loop.start()
  local sim = support.start()
  local home = homey.login(forgetful(sim.pat_options))
  return sim, home, home:device(host_loop.lamp_of(sim).id)
end

function host_loop.lamp_of(sim) return sim:device("Kitchen/Lamp") end

---The next request takes the better part of a second.
function host_loop.slow_down(sim) sim:fault { kind = "delay", seconds = 0.7, route = "hub", times = 1 } end

---Nothing is left over.
function host_loop.check(sim, home)
  sim:clear()
  assert.same({}, home.scheduler.hosts)
  assert.is_nil(next(home.scheduler.waiting))
end

---What holds in any host: pairs of a name and a test, which gets
---- given(): what host_loop.start() returned
---- ticks_during(f): runs f in a coroutine of the host; how often a timer of 20 ms fired meanwhile, and what f returned
host_loop.promises = {
  { "lets timers go on while a coroutine sets a device", function(given, ticks_during)
    local sim, _, lamp = given()
    local ticks = ticks_during(function() lamp:set("onoff", true) end)
    assert.is_true(ticks >= 1) -- of a loop that is blocked there is none
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
    assert.is_true(ticks >= 1) -- of a loop that is blocked there is none
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
