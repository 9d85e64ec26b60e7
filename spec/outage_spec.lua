-- What homey run says of a connection that is lost, in virtual time.
local Outage = require "homey.cli.outage"
local Reactor = require "homey.reactor"
local fake = require "spec.support.fake_seam"

describe("a connection that is lost", function()
  local reactor, outage, said

  before_each(function()
    reactor, said = Reactor.new(fake.new()), {}
    outage = Outage.new(reactor, function(level, text) said[#said + 1] = level .. ": " .. text end)
  end)
  after_each(function()
    outage:close()
    reactor:step()
    assert.same({}, reactor.quiet)
  end)

  local function lost(reason) outage:hear { state = "disconnected", message = reason } end

  it("is told of with its reason, and again when it is back", function()
    outage:hear { state = "connecting" }
    outage:hear { state = "connected" }
    lost "the line is dead."
    lost "it does not answer."
    reactor:sleep(75)
    outage:hear { state = "connecting" }
    outage:hear { state = "connected" }
    assert.same({ "warning: the hub is lost: the line is dead.", "info: the hub is back, after 75 s." }, said)
  end)

  it("is called to mind every quarter of an hour, with the last reason", function()
    lost "the line is dead."
    lost "it does not answer."
    reactor:sleep(3 * 3600 - 1)
    assert.equal(1 + 11, #said)
    assert.equal("warning: the hub is lost for 15 min now: it does not answer.", said[2])
    assert.equal("warning: the hub is lost for 3 h now: it does not answer.", said[12])
    outage:hear { state = "refused" }
    assert.equal("info: the hub is back, after 3 h.", said[13])
    reactor:sleep(3600)
    assert.equal(13, #said)
  end)

  it("is no matter any more once the login is dead", function()
    lost "the line is dead."
    outage:hear { state = "failed" }
    reactor:sleep(3600)
    assert.equal(1, #said)
  end)
end)
