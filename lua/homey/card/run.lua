-- Runs flow cards: an action is a write, a condition a question to the hub.

local answer_status = require "homey.util.answer_status"
local card_argument = require "homey.model.card_argument"
local card_facts = require "homey.model.card"
local card_arguments = require "homey.card.arguments"
local core = require "homey.core"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local new_error = require "homey.error"
local option_tables = require "homey.model.options"
local options = require "homey.util.options"
local pipeline = require "homey.write.pipeline"
local raise = require "homey.util.raise"
local raw_request = require "homey.write.raw_request"
local text = require "homey.util.text"

local label = card_facts.label

local operations = { action = "runFlowCardAction", condition = "runFlowCardCondition" }

-- ---- the request --------------------------------------------------------------------------------

local function token_of(value)
  local tag = card_argument.tag(value)
  if not tag and type(value) == "string" then tag = value:match "^%[%[(.+)%]%]$" or value end
  return tag
end

local function read_options(card, given)
  local read, body = options.read(option_tables.card, given, label(card)), {}
  if read.duration and not card.takes_duration then
    invalid("%s takes no duration.", label(card))
  end
  if read.token ~= nil and not card.takes_token then
    invalid("%s takes no token.", label(card))
  end
  body.duration, body.tokens = read.duration, read.tokens
  body.droptoken = read.token ~= nil and token_of(read.token) or nil
  return body
end

-- The path of a run, its body, and its arguments for a websocket.
local function request_of(card, given, more)
  local body = read_options(card, more)
  body.args = card_arguments.read(card, given)
  local path, args = card_facts.place(card.type, card.id, card.home:speaks(2))
  for name, value in pairs(body) do args[name] = value end
  return {
    method = "POST", path = path .. "/run", body = body,
    request = { operation = operations[card.type], manager = "homey:manager:flow", args = args },
  }
end

-- ---- the outcome --------------------------------------------------------------------------------

-- A card that fails is answered with status 200 and the error.
local function failure_in(value)
  local failure = type(value) == "table" and value.error
  if failure == nil or failure == core.null or failure == false then return nil end
  if type(failure) ~= "table" then return format(failure) end
  local said = failure.message or failure.error_description or failure.error
  return type(said) == "string" and text.visible(said) or "it failed"
end

local function judge(card, value)
  local said = failure_in(value)
  if not said then return nil end
  return new_error("hub", ("%s failed: %s"):format(label(card), text.sentence(said)))
end

local function explain(card, err)
  local status = answer_status(err)
  if status == 403 then
    return new_error(err.kind, ("%s: %s To run flow cards a login needs the scope homey.flow.")
      :format(label(card), text.sentence(err.message)), { status = status })
  end
  if not status then return err end
  return new_error(err.kind, ("%s: %s"):format(label(card), err.message), { status = status })
end

-- ---- actions ------------------------------------------------------------------------------------

-- "Notifications/Create a notification (text = 'hello')": a secret is left out.
local function words_of(card, body)
  local list, args = {}, raw_request.without_secrets(body.args)
  for _, each in ipairs(card.arguments) do
    local value = args[each.name]
    if type(value) == "table" then value = value.name or value.id or value end
    if value ~= nil then list[#list + 1] = ("%s = %s"):format(each.name, format(value)) end
  end
  if #list == 0 then return "run " .. label(card) end
  return ("run %s (%s)"):format(label(card), table.concat(list, ", "))
end

local function act(card, given, more)
  local each = request_of(card, given, more)
  each.home, each.resource, each.explain, each.judge = card.home, card, explain, judge
  each.words = card.home.dry_run and words_of(card, each.body) or "run " .. label(card)
  each.objection = raw_request.card_objection
  local value = pipeline.run(each)
  local tokens = type(value) == "table" and value.returnTokens
  return type(tokens) == "table" and tokens or {}
end

-- ---- conditions ---------------------------------------------------------------------------------

local function decide(card, given, more)
  local each, home = request_of(card, given, more), card.home
  home:check_path(each.path)
  local answer = home:send(each.method, each.path, each.body, each.request)
  home.scheduler:settle { answer }
  if answer.error then raise(explain(card, answer.error)) end
  local err = judge(card, answer.value)
  if err then raise(err) end
  local value = answer.value
  if type(value) == "table" then value = value.result end
  if type(value) == "boolean" then return value end
  raise(new_error("protocol", ("%s: the hub answered neither true nor false."):format(
    label(card))))
end

local runners = { action = act, condition = decide }

--- Run an action, or decide a condition.
---@param card homey.Card
---@param given? table<string, any>
---@param more? homey.CardOptions
---@return any  the tokens of the action, or whether the condition is true
return function(card, given, more)
  local run = runners[card.type]
  if run then return run(card, given, more) end
  invalid("%s is a trigger: the hub runs it, a script cannot.", label(card))
end
