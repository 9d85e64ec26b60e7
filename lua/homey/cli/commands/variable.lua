-- homey variable: a variable of the hub.

local at_home = require "homey.cli.at_home"
local facts = require "homey.cli.facts"
local homey = require "homey"
local words = require "homey.cli.words"

local commands = {
  variable = {
    name = "variable", takes = "NAME [VALUE]", least = 1, most = 2,
    text = "Show a variable, or change it: homey variable Guests 3", options = facts.options,
  },
}

local run = {}

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

return { main = at_home.main(commands, run) }
