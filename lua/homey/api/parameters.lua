-- Parameters of an operation: checks the names and types in a call, and that required ones are
-- given, before anything is sent.

local arguments = require "homey.util.arguments"
local core = require "homey.core"
local invalid = require "homey.util.invalid"
local is_number = require("homey.util.number_text").is_finite
local lazy = require "homey.util.lazy"
local text = require "homey.util.text"

local format = lazy "homey.util.format"
local suggest = lazy "homey.util.suggest"

local parameters = {}

--- Name of each type in messages.
---@type table<homey.api.Type, string>
parameters.words = {
  any = "any value", string = "text", number = "a number", boolean = "true or false",
  object = "a table with named members", array = "a list",
  ["string|number|boolean"] = "text, a number or a boolean",
}

local function is_list(value)
  return getmetatable(value) == core.array or value[1] ~= nil
end

local checks = {}

function checks.any(value)
  return type(value) ~= "function" and type(value) ~= "thread"
end

function checks.string(value) return type(value) == "string" end

function checks.boolean(value) return type(value) == "boolean" end

function checks.object(value) return type(value) == "table" and not is_list(value) end

function checks.array(value)
  return type(value) == "table" and (is_list(value) or next(value) == nil)
end

checks.number = is_number

checks["string|number|boolean"] = function(value)
  return checks.string(value) or checks.boolean(value) or is_number(value)
end

local function is_resource(value)
  return type(value) == "table" and getmetatable(value) ~= nil
    and type(rawget(value, "id")) == "string"
end

-- The type of a wrong value. The value itself may be a secret.
local function described(value)
  if is_resource(value) then return "an object. Give its `id`" end
  if value == core.null then return "null" end
  if type(value) == "boolean" then return "a boolean" end
  if type(value) == "number" and not is_number(value) then return "a number that is not finite" end
  return "a " .. type(value)
end

local function refuse_unknown(what, list, name, word)
  local names = {}
  for i, each in ipairs(list) do names[i] = each.name end
  local hint = suggest.hint(tostring(name), names)
  if hint == "." then
    hint = #names > 0 and (". It takes %s."):format(table.concat(names, ", ")) or ". It takes none."
  end
  invalid("%s has no %s %s%s", what, word, format(name), hint)
end

local function check_names(what, list, given, word)
  for name in pairs(given) do
    local known
    for _, each in ipairs(list) do known = known or each.name == name end
    if not known then refuse_unknown(what, list, name, word) end
  end
end

local function check_value(what, param, value)
  local optional = not param.required and param.place ~= "path"
  if value == core.null and optional or checks[param.type](value) then return end
  invalid("%s: `%s` takes %s, not %s.", what, param.name, parameters.words[param.type],
    described(value))
end

-- Checks that text is UTF-8, except the bytes of an upload, and that text in the path is not empty.
local function check_text(what, param, value)
  if type(value) ~= "string" or param.place == "formData" then return end
  local fault
  if param.place == "path" then
    fault = arguments.name_fault(value)
  elseif not text.is_utf8(value) then
    fault = format(value) .. ", which is not valid UTF-8."
  end
  if fault then invalid("%s: `%s` cannot be %s", what, param.name, fault) end
end

-- An empty list is marked as one: it would be sent as an empty object.
local function marked(param, value)
  if param.type == "array" and type(value) == "table" and next(value) == nil then
    return setmetatable({}, core.array)
  end
  return value
end

local function check_need(what, param)
  invalid("%s needs `%s`: %s.", what, param.name, parameters.words[param.type])
end

local function needed(param) return param.required or param.place == "path" end

local check

local function check_members(what, param, value)
  if not param.members or type(value) ~= "table" then return value end
  return check(("%s: `%s`"):format(what, param.name), param.members, value, "member")
end

function check(what, list, given, word)
  local checked = {}
  check_names(what, list, given, word)
  for _, param in ipairs(list) do
    local value = given[param.name]
    if value ~= nil then
      check_value(what, param, value)
      check_text(what, param, value)
      checked[param.name] = check_members(what, param, marked(param, value))
    elseif needed(param) then
      check_need(what, param)
    end
  end
  return checked
end

--- Check the parameters of a call.
--- Raises: invalid.
---@param what string  the operation, for messages: "homey.api.devices.getDevice"
---@param row homey.api.Operation
---@param given table<string, any>
---@return table<string, any>  a copy, as it is sent
function parameters.check(what, row, given)
  return check(what, row.params, given, "parameter")
end

local text_of_list

local function text_of(param, with_members)
  local kind = with_members and param.members and text_of_list(param.members) or param.type
  return (needed(param) and "%s = %s" or "[%s = %s]"):format(param.name, kind)
end

function text_of_list(params, with_members)
  local list = {}
  for i, param in ipairs(params) do list[i] = text_of(param, with_members) end
  return "{ " .. table.concat(list, ", ") .. " }"
end

--- The parameters of an operation as text: "{ id = string, [value = any] }". Those that may be left
--- out stand in brackets.
---@param row homey.api.Operation
---@param with_members boolean  of an object tell the members, too
---@return string  "()" when it takes none
function parameters.signature(row, with_members)
  return #row.params > 0 and text_of_list(row.params, with_members) or "()"
end

return parameters
