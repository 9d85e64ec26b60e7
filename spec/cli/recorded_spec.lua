-- homey insights, energy: what the hub has recorded and measures.
local command = require "spec.support.command"
local core = require "homey.core"

local unpack = table.unpack or unpack -- luacheck: compat

describe("what the hub has recorded, by the homey command", function()
  local env

  setup(function() env = command.at_sim() end)
  teardown(command.leave_sim)

  local function run(...) return command.succeed(env, ...) end

  local function lines_of(out)
    local list = {}
    for line in out:gmatch "[^\n]+" do list[#list + 1] = line end
    return list
  end

  local weather = { "insights", "Garden/Weather", "measure_temperature", "--last" }

  it("has a line for each point, with gaps", function()
    local lines, gaps = lines_of(run(weather[1], weather[2], weather[3])), 0
    assert.near(96, #lines, 1) -- quarters of an hour
    for _, line in ipairs(lines) do
      assert.matches("^%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d\t[%d.-]+$", line)
      if line:find "\t%-$" then gaps = gaps + 1 end
    end
    assert.is_true(gaps > 0 and gaps < #lines)
  end)

  it("is JSON and comma-separated values for programs", function()
    local points = core.decode(run(weather[1], weather[2], weather[3], "--json"))
    assert.near(96, #points, 1)
    assert.equal(900, points[2].at - points[1].at)
    local lines = lines_of(run(weather[1], weather[2], weather[3], "--csv"))
    assert.equal("time,at,value", lines[1])
    assert.near(97, #lines, 1)
    assert.matches("^[%d-]+ [%d:]+,%d+,[%d.-]*$", lines[2])
  end)

  it("reaches back as far as was asked for", function()
    local points = core.decode(run(weather[1], weather[2], weather[3], "--last", "30m", "--json"))
    assert.is_true(#points > 1)
    assert.is_true(points[#points].at - points[1].at <= 1800)
  end)

  it("has a header on a terminal", function()
    local out = command.on_terminal(env, weather[1], weather[2], weather[3], "--table")
    assert.matches("^TIME %(Europe/%a+%) +VALUE %(\194\176C%)\n", out)
  end)

  it("is the power of the home, its zones and devices now", function()
    local list = core.decode(run("energy", "--json"))
    local sum, kinds = 0, {}
    for _, fact in ipairs(list) do
      kinds[fact.kind] = (kinds[fact.kind] or 0) + 1
      if fact.kind == "device" then sum = sum + (fact.consumed or 0) end
    end
    assert.same({ "home", 1 }, { list[1].kind, kinds.home })
    assert.is_true(kinds.zone > 1 and kinds.device > 1)
    assert.near(list[1].consumed, sum, 1e-6)
    assert.matches("\ndevice\tBathroom/Boiler\t[%d.]+\t%-\t%-\n", run "energy")
  end)

  it("is the power of a zone", function()
    local list = core.decode(run("energy", "--zone", "Bathroom", "--json"))
    assert.same({ "zone", "Bathroom" }, { list[1].kind, list[1].name })
    for _, fact in ipairs(list) do
      if fact.kind == "device" then assert.matches("^Bathroom/", fact.name) end
    end
  end)

  it("is the report of a period, as the hub sends it", function()
    assert.is_table(core.decode(run("energy", "--day", "today")))
    assert.is_table(core.decode(run("energy", "--month", "this")))
  end)

  for what, case in pairs {
    ["a capability"] = { { "insights", "Garden/Weather", "measure_temprature" }, 4,
      "measure_temprature" },
    ["a time"] = { { "insights", "Garden/Weather", "measure_temperature", "--last", "long" }, 2,
      "--last takes a time" },
    ["a resolution"] = {
      { "insights", "Garden/Weather", "measure_temperature", "--resolution", "lastDay" }, 2,
      "--resolution takes" },
    ["a zone"] = { { "energy", "--zone", "Atic" }, 4, "there is no zone 'Atic'" },
    ["a day"] = { { "energy", "--day", "someday" }, 2, "someday" },
    ["two periods"] = { { "energy", "--day", "today", "--year", "this" }, 2, "takes one of" },
  } do
    it("names a mistyped part: " .. what, function()
      local code, out, err = command.run(env, unpack(case[1]))
      assert.same({ case[2], "" }, { code, out })
      assert.truthy(err:find(case[3], 1, true), err)
    end)
  end
end)
