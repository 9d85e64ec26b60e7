-- Definitions of flows: reads and writes the cards of a flow in the form of version 2 or 3. Version
-- 2 has the id of a card in two parts. It makes no request.

local card = require "homey.model.card"
local core = require "homey.core"

local definition = {}

---@class homey.FlowPart  a card in a flow
---@field place string      "trigger", "condition 1", "action 2"
---@field type homey.CardType
---@field id string         the full id of the card
---@field args table<string, any>
---@field token? string     "<uri>|<id>"

local function text(value)
  return type(value) == "string" and value ~= "" and value or nil
end

-- The part of a raw card; nil when it has no id.
local function read_part(raw, type_of_card, place)
  local id = type(raw) == "table" and text(raw.id)
  if not id then return nil end
  local uri = text(raw.uri) or text(raw.ownerUri)
  if uri and id:sub(1, #uri + 1) ~= uri .. ":" then id = uri .. ":" .. id end
  return {
    place = place, type = type_of_card, id = id, token = text(raw.droptoken),
    args = type(raw.args) == "table" and raw.args or {},
  }
end

local types = { trigger = "trigger", condition = "condition", action = "action" }

-- The cards of an advanced flow, sorted by their places on the sheet.
local function read_advanced(raw, list)
  local found = {}
  for key, each in pairs(raw) do
    local type_of_card = type(each) == "table" and types[each.type]
    local part = type_of_card and read_part(each, type_of_card, type_of_card)
    if part then found[#found + 1] = { part = part, key = tostring(key) } end
  end
  table.sort(found, function(a, b) return a.key < b.key end)
  for _, each in ipairs(found) do list[#list + 1] = each.part end
  return list
end

--- The cards of a flow, standard or advanced.
---@param raw table  the flow in the form of either version
---@return homey.FlowPart[]
function definition.parts(raw)
  local list = {}
  if type(raw.cards) == "table" then return read_advanced(raw.cards, list) end
  list[1] = read_part(raw.trigger, "trigger", "trigger")
  for _, row in ipairs { { "conditions", "condition" }, { "actions", "action" } } do
    for i, each in ipairs(type(raw[row[1]]) == "table" and raw[row[1]] or {}) do
      list[#list + 1] = read_part(each, row[2], ("%s %d"):format(row[2], i))
    end
  end
  return list
end

--- A card as the hub stores it in a flow.
---@param part table  with the full id, and the members that the hub knows
---@param is_v2 boolean
---@return table
function definition.write(part, is_v2)
  local raw = {}
  for name, value in pairs(part) do raw[name] = value end
  if is_v2 then raw.uri, raw.id = card.split(part.id) end
  return raw
end

--- A delay or a duration as the hub stores it: a number of seconds or minutes.
---@param seconds? number
---@return any
function definition.time(seconds)
  if not seconds then return core.null end
  local is_minutes = seconds >= 60 and seconds % 60 == 0
  return {
    number = ("%d"):format(math.floor((is_minutes and seconds / 60 or seconds) + 0.5)),
    multiplier = is_minutes and 60 or 1,
  }
end

-- Collects the tags in a text, or in the texts of a table: "[[<uri>|<id>]]".
local function collect_tags(value, list, depth)
  if type(value) == "string" then
    for uri, id in value:gmatch "%[%[([^%[%]|]+)|([^%[%]|]+)%]%]" do
      list[#list + 1] = uri .. ":" .. id
    end
  elseif type(value) == "table" and depth < 8 then
    for _, each in pairs(value) do collect_tags(each, list, depth + 1) end
  end
end

--- The ids of the tokens that a card uses.
---@param part homey.FlowPart
---@return string[]
function definition.tokens(part)
  local list = {}
  collect_tags(part.args, list, 0)
  local uri, id = (part.token or ""):match "^(homey:[^|]+)|(.+)$"
  if uri then list[#list + 1] = uri .. ":" .. id end
  table.sort(list)
  return list
end

return definition
