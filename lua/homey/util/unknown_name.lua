-- Unknown names: a missing field whose name is close to an existing one raises an error that
-- suggests it, in place of "attempt to call a nil value". Any other missing field is nil, as in
-- every table.

local invalid = require "homey.util.invalid"
local lazy = require "homey.util.lazy"

local suggest = lazy "homey.util.suggest"

--- Refuse a name that is most likely mistyped.
---@param what string     "homey", "device": what has no such name
---@param name any        the missing name
---@param names string    the public names, separated by spaces
---@param own? string     names that the library itself may look up in vain, separated by spaces
---@return nil
return function(what, name, names, own)
  if type(name) ~= "string" or #name < 3 or name:find("^_") then return nil end
  if own and (" " .. own .. " "):find(" " .. name .. " ", 1, true) then return nil end
  local list = {}
  for each in names:gmatch "%S+" do
    if math.abs(#each - #name) <= 1 then list[#list + 1] = each end
  end
  local found = suggest.names(name, list)
  if #found == 0 then return nil end
  return invalid("%s has no '%s'%s", what, name, suggest.hint(name, list))
end
