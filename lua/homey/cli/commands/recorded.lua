-- homey insights, energy: what the hub has recorded and measures.

local at_home = require "homey.cli.at_home"
local core = require "homey.core"
local date = require "homey.time.date"
local facts = require "homey.cli.facts"
local home_location = require "homey.model.home_location"
local homey = require "homey"
local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"
local number_text = require "homey.util.number_text"
local output = require "homey.cli.output"
local rows = require "homey.insights.options"
local screen = require "homey.cli.screen"
local text = require "homey.util.text"

local series = lazy "homey.cli.plot.series"
local svg = lazy "homey.cli.plot.svg"
local terminal = lazy "homey.cli.plot.terminal"

-- Options of a call as options of the command, and those of facts.
local function options_of(call, values, more)
  local list = {}
  for i, row in ipairs(call) do
    list[i] = {
      name = row.name, value = values[row.name] or "TEXT", min = row.min, values = row.values,
      type = row.type == "any" and "text" or row.type, doc = row.doc,
      default_text = row.default_text,
    }
  end
  for _, row in ipairs(more) do list[#list + 1] = row end
  return list
end

local insights_more = {
  { name = "csv", type = "boolean", doc = "print comma-separated values, with a header" },
  { name = "svg", value = "FILE", type = "text", doc = "write a plot to this file; - prints it" },
  { name = "table", type = "boolean", doc = "print a table on a terminal, not a plot" },
}

local energy_more = {
  { name = "live", type = "boolean", doc = "print the power again and again, until Ctrl-C" },
  { name = "every", value = "TIME", type = "duration", min = 1, default_text = "10 s",
    doc = "the time between two lines of --live" },
  { name = "count", value = "NUMBER", type = "integer", min = 1,
    doc = "end --live after so many lines" },
}

local period_values = { zone = "NAME", day = "DAY", week = "WEEK", month = "MONTH", year = "YEAR" }

local commands = {
  insights = {
    name = "insights", takes = "DEVICE CAPABILITY", least = 2,
    text = "Show recorded values: homey insights Garden/Weather measure_temperature --last 24h",
    more = "On a terminal they are a plot, elsewhere a line for each.",
    options = options_of(rows.insights, { last = "TIME", from = "TIME", to = "TIME" },
      facts.with(insights_more)),
  },
  energy = {
    name = "energy", takes = "",
    text = "Show the power of the home, its zones and its devices now, in watts.",
    more = "With a day, week, month or year: the report of the hub, as JSON. `today` and `this` "
      .. "are the current one.",
    options = options_of(rows.energy, period_values, facts.with(energy_more)),
  },
}

local function print_json(value)
  output(text.visible_json(assert(core.encode(value))) .. "\n")
end

local function given_of(call, options)
  local given = {}
  for _, row in ipairs(call) do given[row.name] = options[row.name] end
  return given
end

local run = {}

-- ---- insights -----------------------------------------------------------------------------------

local function moment(word)
  return word and (number_text.read(word) or word)
end

local value_ticks = { terminal = 5, svg = 7 }

local function series_of(points, home, where)
  return series.of(points, home, value_ticks[where])
    or invalid("there is nothing to plot: the hub has recorded no value of %s.", points.what)
end

local function write_svg(points, home, path)
  local picture = svg.plot(series_of(points, home, "svg"))
  if path == "-" then return output(picture) end
  local file, problem = io.open(path, "wb")
  if file then
    local _, trouble = file:write(picture)
    local is_closed, last = file:close()
    problem = trouble or not is_closed and last or nil
  end
  if problem then invalid("--svg: the file cannot be written: %s.", problem) end
end

local function is_plotted(options)
  local is_for_programs = options.json or options.jsonl or options.format
  return screen.is_terminal() and not (is_for_programs or options.table)
end

local function summary_of(points, plotted)
  if plotted.is_switch then
    local percent = math.floor(series.part_on(plotted) * 100 + 0.5)
    return ("on for %d%% of the time\n"):format(percent)
  end
  local low, first = points:min()
  local high, top = points:max()
  return ("min %s at %s   mean %s   max %s at %s\n"):format(number_text.format("%.4g", low),
    first.time, number_text.format("%.4g", points:mean()), number_text.format("%.4g", high),
    top.time)
end

local function print_plot(points, home)
  local plotted = series_of(points, home, "terminal")
  output(terminal.plot(plotted, screen.width())
    .. summary_of(points, plotted))
end

function run.insights(options, rest, home)
  local given = given_of(rows.insights, options)
  given.from, given.to = moment(given.from), moment(given.to)
  local points = homey.device(rest[1]):insights(rest[2], given)
  if options.csv then return output(points:csv()) end
  if options.svg then return write_svg(points, home, options.svg) end
  if is_plotted(options) then return print_plot(points, home) end
  local list = {}
  for i, point in ipairs(points) do
    local value = point.value
    if value == nil then value = core.null end
    list[i] = { time = point.time, at = point.at, value = value }
  end
  local unit = points.units and (" (%s)"):format(points.units) or ""
  facts.print(list,
    { { at_home.title("TIME", home), "time" }, { "VALUE" .. unit, "value" } }, options)
end

-- ---- energy -------------------------------------------------------------------------------------

local columns = {
  { "OF", "kind" }, { "NAME", "name" }, { "CONSUMES (W)", "consumed" },
  { "GENERATES (W)", "generated" }, { "GRID (W)", "grid" },
}

local function power_facts(power)
  local list = {
    { kind = "home", name = "", consumed = power.consumed, generated = power.generated,
      grid = power.grid, computed = power.computed },
  }
  for _, kind in ipairs { "zone", "device" } do
    for _, each in ipairs(power[kind .. "s"]) do
      list[#list + 1] = {
        kind = kind, name = tostring(each[kind]), id = each[kind].id, consumed = each.consumed,
        generated = each.generated,
      }
    end
  end
  return list
end

local current = { today = true, this = true, ["true"] = true }

local function period_given(options)
  local given, is_period = given_of(rows.energy, options), false
  for name, word in pairs(given) do
    if name ~= "zone" then
      is_period = true
      given[name] = current[word] or word
    end
  end
  return given, is_period
end

local live_columns = {
  { "TIME", "time", width = 19 }, { "CONSUMES (W)", "consumed", width = 12 },
  { "GENERATES (W)", "generated", width = 13 }, { "GRID (W)", "grid" },
}
local live_pause = 10 -- seconds

-- Prints the power of the home, again and again.
local function print_live(home, given, options)
  if options.json then invalid("--live prints one object a line: --jsonl.") end
  local place, left = home_location.of(home), options.count or math.huge
  while true do
    local power = home:energy(given)
    local at = homey.now()
    facts.print_line({
      time = date(place, "%Y-%m-%d %H:%M:%S", at), at = at, consumed = power.consumed,
      generated = power.generated, grid = power.grid or core.null, computed = power.computed,
    }, live_columns, options)
    left = left - 1
    if left <= 0 then return end
    homey.sleep(options.every or live_pause)
  end
end

function run.energy(options, _, home)
  local given, is_period = period_given(options)
  if options.live then
    if is_period then invalid("--live shows the power now: it goes with no period.") end
    return print_live(home, given, options)
  end
  local answer = home:energy(given)
  if is_period then return print_json(answer) end
  local list = power_facts(answer)
  if given.zone then list[1].kind, list[1].name = "zone", given.zone end
  facts.print(list, columns, options)
end

return { main = at_home.main(commands, run), commands = commands }
