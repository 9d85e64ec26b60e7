-- homey.try: what pcall is, in the manner of "results or nil, error", and able to wait inside on every Lua.

local fiber = require "homey.task.fiber"
local protected = require "homey.task.protected"

-- A task that is being cancelled is not stopped by a try: it guards against failures, and this is none.
local function failed(err)
  local _, task = fiber.current()
  if task and task.reason and err == task.reason then error(err, 0) end
  return nil, err
end

local function outcome(ok, ...)
  if ok then return ... end
  return failed((...))
end

--- Call f: its results, or nil and whatever it raised. Unlike pcall it can be waited in on every Lua.
---@param f function
---@param ... any  its arguments
---@return any ...
return function(f, ...)
  return outcome(protected(f, ...))
end
