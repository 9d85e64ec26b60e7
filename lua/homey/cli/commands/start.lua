-- homey start, mood: starts a flow, sets a mood.

local at_home = require "homey.cli.at_home"
local homey = require "homey"
local words = require "homey.cli.words"

local commands = {
  start = {
    name = "start", takes = "FLOW [TOKEN=VALUE...]", least = 1, most = 64,
    text = "Start a flow: homey start 'Evening/Cosy evening'. With values of its tokens: level=21",
  },
  mood = { name = "mood", takes = "NAME", least = 1, text = "Set a mood: homey mood Dinner" },
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

return { main = at_home.main(commands, run) }
