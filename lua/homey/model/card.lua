-- Flow cards: reads the definition of a card in the data of a hub, v2 or v3. It makes no request.

local core = require "homey.core"
local records = require "homey.model.record"
local escape = require("homey.util.text").escape
local visible = require("homey.util.text").visible

local card = {}

---@alias homey.CardType "action"|"condition"|"trigger"

---@class homey.CardArgument
---@field name string        its key in the arguments
---@field title? string      its name for people
---@field type string        "text", "number", "range", "dropdown", "checkbox", "autocomplete",
---   "device", "date", "time", "color" or "multiselect"
---@field required boolean   it may not be left out
---@field min? number        the least number
---@field max? number        the largest number
---@field values? {id: any, title: string?}[]  of a dropdown or a multiselect

---@class homey.CardFacts
---@field id string          its full id
---@field type homey.CardType  "action", "condition" or "trigger"
---@field uri string         its owner: "homey:manager:flow", "homey:app:<id>", "homey:device:<id>"
---@field short_id string    the part of the id behind the uri
---@field owner string       name of the owner
---@field title string
---@field hint? string       its explanation
---@field arguments homey.CardArgument[]
---@field tokens string[]    names of the tokens that it gives
---@field takes_token boolean  it takes a token beside its arguments
---@field takes_duration boolean  it takes a duration

local function given(value)
  if value == core.null then return nil end
  return value
end

local function text(value)
  return type(value) == "string" and value or nil
end

local function number(value)
  return records.checks.number(value) and value or nil
end

--- Split the full id of a card into the uri of its owner and the rest.
---@param id string
---@return string? uri  nil when it is no full id
---@return string? short
function card.split(id)
  return id:match "^([^:]+:[^:]+:[^:]+):(.+)$"
end

--- The card's name for messages: "Notifications/Create a notification".
---@param facts homey.CardFacts|homey.Card
---@return string
function card.label(facts)
  return visible(facts.owner .. "/" .. facts.title)
end

--- The path of a card, and the arguments of its operations. Version 2 has the id without the uri.
---@param type_of_card homey.CardType
---@param id string  full
---@param is_v2 boolean
---@return string path
---@return {uri: string, id: string} args
function card.place(type_of_card, id, is_v2)
  local uri, short = card.split(id)
  local last = is_v2 and short or id
  return ("/api/manager/flow/flowcard%s/%s/%s"):format(type_of_card, escape(uri), escape(last)),
    { uri = uri, id = last }
end

-- "Is !{{|not}} home" is the title of a condition and of its inversion; the first is taken.
local function title_of(raw, id)
  local title = records.title(raw.title) or id
  title = title:gsub("!{{(.-)|.-}}", "%1"):gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")
  return title ~= "" and title or id
end

local function values_of(raw)
  if type(raw) ~= "table" then return nil end
  local values = {}
  for _, each in ipairs(raw) do
    local value = type(each) == "table"
      and { id = given(each.id), title = records.title(each.title) or records.title(each.label) }
      or { id = given(each) }
    if value.id ~= nil then values[#values + 1] = value end
  end
  return values
end

local function argument_of(raw, key)
  local name = text(raw.name) or text(key)
  if not name then return nil end
  return {
    name = name, title = records.title(raw.title), type = text(raw.type) or "any",
    required = raw.required ~= false, min = number(raw.min), max = number(raw.max),
    values = values_of(raw.values),
  }
end

-- The arguments, in the order of the card. Some firmware sends them keyed by name.
local function arguments_of(raw)
  local list = {}
  if type(raw) ~= "table" then return list end
  for key, each in pairs(raw) do
    local argument = type(each) == "table" and argument_of(each, key)
    if argument then
      argument.place = type(key) == "number" and key or math.huge
      list[#list + 1] = argument
    end
  end
  table.sort(list, function(a, b)
    if a.place ~= b.place then return a.place < b.place end
    return a.name < b.name
  end)
  for _, each in ipairs(list) do each.place = nil end
  return list
end

local function tokens_of(raw)
  local names = {}
  for _, each in ipairs(type(raw) == "table" and raw or {}) do
    names[#names + 1] = type(each) == "table" and (text(each.id) or text(each.name)) or nil
  end
  return names
end

local function is_true(value)
  return value == true or type(value) == "table" and next(value) ~= nil
end

--- The facts of a card; nil for data without an id.
---@param type_of_card homey.CardType
---@param raw any
---@return homey.CardFacts?
function card.read(type_of_card, raw)
  local id = type(raw) == "table" and text(raw.id)
  if not id or id == "" then return nil end
  local owner = text(raw.uri) or text(raw.ownerUri)
  if owner and id:sub(1, #owner + 1) ~= owner .. ":" then id = owner .. ":" .. id end
  local uri, short = card.split(id)
  if not uri then return nil end
  local told = type(raw.uriObj) == "table" and raw.uriObj or {}
  return {
    id = id, type = type_of_card, uri = uri, short_id = short,
    owner = records.title(raw.ownerName) or records.title(told.name) or uri:match "[^:]+$",
    title = title_of(raw, short), hint = records.title(raw.hint),
    arguments = arguments_of(raw.args), tokens = tokens_of(raw.tokens),
    takes_token = is_true(raw.droptoken), takes_duration = raw.duration == true,
  }
end

--- The fields of a card that are read.
card.fields = {
  id = true, uri = true, ownerUri = true, ownerName = true, uriObj = true, title = true,
  hint = true, args = true, tokens = true, droptoken = true, duration = true,
}

return card
