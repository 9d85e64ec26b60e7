-- Flow cards of a home: finds a card by its full id, its short id or its title, and lists cards.
-- When a card is missing, the list is read again before an error is raised. When a name is
-- ambiguous, the zones of devices are read, too: "Kitchen/Lamp/Turn on".

local Card = require "homey.card.card"
local Resolver = require "homey.model.resolve"
local answer_status = require "homey.util.answer_status"
local arguments = require "homey.util.arguments"
local card_facts = require "homey.model.card"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local records = require "homey.model.record"
local single_flight = require "homey.task.single_flight"
local suggest = require "homey.util.suggest"
local text = require "homey.util.text"
local try = require "homey.task.try"

local visible = text.visible
local FRESH = 5    -- age in seconds from which a list is read again when a card is missing
local LASTING = 60 -- age in seconds from which cards are always read again

---@class homey.CardList  the cards of a type
---@field cards homey.Card[]
---@field by_id table<string, homey.Card>
---@field read_at number
---@field titles? homey.Resolver
---@field short_ids? homey.Resolver
---@field has_paths? boolean  cards of devices are found by "Zone/Device/Title" too

---@class homey.Cards
---@field home homey.Home
---@field followed? homey.Cache  the cache whose events invalidate the lists
---@field lists table<homey.CardType, homey.CardList>
---@field single table<string, {card: homey.Card, read_at: number}>  cards that were read alone
local Cards = { __name = "homey.Cards" }
Cards.__index = Cards

local items = { action = "Action", condition = "Condition", trigger = "Trigger" }

--- The cards of a home.
---@param home homey.Home
---@return homey.Cards
function Cards.of(home)
  local directory = home.directory
  directory.cards = directory.cards
    or setmetatable({ home = home, lists = {}, single = {} }, Cards)
  return directory.cards
end

function Cards:__tostring()
  return "homey.Cards of " .. tostring(self.home)
end

local function now_of(self)
  return self.home.scheduler.core_loop:now()
end

-- ---- reading ------------------------------------------------------------------------------------

local function request(operation, args, only)
  return { operation = operation, manager = "homey:manager:flow", args = args, only = only }
end

-- Returns the error to raise when cards cannot be read.
local function explain(err)
  if err.kind ~= "forbidden" and answer_status(err) ~= 403 then return err end
  return new_error("forbidden",
    "this login may not read the flow cards of the hub: it lacks the scope homey.flow.readonly. "
      .. "Log in with one that has it, or make a new API key.", { status = 403 })
end

local function take_list(self, kind, answer, asked)
  if answer.error then raise(explain(answer.error)) end
  if type(answer.value) ~= "table" then
    raise(new_error("protocol", ("the hub answered no list of %ss."):format(kind)))
  end
  local list = { cards = {}, by_id = {}, read_at = asked }
  for _, raw in ipairs(records.list(answer.value)) do
    local facts = card_facts.read(kind, raw)
    if facts and not list.by_id[facts.id] then
      local card = Card.new(self.home, facts)
      list.cards[#list.cards + 1], list.by_id[facts.id] = card, card
    end
  end
  table.sort(list.cards, function(a, b)
    if a.owner ~= b.owner then return a.owner < b.owner end
    if a.title ~= b.title then return a.title < b.title end
    return a.id < b.id
  end)
  self.lists[kind] = list
end

local only_fields = { ["*"] = card_facts.fields }

local function read(self, types)
  local answers, asked = {}, now_of(self)
  for i, kind in ipairs(types) do
    answers[i] = self.home:read("/api/manager/flow/flowcard" .. kind,
      request("getFlowCard" .. items[kind] .. "s", {}, only_fields))
  end
  self.home.scheduler:settle(answers)
  for i, kind in ipairs(types) do take_list(self, kind, answers[i], asked) end
  if self.home.keep_names then self.home:keep_names() end
end

-- Subscribes to the events of cards, which invalidate the lists. Does nothing without a websocket.
local function follow(self)
  local cache = self.home.cache
  if not cache or self.followed == cache then return end
  self.followed = cache
  cache.subscriptions:listen("homey:manager:flow", function(event)
    local kind = event:match "^flowcard(%a+)%."
    if not kind then return end
    self.single = {}
    if self.lists[kind] then self.lists[kind].read_at = -math.huge end
  end)
end

-- Reads the lists of types that are `age` seconds old or older. Returns true if it has read one.
local function need(self, types, age)
  follow(self)
  local missing = {}
  for _, kind in ipairs(types) do
    local list = self.lists[kind]
    if not list or now_of(self) - list.read_at >= age then missing[#missing + 1] = kind end
  end
  if #missing == 0 then return false end
  single_flight(self, table.concat(missing, " "), self.home.scheduler, read, self, missing)
  return true
end

-- ---- one card by its full id --------------------------------------------------------------------

local function known(self, kind, id)
  local list, single = self.lists[kind], self.single[kind .. " " .. id]
  if list and list.by_id[id] and now_of(self) - list.read_at < LASTING then
    return list.by_id[id]
  end
  return single and now_of(self) - single.read_at < LASTING and single.card or nil
end

-- The end of the message about a missing card whose owner has no card at all.
local function missing_owner(uri)
  local kind, id = uri:match "^homey:(%a+):(.+)$"
  if kind == "app" then
    return (": the hub has no card of the app '%s'. Is it installed and enabled?"):format(id)
  end
  if kind == "device" then
    return (": the hub has no card of a device with the id '%s'."):format(id)
  end
  return (": this hub has no '%s'."):format(id)
end

local function missing(self, kind, id)
  local uri, names, has_owner = card_facts.split(id), {}, false
  for i, each in ipairs(self.lists[kind].cards) do
    names[i] = each.id
    has_owner = has_owner or each.uri == uri
  end
  local hint = has_owner and suggest.hint(id, names) or missing_owner(uri)
  return new_error("not_found", ("there is no %s '%s'%s"):format(kind, visible(id), hint),
    { status = 404 })
end

local function by_id(self, kind, id)
  follow(self)
  local card = known(self, kind, id)
  if card then return card end
  local path, args = card_facts.place(kind, id, self.home:speaks(2))
  local asked = now_of(self)
  local answer = self.home:read(path,
    request("getFlowCard" .. items[kind], args, card_facts.fields))
  self.home.scheduler:settle { answer }
  if answer_status(answer.error) == 404 then
    need(self, { kind }, FRESH)
    card = self.lists[kind].by_id[id]
    return card or raise(missing(self, kind, id))
  end
  if answer.error then raise(explain(answer.error)) end
  local facts = card_facts.read(kind, answer.value)
  if not facts then
    raise(new_error("protocol", ("the hub answered no card for %s."):format(format(id))))
  end
  card = Card.new(self.home, facts)
  self.single[kind .. " " .. id] = { card = card, read_at = asked }
  return card
end

-- ---- by short id or title -----------------------------------------------------------------------

-- The names before the title of a card: its owner, and before a device its zones if they are known.
local function path_of(card)
  local directory, path = card.home.directory, {}
  local id = card.uri:match "^homey:device:(.+)$"
  local device = id and directory:by_id("device", id)
  if device and device.record then path = directory:path("device", device.record) end
  path[#path + 1] = card.owner
  return path
end

local function resolver(cards, name_of)
  local named = {}
  for i, card in ipairs(cards) do
    named[i] = { id = card.id, name = name_of(card), path = path_of(card), resource = card }
  end
  return Resolver.new(named)
end

local function short_id(card) return card.short_id end

local function title(card) return card.title end

local function of_owner(cards, uri)
  if not uri then return cards end
  local list = {}
  for _, card in ipairs(cards) do
    if card.uri == uri then list[#list + 1] = card end
  end
  return list
end

-- Finds the one card with a short id or a title. Returns nil and an error when there is none, or
-- more than one.
local function look_up(list, kind, ref, uri)
  local short_ids, titles = list.short_ids, list.titles
  if uri or not titles then
    local cards = of_owner(list.cards, uri)
    short_ids, titles = resolver(cards, short_id), resolver(cards, title)
    if not uri then list.short_ids, list.titles = short_ids, titles end
  end
  local ok, found = pcall(short_ids.find, short_ids, ref, kind) -- pcall: nothing here yields
  if ok then return found end
  local is_title, other = pcall(titles.find, titles, ref, kind)
  if is_title then return other end
  return nil, found.kind == "ambiguous" and found or other
end

local a_card = { action = "an action", condition = "a condition", trigger = "a trigger" }

local function check_type(kind, card)
  if card.type == kind then return card end
  invalid("%s is %s, not %s.", card_facts.label(card), a_card[card.type], a_card[kind])
end

-- Looks up a card once more, with the zones of the devices that have cards.
local function look_up_with_paths(self, kind, ref, uri)
  local list = self.lists[kind]
  if not list.has_paths then
    try(self.home.directory.need, self.home.directory, { "zone", "device" }, LASTING)
    list.titles, list.has_paths = nil, true
  end
  return look_up(list, kind, ref, uri)
end

--- Find a card by its full id, its short id or its title, also by "Owner/Title".
---@param kind homey.CardType
---@param ref any
---@param device? homey.Device  only cards of this device
---@return homey.Card
function Cards:find(kind, ref, device)
  if Card.is(ref) then return check_type(kind, ref) end
  arguments.check_name(ref, "%s is named by its id or its title, not by ", a_card[kind])
  if card_facts.split(ref) and ref:find "^homey:" then return by_id(self, kind, ref) end
  local uri = device and "homey:device:" .. device.id
  need(self, { kind }, LASTING)
  local card, err = look_up(self.lists[kind], kind, ref, uri)
  if not card and err.kind == "not_found" and need(self, { kind }, FRESH) then
    card, err = look_up(self.lists[kind], kind, ref, uri)
  end
  if not card then card, err = look_up_with_paths(self, kind, ref, uri) end
  return card or raise(err)
end

--- Reports whether a device has a card of its own with a short id or a title.
---@param kind homey.CardType
---@param ref string
---@param device homey.Device
---@return boolean
function Cards:has(kind, ref, device)
  need(self, { kind }, LASTING)
  return look_up(self.lists[kind], kind, ref, "homey:device:" .. device.id) ~= nil
end

local function is_device(value)
  local class = getmetatable(value)
  return type(value) == "table" and type(class) == "table" and class.kind == "device"
end

--- Find a card, and return it with its arguments. The argument `device` may name the owner of the
--- card. It is then removed from the arguments, unless the card has an argument of that name.
---@param type_of_card homey.CardType
---@param ref any
---@param given? table<string, any>
---@return homey.Card
---@return table<string, any>? given
function Cards:resolve(type_of_card, ref, given)
  local device = type(given) == "table" and given.device
  local is_owner = is_device(device) and type(ref) == "string"
    and not ref:find("^homey:") and self:has(type_of_card, ref, device)
  local card = self:find(type_of_card, ref, is_owner and device or nil)
  if not (is_owner or is_device(device) and card.uri == "homey:device:" .. device.id) then
    return card, given
  end
  local rest, takes_device = {}, false
  for _, each in ipairs(card.arguments) do takes_device = takes_device or each.name == "device" end
  for name, value in pairs(given) do
    if name ~= "device" or takes_device then rest[name] = value end
  end
  return card, rest
end

--- Reports whether the hub has a card, and whether its owner has any card of this type.
---@param kind homey.CardType
---@param id string  full
---@return boolean has_card
---@return boolean has_owner
function Cards:knows(kind, id)
  need(self, { kind }, FRESH)
  local list, uri = self.lists[kind], card_facts.split(id)
  if list.by_id[id] then return true, true end
  return false, #of_owner(list.cards, uri or id) > 0
end

-- ---- lists --------------------------------------------------------------------------------------

local function has_words(card, words)
  local haystack = text.seen(("%s %s %s %s"):format(card.id, card.owner, card.title,
    card.hint or ""))
  for _, word in ipairs(words) do
    if not haystack:find(text.seen(word), 1, true) then return false end
  end
  return true
end

local all_types = { "action", "condition", "trigger" }

--- The cards with all of these words in their id, owner, title or hint.
---@param kind? homey.CardType  all types by default
---@param words string[]
---@param uri? string  only cards of this owner
---@param age? number  greatest age in seconds
---@return homey.Card[]
function Cards:list(kind, words, uri, age)
  local types, found = kind and { kind } or all_types, {}
  need(self, types, age or FRESH)
  for _, each in ipairs(types) do
    for _, card in ipairs(of_owner(self.lists[each].cards, uri)) do
      if has_words(card, words) then found[#found + 1] = card end
    end
  end
  return found
end

return Cards
