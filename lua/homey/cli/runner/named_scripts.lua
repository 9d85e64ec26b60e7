-- Files and folders of a command line, each with the arguments behind it:
-- motion.lua lamp=Hall/Lamp.

local args = require "homey.script.args"
local invalid = require "homey.util.invalid"

--- Read them.
--- Raises: invalid.
---@param words string[]
---@param command string  its name, for messages
---@return homey.cli.Given[]
return function(words, command)
  local list = {}
  for _, word in ipairs(words) do
    local name, value = args.split(word)
    if not name then
      list[#list + 1] = { path = word, args = {} }
    elseif #list == 0 then
      invalid("homey %s: the argument %s comes behind the file that takes it.", command, word)
    else
      list[#list].args[name] = value
    end
  end
  return list
end
