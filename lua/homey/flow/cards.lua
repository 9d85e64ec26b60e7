-- Cards that a program gives for a flow: checked by the definitions of the hub's cards, and brought
-- into the form in which the hub stores them.

local Card = require "homey.card.card"
local Cards = require "homey.card.cards"
local card_argument = require "homey.model.card_argument"
local card_arguments = require "homey.card.arguments"
local core = require "homey.core"
local definition = require "homey.model.flow_definition"
local invalid = require "homey.util.invalid"
local label = require("homey.model.card").label
local new_error = require "homey.error"
local option_tables = require "homey.flow.options"
local options = require "homey.util.options"
local raise = require "homey.util.raise"
local try = require "homey.task.try"

local flow_cards = {}

-- The name of a card, its arguments, and its options.
local function split(entry, what)
  if type(entry) ~= "table" or Card.is(entry) then return entry, nil, {} end
  local rest = {}
  for key, value in pairs(entry) do
    if key ~= 1 and key ~= 2 then rest[key] = value end
  end
  return entry[1], entry[2], options.read(option_tables.flow_card, rest, what)
end

-- Options that belong to cards of one type.
local only_for = {
  inverted = "conditions", group = "conditions", delay = "actions", duration = "actions",
}

local function check_options(card, read, what)
  for name in pairs(read) do
    if only_for[name] and only_for[name] ~= card.type .. "s" then
      invalid("%s: `%s` is an option of %s.", what, name, only_for[name])
    end
  end
  if read.duration and not card.takes_duration then
    invalid("%s: %s takes no duration.", what, label(card))
  end
  if card.takes_token and read.token == nil then
    invalid("%s: %s needs a token: give it as `token`.", what, label(card))
  end
  if read.token ~= nil and not card.takes_token then
    invalid("%s: %s takes no token.", what, label(card))
  end
end

local function token_of(value)
  if value == nil then return core.null end
  local tag = card_argument.tag(value)
  return tag or tostring(value):match "^%[%[(.+)%]%]$" or tostring(value)
end

-- By type: the members beside id, arguments and token.
local members = {
  trigger = function() return {} end,
  condition = function(read)
    return { group = ("group%d"):format(read.group or 1), inverted = read.inverted == true }
  end,
  action = function(read, group)
    return {
      group = group, delay = definition.time(read.delay),
      duration = definition.time(read.duration),
    }
  end,
}

local function read_part(home, type_of_card, entry, what, group)
  local ref, given, read = split(entry, what)
  local card, rest = Cards.of(home):resolve(type_of_card, ref, given)
  check_options(card, read, what)
  local part = members[type_of_card](read, group)
  part.id, part.args = card.id, card_arguments.read(card, rest)
  part.droptoken = token_of(read.token)
  return definition.write(part, home:speaks(2))
end

-- As read_part; an error says of which card it is.
local function part_of(home, type_of_card, entry, what, group)
  local part, err = try(read_part, home, type_of_card, entry, what, group)
  if part then return part end
  local said = tostring(err)
  if type(err) ~= "table" or said:sub(1, #what) == what then raise(err) end
  raise(new_error(err.kind, ("%s: %s"):format(what, said), { status = err.status }))
end

local function add_list(list, home, type_of_card, entries, what, group)
  for i, entry in ipairs(entries or {}) do
    list[#list + 1] = part_of(home, type_of_card, entry,
      ("%s: %s %d"):format(what, type_of_card, i), group)
  end
  return list
end

local function new_list() return setmetatable({}, core.array) end

--- The cards of a flow as the hub stores them.
---@param home homey.Home
---@param given table  with `trigger`, `conditions`, `actions` and `otherwise`, or some of them
---@param what string  for messages: "homey.create_flow"
---@return table changes  with `trigger`, `conditions` and `actions`, where they are given
function flow_cards.build(home, given, what)
  local changes = {}
  if given.trigger then
    changes.trigger = part_of(home, "trigger", given.trigger, what .. ": the trigger")
  end
  if given.conditions then
    changes.conditions = add_list(new_list(), home, "condition", given.conditions, what)
  end
  if given.actions or given.otherwise then
    changes.actions = add_list(new_list(), home, "action", given.actions, what, "then")
    add_list(changes.actions, home, "action", given.otherwise, what, "else")
  end
  return changes
end

return flow_cards
