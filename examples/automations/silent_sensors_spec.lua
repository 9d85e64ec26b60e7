local sim = require "homey.sim"

describe("sensors gone silent", function()
  local home

  before_each(function()
    home = sim.home(nil, { time = "2026-06-12 12:00", quiet = true })
    for _, device in ipairs(home:devices()) do
      for _, id in ipairs { "measure_temperature", "measure_humidity" } do
        local known = device.capabilities[id]
        if known then home:operate(device, id, known.value) end
      end
    end
    home:load("silent_sensors.lua", { zone = "Garden" })
  end)
  after_each(function() home:close() end)

  local function notified()
    local texts = {}
    for _, sent in ipairs(home.sent) do
      local given = sent.body and sent.body.args
      if given and given.text then texts[#texts + 1] = given.text end
    end
    table.sort(texts)
    return texts
  end

  it("are reported once", function()
    home:advance "5 h"
    assert.same({}, notified())
    home:operate("Garden/Weather", "measure_temperature", 12)
    home:advance "2 h"
    local text = "Garden/Weather has sent no measure_humidity for 6 hours: is its battery empty?"
    assert.same({ text }, notified())
    home:advance "3 days"
    assert.equal(2, #notified())
  end)

  it("and devices out of reach for an hour, too", function()
    home:change("device", "Garden/Weather", { available = false })
    home:advance "30 min"
    home:change("device", "Garden/Weather", { available = true })
    home:advance "1 h"
    assert.same({}, notified())
    home:change("device", "Garden/Weather", { available = false })
    home:advance "1 h"
    assert.same({ "Garden/Weather has been out of reach for an hour." }, notified())
  end)
end)
