local sim = require "homey.sim"

describe("the daily report", function()
  local home

  before_each(function()
    home = sim.home(nil, { time = "2026-06-12 12:00", quiet = true })
    home:load("daily_report.lua", { user = "Vera" })
  end)
  after_each(function() home:close() end)

  -- What was pushed to the phone.
  local function pushed()
    local texts = {}
    for _, sent in ipairs(home.sent) do
      local given = sent.body and sent.body.args
      if given and given.text then texts[#texts + 1] = given.text end
    end
    return texts
  end

  it("comes once in the evening", function()
    home:advance_to "20:59"
    assert.equal(0, #pushed())
    home:advance_to "2026-06-13 20:00"
    assert.equal(1, #pushed())
  end)

  it("tells the temperatures, what is open, weak or out of reach", function()
    home:operate("Kitchen/Window", "alarm_contact", true)
    home:operate("Bathroom/Leak sensor", "measure_battery", 12)
    home:change("device", "Hall/Lamp", { available = false })
    home:advance_to "21:00"
    local text = pushed()[1]
    assert.matches("Outside it was %-?%d+ to %-?%d+ degrees", text)
    assert.matches("Open: Kitchen/Window", text)
    assert.matches("Weak batteries: Bathroom/Leak sensor", text)
    assert.matches("Out of reach: .*Hall/Lamp", text)
  end)
end)
