-- Arguments of flow cards: checks them against the definition of the card. Looks up devices, and
-- the choices that the hub offers for an argument, by their names.

local answer_status = require "homey.util.answer_status"
local card_argument = require "homey.model.card_argument"
local card_facts = require "homey.model.card"
local core = require "homey.core"
local format = require "homey.util.format"
local invalid = require "homey.util.invalid"
local new_error = require "homey.error"
local raise = require "homey.util.raise"
local suggest = require "homey.util.suggest"
local text = require "homey.util.text"
local try = require "homey.task.try"

local label = card_facts.label
local offered = 10 -- choices that an error lists

local card_arguments = {}

local function find(card, name)
  for _, each in ipairs(card.arguments) do
    if each.name == name then return each end
  end
end

local function refuse_unknown(card, name)
  local names = {}
  for i, each in ipairs(card.arguments) do names[i] = each.name end
  if #names == 0 then
    invalid("%s takes no arguments, so no %s.", label(card), format(name))
  end
  local hint = suggest.hint(tostring(name), names)
  if hint == "." then hint = (". It takes '%s'."):format(table.concat(names, "', '")) end
  invalid("%s has no argument %s%s", label(card), format(name), hint)
end

local function refuse(card, argument, expected, value)
  invalid("%s: `%s` takes %s, not %s.", label(card), argument.name, expected, format(value))
end

-- ---- choices of the hub's -----------------------------------------------------------------------

-- What the hub offers for an argument, with `given` for the other arguments.
local function choices(card, argument, search, given)
  local home = card.home
  local is_v2 = home:speaks(2)
  local _, args = card_facts.place(card.type, card.id, is_v2)
  args.type, args.name, args.query = "flowcard" .. card.type, argument.name, search
  if next(given) then args.args = is_v2 and core.encode(given) or given end
  local value, err = try(function() return home.api.flow.getFlowCardAutocomplete(args) end)
  if err then
    raise(new_error(err.kind, ("%s: the choices of `%s` cannot be read: %s")
      :format(label(card), argument.name, err.message), { status = answer_status(err) }))
  end
  local list = {}
  for _, each in ipairs(type(value) == "table" and value or {}) do
    if type(each) == "table" and type(each.name) == "string" then list[#list + 1] = each end
  end
  return list
end

local function quoted_names(list)
  local names = {}
  for i = 1, math.min(#list, offered) do names[i] = format(list[i].name) end
  return table.concat(names, ", ") .. (#list > offered and ", ..." or "")
end

local function matching(list, fits)
  local found = {}
  for _, each in ipairs(list) do
    if fits(each) then found[#found + 1] = each end
  end
  return found
end

-- Finds the choices with a name or an id: by exact spelling, else without regard to case.
local function named(list, wanted)
  local found = matching(list, function(each) return each.name == wanted or each.id == wanted end)
  if #found > 0 then return found end
  local seen = text.seen(wanted)
  return matching(list, function(each) return text.seen(each.name) == seen end)
end

local function missing_choice(card, argument, name, all)
  local names = {}
  for i, each in ipairs(all) do names[i] = each.name end
  local hint = suggest.hint(name, names)
  if hint == "." and #all > 0 then
    hint = (". The hub offers %s."):format(quoted_names(all))
  elseif #all == 0 then
    hint = ": the hub offers none."
  end
  raise(new_error("not_found", ("%s: there is no choice %s for `%s`%s")
    :format(label(card), format(name), argument.name, hint)))
end

local function is_object(value)
  return type(value) == "table" and getmetatable(value) ~= nil
end

-- The choice with the id of an object such as a user or a flow, or with its name.
local function choice_of(card, argument, value, given)
  local name = is_object(value) and value.name or value
  local list = choices(card, argument, name, given)
  local found = is_object(value)
    and matching(list, function(each) return each.id == value.id end) or {}
  if #found == 0 then found = named(list, name) end
  if #found == 0 then -- the app may search by something other than the names
    list = choices(card, argument, "", given)
    found = named(list, name)
  end
  if #found == 1 then return found[1] end
  if #found > 1 then
    raise(new_error("ambiguous", ("%s: %s may be any of %d choices for `%s`: %s. Give one of them "
      .. "as a table."):format(label(card), format(name), #found, argument.name,
      quoted_names(found))))
  end
  return missing_choice(card, argument, name, list)
end

-- ---- by type ------------------------------------------------------------------------------------

local resolvers = {}

function resolvers.autocomplete(card, argument, value, given)
  if type(value) == "number" then value = format(value) end
  if type(value) == "string" and value ~= "" and text.is_utf8(value) then
    return choice_of(card, argument, value, given)
  end
  if is_object(value) and type(value.id) == "string" and type(value.name) == "string" then
    return choice_of(card, argument, value, given)
  end
  local is_choice = type(value) == "table" and not is_object(value)
    and (value.id ~= nil or value.name ~= nil)
  if is_choice then return value end
  refuse(card, argument, card_argument.takes(argument), value)
end

function resolvers.device(card, argument, value)
  local class = getmetatable(value)
  local is_device = type(class) == "table" and class.kind == "device"
  if not is_device and type(value) ~= "string" then
    refuse(card, argument, card_argument.takes(argument), value)
  end
  local device = card.home:device(value)
  return { id = device.id, name = device.name }
end

local function read_value(card, argument, value, given)
  local resolve = resolvers[argument.type]
  if resolve then return resolve(card, argument, value, given) end
  local read, expected = card_argument.read(argument, value)
  if expected then refuse(card, argument, expected, value) end
  return read
end

-- Makes sure that each argument is known, and that none is missing.
local function check_names(card, given)
  for name in pairs(given) do
    if not find(card, name) then refuse_unknown(card, name) end
  end
  for _, each in ipairs(card.arguments) do
    if each.required and given[each.name] == nil then
      invalid("%s: `%s` is missing; it takes %s.", label(card), each.name,
        card_argument.takes(each))
    end
  end
end

--- The arguments of a card as they are sent. What can be checked without the hub is checked first.
---@param card homey.Card
---@param given? table<string, any>
---@return table<string, any>
function card_arguments.read(card, given)
  if given ~= nil and type(given) ~= "table" then
    invalid("%s takes its arguments as a table such as { text = \"...\" }, not as %s.",
      label(card), format(given))
  end
  given = given or {}
  check_names(card, given)
  local read = {}
  for _, step in ipairs { false, true } do -- those that need requests come last
    for _, each in ipairs(card.arguments) do
      local needs_hub = resolvers[each.type] ~= nil
      if given[each.name] ~= nil and needs_hub == step then
        read[each.name] = read_value(card, each, given[each.name], read)
      end
    end
  end
  return read
end

--- What the hub offers for an argument.
---@param card homey.Card
---@param name string
---@param search? string
---@param given? table<string, any>
---@return table[]
function card_arguments.choices(card, name, search, given)
  local argument = find(card, name) or refuse_unknown(card, name)
  if argument.type ~= "autocomplete" then
    invalid("%s: the hub offers no choices for `%s`; it takes %s.", label(card), name,
      card_argument.takes(argument))
  end
  if search ~= nil and type(search) ~= "string" then
    invalid("%s: the search for choices must be a text, not %s.", label(card), format(search))
  end
  return choices(card, argument, search or "", given or {})
end

return card_arguments
