-- File test: can a file or a folder be opened for reading?

--- Can it be opened for reading?
---@param path string
---@return boolean
return function(path)
  local file = io.open(path)
  if file then file:close() end
  return file ~= nil
end
