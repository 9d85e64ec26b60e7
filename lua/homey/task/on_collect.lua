-- What is done when something is collected, at the end of the program at the latest.

local newproxy = rawget(_G, "newproxy")

--- Call f when what this answers is collected. What f raises goes nowhere.
---@param f fun()
---@return any will  to be held for as long as f is not to be called
return function(f)
  local function execute() pcall(f) end
  if not newproxy then return setmetatable({}, { __gc = execute }) end
  local proxy = newproxy(true)
  getmetatable(proxy).__gc = execute
  return proxy
end
