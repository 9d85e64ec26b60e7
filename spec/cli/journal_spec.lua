-- homey journal: what programs on this machine have sent, and why.
local command = require "spec.support.command"
local core = require "homey.core"
local support = require "spec.support.sim"

local unpack = table.unpack or unpack -- luacheck: compat

describe("homey journal", function()
  local env, sim

  setup(function() sim = support.start() end)
  before_each(function()
    env = command.with_key(sim, command.folder() .. "/state")
  end)
  after_each(command.tidy)
  teardown(support.stop)

  local function run(...) return command.succeed(env, ...) end

  it("is empty where nothing was sent", function()
    assert.equal("", run "journal")
    assert.equal("[]\n", run("journal", "--json"))
  end)

  it("has what was sent, in order, with who did it and what came of it", function()
    run("set", "Kitchen/Lamp", "dim", "0.4")
    run("mood", "Dinner")
    sim:fault { route = "capability", kind = "status", status = 500 }
    assert.equal(6, (command.run(env, "set", "Hall/Lamp", "onoff", "on")))
    sim:clear()
    local time = "^%d+%-%d%d%-%d%d %d%d:%d%d:%d%d\t"
    local lines = {}
    for line in run("journal"):gmatch "[^\n]+" do lines[#lines + 1] = line end
    assert.equal(3, #lines)
    assert.matches(time .. "Kitchen/Lamp\tdim\t0.4\t`homey set`\tdone\t", lines[1])
    assert.matches(time .. ".*Dinner.*\t`homey mood`\tdone\t", lines[2])
    assert.matches(time .. "Hall/Lamp\tonoff\ttrue\t`homey set`\t[^\t]*could not do it", lines[3])
  end)

  it("explains a value, to programs by its steps", function()
    run("set", "Kitchen/Lamp", "dim", "0.4")
    assert.matches("^Kitchen/Lamp: dim .*`homey set`.*\n$", run("why", "Kitchen/Lamp", "dim"))
    local fact = core.decode(run("why", "Kitchen/Lamp", "dim", "--json"))
    assert.matches("`homey set`", fact.text)
    assert.is_true(#fact.steps > 0)
    assert.is_string(fact.steps[1].text)
  end)

  it("is narrowed by a name and a time", function()
    run("set", "Kitchen/Lamp", "dim", "0.4")
    run("set", "Hall/Lamp", "dim", "0.4")
    assert.equal("Hall/Lamp\n", run("journal", "hall/*", "--format", "{name}"))
    core.pause(1.1)
    assert.equal("", run("journal", "--last", "1s", "--format", "{name}"))
  end)

  it("goes on with --follow until Ctrl-C, silently", function()
    run("set", "Kitchen/Lamp", "dim", "0.3")
    local process = command.start(env, "journal", "--follow", "--jsonl")
    process:wait_for '"Kitchen/Lamp"'
    run("set", "Hall/Lamp", "dim", "0.7")
    process:wait_for '"Hall/Lamp"'
    process:signal "INT"
    assert.equal(130, process:ended())
    local values = {}
    for line in process:said():gmatch "[^\n]+" do
      local fact = core.decode(line)
      values[#values + 1] = fact.value
      assert.equal("done", fact.outcome)
    end
    assert.same({ 0.3, 0.7 }, values)
  end)

  for what, case in pairs {
    ["a time"] = { { "journal", "--last", "long" }, "--last takes a time" },
    ["an array that never ends"] = { { "journal", "--follow", "--json" }, "use --jsonl" },
  } do
    it("refuses " .. what, function()
      local code, out, err = command.run(env, unpack(case[1]))
      assert.same({ 2, "" }, { code, out })
      assert.truthy(err:find(case[2], 1, true), err)
    end)
  end
end)
