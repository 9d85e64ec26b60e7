--- Devices that round: 0.4 becomes 0.4016, 50% becomes 49%.
-- Runs hardly any C code: not under Valgrind.
local household = require "spec.support.household"
local houses = require "spec.support.house"

local house, home, core_loop, advance

household.each(function(...) house, home, core_loop, advance = ... end)

local function lamp() return home:device(houses.lamp) end

local function report(value, more)
  house.raw[houses.lamp].capabilitiesObj.dim.value = value
  local data = { capabilityId = "dim", value = value }
  for name, each in pairs(more or {}) do data[name] = each end
  core_loop:tell("homey:device:" .. houses.lamp, "capability", data)
end

local function puts()
  local count = 0
  for _, request in ipairs(core_loop.sent) do
    if request.method == "PUT" then count = count + 1 end
  end
  return count
end

local function listen()
  local heard = { own = 0, other = 0, became = 0 }
  lamp():on("dim", function(_, _, event) heard.own = heard.own + (event.own and 1 or 0) end)
  lamp():on("dim", { own = false }, function() heard.other = heard.other + 1 end)
  lamp():on("dim", { to = 0.4 }, function() heard.became = heard.became + 1 end)
  advance(1)
  return heard
end

describe("the first report within 2% of a set value", function()
  it("counts as that change", function()
    local heard = listen()
    lamp():set("dim", 0.4)
    advance(1)
    report(0.4016)
    advance(1)
    assert.same({ own = 2, other = 0, became = 1 }, heard)
    assert.equal(0.4016, lamp():get "dim")
    assert.is_true(home:wait(lamp(), "dim", 0.4, "1 s"))
    lamp():set("dim", 0.4, { only_if_changed = true })
    assert.equal(1, puts())
  end)

  it("counts when it precedes the answer", function()
    local heard = listen()
    home:spawn(function() lamp():set("dim", 0.5 - 0.1) end)
    report(0.39)
    advance(5)
    assert.equal(0, heard.other)
    assert.equal(0.39, lamp():get "dim")
    lamp():set("dim", 0.4, { only_if_changed = true })
    assert.equal(1, puts())
  end)

  it("counts when the echo has it", function()
    local heard = listen()
    lamp():set("dim", 0.4)
    report(0.4016, { transactionId = core_loop.sent[#core_loop.sent].body.transactionId })
    advance(1)
    assert.equal(0, heard.other)
    lamp():set("dim", 0.4, { only_if_changed = true })
    assert.equal(1, puts())
  end)

  it("counts when read without a connection", function()
    lamp():set("dim", 0.4)
    house.raw[houses.lamp].capabilitiesObj.dim.value = 0.4016
    lamp():set("dim", 0.4, { only_if_changed = true })
    lamp():set("dim", 0.4, { only_if_changed = true })
    assert.equal(1, puts())
    house.raw[houses.lamp].capabilitiesObj.dim.value = 0.39
    lamp():set("dim", 0.4, { only_if_changed = true })
    assert.equal(2, puts())
  end)

  it("is reverted by revert_after", function()
    listen()
    lamp():set("dim", 0.4, { revert_after = "5 min" })
    advance(1)
    report(0.4016)
    advance(301)
    assert.equal(0.5, house.raw[houses.lamp].capabilitiesObj.dim.value)
  end)

  it("counts for each of several sets", function()
    local heard = listen()
    for _, value in ipairs { 0.2, 0.4, 0.6 } do
      lamp():set("dim", value, { revert_after = "5 min" })
    end
    for _, value in ipairs { 0.21, 0.4016, 0.59 } do
      advance(3)
      report(value)
    end
    advance(1)
    assert.same({ 6, 0 }, { heard.own, heard.other })
    lamp():set("dim", 0.6, { only_if_changed = true })
    assert.equal(3, puts())
    report(0.41)
    advance(1)
    assert.equal(1, heard.other)
  end)

  it("counts after a lost connection", function()
    local virtual, others = require("homey.sim").home(nil, { quiet = true }), 0
    local light = virtual:device "Kitchen/Lamp"
    light:on("dim", { own = false }, function() others = others + 1 end)
    light:set("dim", 0.4)
    virtual:drop "30 s"
    virtual:operate(light, "dim", 0.4016)
    virtual:advance "2 min"
    assert.equal(0.4016, light:get "dim")
    assert.equal(0, others)
    virtual:close()
  end)

  it("is explained by homey.why", function()
    listen()
    lamp():set("dim", 0.4)
    advance(1)
    report(0.4016)
    advance(1)
    assert.matches("dim has been 0.4016 since .* because .*rounding_device_spec.lua:%d+ set it",
      (home:why(lamp(), "dim")))
  end)
end)

describe("a change by somebody else", function()
  it("is a second, distant or late report", function()
    local heard = listen()
    lamp():set("dim", 0.4)
    advance(1)
    report(0.4016)
    report(0.41)
    advance(1)
    assert.equal(1, heard.other)
    lamp():set("dim", 0.4)
    advance(1)
    report(0.45)
    advance(1)
    assert.equal(2, heard.other)
    lamp():set("dim", 0.4)
    advance(120)
    report(0.4016)
    advance(1)
    assert.equal(3, heard.other)
  end)

  it("is not reverted when it lies between the values", function()
    listen()
    lamp():set("dim", 1, { revert_after = "5 min" })
    advance(4)
    report(0.7)
    advance(301)
    assert.equal(0.7, house.raw[houses.lamp].capabilitiesObj.dim.value)
  end)

  it("replaces the rounded value", function()
    listen()
    lamp():set("dim", 0.4)
    advance(1)
    report(0.4016)
    report(0.7)
    report(0.4016)
    advance(1)
    lamp():set("dim", 0.4, { only_if_changed = true })
    assert.equal(2, puts())
  end)
end)
