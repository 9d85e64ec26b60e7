-- Flow cards of a home: home:cards, home:action and home:condition.

local Cards = require "homey.card.cards"
local arguments = require "homey.util.arguments"
local option_tables = require "homey.model.options"
local options = require "homey.util.options"

---@class homey.Home
local methods = {}

-- The words of a filter, and the rest of it: { "push", type = "action" }.
local function split(filter)
  local words, rest = {}, {}
  for key, value in pairs(filter) do
    if type(key) == "number" then words[#words + 1] = value else rest[key] = value end
  end
  for _, word in ipairs(words) do
    arguments.check_name(word, "homey.cards searches for words such as 'notification', not for ")
  end
  return words, rest
end

--- All flow cards with these words in their id, owner, title or explanation, sorted by owner and
--- title: homey.cards("notification"), homey.cards{ type = "action", "push" }. As text a card tells
--- its id, its title and its arguments.
--- Raises: invalid, request.
---@param filter? string|homey.CardFilter  all cards by default
---@return homey.Card[]
function methods:cards(filter)
  if type(filter) == "string" then filter = { filter } end
  local words, rest = {}, filter
  if type(filter) == "table" then words, rest = split(filter) end
  local read, searched = options.read(option_tables.cards, rest), {}
  for _, word in ipairs(words) do
    for each in word:gmatch "%S+" do searched[#searched + 1] = each end
  end
  local device = read.device ~= nil and self:device(read.device)
  return Cards.of(self):list(read.type, searched, device and "homey:device:" .. device.id or nil)
end

local function run(home, type_of_card, ref, given, more)
  local card, rest = Cards.of(home):resolve(type_of_card, ref, given)
  return card:run(rest, more)
end

--- Run the action of a flow card. The arguments are checked by the definition of the card. A choice
--- of the hub's is given by its name. A device among the arguments may say whose card is meant. One
--- call never runs it twice: when the connection breaks, the error says that it may have run.
--- Raises: invalid, not_found, ambiguous, forbidden, rate_limited, hub, request.
---@param card string|homey.Card  a full id, a short id, a title or "Owner/Title"
---@param arguments? table<string, any>
---@param options? homey.CardOptions
---@return table<string, any> tokens  what the card gives; often empty
function methods:action(card, arguments, options) -- luacheck: ignore
  return run(self, "action", card, arguments, options)
end

--- Decide the condition of a flow card, now.
--- Raises: invalid, not_found, ambiguous, forbidden, hub, request.
---@param card string|homey.Card  a full id, a short id, a title or "Owner/Title"
---@param arguments? table<string, any>
---@param options? homey.CardOptions
---@return boolean
function methods:condition(card, arguments, options) -- luacheck: ignore
  return run(self, "condition", card, arguments, options)
end

return methods
