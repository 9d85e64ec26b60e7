-- A class whose objects stand for something at the hub. What somebody assigned to one would change nothing there, and would
-- be seen by all scripts that share the object: it is refused, not kept.

local invalid = require "homey.util.invalid"
local show = require "homey.util.format"

--- Let its objects take no fields but these.
---@param Class table     a metatable
---@param names string    those that the module itself sets later than the object is made, apart by spaces
---@param instead string  what to write, with %s for the field and for the value
---@return table Class
return function(Class, names, instead)
  local own = {}
  for name in names:gmatch "%S+" do own[name] = true end

  function Class.__newindex(object, key, value)
    if own[key] then return rawset(object, key, value) end
    invalid("assigning to %s of %s changes nothing at the hub: write %s, or keep what is your own in a table of your own.",
      show(key), tostring(object), instead:format(show(key), show(value)))
  end

  return Class
end
