-- Single flight: when several tasks call the same function at the same time, it runs once. So fifty
-- scripts that start together read the lists of a home once.
--
-- Invariant: when a task that waits for the call is cancelled, the call continues for the others.

local Task = require "homey.task.task"

local in_flight = setmetatable({}, { __mode = "k" }) -- owner -> key -> the task of the call

--- Call f(...), or wait for the call with this key that is in flight. Returns its results, or
--- raises its error.
---@param owner table
---@param key string
---@param scheduler homey.Scheduler
---@param f function
---@param ... any
---@return any ...
return function(owner, key, scheduler, f, ...)
  local tasks = in_flight[owner] or {}
  in_flight[owner] = tasks
  local task = tasks[key]
  if not task then
    task = Task.start(scheduler, { watched = true, ended = function() tasks[key] = nil end }, f,
      ...)
    if not task:finished() then tasks[key] = task end
  end
  return task:wait()
end
