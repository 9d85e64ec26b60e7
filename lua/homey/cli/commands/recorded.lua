-- homey insights, energy: what the hub has recorded and measures.

local at_home = require "homey.cli.at_home"
local core = require "homey.core"
local facts = require "homey.cli.facts"
local homey = require "homey"
local number_text = require "homey.util.number_text"
local output = require "homey.cli.output"
local rows = require "homey.insights.options"
local text = require "homey.util.text"

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
}
for _, row in ipairs(facts.options) do insights_more[#insights_more + 1] = row end

local period_values = { zone = "NAME", day = "DAY", week = "WEEK", month = "MONTH", year = "YEAR" }

local commands = {
  insights = {
    name = "insights", takes = "DEVICE CAPABILITY", least = 2,
    text = "Show recorded values: homey insights Garden/Weather measure_temperature --last 24h",
    options = options_of(rows.insights, { last = "TIME", from = "TIME", to = "TIME" },
      insights_more),
  },
  energy = {
    name = "energy", takes = "",
    text = "Show the power of the home, its zones and its devices now, in watts.",
    more = "With a day, week, month or year: the report of the hub, as JSON. `today` and `this` "
      .. "are the current one.",
    options = options_of(rows.energy, period_values, facts.options),
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

function run.insights(options, rest, home)
  local given = given_of(rows.insights, options)
  given.from, given.to = moment(given.from), moment(given.to)
  local points = homey.device(rest[1]):insights(rest[2], given)
  if options.csv then return output(points:csv()) end
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

function run.energy(options, _, home)
  local given, is_period = period_given(options)
  local answer = home:energy(given)
  if is_period then return print_json(answer) end
  local list = power_facts(answer)
  if given.zone then list[1].kind, list[1].name = "zone", given.zone end
  facts.print(list, columns, options)
end

return { main = at_home.main(commands, run), commands = commands }
