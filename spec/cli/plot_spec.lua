-- Plots of recorded values: their scales, on a terminal, and as SVG.
local Location = require "homey.time.location"
local canvas = require "homey.cli.plot.canvas"
local command = require "spec.support.command"
local scale = require "homey.cli.plot.scale"
local svg = require "homey.cli.plot.svg"
local terminal = require "homey.cli.plot.terminal"

local amsterdam = Location.new { timezone = "Europe/Amsterdam" }

local function texts(ticks)
  local list = {}
  for i, tick in ipairs(ticks) do list[i] = tick.text end
  return table.concat(list, " ")
end

describe("an axis of numbers", function()
  it("has round steps, and covers all values", function()
    for _, case in ipairs {
      { 9.7, 12.7, 5, "9 10 11 12 13" }, { 0, 1, 5, "0.0 0.5 1.0" }, { 18.2, 18.9, 5,
        "18.2 18.4 18.6 18.8 19.0" }, { -3, 4, 5, "-4 -2 0 2 4" }, { 0, 3200, 5,
        "0 1000 2000 3000 4000" }, { 21, 21, 5, "18 20 22 24" },
    } do
      local ticks, low, high = scale.numbers(case[1], case[2], case[3])
      assert.equal(case[4], texts(ticks))
      assert.is_true(low <= case[1] and high >= case[2])
    end
  end)

  it("of any values has at most as many ticks as were asked for", function()
    math.randomseed(3)
    for _ = 1, 2000 do
      local low = (math.random() - 0.5) * 10 ^ math.random(-6, 9)
      local high = low + math.random() * 10 ^ math.random(-6, 9)
      local ticks, from, to = scale.numbers(low, high, 5)
      assert.is_true(#ticks >= 2 and #ticks <= 5, ("%g %g: %s"):format(low, high, texts(ticks)))
      local margin = 1e-6 * math.max(high - low, math.abs(low) * 1e-9)
      assert.is_true(from <= low + margin and to >= high - margin, ("%g %g"):format(low, high))
    end
  end)
end)

describe("an axis of times", function()
  local function ticks(from, seconds, most)
    return texts(scale.times(amsterdam, from, from + seconds, most))
  end

  it("has round times of the home", function()
    assert.equal("18:00 12-01 06:00 12:00", ticks(1764604800 - 86400, 86400, 5))
    assert.equal("16:10 16:20 16:30 16:40", ticks(1764601500, 2400, 5))
  end)

  it("goes on by the clock when summer time ends", function()
    assert.equal("18:00 10-26 06:00 12:00", ticks(1761404400, 82800, 6))
  end)

  it("has days, and months", function()
    assert.equal("11-28 11-30 12-02", ticks(1764201600, 5 * 86400, 3))
    assert.equal("2025-04 2025-07 2025-10 2026-01", ticks(1738368000, 365 * 86400, 6))
  end)
end)

describe("a plot", function()
  local flat = {
    title = "Hall/<x>: measure_power (W)", from = 0, to = 100, low = 0, high = 10,
    y = { { at = 0, text = "0" }, { at = 10, text = "10" } }, place = Location.new {
      timezone = "UTC",
    },
    lines = {
      { { at = 0, value = 10 }, { at = 40, value = 10 } }, { { at = 60, value = 0 } },
    },
  }

  it("draws lines and single dots, and leaves gaps", function()
    local picture = canvas.new(4, 2, true)
    picture:line(0, 0, 3, 0)
    picture:dot(7, 7)
    picture:dot(8, 0) -- outside
    assert.equal("⠉⠉  ", picture:text(0))
    assert.equal("   ⢀", picture:text(1))
    local plain = canvas.new(3, 1, false)
    plain:line(0, 0, 1, 0)
    assert.equal("** ", plain:text(0))
  end)

  it("fits the width of the screen", function()
    for _, width in ipairs { 20, 40, 80, 200 } do
      for line in terminal.plot(flat, width):gmatch "[^\n]+" do
        local _, count = line:gsub("[^\128-\191]", "")
        assert.is_true(count <= math.max(width, 30), line)
      end
    end
  end)

  it("as SVG escapes names, and has one path for each line", function()
    local picture = svg.plot(flat)
    assert.truthy(picture:find("<title>Hall/&lt;x&gt;: measure_power (W)</title>", 1, true))
    assert.equal(2, select(2, picture:gsub("<path ", "")))
    assert.is_nil(picture:find("http://[^w]"))
  end)
end)

describe("plots by the homey command", function()
  local env

  setup(function() env = command.at_sim() end)
  teardown(command.leave_sim)

  local weather = { "insights", "Garden/Weather", "measure_temperature" }

  it("are drawn on a terminal, with both axes and a summary", function()
    local out = command.on_terminal(env, weather[1], weather[2], weather[3])
    assert.matches("^Garden/Weather: measure_temperature %(\194\176C%), times of Europe/Ams", out)
    assert.matches("\n *%d+ [┤+]", out)
    assert.matches("%d%d:00", out)
    assert.matches("min [%d.]+ at [%d%- :]+   mean [%d.]+   max [%d.]+ at", out)
  end)

  it("are written to a file, or printed", function()
    local path = command.folder() .. "/weather.svg"
    local function plot(file) -- of a day, since a period until now is another one each time
      return command.succeed(env, weather[1], weather[2], weather[3], "--resolution", "yesterday",
        "--svg", file)
    end
    assert.equal("", plot(path))
    assert.equal(command.read(path), plot "-")
    assert.matches("^<%?xml .*</svg>\n$", command.read(path))
  end)

  it("name a file that cannot be written, and a capability without values", function()
    local code, out, err = command.run(env, weather[1], weather[2], weather[3], "--svg",
      "/none/x.svg")
    assert.same({ 2, "" }, { code, out })
    assert.matches("%-%-svg: the file cannot be written: /none/x.svg: No such file", err)
    code, out, err = command.run(env, "insights", "Kitchen/Lamp", "dim", "--last", "30d", "--svg",
      "-")
    assert.same({ 2, "" }, { code, out })
    assert.matches("nothing to plot", err)
  end)

  it("of power come again and again with --live", function()
    local out = command.succeed(env, "energy", "--live", "--count", "2", "--every", "1s", "--jsonl")
    assert.equal(2, select(2, out:gsub('"consumed":', "")))
    local code, _, err = command.run(env, "energy", "--live", "--day", "today")
    assert.equal(2, code)
    assert.matches("it goes with no period", err)
  end)
end)
