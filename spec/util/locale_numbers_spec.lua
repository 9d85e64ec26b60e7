-- Numbers read and written in any locale. whole/locale_spec runs this with a decimal comma as well.
-- Runs hardly any C code: not under Valgrind.
local core = require "homey.core"
local duration = require "homey.util.duration"
local timestamp = require "homey.time.timestamp"
local number_text = require "homey.util.number_text"
local serialize = require "homey.state.serialize"
local format = require "homey.util.format"

local half = 1 / 2

describe("a number with a fraction", function()
  it("is read from text", function() assert.equal(half, number_text.read "0.5") end)

  it("is written in a sentence", function()
    assert.equal("0.5", format(half))
    assert.equal("-1.25e-10", format(-5 / 4 / 1e10))
  end)

  it("is read and written as JSON", function()
    assert.equal(half, core.decode "0.5")
    assert.equal("0.5", core.encode(half))
    assert.equal("1.25e-20", core.encode(5 / 4 / 1e20))
  end)

  it("is read as a duration", function()
    assert.equal(half, duration.seconds "0.5 s")
    assert.equal(90, duration.seconds "1.5 MIN")
  end)

  it("is read as a timestamp", function()
    assert.equal(1774746000250, timestamp.ms "2026-03-29T01:00:00.250Z")
    assert.equal("2026-03-29T01:00:00.250Z", timestamp.text(1774746000250))
  end)

  it("is a key of a state", function()
    local carried = serialize.pack { [half] = "a" }
    assert.equal("a", serialize.unpack(core.decode(core.encode(carried)), true)[half])
  end)
end)
