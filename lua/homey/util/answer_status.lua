-- Status of the hub's answer to a call. A failing step of the login has a status, too, such as the
-- 404 of another machine at the hub's address; that says nothing about the call itself.

--- The status of an answer to the call itself; nil if there is none, or a step of the login failed.
---@param err any
---@return integer?
return function(err)
  if type(err) ~= "table" or err.step then return nil end
  return err.status
end
