-- What the core tells for an examination: each address of the hub, a ping, how far a fetch came.
-- Runs on one Lua: no Lua has a part in it.
local core = require "homey.core"
local logins = require "spec.support.logins"
local support = require "spec.support.sim"

describe("the core", function()
  local sim, loop

  setup(function() sim = support.start() end)
  teardown(support.stop)

  before_each(function()
    logins.reset(sim, { addresses = {} })
    loop = core.loop()
  end)
  after_each(function() loop:close() end)

  local function client(more)
    local options = { cafile = sim.cafile, timeout = 10 }
    for name, value in pairs(more or sim.pat_options) do options[name] = value end
    return assert(loop:client(options))
  end

  -- The answer to an id.
  local function answer(id)
    local give_up = loop:now() + 60 * logins.slow
    while loop:now() < give_up do
      loop:wait(0.05)
      for each, value, kind, message, _, step in loop.next, loop do
        if each == id then return value, kind, message, step end
      end
    end
    error "there is no answer"
  end

  local function connected(c)
    c:subscribe "homey:connection"
    while true do
      loop:wait(0.05)
      for _, value in loop.next, loop do
        if type(value) == "table" and value.state == "connected" then return end
      end
    end
  end

  describe("surveys the addresses of the hub", function()
    it("and says that one works", function()
      local list = answer(assert(client():survey(60)))
      assert.equal(1, #list)
      assert.same({ "fixed", sim.pat_options.address, true, "answer" },
        { list[1].kind, list[1].url, list[1].good, list[1].step })
    end)

    it("best first, each with what is wrong", function()
      local c = client(sim.options)
      assert.is_truthy(answer(c:login()))
      sim:fault { kind = "html", route = "ping", port = "https", times = 1 }
      local list = answer(assert(c:survey(60)))
      local kinds, good = {}, 0
      for i, each in ipairs(list) do
        kinds[i] = each.kind
        good = good + (each.good and 1 or 0)
        if not each.good then
          assert.equal("offline", each.error)
          assert.matches("answers with a web page, as no Homey does%. Check", each.message)
        end
      end
      assert.same({ "localSecure", "cloud" }, kinds)
      assert.equal(1, good)
    end)

    it("and tells in time which have not answered", function()
      sim:fault { kind = "hang", route = "ping" }
      local list = answer(assert(client():survey(0.05)))
      assert.same({ false, "timeout" }, { list[1].good, list[1].error })
      assert.matches("has not answered yet%.", list[1].message)
    end)

    it("once at a time, and until it is cancelled", function()
      sim:fault { kind = "hang", route = "ping" }
      local c = client()
      local id = assert(c:survey(60))
      local none, kind = c:survey(60)
      assert.same({ nil, "unavailable" }, { none, kind })
      loop:cancel(id)
      none, kind = answer(id)
      assert.same({ nil, "cancelled" }, { none, kind })
      assert.is_truthy(c:survey(60))
    end)

    it("unless the client is closed", function()
      sim:fault { kind = "hang", route = "ping" }
      local c = client()
      local id = assert(c:survey(60))
      c:close()
      local _, kind = answer(id)
      assert.equal("cancelled", kind)
    end)
  end)

  describe("pings the hub", function()
    it("over its connection", function()
      local c = client()
      connected(c)
      assert.is_true(answer(assert(c:ping())))
    end)

    it("but not without one", function()
      local _, kind = client():ping()
      assert.equal("unavailable", kind)
    end)

    it("and loses the connection without an answer", function()
      sim:fault { kind = "pong_missing" }
      sim:set { ping_timeout = 0.1 }
      local c = client()
      connected(c)
      local _, kind, message = answer(assert(c:ping()))
      sim:set { ping_timeout = 5 }
      assert.equal("network", kind)
      assert.matches("has stopped answering", message)
    end)

    it("until that is cancelled", function()
      sim:fault { kind = "pong_missing" }
      local c = client()
      connected(c)
      local id = assert(c:ping())
      loop:cancel(id)
      local _, kind = answer(id)
      assert.equal("cancelled", kind)
    end)
  end)

  describe("says how far a fetch came:", function()
    local function fetch(url, more)
      more = more or {}
      local id = assert(loop:fetch(url, "GET", {}, more.timeout or 60, 100000, -1, nil,
        more.cafile or sim.cafile, more.connect_to))
      return answer(id)
    end

    local function step_of(url, more)
      local value, _, _, step = fetch(url, more)
      assert.is_nil(value)
      return step
    end

    it("no name", function()
      assert.equal("name", step_of "https://no-such-name.invalid/")
    end)

    it("no connection", function() assert.equal("connect", step_of "https://127.0.0.1:1/") end)

    it("no TLS", function()
      assert.equal("tls", step_of(("https://127.0.0.1:%d/"):format(sim.ports.unknown_ca)))
      assert.equal("tls", step_of(("https://127.0.0.1:%d/"):format(sim.ports.http)))
      assert.equal("tls", step_of(("https://127.0.0.1:%d/"):format(sim.ports.https),
        { cafile = "/nothing/here" }))
    end)

    it("no answer", function()
      sim:fault { kind = "drop", route = "api" }
      assert.equal("answer", step_of("https://api.athom.com/",
        { connect_to = sim.options.connect_to }))
    end)

    it("redirected to another address by connect_to", function()
      local value = fetch("https://api.athom.com/", { connect_to = sim.options.connect_to })
      assert.equal(404, value.status)
    end)
  end)

  it("tells the versions of its libraries", function()
    assert.matches("^libcurl/%d+%.%d+%S* %S+/%d", core.libraries())
  end)
end)
