-- Read-only objects: assigning to an object of the hub is refused. It would change nothing at the
-- hub, and all scripts that share the object would see it.

local lazy = require "homey.util.lazy"

local format = lazy "homey.util.format"
local invalid = lazy "homey.util.invalid"

--- Make the objects of a class read-only, except some fields.
---@param Class table     a metatable
---@param names string    fields that the library itself sets later, separated by spaces
---@param instead string  what to write, with %s for the field and for the value
---@return table Class
return function(Class, names, instead)
  local own = {}
  for name in names:gmatch "%S+" do own[name] = true end

  function Class.__newindex(object, key, value)
    if own[key] then return rawset(object, key, value) end
    invalid(
      "assigning to %s of %s changes nothing at the hub: write %s, or keep what is your own in a "
        .. "table of your own.",
      format(key), tostring(object), instead:format(format(key), format(value)))
  end

  return Class
end
