-- Starts a flow with values of its tokens: the hub runs its cards as the button "Test" of the app
-- does, since the operation that starts a flow takes no tokens.

local Cards = require "homey.card.cards"
local call = require "homey.manage.call"
local core = require "homey.core"
local definition = require "homey.model.flow_definition"
local flow_changes = require "homey.flow.changes"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local is_finite = require("homey.util.number_text").is_finite
local suggest = require "homey.util.suggest"
local try = require "homey.task.try"

local function check_value(name, value)
  local kind = type(value)
  if kind == "string" or kind == "boolean" or is_finite(value) then return end
  invalid("flow:start: the token %s is a number, text, true or false, not %s.", format(name),
    format(value))
end

-- Refuses tokens that the trigger of the flow does not give.
local function check_names(flow, raw, tokens)
  local trigger = definition.parts(raw)[1]
  if not trigger or trigger.type ~= "trigger" then return end
  local card = try(Cards.find, Cards.of(flow.home), "trigger", trigger.id)
  if not card or #card.tokens == 0 then return end
  local known = {}
  for _, name in ipairs(card.tokens) do known[name] = true end
  for name in pairs(tokens) do
    if not known[name] then
      invalid("flow:start: the trigger of '%s' has no token %s%s", tostring(flow), format(name),
        suggest.hint(name, card.tokens))
    end
  end
end

--- Start a flow with tokens.
---@param flow homey.Flow
---@param tokens table<string, any>  values by name
return function(flow, tokens)
  if type(tokens) ~= "table" then
    invalid("flow:start takes tokens as a table such as { temperature = 21 }, not %s.",
      format(tokens))
  end
  for name, value in pairs(tokens) do
    if type(name) ~= "string" then
      invalid("flow:start: a token is named by text, not by %s.", format(name))
    end
    check_value(name, value)
  end
  local raw = flow_changes.read(flow)
  if flow.record.advanced then
    invalid("the advanced flow '%s' cannot be started with tokens: the hub has no operation for "
      .. "it. Start it without tokens.", tostring(flow))
  end
  check_names(flow, raw, tokens)
  call.run {
    home = flow.home, manager = "flow", operation = "testFlow", resource = flow,
    words = ("start the flow '%s' with tokens"):format(tostring(flow)),
    args = {
      flow = { trigger = raw.trigger, conditions = raw.conditions, actions = raw.actions },
      tokens = tokens, sessionId = core.uuid(),
    },
  }
end
