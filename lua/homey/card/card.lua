-- Flow cards of the hub: an action that a script can run, a condition that it can ask, a trigger.

local arguments = require "homey.util.arguments"
local card_argument = require "homey.model.card_argument"
local lazy = require "homey.util.lazy"
local suggest = require "homey.util.suggest"
local unknown_name = require "homey.util.unknown_name"
local visible = require("homey.util.text").visible

local card_arguments = lazy "homey.card.arguments"
local card_run = lazy "homey.card.run"

---@class homey.Card
---@field id string          its full id: "homey:manager:notifications:create_notification"
---@field type homey.CardType  "action", "condition" or "trigger"
---@field short_id string    the part of the id behind its owner: "create_notification"
---@field uri string         its owner: "homey:manager:flow", "homey:app:<id>", "homey:device:<id>"
---@field owner string       name of its owner: a part of the hub, an app or a device
---@field title string       its name for people
---@field hint? string       its explanation
---@field arguments homey.CardArgument[]  what it takes
---@field tokens string[]    names of the tokens that it gives
---@field takes_token boolean  it takes a token beside its arguments
---@field takes_duration boolean  it takes a duration
---@field home homey.Home    the home that it is in
local methods = {}

local Card = { __name = "homey.Card", kind = "card" }

local names = "id type short_id uri owner title hint arguments tokens takes_token takes_duration "
  .. "home"

function Card.__index(card, key)
  return methods[key] or unknown_name("a card", key,
    names .. " " .. table.concat(suggest.keys(methods), " "), "hint")
end

local function describe(argument)
  return ("%s%s = %s"):format(argument.name, argument.required and "" or "?",
    card_argument.takes(argument))
end

function Card.__tostring(card)
  local list = {}
  for i, each in ipairs(card.arguments) do list[i] = describe(each) end
  return visible(("%s %s: %s/%s { %s }"):format(card.type, card.id, card.owner, card.title,
    table.concat(list, ", ")):gsub(" {  }$", ""))
end

function Card.__concat(a, b)
  return tostring(a) .. tostring(b)
end

--- Make a card of its facts.
---@param home homey.Home
---@param facts homey.CardFacts
---@return homey.Card
function Card.new(home, facts)
  facts.home = home
  return setmetatable(facts, Card)
end

--- Reports whether a value is a card.
---@param value any
---@return boolean
function Card.is(value)
  return getmetatable(value) == Card
end

--- Return the choices of the hub for an argument of type "autocomplete".
--- Raises: not_found, invalid, request.
---@param argument string  its name
---@param search? string   only choices that match this text
---@param given? table<string, any>  other arguments of the card, which may decide what is offered
---@return {name: string, id: any}[]
function methods:choices(argument, search, given)
  return card_arguments.choices(self, argument, search, given)
end

--- Run the action, as homey.action does, or decide the condition, as homey.condition does.
--- Raises: invalid, not_found, ambiguous, forbidden, rate_limited, request.
---@param given? table<string, any>  its arguments
---@param options? homey.CardOptions
---@return any  the tokens of the action, or whether the condition is true
function methods:run(given, options)
  return card_run(self, given, options)
end

return arguments.check_methods(Card, methods, "card", "choices/3 run/2")
