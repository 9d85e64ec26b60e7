--- Cards in flows: joins the ids of version 2, and tells whether a flow can be started.
local flow_cards = {}

local by_hand = "homey:manager:flow:programmatic_trigger"

-- A card with its whole id: version 2 has the uri and the rest apart.
local function joined(card)
  if type(card) ~= "table" or type(card.id) ~= "string" then return card end
  local uri = card.uri or card.ownerUri
  if type(uri) ~= "string" or card.id:sub(1, #uri + 1) == uri .. ":" then return card end
  card.id, card.uri = uri .. ":" .. card.id, nil
  return card
end

local function join_all(cards)
  if type(cards) ~= "table" then return end
  for _, card in pairs(cards) do joined(card) end
end

--- The flow that a caller creates.
---@param call homey.sim.Call
---@param flow table
---@return table? flow  nil, status, message where the hub refuses it
---@return integer? status
---@return string? message
function flow_cards.new_flow(call, flow)
  if type(flow.trigger) ~= "table" then
    if call.version == 3 then return nil, 400, "Missing Parameter: trigger" end
    flow.trigger = nil
  end
  if flow.enabled == nil then flow.enabled = true end
  return flow_cards.changed_flow(call, flow)
end

--- The changes of a flow.
---@param _ homey.sim.Call
---@param flow table
---@return table flow
function flow_cards.changed_flow(_, flow)
  joined(flow.trigger)
  join_all(flow.conditions)
  join_all(flow.actions)
  if type(flow.trigger) == "table" then flow.triggerable = flow.trigger.id == by_hand end
  return flow
end

--- An advanced flow that a caller creates or changes.
---@param _ homey.sim.Call
---@param flow table
---@return table flow
function flow_cards.new_advanced(_, flow)
  if type(flow.cards) ~= "table" then return flow end
  flow.triggerable = false
  for _, card in pairs(flow.cards) do
    joined(card)
    if type(card) == "table" and (card.type == "start" or card.id == by_hand) then
      flow.triggerable = true
    end
  end
  return flow
end

return flow_cards
