local uv = require "luv"
local homey = require "homey"
local host_loop = require "spec.support.host_loop"
local support = require "spec.support.sim"

describe("homey in luv's loop", function()
  local attach = require "homey.loop.luv"
  local sim, home, lamp, detach

  setup(function() sim, home, lamp = host_loop.start() end)
  teardown(support.stop)

  before_each(function()
    detach = attach(home)
    host_loop.slow_down(sim)
  end)
  after_each(function()
    detach()
    uv.run() -- closes released handles; an open one would hang here
    host_loop.check(sim, home)
  end)

  -- Counts ticks while f runs in a coroutine of the host; returns f's results.
  local function ticks_during(f)
    local ticks, result, done = 0, nil, false
    local timer = uv.new_timer()
    timer:start(20, 20, function() ticks = ticks + 1 end)
    coroutine.wrap(function()
      result = f()
      done = true
      timer:close()
      detach()
    end)()
    assert.is_false(done) -- it returned to the host
    uv.run()
    assert.is_true(done)
    return ticks, result
  end

  local function given() return sim, home, lamp end

  for _, test in ipairs(host_loop.tests) do
    it(test[1], function() test[2](given, ticks_during) end)
  end

  it("drives tasks", function()
    local task = homey.spawn(function()
      local value = lamp:set("onoff", true):get("onoff")
      detach()
      return value
    end)
    uv.run()
    assert.equal("done", task.status)
    assert.is_true(task:wait())
  end)

  it("wakes tasks by promises that its callbacks settle", function()
    local promise, results = homey.promise(), {}
    local tasks = {}
    for i = 1, 2 do
      tasks[i] = homey.spawn(function()
        results[i] = promise:wait()
        if i == 2 then detach() end
      end)
    end
    local timer = uv.new_timer()
    timer:start(20, 0, function()
      timer:close()
      promise:resolve "from luv"
    end)
    uv.run()
    assert.same({ "from luv", "from luv" }, results)
    assert.equal("done", tasks[2].status)
  end)

  it("wakes tasks whose sockets are ready, and that fetch", function()
    local pipe = io.popen "sleep 0.1; echo x"
    local task = homey.spawn(function()
      local ready = homey.poll(pipe)
      local url = ("http://127.0.0.1:%d/api/manager/system/ping"):format(sim.ports.http)
      local reply = homey.fetch(url)
      detach()
      return ready, reply.status
    end)
    uv.run()
    assert.equal("done", task.status)
    assert.same({ "r", 200 }, { task:wait() })
    pipe:close()
  end)
end)
