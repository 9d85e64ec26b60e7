--- The error that a call raises.
---@param f function
---@param ... any  its arguments
---@return any
return function(f, ...)
  local ok, err = pcall(f, ...)
  if ok then error("nothing was raised", 2) end
  return err
end
