-- Snapshot of a home: reads the things of every kind from the hub, in the format of their files.

local core = require "homey.core"
local definition = require "homey.model.flow_definition"
local file_names = require "homey.cli.tree.file_names"
local kinds = require "homey.cli.tree.kinds"
local record = require "homey.model.record"
local requests = require "homey.cli.tree.requests"

local null = core.null

---@class homey.cli.TreeList  the things of a kind, sorted by id
---@field by_id table<string, table>

---@class homey.cli.Snapshot  lists by the names of the kinds
---@field files table<table, string>  the path of each thing
---@field home {id: string?, name: string?}

local snapshot = {}

-- ---- flows of version 2 -------------------------------------------------------------------------

-- Joins the id of a card, which version 2 splits into two parts: so a tree fits every hub.
local function whole(raw, owner)
  if type(raw) ~= "table" or type(raw.id) ~= "string" then return raw end
  local part, card = definition.parts { trigger = raw }[1], {}
  for name, value in pairs(raw) do card[name] = value end
  card.id = part.id
  if not owner then card.uri = nil end
  return card
end

local function whole_cards(cards, owner)
  local list = setmetatable({}, getmetatable(cards))
  for key, card in pairs(cards) do list[key] = whole(card, owner) end
  return list
end

local function with_whole_ids(item)
  item.trigger = whole(item.trigger)
  for _, name in ipairs { "conditions", "actions" } do
    if item[name] then item[name] = whole_cards(item[name]) end
  end
  if item.cards then item.cards = whole_cards(item.cards, true) end
end

-- ---- reading ------------------------------------------------------------------------------------

local checks = {
  text = function(value) return type(value) == "string" end,
  flag = function(value) return type(value) == "boolean" end,
  value = record.checks.value,
  object = function(value) return type(value) == "table" end,
  list = function(value) return type(value) == "table" end,
}

--- Report whether a value fits the type of a member.
---@param type_name string
---@param value any
---@return boolean
function snapshot.fits(type_name, value) return checks[type_name](value) end

--- Convert a thing from the format of the hub to that of its file.
---@param row homey.cli.TreeKind
---@param raw table
---@param is_v2? boolean
---@return table
function snapshot.item(row, raw, is_v2)
  local item = { id = raw.id }
  for _, member in ipairs(row.members) do
    local value = raw[member.name]
    if value ~= nil and value ~= null and checks[member.type](value) then
      item[member.name] = value
    end
  end
  item.name = item.name or raw.id
  if row.cards then
    if item.enabled == nil then item.enabled = true end
    if is_v2 then with_whole_ids(item) end
  end
  return item
end

--- Read the things of one kind.
---@param home homey.Home
---@param row homey.cli.TreeKind
---@return homey.cli.TreeList
function snapshot.list(home, row)
  local list, is_v2 = { by_id = {} }, home:speaks(2)
  for _, raw in ipairs(requests.list(home, row)) do
    local item = snapshot.item(row, raw, is_v2)
    list[#list + 1], list.by_id[item.id] = item, item
  end
  table.sort(list, function(a, b) return a.id < b.id end)
  return list
end

--- Read a home.
---@param home homey.Home
---@return homey.cli.Snapshot
function snapshot.read(home)
  local name = home.name -- before the id: this reads both
  local all = { files = {}, home = { id = home.id, name = name } }
  for _, row in ipairs(kinds) do all[row.name] = snapshot.list(home, row) end
  file_names.assign(all)
  return all
end

return snapshot
