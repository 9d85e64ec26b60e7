-- Runs hardly any C code: not under Valgrind.
local Listeners = require "homey.realtime.listeners"

describe("listeners under a name", function()
  local listeners, said

  local function says(word)
    return function(...) said[#said + 1] = table.concat({ word, ... }, " ") end
  end

  before_each(function() listeners, said = Listeners.new(), {} end)

  it("are called in the order of adding", function()
    listeners:join("a", says "1")
    listeners:join("b", says "other")
    listeners:join("a", says "2")
    listeners:notify("a", "x", "y")
    listeners:notify("nobody", "x")
    assert.same({ "1 x y", "2 x y" }, said)
  end)

  it("are removed once and individually", function()
    local f = says "f"
    local stop = listeners:join("a", f)
    listeners:join("a", f)
    stop()
    stop()
    listeners:notify "a"
    assert.same({ "f" }, said)
    assert.is_true(listeners:has "a")
  end)

  it("leave nothing behind after the last", function()
    local stop = listeners:join("a", says "1")
    stop()
    assert.is_false(listeners:has "a")
    listeners:join("a", says "2")
    stop()
    listeners:notify "a"
    assert.same({ "2" }, said)
  end)

  it("may be added and removed during a call", function()
    local stops = {}
    for i = 1, 100 do
      stops[i] = listeners:join("a", function()
        said[#said + 1] = tostring(i)
        if i == 1 then
          for j = 2, 98 do stops[j]() end
          listeners:join("a", says "new")
        end
      end)
    end
    listeners:notify "a"
    assert.same({ "1", "99", "100" }, said)
    said = {}
    stops[1]()
    listeners:notify "a"
    assert.same({ "99", "100", "new" }, said)
  end)

  it("cost the same at any number", function()
    local function life_of(count)
      local begun, stops = os.clock(), {}
      for i = 1, count do stops[i] = listeners:join("a", says "x") end
      for i = 1, count do stops[i]() end
      return os.clock() - begun
    end
    local few, many = life_of(1000), life_of(32000)
    assert.is_true(many < 250 * (few + 0.001), few .. " " .. many) -- 1000 times were it quadratic
  end)
end)
