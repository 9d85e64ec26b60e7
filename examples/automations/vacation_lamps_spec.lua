local sim = require "homey.sim"

describe("lamps on holiday", function()
  local home, script
  local lamps = { "Hall/Lamp", "Kitchen/Lamp", "Living room/Reading light" }

  before_each(function()
    home = sim.home(nil, { time = "2026-01-10 12:00" })
    for _, name in ipairs(lamps) do home:operate(name, "onoff", false) end
    script = home:load "vacation_lamps.lua"
  end)
  after_each(function() home:close() end)

  local function lit()
    local n = 0
    for _, name in ipairs(lamps) do n = n + (home:device(name):get "onoff" and 1 or 0) end
    return n
  end

  -- How many times lamps went on from one time of day to another.
  local function switched_on(upto)
    home:forget():advance_to(upto)
    local n = 0
    for _, each in ipairs(home.sent) do n = n + (each.value == true and 1 or 0) end
    return n
  end

  it("stay off while somebody lives here", function()
    assert.equal(0, switched_on "2026-01-11 12:00")
  end)

  it("go on and off in the evening, and are all off at night", function()
    home:change("variable", "On holiday", { value = true })
    assert.equal(0, switched_on "16:30")
    local evening = switched_on "23:15"
    assert.is_true(evening >= 4 and evening <= 20, evening)
    home:advance_to "00:30"
    assert.equal(0, lit())
    assert.equal(0, switched_on "16:30")
  end)

  it("are off as soon as the holiday is over", function()
    home:change("variable", "On holiday", { value = true })
    home:advance_to "19:00"
    for _, name in ipairs(lamps) do home:operate(name, "onoff", true) end
    home:change("variable", "On holiday", { value = false })
    assert.equal(0, lit())
    assert.equal(0, switched_on "2026-01-11 12:00")
  end)

  -- Stops the program, and starts it again after this time.
  local function restart(time, meanwhile)
    script:stop()
    if meanwhile then meanwhile() end
    home:advance(time)
    script = home:load "vacation_lamps.lua"
  end

  it("continue after a restart in the evening, and are all off at night", function()
    home:change("variable", "On holiday", { value = true })
    home:advance_to "17:30"
    restart "2 min"
    local evening = switched_on "21:00"
    assert.is_true(evening >= 2 and evening <= 12, evening)
    restart "2 min"
    home:advance_to "2026-01-11 00:30"
    assert.equal(0, lit())
    restart "2 min"
    assert.equal(0, switched_on "16:30")
  end)
end)
