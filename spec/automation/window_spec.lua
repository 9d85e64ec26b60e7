-- Window of a rolling value. Runs hardly any C code: not under Valgrind.
local Window = require "homey.automation.window"

-- A window of 10 s with these values: { time, value, time, value }.
local function window(list)
  local new = Window.new(10)
  for i = 1, #list, 2 do new:add(list[i], list[i + 1] or nil) end
  return new
end

local cases = {
  -- values, now, mean, min, max, change
  { { 0, 4 }, 0, 4, 4, 4, 0 },
  { { 0, 4 }, 100, 4, 4, 4, 0 },
  { { 0, 0, 5, 10 }, 10, 5, 0, 10, 10 },
  { { 0, 0, 5, 10 }, 12.5, 7.5, 0, 10, 10 },
  { { 0, 0, 5, 10 }, 14.99, 9.99, 0, 10, 10 },
  { { 0, 0, 5, 10 }, 15, 10, 10, 10, 0 },
  { { 0, 0, 9, 20, 10, 0 }, 10, 2, 0, 20, 0 },
  { { 0, 0, 9, 20, 10, 0 }, 19.5, 1, 0, 20, -20 },
  { { 0, 5, 4, false, 8, 7 }, 10, (4 * 5 + 2 * 7) / 6, 5, 7, 2 },
  { { 0, 5, 4, false }, 10, 5, 5, 5, nil },
  { { 0, false }, 10, nil, nil, nil, nil },
  { { 0, 5, 4, false }, 20, nil, nil, nil, nil },
  { { 5, 1, 3, 2 }, 10, 2, 2, 2, 0 }, -- a report is older than the one before it
}

describe("a window", function()
  for i, case in ipairs(cases) do
    it(("knows mean, least, greatest and change: %d"):format(i), function()
      local one, now = window(case[1]), case[2]
      local mean = one:mean(now)
      assert.equal(case[3] == nil, mean == nil)
      if mean then assert.near(case[3], mean, 1e-9) end
      assert.equal(case[4], one:min(now))
      assert.equal(case[5], one:max(now))
      assert.equal(case[6], one:change(now))
    end)
  end

  it("keeps a bounded number of spans", function()
    local one, exact = Window.new(3600), 0
    for second = 0, 20000 do one:add(second, second % 100) end
    for second = 20000 - 3600, 19999 do exact = exact + second % 100 end
    assert.is_true(#one.spans <= 1201, #one.spans)
    assert.near(exact / 3600, one:mean(20000), 0.1)
    assert.same({ 0, 99 }, { one:min(20000), one:max(20000) })
  end)

  it("tells when it changes by itself", function()
    local one = window { 0, 0, 5, 10 }
    assert.equal(5, one:next(10))
    assert.is_nil(one:next(15))
  end)
end)
