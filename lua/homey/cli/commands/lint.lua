-- homey lint: what is wrong in a home.

local at_home = require "homey.cli.at_home"
local facts = require "homey.cli.facts"
local findings = require "homey.cli.lint.findings"
local lint = require "homey.cli.lint.lint"
local output = require "homey.cli.output"
local screen = require "homey.cli.screen"
local text = require "homey.util.text"

local usual = 20 -- percent: a battery below is weak

local commands = {
  lint = {
    name = "lint", takes = "",
    text = "Look for what is wrong: broken flows, devices out of reach, weak batteries.",
    more = "Ends with 1 where there is an error or a warning.",
    options = facts.with {
      { name = "battery", value = "PERCENT", type = "number", min = 0, max = 100, default = usual,
        doc = "a battery below this is weak" },
    },
  },
}

local columns = {
  { "SEVERITY", "severity" }, { "KIND", "kind" }, { "NAME", "name" }, { "PROBLEM", "message" },
  { "ADVICE", "advice" },
}

local function is_for_programs(options) return options.json or options.jsonl or options.format end

local styles = { error = "bad", note = "quiet" }

local function print_for_people(list, options)
  local lines = {}
  for i, each in ipairs(list) do
    local severity = ("%-7s"):format(each.severity)
    lines[i] = ("%s  %s %s: %s\n         %s\n"):format(
      screen.styled(severity, styles[each.severity], options.color), (each.kind:gsub("_", " ")),
      text.visible(each.name), each.message, each.advice)
  end
  output.long(table.concat(lines), options)
end

local run = {}

function run.lint(options, _, home)
  local list, all = lint(home, options.battery or usual)
  if #list == 0 and not is_for_programs(options) then
    output(("Nothing found: %d devices and %d flows are in order.\n"):format(#all.device,
      #all.flow + #all.advanced_flow))
  elseif screen.is_terminal() and not is_for_programs(options) then
    print_for_people(list, options)
  else
    facts.print(list, columns, options)
  end
  return findings.count(list) > 0 and 1 or 0
end

return { main = at_home.main(commands, run), commands = commands }
