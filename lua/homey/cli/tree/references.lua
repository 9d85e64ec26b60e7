-- References of a thing: finds the devices, variables, moods, flows, zones, users and cards that it
-- needs and that the home does not have.

local definition = require "homey.model.flow_definition"
local flow_problems = require "homey.flow.problems"
local ids = require "homey.cli.tree.ids"
local kinds = require "homey.cli.tree.kinds"
local text = require "homey.util.text"

local references = {}

-- Kind of the argument with an id, by the manager of the card.
local kinds_of_managers = { logic = "variable", moods = "mood", zones = "zone", flow = "flow" }

---@class homey.cli.References
---@field home homey.Home
---@field exists fun(kind: string, id: string): boolean  at the home, or once the plan is done
---@field known fun(id: string): string?  words for a thing that the tree has, or had
---@field users fun(): table<string, homey.User>  by id

local function sentence(list, seen, missing, id, words, ...)
  if seen[id] then return end
  seen[id] = true
  list[#list + 1] = { id = id, missing = missing, message = text.visible(words:format(...)) }
end

-- ---- members ------------------------------------------------------------------------------------

local function check_members(context, row, item, list, seen)
  for _, member in ipairs(row.members) do
    local id = member.refers and item[member.name]
    if id and not context.exists(member.refers, id) then
      sentence(list, seen, member.refers, id, "`%s`: there is no %s '%s'.", member.name,
        kinds[member.refers].words, id)
    end
  end
end

-- ---- cards --------------------------------------------------------------------------------------

local function is_flow(context, kind, id)
  return kind == "flow" and context.exists("advanced_flow", id)
end

local function check_argument(context, part, name, value, list, seen)
  local manager = part.id:match "^homey:manager:([^:]+):"
  local id = type(value) == "table" and value.id
  if type(id) ~= "string" or not manager then return end
  local kind = kinds_of_managers[manager]
  if name == "user" then
    if not context.users()[id] then
      sentence(list, seen, "user", id, "%s: there is no user '%s'.", part.place,
        value.name or id)
    end
  elseif kind and not context.exists(kind, id) and not is_flow(context, kind, id) then
    sentence(list, seen, kind, id, "%s: there is no %s '%s'.", part.place, kinds[kind].words,
      value.name or id)
  end
end

-- A missing thing that the plan creates first is not a problem.
local function is_pending(context, problem)
  local id = problem.missing == "token" and problem.id:match "^homey:manager:logic:(.+)$"
  return id and context.exists("variable", id)
end

local function check_cards(context, item, list, seen)
  for _, problem in ipairs(flow_problems.of(context.home, item)) do
    if not is_pending(context, problem) then
      local variable = problem.id:match "^homey:manager:logic:(.+)$"
      sentence(list, seen, variable and "variable" or problem.missing, variable or problem.id,
        "%s", problem.message)
    end
  end
  for _, part in ipairs(definition.parts(item)) do
    for name, value in pairs(part.args) do
      check_argument(context, part, name, value, list, seen)
    end
  end
end

-- ---- anything else ------------------------------------------------------------------------------

-- Finds references to things that are or were in the tree, and are not at the home.
local function check_known(context, item, list, seen)
  local found = {}
  for id in pairs(ids.of(item)) do found[#found + 1] = id end
  table.sort(found)
  for _, id in ipairs(found) do
    local words = id ~= item.id and context.known(id)
    if words then sentence(list, seen, "thing", id, "the %s is not at the home.", words) end
  end
end

--- Return the references of a thing that will not exist.
---@param context homey.cli.References
---@param row homey.cli.TreeKind
---@param item table  with the ids of the home
---@return {id: string, missing: string, message: string}[]
function references.missing(context, row, item)
  local list, seen = {}, {}
  check_members(context, row, item, list, seen)
  if row.cards then check_cards(context, item, list, seen) end
  if row.cards or row.name == "mood" then check_known(context, item, list, seen) end
  return list
end

return references
