-- homey action, condition: flow cards.

local at_home = require "homey.cli.at_home"
local core = require "homey.core"
local homey = require "homey"
local output = require "homey.cli.output"
local text = require "homey.util.text"
local words = require "homey.cli.words"

local most = 64 -- arguments

local more = "CARD is an id or a title from `homey cards`. A VALUE is read as JSON if possible, "
  .. "else as text.\nThe VALUE of `device` is the name of a device: "
  .. "homey action on device=Kitchen/Lamp"

local commands = {
  action = {
    name = "action", takes = "CARD [ARG=VALUE...]", least = 1, most = most, more = more,
    text = "Run the action of a flow card. Prints the tokens that it gives, as JSON.",
    options = {
      { name = "duration", value = "TIME", type = "duration",
        doc = "the duration, for a card that takes one" },
      { name = "token", value = "ID", type = "text", doc = "the token of a card that takes one" },
    },
  },
  condition = {
    name = "condition", takes = "CARD [ARG=VALUE...]", least = 1, most = most, more = more,
    text = "Check the condition of a flow card. Prints true or false, and exits with 0 or 1.",
  },
}

local function arguments_of(rest)
  local given = words.pairs(rest, 2, function(name) return name == "device" end)
  if given.device then given.device = homey.device(given.device) end
  return given
end

local run = {}

function run.action(options, rest, home)
  local tokens = at_home.change(home, "action", home.action, home, rest[1], arguments_of(rest),
    { duration = options.duration, token = options.token })
  if tokens and next(tokens) then
    output(text.visible_json(assert(core.encode(tokens))) .. "\n")
  end
end

function run.condition(_, rest, home)
  local holds = home:condition(rest[1], arguments_of(rest))
  output(tostring(holds) .. "\n")
  return holds and 0 or 1
end

return { main = at_home.main(commands, run), commands = commands }
