-- homey notify, push, say: messages to people.

local at_home = require "homey.cli.at_home"

local longest = 1000 -- words of a text

local commands = {
  notify = {
    name = "notify", takes = "TEXT...", least = 1, most = longest,
    text = "Write a notification to the timeline: homey notify 'The laundry is done'",
  },
  push = {
    name = "push", takes = "USER TEXT...", least = 2, most = longest,
    text = "Send a push message to the phones of a user: homey push Vera 'Dinner is ready'",
  },
  say = {
    name = "say", takes = "TEXT...", least = 1, most = longest,
    text = "Say a text by the speaker of the hub: homey say 'Dinner is ready'",
    options = {
      { name = "device", value = "NAME", type = "text", doc = "by this speaker in place of it" },
    },
  },
}

local function text_of(rest, first)
  return table.concat(rest, " ", first)
end

local run = {}

function run.notify(_, rest, home)
  at_home.change(home, "notify", home.notify, home, text_of(rest, 1))
end

function run.push(_, rest, home)
  at_home.change(home, "push", home.push, home, rest[1], text_of(rest, 2))
end

function run.say(options, rest, home)
  at_home.change(home, "say", home.say, home, text_of(rest, 1), options.device)
end

return { main = at_home.main(commands, run), commands = commands }
