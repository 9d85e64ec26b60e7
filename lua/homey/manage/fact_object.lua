-- Objects with facts that were read once: the system, its updates, its LED ring, access tokens.

local arguments = require "homey.util.arguments"
local invalid = require "homey.util.invalid"
local format = require "homey.util.format"
local unknown_name = require "homey.util.unknown_name"
local visible = require("homey.util.text").visible

local fact_object = {}

--- Make a class of them.
---@param name string     "homey.System"
---@param word string     "system", for messages
---@param methods table
---@param fields string   the names of its facts, separated by spaces
---@param checked string  its methods, and how many arguments each takes: "rename/1"
---@return table
function fact_object.class(name, word, methods, fields, checked)
  local Class, known = { __name = name }, {}
  for field in fields:gmatch "%S+" do known[field] = true end
  local typed = fields .. " " .. checked:gsub("/%d", "")

  function Class.__index(_, key)
    if methods[key] or known[key] then return methods[key] end
    return unknown_name("a " .. word, key, typed)
  end

  function Class.__newindex(_, key)
    invalid("assigning to %s of the %s changes nothing at the hub: call one of its methods.",
      format(key), word)
  end

  function Class.__tostring(self)
    return visible(self.name or word)
  end

  function Class.__concat(a, b) return tostring(a) .. tostring(b) end

  --- Make an object from its facts.
  function Class.new(facts) return setmetatable(facts, Class) end

  return arguments.check_methods(Class, methods, word, checked)
end

return fact_object
