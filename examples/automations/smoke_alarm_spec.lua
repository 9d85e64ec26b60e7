local sim = require "homey.sim"

describe("the smoke alarm", function()
  local home, siren, script

  before_each(function()
    home = sim.home(nil, { time = "2026-01-10 12:00", quiet = true })
    siren = home:device "Hall/Siren"
    script = home:load "smoke_alarm.lua"
  end)
  after_each(function() home:close() end)

  local function smoke(is_there)
    home:operate("Upstairs/Smoke detector", "alarm_smoke", is_there)
  end

  -- How often a flow card was run.
  local function count(card)
    local n = 0
    for _, request in ipairs(home.requests) do
      local is_it = request.path:find(card, 1, true) and request.path:find("/run", 1, true)
      n = n + (is_it and 1 or 0)
    end
    return n
  end

  it("is told at once, to everybody after two minutes, aloud after five", function()
    smoke(true)
    assert.equal(1, count "create_notification")
    assert.equal(0, count "push_text")
    home:advance "2 min"
    assert.equal(#home:users(), count "push_text")
    assert.is_false(siren:get "onoff")
    home:advance "3 min"
    assert.is_true(siren:get "onoff")
    smoke(false)
    assert.is_false(siren:get "onoff")
    assert.equal(2, count "create_notification")
  end)

  for name, acknowledge in pairs {
    ["the doorbell"] = function() home:operate("Hall/Doorbell", "button") end,
    ["an event"] = function() home.homey.emit "my.acknowledge" end,
  } do
    it("is acknowledged by " .. name, function()
      smoke(true)
      home:advance "1 min"
      acknowledge()
      home:advance "10 min"
      assert.equal(0, count "push_text")
      assert.is_false(siren:get "onoff")
    end)
  end

  it("is not rung for nothing", function()
    home:operate("Hall/Doorbell", "button")
    assert.equal(0, count "create_notification")
  end)

  it("goes on after a restart", function()
    smoke(true)
    script:stop()
    home:load "smoke_alarm.lua"
    home:advance "5 min"
    assert.is_true(siren:get "onoff")
  end)
end)
