--- Flows and their cards: starts flows, lists cards, completes their arguments, runs them.
local View = require "homey.sim.home.view"
local build = require "homey.sim.home.build"
local card_arguments = require "homey.sim.hub.cards.arguments"
local card_effects = require "homey.sim.hub.cards.effects"
local core = require "homey.core"
local device_cards = require "homey.sim.home.device_cards"
local manager_cards = require "homey.sim.home.manager_cards"

local null, array = core.null, build.array
---@type homey.sim.Handlers
local flow = {}

-- By kind of card: the list with cards of the home's own, and the name for messages.
local kinds = {
  actions = { "flowcardactions", "FlowCardAction" },
  conditions = { "flowcardconditions", "FlowCardCondition" },
  triggers = { "flowcardtriggers", "FlowCardTrigger" },
}

local function own_cards(call, kind)
  local list = {}
  for _, card in pairs(call:list(kinds[kind][1])) do list[#list + 1] = { card = card } end
  return list
end

-- All cards of a kind, sorted by id; a card of the home's own replaces another with its id.
local function all_cards(call, kind)
  local by_id, list = {}, {}
  for _, source in ipairs {
    manager_cards.list(kind, call.version), device_cards.list(call.data.devices, kind),
    own_cards(call, kind),
  } do
    for _, each in ipairs(source) do by_id[each.card.id] = each end
  end
  for _, each in pairs(by_id) do list[#list + 1] = each end
  table.sort(list, function(a, b) return a.card.id < b.card.id end)
  return list, by_id
end

-- Without what only the simulator needs to know.
local function public_args(args)
  if type(args) ~= "table" then return args end
  local out = array()
  for i, arg in ipairs(args) do
    out[i] = {}
    for name, value in pairs(arg) do
      if name ~= "list" and name ~= "choices" then out[i][name] = value end
    end
  end
  return out
end

local function shown(call, kind, card)
  local out = View.item(kinds[kind][1], card, call.version)
  out.args = public_args(out.args)
  return out
end

local function list_cards(kind)
  return function(call)
    local out = array()
    for i, each in ipairs(all_cards(call, kind)) do out[i] = shown(call, kind, each.card) end
    return call:ok(out)
  end
end

-- Version 3 has the whole id beside the uri, version 2 the rest of it.
local function find_card(call, kind)
  local uri, id = call.args.uri, call.args.id
  local _, by_id = all_cards(call, kind)
  return by_id[id] or by_id[uri .. ":" .. id]
end

local function get_card(kind)
  return function(call)
    local found = find_card(call, kind)
    if not found then return call:not_found(kinds[kind][2], call.args.id) end
    return call:ok(shown(call, kind, found.card))
  end
end

local operation_of = { actions = "Action", conditions = "Condition", triggers = "Trigger" }

for kind, name in pairs(operation_of) do
  flow["getFlowCard" .. name .. "s"] = list_cards(kind)
  flow["getFlowCard" .. name] = get_card(kind)
end

local kind_of_type = {
  flowcardaction = "actions", flowcardcondition = "conditions", flowcardtrigger = "triggers",
}

flow.getFlowCardAutocomplete = function(call)
  local kind = kind_of_type[call.args.type]
  if not kind then return call:not_found("Card Type " .. call.args.type) end
  local found = find_card(call, kind)
  if not found then return call:not_found(kinds[kind][2], call.args.id) end
  local choices = card_arguments.choices(call, found.card, call.args.name, call.args.query)
  if not choices then return call:not_found("Argument " .. call.args.name) end
  return call:ok(choices)
end

-- Checks the arguments of a card, and runs it: a refusal, or nil, its result and the failure that
-- its answer tells.
local function run(call, kind, effect)
  local found = find_card(call, kind)
  if not found then return call:not_found(kinds[kind][2], call.args.id) end
  local args = type(call.args.args) == "table" and call.args.args or {}
  local problem = card_arguments.problem(call, found.card, args)
  if problem then return call:refuse(400, problem) end
  local result, message = effect(call, found, args)
  return nil, result, message and { message = message } or null
end

flow.runFlowCardAction = function(call)
  local reply, tokens, failure = run(call, "actions", card_effects.act)
  if reply then return reply end
  return call:ok {
    returnTokens = tokens or {}, usedTokens = {}, error = failure, elapsedTime = 0,
  }
end

flow.runFlowCardCondition = function(call)
  local reply, result, failure = run(call, "conditions", card_effects.decide)
  if reply then return reply end
  return call:ok { result = result == true, usedTokens = {}, error = failure, elapsedTime = 0 }
end

local function starter(kind)
  return function(call)
    local started, status, message = call.model:start_flow(kind, call.args.id)
    if not started then return call:refuse(status, message) end
    call.context.state:count "flows_started"
    return call:ok(true)
  end
end

flow.triggerFlow, flow.triggerAdvancedFlow = starter "flows", starter "advancedflows"

flow.shareFlow = function(call)
  local id = call.args.id
  if not call.data.flows[id] then return call:not_found("Flow", id) end
  return call:ok { id = id, url = "https://homey.app/f/" .. id:sub(1, 8) }
end

flow.testFlow = function(call) return call:ok(true) end

return flow
