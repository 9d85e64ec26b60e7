-- Runs hardly any C code: not under Valgrind.
local capability = require "homey.model.capability"
local standard_capabilities = require "homey.model.standard_capabilities"

local known = {
  onoff = { id = "onoff", type = "boolean", settable = true },
  dim = { id = "dim", type = "number", min = 0, max = 1, settable = true },
  target = { id = "target", type = "number", min = 5, settable = true },
  depth = { id = "depth", type = "number", max = 9.5, settable = true },
  any = { id = "any", type = "number", settable = true },
  text = { id = "text", type = "string", settable = true },
  mode = {
    id = "mode", type = "enum", settable = true,
    values = { { id = "eco" }, { id = "fast" }, { id = "off" } },
  },
  odd = { id = "odd", type = "enum", settable = true },
  future = { id = "future", settable = true },
  measure = { id = "measure", type = "number", settable = false },
}

describe("a capability", function()
  for _, case in ipairs {
    { "onoff", true }, { "onoff", false }, { "dim", 0 }, { "dim", 1 }, { "dim", 0.5 },
    { "target", 5 },
    { "target", 1e9 }, { "depth", -3 }, { "any", -1e300 }, { "text", "" }, { "text", "é" },
    { "mode", "eco" },
    { "odd", "whatever" }, { "future", {} },
  } do
    it(("%s accepts %s"):format(case[1], tostring(case[2])), function()
      assert.is_nil(capability.objection(known, case[1], case[2]))
    end)
  end

  local nan, infinity = 0 / 0, math.huge
  for _, case in ipairs {
    { "onoff", 1, "onoff takes true or false, not 1." },
    { "onoff", "true", "onoff takes true or false, not 'true'." },
    { "onoff", nil, "onoff takes true or false, not nothing." },
    { "dim", "high", "dim takes a number from 0 to 1, not 'high'." },
    { "dim", 1.01, "dim takes a number from 0 to 1, not 1.01." },
    { "dim", -0.5, "dim takes a number from 0 to 1, not -0.5." },
    { "dim", nan, "dim takes a number from 0 to 1, not NaN (not a number)." },
    { "dim", true, "dim takes a number from 0 to 1, not true." },
    { "target", 4, "target takes a number of 5 or more, not 4." },
    { "depth", 10, "depth takes a number of 9.5 or less, not 10." },
    { "any", infinity, "any takes a number, not infinity." },
    { "any", -infinity, "any takes a number, not minus infinity." },
    { "any", {}, "any takes a number, not a table." },
    { "text", 5, "text takes text, not 5." },
    { "mode", "slow", "mode takes 'eco', 'fast' or 'off', not 'slow'." },
    { "mode", 1, "mode takes 'eco', 'fast' or 'off', not 1." },
    { "measure", 20, "measure can only be read, not set." },
  } do
    it(("%s refuses %s"):format(case[1], tostring(case[2])), function()
      assert.same({ "invalid", case[3] }, { capability.objection(known, case[1], case[2]) })
    end)
  end

  it("suggests names for an unknown capability", function()
    assert.same({ "not_found", "it has no capability 'onof'; did you mean 'onoff'?" },
      { capability.objection(known, "onof", true) })
  end)

  describe("of a device that was not read", function()
    for _, case in ipairs {
      { "onoff", true, "send" }, { "onoff.2", false, "send" }, { "dim", 0.4, "send" },
      { "thermostat_mode", "heat", "send" },
      { "custom", nan, "refuse" }, { "dim", infinity, "refuse" },
      { "thermostat_mode", nan, "refuse" },
      { "onoff", "on", "ask" }, { "dim", "high", "ask" }, { "dim", true, "ask" },
      { "thermostat_mode", 1, "ask" },
      { "dim", 100, "ask" }, { "thermostat_mode", "warm", "ask" }, { "custom", 1, "ask" },
      { "measure_power", 1, "ask" },
    } do
      it(("%s = %s: %s"):format(case[1], tostring(case[2]), case[3]), function()
        assert.equal(case[3], (capability.judge(case[1], case[2])))
      end)
    end

    it("is refused in a sentence", function()
      assert.equal("dim takes a number, not infinity.",
        select(2, capability.judge("dim", infinity)))
    end)
  end)

  describe("compares numbers", function()
    local dim, target = { min = 0, max = 1, decimals = 2 },
      { min = 4, max = 35, step = 0.5, decimals = 1 }
    for _, case in ipairs {
      { "that were computed as what they mean", nil, 0.1 + 0.2, 0.3, true },
      { "next to zero as zero", nil, 0.3 - 0.1 - 0.2, 0, true },
      { "that are large by what they are", nil, 1e12 + 0.1, 1e12, true },
      { "that differ as different", nil, 0.3, 0.31, false },
      { "after rounding to the decimals", dim, 0.401, 0.4, true },
      { "that differ in the last decimal as different", dim, 0.41, 0.4, false },
      { "after rounding to the step, which goes before the decimals", target, 21.6, 21.5, true },
      { "of two steps as different", target, 21.8, 21.5, false },
      { "and texts as different", dim, "0.4", 0.4, false },
      { "and nothing as different", dim, nil, 0, false },
      { "that are none as different", nil, nan, nan, false },
      { "without a grid where the step is none", { step = 0 }, 1, 1.4, false },
    } do
      it(case[1], function()
        assert.equal(case[5], capability.is_same(case[2], case[3], case[4]))
      end)
    end
  end)

  it("rounds a computed value to its bound", function()
    local sum = 0
    for _ = 1, 20 do sum = sum + 0.05 end
    assert.is_true(sum > 1)
    assert.is_nil(capability.objection(known, "dim", sum))
    assert.equal(1, capability.fit(known.dim, sum))
    assert.is_nil(capability.objection(known, "dim", 0.3 - 0.1 - 0.2))
    assert.equal(0, capability.fit(known.dim, 0.3 - 0.1 - 0.2))
    assert.equal("invalid", (capability.objection(known, "dim", 1.001)))
  end)

  it("of the system has known properties", function()
    local def = standard_capabilities.capability("target_temperature")
    assert.same({ "number", 4, 35, 1, "°C", true, true },
      { def.type, def.min, def.max, def.decimals, def.units, def.settable, def.getable })
    assert.is_nil(standard_capabilities.capability("nonesuch"))
    assert.is_nil(standard_capabilities.capability(""))
  end)

  it("equals what its tool makes of the table", function()
    local lines = 0
    for line in io.lines("mk/tables/capabilities.tsv") do
      if not line:find("^#") and not line:find("^id\t") then
        lines = lines + 1
        assert.is_truthy(("\n" .. require("homey.model.capability_catalog").capabilities)
          :find("\n" .. line .. "\n", 1, true))
      end
    end
    assert.equal(184, lines)
  end)
end)
