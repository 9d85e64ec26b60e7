-- Single flight: calls of several tasks for the same thing at the same time become one call. Fifty
-- scripts that start together read the lists of a home once.
--
-- Invariant: the call goes on for the others when a task that waits for it is cancelled.

local Task = require "homey.task.task"

local in_flight = setmetatable({}, { __mode = "k" }) -- owner -> key -> the task of the call

--- The results of f(...), or what it raises; those of the call in flight under this key, if there
--- is one.
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
