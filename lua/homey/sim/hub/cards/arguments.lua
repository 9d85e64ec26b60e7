--- Arguments of flow cards: checks them by the definition of the card, and offers choices.
local build = require "homey.sim.home.build"
local core = require "homey.core"

local null = core.null
local card_arguments = {}

-- A token in a text, "[[homey:manager:logic|...]]", may stand for any value.
local function is_token(value) return type(value) == "string" and value:find "^%[%[.*%]%]$" end

local function is_listed(arg, value)
  for _, choice in ipairs(arg.values or {}) do
    if choice.id == value then return true end
  end
  return false
end

local function number_problem(arg, value)
  if type(value) ~= "number" then return "a number" end
  if type(arg.min) == "number" and value < arg.min then return "at least " .. arg.min end
  if type(arg.max) == "number" and value > arg.max then return "at most " .. arg.max end
end

-- By type of an argument: what it must be, where the value is not.
local wanted = {
  text = function(_, value)
    return type(value) ~= "string" and type(value) ~= "number" and type(value) ~= "boolean"
      and "text" or nil
  end,
  number = number_problem,
  range = number_problem,
  checkbox = function(_, value) return type(value) ~= "boolean" and "true or false" or nil end,
  dropdown = function(arg, value)
    return not is_listed(arg, value) and "one of its values" or nil
  end,
  autocomplete = function(_, value)
    return (type(value) ~= "table" or type(value.id) ~= "string" and value.name == nil)
      and "a choice of its list" or nil
  end,
  time = function(_, value)
    return not (type(value) == "string" and value:find "^%d%d:%d%d$") and "a time, HH:MM" or nil
  end,
}

local function arguments_of(card) return type(card.args) == "table" and card.args or {} end

--- Why the hub refuses the arguments of a card; nil where it accepts them.
---@param call homey.sim.Call
---@param card table
---@param args table<string, any>
---@return string? problem
function card_arguments.problem(call, card, args)
  local known = {}
  for _, arg in ipairs(arguments_of(card)) do
    known[arg.name] = true
    local value = args[arg.name]
    if value == nil or value == null then
      if arg.required ~= false then return "Missing Argument: " .. arg.name end
    elseif not is_token(value) and wanted[arg.type] then
      local problem = wanted[arg.type](arg, value)
      if problem then return ("Invalid Argument: %s must be %s"):format(arg.name, problem) end
    end
  end
  for name in pairs(args) do
    if not known[name] and name ~= "device" then
      call.context:complain(call.request, ("%s has no argument %s"):format(card.id, name))
    end
  end
end

-- Choices of an argument: what the card itself names, or the items of a list of the home.
local function all_choices(call, arg)
  local out = build.array()
  for _, choice in ipairs(arg.choices or {}) do out[#out + 1] = choice end
  for id, item in pairs(arg.list and call:list(arg.list) or {}) do
    out[#out + 1] = { id = id, name = item.name }
  end
  table.sort(out, function(a, b)
    if a.name ~= b.name then return tostring(a.name) < tostring(b.name) end
    return tostring(a.id) < tostring(b.id)
  end)
  return out
end

--- The choices of an argument whose names contain a text.
---@param call homey.sim.Call
---@param card table
---@param name string
---@param query string
---@return table[]?  nil where the card has no such argument with choices
function card_arguments.choices(call, card, name, query)
  for _, arg in ipairs(arguments_of(card)) do
    if arg.name == name and arg.type == "autocomplete" then
      local out = build.array()
      for _, choice in ipairs(all_choices(call, arg)) do
        local found = tostring(choice.name):lower():find(query:lower(), 1, true)
        if found then out[#out + 1] = choice end
      end
      return out
    end
  end
end

return card_arguments
