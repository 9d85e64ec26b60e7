-- Prepared answers and refusals of a simulated hub on real sockets.
local homey = require "homey"
local support = require "spec.support.sim"
local without_state = require "spec.support.without_state"

local live = "/api/manager/energy/live"
local sim

setup(function() sim = support.start() end)
teardown(support.stop)
before_each(function()
  sim:clear()
  sim:reset_log()
  sim:set { pat_scopes = { "homey" }, strict = true }
end)

describe("an answer that is set at a simulated hub", function()
  it("is given over HTTP until it is removed", function()
    sim:answer { path = live, reply = { items = { 1 } } }
    assert.same({ 1 }, support.ask(sim, live).json.items)
    sim:clear()
    assert.is_true(#support.ask(sim, live).json.items > 1)
  end)

  it("is given over the websocket", function()
    local home = homey.new(without_state(sim.options))
    home:on("device.create", function() end)
    while not home.connected do home.scheduler:sleep(0.02) end
    sim:answer { path = live, reply = { items = { 2 } }, times = 1 }
    assert.same({ 2 }, home.api.energy.getLiveReport().items)
    local log = sim:log()
    assert.equal("getLiveReport", log[#log].socket)
    home:close()
  end)

  it("has a status, and a path that no hub has", function()
    sim:answer { path = "/api/app/com.example.pool", method = "POST", status = 503, reply = "full" }
    local reply = support.ask(sim, { url = "/api/app/com.example.pool", method = "POST",
      json = { a = 1 } })
    assert.same({ 503, "full" }, { reply.status, reply.json })
  end)

  it("needs a session", function()
    sim:answer { path = live, reply = 1 }
    assert.equal(401, support.ask(sim, { url = live, bearer = "nonsense" }).status)
  end)

  it("is set by other programs over the control channel", function()
    local function post(body)
      local pipe = assert(io.popen(("curl -sS -X POST %s/sim/answer --data '%s'")
        :format(sim.control, body)))
      local said = pipe:read "*a"
      pipe:close()
      return said
    end
    assert.equal("true", post(('{"path": "%s", "reply": {"items": [3]}}'):format(live)))
    assert.same({ 3 }, support.ask(sim, live).json.items)
    assert.match("answer needs a `path`", post "{}", 1, true)
  end)
end)

describe("a simulated hub on sockets", function()
  local lamp = "/api/manager/devices/device/ff469433-66b3-458d-ad73-14530d8f9b39"

  it("refuses and complains of parameters", function()
    for body, text in pairs {
      [{}] = "Missing Parameter: value",
      [{ value = true, speed = 2 }] = "Unknown Parameter: speed of setCapabilityValue",
    } do
      sim:reset_log()
      local reply = support.ask(sim, { url = lamp .. "/capability/onoff", method = "PUT",
        json = body })
      assert.same({ 400, text }, { reply.status, reply.json.error_description })
      assert.equal(400, reply.json.statusCode)
      assert.match(text, sim:complaints()[1].text, 1, true)
    end
  end)

  it("accepts an unknown parameter when it is not strict", function()
    sim:set { strict = false }
    local reply = support.ask(sim, { url = lamp .. "/capability/onoff", method = "PUT",
      json = { value = true, speed = 2 } })
    assert.same({ 200, 1 }, { reply.status, #sim:complaints() })
  end)

  it("forbids what the scopes of a token do not include", function()
    sim:set { pat_scopes = { "homey.device.control", "homey.mood.set" } }
    local mood = "/api/manager/moods/mood/d27e9b34-6f08-4c51-b3a2-1f84c0e6d982"
    assert.equal(200, support.ask(sim, { url = mood .. "/set", method = "POST", json = {} }).status)
    assert.equal(200, support.ask(sim, mood).status)
    assert.equal(403, support.ask(sim, { url = mood, method = "DELETE" }).status)
    assert.equal(403, support.ask(sim, live).status)
  end)

  it("sends a picture", function()
    local reply = support.ask(sim, "/api/image/0d5f8b91-c4e6-47a2-b1d3-9e70a6f25c85")
    assert.same({ 200, "image/png" }, { reply.status, reply.headers["content-type"] })
  end)
end)
