--- Options of a login without a state folder.
---@param options table
---@return table
return function(options)
  local copy = { state_dir = false }
  for name, value in pairs(options) do copy[name] = value end
  return copy
end
