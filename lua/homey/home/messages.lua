-- Messages to people by flow cards of the hub: home:notify, home:push and home:say.

local Cards = require "homey.card.cards"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local text = require "homey.util.text"

---@class homey.Home
local methods = {}

local function check_text(what, given)
  if type(given) == "string" and given ~= "" or type(given) == "number" then return end
  invalid("homey.%s takes a text, not %s.", what, given == "" and "an empty one" or format(given))
end

--- Write a notification to the timeline of the home.
--- Raises: invalid, not_found, forbidden, rate_limited, hub, request.
---@param message string
function methods:notify(message)
  check_text("notify", message)
  self:action("homey:manager:notifications:create_notification", { text = message })
end

--- Send a push message to the phones of a user.
--- Raises: invalid, not_found, ambiguous, forbidden, rate_limited, hub, request.
---@param user string|homey.User  a name or a user
---@param message string
function methods:push(user, message)
  check_text("push", message)
  self:action("homey:manager:mobile:push_text", { user = user, text = message })
end

-- ---- speech -------------------------------------------------------------------------------------

-- The only argument of a card that takes a text and must be given; nil when it needs others.
local function text_argument(card)
  local found
  for _, each in ipairs(card.arguments) do
    if each.type == "text" and not found then
      found = each.name
    elseif each.required then
      return nil
    end
  end
  return found
end

local spoken = { "^say", "speak", "text.to.speech", "tts" }

-- Rank of a card as one that says a text, by its id: 1 is best; nil when it is no such card.
local function rank(card)
  if not text_argument(card) then return nil end
  for i, pattern in ipairs(spoken) do
    if text.lower(card.short_id):find(pattern) then return i end
  end
end

-- For each owner, its card with the best rank, in the order of the list.
local function speaking(cards)
  local best, owners = {}, {}
  for _, card in ipairs(cards) do
    local here = rank(card)
    local other = best[card.uri]
    if here and not other then owners[#owners + 1] = card.uri end
    if here and (not other or here < rank(other)) then best[card.uri] = card end
  end
  local list = {}
  for i, uri in ipairs(owners) do list[i] = best[uri] end
  return list
end

local built_in = "homey:manager:speech-output"
local lasting = 60 -- seconds for which the cards that speak are not searched again

local function actions(home, uri)
  return speaking(Cards.of(home):list("action", {}, uri, lasting))
end

local function of_device(home, ref)
  local device = home:device(ref)
  local card = actions(home, "homey:device:" .. device.id)[1]
  return card or raise(new_error("not_found",
    ("%s has no flow card that says a text. homey.cards{ device = ... } lists those that it has.")
      :format(tostring(device))))
end

-- The speaker of the hub, or else the only device that can speak.
local function of_home(home)
  local cards, devices = actions(home), {}
  for _, card in ipairs(cards) do
    if card.uri == built_in then return card end
    if card.uri:find "^homey:device:" then devices[#devices + 1] = card end
  end
  if #devices == 1 then return devices[1] end
  if #devices == 0 then
    raise(new_error("not_found",
      "nothing in this home can speak: the hub has no speaker, and no device has a flow card that "
        .. "says a text. Install the app of a speaker."))
  end
  local names = {}
  for i, card in ipairs(devices) do names[i] = format(card.owner) end
  raise(new_error("ambiguous",
    ("several devices can speak: %s. Name one: homey.say(text, device)."):format(
      table.concat(names, ", "))))
end

--- Say a text: by the speaker of the hub, or by a device whose app has a flow card for it.
--- Raises: invalid, not_found, ambiguous, forbidden, rate_limited, hub, request.
---@param message string
---@param device? string|homey.Device  by default the speaker of the hub, or else the only device
---   that can speak
function methods:say(message, device)
  check_text("say", message)
  local card = device ~= nil and of_device(self, device) or of_home(self)
  card:run { [text_argument(card)] = message }
end

return methods
