-- Changes of flows: created and changed with cards that were checked, and read back from the hub.

local call = require "homey.manage.call"
local core = require "homey.core"
local definition = require "homey.model.flow_definition"
local flow_cards = require "homey.flow.cards"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local item = require "homey.manage.item"
local new_error = require "homey.error"
local option_tables = require "homey.flow.options"
local options = require "homey.util.options"
local raise = require "homey.util.raise"
local try = require "homey.task.try"

local flow_changes = {}

-- ---- what is sent -------------------------------------------------------------------------------

local function folder_id(home, folder)
  if folder == nil then return nil end
  return folder == false and core.null or home:folder(folder).id
end

local function members_of(home, read, what)
  local changes = flow_cards.build(home, read, what)
  changes.name, changes.enabled = read.name, read.enabled
  changes.folder = folder_id(home, read.folder)
  return changes
end

-- ---- reading back -------------------------------------------------------------------------------

local function stored_otherwise(flow, place, found, wanted)
  raise(new_error("protocol",
    ("the hub did not store the flow '%s' as it was sent: %s is %s, not %s."):format(
      tostring(flow), place, found, wanted)))
end

-- Compares what the hub has stored with what it was sent.
local function compare(flow, raw, sent)
  local found, list = {}, definition.parts(raw)
  for _, part in ipairs(list) do found[part.place] = part.id end
  for _, part in ipairs(definition.parts(sent)) do
    if found[part.place] ~= part.id then
      stored_otherwise(flow, part.place, format(found[part.place]), format(part.id))
    end
  end
  for _, name in ipairs { "name", "enabled" } do
    if sent[name] ~= nil and raw[name] ~= sent[name] then
      stored_otherwise(flow, name, format(raw[name]), format(sent[name]))
    end
  end
end

--- The flow as the hub has it, with its cards.
---@param flow homey.Flow
---@return table raw
function flow_changes.read(flow)
  item.need(flow)
  local operation = flow.record.advanced and "getAdvancedFlow" or "getFlow"
  local raw = call.read(flow.home, "flow", operation, { id = flow.id })
  if type(raw) == "table" then return raw end
  raise(new_error("protocol", ("the hub answered no flow for '%s'."):format(tostring(flow))))
end

local function read_back(flow, sent)
  local raw = flow_changes.read(flow)
  compare(flow, raw, sent)
  flow.home.directory:registry("flow"):accept(flow, {
    name = raw.name, enabled = raw.enabled, triggerable = raw.triggerable, folder = raw.folder,
    broken = raw.broken,
  })
end

-- ---- changing -----------------------------------------------------------------------------------

local function refuse_cards(flow, read)
  for _, name in ipairs { "trigger", "conditions", "actions", "otherwise" } do
    if read[name] ~= nil then
      invalid("flow:change: '%s' is an advanced flow, whose cards are changed in the app: `%s` is "
        .. "not sent.", tostring(flow), name)
    end
  end
end

-- The facts of the flow after a change.
local function facts_of(changes)
  return { name = changes.name, enabled = changes.enabled, folder = changes.folder }
end

--- Change a flow, and read it back.
---@param flow homey.Flow
---@param given homey.FlowChange
function flow_changes.change(flow, given)
  local read = options.read(option_tables.flow_change, given)
  if next(read) == nil then
    invalid("flow:change was given an empty table: name what to change.")
  end
  item.need(flow)
  if flow.record.advanced then refuse_cards(flow, read) end
  local changes = members_of(flow.home, read, "flow:change")
  item.change(flow, ("change the flow '%s'"):format(tostring(flow)), changes, facts_of(changes))
  if not flow.home.dry_run then read_back(flow, changes) end
end

-- A hub of version 2 may answer nothing. The new flow is then the one that was not listed before.
local function create(home, words, sent)
  if not home:speaks(2) then return item.create(home, "flow", words, sent) end
  local before = {}
  for _, each in ipairs(home:flows()) do before[each] = true end
  local flow, err = try(item.create, home, "flow", words, sent)
  if not err then return flow end
  for _, each in ipairs(err.kind == "protocol" and home:flows() or {}) do
    if not before[each] and each.name == sent.name then return each end
  end
  raise(err)
end

--- Create a flow, and read it back.
---@param home homey.Home
---@param given homey.NewFlow
---@return homey.Flow?  nil in a dry run
function flow_changes.create(home, given)
  local read = options.read(option_tables.new_flow, given)
  local sent = members_of(home, read, "homey.create_flow")
  sent.conditions = sent.conditions or setmetatable({}, core.array)
  sent.actions = sent.actions or setmetatable({}, core.array)
  local flow = create(home, ("create the flow %s"):format(format(read.name)), sent)
  if flow then read_back(flow, sent) end
  return flow
end

return flow_changes
