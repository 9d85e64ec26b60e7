local sim = require "homey.sim"

describe("the leak alarm", function()
  local home, script

  before_each(function()
    home = sim.home(nil, { time = "2026-01-10 03:00", quiet = true })
    script = home:load "leak_alarm.lua"
  end)
  after_each(function() home:close() end)

  local function value(device, capability) return home:device(device):get(capability or "onoff") end
  local function message() return home:variable("Message"):get() end

  it("closes the valve, sounds the siren, switches on lamps and sends a message", function()
    home:operate("Bathroom/Leak sensor", "alarm_water", true)
    assert.same({ false, true, true }, { value "Water valve", value "Siren", value "Kitchen/Lamp" })
    assert.equal("Water at Bathroom/Leak sensor! The valve is closed.", message())
    home:advance "1 min"
    assert.is_false(value "Siren")
  end)

  it("sends a message every ten minutes until it is dry", function()
    home:operate("Bathroom/Leak sensor", "alarm_water", true)
    home:advance "25 min"
    local told = 0
    for _, each in ipairs(home.sent) do
      if each.path:find "/trigger$" then told = told + 1 end
    end
    assert.equal(3, told)
    home:operate("Bathroom/Leak sensor", "alarm_water", false)
    assert.match("is dry again", message())
    home:forget():advance "1 h"
    assert.equal(0, #home.sent)
  end)

  it("says so when the valve does not close", function()
    home:fail { status = 500, device = "Bathroom/Water valve", times = 3 }
    home:operate("Bathroom/Leak sensor", "alarm_water", true)
    assert.is_true(value "Siren")
    assert.match("NOT CLOSED", message())
  end)

  it("includes sensors that are added later", function()
    home:add("device", {
      name = "Cellar sensor", zone = "Downstairs", class = "sensor",
      capabilities = { alarm_water = false },
    })
    home:operate("Cellar sensor", "alarm_water", true)
    assert.is_false(value "Water valve")
  end)

  -- Stops the program, and starts it again after this time.
  local function restart(time, meanwhile)
    script:stop()
    if meanwhile then meanwhile() end
    home:advance(time)
    script = home:load "leak_alarm.lua"
  end

  it("goes on after a restart until it is dry", function()
    home:operate("Bathroom/Leak sensor", "alarm_water", true)
    home:advance "5 min"
    home:forget()
    restart "1 min"
    assert.match("^Water at Bathroom/Leak sensor", message())
    home:advance "11 min"
    home:operate("Bathroom/Leak sensor", "alarm_water", false)
    assert.match("is dry again", message())
    home:forget()
    restart "1 min"
    home:advance "1 h"
    assert.equal(0, #home.sent)
  end)

  it("begins with water that came during a restart", function()
    restart("1 min", function() home:operate("Bathroom/Leak sensor", "alarm_water", true) end)
    assert.same({ false, true }, { value "Water valve", value "Siren" })
    home:advance "61 s"
    assert.is_false(value "Siren")
  end)

  it("ends the siren in time, also after a restart", function()
    home:operate("Bathroom/Leak sensor", "alarm_water", true)
    home:advance "30 s"
    home:operate("Bathroom/Leak sensor", "alarm_water", false)
    restart "1 min"
    home:advance "1 min"
    assert.is_false(value "Siren")
  end)
end)
