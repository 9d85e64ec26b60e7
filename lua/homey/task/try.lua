-- homey.try: like pcall, but returns the results, or nil and the error; its function may wait on
-- every Lua.

local fiber = require "homey.task.fiber"

-- The cancellation of the running task is not a failure of f: it is raised again, to end the task.
local function failed(err)
  local _, task = fiber.current()
  if task and task.reason and err == task.reason then error(err, 0) end
  return nil, err
end

local function outcome(ok, ...)
  if ok then return ... end
  return failed((...))
end

--- Call f. Returns its results, or nil and the error that it raised.
---@param f function
---@param ... any  its arguments
---@return any ...
return function(f, ...)
  return outcome(fiber.pcall(f, ...))
end
