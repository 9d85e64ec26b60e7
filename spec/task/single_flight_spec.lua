--- Single flight: equal reads of several scripts become one request.
local Task = require "homey.task.task"
local fake = require "spec.support.fake_core_loop"
local houses = require "spec.support.house"
local advance = require "spec.support.advance"

local DEVICES, CLOCK = "GET /api/manager/devices/device", "GET /api/manager/clock/state"

describe("scripts that start at the same time", function()
  local house, home, core_loop

  before_each(function()
    house = houses.new()
    home, core_loop = house.home, house.core_loop
  end)

  after_each(function() home:close() end)

  local function start(count, f)
    local tasks = {}
    for i = 1, count do tasks[i] = Task.start(home.scheduler, { watched = true }, f, i) end
    return tasks
  end

  local function times(what)
    local n = 0
    for _, line in ipairs(core_loop:said()) do
      if line == what then n = n + 1 end
    end
    return n
  end

  local function statuses(tasks)
    local list = {}
    for i, task in ipairs(tasks) do list[i] = task.status end
    return table.concat(list, " ")
  end

  local by_name = function() return home:device("Kitchen/Lamp") end

  for what, f in pairs {
    ["look for devices by their names"] = by_name,
    ["wait for what happens"] = function() home:on("device.create", function() end) end,
  } do
    it("read the lists once when they " .. what, function()
      local tasks = start(5, f)
      advance(home, 0.05)
      assert.equal("done done done done done", statuses(tasks))
      assert.equal(1, times(DEVICES))
    end)
  end

  it("ask for the hub's time once", function()
    core_loop:on(CLOCK, { timezone = "Europe/Amsterdam" })
    start(5, function() home:at("22:30", function() end) end)
    advance(home, 1)
    assert.equal(1, times(CLOCK))
  end)

  it("get the result though the first is cancelled", function()
    local tasks = start(3, by_name)
    tasks[1]:cancel()
    advance(home, 1)
    assert.equal("cancelled done done", statuses(tasks))
    assert.equal(houses.lamp, tasks[3]:wait().id)
  end)

  it("share a failure, and the next tries again", function()
    local list = core_loop.routes[DEVICES]
    core_loop:on(DEVICES, fake.fail("offline", "the hub cannot be reached.", nil))
    local tasks = start(2, by_name)
    advance(home, 1)
    assert.equal("failed failed", statuses(tasks))
    assert.equal("offline", tasks[2].err.kind)
    core_loop:on(DEVICES, list)
    assert.equal(houses.lamp, by_name().id)
  end)
end)
