-- A function `where` of a filter that fails while events are handled.
-- Runs hardly any C code: not under Valgrind.
local sim = require "homey.sim"

describe("a function `where` that fails later", function()
  local home, homey, lamp, problem, seen

  before_each(function()
    home = sim.home(nil, { time = "2026-01-10 12:00", quiet = true })
    homey, problem, seen = home.homey, nil, {}
    lamp = home:device "Hall/Lamp"
    home:operate(lamp, "onoff", false)
  end)
  after_each(function() home:close() end)

  local function lights()
    return homey.devices { class = "light", where = function(device)
      if problem == "waits" then homey.sleep(1) end
      if problem then error(problem) end
      return device.name == "Lamp"
    end }
  end

  local function note(value) seen[#seen + 1] = value end

  local function errors() return home:logged "error" end

  it("is logged, its trigger does not fire, and other handlers go on", function()
    local others = 0
    lights():on("onoff", note)
    lamp:on("onoff", function() others = others + 1 end)
    problem = "broken"
    home:operate(lamp, "onoff", true)
    home:operate(lamp, "onoff", false)
    assert.same({}, seen)
    assert.equal(2, others)
    assert.equal(1, #errors())
    assert.matches("broken", errors()[1].text)
    problem = nil
    home:operate(lamp, "onoff", true)
    assert.same({ true }, seen)
  end)

  it("leaves the members of a value as they are", function()
    local count = lights():count("onoff", true)
    local before = count:get()
    count:on(note)
    problem = "broken"
    home:add("device", { name = "Lamp", zone = "Garden", class = "light",
      capabilities = { onoff = true } })
    assert.same({}, seen)
    assert.is_true(#errors() > 0)
    home:operate(lamp, "onoff", true)
    assert.same({ before + 1 }, seen)
  end)

  it("says that it cannot wait", function()
    lights():on("onoff", note)
    problem = "waits"
    home:operate(lamp, "onoff", true)
    home:advance "5 s"
    assert.same({}, seen)
    assert.equal(1, #errors())
    assert.matches("`where` cannot wait", errors()[1].text)
  end)
end)

describe("a value that is not a number", function()
  it("is no change while it stays so", function()
    local home = sim.home(nil, { time = "2026-01-10 12:00", quiet = true })
    local lamp, calls = home:device "Hall/Lamp", 0
    home.homey.value(function() return 0 / 0 end, { lamp }):on(function() calls = calls + 1 end)
    for i = 1, 5 do home:operate(lamp, "dim", i / 10) end
    assert.equal(0, calls)
    home:close()
  end)
end)
