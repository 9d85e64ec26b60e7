-- Sender: sends the steps of a plan one by one, and stops at the first that fails. It replaces the
-- placeholder of a created thing by the id that the hub gives to it.

local core = require "homey.core"
local definition = require "homey.model.flow_definition"
local format = require "homey.util.format"
local ids = require "homey.cli.tree.ids"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local requests = require "homey.cli.tree.requests"
local snapshot = require "homey.cli.tree.snapshot"

---@class homey.cli.SendHooks
---@field before fun(step: homey.cli.TreeStep, sent: table)  `sent`: members by name
---@field done fun(step: homey.cli.TreeStep)

local sender = {}

-- ---- the format of the hub ----------------------------------------------------------------------

local function empty_list() return setmetatable({}, core.array) end

local function write_cards(cards, owner)
  local list = setmetatable({}, getmetatable(cards))
  for key, card in pairs(cards) do
    list[key] = card
    if type(card) == "table" and type(card.id) == "string" then
      list[key] = definition.write(card, true)
      if owner then list[key].ownerUri, list[key].uri = list[key].uri, nil end
    end
  end
  return list
end

-- Version 2 has the ids of cards in two parts.
local function for_version_2(sent)
  if sent.trigger then sent.trigger = write_cards({ sent.trigger })[1] end
  for _, name in ipairs { "conditions", "actions" } do
    if type(sent[name]) == "table" then sent[name] = write_cards(sent[name]) end
  end
  if type(sent.cards) == "table" then sent.cards = write_cards(sent.cards, true) end
end

local function body_of(self, row, sent)
  local body = {}
  for name, value in pairs(sent) do body[name] = value end
  if row.cards and self.home:speaks(2) then for_version_2(body) end
  return body
end

-- ---- steps --------------------------------------------------------------------------------------

local function label(step) return ("the %s %s"):format(step.kind.words, format(step.name)) end

local function new_members(row, wanted)
  local sent = {}
  for _, member in ipairs(row.members) do
    sent[member.name] = wanted[member.name]
    if sent[member.name] == nil then sent[member.name] = member.default end
    if sent[member.name] == nil and member.type == "list" then sent[member.name] = empty_list() end
  end
  return sent
end

-- Returns a flow without its cards. They follow later, when the flows that they need exist.
local function shell_of(sent)
  local shell = { name = sent.name, folder = sent.folder, enabled = false, trigger = sent.trigger }
  if sent.cards then
    shell.cards = {}
  else
    shell.conditions, shell.actions = empty_list(), empty_list()
  end
  return shell
end

-- Finds the created thing in a new list: hubs of version 2 may send an empty answer.
local function find_new(self, step, sent)
  local before = self.all[step.kind.name].by_id
  for _, item in ipairs(snapshot.list(self.home, step.kind)) do
    if not before[item.id] and item.name == sent.name then return item.id end
  end
  raise(new_error("protocol", ("the hub accepted the new %s '%s', but does not list it.")
    :format(step.kind.words, tostring(sent.name))))
end

local actions = {}

function actions.create(self, step, sent)
  local row, home = step.kind, self.home
  local raw = requests.create(home, row, body_of(self, row, sent), "create " .. label(step))
  if home.dry_run then return end
  local id = type(raw) == "table" and type(raw.id) == "string" and raw.id
  step.id = id or find_new(self, step, sent)
  self.map[step.wanted.id] = step.id
end

function actions.change(self, step, sent)
  local row, body = step.kind, body_of(self, step.kind, sent)
  for _, member in ipairs(row.members) do
    if body[member.name] == nil and step.nulls[member.name] then body[member.name] = core.null end
  end
  requests.update(self.home, row, step.id, body, "change " .. label(step))
end

function actions.delete(self, step)
  requests.delete(self.home, step.kind, step.id, "remove " .. label(step))
end

-- The members that a step sends, with the ids of the home.
local function sent_of(self, step)
  if step.action == "delete" then return {} end
  local wanted = ids.replace(step.wanted, self.map)
  if step.action == "create" then
    local sent = new_members(step.kind, wanted)
    return step.is_shell and shell_of(sent) or sent
  end
  local sent = {}
  step.nulls = {}
  for _, change in ipairs(step.changes) do
    sent[change.field] = wanted[change.field]
    step.nulls[change.field] = wanted[change.field] == nil or nil
  end
  return sent
end

-- ---- flows that need each other -----------------------------------------------------------------

local function members(step)
  local list = {}
  for _, member in ipairs(step.kind.members) do list[member.name] = step.wanted[member.name] end
  return list
end

-- Creates a flow without its cards when they use the flow itself or one created later. The cards
-- follow when all flows exist.
local function with_shells(steps)
  local waiting, list, rest = {}, {}, {}
  for _, step in ipairs(steps) do
    if step.action == "create" and step.kind.cards then waiting[step.wanted.id] = true end
  end
  local last = 0
  for _, step in ipairs(steps) do
    list[#list + 1] = step
    if step.action == "create" and step.kind.cards then
      for id in pairs(ids.of(members(step))) do step.is_shell = step.is_shell or waiting[id] end
      if step.is_shell then rest[#rest + 1] = step end
      waiting[step.wanted.id], last = nil, #list
    end
  end
  for i = #rest, 1, -1 do table.insert(list, last + 1, { completes = rest[i] }) end
  return list
end

local function complete(self, step, hooks)
  local sent = new_members(step.kind, ids.replace(step.wanted, self.map))
  step.nulls = {}
  hooks.before(step, sent)
  actions.change(self, step, sent)
  step.sent = sent
end

--- Return the steps of a plan that send a request.
---@param self homey.cli.Plan
---@return homey.cli.TreeStep[]
function sender.steps(self)
  local list = {}
  for _, step in ipairs(self.steps) do
    if actions[step.action] then list[#list + 1] = step end
  end
  return list
end

--- Send all steps.
---@param self homey.cli.Plan
---@param hooks homey.cli.SendHooks
function sender.run(self, hooks)
  for _, step in ipairs(with_shells(sender.steps(self))) do
    local whole = step.completes
    if whole then
      complete(self, whole, hooks)
      hooks.done(whole)
    else
      local sent = sent_of(self, step)
      hooks.before(step, sent)
      actions[step.action](self, step, sent)
      step.sent = sent
      if step.is_shell then hooks.before(step, sent) else hooks.done(step) end
    end
  end
end

return sender
