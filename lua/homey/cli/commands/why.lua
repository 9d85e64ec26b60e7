-- homey why: the reason for a value.

local at_home = require "homey.cli.at_home"
local homey = require "homey"
local output = require "homey.cli.output"

local commands = {
  why = {
    name = "why", takes = "DEVICE CAPABILITY", least = 2,
    text = "Explain why a value is as it is, from the journal of the automations on this machine.",
  },
}

local run = {}

function run.why(_, rest)
  output(homey.why(rest[1], rest[2]) .. "\n")
end

return { main = at_home.main(commands, run) }
