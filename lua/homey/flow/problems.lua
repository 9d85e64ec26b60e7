-- Problems of flows: the cards, apps, devices and tokens that a flow needs and the hub no longer
-- has. Hubs of version 3 do not say whether a flow is broken.

local Cards = require "homey.card.cards"
local answer_status = require "homey.util.answer_status"
local call = require "homey.manage.call"
local card_facts = require "homey.model.card"
local definition = require "homey.model.flow_definition"
local flow_changes = require "homey.flow.changes"
local raise = require "homey.util.raise"
local records = require "homey.model.record"
local text = require "homey.util.text"
local try = require "homey.task.try"

local lasting = 5 -- seconds for which the lists of devices and tokens are not read again

---@class homey.FlowProblem  as text it is its message
---@field place string    which card of the flow: "trigger", "condition 1", "action 2"
---@field card string     the full id of the card
---@field missing "app"|"device"|"card"|"token"  what the hub no longer has
---@field id string       the id of what is missing
---@field message string  a sentence for people
local Problem = { __name = "homey.FlowProblem" }
Problem.__index = Problem

function Problem.__tostring(problem)
  return problem.message
end

local flow_problems = {}

local function add(list, part, missing, id, sentence, ...)
  list[#list + 1] = setmetatable({
    place = part.place, card = part.id, missing = missing, id = id,
    message = ("%s: %s"):format(part.place, text.visible(sentence:format(...))),
  }, Problem)
end

-- Reports whether the hub lists an item of a kind.
local function lists(home, kind, id)
  home.directory:need({ kind }, lasting)
  local registry = home.directory:registry(kind)
  local known = registry.known[id]
  return known ~= nil and registry.here[known] == true
end

local function check_owner(home, part, list)
  local uri = card_facts.split(part.id) or part.id
  local kind, id = uri:match "^homey:(%a+):(.+)$"
  if kind == "device" and not lists(home, "device", id) then
    add(list, part, "device", id, "the device with the id '%s' is gone.", id)
    return false
  end
  local has_card, has_owner = Cards.of(home):knows(part.type, part.id)
  if has_card then return true end
  if kind == "app" and not has_owner then
    add(list, part, "app", id,
      "the hub has no such card of the app '%s': is it installed and enabled?", id)
  else
    add(list, part, "card", part.id, "the hub has no card '%s'.", part.id)
  end
  return false
end

-- A device among the arguments is a table with its id.
local function check_devices(home, card, part, list)
  for _, argument in ipairs(card.arguments) do
    local value = part.args[argument.name]
    local id = argument.type == "device" and type(value) == "table" and value.id
    if type(id) == "string" and not lists(home, "device", id) then
      add(list, part, "device", id, "the device '%s' of `%s` is gone.", value.name or id,
        argument.name)
    end
  end
end

local function check_tokens(home, part, list)
  for _, id in ipairs(definition.tokens(part)) do
    if not lists(home, "flowtoken", id) then
      add(list, part, "token", id, "the token '%s' is gone.", id)
    end
  end
end

--- The problems of a flow in the form of the hub.
---@param home homey.Home
---@param raw table
---@return homey.FlowProblem[]
function flow_problems.of(home, raw)
  local list = {}
  for _, part in ipairs(definition.parts(raw)) do
    if check_owner(home, part, list) then
      check_devices(home, Cards.of(home):find(part.type, part.id), part, list)
    end
    check_tokens(home, part, list)
  end
  return list
end

--- The problems of a flow, which is read.
---@param flow homey.Flow
---@return homey.FlowProblem[]
function flow_problems.of_flow(flow)
  return flow_problems.of(flow.home, flow_changes.read(flow))
end

--- Reports whether a flow has problems. A hub of version 2 says so itself.
---@param flow homey.Flow
---@return boolean
function flow_problems.is_broken(flow)
  local told = flow:current().broken
  if told ~= nil then return told end
  return #flow_problems.of_flow(flow) > 0
end

-- A list of flows, keyed by id or not; empty when the hub has no such flows.
local function read_list(home, operation)
  local raw, err = try(call.read, home, "flow", operation, {})
  if err and answer_status(err) ~= 404 then raise(err) end
  return records.list(raw)
end

--- Read all flows, and find those that have problems.
---@param home homey.Home
---@return table<string, true>  by id
function flow_problems.broken(home)
  local broken = {}
  for _, operation in ipairs { "getFlows", "getAdvancedFlows" } do
    for _, raw in ipairs(read_list(home, operation)) do
      local told = raw.broken
      if type(told) ~= "boolean" then told = #flow_problems.of(home, raw) > 0 end
      broken[raw.id] = told or nil
    end
  end
  return broken
end

return flow_problems
