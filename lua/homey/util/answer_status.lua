-- What the hub has said of the thing that was asked for. A step of the login fails with a status, too, such as the 404 of
-- another machine at the hub's address; but that is a word on the login, and on nothing else.

--- The status of an answer to the call itself; nil where there is none, or a step of the login has failed.
---@param err any
---@return integer?
return function(err)
  if type(err) ~= "table" or err.step then return nil end
  return err.status
end
