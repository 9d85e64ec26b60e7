-- Words of a command line as values: "on", "1", "50%", "NAME=VALUE".

local capability_rules = require "homey.model.capability"
local core = require "homey.core"
local number_text = require "homey.util.number_text"
local lower = require("homey.util.text").lower
local lazy = require "homey.util.lazy"

local invalid = lazy "homey.util.invalid"

local words = {}

local flags = {
  ["true"] = true, on = true, yes = true, ["1"] = true,
  ["false"] = false, off = false, no = false, ["0"] = false,
}

--- A flag as people write it; nil where it is none.
---@param word string
---@return boolean?
function words.flag(word)
  return flags[lower(word)]
end

local readers = { boolean = words.flag }

-- The device itself reads "50%", "+10%" and "-0.1".
function readers.number(word)
  if capability_rules.is_relative(word) then return word end
  return number_text.read(word)
end

--- A word as a value of a type. A word that is no such value stays as it is: who takes the value
--- refuses it by name.
---@param type_name? string  "boolean", "number"; anything else is text
---@param word string
---@return any
function words.value(type_name, word)
  local reader = readers[type_name]
  local value = reader and reader(word)
  if value == nil then return word end
  return value
end

--- The same where "-5" and "50%" are no steps and no parts of a range.
---@param type_name? string
---@param word string
---@return any
function words.plain(type_name, word)
  if type_name == "number" then return number_text.read(word) or word end
  return words.value(type_name, word)
end

--- Arguments NAME=VALUE as a table. A value is JSON where it can be read as that, else text.
---@param list string[]
---@param first integer  index of the first of them
---@param is_text? fun(name: string): any  true: the value is text, whatever it looks like
---@return table<string, any>
function words.pairs(list, first, is_text)
  local given = {}
  for i = first, #list do
    local name, word = list[i]:match "^([^=]+)=(.*)$"
    if not name then invalid("an argument is NAME=VALUE, not '%s'.", list[i]) end
    if given[name] ~= nil then invalid("'%s' is given twice.", name) end
    local value
    if not (is_text and is_text(name)) then value = core.decode(word) end
    given[name] = value == nil and word or value
  end
  return given
end

return words
