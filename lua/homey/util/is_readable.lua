-- File test: true when a file or a folder can be opened for reading.

--- True when it can be opened for reading.
---@param path string
---@return boolean
return function(path)
  local file = io.open(path)
  if file then file:close() end
  return file ~= nil
end
