local sim = require "homey.sim"

describe("the leak alarm", function()
  local home

  before_each(function()
    home = sim.home(nil, { time = "2026-01-10 03:00", quiet = true })
    home:load "leak_alarm.lua"
  end)
  after_each(function() home:close() end)

  local function value(device, capability) return home:device(device):get(capability or "onoff") end
  local function message() return home:variable("Message"):get() end

  it("closes the valve, sounds the siren, lights the way and tells", function()
    home:operate("Bathroom/Leak sensor", "alarm_water", true)
    assert.same({ false, true, true }, { value "Water valve", value "Siren", value "Kitchen/Lamp" })
    assert.equal("Water at Bathroom/Leak sensor! The valve is closed.", message())
    home:advance "1 min"
    assert.is_false(value "Siren")
  end)

  it("tells again every ten minutes until it is dry", function()
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

  it("minds sensors that come later", function()
    home:add("device", { name = "Cellar sensor", zone = "Downstairs", class = "sensor", capabilities = { alarm_water = false } })
    home:operate("Cellar sensor", "alarm_water", true)
    assert.is_false(value "Water valve")
  end)
end)
