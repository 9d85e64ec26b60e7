-- homey watch: reports as they come, and its ends.
local command = require "spec.support.command"
local core = require "homey.core"

local unpack = table.unpack or unpack -- luacheck: compat

describe("homey watch", function()
  local env, sim

  setup(function() env, sim = command.at_sim() end)
  teardown(command.leave_sim)

  -- Switches a lamp until the program has told or ended: it listens some time after its start.
  local function switch_until(device, id, values, f)
    local n = 0
    return command.until_true("it reports", function()
      n = n + 1
      sim:operate(device, id, values[n % #values + 1])
      return f()
    end)
  end

  it("prints reports with time, device, capability and value, until Ctrl-C, silently", function()
    local process = command.start(env, "watch")
    switch_until("Kitchen/Lamp", "dim", { 0.25, 0.75 }, function()
      return process:said():find "\n"
    end)
    process:wait_for "%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d\tKitchen/Lamp\tdim\t0%.[27]5\n"
    process:signal "INT"
    assert.equal(130, process:ended())
    for line in process:said():gmatch "[^\n]+" do assert.matches("\tKitchen/Lamp\tdim\t", line) end
  end)

  it("ends after so many reports, as JSON lines", function()
    local process = command.start(env, "watch", "--count", "2", "--jsonl")
    switch_until("Hall/Lamp", "onoff", { true, false }, function() return process:code() end)
    assert.equal(0, process:code())
    local lines = 0
    for line in process:said():gmatch "[^\n]+" do
      local fact = core.decode(line)
      assert.same({ "Hall/Lamp", "onoff", "boolean" },
        { fact.path, fact.capability, type(fact.value) })
      lines = lines + 1
    end
    assert.equal(2, lines)
  end)

  it("shows the seconds since its start in place of the time", function()
    local process = command.start(env, "watch", "--since-start", "--count", "1")
    switch_until("Hall/Lamp", "onoff", { true, false }, function() return process:code() end)
    assert.equal(0, process:code())
    assert.matches("^%d+%.%d%d%d\tHall/Lamp\tonoff\t%l+\n$", process:said())
  end)

  it("prints only what was asked for", function()
    local process = command.start(env, "watch", "kitchen/*", "--capability", "dim", "--count", "1",
      "--format", "{path} {capability}")
    local n = 0
    command.until_true("it ends", function()
      n = n + 1
      sim:operate("Hall/Lamp", "dim", n % 2 == 0 and 0.2 or 0.4)
      sim:operate("Kitchen/Lamp", "onoff", n % 2 == 0)
      sim:operate("Kitchen/Lamp", "dim", n % 2 == 0 and 0.2 or 0.4)
      return process:code()
    end)
    assert.equal("Kitchen/Lamp dim\n", process:said())
  end)

  it("ends when a condition comes", function()
    sim:operate("Hall/Lamp", "onoff", false)
    local process = command.start(env, "watch", "Kitchen/Lamp", "--until", "Hall/Lamp onoff on")
    switch_until("Kitchen/Lamp", "dim", { 0.3, 0.6 }, function()
      return process:said():find "\n"
    end)
    assert.is_nil(process:code())
    sim:operate("Hall/Lamp", "onoff", true)
    assert.equal(0, process:ended())
    assert.is_nil(process:said():find "Hall")
  end)

  it("ends at once when the condition holds", function()
    sim:operate("Hall/Lamp", "onoff", true)
    assert.same({ 0, "", "" }, { command.run(env, "watch", "--until", "Hall/Lamp onoff true") })
  end)

  it("fails when the condition has not come in time", function()
    sim:operate("Hall/Lamp", "onoff", false)
    local code, out, err = command.run(env, "watch", "--until", "Hall/Lamp onoff on", "--timeout",
      "0.2")
    assert.same({ 5, "" }, { code, out })
    assert.matches("^homey watch: [^\n]+\n$", err)
  end)

  for what, case in pairs {
    ["a condition"] = { { "watch", "--until", "Hall/Lamp" }, 2, "%-%-until takes a device" },
    ["a device"] = { { "watch", "--until", "Hall/Lmp onoff on" }, 4, "did you mean 'Hall/Lamp'" },
    ["a capability"] = { { "watch", "--until", "Hall/Lamp onof on" }, 4, "capability 'onof'" },
    ["a value"] = { { "watch", "--until", "Hall/Lamp onoff maybe" }, 2,
      "Hall/Lamp: onoff takes true or false, not 'maybe'" },
    ["a zone"] = { { "watch", "--zone", "Atic" }, 4, "there is no zone 'Atic'" },
  } do
    it("names a mistyped part: " .. what, function()
      local code, out, err = command.run(env, unpack(case[1]))
      assert.same({ case[2], "" }, { code, out })
      assert.matches(case[3], err)
    end)
  end
end)
