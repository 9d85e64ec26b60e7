-- homey.try: what pcall is, in the manner of "results or nil, error", and able to wait inside on every Lua.

local fiber = require "homey.fiber"

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

-- PUC 5.1: run f in a coroutine of its own and pass its yields on.
local function pass_on(co, ok, ...)
  if coroutine.status(co) == "suspended" then
    return pass_on(co, coroutine.resume(co, coroutine.yield(...)))
  end
  fiber.set_outer(co, nil)
  return outcome(ok, ...)
end

--- Call f: its results, or nil and whatever it raised. Unlike pcall it can be waited in on every Lua.
---@param f function
---@param ... any  its arguments
---@return any ...
return function(f, ...)
  local running = coroutine.running()
  if fiber.plain51 and running and fiber.can_yield() then
    local co = fiber.create(f)
    fiber.set_outer(co, running)
    return pass_on(co, coroutine.resume(co, ...))
  end
  return outcome(pcall(f, ...))
end
