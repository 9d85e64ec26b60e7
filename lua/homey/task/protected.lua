-- pcall as it is on every Lua but PUC 5.1, where nothing can yield across it: there f runs in a coroutine of its own, and
-- what that yields is passed on.

local coroutine = require "homey.util.coroutines"
local fiber = require "homey.task.fiber"

local function pass_on(co, ok, ...)
  if coroutine.status(co) == "suspended" then
    return pass_on(co, coroutine.resume(co, coroutine.yield(...)))
  end
  fiber.set_outer(co, nil)
  return ok, ...
end

--- Call f, and catch what it raises.
---@param f function
---@param ... any  its arguments
---@return boolean ok
---@return any ...
return function(f, ...)
  local running = coroutine.running()
  if fiber.plain51 and running and type(f) == "function" and fiber.can_yield() then
    local co = fiber.create(f)
    fiber.set_outer(co, running)
    return pass_on(co, coroutine.resume(co, ...))
  end
  return pcall(f, ...)
end
