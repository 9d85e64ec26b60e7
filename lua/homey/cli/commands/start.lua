-- homey start, mood, variable: starts a flow, sets a mood, shows or changes a variable.

local at_home = require "homey.cli.at_home"
local facts = require "homey.cli.facts"
local homey = require "homey"
local words = require "homey.cli.words"

local commands = {
  start = {
    name = "start", takes = "FLOW [TOKEN=VALUE...]", least = 1, most = 64,
    text = "Start a flow: homey start 'Evening/Cosy evening'. With values of its tokens: level=21",
  },
  mood = { name = "mood", takes = "NAME", least = 1, text = "Set a mood: homey mood Dinner" },
  variable = {
    name = "variable", takes = "NAME [VALUE]", least = 1, most = 2,
    text = "Show a variable, or change it: homey variable Guests 3", options = facts.options,
  },
}

local run = {}

function run.start(_, rest, home)
  local flow = homey.flow(rest[1])
  local tokens = rest[2] and words.pairs(rest, 2) or nil
  at_home.change(home, "start", flow.start, flow, tokens)
end

function run.mood(_, rest, home)
  local mood = homey.mood(rest[1])
  at_home.change(home, "mood", mood.set, mood)
end

function run.variable(options, rest, home)
  local variable = homey.variable(rest[1])
  if rest[2] then
    at_home.change(home, "variable", variable.set, variable, words.plain(variable.type, rest[2]))
    return
  end
  local value = variable:get()
  facts.print_one({
    id = variable.id, name = variable.name, type = variable.type, value = value,
  }, facts.text(value), options)
end

return { main = at_home.main(commands, run), commands = commands }
